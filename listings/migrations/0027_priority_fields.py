"""What is authorised for a section is authorised for the fields that lie in it (R59)."""

from django.db import migrations

from evidence.guards import install


class Migration(migrations.Migration):
    dependencies = [("listings", "0026_price_cap"), ("evidence", "0002_subject_keys")]

    operations = [install("listings", "public_data.sql")]
