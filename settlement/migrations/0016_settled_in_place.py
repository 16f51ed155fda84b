"""A settled row stays where it is: nothing that posting writes is indexed, and half of each page is kept free for it."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import frozen_columns, install, sql


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0009_balances_in_place'),
        ('participants', '0025_credit_rebate'),
        ('settlement', '0015_contributions'),
        ('trading', '0031_framework_ground'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='settlement',
            name='settlement_due',
        ),
        migrations.RemoveIndex(
            model_name='settlement',
            name='settlement_held',
        ),
        migrations.AlterField(
            model_name='settlement',
            name='cycle',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='settlements', to='settlement.settlementcycle'),
        ),
        migrations.AddIndex(
            model_name='settlement',
            index=models.Index(fields=['cycle', 'id'], name='settlement_of_cycle'),
        ),
        migrations.AddIndex(
            model_name='settlement',
            index=models.Index(condition=models.Q(('holdback_bps__gt', 0), ('released__isnull', True)), fields=['release_at'], name='settlement_held_back'),
        ),
        sql("ALTER TABLE settlement_settlement SET (fillfactor = 45)", "ALTER TABLE settlement_settlement RESET (fillfactor)"),
        frozen_columns("settlement_settlement", "code", "trade_id", "subject", "price_fen", "charges", "seller_fee_fen", "buyer_fee_fen",
                       "levy_fen", "shared_fen", "holdback_bps", "escrow_id", "weights", "accepted_at", "release_at", "grantor_number",
                       "pair"),
        install("settlement", "post.sql"),
    ]
