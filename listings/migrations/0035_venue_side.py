"""The venue and its side hold no rights (R53)."""

from django.db import migrations

from evidence.guards import install
from evidence.tables import Rules


class Migration(migrations.Migration):

    dependencies = [
        ('listings', '0034_peers'),
        ('participants', '0031_admission_objections'),
    ]

    operations = [
        Rules(install("listings", "venue_side.sql")),
    ]
