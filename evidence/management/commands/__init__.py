"""Commands of the record book."""
