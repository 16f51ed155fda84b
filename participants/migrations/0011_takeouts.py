"""Keeps the packs that organisations take along; an organisation may leave of its own will."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import frozen_columns, no_delete


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0002_subject_keys'),
        ('participants', '0010_engagement_fee'),
    ]

    operations = [
        migrations.CreateModel(
            name='Takeout',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('asked_by', models.CharField(max_length=40)),
                ('asked_at', models.DateTimeField()),
                ('done', models.PositiveSmallIntegerField(default=0)),
                ('total', models.PositiveSmallIntegerField()),
                ('manifest_sha256', models.CharField(blank=True, max_length=64)),
                ('ready_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='succession',
            name='succession_kind_known',
        ),
        migrations.AlterField(
            model_name='succession',
            name='kind',
            field=models.CharField(choices=[('merger', '合并'), ('split', '分立'), ('dissolution', '解散'), ('bankruptcy', '破产'), ('leaving', '自愿退出')], max_length=12),
        ),
        migrations.AddConstraint(
            model_name='succession',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['merger', 'split', 'dissolution', 'bankruptcy', 'leaving'])), name='succession_kind_known'),
        ),
        migrations.AddField(
            model_name='takeout',
            name='file',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.deposit'),
        ),
        migrations.AddField(
            model_name='takeout',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='takeouts', to='participants.organization'),
        ),
        migrations.AddIndex(
            model_name='takeout',
            index=models.Index(fields=['organization', '-id'], name='takeout_of_organization'),
        ),
        migrations.AddConstraint(
            model_name='takeout',
            constraint=models.UniqueConstraint(condition=models.Q(('ready_at__isnull', True)), fields=('organization',), name='takeout_one_under_way'),
        ),
        migrations.AddConstraint(
            model_name='takeout',
            constraint=models.CheckConstraint(condition=models.Q(('done__lte', models.F('total'))), name='takeout_progress'),
        ),
        migrations.AddConstraint(
            model_name='takeout',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('file__isnull', True), ('manifest_sha256', ''), ('ready_at__isnull', True)), models.Q(('done', models.F('total')), ('file__isnull', False), ('ready_at__isnull', False), models.Q(('manifest_sha256', ''), _negated=True)), _connector='OR'), name='takeout_ready_with_its_file'),
        ),
        frozen_columns("participants_takeout", "code", "organization_id", "asked_by", "asked_at", "total"),
        no_delete("participants_takeout"),
    ]
