"""The listing's card beside its search row, and an index over words."""

import django.contrib.postgres.indexes
from django.db import migrations, models

from evidence.guards import install


def fill(apps, editor):
    """Rows written before each carried its card."""
    rows = apps.get_model("listings", "ListingIndex").objects.values_list("listing_id", "listing__organization__code")
    with editor.connection.cursor() as cursor:
        cursor.executemany("UPDATE listings_listingindex SET card = listings_card(%s, %s) WHERE listing_id = %s",
                           [(pk, seller, pk) for pk, seller in rows])


class Migration(migrations.Migration):

    dependencies = [
        ('listings', '0006_grades_and_scans'),
    ]

    operations = [
        migrations.AddField(
            model_name='listingindex',
            name='card',
            field=models.TextField(help_text='the version in force as lists for programs tell it: JSON, passed through', null=True),
        ),
        migrations.AddIndex(
            model_name='listingindex',
            index=django.contrib.postgres.indexes.GinIndex(fields=['words'], name='listing_words'),
        ),
        migrations.AddIndex(
            model_name='findable',
            index=django.contrib.postgres.indexes.GinIndex(fields=['words'], name='findable_words'),
        ),
        install("listings", "cards.sql"),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
