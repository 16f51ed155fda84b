"""The clean room 数据密室: data that can be used and is never seen (Data Twenty 4, R14, W14, F8).

``offering``, ``language``, ``compiler``, ``plain``, ``noise``, ``pricing``, ``confinement`` and ``runner`` are plain Python without the
house: a holder can run them beside its data. ``rooms``, ``budgets``, ``asking``, ``running`` and ``cohorts`` are the acts of this house.
"""
