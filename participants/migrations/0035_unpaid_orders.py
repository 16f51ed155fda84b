"""How much of a buyer's orders may wait for payment at once, by its credit band (CAP-E10)."""

from django.db import migrations

from evidence.guards import install
from participants.defaults import DEFAULTS, EPOCH, STRICTER

KEY = "orders.unpaid_cap_fen"


def known_from_the_start(apps, schema_editor):
    """A house that stands already has the figure too; a new one has it from its first day."""
    venues, parameter = apps.get_model("participants", "Venue").objects.all(), apps.get_model("participants", "Parameter")
    (one,) = (figure for figure in DEFAULTS if figure.key == KEY)
    held = set(parameter.objects.filter(key=KEY).values_list("venue_id", flat=True))
    parameter.objects.bulk_create([
        parameter(venue=venue, key=one.key, name_zh=one.name[0], name_en=one.name[1], value=one.value, unit=one.unit, source=one.source,
                  stricter=STRICTER[one.key], effective_from=EPOCH) for venue in venues if venue.pk not in held])


class Migration(migrations.Migration):

    dependencies = [
        ('participants', '0034_late_reviews'),
    ]

    operations = [
        install("participants", "band_held.sql"),
        migrations.RunPython(known_from_the_start, migrations.RunPython.noop),
        migrations.RunSQL(migrations.RunSQL.noop, "DROP FUNCTION IF EXISTS participants_band_held(bigint);"),
    ]
