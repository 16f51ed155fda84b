"""How a price is divided among those who made the thing: pure functions on exact fractions (Data Twenty ch. 4, R9, R69–R76).

Every rule answers ``{party: Fraction}`` in the units of its input; ``in_fen`` divides the pot by them, to the fen, so that
the parts sum to the pot. Only Shapley's values sum to the worth of the whole, so Shapley is for money and the other
indices are for looking at it (``docs/algorithms/sharing.md``).
"""
