"""Looking for personal data in a table before anybody grades it (white paper 4.1: sensitive data is found first, then graded)."""
