"""What a filed deal costs that is delivered and settled here: no matching, which was done elsewhere, and a low fee for the service (R57)."""

from django.db import migrations

from participants.defaults import DEFAULTS, EPOCH

SCOPE = "channel=report"


def known_from_the_start(apps, schema_editor):
    """A house that stands already has the figures too; a new one has them from its first day."""
    venues, parameter = apps.get_model("participants", "Venue").objects.all(), apps.get_model("participants", "Parameter")
    for one in (figure for figure in DEFAULTS if figure.scope == SCOPE):
        held = set(parameter.objects.filter(key=one.key, scope=SCOPE).values_list("venue_id", flat=True))
        parameter.objects.bulk_create([
            parameter(venue=venue, key=one.key, scope=SCOPE, name_zh=one.name[0], name_en=one.name[1], value=one.value, unit=one.unit,
                      source=one.source, effective_from=EPOCH) for venue in venues if venue.pk not in held])


class Migration(migrations.Migration):

    dependencies = [
        ('participants', '0035_unpaid_orders'),
    ]

    operations = [
        migrations.RunPython(known_from_the_start, migrations.RunPython.noop),
    ]
