"""The two trades of a barter are settled together."""

from django.db import migrations, models

from evidence.guards import frozen_columns, install


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0005_set_off'),
        ('participants', '0018_floor_figures'),
        ('settlement', '0008_money_in_and_out'),
        ('trading', '0027_barters'),
    ]

    operations = [
        migrations.AddField(
            model_name='settlement',
            name='pair',
            field=models.CharField(blank=True, help_text='the barter it belongs to: settled together with its other trade', max_length=16),
        ),
        migrations.AddIndex(
            model_name='settlement',
            index=models.Index(condition=models.Q(('pair', ''), _negated=True), fields=['pair'], name='settlement_of_pair'),
        ),
        migrations.AddConstraint(
            model_name='settlement',
            constraint=models.CheckConstraint(condition=models.Q(('pair', ''), ('holdback_bps', 0), _connector='OR'), name='settlement_pair_holds_nothing_back'),
        ),
        frozen_columns("settlement_settlement", "code", "trade_id", "subject", "price_fen", "charges", "seller_fee_fen", "buyer_fee_fen",
                       "levy_fen", "shared_fen", "holdback_bps", "escrow_id", "weights", "accepted_at", "release_at", "grantor_number",
                       "pair"),
        install("settlement", "pairs.sql"),
        install("settlement", "post.sql"),
    ]
