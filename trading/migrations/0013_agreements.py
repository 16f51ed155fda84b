"""Agreements: typed terms frozen by a trigger, a signature of each side, states along their table."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import append_only, edges, frozen_columns, install, no_delete
from trading.states import AGREEMENT


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0002_subject_keys'),
        ('trading', '0012_spending'),
    ]

    operations = [
        migrations.CreateModel(
            name='Agreement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('template', models.CharField(choices=[('provision', '数据提供合同'), ('processing', '数据委托处理服务合同'), ('development', '数据融合开发合同'), ('intermediary', '数据中介服务合同')], max_length=12)),
                ('terms', models.JSONField(help_text='the typed terms; text and policy are rendered from them')),
                ('terms_hash', models.CharField(help_text='SHA-256 of the canonical terms: what is signed', max_length=64)),
                ('term_from', models.DateTimeField()),
                ('term_to', models.DateTimeField(blank=True, help_text='null where the term has no end', null=True)),
                ('status', models.CharField(choices=[('drafted', '待签'), ('in_force', '履行中'), ('suspended', '中止'), ('terminating', '终止通知期'), ('ended', '终止'), ('lapsed', '未签失效')], default='drafted', max_length=12)),
                ('due_at', models.DateTimeField(blank=True, help_text='signature, end of a notice, review of a suspension', null=True)),
                ('drafted_at', models.DateTimeField()),
                ('in_force_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('cause', models.CharField(blank=True, max_length=12)),
                ('ground', models.CharField(blank=True, choices=[('breach', '对方违约'), ('law', '依法不能继续'), ('agreed', '协商解除')], max_length=8)),
                ('notice_by', models.CharField(blank=True, choices=[('seller', '卖方'), ('buyer', '买方')], max_length=6)),
                ('notice_at', models.DateTimeField(blank=True, null=True)),
                ('reason', models.TextField(blank=True, help_text='of a notice or a suspension, in the words of who gave it')),
                ('renews', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='renewed_by', to='trading.agreement')),
                ('trade', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='deed', to='trading.trade')),
            ],
        ),
        migrations.CreateModel(
            name='Signature',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('side', models.CharField(choices=[('seller', '卖方'), ('buyer', '买方')], max_length=6)),
                ('manner', models.CharField(choices=[('signed', '签署'), ('offer', '公开要约'), ('order', '下单'), ('accepted', '要约与承诺'), ('payment', '付款'), ('delivery', '交付')], max_length=8)),
                ('organization', models.CharField(help_text='code of the party as it was', max_length=16)),
                ('person', models.CharField(help_text='actor code', max_length=40)),
                ('terms_hash', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
                ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='signatures', to='trading.agreement')),
            ],
        ),
        migrations.AddIndex(
            model_name='agreement',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='agreement_due'),
        ),
        migrations.AddIndex(
            model_name='agreement',
            index=models.Index(condition=models.Q(('status__in', ['in_force', 'suspended', 'terminating'])), fields=['term_to'], name='agreement_term_end'),
        ),
        migrations.AddConstraint(
            model_name='agreement',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['drafted', 'in_force', 'suspended', 'terminating', 'ended', 'lapsed'])), name='agreement_status_known'),
        ),
        migrations.AddConstraint(
            model_name='agreement',
            constraint=models.CheckConstraint(condition=models.Q(('template__in', ['provision', 'processing', 'development', 'intermediary'])), name='agreement_template_known'),
        ),
        migrations.AddConstraint(
            model_name='agreement',
            constraint=models.CheckConstraint(condition=models.Q(('terms_hash__regex', '^[0-9a-f]{64}$')), name='agreement_terms_hashed'),
        ),
        migrations.AddConstraint(
            model_name='agreement',
            constraint=models.CheckConstraint(condition=models.Q(('term_to__isnull', True), ('term_to__gt', models.F('term_from')), _connector='OR'), name='agreement_term_forward'),
        ),
        migrations.AddConstraint(
            model_name='agreement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['drafted', 'suspended', 'terminating']), _negated=True), ('due_at__isnull', False), _connector='OR'), name='agreement_waits_until'),
        ),
        migrations.AddConstraint(
            model_name='agreement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'terminating'), _negated=True), models.Q(('ground__in', ['breach', 'law', 'agreed']), ('notice_by__in', ['seller', 'buyer']), ('notice_at__isnull', False), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='agreement_notice_is_said'),
        ),
        migrations.AddConstraint(
            model_name='agreement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'ended'), _negated=True), models.Q(('cause__in', ('term', 'notice', 'agreed', 'rescission')), ('ended_at__isnull', False)), _connector='OR'), name='agreement_end_has_cause'),
        ),
        migrations.AddConstraint(
            model_name='signature',
            constraint=models.UniqueConstraint(fields=('agreement', 'side'), name='signature_once_a_side'),
        ),
        migrations.AddConstraint(
            model_name='signature',
            constraint=models.CheckConstraint(condition=models.Q(('side__in', ['seller', 'buyer'])), name='signature_side_known'),
        ),
        migrations.AddConstraint(
            model_name='signature',
            constraint=models.CheckConstraint(condition=models.Q(('manner__in', ['signed', 'offer', 'order', 'accepted', 'payment', 'delivery'])), name='signature_manner_known'),
        ),
        edges("trading_agreement", "status", AGREEMENT, initial=["drafted"]),
        frozen_columns("trading_agreement", "code", "trade_id", "renews_id", "template", "terms", "terms_hash", "term_from", "term_to",
                       "drafted_at"),
        no_delete("trading_agreement"),
        append_only("trading_signature"),
        install("trading", "agreements.sql"),
    ]
