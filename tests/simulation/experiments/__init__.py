"""The laboratory's experiments."""
