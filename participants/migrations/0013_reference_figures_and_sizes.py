"""A firm states its size with its figures, once a year; every venue gets the figures of the reference prices."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import append_only
from participants.defaults import DEFAULTS, EPOCH


def fill(apps, schema_editor):
    parameter = apps.get_model("participants", "Parameter")
    for venue in apps.get_model("participants", "Venue").objects.all():
        known = set(parameter.objects.filter(venue=venue).values_list("key", "scope"))
        parameter.objects.bulk_create([
            parameter(venue=venue, key=one.key, scope=one.scope, name_zh=one.name[0], name_en=one.name[1], value=one.value, unit=one.unit,
                      source=one.source, effective_from=EPOCH)
            for one in DEFAULTS if (one.key, one.scope) not in known])


class Migration(migrations.Migration):

    dependencies = [
        ('participants', '0012_abroad'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='partyprofile',
            name='size',
        ),
        migrations.CreateModel(
            name='SizeStatement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('size', models.CharField(choices=[('micro', '微型'), ('small', '小型'), ('medium', '中型'), ('large', '大型')], help_text='computed from the figures by the standard named', max_length=8)),
                ('industry', models.CharField(max_length=20)),
                ('year', models.PositiveSmallIntegerField(help_text='whose figures they are')),
                ('staff', models.PositiveIntegerField(null=True)),
                ('turnover_fen', models.BigIntegerField(null=True)),
                ('assets_fen', models.BigIntegerField(null=True)),
                ('basis', models.CharField(max_length=200)),
                ('standard', models.CharField(max_length=20)),
                ('stated_at', models.DateTimeField()),
                ('effective_to', models.DateTimeField()),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='size_statements', to='participants.organization')),
            ],
            options={
                'indexes': [models.Index(fields=['organization', '-stated_at'], name='size_statement_newest')],
                'constraints': [models.CheckConstraint(condition=models.Q(('size__in', ['micro', 'small', 'medium', 'large'])), name='size_statement_known'), models.CheckConstraint(condition=models.Q(('effective_to__gt', models.F('stated_at'))), name='size_statement_term'), models.CheckConstraint(condition=models.Q(('staff__isnull', False), ('turnover_fen__isnull', False), ('assets_fen__isnull', False), _connector='OR'), name='size_statement_rests_on_figures')],
            },
        ),
        append_only("participants_sizestatement"),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
