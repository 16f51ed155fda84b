"""A lot of a pilot takes no bid above what its turnover still allowed; every trade of one is counted as it is written."""

from django.db import migrations, models

from evidence.guards import install


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0002_subject_keys'),
        ('listings', '0020_pilots'),
        ('participants', '0010_engagement_fee'),
        ('trading', '0007_trade_stands'),
    ]

    operations = [
        migrations.AddField(
            model_name='auction',
            name='cap_fen',
            field=models.BigIntegerField(blank=True, help_text='of a pilot: no bid above what its turnover still allowed', null=True),
        ),
        migrations.AddConstraint(
            model_name='auction',
            constraint=models.CheckConstraint(condition=models.Q(('cap_fen__isnull', True), ('cap_fen__range', (1, 9007199254740991)), _connector='OR'), name='lot_cap_in_range'),
        ),
        install("trading", "place_bid.sql"),
        install("trading", "register_bidder.sql"),
        install("trading", "pilots.sql"),
    ]
