"""合规·治理 Negative list, declarations, filings, cases, conduct (Data Twenty, articles 14 to 16)."""
