"""What cannot be settled goes back to its buyer by two persons; the database asks for the second one."""

from django.db import migrations, models

from evidence.guards import edges, frozen_columns, install
from settlement.states import SETTLEMENT

BEFORE = [("due", "parked"), ("due", "settled"), ("parked", "due")]
#: What stood before stands again when this is taken back; nothing is asked of the columns that are gone.
BACK = [
    edges("settlement_settlement", "status", BEFORE, initial=["due"]).sql,
    frozen_columns("settlement_uncollected", "trade_id").sql,
]
UNGUARDED = """
DROP FUNCTION IF EXISTS settlement_refund_two_persons() CASCADE;
DROP FUNCTION IF EXISTS settlement_set_down_two_persons() CASCADE;
"""
NAMED = "UPDATE settlement_uncollected u SET subject = t.code FROM trading_trade t WHERE t.id = u.trade_id"


class Migration(migrations.Migration):

    dependencies = [
        ('participants', '0022_second_person'),
        ('settlement', '0017_uncollected'),
    ]

    operations = [
        *(migrations.RunSQL(migrations.RunSQL.noop, one) for one in BACK),
        migrations.AddField(
            model_name='uncollected',
            name='subject',
            field=models.CharField(default='', help_text="the trade's code, as it stands in the ledger", max_length=16),
            preserve_default=False,
        ),
        migrations.RunSQL(NAMED, migrations.RunSQL.noop),
        frozen_columns("settlement_uncollected", "trade_id", "subject"),
        migrations.AlterField(
            model_name='settlement',
            name='status',
            field=models.CharField(choices=[('due', '待结算'), ('parked', '挂起'), ('settled', '已结算'), ('returned', '已退回买方')], default='due', max_length=8),
        ),
        migrations.RemoveConstraint(model_name='settlement', name='settlement_status_known'),
        migrations.AddConstraint(
            model_name='settlement',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['due', 'parked', 'settled', 'returned'])), name='settlement_status_known'),
        ),
        edges("settlement_settlement", "status", SETTLEMENT, initial=["due"]),
        install("settlement", "returns.sql"),
        migrations.RunSQL(migrations.RunSQL.noop, UNGUARDED),
    ]
