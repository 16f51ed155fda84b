"""Rooms above ask what a licence may cost at most before they agree on a price."""

from django.db import migrations

from evidence.guards import install


class Migration(migrations.Migration):
    dependencies = [("listings", "0025_stock"), ("evidence", "0002_subject_keys")]

    operations = [install("listings", "price_cap.sql")]
