"""流通交易 Channels, auctions, bids, trades on and off the exchange (Data Twenty, articles 8 to 11)."""
