"""Many transfers at once: each subject is met once, where picking the n-th of a list walked all before it."""

from django.db import migrations

from evidence.guards import install


class Migration(migrations.Migration):
    dependencies = [("ledger", "0007_undistributed")]

    operations = [install("ledger", "batch.sql")]
