"""Applications for restoration are sent back for what they lack; the answer to a complaint is objected to once."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from compliance.states import COMPLAINT, RESTORATION
from evidence.guards import edges


class Migration(migrations.Migration):

    dependencies = [
        ('compliance', '0022_desk_papers'),
        ('participants', '0028_deputies'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='complaint',
            name='complaint_status_known',
        ),
        migrations.RemoveConstraint(
            model_name='restoration',
            name='restoration_status_known',
        ),
        migrations.RemoveConstraint(
            model_name='restoration',
            name='restoration_one_open',
        ),
        migrations.AddField(
            model_name='complaint',
            name='answered_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='complaint',
            name='objected_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='complaint',
            name='objection',
            field=models.TextField(blank=True, help_text='of its reporter against the answer; once'),
        ),
        migrations.AddField(
            model_name='complaint',
            name='objection_answer',
            field=models.TextField(blank=True),
        ),
        migrations.AlterField(
            model_name='complaint',
            name='status',
            field=models.CharField(choices=[('received', '已收'), ('handling', '办理'), ('closed', '办结'), ('declined', '不予受理'), ('objected', '异议复核'), ('withdrawn', '撤回')], default='received', max_length=12),
        ),
        migrations.AlterField(
            model_name='restoration',
            name='status',
            field=models.CharField(choices=[('applied', '申请'), ('returned', '退回补正'), ('deciding', '审查'), ('granted', '已修复'), ('refused', '不予修复'), ('withdrawn', '撤回')], default='applied', max_length=12),
        ),
        migrations.AddConstraint(
            model_name='complaint',
            constraint=models.CheckConstraint(condition=models.Q(('objected_at__isnull', True), models.Q(('objection', ''), _negated=True), _connector='OR'), name='complaint_objection_has_a_text'),
        ),
        migrations.AddConstraint(
            model_name='complaint',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['received', 'handling', 'closed', 'declined', 'objected', 'withdrawn'])), name='complaint_status_known'),
        ),
        migrations.AddConstraint(
            model_name='restoration',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['applied', 'returned', 'deciding', 'granted', 'refused', 'withdrawn'])), name='restoration_status_known'),
        ),
        migrations.AddConstraint(
            model_name='restoration',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['applied', 'returned', 'deciding'])), fields=('finding',), name='restoration_one_open'),
        ),
        edges("compliance_restoration", "status", RESTORATION, initial=["applied"]),
        edges("compliance_complaint", "status", COMPLAINT, initial=["received"]),
    ]
