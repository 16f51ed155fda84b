"""Rooms above ask by what names an organisation abroad is known."""

from django.db import migrations

from evidence.guards import install


class Migration(migrations.Migration):

    dependencies = [("participants", "0011_takeouts"), ("evidence", "0001_initial")]

    operations = [install("participants", "abroad.sql")]
