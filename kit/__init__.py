"""Plain Python every room may use: money, clock, states, ids. No domain word, no models, no Django."""
