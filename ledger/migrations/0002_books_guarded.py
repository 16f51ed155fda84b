"""The functions that move money, the guards that judge them, and the missing grants."""

from django.db import migrations

from evidence.guards import append_only, install


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial"), ("evidence", "0001_initial")]

    operations = [
        install("ledger", "guards.sql"),
        install("ledger", "functions.sql"),
        append_only("ledger_transfer"),
        append_only("ledger_posting"),
        append_only("ledger_account"),
    ]
