"""清结算·收益分配 Fees, revenue sharing, payout: who owes what, and then it moves (Data Twenty, articles 12 and 13)."""
