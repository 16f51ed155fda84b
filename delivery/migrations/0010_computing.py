"""Algorithms reviewed in two stages, jobs that carry them to the data and bring groups and a trace back (C6, W14, R101)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from delivery.states import ALGORITHM, JOB
from evidence.guards import edges, frozen_columns, no_delete


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0009_criminal_line'),
        ('participants', '0016_turnover_of_control'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Algorithm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('title', models.CharField(max_length=80)),
                ('text', models.TextField()),
                ('sha256', models.CharField(help_text='what pins it: of the text, byte by byte', max_length=64)),
                ('status', models.CharField(choices=[('submitted', '待安全审核'), ('secured', '待算法审核'), ('approved', '已通过'), ('refused', '未通过'), ('withdrawn', '已撤回'), ('lapsed', '逾期未审')], default='submitted', max_length=10)),
                ('reason', models.TextField(blank=True, help_text='why it was refused')),
                ('submitted_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('approved_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='algorithms', to='participants.organization')),
                ('secured_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='ComputeJob',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('algorithm_sha256', models.CharField(help_text='as it was approved, pinned when the job was ordered', max_length=64)),
                ('file_sha256', models.CharField(help_text='the data version it runs over', max_length=64)),
                ('status', models.CharField(choices=[('queued', '待运行'), ('done', '已完成'), ('failed', '未能运行'), ('cancelled', '已取消'), ('lapsed', '逾期未答')], default='queued', max_length=10)),
                ('rows', models.JSONField(default=list, help_text='groups with their measures; never a row of the data')),
                ('trace', models.JSONField(default=list, help_text='what the holder reads of how its data was computed over')),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('ordered_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('algorithm', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='jobs', to='delivery.algorithm')),
                ('delivery', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='jobs', to='delivery.delivery')),
            ],
        ),
        migrations.AddConstraint(
            model_name='algorithm',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['submitted', 'secured', 'approved', 'refused', 'withdrawn', 'lapsed'])), name='algorithm_status_known'),
        ),
        migrations.AddConstraint(
            model_name='algorithm',
            constraint=models.CheckConstraint(condition=models.Q(('sha256__regex', '^[0-9a-f]{64}$')), name='algorithm_is_pinned'),
        ),
        migrations.AddConstraint(
            model_name='algorithm',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'approved'), _negated=True), models.Q(('approved_by__isnull', False), ('secured_by__isnull', False)), _connector='OR'), name='algorithm_passed_both_stages'),
        ),
        migrations.AddConstraint(
            model_name='algorithm',
            constraint=models.CheckConstraint(condition=models.Q(('approved_by__isnull', True), models.Q(('approved_by', models.F('secured_by')), _negated=True), _connector='OR'), name='algorithm_by_two'),
        ),
        migrations.AddConstraint(
            model_name='algorithm',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'refused'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='algorithm_refused_why'),
        ),
        migrations.AddConstraint(
            model_name='algorithm',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['submitted', 'secured', 'approved'])), fields=('organization', 'sha256'), name='algorithm_once'),
        ),
        migrations.AddIndex(
            model_name='computejob',
            index=models.Index(condition=models.Q(('status', 'queued')), fields=['due_at'], name='job_due'),
        ),
        migrations.AddConstraint(
            model_name='computejob',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['queued', 'done', 'failed', 'cancelled', 'lapsed'])), name='job_status_known'),
        ),
        migrations.AddConstraint(
            model_name='computejob',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'done'), models.Q(('trace', []), _negated=True)), models.Q(models.Q(('status', 'done'), _negated=True), ('rows', []), ('trace', [])), _connector='OR'), name='job_answer_has_its_trace'),
        ),
        migrations.AddConstraint(
            model_name='computejob',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('due_at__isnull', False), ('ended_at__isnull', True), ('status', 'queued')), models.Q(models.Q(('status', 'queued'), _negated=True), ('due_at__isnull', True), ('ended_at__isnull', False)), _connector='OR'), name='job_queued_until'),
        ),
        edges("delivery_algorithm", "status", ALGORITHM, initial=["submitted"]),
        frozen_columns("delivery_algorithm", "code", "organization_id", "title", "text", "sha256", "submitted_at"),
        no_delete("delivery_algorithm"),
        edges("delivery_computejob", "status", JOB, initial=["queued"]),
        frozen_columns("delivery_computejob", "code", "delivery_id", "algorithm_id", "algorithm_sha256", "file_sha256", "ordered_at"),
        no_delete("delivery_computejob"),
    ]
