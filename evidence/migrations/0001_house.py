"""The record book: tables, the chain and its seals, the clock of the market, keys of personal values."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from evidence.guards import append_only, frozen_columns, install, no_delete, sql
from evidence.tables import Rules, Tables


class Migration(migrations.Migration):
    initial = True

    # what an installed house has of these it need not do again; see docs/decisions/0025-one-file-per-room.md
    replaces = [
        ("evidence", "0001_initial"),
        ("evidence", "0002_subject_keys"),
        ("evidence", "0003_gate_moves"),
    ]

    dependencies = []

    operations = [
        Tables(
            migrations.CreateModel(
                name='Cursor',
                fields=[
                    ('subscriber', models.CharField(max_length=80, primary_key=True, serialize=False)),
                    ('position', models.BigIntegerField(default=0)),
                ],
            ),
            migrations.CreateModel(
                name='Deposit',
                fields=[
                    ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                    ('sha256', models.CharField(db_index=True, max_length=64)),
                    ('size', models.BigIntegerField()),
                    ('media_type', models.CharField(max_length=100)),
                    ('name', models.CharField(max_length=200)),
                    ('storage_name', models.CharField(max_length=200)),
                    ('owner', models.CharField(help_text='code of the organisation', max_length=64)),
                    ('at', models.DateTimeField()),
                ],
            ),
            migrations.CreateModel(
                name='PublicKey',
                fields=[
                    ('key_id', models.CharField(max_length=32, primary_key=True, serialize=False)),
                    ('algorithm', models.CharField(default='Ed25519', max_length=16)),
                    ('key', models.BinaryField()),
                    ('valid_from', models.DateTimeField()),
                    ('valid_to', models.DateTimeField(blank=True, null=True)),
                ],
            ),
            migrations.CreateModel(
                name='Command',
                fields=[
                    ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                    ('actor', models.CharField(max_length=64)),
                    ('operation', models.CharField(max_length=80)),
                    ('key', models.CharField(blank=True, help_text='Idempotency-Key; null where none was sent', max_length=255, null=True)),
                    ('fingerprint', models.CharField(blank=True, help_text='SHA-256 of the request', max_length=64)),
                    ('status', models.PositiveSmallIntegerField(blank=True, null=True)),
                    ('body', models.BinaryField(blank=True, null=True)),
                    ('at', models.DateTimeField()),
                ],
                options={
                    'constraints': [models.UniqueConstraint(condition=models.Q(('key__isnull', False)), fields=('actor', 'key'), name='command_key_once')],
                },
            ),
            migrations.CreateModel(
                name='Failure',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('subscriber', models.CharField(max_length=80)),
                    ('position', models.BigIntegerField()),
                    ('subject', models.CharField(max_length=64)),
                    ('tries', models.PositiveSmallIntegerField(default=0)),
                    ('parked', models.BooleanField(default=False)),
                    ('error', models.TextField(blank=True)),
                    ('at', models.DateTimeField()),
                ],
                options={
                    'indexes': [models.Index(fields=['subscriber', 'subject'], name='evidence_fa_subscri_58e2b0_idx')],
                    'constraints': [models.UniqueConstraint(fields=('subscriber', 'position'), name='failure_once')],
                },
            ),
            migrations.CreateModel(
                name='MarketClock',
                fields=[
                    ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                    ('anchor_market', models.DateTimeField()),
                    ('anchor_wall', models.DateTimeField()),
                    ('rate', models.PositiveIntegerField(default=1, help_text='market seconds per wall second; 0 stands still')),
                    ('profile', models.CharField(max_length=12)),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='market_clock_one_row'), models.CheckConstraint(condition=models.Q(('profile__in', ['demo', 'test', 'production'])), name='market_clock_profile_known'), models.CheckConstraint(condition=models.Q(models.Q(('profile', 'production'), _negated=True), models.Q(('rate', 1), ('anchor_market', models.F('anchor_wall'))), _connector='OR'), name='market_clock_is_the_wall_in_production')],
                },
            ),
            migrations.CreateModel(
                name='Node',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('level', models.PositiveSmallIntegerField()),
                    ('index', models.BigIntegerField()),
                    ('hash', models.BinaryField()),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('level', 'index'), name='node_once')],
                },
            ),
            migrations.CreateModel(
                name='Record',
                fields=[
                    ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                    ('kind', models.CharField(help_text='<room>.<model>.<word>', max_length=80)),
                    ('kind_version', models.PositiveSmallIntegerField(default=1)),
                    ('command', models.UUIDField(db_index=True, help_text='the Command whose act this tells')),
                    ('at', models.DateTimeField(db_index=True, help_text='market time of the act')),
                    ('actor', models.CharField(help_text='ORG-…/PSN-… or system', max_length=64)),
                    ('subject', models.CharField(help_text='code of the object', max_length=64)),
                    ('payload', models.JSONField(default=dict)),
                ],
                options={
                    'indexes': [models.Index(fields=['subject', 'at'], name='evidence_re_subject_e69b31_idx'), models.Index(fields=['kind', 'at'], name='evidence_re_kind_1015a4_idx')],
                },
            ),
            migrations.CreateModel(
                name='Seal',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('size', models.BigIntegerField(unique=True)),
                    ('root', models.BinaryField()),
                    ('previous_root', models.BinaryField(blank=True, help_text='empty for the first')),
                    ('at', models.DateTimeField()),
                    ('origin', models.CharField(max_length=120)),
                    ('key_id', models.CharField(max_length=32)),
                    ('signature', models.BinaryField()),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(('size__gt', 0)), name='seal_size_above_zero')],
                },
            ),
            migrations.CreateModel(
                name='Unsealed',
                fields=[
                    ('number', models.BigAutoField(primary_key=True, serialize=False)),
                    ('entered_at', models.DateTimeField(help_text='wall time, for the age alarm (I23)')),
                    ('record', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='unsealed', to='evidence.record')),
                ],
            ),
            migrations.CreateModel(
                name='Entry',
                fields=[
                    ('position', models.BigIntegerField(primary_key=True, serialize=False)),
                    ('payload_hash', models.BinaryField()),
                    ('leaf_hash', models.BinaryField()),
                    ('record', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='entry', to='evidence.record')),
                ],
                options={
                    'verbose_name_plural': 'entries',
                    'constraints': [models.CheckConstraint(condition=models.Q(('position__gte', 0)), name='entry_position_from_zero'), models.CheckConstraint(condition=models.Q(('payload_hash__length', 32), ('leaf_hash__length', 32)), name='entry_hashes_are_sha256')],
                },
            ),
            migrations.CreateModel(
                name='SubjectKey',
                fields=[
                    ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                    ('subject', models.CharField(help_text='code of the person, application or complaint', max_length=64)),
                    ('wrapped', models.BinaryField(blank=True, null=True)),
                    ('destroyed_at', models.DateTimeField(blank=True, null=True)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(condition=models.Q(('destroyed_at__isnull', True)), fields=('subject',), name='subject_key_one_living'), models.CheckConstraint(condition=models.Q(models.Q(('destroyed_at__isnull', True), ('wrapped__isnull', False)), models.Q(('destroyed_at__isnull', False), ('wrapped__isnull', True)), _connector='OR'), name='subject_key_living_or_destroyed')],
                },
            ),
            migrations.CreateModel(
                name='DepositErasure',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('reason', models.CharField(max_length=120)),
                    ('at', models.DateTimeField()),
                    ('deposit', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='erasure', to='evidence.deposit')),
                ],
            ),
            migrations.CreateModel(
                name='GateMove',
                fields=[
                    ('number', models.BigIntegerField(help_text="the database's own number of the transaction", primary_key=True, serialize=False)),
                ],
            ),
        ),
        Rules(
            install("evidence", "guards.sql"),
            install("evidence", "clock.sql"),
            install("evidence", "record.sql"),
            install("evidence", "seal.sql"),
            sql("ALTER TABLE evidence_record ADD CONSTRAINT record_payload_plain CHECK (evidence_plain(payload))"),
            sql("CREATE TRIGGER evidence_command_kept BEFORE UPDATE ON evidence_command FOR EACH ROW EXECUTE FUNCTION evidence_command_kept();"
                "CREATE TRIGGER evidence_seal_continues BEFORE INSERT ON evidence_seal FOR EACH ROW EXECUTE FUNCTION evidence_seal_continues();"
                "CREATE TRIGGER evidence_clock_forward BEFORE UPDATE ON evidence_marketclock "
                "FOR EACH ROW EXECUTE FUNCTION evidence_clock_forward();"),
            sql("INSERT INTO evidence_marketclock (id, anchor_market, anchor_wall, rate, profile) "
                f"SELECT 1, wall, wall, 1, '{settings.PROFILE}' FROM (SELECT clock_timestamp() AS wall) AS present"),
            sql("CREATE TRIGGER evidence_subjectkey_stays_destroyed BEFORE UPDATE ON evidence_subjectkey FOR EACH ROW "
                "WHEN (OLD.destroyed_at IS NOT NULL) EXECUTE FUNCTION evidence_refuse_change();"),
            install("evidence", "gates.sql"),
            install("evidence", "keys.sql"),
            *[append_only(f"evidence_{table}") for table in (
                "deposit", "depositerasure", "entry", "gatemove", "node", "record", "seal")],
            *[no_delete(f"evidence_{table}") for table in (
                "command", "cursor", "marketclock", "publickey", "subjectkey")],
            frozen_columns("evidence_publickey", "key_id", "algorithm", "key", "valid_from"),
            frozen_columns("evidence_subjectkey", "id", "subject"),
        ),
    ]
