"""Computing at the holder 数据不出域 (W14, R14, R101, C6): reviewed algorithms go to the data, answers come back, rows stay where they are.

``language`` and ``runner`` are plain Python without the house: the holder runs them beside its data. ``algorithms`` and ``jobs`` are the
acts of this house: what was reviewed, what was asked, what came back with which trace.
"""
