"""Releasing outputs 输出放行 (F9): an automatic gate, two reviews that do not see each other, a third where they differ, a one-time token.

``gate`` is plain measuring of bytes; ``handing_in``, ``reviewing`` and ``fetching`` are the acts. Silence releases nothing.
"""
