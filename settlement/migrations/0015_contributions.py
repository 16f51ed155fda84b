"""Reckoned contributions with their inputs (R69): append-only."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import append_only


class Migration(migrations.Migration):

    dependencies = [
        ('listings', '0032_rest_of_shares'),
        ('participants', '0020_barter_figures'),
        ('settlement', '0014_pools'),
    ]

    operations = [
        migrations.CreateModel(
            name='Contribution',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('kind', models.CharField(choices=[('coverage', 'coverage'), ('utility', 'utility'), ('sampled', 'sampled')], max_length=8)),
                ('inputs', models.JSONField(help_text='as settlement.sharing.contribution reads them')),
                ('inputs_sha256', models.CharField(help_text='of the inputs in canonical form', max_length=64)),
                ('method', models.CharField(max_length=12)),
                ('orders', models.PositiveIntegerField(default=0)),
                ('bound_ppm', models.PositiveIntegerField(default=0, help_text='of the range of marginal worths, at 95 %; 0 where exact')),
                ('whole', models.TextField()),
                ('values', models.JSONField(help_text="by party: Shapley's value, what its absence would cost, Banzhaf's index; fractions as text")),
                ('weights', models.JSONField(help_text='by party: whole weights')),
                ('at', models.DateTimeField()),
                ('organization', models.ForeignKey(help_text='who reckoned', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contributions', to='listings.listingversion')),
            ],
            options={
                'indexes': [models.Index(fields=['version'], name='contribution_of_version')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['coverage', 'utility', 'sampled'])), name='contribution_kind_known'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'sampled'), _negated=True), models.Q(('bound_ppm__gt', 0), ('orders__gt', 0)), _connector='OR'), name='contribution_sample_says_its_bound')],
            },
        ),
        append_only("settlement_contribution"),
    ]
