"""Rooms above ask how many licences there are, and hold that answer while they sell."""

from django.db import migrations

from evidence.guards import install


class Migration(migrations.Migration):
    dependencies = [("listings", "0024_retests"), ("evidence", "0002_subject_keys")]

    operations = [install("listings", "stock.sql")]
