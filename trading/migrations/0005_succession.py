"""What the parties of lots, biddings, trades and reports may change by: a succession alone."""

from django.db import migrations

from evidence.guards import frozen_columns, install
from participants.owners import facts_with_owner, follow_owner, owners


class Migration(migrations.Migration):

    dependencies = [
        ('trading', '0004_cheaper_bid'),
        ('listings', '0012_succession'),
        ('participants', '0009_succession'),
    ]

    operations = [
        install("trading", "guards.sql"),
        owners("trading_auction", "seller_id"),
        frozen_columns("trading_bidder", "auction_id", "paddle", "deposit_fen", "limit_fen", "registered_at"),
        owners("trading_bidder", "organization_id"),
        follow_owner("trading_bidder", "deposit"),
        facts_with_owner("trading_trade", "seller_id", "buyer_id"),
        owners("trading_trade", "seller_id", "buyer_id"),
        facts_with_owner("trading_tradereport", "reporter_id", "counterparty_id", "seller_id", "buyer_id"),
        owners("trading_tradereport", "reporter_id", "counterparty_id", "seller_id", "buyer_id"),
    ]
