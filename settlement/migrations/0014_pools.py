"""Dividend pools of share agreements: one open period an agreement, divided once, part by part (R72)."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import append_only, edges, frozen_columns, install, no_delete
from settlement.states import POOL


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0007_undistributed'),
        ('listings', '0032_rest_of_shares'),
        ('participants', '0020_barter_figures'),
        ('settlement', '0013_papers'),
    ]

    operations = [
        migrations.CreateModel(
            name='DividendPool',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('number', models.PositiveSmallIntegerField(help_text='counts the periods of an agreement')),
                ('status', models.CharField(choices=[('open', '归集中'), ('closed', '已分红')], default='open', max_length=8)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField(help_text='what is posted before it is divided when it has come')),
                ('received_fen', models.BigIntegerField(blank=True, help_text='divided at the close, with the fractions carried into it', null=True)),
                ('paid_fen', models.BigIntegerField(blank=True, null=True)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('transfer', models.UUIDField(blank=True, help_text='null where there was no whole fen to pay', null=True)),
                ('transfer_hash', models.CharField(blank=True, max_length=64)),
                ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pools', to='listings.shareagreement')),
            ],
        ),
        migrations.CreateModel(
            name='PoolShare',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('party', models.CharField(help_text='who signed for it', max_length=16)),
                ('weight', models.PositiveBigIntegerField()),
                ('accrued', models.TextField(help_text='exact fen as a fraction')),
                ('carried', models.TextField(help_text='exact fen that wait for the next period, as a fraction')),
                ('amount_fen', models.BigIntegerField()),
                ('organization', models.ForeignKey(help_text='who was paid', on_delete=django.db.models.deletion.PROTECT, related_name='dividends', to='participants.organization')),
                ('pool', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shares', to='settlement.dividendpool')),
            ],
        ),
        migrations.AddIndex(
            model_name='dividendpool',
            index=models.Index(condition=models.Q(('status', 'open')), fields=['ends_at'], name='dividend_pool_due'),
        ),
        migrations.AddConstraint(
            model_name='dividendpool',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['open', 'closed'])), name='dividend_pool_status_known'),
        ),
        migrations.AddConstraint(
            model_name='dividendpool',
            constraint=models.UniqueConstraint(fields=('agreement', 'number'), name='dividend_pool_number'),
        ),
        migrations.AddConstraint(
            model_name='dividendpool',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'open')), fields=('agreement',), name='dividend_pool_one_open'),
        ),
        migrations.AddConstraint(
            model_name='dividendpool',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='dividend_pool_period_forward'),
        ),
        migrations.AddConstraint(
            model_name='dividendpool',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('received_fen__isnull', True), ('status', 'open')), models.Q(('closed_at__isnull', False), ('paid_fen__gte', 0), ('paid_fen__isnull', False), ('paid_fen__lte', models.F('received_fen')), ('received_fen__gte', 0), ('received_fen__isnull', False), ('status', 'closed')), _connector='OR'), name='dividend_pool_closed_is_whole'),
        ),
        migrations.AddConstraint(
            model_name='poolshare',
            constraint=models.UniqueConstraint(fields=('pool', 'party'), name='pool_share_once'),
        ),
        migrations.AddConstraint(
            model_name='poolshare',
            constraint=models.CheckConstraint(condition=models.Q(('amount_fen__gte', 0)), name='pool_share_not_negative'),
        ),
        edges("settlement_dividendpool", "status", POOL, initial=["open"]),
        frozen_columns("settlement_dividendpool", "code", "agreement_id", "number", "starts_at", "ends_at"),
        no_delete("settlement_dividendpool"),
        append_only("settlement_poolshare"),
        install("settlement", "pools.sql"),
    ]
