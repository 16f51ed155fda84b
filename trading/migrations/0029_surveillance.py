"""Alerts of market surveillance: what a rule found never changes, a person decides; thresholds that two people put in force."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from evidence.guards import append_only, edges, frozen_columns, no_delete
from trading.states import ALERT


class Migration(migrations.Migration):

    dependencies = [
        ('trading', '0028_uses'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DetectorThreshold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rule', models.CharField(max_length=24)),
                ('rule_version', models.CharField(max_length=16)),
                ('threshold_ppm', models.PositiveIntegerField()),
                ('backtest', models.JSONField(help_text='raised, confirmed and missed at this threshold and at the one before')),
                ('source', models.CharField(help_text='why, as it was proposed', max_length=300)),
                ('approval', models.UUIDField(unique=True)),
                ('effective_from', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['rule', '-id'], name='detector_threshold_newest')],
                'constraints': [models.CheckConstraint(condition=models.Q(('threshold_ppm__range', (1, 1000000))), name='detector_threshold_in_range'), models.CheckConstraint(condition=models.Q(('backtest', {}), _negated=True), name='detector_threshold_tried_first')],
            },
        ),
        migrations.CreateModel(
            name='SurveillanceAlert',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('rule', models.CharField(max_length=24)),
                ('rule_version', models.CharField(max_length=16)),
                ('subject', models.CharField(help_text='of the group of parties, whatever their order', max_length=16)),
                ('parties', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=16), help_text='codes of organisations', size=None)),
                ('objects_told', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=16), help_text='codes of trades, lots, requests, listings', size=None)),
                ('inputs_hash', models.CharField(max_length=64)),
                ('figures', models.JSONField(default=dict)),
                ('score_ppm', models.PositiveIntegerField()),
                ('threshold_ppm', models.PositiveIntegerField()),
                ('base_rate_ppm', models.PositiveIntegerField()),
                ('status', models.CharField(choices=[('raised', '新预警'), ('in_analysis', '研判中'), ('dismissed', '已排除'), ('referred', '已移送')], default='raised', max_length=12)),
                ('overdue', models.BooleanField(default=False)),
                ('raised_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(blank=True, help_text='until when it is claimed; then until when it is decided', null=True)),
                ('case', models.CharField(blank=True, help_text='in which the parties are asked', max_length=16)),
                ('conduct_case', models.CharField(blank=True, help_text='what it was referred to', max_length=16)),
                ('reason', models.TextField(blank=True)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('assignee', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('status__in', ('raised', 'in_analysis'))), fields=['due_at', 'id'], name='alert_queue'), models.Index(fields=['rule', 'subject'], name='alert_of_group'), models.Index(fields=['status', '-id'], name='alert_of_status'), models.Index(fields=['rule', '-id'], name='alert_of_rule')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['raised', 'in_analysis', 'dismissed', 'referred'])), name='alert_status_known'), models.CheckConstraint(condition=models.Q(('base_rate_ppm__lte', 1000000), ('score_ppm__gte', models.F('threshold_ppm')), ('score_ppm__lte', 1000000)), name='alert_reaches_its_threshold'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('decided_by__isnull', True), ('due_at__isnull', False), ('status__in', ('raised', 'in_analysis'))), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('due_at__isnull', True), ('status__in', ('dismissed', 'referred')), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='alert_decided_by_a_person'), models.CheckConstraint(condition=models.Q(models.Q(('assignee__isnull', True), ('status', 'raised')), models.Q(models.Q(('status', 'raised'), _negated=True), ('assignee__isnull', False)), _connector='OR'), name='alert_held_by_somebody'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'referred'), models.Q(('conduct_case', ''), _negated=True)), models.Q(models.Q(('status', 'referred'), _negated=True), ('conduct_case', '')), _connector='OR'), name='alert_referred_to_a_case'), models.UniqueConstraint(condition=models.Q(('status__in', ('raised', 'in_analysis'))), fields=('rule', 'subject'), name='alert_one_open_per_group'), models.UniqueConstraint(fields=('rule', 'rule_version', 'inputs_hash'), name='alert_once_per_inputs')],
            },
        ),
        edges("trading_surveillancealert", "status", ALERT, initial=["raised"]),
        frozen_columns("trading_surveillancealert", "code", "rule", "rule_version", "subject", "parties", "objects_told", "inputs_hash",
                       "figures", "score_ppm", "threshold_ppm", "base_rate_ppm", "raised_at"),
        no_delete("trading_surveillancealert"),
        append_only("trading_detectorthreshold"),
    ]
