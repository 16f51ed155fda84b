"""Papers of a matter: what both sides and the desk hand in, append-only."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from evidence.guards import append_only
from evidence.tables import Rules, Tables


class Migration(migrations.Migration):

    dependencies = [("compliance", "0024_look_alikes"), ("evidence", "0001_house"), ("participants", "0030_networks"),
                    migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        Tables(
            migrations.CreateModel(
                name='CasePaper',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('subject', models.CharField(help_text='code of the conduct case, question, restoration or dispute', max_length=16)),
                    ('number', models.PositiveSmallIntegerField()),
                    ('act', models.CharField(help_text='with which step it came', max_length=16)),
                    ('statement', models.TextField(blank=True)),
                    ('shared', models.BooleanField(default=True, help_text='whether the other side reads it')),
                    ('at', models.DateTimeField()),
                    ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('deposit', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.deposit')),
                    ('organization', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('subject', 'number'), name='case_paper_numbered'), models.CheckConstraint(condition=models.Q(('deposit__isnull', False), models.Q(('statement', ''), _negated=True), _connector='OR'), name='case_paper_file_or_words')],
                },
            ),
        ),
        Rules(append_only("compliance_casepaper")),
    ]
