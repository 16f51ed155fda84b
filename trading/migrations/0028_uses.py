"""Whether what a trade licensed may be used now, for the rooms that hand it over."""

from django.db import migrations

from evidence.guards import install


class Migration(migrations.Migration):

    dependencies = [("trading", "0027_barters")]

    operations = [install("trading", "uses.sql")]
