"""A fault reported by itself outside pilots, checked by the desk, and what it does to the finding; expulsion as a row of the table."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from evidence.guards import append_only, install
from evidence.tables import Rules, Tables


class Migration(migrations.Migration):

    dependencies = [
        ('compliance', '0027_late_exports'),
        ('evidence', '0001_house'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='selfreport',
            name='setting',
            field=models.CharField(choices=[('pilot', '试点内'), ('market', '试点外')], default='pilot', max_length=8),
        ),
        migrations.AddField(
            model_name='selfreport',
            name='conduct',
            field=models.CharField(blank=True, default='', help_text='row of the conduct catalogue; blank in a pilot: whatever went wrong', max_length=40),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name='selfreport',
            constraint=models.CheckConstraint(condition=models.Q(('setting__in', ['pilot', 'market'])), name='self_report_setting_known'),
        ),
        migrations.AddConstraint(
            model_name='selfreport',
            constraint=models.CheckConstraint(condition=models.Q(('setting', 'pilot'), models.Q(('conduct', ''), _negated=True), _connector='OR'), name='self_report_names_its_conduct'),
        ),
        Tables(
            migrations.CreateModel(
                name='SelfReportCheck',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('stands', models.BooleanField()),
                    ('reason', models.TextField()),
                    ('at', models.DateTimeField()),
                    ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('report', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='check_made', to='compliance.selfreport')),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='self_report_check_has_a_reason')],
                },
            ),
        ),
        Rules(append_only("compliance_selfreportcheck"), install("compliance", "self_reports.sql"), install("compliance", "expulsion.sql")),
    ]
