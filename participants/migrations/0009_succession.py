"""Successions: cases, heirs, the table of a split, and the one way in which a row's owner changes."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import append_only, edges, frozen_columns, install, no_delete, sql
from participants.states import SUCCESSION


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0002_subject_keys'),
        ('participants', '0008_admission_by_class'),
    ]

    operations = [
        migrations.AddField(
            model_name='organization',
            name='closed_at',
            field=models.DateTimeField(blank=True, help_text='when its succession was carried out: it acts no more (R39)', null=True),
        ),
        migrations.CreateModel(
            name='Succession',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('kind', models.CharField(choices=[('merger', '合并'), ('split', '分立'), ('dissolution', '解散'), ('bankruptcy', '破产')], max_length=12)),
                ('status', models.CharField(choices=[('filed', '待决定'), ('moving', '移转中'), ('done', '已完成'), ('refused', '不予承继'), ('withdrawn', '已撤回')], default='filed', max_length=10)),
                ('note', models.TextField(blank=True, help_text='what is agreed or decided, in words')),
                ('disposal_plan', models.TextField(blank=True, help_text='what becomes of important data where nobody takes over (DSR 34)')),
                ('filed_by', models.CharField(max_length=40)),
                ('filed_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('decided_by', models.CharField(blank=True, max_length=40)),
                ('reason', models.TextField(blank=True)),
                ('agreement', models.ForeignKey(help_text='agreement, resolution or court ruling', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.deposit')),
                ('extract', models.ForeignKey(help_text='extract from the register', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.deposit')),
                ('filed_for', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
                ('predecessor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='successions', to='participants.organization')),
            ],
            options={
                'verbose_name': '承继',
                'verbose_name_plural': '承继',
            },
        ),
        migrations.CreateModel(
            name='SuccessionHeir',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='inheritances', to='participants.organization')),
                ('succession', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='heirs', to='participants.succession')),
            ],
        ),
        migrations.CreateModel(
            name='SuccessionMove',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('table', models.CharField(max_length=63)),
                ('column', models.CharField(max_length=63)),
                ('row', models.BigIntegerField()),
                ('after', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
                ('before', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
                ('succession', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='moves', to='participants.succession')),
            ],
        ),
        migrations.CreateModel(
            name='SuccessionPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('unit', models.CharField(max_length=20)),
                ('heir', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='participants.successionheir')),
                ('succession', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='participants.succession')),
            ],
        ),
        migrations.AddConstraint(
            model_name='succession',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['filed', 'moving', 'done', 'refused', 'withdrawn'])), name='succession_status_known'),
        ),
        migrations.AddConstraint(
            model_name='succession',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['merger', 'split', 'dissolution', 'bankruptcy'])), name='succession_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='succession',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['done', 'refused']), _negated=True), models.Q(('decided_at__isnull', False), models.Q(('decided_by', ''), _negated=True)), _connector='OR'), name='succession_end_has_a_person'),
        ),
        migrations.AddConstraint(
            model_name='succession',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['filed', 'moving', 'done'])), fields=('predecessor',), name='succession_one_for_each'),
        ),
        migrations.AddConstraint(
            model_name='successionheir',
            constraint=models.UniqueConstraint(fields=('succession', 'organization'), name='heir_once'),
        ),
        migrations.AddConstraint(
            model_name='successionmove',
            constraint=models.UniqueConstraint(fields=('table', 'row', 'column', 'succession'), name='succession_move_once'),
        ),
        migrations.AddConstraint(
            model_name='successionmove',
            constraint=models.CheckConstraint(condition=models.Q(('before', models.F('after')), _negated=True), name='succession_move_passes'),
        ),
        migrations.AddConstraint(
            model_name='successionpart',
            constraint=models.UniqueConstraint(fields=('succession', 'unit'), name='succession_part_once'),
        ),
        install("participants", "succession.sql"),
        install("participants", "may.sql"),
        edges("participants_succession", "status", SUCCESSION, initial=["filed"]),
        frozen_columns("participants_succession", "code", "predecessor_id", "kind", "agreement_id", "extract_id", "filed_by", "filed_for_id",
                       "filed_at"),
        no_delete("participants_succession"),
        append_only("participants_successionheir"),
        append_only("participants_successionmove"),
        sql("DO $$ BEGIN IF to_regrole('dx_app') IS NOT NULL THEN REVOKE INSERT ON participants_successionmove FROM dx_app; END IF; END $$;"),
    ]
