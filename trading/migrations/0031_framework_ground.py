"""A seller's framework may rest a price above what equals paid on a statutory ground (R24), as a private offer does."""

from django.db import migrations, models

from evidence.guards import frozen_columns


class Migration(migrations.Migration):

    dependencies = [("trading", "0030_bid_passes")]

    operations = [
        migrations.AddField(
            model_name="framework",
            name="ground",
            field=models.CharField(blank=True, default="", max_length=20,
                                   help_text="of prices above what equals paid: the exception a seller names"),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="framework",
            constraint=models.CheckConstraint(condition=models.Q(("ground", ""), ("offered_by", "seller"), _connector="OR"),
                                              name="framework_ground_is_the_sellers"),
        ),
        frozen_columns("trading_framework", "code", "venue_id", "seller_id", "buyer_id", "offered_by",
                       "ceiling_fen", "note", "ground", "terms_hash", "offered_at", "effective_to"),
    ]
