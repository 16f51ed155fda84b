"""A leaked sample is read against marked files by the workers, file by file; what was read is never read back."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from delivery.states import TRACE
from evidence.guards import edges, frozen_columns, no_delete, sql


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0018_service_uses'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='LeakTrace',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('plans', models.JSONField(help_text='keys of the marked files, in the order they are read')),
                ('files', models.PositiveIntegerField(help_text='how many')),
                ('left_out', models.PositiveIntegerField(default=0, help_text='marked files that are not read for their number')),
                ('compared', models.PositiveIntegerField(help_text='copies of all files together, which share the chance of error')),
                ('read', models.PositiveIntegerField(default=0)),
                ('traces', models.JSONField(default=list, help_text='one row a file that the sample has rows of')),
                ('status', models.CharField(choices=[('queued', '排队'), ('running', '比对中'), ('done', '比对完毕'), ('failed', '未能比对完')], default='queued', max_length=7)),
                ('attempts', models.PositiveSmallIntegerField(default=0, help_text='how often the file that is next was begun')),
                ('queued_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(blank=True, help_text='until then whoever reads has it; afterwards another takes it up', null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('check_of', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='trace', to='delivery.leakcheck')),
            ],
            options={
                'verbose_name': '副本追踪',
                'verbose_name_plural': '副本追踪',
                'indexes': [models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='trace_due')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['queued', 'running', 'done', 'failed'])), name='trace_status_known'), models.CheckConstraint(condition=models.Q(('files__gt', 0), ('read__lte', models.F('files'))), name='trace_reads_its_files'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'done'), _negated=True), ('read', models.F('files')), _connector='OR'), name='trace_done_is_whole'), models.CheckConstraint(condition=models.Q(models.Q(('due_at__isnull', False), ('ended_at__isnull', True), ('status__in', ['queued', 'running'])), models.Q(('due_at__isnull', True), ('ended_at__isnull', False), ('status__in', ['done', 'failed'])), _connector='OR'), name='trace_open_until')],
            },
        ),
        edges("delivery_leaktrace", "status", TRACE, initial=["queued"]),
        frozen_columns("delivery_leaktrace", "code", "check_of_id", "plans", "files", "left_out", "compared", "asked_by_id", "queued_at"),
        no_delete("delivery_leaktrace"),
        sql("""
            CREATE OR REPLACE FUNCTION delivery_trace_forward() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
              RAISE EXCEPTION 'delivery_leaktrace: one file after the other, and what it showed stays' USING ERRCODE = 'check_violation'; END $$;
            CREATE OR REPLACE TRIGGER delivery_trace_forward BEFORE UPDATE ON delivery_leaktrace FOR EACH ROW
              WHEN (NEW.read < OLD.read OR NEW.read > OLD.read + 1 OR NEW.traces IS DISTINCT FROM OLD.traces AND NEW.read = OLD.read
                    OR OLD.status IN ('done', 'failed'))
              EXECUTE FUNCTION delivery_trace_forward();
        """, "DROP FUNCTION IF EXISTS delivery_trace_forward() CASCADE;"),
    ]
