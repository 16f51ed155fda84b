"""Joint cases: two authorities on one case, each with its own opinion."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from compliance.states import JOINT
from evidence.guards import append_only, edges, frozen_columns, no_delete


class Migration(migrations.Migration):

    dependencies = [
        ('compliance', '0019_second_review'),
        ('participants', '0026_joint_cases'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='JointCase',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('reason', models.TextField(help_text='why the case lies in both fields')),
                ('status', models.CharField(choices=[('invited', '待应允'), ('running', '联合办理中'), ('late', '意见逾期'), ('concluded', '已有结论'), ('declined', '未应允'), ('lapsed', '逾期未答复')], default='invited', max_length=10)),
                ('asked_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(blank=True, help_text='until when the other one answers; then until when both give opinions', null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('conclusion', models.TextField(blank=True)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('asker', models.ForeignKey(help_text='the authority that asked', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='joints', to='compliance.case')),
                ('lead', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='joints_led', to='participants.organization')),
                ('partner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='joints_joined', to='participants.organization')),
            ],
        ),
        migrations.CreateModel(
            name='JointOpinion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('view', models.CharField(choices=[('in_order', 'in_order'), ('finding', 'finding'), ('refer', 'refer')], max_length=12)),
                ('text', models.TextField()),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('joint', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='opinions', to='compliance.jointcase')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
            ],
        ),
        migrations.AddIndex(
            model_name='jointcase',
            index=models.Index(fields=['status', 'due_at'], name='joint_deadline'),
        ),
        migrations.AddConstraint(
            model_name='jointcase',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['invited', 'running', 'late', 'concluded', 'declined', 'lapsed'])), name='joint_status_known'),
        ),
        migrations.AddConstraint(
            model_name='jointcase',
            constraint=models.CheckConstraint(condition=models.Q(('lead', models.F('partner')), _negated=True), name='joint_two_authorities'),
        ),
        migrations.AddConstraint(
            model_name='jointcase',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='joint_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='jointcase',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('conclusion', ''), ('ended_at__isnull', True), ('status__in', ['invited', 'running', 'late'])), models.Q(('ended_at__isnull', False), ('status__in', ['declined', 'lapsed'])), models.Q(('ended_at__isnull', False), ('status', 'concluded'), models.Q(('conclusion', ''), _negated=True)), _connector='OR'), name='joint_end_has_a_time'),
        ),
        migrations.AddConstraint(
            model_name='jointcase',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['invited', 'running', 'late'])), fields=('case',), name='joint_one_under_way'),
        ),
        migrations.AddConstraint(
            model_name='jointopinion',
            constraint=models.UniqueConstraint(fields=('joint', 'organization'), name='joint_opinion_once'),
        ),
        migrations.AddConstraint(
            model_name='jointopinion',
            constraint=models.CheckConstraint(condition=models.Q(('view__in', ['in_order', 'finding', 'refer'])), name='joint_view_known'),
        ),
        migrations.AddConstraint(
            model_name='jointopinion',
            constraint=models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='joint_opinion_reasoned'),
        ),
        append_only("compliance_jointopinion"),
        no_delete("compliance_jointcase"),
        frozen_columns("compliance_jointcase", "case_id", "lead_id", "partner_id", "asker_id", "asked_by_id", "reason", "asked_at"),
        edges("compliance_jointcase", "status", JOINT, initial=["invited"]),
    ]
