"""Outputs that leave by two reviews (F9): what was handed in is frozen, a release needs both opinions or a third (``sql/outputs.sql``)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from delivery.states import OUTPUT
from evidence.guards import append_only, edges, frozen_columns, install, no_delete


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0013_kinds'),
        ('evidence', '0002_subject_keys'),
        ('participants', '0018_floor_figures'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='computejob',
            name='ordered_by',
            field=models.ForeignKey(blank=True, help_text='who answers for what comes out of it', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.CreateModel(
            name='Output',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('kind', models.CharField(choices=[('report', '报告'), ('table', '结果表'), ('model', '模型')], max_length=6)),
                ('title', models.CharField(max_length=80)),
                ('checklist', models.JSONField(default=list, help_text='what its author confirmed')),
                ('gate', models.JSONField(default=list, help_text='check, limit, found, ok: what the automatic gate measured')),
                ('sha256', models.CharField(max_length=64)),
                ('size', models.PositiveIntegerField()),
                ('status', models.CharField(choices=[('stopped', '未过自动检查'), ('in_review', '待两人审核'), ('escalated', '逾期，由本所补审'), ('differing', '意见不一，待第三人'), ('released', '已放行'), ('withheld', '不予放行'), ('withdrawn', '已撤回')], max_length=9)),
                ('reason', models.TextField(blank=True, help_text='why it is withheld')),
                ('submitted_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decided_by', models.ForeignKey(blank=True, help_text='the third, where two differed', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('delivery', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='outputs', to='delivery.delivery')),
                ('deposit', models.ForeignKey(blank=True, help_text='none where the gate stopped it: the file was not kept', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.deposit')),
                ('job', models.OneToOneField(blank=True, help_text='the training it came out of', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='output', to='delivery.computejob')),
                ('organization', models.ForeignKey(help_text="its author's", on_delete=django.db.models.deletion.PROTECT, related_name='outputs', to='participants.organization')),
            ],
        ),
        migrations.CreateModel(
            name='OutputLook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('review', '审核'), ('fetch', '取用')], max_length=6)),
                ('at', models.DateTimeField()),
                ('output', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='looks', to='delivery.output')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='OutputOpinion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seat', models.CharField(choices=[('holder', '持有方审核'), ('venue', '本所审核')], max_length=6)),
                ('verdict', models.CharField(choices=[('release', '放行'), ('withhold', '不予放行')], max_length=8)),
                ('reason', models.TextField()),
                ('at', models.DateTimeField()),
                ('organization', models.ForeignKey(help_text="the reviewer's", on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
                ('output', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='opinions', to='delivery.output')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.person')),
                ('reviewer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='OutputToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token_hash', models.CharField(max_length=64, unique=True)),
                ('issued_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(blank=True, null=True)),
                ('replaced_at', models.DateTimeField(blank=True, help_text='another was asked for before it was used', null=True)),
                ('issued_to', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('output', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tokens', to='delivery.output')),
            ],
        ),
        migrations.AddIndex(
            model_name='output',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='output_due'),
        ),
        migrations.AddConstraint(
            model_name='output',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['stopped', 'in_review', 'escalated', 'differing', 'released', 'withheld', 'withdrawn'])), name='output_status_known'),
        ),
        migrations.AddConstraint(
            model_name='output',
            constraint=models.CheckConstraint(condition=models.Q(('sha256__regex', '^[0-9a-f]{64}$')), name='output_is_pinned'),
        ),
        migrations.AddConstraint(
            model_name='output',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('deposit__isnull', True), ('status', 'stopped')), models.Q(models.Q(('status', 'stopped'), _negated=True), ('deposit__isnull', False)), _connector='OR'), name='output_stopped_is_not_kept'),
        ),
        migrations.AddConstraint(
            model_name='output',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'withheld'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='output_withheld_why'),
        ),
        migrations.AddConstraint(
            model_name='output',
            constraint=models.CheckConstraint(condition=models.Q(('decided_by__isnull', True), models.Q(('decided_by', models.F('author')), _negated=True), _connector='OR'), name='output_not_by_its_author'),
        ),
        migrations.AddConstraint(
            model_name='output',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('due_at__isnull', False), ('ended_at__isnull', True), ('status__in', ['in_review', 'escalated', 'differing'])), models.Q(models.Q(('status__in', ['in_review', 'escalated', 'differing']), _negated=True), ('due_at__isnull', True), ('ended_at__isnull', False)), _connector='OR'), name='output_open_until'),
        ),
        migrations.AddConstraint(
            model_name='outputlook',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ['review', 'fetch'])), name='look_role_known'),
        ),
        migrations.AddConstraint(
            model_name='outputopinion',
            constraint=models.CheckConstraint(condition=models.Q(('verdict__in', ['release', 'withhold']), ('seat__in', ['holder', 'venue'])), name='opinion_words_known'),
        ),
        migrations.AddConstraint(
            model_name='outputopinion',
            constraint=models.UniqueConstraint(fields=('output', 'seat'), name='opinion_one_a_seat'),
        ),
        migrations.AddConstraint(
            model_name='outputopinion',
            constraint=models.UniqueConstraint(fields=('output', 'person'), name='opinion_one_a_person'),
        ),
        migrations.AddConstraint(
            model_name='outputopinion',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='opinion_says_why'),
        ),
        migrations.AddConstraint(
            model_name='outputtoken',
            constraint=models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('issued_at'))), name='output_token_forward'),
        ),
        migrations.AddConstraint(
            model_name='outputtoken',
            constraint=models.CheckConstraint(condition=models.Q(('used_at__isnull', True), ('replaced_at__isnull', True), _connector='OR'), name='output_token_one_end'),
        ),
        frozen_columns("delivery_computejob", "code", "delivery_id", "algorithm_id", "algorithm_sha256", "file_sha256", "ordered_by_id",
                       "ordered_at"),
        edges("delivery_output", "status", OUTPUT, initial=["in_review", "stopped"]),
        frozen_columns("delivery_output", "code", "delivery_id", "job_id", "organization_id", "author_id", "kind", "title", "checklist", "gate",
                       "deposit_id", "sha256", "size", "submitted_at"),
        no_delete("delivery_output"),
        append_only("delivery_outputopinion"),
        append_only("delivery_outputlook"),
        frozen_columns("delivery_outputtoken", "output_id", "token_hash", "issued_to_id", "issued_at", "expires_at"),
        no_delete("delivery_outputtoken"),
        install("delivery", "outputs.sql"),
    ]
