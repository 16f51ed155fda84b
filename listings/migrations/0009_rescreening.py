"""A list in force goes through everything on sale: how far it has come, and which list judged each listing."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import append_only, frozen_columns, no_delete, sql


class Migration(migrations.Migration):

    dependencies = [
        ('listings', '0008_rights_lineage'),
        ('participants', '0008_admission_by_class'),
        ('evidence', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Rescreening',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('rule_set', models.CharField(help_text='label of the list version that judges', max_length=24, unique=True)),
                ('cause', models.CharField(help_text='code of that version', max_length=20)),
                ('total', models.PositiveIntegerField(help_text='listings that stood under another version when it began')),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('overtaken', models.BooleanField(default=False, help_text='a further version came into force before it was through')),
            ],
            options={
                'verbose_name': '重新判定',
                'verbose_name_plural': '重新判定',
            },
        ),
        migrations.CreateModel(
            name='RescreenSlice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('judged', models.PositiveIntegerField()),
                ('held', models.PositiveIntegerField()),
                ('released', models.PositiveIntegerField()),
                ('lines_root', models.CharField(help_text='Merkle root over code and verdict of each listing', max_length=64)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name='listing',
            name='screened_by',
            field=models.CharField(blank=True, help_text='label of the negative list that judged what is on sale', max_length=24),
        ),
        migrations.AddIndex(
            model_name='listing',
            index=models.Index(condition=models.Q(('status__in', ['listed', 'suspended'])), fields=['screened_by', 'id'], name='listing_screened'),
        ),
        migrations.AddConstraint(
            model_name='rescreening',
            constraint=models.UniqueConstraint(condition=models.Q(('finished_at__isnull', True)), fields=('overtaken',), name='rescreening_one_running'),
        ),
        migrations.AddField(
            model_name='rescreenslice',
            name='rescreening',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='slices', to='listings.rescreening'),
        ),
        migrations.AddConstraint(
            model_name='rescreenslice',
            constraint=models.CheckConstraint(condition=models.Q(('judged__gt', 0)), name='rescreen_slice_did_something'),
        ),
        sql("UPDATE listings_listing l SET screened_by = coalesce(left(v.screening ->> 'rule_set', 24), '') "
            "FROM listings_listingversion v WHERE v.id = l.version_id"),
        append_only("listings_rescreenslice"),
        no_delete("listings_rescreening"),
        frozen_columns("listings_rescreening", "code", "rule_set", "cause", "total", "started_at"),
    ]
