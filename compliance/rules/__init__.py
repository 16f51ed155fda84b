"""The law book as plain Python and data: pure rules that any room, command or simulation may evaluate."""
