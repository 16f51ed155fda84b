"""One question for every way to a price: may this buyer have it. What is special is withheld from its registration on (R30)."""

from django.db import migrations, models
from django.db.models import Q

from evidence.guards import frozen_columns, install


class Migration(migrations.Migration):

    dependencies = [("listings", "0021_conditions"), ("participants", "0012_abroad"), ("compliance", "0014_exports"),
                    ("evidence", "0001_initial")]

    operations = [
        install("listings", "buying.sql"),
        migrations.AddField(
            model_name="registration",
            name="special",
            field=models.BooleanField(default=False,
                                      help_text="special personal data: in no public notice, for admitted units alone (R30)"),
        ),
        migrations.AddIndex(
            model_name="registration",
            index=models.Index(condition=Q(special=True), fields=["product"], name="registration_special"),
        ),
        migrations.AddIndex(
            model_name="listingversion",
            index=models.Index(condition=Q(facts__contains={"special_pi": True}), fields=["listing"], name="version_special"),
        ),
        frozen_columns("listings_registration", "special"),
        install("listings", "whitelist.sql"),
    ]
