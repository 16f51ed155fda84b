"""A reserve may be announced with the terms; then it is as fixed as they are."""

from django.db import migrations, models

from evidence.guards import install


class Migration(migrations.Migration):

    dependencies = [
        ('trading', '0036_unpaid_orders'),
    ]

    operations = [
        migrations.AddField(
            model_name='auction',
            name='reserve_told',
            field=models.BooleanField(default=False, help_text='announced with the terms; else secret (Auction Law 28)'),
        ),
        migrations.AlterField(
            model_name='auction',
            name='reserve_price_fen',
            field=models.BigIntegerField(blank=True, help_text='secret, unless it is told', null=True),
        ),
        migrations.AddConstraint(
            model_name='auction',
            constraint=models.CheckConstraint(condition=models.Q(('reserve_told', False), ('reserve_price_fen__isnull', False), _connector='OR'), name='lot_told_reserve_is_one'),
        ),
        install("trading", "told_reserves.sql"),
        migrations.RunSQL(migrations.RunSQL.noop, "DROP TRIGGER IF EXISTS trading_auction_reserve_told ON trading_auction;"),
    ]
