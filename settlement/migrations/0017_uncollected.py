"""Accepted trades that could not be taken up: how often it failed, since when they are set aside."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import frozen_columns, no_delete
from evidence.tables import Tables


class Migration(migrations.Migration):

    dependencies = [
        ('settlement', '0001_house'),
        ('trading', '0001_house'),
    ]

    operations = [
        Tables(
            migrations.CreateModel(
                name='Uncollected',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('tries', models.PositiveSmallIntegerField(default=0)),
                    ('at', models.DateTimeField(help_text='of the last failure')),
                    ('parked_at', models.DateTimeField(blank=True, null=True)),
                    ('due_at', models.DateTimeField(blank=True, help_text='when parked: by when it is looked at', null=True)),
                    ('trade', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='uncollected', to='trading.trade')),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('parked_at__isnull', False)), fields=['parked_at'], name='uncollected_parked')],
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('due_at__isnull', True), ('parked_at__isnull', True)), models.Q(('due_at__isnull', False), ('parked_at__isnull', False), ('tries__gt', 0)), _connector='OR'), name='uncollected_parked_is_due')],
                },
            ),
        ),
        frozen_columns("settlement_uncollected", "trade_id"),
        no_delete("settlement_uncollected"),
    ]
