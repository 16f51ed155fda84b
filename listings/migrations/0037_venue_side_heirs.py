"""The venue and its side take over no rights, listings or certificates by a succession (R53, R39)."""

from django.db import migrations

from evidence.guards import install
from evidence.tables import Rules


class Migration(migrations.Migration):

    dependencies = [
        ('listings', '0036_late_desk'),
    ]

    operations = [
        Rules(install("listings", "venue_side.sql")),
    ]
