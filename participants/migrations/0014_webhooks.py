"""Parties' own programs are told what happened (CAP-I6); reading a party's part of the feed is noted."""

import django.contrib.postgres.fields
import django.db.models.deletion
import evidence.vault
from django.db import migrations, models

from evidence.guards import append_only, edges, frozen_columns, no_delete
from participants.states import WEBHOOK


class Migration(migrations.Migration):

    dependencies = [
        ('participants', '0013_reference_figures_and_sizes'),
    ]

    operations = [
        migrations.CreateModel(
            name='Webhook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('url', models.CharField(max_length=400)),
                ('kinds', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), default=list,
                    help_text='beginnings of kinds; empty = all', size=None)),
                ('mine', models.BooleanField(default=True, help_text='only what concerns the organisation; else all it may read')),
                ('secret', evidence.vault.SealedTextField()),
                ('former_secret', evidence.vault.SealedTextField(blank=True)),
                ('former_until', models.DateTimeField(blank=True, help_text='until when the former secret signs too', null=True)),
                ('status', models.CharField(choices=[('active', '推送中'), ('paused', '已暂停'), ('ended', '已停用')], default='active',
                    max_length=8)),
                ('status_reason', models.CharField(blank=True, max_length=300)),
                ('position', models.BigIntegerField()),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('due_at', models.DateTimeField(blank=True, help_text='when a failed send is tried again', null=True)),
                ('created_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='WebhookSend',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.BigIntegerField()),
                ('kind', models.CharField(max_length=80)),
                ('subject', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
                ('status', models.PositiveSmallIntegerField(null=True)),
                ('fault', models.CharField(blank=True, max_length=12)),
                ('milliseconds', models.PositiveIntegerField(null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='staffread',
            name='read_kind_known',
        ),
        migrations.AlterField(
            model_name='staffread',
            name='kind',
            field=models.CharField(choices=[('proof', '所交准入材料'), ('succession', '承继文件'), ('report', '第三方报告文件'), ('condition', '条件凭据'),
                ('objection', '异议证据'), ('trade', '成交协议与结算'), ('feed', '变更流中的本方事项')], max_length=12),
        ),
        migrations.AddConstraint(
            model_name='staffread',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['proof', 'succession', 'report', 'condition',
                'objection', 'trade', 'feed'])), name='read_kind_known'),
        ),
        migrations.AddField(
            model_name='webhook',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='webhooks', to='participants.organization'),
        ),
        migrations.AddField(
            model_name='webhooksend',
            name='webhook',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sends', to='participants.webhook'),
        ),
        migrations.AddIndex(
            model_name='webhook',
            index=models.Index(condition=models.Q(('status', 'active')), fields=['due_at'], name='webhook_active'),
        ),
        migrations.AddConstraint(
            model_name='webhook',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'ended'), _negated=True), fields=('organization', 'url'),
                name='webhook_address_once'),
        ),
        migrations.AddConstraint(
            model_name='webhook',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['active', 'paused', 'ended'])),
                name='webhook_status_known'),
        ),
        migrations.AddConstraint(
            model_name='webhook',
            constraint=models.CheckConstraint(condition=models.Q(('position__gte', 0)), name='webhook_position_in_log'),
        ),
        migrations.AddConstraint(
            model_name='webhook',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('former_secret', ''), ('former_until__isnull', True)),
                models.Q(models.Q(('former_secret', ''), _negated=True), ('former_until__isnull', False)), _connector='OR'),
                name='webhook_former_secret_ends'),
        ),
        migrations.AddIndex(
            model_name='webhooksend',
            index=models.Index(models.F('webhook'), models.OrderBy(models.F('id'), descending=True), name='send_of_webhook'),
        ),
        migrations.AddConstraint(
            model_name='webhooksend',
            constraint=models.CheckConstraint(condition=models.Q(('status__isnull', False), models.Q(('fault', ''), _negated=True),
                _connector='OR'), name='send_has_an_answer_or_a_fault'),
        ),
        edges("participants_webhook", "status", WEBHOOK, initial=("active",)),
        frozen_columns("participants_webhook", "code", "organization_id", "url", "created_at"),
        no_delete("participants_webhook"),
        append_only("participants_webhooksend"),
    ]
