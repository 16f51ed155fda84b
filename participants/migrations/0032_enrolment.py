"""What a buyer pays once to be registered at a venue (G2)."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import append_only, install
from evidence.tables import Rules, Tables
from participants.defaults import DEFAULTS, EPOCH

UNGUARDED = """
DROP FUNCTION IF EXISTS participants_enrolment_check() CASCADE;
DROP FUNCTION IF EXISTS participants_enrolment_due(bigint, bigint);
DROP FUNCTION IF EXISTS participants_enrolment_fee(bigint, bigint);
"""


KEY = "share.creators_least_bps"


def known_from_the_start(apps, schema_editor):
    """A house that stands already has the figure too; a new one has it from its first day."""
    venues, parameter = apps.get_model("participants", "Venue").objects.all(), apps.get_model("participants", "Parameter")
    (one,) = (figure for figure in DEFAULTS if figure.key == KEY)
    held = set(parameter.objects.filter(key=KEY).values_list("venue_id", flat=True))
    parameter.objects.bulk_create([
        parameter(venue=venue, key=one.key, name_zh=one.name[0], name_en=one.name[1], value=one.value, unit=one.unit, source=one.source,
                  effective_from=EPOCH) for venue in venues if venue.pk not in held])


class Migration(migrations.Migration):

    dependencies = [
        ('participants', '0031_admission_objections'),
    ]

    operations = [
        Tables(
            migrations.CreateModel(
                name='Enrolment',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=16, unique=True)),
                    ('amount_fen', models.BigIntegerField()),
                    ('paid_at', models.DateTimeField()),
                    ('transfer_hash', models.CharField(max_length=64)),
                    ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='enrolments', to='participants.organization')),
                    ('venue', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.venue')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('organization', 'venue'), name='enrolment_once'), models.CheckConstraint(condition=models.Q(('amount_fen__gt', 0)), name='enrolment_of_something')],
                },
            ),
        ),
        Rules(
            install("participants", "enrolments.sql"),
            append_only("participants_enrolment"),
        ),
        migrations.RunPython(known_from_the_start, migrations.RunPython.noop),
        migrations.RunSQL(migrations.RunSQL.noop, UNGUARDED),
    ]
