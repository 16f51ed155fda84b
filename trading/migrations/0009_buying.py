"""Registering, bidding and signing ask whether this buyer may have it; no trade is written past the answer."""

from django.db import migrations

from evidence.guards import install


class Migration(migrations.Migration):

    dependencies = [("trading", "0008_pilots"), ("listings", "0022_closed_from_the_start"), ("evidence", "0001_initial")]

    operations = [install("trading", "register_bidder.sql"), install("trading", "place_bid.sql"), install("trading", "buying.sql")]
