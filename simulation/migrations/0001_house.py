"""The laboratory: experiments that are kept with their arms and runs."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from evidence.guards import append_only, edges, frozen_columns, no_delete, sql
from evidence.tables import Rules, Tables
from simulation.states import EXPERIMENT


class Migration(migrations.Migration):
    initial = True

    # what an installed house has of these it need not do again; see docs/decisions/0025-one-file-per-room.md
    replaces = [
        ("simulation", "0001_initial"),
    ]

    dependencies = [
        ("evidence", "0001_house"),
        ("participants", "0001_house"),
    ]

    operations = [
        Tables(
            migrations.CreateModel(
                name='Experiment',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=16, unique=True)),
                    ('title', models.CharField(max_length=80)),
                    ('about', models.CharField(blank=True, help_text="code of the rule that is proposed and tried here; '' for none", max_length=20)),
                    ('scenario', models.CharField(max_length=40)),
                    ('agents', models.PositiveIntegerField()),
                    ('days', models.PositiveIntegerField()),
                    ('seed', models.BigIntegerField()),
                    ('replications', models.PositiveSmallIntegerField()),
                    ('status', models.CharField(choices=[('drafted', '起草'), ('running', '运行中'), ('paused', '已暂停'), ('finished', '已完成'), ('cancelled', '已取消'), ('failed', '未能完成'), ('discarded', '已弃置')], default='drafted', max_length=9)),
                    ('version', models.CharField(blank=True, help_text='of the laboratory it was started with; runs of another do not mix', max_length=20)),
                    ('created_at', models.DateTimeField()),
                    ('started_at', models.DateTimeField(blank=True, null=True)),
                    ('ended_at', models.DateTimeField(blank=True, null=True)),
                    ('due_at', models.DateTimeField(blank=True, help_text='by when a draft is started, a pause ended, a run computed', null=True)),
                    ('fault', models.CharField(blank=True, help_text='why it failed: broken, overdue or version', max_length=12)),
                    ('replayed', models.JSONField(blank=True, help_text="what the rule would have done to the own market's last twelve months", null=True)),
                    ('report', models.JSONField(blank=True, null=True)),
                    ('result_hash', models.CharField(blank=True, max_length=64)),
                    ('link', models.CharField(blank=True, help_text='of the unlisted page; empty when it is shared with nobody', max_length=43, null=True, unique=True)),
                    ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name': '政策实验',
                    'verbose_name_plural': '政策实验',
                    'indexes': [models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='experiment_due'), models.Index(condition=models.Q(('about', ''), _negated=True), fields=['about'], name='experiment_about'), models.Index(fields=['asked_by', 'status'], name='experiment_whose')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['drafted', 'running', 'paused', 'finished', 'cancelled', 'failed', 'discarded'])), name='experiment_status_known'), models.CheckConstraint(condition=models.Q(('agents__gte', 160), ('agents__lte', 100000), ('days__gte', 1), ('days__lte', 365), ('replications__gte', 2), ('replications__lte', 100), ('seed__gte', 0)), name='experiment_bounded'), models.CheckConstraint(condition=models.Q(models.Q(('due_at__isnull', False), ('ended_at__isnull', True), ('status__in', ['drafted', 'running', 'paused'])), models.Q(('due_at__isnull', True), ('ended_at__isnull', False), ('status__in', ['finished', 'cancelled', 'failed', 'discarded'])), _connector='OR'), name='experiment_open_until'), models.CheckConstraint(condition=models.Q(models.Q(('report__isnull', False), ('result_hash__regex', '^[0-9a-f]{64}$'), ('status', 'finished')), models.Q(models.Q(('status', 'finished'), _negated=True), ('report__isnull', True), ('result_hash', '')), _connector='OR'), name='experiment_reports_when_whole'), models.CheckConstraint(condition=models.Q(models.Q(('started_at__isnull', True), ('status__in', ['drafted', 'discarded']), ('version', '')), models.Q(models.Q(('status__in', ['drafted', 'discarded']), _negated=True), ('started_at__isnull', False), models.Q(('version', ''), _negated=True)), _connector='OR'), name='experiment_starts_with_a_version'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'failed'), models.Q(('fault', ''), _negated=True)), models.Q(models.Q(('status', 'failed'), _negated=True), ('fault', '')), _connector='OR'), name='experiment_fails_for_a_reason'), models.CheckConstraint(condition=models.Q(('link__isnull', True), ('status', 'finished'), _connector='OR'), name='experiment_shared_when_whole')],
                },
            ),
            migrations.CreateModel(
                name='Arm',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('number', models.PositiveSmallIntegerField()),
                    ('changes', models.JSONField(help_text='name of the policy -> whole number')),
                    ('experiment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='arms', to='simulation.experiment')),
                ],
                options={
                    'verbose_name': '实验组',
                    'verbose_name_plural': '实验组',
                    'ordering': ('number',),
                    'constraints': [models.UniqueConstraint(fields=('experiment', 'number'), name='arm_once'), models.UniqueConstraint(fields=('experiment', 'changes'), name='arm_differs'), models.CheckConstraint(condition=models.Q(('number__lt', 8)), name='arm_of_eight')],
                },
            ),
            migrations.CreateModel(
                name='Replication',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('number', models.PositiveSmallIntegerField()),
                    ('key', models.CharField(help_text='hash of all that decides the run', max_length=32)),
                    ('due_at', models.DateTimeField(blank=True, help_text='until then whoever computes has it; afterwards another takes it up', null=True)),
                    ('attempts', models.PositiveSmallIntegerField(default=0)),
                    ('result', models.JSONField(blank=True, null=True)),
                    ('result_hash', models.CharField(blank=True, max_length=64)),
                    ('took_ms', models.PositiveIntegerField(default=0, help_text='how long the computing took; estimates are made from it')),
                    ('kept_at', models.DateTimeField(blank=True, null=True)),
                    ('arm', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='replicas', to='simulation.arm')),
                    ('experiment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='replicas', to='simulation.experiment')),
                ],
                options={
                    'verbose_name': '重复运行',
                    'verbose_name_plural': '重复运行',
                    'indexes': [models.Index(condition=models.Q(('result__isnull', True)), fields=['number', 'arm'], name='replication_waits')],
                    'constraints': [models.UniqueConstraint(fields=('arm', 'number'), name='replication_once'), models.CheckConstraint(condition=models.Q(models.Q(('kept_at__isnull', True), ('result__isnull', True), ('result_hash', '')), models.Q(('attempts__gt', 0), ('due_at__isnull', True), ('kept_at__isnull', False), ('result__isnull', False), ('result_hash__regex', '^[0-9a-f]{64}$')), _connector='OR'), name='replication_kept_whole')],
                },
            ),
        ),
        Rules(
            sql("""
            CREATE OR REPLACE FUNCTION simulation_refuse_late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
              RAISE EXCEPTION '%: what was computed stands as it is', TG_TABLE_NAME USING ERRCODE = 'check_violation'; END $$;
            CREATE OR REPLACE TRIGGER simulation_replication_kept BEFORE UPDATE ON simulation_replication FOR EACH ROW
              WHEN (OLD.result IS NOT NULL) EXECUTE FUNCTION simulation_refuse_late();
            CREATE OR REPLACE TRIGGER simulation_experiment_ended BEFORE UPDATE ON simulation_experiment FOR EACH ROW
              WHEN (OLD.ended_at IS NOT NULL AND (OLD.report, OLD.result_hash, OLD.version, OLD.started_at, OLD.ended_at, OLD.replayed, OLD.fault)
                    IS DISTINCT FROM (NEW.report, NEW.result_hash, NEW.version, NEW.started_at, NEW.ended_at, NEW.replayed, NEW.fault))
              EXECUTE FUNCTION simulation_refuse_late();
            CREATE OR REPLACE FUNCTION simulation_arm_of_draft() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
              IF (SELECT status FROM simulation_experiment WHERE id = NEW.experiment_id) IS DISTINCT FROM 'drafted' THEN
                RAISE EXCEPTION 'simulation_arm: arms are named while it is a draft' USING ERRCODE = 'check_violation'; END IF;
              RETURN NEW; END $$;
            CREATE OR REPLACE TRIGGER simulation_arm_of_draft BEFORE INSERT ON simulation_arm FOR EACH ROW
              EXECUTE FUNCTION simulation_arm_of_draft();
            CREATE OR REPLACE FUNCTION simulation_whole_report() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
              IF EXISTS (SELECT 1 FROM simulation_replication WHERE experiment_id = NEW.id AND result IS NULL) THEN
                RAISE EXCEPTION 'simulation_experiment: a report needs every run' USING ERRCODE = 'check_violation'; END IF;
              RETURN NEW; END $$;
            CREATE OR REPLACE TRIGGER simulation_whole_report BEFORE UPDATE OF status ON simulation_experiment FOR EACH ROW
              WHEN (NEW.status = 'finished' AND OLD.status <> 'finished') EXECUTE FUNCTION simulation_whole_report();
            """),
            append_only("simulation_arm"),
            *[no_delete(f"simulation_{table}") for table in (
                "experiment", "replication")],
            edges("simulation_experiment", "status", EXPERIMENT, initial=["drafted"]),
            frozen_columns("simulation_experiment", "code", "title", "about", "scenario", "agents", "days", "seed", "replications",
                           "asked_by_id", "created_at"),
            frozen_columns("simulation_replication", "experiment_id", "arm_id", "number", "key"),
        ),
    ]
