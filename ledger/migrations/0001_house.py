"""The books: accounts, transfers and postings, and the functions that alone move money."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import append_only, install, sql
from evidence.tables import Rules, Tables


class Migration(migrations.Migration):
    initial = True

    # what an installed house has of these it need not do again; see docs/decisions/0025-one-file-per-room.md
    replaces = [
        ("ledger", "0001_initial"),
        ("ledger", "0002_books_guarded"),
        ("ledger", "0003_batches"),
        ("ledger", "0004_batches_in_memory"),
        ("ledger", "0005_set_off"),
        ("ledger", "0006_periods"),
        ("ledger", "0007_undistributed"),
        ("ledger", "0008_batches_in_one_walk"),
        ("ledger", "0009_balances_in_place"),
    ]

    dependencies = [
        ("evidence", "0001_house"),
    ]

    operations = [
        Tables(
            migrations.CreateModel(
                name='Account',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('owner', models.CharField(help_text='a code: ORG-…, TRD-…', max_length=20)),
                    ('kind', models.CharField(choices=[('available', '可用资金'), ('deposit', '保证金'), ('escrow', '成交托管'), ('holdback', '质保留存'), ('venue_fees', '场所服务费'), ('public_interest', '公益金'), ('bank', '场外银行'), ('suspense', '待查款项'), ('set_off', '互换抵销'), ('undistributed', '待分配收益')], max_length=16)),
                    ('currency', models.CharField(default='CNY', max_length=3)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('owner', 'kind', 'currency'), name='account_once'), models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$')), name='account_currency_code'), models.CheckConstraint(condition=models.Q(('kind__in', ['available', 'deposit', 'escrow', 'holdback', 'venue_fees', 'public_interest', 'bank', 'suspense', 'set_off', 'undistributed'])), name='account_kind_known')],
                },
            ),
            migrations.CreateModel(
                name='Transfer',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uuid', models.UUIDField(default=uuid.uuid4, unique=True)),
                    ('phase', models.CharField(choices=[('single', '划转'), ('pending', '冻结'), ('posted', '过账'), ('voided', '释放'), ('expired', '过期释放')], max_length=8)),
                    ('kind', models.CharField(help_text="what for, in the caller's words, e.g. trade_payment", max_length=40)),
                    ('subject', models.CharField(help_text='the code of the trade, lot or reference it belongs to', max_length=40)),
                    ('legs', models.PositiveSmallIntegerField(help_text='how many postings belong to it; the guard counts them')),
                    ('account', models.ForeignKey(blank=True, db_index=False, help_text='whose money a pending transfer reserves', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account')),
                    ('pending', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='closing', to='ledger.transfer')),
                    ('amount_fen', models.BigIntegerField(blank=True, help_text='how much a pending transfer reserves', null=True)),
                    ('expires_at', models.DateTimeField(blank=True, null=True)),
                    ('command', models.UUIDField(help_text='the command that moved it')),
                    ('at', models.DateTimeField()),
                    ('hash', models.CharField(max_length=64)),
                ],
                options={
                    'indexes': [models.Index(fields=['subject'], name='transfer_subject'), models.Index(condition=models.Q(('expires_at__isnull', False), ('phase', 'pending')), fields=['expires_at'], name='transfer_expiring'), models.Index(condition=models.Q(('phase', 'pending')), fields=['account'], name='transfer_pending_of')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('phase__in', ['single', 'pending', 'posted', 'voided', 'expired'])), name='transfer_phase_known'), models.CheckConstraint(condition=models.Q(models.Q(('account__isnull', False), ('amount_fen__gt', 0), ('legs', 0), ('pending__isnull', True), ('phase', 'pending')), models.Q(('account__isnull', True), ('amount_fen__isnull', True), ('legs__gte', 2), ('pending__isnull', True), ('phase', 'single')), models.Q(('account__isnull', True), ('amount_fen__isnull', True), ('legs__gte', 2), ('pending__isnull', False), ('phase', 'posted')), models.Q(('account__isnull', True), ('amount_fen__isnull', True), ('legs', 0), ('pending__isnull', False), ('phase__in', ['voided', 'expired'])), _connector='OR'), name='transfer_columns_fit_phase'), models.UniqueConstraint(condition=models.Q(('kind', 'funding')), fields=('subject',), name='transfer_bank_reference_once')],
                },
            ),
            migrations.CreateModel(
                name='Posting',
                fields=[
                    ('pk', models.CompositePrimaryKey('transfer_id', 'leg', blank=True, editable=False, primary_key=True, serialize=False)),
                    ('account', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='postings', to='ledger.account')),
                    ('transfer', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='postings', to='ledger.transfer')),
                    ('leg', models.SmallIntegerField()),
                    ('amount_fen', models.BigIntegerField()),
                ],
                options={
                    'indexes': [models.Index(fields=['account', 'transfer'], name='posting_of_account')],
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('amount_fen', 0), _negated=True), ('leg__gt', 0)), name='posting_moves_something')],
                },
            ),
            migrations.CreateModel(
                name='Balance',
                fields=[
                    ('account', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='balance', serialize=False, to='ledger.account')),
                    ('posted_fen', models.BigIntegerField(default=0)),
                    ('reserved_fen', models.BigIntegerField(default=0)),
                    ('may_overdraw', models.BooleanField(help_text="from the account's kind; false for every customer account (I4)")),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(('reserved_fen__gte', 0)), name='balance_reserved_not_negative'), models.CheckConstraint(condition=models.Q(('may_overdraw', True), ('posted_fen__gte', models.F('reserved_fen')), _connector='OR'), name='balance_available_not_negative')],
                },
            ),
            migrations.CreateModel(
                name='Closing',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('until', models.DateTimeField(unique=True)),
                    ('at', models.DateTimeField()),
                    ('totals', models.JSONField()),
                    ('totals_hash', models.CharField(max_length=64)),
                ],
            ),
        ),
        Rules(
            install("ledger", "guards.sql"),
            install("ledger", "functions.sql"),
            install("ledger", "batch.sql"),
            install("ledger", "periods.sql"),
            # half of each page is kept free: the new row stands beside the old one and no index is written
            sql("ALTER TABLE ledger_balance SET (fillfactor = 50)"),
            # a transfer that closes no reserve has nothing to be unique in
            sql("ALTER TABLE ledger_transfer DROP CONSTRAINT IF EXISTS ledger_transfer_pending_id_key; "
                "CREATE UNIQUE INDEX ledger_transfer_closes_once ON ledger_transfer (pending_id) WHERE pending_id IS NOT NULL"),
            *[append_only(f"ledger_{table}") for table in (
                "account", "closing", "posting", "transfer")],
        ),
    ]
