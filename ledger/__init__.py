"""账本 Double entry in whole fen: reserve, post, void, transfer; every transfer sums to zero."""
