"""Third parties at work: services offered, ordered, reported on, answered for (Data Twenty item 10; R61, R88, E.6)."""
