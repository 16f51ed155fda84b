"""A report has its own code; a lot says whether the engine bids for the leader; the bid function knows both kinds."""

from django.db import migrations, models

from evidence.guards import install


class Migration(migrations.Migration):
    dependencies = [("trading", "0002_guards"), ("compliance", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="tradereport", name="code", field=models.CharField(default="", max_length=16, unique=True), preserve_default=False),
        migrations.AddField(
            model_name="auction", name="proxies",
            field=models.BooleanField(default=True, help_text="the engine bids for the leader; else open outcry: the price is the last bid")),
        install("participants", "affiliated.sql"),
        install("trading", "register_bidder.sql"),
        install("trading", "guards.sql"),
        install("trading", "place_bid.sql"),
    ]
