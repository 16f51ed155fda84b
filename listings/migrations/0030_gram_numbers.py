"""Pairs of characters become numbers that rare pairs share: the index over them is half as large, the text decides what is found."""

from typing import ClassVar

import django.contrib.postgres.fields
from django.db import migrations, models

#: What ``listings.words.gram`` computes; a code point is what ascii() gives.
NUMBER = "(((ascii({pair})::bigint * 2654435761 + ascii(substr({pair}, 2))::bigint * 2246822519) & 4294967295) >> 12)::integer"
_NUMBERS = """
ALTER TABLE {table} ADD COLUMN numbers integer[];
UPDATE {table} SET numbers = coalesce((SELECT array_agg(DISTINCT {number}) FROM unnest(grams) pair), '{{}}');
ALTER TABLE {table} DROP COLUMN grams;
ALTER TABLE {table} RENAME COLUMN numbers TO grams;
ALTER TABLE {table} ALTER COLUMN grams SET NOT NULL;
CREATE INDEX {index} ON {table} USING gin (grams);
"""
_BACK = "ALTER TABLE {table} DROP COLUMN grams; ALTER TABLE {table} ADD COLUMN grams varchar(2)[] NOT NULL DEFAULT '{{}}'; " \
        "ALTER TABLE {table} ALTER COLUMN grams DROP DEFAULT; CREATE INDEX {index} ON {table} USING gin (grams);"
_TABLES = (("listings_listingindex", "listing_grams"), ("listings_findable", "findable_grams"))


def _of(model: str) -> migrations.AlterField:
    field = django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), default=list, size=None,
                                                      help_text="numbers of the pairs of neighbouring characters (``words.gram``)")
    return migrations.AlterField(model_name=model, name="grams", field=field)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("listings", "0029_price_effects")]
    operations: ClassVar = [migrations.SeparateDatabaseAndState(
        database_operations=[migrations.RunSQL(_NUMBERS.format(table=table, index=index, number=NUMBER.format(pair="pair")), _BACK.format(table=table, index=index))
                             for table, index in _TABLES],
        state_operations=[_of("listingindex"), migrations.AlterField(
            model_name="listingindex", name="text", field=models.TextField(help_text="folded searchable text; LIKE on it rechecks the grams")),
            _of("findable")])]
