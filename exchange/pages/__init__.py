"""Pages of the hall: each asks several rooms' queries and puts the answers on one page; no rule is decided here."""
