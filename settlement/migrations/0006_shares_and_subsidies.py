"""Which party of a settlement granted the public data (R76)."""

from django.db import migrations, models

from evidence.guards import frozen_columns


class Migration(migrations.Migration):

    dependencies = [
        ('settlement', '0005_succession'),
        ('listings', '0019_grantor_share'),
    ]

    operations = [
        migrations.AddField(
            model_name='settlement',
            name='grantor_number',
            field=models.PositiveSmallIntegerField(blank=True, help_text='which of the parties granted the public data (R76)', null=True),
        ),
        frozen_columns("settlement_settlement", "code", "trade_id", "subject", "price_fen", "charges", "seller_fee_fen", "buyer_fee_fen",
                       "levy_fen", "shared_fen", "holdback_bps", "escrow_id", "weights", "accepted_at", "release_at", "grantor_number"),
    ]
