"""Every venue gets the figure by which its fee is lower for sellers in good standing."""

from django.db import migrations

from participants.defaults import DEFAULTS, EPOCH


def fill(apps, schema_editor):
    parameter = apps.get_model("participants", "Parameter")
    for venue in apps.get_model("participants", "Venue").objects.all():
        known = set(parameter.objects.filter(venue=venue).values_list("key", "scope"))
        parameter.objects.bulk_create([
            parameter(venue=venue, key=one.key, scope=one.scope, name_zh=one.name[0], name_en=one.name[1], value=one.value, unit=one.unit,
                      source=one.source, effective_from=EPOCH)
            for one in DEFAULTS if one.key == "fee.band_rebate" and (one.key, one.scope) not in known])


class Migration(migrations.Migration):

    dependencies = [
        ('participants', '0024_turns'),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
