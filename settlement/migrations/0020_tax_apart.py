"""The tax inside the venue's charges stands apart from them: fixed with each settlement, posted beside the fee, mirrored by a refund."""

from django.db import migrations, models
from django.db.models import F

import settlement.models
from evidence.guards import frozen_columns, install

#: The functions as they were before the tax had an argument; only one of a name may stand.
WITHOUT_TAX = """
DROP FUNCTION IF EXISTS settlement_post(bigint, bigint, integer, bigint, bigint, timestamptz, uuid);
DROP FUNCTION IF EXISTS settlement_leaf(text, text, bigint, bigint, bigint, bigint, bigint, text, text);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0002_tax'),
        ('settlement', '0019_entry_receipts'),
    ]

    operations = [
        migrations.AddField(
            model_name='settlement',
            name='fee_tax_bps',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text="the venue's own rate of value-added tax"),
        ),
        migrations.AddField(
            model_name='settlement',
            name='fee_tax_fen',
            field=models.BigIntegerField(db_default=0, default=0, help_text="of the venue's charges what is tax: owed to the state"),
        ),
        migrations.AddConstraint(
            model_name='settlement',
            constraint=models.CheckConstraint(
                condition=models.Q(fee_tax_fen=settlement.models.tax_inside(F('seller_fee_fen') + F('buyer_fee_fen'), F('fee_tax_bps'))),
                name='settlement_tax_of_its_fees'),
        ),
        migrations.AlterField(
            model_name='refundline',
            name='number',
            field=models.SmallIntegerField(help_text="0 charges, -1 levy, -2 tax in the charges, else the party's number in the split"),
        ),
        migrations.RunSQL(WITHOUT_TAX, migrations.RunSQL.noop),
        install("settlement", "post.sql"),
        install("settlement", "bank.sql"),
        frozen_columns("settlement_settlement", "code", "trade_id", "subject", "price_fen", "charges", "seller_fee_fen", "buyer_fee_fen",
                      "fee_tax_bps", "fee_tax_fen", "levy_fen", "shared_fen", "holdback_bps", "escrow_id", "weights", "accepted_at", "release_at", "grantor_number",
                      "pair"),
    ]
