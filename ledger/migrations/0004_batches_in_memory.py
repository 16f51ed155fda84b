"""The batch function sorts in memory."""

from django.db import migrations

from evidence.guards import install


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_batches")]

    operations = [install("ledger", "batch.sql")]
