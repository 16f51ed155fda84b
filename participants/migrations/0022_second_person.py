"""Rooms above may ask whether a second person approved an act; every venue gets the figure above which suspense money alarms it."""

from django.db import migrations

from evidence.guards import install
from participants.defaults import DEFAULTS, EPOCH


def fill(apps, schema_editor):
    parameter = apps.get_model("participants", "Parameter")
    for venue in apps.get_model("participants", "Venue").objects.all():
        known = set(parameter.objects.filter(venue=venue).values_list("key", "scope"))
        parameter.objects.bulk_create([
            parameter(venue=venue, key=one.key, scope=one.scope, name_zh=one.name[0], name_en=one.name[1], value=one.value, unit=one.unit,
                      source=one.source, effective_from=EPOCH)
            for one in DEFAULTS if one.key.startswith("suspense.") and (one.key, one.scope) not in known])


class Migration(migrations.Migration):

    dependencies = [
        ('participants', '0021_read_of_a_history'),
    ]

    operations = [install("participants", "second_person.sql"), migrations.RunPython(fill, migrations.RunPython.noop)]
