"""Figures that people are charged by carry their own names, so that a new charge needs no new words in code."""

from django.db import migrations, models

from participants.defaults import DEFAULTS


def name_them(apps, schema_editor):
    parameter = apps.get_model("participants", "Parameter")
    for one in DEFAULTS:
        if one.name[0]:
            parameter.objects.filter(key=one.key, scope=one.scope).update(name_zh=one.name[0], name_en=one.name[1])


class Migration(migrations.Migration):

    dependencies = [
        ('participants', '0005_second_factor'),
    ]

    operations = [
        migrations.AddField(
            model_name='parameter',
            name='name_zh',
            field=models.CharField(blank=True, default='', help_text='what a payer reads; empty where nobody is shown it', max_length=60),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='parameter',
            name='name_en',
            field=models.CharField(blank=True, default='', max_length=120),
            preserve_default=False,
        ),
        migrations.RunPython(name_them, migrations.RunPython.noop),
    ]
