"""Second review of conduct cases: who stood back, who differed; checklists kept; the terms of restoration, arbitration and complaints."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from evidence.guards import append_only, frozen_columns, install, no_delete


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0002_subject_keys'),
        ('compliance', '0018_turns'),
        ('participants', '0020_barter_figures'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='complaint',
            name='queue',
            field=models.CharField(default='compliance', help_text='the desk it was routed to by its kind', max_length=16),
        ),
        migrations.AddField(
            model_name='dispute',
            name='overdue',
            field=models.BooleanField(default=False, help_text='an arbitrator who is late; the state stays'),
        ),
        migrations.AddField(
            model_name='finding',
            name='document_date',
            field=models.DateField(blank=True, help_text='of the adopted document: terms of publicity run from it', null=True),
        ),
        migrations.AddField(
            model_name='restoration',
            name='committed',
            field=models.BooleanField(default=False, help_text='the public commitment: what is said is true, its consequences accepted'),
        ),
        migrations.AddField(
            model_name='restoration',
            name='extended',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='restoration',
            name='overdue',
            field=models.BooleanField(default=False),
        ),
        migrations.CreateModel(
            name='DiligenceRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('subject_code', models.CharField(max_length=20)),
                ('checklist', models.CharField(max_length=20)),
                ('version_hash', models.CharField(help_text='of the checklist as it was worded then', max_length=64)),
                ('note', models.TextField(blank=True)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='diligence_records', to='participants.organization')),
            ],
            options={
                'indexes': [models.Index(fields=['organization', 'subject_code'], name='diligence_about')],
            },
        ),
        migrations.CreateModel(
            name='Disagreement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asked', models.JSONField()),
                ('reason', models.TextField(blank=True, help_text='why the second one differs')),
                ('named_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('sided', models.CharField(blank=True, choices=[('first', 'first'), ('second', 'second'), ('lapsed', 'lapsed')], max_length=8)),
                ('reasons', models.TextField(blank=True)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='disagreements', to='compliance.conductcase')),
                ('first', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('second', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('third', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['sided', 'due_at'], name='disagreement_deadline')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('sided', '')), fields=('case',), name='disagreement_one_open'), models.CheckConstraint(condition=models.Q(models.Q(('third', models.F('first')), _negated=True), models.Q(('third', models.F('second')), _negated=True), models.Q(('first', models.F('second')), _negated=True)), name='disagreement_three_persons'), models.CheckConstraint(condition=models.Q(('sided__in', ['', 'first', 'second', 'lapsed'])), name='disagreement_side_known'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('sided', '')), models.Q(models.Q(('sided', ''), _negated=True), ('decided_at__isnull', False)), _connector='OR'), name='disagreement_end_has_a_time')],
            },
        ),
        migrations.CreateModel(
            name='Recusal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.TextField()),
                ('at', models.DateTimeField()),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='recusals', to='compliance.conductcase')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('case', 'user'), name='recusal_once'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='recusal_has_a_reason')],
            },
        ),
        append_only("compliance_recusal"),
        append_only("compliance_diligencerecord"),
        no_delete("compliance_disagreement"),
        frozen_columns("compliance_disagreement", "case_id", "first_id", "second_id", "third_id", "asked", "reason", "named_at"),
        install("compliance", "second_review.sql"),
    ]
