"""Responsibility reports are announced and drafted before their year is over."""

from django.db import migrations, models

from compliance.states import RESPONSIBILITY
from evidence.guards import edges


class Migration(migrations.Migration):

    dependencies = [
        ('compliance', '0030_complaint_papers'),
    ]

    operations = [
        migrations.AddField(
            model_name='responsibilityreport',
            name='drafted_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name='responsibilityreport',
            name='answers',
            field=models.JSONField(default=dict, help_text='by the heads of the form; a draft until it is filed'),
        ),
        migrations.AlterField(
            model_name='responsibilityreport',
            name='status',
            field=models.CharField(choices=[('draft', '预备'), ('due', '待填报'), ('filed', '已公布'), ('missed', '逾期')], default='due', max_length=8),
        ),
        migrations.RemoveConstraint(
            model_name='responsibilityreport',
            name='responsibility_status_known',
        ),
        migrations.AddConstraint(
            model_name='responsibilityreport',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['draft', 'due', 'filed', 'missed'])), name='responsibility_status_known'),
        ),
        edges("compliance_responsibilityreport", "status", RESPONSIBILITY, initial=["draft", "due"]),
    ]
