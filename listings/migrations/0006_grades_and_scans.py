"""Scans and grades on file: what was graded core stays out, what stands below its scan waits for a reviewer's record (T49, W4)."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import append_only, install


class Migration(migrations.Migration):

    dependencies = [
        ('listings', '0005_finding'),
        ('evidence', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='listingversion',
            name='class_contested',
            field=models.BooleanField(default=False, help_text="stands below the scan or an earlier grade: needs a reviewer's record"),
        ),
        migrations.AddField(
            model_name='listingversion',
            name='class_note',
            field=models.TextField(blank=True, help_text='why the seller classes or grades below the scan or an earlier grade'),
        ),
        migrations.AddField(
            model_name='listingversion',
            name='scan',
            field=models.JSONField(default=list, help_text='findings of the personal-data scan: column, kind, count, share, masked examples'),
        ),
        migrations.AddField(
            model_name='review',
            name='class_record',
            field=models.TextField(blank=True, help_text="the reviewer's record on a class or grade below the scan or an earlier one"),
        ),
        migrations.CreateModel(
            name='GradeStatement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('category', models.CharField(blank=True, max_length=12)),
                ('stage', models.CharField(blank=True, max_length=14)),
                ('grade', models.CharField(max_length=10)),
                ('cause', models.CharField(default='stated', help_text='stated, or set_aside by a reviewer', max_length=10)),
                ('reason', models.TextField(blank=True)),
                ('actor', models.CharField(max_length=40)),
                ('at', models.DateTimeField()),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='grade_statements', to='listings.dataproduct')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='grade_statements', to='listings.listingversion')),
            ],
            options={
                'indexes': [models.Index(fields=['product', 'id'], name='grade_statement_product')],
                'constraints': [models.CheckConstraint(condition=models.Q(('grade__in', ['general', 'important', 'core'])), name='grade_statement_known'), models.CheckConstraint(condition=models.Q(('cause__in', ['stated', 'set_aside'])), name='grade_statement_cause')],
            },
        ),
        append_only("listings_gradestatement"),
        install("listings", "tradable.sql"),
        install("listings", "grades.sql"),
    ]
