"""The wide laboratory: a market of up to a million agents as columns of numbers, without a database and without services."""
