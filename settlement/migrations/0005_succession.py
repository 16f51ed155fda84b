"""What the parties of a settlement may change by: a succession alone."""

from django.db import migrations

from evidence.guards import frozen_columns
from participants.owners import follow_owner, owners


class Migration(migrations.Migration):

    dependencies = [
        ('settlement', '0004_schedule_of_charges'),
        ('delivery', '0004_succession'),
        ('participants', '0009_succession'),
    ]

    operations = [
        frozen_columns("settlement_settlement", "code", "trade_id", "subject", "price_fen", "charges", "seller_fee_fen", "buyer_fee_fen",
                       "levy_fen", "shared_fen", "holdback_bps", "escrow_id", "weights", "accepted_at", "release_at"),
        owners("settlement_settlement", "seller_id", "buyer_id", born=False),
        follow_owner("settlement_settlement", "parties", "organizations", "accounts", "holdback_id"),
    ]
