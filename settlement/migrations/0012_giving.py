"""Pledges to give of what one earns, and what each cycle gave by them (W25)."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import append_only, frozen_columns, no_delete


class Migration(migrations.Migration):

    dependencies = [
        ('participants', '0018_floor_figures'),
        ('settlement', '0011_agreed_shares'),
    ]

    operations = [
        migrations.CreateModel(
            name='DonationPledge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('bps', models.PositiveIntegerField()),
                ('since', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='donation_pledges', to='participants.organization')),
            ],
        ),
        migrations.CreateModel(
            name='Donation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount_fen', models.BigIntegerField()),
                ('transfer', models.UUIDField()),
                ('transfer_hash', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
                ('cycle', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='donations', to='settlement.settlementcycle')),
                ('pledge', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='donations', to='settlement.donationpledge')),
            ],
        ),
        migrations.AddConstraint(
            model_name='donationpledge',
            constraint=models.CheckConstraint(condition=models.Q(('bps__range', (1, 10000))), name='donation_pledge_part'),
        ),
        migrations.AddConstraint(
            model_name='donationpledge',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('organization',), name='donation_pledge_one'),
        ),
        migrations.AddIndex(
            model_name='donation',
            index=models.Index(fields=['at'], name='donation_at'),
        ),
        migrations.AddConstraint(
            model_name='donation',
            constraint=models.UniqueConstraint(fields=('pledge', 'cycle'), name='donation_once_a_cycle'),
        ),
        migrations.AddConstraint(
            model_name='donation',
            constraint=models.CheckConstraint(condition=models.Q(('amount_fen__gt', 0)), name='donation_of_something'),
        ),
        append_only("settlement_donation"),
        frozen_columns("settlement_donationpledge", "code", "organization_id", "bps", "since"),
        no_delete("settlement_donationpledge"),
    ]
