"""Usage policies in ODRL 2.2 (a subset, read strictly): may this party do this with that, now? (R42, F2)

An unknown term refuses the policy and an empty policy permits nothing; no database.
"""
