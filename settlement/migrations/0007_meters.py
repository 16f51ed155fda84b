"""What a metered period came to."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import append_only


class Migration(migrations.Migration):

    dependencies = [
        ('settlement', '0001_squashed_0006_shares_and_subsidies'),
        ('trading', '0020_subscriptions'),
    ]

    operations = [
        migrations.CreateModel(
            name='Meter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('uses', models.PositiveIntegerField()),
                ('cap_fen', models.BigIntegerField(help_text="the trade's price: the most it could come to")),
                ('charge_fen', models.BigIntegerField()),
                ('returned_fen', models.BigIntegerField(help_text='to the buyer, with the fees that fell away')),
                ('transfer', models.UUIDField(blank=True, help_text='null where nothing went back', null=True)),
                ('transfer_hash', models.CharField(blank=True, max_length=64)),
                ('at', models.DateTimeField()),
                ('trade', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='meter', to='trading.trade')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('charge_fen__gte', 0), ('charge_fen__lte', models.F('cap_fen')), ('returned_fen__gte', 0)), name='meter_within_cap'), models.CheckConstraint(condition=models.Q(models.Q(('returned_fen', 0), ('transfer__isnull', True)), models.Q(('returned_fen__gt', 0), ('transfer__isnull', False)), _connector='OR'), name='meter_return_is_a_transfer')],
            },
        ),
        append_only("settlement_meter"),
    ]
