"""Nothing is handed over, and no token is made, for a buyer who may not have it."""

from django.db import migrations

from evidence.guards import install


class Migration(migrations.Migration):

    dependencies = [("delivery", "0005_ratings"), ("trading", "0009_buying"), ("evidence", "0001_initial")]

    operations = [install("delivery", "buying.sql")]
