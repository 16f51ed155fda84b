"""Pilots of a venue: formats opened within caps and for a time, counted as the rows are written."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

from evidence.guards import append_only, edges, frozen_columns, install, no_delete
from trading.states import VENUE_PILOT


class Migration(migrations.Migration):

    dependencies = [
        ('participants', '0026_joint_cases'),
        ('trading', '0031_framework_ground'),
    ]

    operations = [
        migrations.CreateModel(
            name='VenuePilot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('sector', models.CharField(blank=True, help_text='section of GB/T 4754; empty: every sector', max_length=1)),
                ('opens', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=14), help_text='the selling formats it opens', size=None)),
                ('novelty', models.TextField(help_text='what is new, so that the rules have no ready answer')),
                ('safeguards', models.TextField(help_text='what keeps the parties from harm meanwhile')),
                ('status', models.CharField(choices=[('asked', '待决定'), ('running', '试点中'), ('ended', '已结束'), ('refused', '未批准'), ('withdrawn', '已撤回'), ('lapsed', '逾期未决定')], default='asked', max_length=10)),
                ('most_fen', models.BigIntegerField(help_text='turnover, all lots together')),
                ('most_lot_fen', models.BigIntegerField(help_text='what one lot may come to, reserved when it is announced')),
                ('most_parties', models.PositiveIntegerField(help_text='sellers and bidders together, each counted once')),
                ('taken_fen', models.BigIntegerField(default=0)),
                ('reserved_fen', models.BigIntegerField(default=0)),
                ('parties', models.PositiveIntegerField(default=0)),
                ('asked_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(blank=True, help_text='until when it is decided', null=True)),
                ('decision', models.TextField(blank=True)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('ended_why', models.TextField(blank=True)),
                ('report', models.JSONField(blank=True, default=dict, help_text='what came of it, written when it ends')),
                ('venue', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pilots', to='participants.venue')),
            ],
        ),
        migrations.CreateModel(
            name='VenuePilotLot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reserved_fen', models.BigIntegerField()),
                ('taken_fen', models.BigIntegerField(default=0)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('auction', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='under_pilot', to='trading.auction')),
                ('pilot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lots', to='trading.venuepilot')),
            ],
        ),
        migrations.CreateModel(
            name='VenuePilotParty',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
                ('pilot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='counted', to='trading.venuepilot')),
            ],
        ),
        migrations.AddIndex(
            model_name='venuepilot',
            index=models.Index(condition=models.Q(('status', 'running')), fields=['ends_at'], name='venue_pilot_ending'),
        ),
        migrations.AddConstraint(
            model_name='venuepilot',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['asked', 'running', 'ended', 'refused', 'withdrawn', 'lapsed'])), name='venue_pilot_status_known'),
        ),
        migrations.AddConstraint(
            model_name='venuepilot',
            constraint=models.CheckConstraint(condition=models.Q(('most_fen__gte', models.F('most_lot_fen')), ('most_fen__lte', 9007199254740991), ('most_lot_fen__gte', 1), ('most_parties__gte', 2)), name='venue_pilot_has_caps'),
        ),
        migrations.AddConstraint(
            model_name='venuepilot',
            constraint=models.CheckConstraint(condition=models.Q(('most_fen__gte', django.db.models.expressions.CombinedExpression(models.F('taken_fen'), '+', models.F('reserved_fen'))), ('reserved_fen__gte', 0), ('taken_fen__gte', 0)), name='venue_pilot_turnover_within'),
        ),
        migrations.AddConstraint(
            model_name='venuepilot',
            constraint=models.CheckConstraint(condition=models.Q(('parties__lte', models.F('most_parties'))), name='venue_pilot_parties_within'),
        ),
        migrations.AddConstraint(
            model_name='venuepilot',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('asked_at'))), name='venue_pilot_ends'),
        ),
        migrations.AddConstraint(
            model_name='venuepilot',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('opens', []), _negated=True), ('opens__contained_by', ['uniform', 'pay_as_bid', 'vcg', 'rsop'])), name='venue_pilot_opens_formats'),
        ),
        migrations.AddConstraint(
            model_name='venuepilot',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('novelty', ''), _negated=True), models.Q(('safeguards', ''), _negated=True)), name='venue_pilot_says_what'),
        ),
        migrations.AddConstraint(
            model_name='venuepilot',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['asked', 'withdrawn', 'lapsed']), models.Q(models.Q(('decision', ''), _negated=True), ('decided_at__isnull', False)), _connector='OR'), name='venue_pilot_decided_with_reasons'),
        ),
        migrations.AddConstraint(
            model_name='venuepilot',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'ended'), _negated=True), models.Q(('ended_at__isnull', False), models.Q(('ended_why', ''), _negated=True), models.Q(('report', {}), _negated=True)), _connector='OR'), name='venue_pilot_ends_with_a_report'),
        ),
        migrations.AddConstraint(
            model_name='venuepilot',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['asked', 'running'])), fields=('venue', 'sector'), name='venue_pilot_one_under_way'),
        ),
        migrations.AddConstraint(
            model_name='venuepilotlot',
            constraint=models.CheckConstraint(condition=models.Q(('reserved_fen__gte', models.F('taken_fen')), ('taken_fen__gte', 0)), name='venue_pilot_lot_within'),
        ),
        migrations.AddConstraint(
            model_name='venuepilotparty',
            constraint=models.UniqueConstraint(fields=('pilot', 'organization'), name='venue_pilot_party_once'),
        ),
        append_only("trading_venuepilotparty"),
        no_delete("trading_venuepilot"),
        no_delete("trading_venuepilotlot"),
        frozen_columns("trading_venuepilot", "code", "venue_id", "sector", "novelty", "safeguards", "asked_at"),
        frozen_columns("trading_venuepilotlot", "pilot_id", "auction_id", "reserved_fen"),
        edges("trading_venuepilot", "status", VENUE_PILOT, initial=["asked"]),
        install("trading", "venue_pilots.sql"),
    ]
