"""Many transfers by one statement, for settlement cycles."""

from django.db import migrations

from evidence.guards import install


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_books_guarded")]

    operations = [install("ledger", "batch.sql")]
