"""Batches add each account up once and meet every table by its keys; a balance changes in place, and only closings of reserves are indexed."""

from django.db import migrations

from evidence.guards import install, sql


class Migration(migrations.Migration):
    dependencies = [("ledger", "0008_batches_in_one_walk")]

    operations = [
        install("ledger", "functions.sql"),
        install("ledger", "batch.sql"),
        install("ledger", "guards.sql"),
        # half of each page is kept free: the new row stands beside the old one and no index is written
        sql("ALTER TABLE ledger_balance SET (fillfactor = 50)", "ALTER TABLE ledger_balance RESET (fillfactor)"),
        # a transfer that closes no reserve has nothing to be unique in
        sql("ALTER TABLE ledger_transfer DROP CONSTRAINT IF EXISTS ledger_transfer_pending_id_key; "
            "CREATE UNIQUE INDEX ledger_transfer_closes_once ON ledger_transfer (pending_id) WHERE pending_id IS NOT NULL",
            "DROP INDEX ledger_transfer_closes_once; ALTER TABLE ledger_transfer ADD CONSTRAINT ledger_transfer_pending_id_key UNIQUE (pending_id)"),
    ]
