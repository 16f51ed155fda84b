"""Settlement's tables and guards in one step for a new house."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

from evidence.guards import append_only, edges, frozen_columns, install, no_delete
from evidence.tables import Tables
from participants.owners import follow_owner, owners
from settlement.states import CYCLE, FUND, SETTLEMENT, SUBSIDY


class Migration(migrations.Migration):

    replaces = [
        ("settlement", "0001_initial"),
        ("settlement", "0002_guards"),
        ("settlement", "0003_fewer_indexes"),
        ("settlement", "0004_schedule_of_charges"),
        ("settlement", "0005_succession"),
        ("settlement", "0006_shares_and_subsidies"),
    ]

    dependencies = [
        ('evidence', '0002_subject_keys'),
        ('ledger', '0004_batches_in_memory'),
        ('participants', '0001_squashed_0011_takeouts'),
        ('trading', '0001_squashed_0008_pilots'),
    ]

    operations = [
        Tables(
            migrations.CreateModel(
                name='SettlementCycle',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=16, unique=True)),
                    ('status', models.CharField(choices=[('open', '归集'), ('frozen', '已冻结'), ('posted', '已过账'), ('blocked', '待查'), ('closed', '已关账')], default='open', max_length=8)),
                    ('opened_at', models.DateTimeField()),
                    ('due_at', models.DateTimeField(help_text='when it freezes; then, by when it must move on')),
                    ('frozen_at', models.DateTimeField(blank=True, null=True)),
                    ('posted_at', models.DateTimeField(blank=True, null=True)),
                    ('closed_at', models.DateTimeField(blank=True, null=True)),
                    ('lines', models.PositiveIntegerField(default=0, help_text='settlements taken in at the freeze')),
                    ('settled', models.PositiveIntegerField(default=0)),
                    ('parked', models.PositiveIntegerField(default=0)),
                    ('total_fen', models.BigIntegerField(default=0, help_text='prices settled')),
                    ('lines_root', models.CharField(blank=True, help_text='Merkle root over its settled lines', max_length=64)),
                    ('differences', models.JSONField(default=list, help_text='what reconciling found')),
                    ('venue', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='settlement_cycles', to='participants.venue')),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('status', 'closed'), _negated=True), fields=['status'], name='cycle_moving')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['open', 'frozen', 'posted', 'blocked', 'closed'])), name='cycle_status_known'), models.UniqueConstraint(condition=models.Q(('status', 'open')), fields=('venue',), name='cycle_one_open'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['posted', 'closed']), _negated=True), ('lines', django.db.models.expressions.CombinedExpression(models.F('settled'), '+', models.F('parked'))), _connector='OR'), name='cycle_all_lines_accounted_for')],
                },
            ),
            migrations.CreateModel(
                name='Settlement',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=16, unique=True)),
                    ('status', models.CharField(choices=[('due', '待结算'), ('parked', '挂起'), ('settled', '已结算')], default='due', max_length=8)),
                    ('tries', models.PositiveSmallIntegerField(default=0)),
                    ('fault', models.CharField(blank=True, max_length=200)),
                    ('subject', models.CharField(help_text="the trade's code, as it stands in the ledger", max_length=16)),
                    ('price_fen', models.BigIntegerField()),
                    ('holdback_bps', models.PositiveIntegerField(help_text="of the seller's own share, by band at acceptance")),
                    ('parties', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=16), size=None)),
                    ('organizations', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                    ('accounts', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                    ('weights', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                    ('accepted_at', models.DateTimeField()),
                    ('due_at', models.DateTimeField(blank=True, help_text='when parked: by when it is looked at', null=True)),
                    ('seller_fee_fen', models.BigIntegerField(help_text="the venue's charges on the seller")),
                    ('buyer_fee_fen', models.BigIntegerField(help_text="the venue's charges on the buyer, paid beside the price")),
                    ('levy_fen', models.BigIntegerField()),
                    ('shared_fen', models.BigIntegerField(help_text="price less the seller's charges: what the parties share")),
                    ('held_fen', models.BigIntegerField(blank=True, help_text='of it held back for the seller until release_at', null=True)),
                    ('transfer', models.UUIDField(blank=True, help_text='null where the price was nothing', null=True)),
                    ('transfer_hash', models.CharField(blank=True, max_length=64)),
                    ('leaf', models.BinaryField(blank=True, help_text='hash of its line in the batch', null=True)),
                    ('settled_at', models.DateTimeField(blank=True, null=True)),
                    ('release_at', models.DateTimeField(help_text='when what was held back is paid')),
                    ('released', models.UUIDField(blank=True, null=True)),
                    ('buyer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='settlements_bought', to='participants.organization')),
                    ('escrow', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account')),
                    ('holdback', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account')),
                    ('seller', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='settlements_sold', to='participants.organization')),
                    ('trade', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='settlement', to='trading.trade')),
                    ('cycle', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='settlements', to='settlement.settlementcycle')),
                    ('charges', models.JSONField(help_text='the schedule it is charged by (participants.charges), as it was quoted')),
                    ('grantor_number', models.PositiveSmallIntegerField(blank=True, help_text='which of the parties granted the public data (R76)', null=True)),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('status', 'due')), fields=['cycle', 'id'], name='settlement_due'), models.Index(condition=models.Q(('held_fen__gt', 0), ('released__isnull', True), ('status', 'settled')), fields=['release_at'], name='settlement_held')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['due', 'parked', 'settled'])), name='settlement_status_known'), models.CheckConstraint(condition=models.Q(('parties__len__gt', 0), ('parties__len', models.F('weights__len')), ('parties__len', models.F('accounts__len')), ('parties__len', models.F('organizations__len'))), name='settlement_parties_parallel'), models.CheckConstraint(condition=models.Q(('buyer_fee_fen__gte', 0), ('levy_fen__gte', 0), ('price_fen', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('seller_fee_fen'), '+', models.F('levy_fen')), '+', models.F('shared_fen'))), ('seller_fee_fen__gte', 0), ('shared_fen__gte', 0)), name='settlement_adds_up'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'settled'), _negated=True), models.Q(('held_fen__lte', models.F('shared_fen')), ('leaf__isnull', False), ('settled_at__isnull', False)), _connector='OR'), name='settlement_settled_is_whole')],
                },
            ),
            migrations.CreateModel(
                name='Share',
                fields=[
                    ('pk', models.CompositePrimaryKey('settlement_id', 'number', blank=True, editable=False, primary_key=True, serialize=False)),
                    ('number', models.SmallIntegerField()),
                    ('amount_fen', models.BigIntegerField(help_text='its share of the price after fee and levy')),
                    ('held_fen', models.BigIntegerField(help_text='of it held back')),
                    ('organization', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='participants.organization')),
                    ('settlement', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='shares', to='settlement.settlement')),
                ],
                options={
                    'indexes': [models.Index(fields=['organization', 'settlement'], name='share_of_party')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('amount_fen__gte', 0), ('held_fen__gte', 0), ('held_fen__lte', models.F('amount_fen'))), name='share_not_negative')],
                },
            ),
            migrations.CreateModel(
                name='Refund',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=16, unique=True)),
                    ('amount_fen', models.BigIntegerField()),
                    ('cause', models.CharField(max_length=60)),
                    ('transfer', models.UUIDField()),
                    ('transfer_hash', models.CharField(max_length=64)),
                    ('at', models.DateTimeField()),
                    ('trade', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='refund', to='trading.trade')),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(('amount_fen__gt', 0)), name='refund_of_something')],
                },
            ),
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
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['proposed', 'refused', 'open', 'closed'])), name='subsidy_fund_status_known'), models.CheckConstraint(condition=models.Q(('budget_fen__range', (1, 9007199254740991)), ('order_cap_fen__range', (1, 9007199254740991)), ('year_cap_fen__range', (1, 9007199254740991))), name='subsidy_fund_amounts'), models.CheckConstraint(condition=models.Q(('share_bps__range', (1, 10000))), name='subsidy_fund_share'), models.CheckConstraint(condition=models.Q(('effective_to__gt', models.F('effective_from'))), name='subsidy_fund_term_forward')],
                },
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
                options={
                    'indexes': [models.Index(fields=['fund', 'organization', 'year'], name='subsidy_of_year'), models.Index(condition=models.Q(('status', 'reserved')), fields=['status'], name='subsidy_open')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['reserved', 'paid', 'released'])), name='subsidy_status_known'), models.CheckConstraint(condition=models.Q(('amount_fen__gt', 0), ('amount_fen__gte', models.F('paid_fen')), ('paid_fen__gte', 0)), name='subsidy_amounts'), models.CheckConstraint(condition=models.Q(models.Q(('paid_fen__gt', 0), ('status', 'paid')), models.Q(models.Q(('status', 'paid'), _negated=True), ('paid_fen', 0)), _connector='OR'), name='subsidy_paid_is_paid'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('status', 'reserved')), models.Q(models.Q(('status', 'reserved'), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='subsidy_ended')],
                },
            ),
        ),
        install("settlement", "post.sql"),
        edges("settlement_settlementcycle", "status", CYCLE, initial=["open"]),
        edges("settlement_settlement", "status", SETTLEMENT, initial=["due"]),
        append_only("settlement_share"),
        append_only("settlement_refund"),
        no_delete("settlement_settlement"),
        no_delete("settlement_settlementcycle"),
        owners("settlement_settlement", "seller_id", "buyer_id", born=False),
        follow_owner("settlement_settlement", "parties", "organizations", "accounts", "holdback_id"),
        frozen_columns("settlement_settlement", "code", "trade_id", "subject", "price_fen", "charges", "seller_fee_fen", "buyer_fee_fen",
                       "levy_fen", "shared_fen", "holdback_bps", "escrow_id", "weights", "accepted_at", "release_at", "grantor_number"),
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
