"""Pages of compliance: the public rules, and what a party has promised, reported, is asked and is found to have done."""
