"""The batch function, what adds up by trigger, legal moves, frozen terms, rows that stay."""

from django.db import migrations

from evidence.guards import append_only, edges, frozen_columns, install, no_delete
from settlement.states import CYCLE, SETTLEMENT


class Migration(migrations.Migration):
    dependencies = [("settlement", "0001_initial"), ("evidence", "0001_initial"), ("ledger", "0003_batches")]

    operations = [
        install("settlement", "post.sql"),
        edges("settlement_settlementcycle", "status", CYCLE, initial=["open"]),
        edges("settlement_settlement", "status", SETTLEMENT, initial=["due"]),
        frozen_columns("settlement_settlement", "code", "trade_id", "seller_id", "buyer_id", "subject", "price_fen", "seller_fee_bps",
                       "buyer_fee_bps", "levy_bps", "holdback_bps", "escrow_id", "holdback_id", "parties", "organizations", "accounts",
                       "weights", "accepted_at", "release_at"),
        append_only("settlement_share"),
        append_only("settlement_refund"),
        no_delete("settlement_settlement"),
        no_delete("settlement_settlementcycle"),
    ]
