"""Rooms above ask whether a trade still stands, and hold it so while they act."""

from django.db import migrations

from evidence.guards import install


class Migration(migrations.Migration):
    dependencies = [("trading", "0006_circulation"), ("evidence", "0001_initial")]

    operations = [install("trading", "stands.sql")]
