"""A bid asks what its person may commit the organisation to."""

from django.db import migrations

from evidence.guards import install


class Migration(migrations.Migration):

    dependencies = [("trading", "0011_dutch_clock"), ("participants", "0015_spending")]

    operations = [install("trading", "place_bid.sql")]
