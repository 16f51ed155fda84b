"""What is charged is itemised and fixed when a settlement falls due: any number of charges, as they were quoted."""

from django.db import migrations, models
from django.db.models import F, Q

from evidence.guards import frozen_columns, install, sql

#: Rows written by the three rates of before, said as a schedule; figures not posted yet are worked out by the same rates.
AS_SCHEDULE = """
UPDATE settlement_settlement SET
  charges = jsonb_build_object('cap_bps', 10000, 'charges', jsonb_build_array(
    jsonb_build_object('key', 'fee.match_buyer_bps', 'bps', buyer_fee_bps, 'min_fen', 0, 'max_fen', NULL,
                       'name_zh', '撮合服务费（买方）', 'name_en', 'Matching fee (buyer)'),
    jsonb_build_object('key', 'fee.match_seller_bps', 'bps', seller_fee_bps, 'min_fen', 0, 'max_fen', NULL,
                       'name_zh', '撮合服务费（卖方）', 'name_en', 'Matching fee (seller)'),
    jsonb_build_object('key', 'levy.public_interest_bps', 'bps', levy_bps, 'min_fen', 0, 'max_fen', NULL,
                       'name_zh', '公益金（自卖方收入）', 'name_en', 'Public-interest levy (from the seller''s side)'))),
  seller_fee_fen = settlement_bps(price_fen, seller_fee_bps), buyer_fee_fen = settlement_bps(price_fen, buyer_fee_bps),
  levy_fen = settlement_bps(price_fen, levy_bps),
  shared_fen = price_fen - settlement_bps(price_fen, seller_fee_bps) - settlement_bps(price_fen, levy_bps);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('settlement', '0003_fewer_indexes'),
        ('participants', '0006_named_figures'),
    ]

    operations = [
        sql("DROP TRIGGER IF EXISTS settlement_settlement_frozen ON settlement_settlement"),
        migrations.RemoveConstraint(model_name='settlement', name='settlement_adds_up'),
        migrations.AddField(
            model_name='settlement',
            name='charges',
            field=models.JSONField(default=dict, help_text='the schedule it is charged by (participants.charges), as it was quoted'),
            preserve_default=False,
        ),
        sql(AS_SCHEDULE),
        migrations.RemoveField(model_name='settlement', name='seller_fee_bps'),
        migrations.RemoveField(model_name='settlement', name='buyer_fee_bps'),
        migrations.RemoveField(model_name='settlement', name='levy_bps'),
        migrations.AlterField(
            model_name='settlement', name='seller_fee_fen',
            field=models.BigIntegerField(help_text="the venue's charges on the seller"),
        ),
        migrations.AlterField(
            model_name='settlement', name='buyer_fee_fen',
            field=models.BigIntegerField(help_text="the venue's charges on the buyer, paid beside the price"),
        ),
        migrations.AlterField(model_name='settlement', name='levy_fen', field=models.BigIntegerField()),
        migrations.AlterField(
            model_name='settlement', name='shared_fen',
            field=models.BigIntegerField(help_text="price less the seller's charges: what the parties share"),
        ),
        migrations.AddConstraint(
            model_name='settlement',
            constraint=models.CheckConstraint(
                name='settlement_adds_up',
                condition=Q(price_fen=F('seller_fee_fen') + F('levy_fen') + F('shared_fen'), seller_fee_fen__gte=0, buyer_fee_fen__gte=0,
                            levy_fen__gte=0, shared_fen__gte=0)),
        ),
        migrations.AddConstraint(
            model_name='settlement',
            constraint=models.CheckConstraint(
                name='settlement_settled_is_whole',
                condition=~Q(status='settled') | Q(settled_at__isnull=False, leaf__isnull=False, held_fen__lte=F('shared_fen'))),
        ),
        install("settlement", "post.sql"),
        frozen_columns("settlement_settlement", "code", "trade_id", "seller_id", "buyer_id", "subject", "price_fen", "charges",
                       "seller_fee_fen", "buyer_fee_fen", "levy_fen", "shared_fen", "holdback_bps", "escrow_id", "holdback_id", "parties",
                       "organizations", "accounts", "weights", "accepted_at", "release_at"),
    ]
