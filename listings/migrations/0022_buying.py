"""One question for every way to a price: may this buyer have it."""

from django.db import migrations

from evidence.guards import install


class Migration(migrations.Migration):

    dependencies = [("listings", "0021_conditions"), ("participants", "0012_abroad"), ("compliance", "0014_exports"),
                    ("evidence", "0001_initial")]

    operations = [install("listings", "buying.sql")]
