"""Faithful runs: agents act through the operations of the real rooms, on a database of their own, and every invariant is checked after."""
