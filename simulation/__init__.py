"""仿真 The laboratory: agents drive the real rooms on a moved clock; nothing real imports it."""
