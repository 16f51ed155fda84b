"""The participants of the demo market: merchants, buyers, the desks, one who cheats, and noise; they act by operations only."""
