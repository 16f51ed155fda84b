"""Installs what the database itself refuses on the floor, and the one function of the hot act, a bid."""

from django.db import migrations

from evidence.guards import append_only, edges, frozen_columns, install, no_delete
from trading.states import AUCTION, TRADE


class Migration(migrations.Migration):
    dependencies = [("trading", "0001_initial"), ("evidence", "0001_initial"), ("listings", "0002_guards")]

    operations = [
        edges("trading_auction", "status", AUCTION, initial=["draft", "announced"]),
        edges("trading_tradestate", "status", TRADE, initial=["executed", "funded", "recorded"]),
        append_only("trading_bid"),
        append_only("trading_bidvoid"),
        append_only("trading_tick"),
        append_only("trading_award"),
        append_only("trading_trade"),
        append_only("trading_tradereport"),
        no_delete("trading_auction"),
        no_delete("trading_bidder"),
        no_delete("trading_halt"),
        no_delete("trading_tradestate"),
        frozen_columns("trading_bidder", "auction_id", "organization_id", "paddle", "deposit_fen", "deposit", "limit_fen", "registered_at"),
        install("participants", "holds.sql"),
    ]
