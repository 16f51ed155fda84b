"""Deals that wait for payment stay under the cap of their buyer's credit band; whoever is over it registers for no further lot."""

from django.db import migrations

from evidence.guards import install
from evidence.tables import Rules

UNGUARDED = """
DROP TRIGGER IF EXISTS trading_trade_within_unpaid ON trading_trade;
DROP FUNCTION IF EXISTS trading_trade_within_unpaid();
DROP FUNCTION IF EXISTS trading_unpaid_cap(bigint, text, timestamptz);
DROP FUNCTION IF EXISTS trading_unpaid(bigint);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('participants', '0035_unpaid_orders'),
        ('trading', '0035_mended_reports'),
    ]

    operations = [
        Rules(
            install("trading", "unpaid.sql"),
            install("trading", "register_bidder.sql"),
        ),
        migrations.RunSQL(migrations.RunSQL.noop, UNGUARDED),
    ]
