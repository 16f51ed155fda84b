"""Which party of a settlement granted the public data (R76); funds that subsidise orders of small firms (R75, R122)."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import edges, frozen_columns, install, no_delete
from settlement.states import FUND, SUBSIDY


class Migration(migrations.Migration):

    dependencies = [
        ('settlement', '0005_succession'),
        ('evidence', '0001_initial'),
        ('ledger', '0004_batches_in_memory'),
        ('listings', '0019_grantor_share'),
        ('compliance', '0011_engagements'),
        ('participants', '0009_succession'),
    ]

    operations = [
        migrations.AddField(
            model_name='settlement',
            name='grantor_number',
            field=models.PositiveSmallIntegerField(blank=True, help_text='which of the parties granted the public data (R76)', null=True),
        ),
        frozen_columns("settlement_settlement", "code", "trade_id", "subject", "price_fen", "charges", "seller_fee_fen", "buyer_fee_fen",
                       "levy_fen", "shared_fen", "holdback_bps", "escrow_id", "weights", "accepted_at", "release_at", "grantor_number"),
        migrations.CreateModel(
            name='SubsidyFund',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('name_zh', models.CharField(max_length=80)),
                ('name_en', models.CharField(blank=True, max_length=120)),
                ('basis', models.CharField(help_text='the document it rests on', max_length=200)),
                ('budget_fen', models.BigIntegerField()),
                ('share_bps', models.PositiveIntegerField(help_text="of an order's price")),
                ('order_cap_fen', models.BigIntegerField(help_text='at most for one order')),
                ('year_cap_fen', models.BigIntegerField(help_text='at most for one firm in a calendar year, from this fund')),
                ('criteria', models.JSONField(default=dict, help_text='sizes, services, sectors, regions; an empty list admits all')),
                ('status', models.CharField(choices=[('proposed', '待批准'), ('refused', '未批准'), ('open', '开放申请'), ('closed', '已结束')], default='proposed', max_length=8)),
                ('effective_from', models.DateTimeField()),
                ('effective_to', models.DateTimeField()),
                ('proposed_at', models.DateTimeField()),
                ('opened_at', models.DateTimeField(blank=True, null=True)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account')),
                ('venue', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='subsidy_funds', to='participants.venue')),
            ],
        ),
        migrations.CreateModel(
            name='Subsidy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('year', models.PositiveSmallIntegerField(help_text='the calendar year it counts in')),
                ('price_fen', models.BigIntegerField(help_text="the order's")),
                ('amount_fen', models.BigIntegerField()),
                ('pending', models.UUIDField(help_text="the reserve on the fund's account")),
                ('status', models.CharField(choices=[('reserved', '已核定，随付款拨付'), ('paid', '已拨付'), ('released', '已释放')], default='reserved', max_length=8)),
                ('paid_fen', models.BigIntegerField(default=0)),
                ('transfer_hash', models.CharField(blank=True, max_length=64)),
                ('granted_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('engagement', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='subsidy', to='compliance.engagement')),
                ('organization', models.ForeignKey(help_text='the firm it was granted to', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
                ('fund', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='subsidies', to='settlement.subsidyfund')),
            ],
        ),
        migrations.AddConstraint(
            model_name='subsidyfund',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['proposed', 'refused', 'open', 'closed'])), name='subsidy_fund_status_known'),
        ),
        migrations.AddConstraint(
            model_name='subsidyfund',
            constraint=models.CheckConstraint(condition=models.Q(('budget_fen__range', (1, 9007199254740991)), ('order_cap_fen__range', (1, 9007199254740991)), ('year_cap_fen__range', (1, 9007199254740991))), name='subsidy_fund_amounts'),
        ),
        migrations.AddConstraint(
            model_name='subsidyfund',
            constraint=models.CheckConstraint(condition=models.Q(('share_bps__range', (1, 10000))), name='subsidy_fund_share'),
        ),
        migrations.AddConstraint(
            model_name='subsidyfund',
            constraint=models.CheckConstraint(condition=models.Q(('effective_to__gt', models.F('effective_from'))), name='subsidy_fund_term_forward'),
        ),
        migrations.AddIndex(
            model_name='subsidy',
            index=models.Index(fields=['fund', 'organization', 'year'], name='subsidy_of_year'),
        ),
        migrations.AddIndex(
            model_name='subsidy',
            index=models.Index(condition=models.Q(('status', 'reserved')), fields=['status'], name='subsidy_open'),
        ),
        migrations.AddConstraint(
            model_name='subsidy',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['reserved', 'paid', 'released'])), name='subsidy_status_known'),
        ),
        migrations.AddConstraint(
            model_name='subsidy',
            constraint=models.CheckConstraint(condition=models.Q(('amount_fen__gt', 0), ('amount_fen__gte', models.F('paid_fen')), ('paid_fen__gte', 0)), name='subsidy_amounts'),
        ),
        migrations.AddConstraint(
            model_name='subsidy',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('paid_fen__gt', 0), ('status', 'paid')), models.Q(models.Q(('status', 'paid'), _negated=True), ('paid_fen', 0)), _connector='OR'), name='subsidy_paid_is_paid'),
        ),
        migrations.AddConstraint(
            model_name='subsidy',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('status', 'reserved')), models.Q(models.Q(('status', 'reserved'), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='subsidy_ended'),
        ),
        install("settlement", "subsidy.sql"),
        edges("settlement_subsidyfund", "status", FUND, initial=["proposed"]),
        edges("settlement_subsidy", "status", SUBSIDY, initial=["reserved"]),
        frozen_columns("settlement_subsidyfund", "code", "venue_id", "name_zh", "basis", "budget_fen", "share_bps", "order_cap_fen",
                       "year_cap_fen", "criteria", "account_id", "effective_from", "effective_to", "proposed_at"),
        frozen_columns("settlement_subsidy", "code", "fund_id", "engagement_id", "organization_id", "year", "price_fen", "amount_fen",
                       "pending", "granted_at"),
        no_delete("settlement_subsidyfund"),
        no_delete("settlement_subsidy"),
    ]
