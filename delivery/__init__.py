"""交付 Access, receipts, acceptance: what was bought reaches the buyer, and only that (Data Twenty, article 4)."""
