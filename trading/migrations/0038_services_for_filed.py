"""A filed deal may be delivered and settled here (R57): who asks for it, and by which charges."""

from django.db import migrations, models

from evidence.guards import edges, install
from trading.states import TRADE

BEFORE = [("executed", "cancelled"), ("executed", "defaulted"), ("executed", "funded"), ("funded", "unwound")]
UNGUARDED = """
DROP TRIGGER IF EXISTS trading_services_of_filed ON trading_tradestate;
DROP FUNCTION IF EXISTS trading_services_of_filed();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('participants', '0036_service_fee'),
        ('trading', '0037_told_reserves'),
    ]

    operations = [
        migrations.RunSQL(migrations.RunSQL.noop, edges("trading_tradestate", "status", BEFORE, initial=["executed", "funded", "recorded"]).sql),
        migrations.AddField(
            model_name='tradestate',
            name='services',
            field=models.JSONField(blank=True, default=dict, help_text='of a filed deal that is served here: its charges, as they were booked'),
        ),
        migrations.AddField(
            model_name='tradestate',
            name='services_asked',
            field=models.CharField(blank=True, choices=[('seller', '卖方'), ('buyer', '买方')], help_text='of a filed deal: who asks to have it served here', max_length=6),
        ),
        edges("trading_tradestate", "status", TRADE, initial=["executed", "funded", "recorded"]),
        install("trading", "services.sql"),
        migrations.RunSQL(migrations.RunSQL.noop, UNGUARDED),
    ]
