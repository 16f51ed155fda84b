"""Keeps quality reports: each pinned to its file's hash, signed, numbered, append-only."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import append_only, install


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0002_subject_keys'),
        ('listings', '0010_regimes'),
        ('participants', '0008_admission_by_class'),
    ]

    operations = [
        migrations.CreateModel(
            name='QualityReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('number', models.PositiveIntegerField()),
                ('kind', models.CharField(choices=[('engine', '本所引擎'), ('assessor', '评价机构')], max_length=10)),
                ('file_sha256', models.CharField(max_length=64)),
                ('rows_read', models.PositiveBigIntegerField()),
                ('dimensions', models.JSONField(help_text='the six, in their fixed order: key, passed, checked, permille, note')),
                ('columns', models.JSONField(default=list, help_text='per column: filled, clean, fits, valid, judged')),
                ('method', models.CharField(help_text="the engine's edition, or what the assessor drew and compared with", max_length=400)),
                ('content_hash', models.CharField(max_length=64)),
                ('signed_by', models.CharField(max_length=40)),
                ('at', models.DateTimeField()),
                ('deposit', models.ForeignKey(blank=True, help_text='the signed document', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.deposit')),
                ('listing', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='quality_reports', to='listings.listing')),
                ('maker', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='quality_reports_made', to='participants.organization')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='quality_reports', to='listings.listingversion')),
            ],
            options={
                'indexes': [models.Index(fields=['listing', 'kind', '-number'], name='quality_report_newest')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['engine', 'assessor'])), name='quality_report_kind_known'), models.UniqueConstraint(fields=('listing', 'number'), name='quality_report_number_once'), models.CheckConstraint(condition=models.Q(models.Q(('file_sha256', ''), _negated=True), models.Q(('content_hash', ''), _negated=True), models.Q(('signed_by', ''), _negated=True)), name='quality_report_signed'), models.CheckConstraint(condition=models.Q(('kind', 'engine'), ('deposit__isnull', False), _connector='OR'), name='quality_report_assessor_has_document')],
            },
        ),
        append_only("listings_qualityreport"),
        install("listings", "quality.sql"),
    ]
