"""Saved views of queues, letters of the desk, closed days; a letter's wording never changes once drafted."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from evidence.guards import append_only, frozen_columns, no_delete


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0002_subject_keys'),
        ('compliance', '0021_associations'),
        ('participants', '0028_deputies'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DayEnd',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('day', models.DateField(unique=True)),
                ('checks', models.JSONField(help_text='check -> how many things were open')),
                ('left', models.TextField(blank=True, help_text='why what was open was left')),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='LetterTemplate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('key', models.SlugField(max_length=20)),
                ('version', models.PositiveSmallIntegerField()),
                ('name_zh', models.CharField(max_length=40)),
                ('name_en', models.CharField(max_length=80)),
                ('body_zh', models.TextField()),
                ('body_en', models.TextField()),
                ('drafted_at', models.DateTimeField()),
                ('effective_from', models.DateTimeField(blank=True, null=True)),
                ('refused_at', models.DateTimeField(blank=True, null=True)),
                ('drafted_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('key', 'version'), name='letter_version_once'), models.CheckConstraint(condition=models.Q(('version__gte', 1)), name='letter_version_counts_from_one'), models.CheckConstraint(condition=models.Q(models.Q(('body_zh', ''), _negated=True), models.Q(('body_en', ''), _negated=True), models.Q(('name_zh', ''), _negated=True), models.Q(('name_en', ''), _negated=True)), name='letter_in_both_languages'), models.CheckConstraint(condition=models.Q(('effective_from__isnull', True), ('refused_at__isnull', True), _connector='OR'), name='letter_decided_once')],
            },
        ),
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('queue', models.CharField(max_length=24)),
                ('name', models.CharField(max_length=40)),
                ('wanted', models.JSONField(help_text='q, state, holder, late: what the filter keeps')),
                ('shared', models.BooleanField(default=False)),
                ('is_default', models.BooleanField(default=False)),
                ('saved_at', models.DateTimeField()),
                ('removed_at', models.DateTimeField(blank=True, null=True)),
                ('desk', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['desk', 'queue'], name='saved_view_desk')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('removed_at__isnull', True)), fields=('owner', 'desk', 'queue', 'name'), name='saved_view_named_once'), models.UniqueConstraint(condition=models.Q(('is_default', True), ('removed_at__isnull', True)), fields=('owner', 'desk', 'queue'), name='saved_view_one_default'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='saved_view_has_a_name')],
            },
        ),
        no_delete("compliance_savedview"),
        frozen_columns("compliance_savedview", "code", "owner_id", "desk_id", "queue", "name"),
        no_delete("compliance_lettertemplate"),
        frozen_columns("compliance_lettertemplate", "code", "key", "version", "name_zh", "name_en", "body_zh", "body_en", "drafted_by_id",
                       "drafted_at"),
        append_only("compliance_dayend"),
    ]
