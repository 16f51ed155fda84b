"""Splits a lot into its terms and how it stands, so that a bid writes one narrow row and reads the terms' checks no more."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import install, no_delete, sql

MOVED = ("leader", "price_fen", "reserve_met", "second_fen", "seq", "tick_seq", "top_fen", "voids")


class Migration(migrations.Migration):

    dependencies = [("trading", "0032_venue_pilots")]

    operations = [
        migrations.CreateModel(
            name="Standing",
            fields=[
                ("auction", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name="standing",
                                                 serialize=False, to="trading.auction")),
                ("seq", models.IntegerField(default=0, help_text="number of the last bid")),
                ("tick_seq", models.IntegerField(default=0, help_text="number of the last public tick")),
                ("voids", models.IntegerField(default=0, help_text="how often bids were voided; only then may the price fall")),
                ("price_fen", models.BigIntegerField(blank=True, null=True)),
                ("leader", models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True,
                                             on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trading.bidder")),
                ("top_fen", models.BigIntegerField(blank=True, help_text="secret: the leader's maximum", null=True)),
                ("second_fen", models.BigIntegerField(blank=True, help_text="secret: the best maximum of anybody else", null=True)),
                ("reserve_met", models.BooleanField(default=False)),
            ],
            options={
                "constraints": [models.CheckConstraint(name="standing_leader_has_price", condition=models.Q(
                    models.Q(("leader__isnull", True), ("price_fen__isnull", True), ("top_fen__isnull", True)),
                    models.Q(("leader__isnull", False), ("price_fen__range", (0, 9007199254740991)), ("top_fen__isnull", False)),
                    _connector="OR"))],
            },
        ),
        sql("INSERT INTO trading_standing (auction_id, seq, tick_seq, voids, price_fen, leader_id, top_fen, second_fen, reserve_met) "
            "SELECT id, seq, tick_seq, voids, price_fen, leader_id, top_fen, second_fen, reserve_met FROM trading_auction"),
        # what stood on the columns that go: the guard of the price stands on the new table
        sql("DROP TRIGGER IF EXISTS trading_auction_price ON trading_auction; "
            "DROP FUNCTION IF EXISTS trading_tick(trading_auction, text, int, bigint, timestamptz)"),
        migrations.RemoveConstraint(model_name="auction", name="lot_price_in_range"),
        migrations.RemoveConstraint(model_name="auction", name="lot_leader_has_price"),
        # on the way back the rows take their figures along
        sql("", "UPDATE trading_auction a SET seq = s.seq, tick_seq = s.tick_seq, voids = s.voids, price_fen = s.price_fen, "
            "leader_id = s.leader_id, top_fen = s.top_fen, second_fen = s.second_fen, reserve_met = s.reserve_met "
            "FROM trading_standing s WHERE s.auction_id = a.id; SET CONSTRAINTS ALL IMMEDIATE"),
        *(migrations.RemoveField(model_name="auction", name=name) for name in MOVED),
        # a hint, asked by bids.sql and by nothing else; what older bids say is not found there
        sql("ALTER TABLE trading_bid RENAME COLUMN lot_place TO standing_place",
            "ALTER TABLE trading_bid RENAME COLUMN standing_place TO lot_place"),
        # room for the next versions on each page: a bid's new version enters no index
        sql("ALTER TABLE trading_standing SET (fillfactor = 10); ALTER TABLE trading_auction SET (fillfactor = 90)",
            "DROP TRIGGER IF EXISTS trading_auction_stands ON trading_auction; ALTER TABLE trading_auction SET (fillfactor = 40)"),
        install("trading", "standing.sql"),
        no_delete("trading_standing"),
        install("trading", "guards.sql"),
        install("trading", "bids.sql"),
    ]
