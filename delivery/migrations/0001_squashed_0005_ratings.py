"""Delivery's tables and guards in one step for a new house."""

import django.db.models.deletion
from django.db import migrations, models

from delivery.states import DELETION, DELIVERY, GRANT, RATING
from evidence.guards import append_only, edges, frozen_columns, install, no_delete
from evidence.tables import Tables
from participants.owners import owners


class Migration(migrations.Migration):

    replaces = [
        ("delivery", "0001_initial"),
        ("delivery", "0002_guards"),
        ("delivery", "0003_deletion_tasks"),
        ("delivery", "0004_succession"),
        ("delivery", "0005_ratings"),
    ]

    dependencies = [
        ('evidence', '0002_subject_keys'),
        ('listings', '0001_squashed_0021_conditions'),
        ('participants', '0001_squashed_0011_takeouts'),
        ('trading', '0001_squashed_0008_pilots'),
    ]

    operations = [
        Tables(
            migrations.CreateModel(
                name='Delivery',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=16, unique=True)),
                    ('mode', models.CharField(choices=[('download', '文件下载'), ('api_raw', '接口（逐条原始数据）'), ('physical', '存储介质'), ('api', '接口（加工结果）'), ('api_aggregate', '接口（汇总结果）'), ('query', '查询'), ('model', '模型'), ('verification', '核验'), ('report', '报告'), ('clean_room', '数据密室')], default='download', max_length=20)),
                    ('expected_sha256', models.CharField(help_text='hash of the registered file; nothing else is taken', max_length=64)),
                    ('status', models.CharField(choices=[('opened', '待交付'), ('delivered', '待验收'), ('rejected', '已拒收'), ('disputed', '争议中'), ('accepted', '已验收'), ('failed', '未成'), ('cancelled', '撤销')], default='opened', max_length=10)),
                    ('attempts', models.PositiveSmallIntegerField(default=0, help_text='how often it was delivered, at most three times')),
                    ('defects', models.JSONField(default=list, help_text='what the buyer found wrong, one text each')),
                    ('due_at', models.DateTimeField(blank=True, help_text='until when the next act is due; null while the trade is unpaid', null=True)),
                    ('fails_at', models.DateTimeField(blank=True, help_text='end of the grace after a missed delivery', null=True)),
                    ('opened_at', models.DateTimeField()),
                    ('delivered_at', models.DateTimeField(blank=True, null=True)),
                    ('ended_at', models.DateTimeField(blank=True, null=True)),
                    ('by_default', models.BooleanField(default=False, help_text='accepted by silence')),
                    ('cause', models.CharField(blank=True, max_length=60)),
                    ('buyer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries_due', to='participants.organization')),
                    ('deposit', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.deposit')),
                    ('seller', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries_owed', to='participants.organization')),
                    ('trade', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='delivery', to='trading.trade')),
                    ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='listings.listingversion')),
                ],
                options={
                    'verbose_name_plural': 'deliveries',
                    'indexes': [models.Index(condition=models.Q(('status__in', ['opened', 'delivered', 'rejected'])), fields=['due_at'], name='delivery_due'), models.Index(fields=['seller', '-id'], name='delivery_of_seller'), models.Index(fields=['buyer', '-id'], name='delivery_of_buyer')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['opened', 'delivered', 'rejected', 'disputed', 'accepted', 'failed', 'cancelled'])), name='delivery_status_known'), models.CheckConstraint(condition=models.Q(('mode__in', ['download', 'api_raw', 'physical', 'api', 'api_aggregate', 'query', 'model', 'verification', 'report', 'clean_room'])), name='delivery_mode_known'), models.CheckConstraint(condition=models.Q(('seller', models.F('buyer')), _negated=True), name='delivery_two_parties'), models.CheckConstraint(condition=models.Q(('attempts__lte', 3)), name='delivery_three_attempts'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['delivered', 'accepted']), _negated=True), models.Q(('delivered_at__isnull', False), ('deposit__isnull', False)), _connector='OR'), name='delivery_delivered_has_file')],
                },
            ),
            migrations.CreateModel(
                name='AccessGrant',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=16, unique=True)),
                    ('token_hash', models.CharField(max_length=64, unique=True)),
                    ('status', models.CharField(choices=[('active', '有效'), ('suspended', '暂停'), ('exhausted', '用尽'), ('expired', '到期'), ('revoked', '撤销')], default='active', max_length=10)),
                    ('uses', models.PositiveSmallIntegerField(default=0)),
                    ('uses_allowed', models.PositiveSmallIntegerField(default=1)),
                    ('issued_at', models.DateTimeField()),
                    ('expires_at', models.DateTimeField()),
                    ('buyer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='access_grants', to='participants.organization')),
                    ('delivery', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='grants', to='delivery.delivery')),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('status', 'active')), fields=['expires_at'], name='grant_expiring')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['active', 'suspended', 'exhausted', 'expired', 'revoked'])), name='grant_status_known'), models.CheckConstraint(condition=models.Q(('uses__lte', models.F('uses_allowed'))), name='grant_uses_within_count'), models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('issued_at'))), name='grant_term_forward'), models.UniqueConstraint(condition=models.Q(('status', 'active')), fields=('delivery',), name='grant_one_active')],
                },
            ),
            migrations.CreateModel(
                name='GrantUse',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('outcome', models.CharField(choices=[('used', '已取用'), ('exhausted', '已用过，拒绝'), ('expired', '已到期，拒绝'), ('revoked', '已撤销，拒绝'), ('suspended', '已暂停，拒绝')], max_length=10)),
                    ('person', models.CharField(help_text='actor code', max_length=40)),
                    ('at', models.DateTimeField()),
                    ('grant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shown', to='delivery.accessgrant')),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(('outcome__in', ['used', 'exhausted', 'expired', 'revoked', 'suspended'])), name='use_outcome_known')],
                },
            ),
            migrations.CreateModel(
                name='DeletionTask',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=16, unique=True)),
                    ('status', models.CharField(choices=[('open', '待删除'), ('late', '逾期未确认'), ('done', '已删除')], default='open', max_length=8)),
                    ('notice', models.CharField(help_text='the notice that reached the recipient', max_length=16)),
                    ('statement', models.TextField(blank=True)),
                    ('opened_at', models.DateTimeField()),
                    ('due_at', models.DateTimeField(blank=True, null=True)),
                    ('done_at', models.DateTimeField(blank=True, null=True)),
                    ('consent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deletions', to='listings.consent')),
                    ('delivery', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deletions', to='delivery.delivery')),
                    ('proof', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.deposit')),
                    ('recipient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deletions', to='participants.organization')),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='deletion_due')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['open', 'late', 'done'])), name='deletion_status_known'), models.UniqueConstraint(fields=('consent', 'delivery'), name='deletion_once_for_each'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'done'), _negated=True), models.Q(models.Q(('statement', ''), _negated=True), ('done_at__isnull', False)), _connector='OR'), name='deletion_done_is_said')],
                },
            ),
            migrations.CreateModel(
                name='Rating',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=16, unique=True)),
                    ('status', models.CharField(choices=[('given', '已发表'), ('hidden', '已隐藏'), ('withdrawn', '已撤下')], default='given', max_length=10)),
                    ('as_described', models.PositiveSmallIntegerField()),
                    ('quality', models.PositiveSmallIntegerField()),
                    ('timeliness', models.PositiveSmallIntegerField()),
                    ('documentation', models.PositiveSmallIntegerField()),
                    ('support', models.PositiveSmallIntegerField()),
                    ('text', models.TextField()),
                    ('reply', models.TextField(blank=True, help_text="the seller's answer")),
                    ('hidden_reason', models.TextField(blank=True, help_text='why the desk hid it; shown in its place')),
                    ('cause', models.CharField(blank=True, help_text='the fact that took it down', max_length=60)),
                    ('given_at', models.DateTimeField()),
                    ('replied_at', models.DateTimeField(blank=True, null=True)),
                    ('buyer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ratings_given', to='participants.organization')),
                    ('delivery', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='rating', to='delivery.delivery')),
                    ('seller', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ratings_received', to='participants.organization')),
                ],
                options={
                    'indexes': [models.Index(fields=['seller', '-id'], name='rating_of_seller')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['given', 'hidden', 'withdrawn'])), name='rating_status_known'), models.CheckConstraint(condition=models.Q(('as_described__range', (1, 5)), ('documentation__range', (1, 5)), ('quality__range', (1, 5)), ('support__range', (1, 5)), ('timeliness__range', (1, 5))), name='rating_one_to_five'), models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='rating_says_something'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'hidden'), _negated=True), models.Q(('hidden_reason', ''), _negated=True), _connector='OR'), name='rating_hidden_why'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'withdrawn'), _negated=True), models.Q(('cause', ''), _negated=True), _connector='OR'), name='rating_withdrawn_why'), models.CheckConstraint(condition=models.Q(('replied_at__isnull', True), models.Q(('reply', ''), _negated=True), _connector='OR'), name='rating_reply_said')],
                },
            ),
        ),
        edges("delivery_delivery", "status", DELIVERY, initial=["opened"]),
        edges("delivery_accessgrant", "status", GRANT, initial=["active"]),
        append_only("delivery_grantuse"),
        no_delete("delivery_delivery"),
        no_delete("delivery_accessgrant"),
        edges("delivery_deletiontask", "status", DELETION, initial=["open"]),
        no_delete("delivery_deletiontask"),
        frozen_columns("delivery_delivery", "code", "trade_id", "version_id", "mode", "expected_sha256", "opened_at"),
        owners("delivery_delivery", "seller_id", "buyer_id", born=False),
        frozen_columns("delivery_accessgrant", "code", "delivery_id", "token_hash", "uses_allowed", "issued_at", "expires_at"),
        owners("delivery_accessgrant", "buyer_id", born=False),
        frozen_columns("delivery_deletiontask", "code", "consent_id", "delivery_id", "notice", "opened_at"),
        owners("delivery_deletiontask", "recipient_id", born=False),
        edges("delivery_rating", "status", RATING, initial=["given"]),
        frozen_columns("delivery_rating", "code", "delivery_id", "buyer_id", "seller_id", "as_described", "quality", "timeliness",
                       "documentation", "support", "text", "given_at"),
        no_delete("delivery_rating"),
        install("delivery", "ratings.sql"),
    ]
