"""Keeps honest reports of one's own faults; what was reported before a case ends in no lesser finding."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import append_only, install


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0002_subject_keys'),
        ('compliance', '0011_engagements'),
        ('participants', '0010_engagement_fee'),
    ]

    operations = [
        migrations.CreateModel(
            name='SelfReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('subject_code', models.CharField(max_length=20)),
                ('text', models.TextField(help_text='what went wrong')),
                ('mended', models.TextField(help_text='what was done about it')),
                ('at', models.DateTimeField()),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='self_reports', to='participants.organization')),
            ],
            options={
                'indexes': [models.Index(fields=['subject_code', 'organization'], name='self_report_about')],
            },
        ),
        append_only("compliance_selfreport"),
        install("compliance", "self_reports.sql"),
    ]
