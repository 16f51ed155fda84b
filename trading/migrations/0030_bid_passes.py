"""A bid asks the gates once and finds the lot's row where the last bid left it.

A bid's lot is its bidder's: one key of two columns says so, where two single keys did not.
"""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import install, sql


class Migration(migrations.Migration):

    dependencies = [
        ("trading", "0029_surveillance"),
        ("evidence", "0003_gate_moves"),
        ("participants", "0024_turns"),
        ("compliance", "0018_turns"),
        ("listings", "0033_turns"),
    ]

    operations = [
        migrations.CreateModel(
            name="BidPass",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("lot", models.CharField(max_length=20)),
                ("user_id", models.BigIntegerField()),
                ("organization_id", models.BigIntegerField()),
                ("auction_id", models.BigIntegerField()),
                ("bidder_id", models.BigIntegerField()),
                ("paddle", models.PositiveSmallIntegerField()),
                ("limit_fen", models.BigIntegerField(blank=True, help_text="the least of the organisation's and the person's limit", null=True)),
                ("since", models.BigIntegerField(help_text="oldest transaction that ran when the gates were asked")),
                ("seen_at", models.DateTimeField()),
                ("until", models.DateTimeField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("lot", "user_id", "organization_id"), name="bidpass_once")],
            },
        ),
        # derived rows: nothing is lost with them
        sql("ALTER TABLE trading_bidpass SET UNLOGGED"),
        migrations.AddConstraint(
            model_name="bidder",
            constraint=models.UniqueConstraint(fields=("auction", "id"), name="bidder_of_its_lot"),
        ),
        migrations.AlterField(
            model_name="bid",
            name="auction",
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="bids",
                                    to="trading.auction"),
        ),
        migrations.AlterField(
            model_name="bid",
            name="bidder",
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name="bids", to="trading.bidder"),
        ),
        # where the bid left the lot's row: a hint, asked by bids.sql and by nothing else
        sql("ALTER TABLE trading_bid ADD COLUMN lot_place tid, "
            "ADD CONSTRAINT bid_by_a_bidder_of_the_lot FOREIGN KEY (auction_id, bidder_id) REFERENCES trading_bidder (auction_id, id) "
            "DEFERRABLE INITIALLY DEFERRED"),
        install("trading", "bids.sql"),
    ]
