"""A right keeps the scope it was given with: another policy is for future grants (R35)."""

from django.db import migrations

from evidence.guards import frozen_columns


class Migration(migrations.Migration):

    dependencies = [('listings', '0012_succession')]

    operations = [
        frozen_columns("listings_propertyright", "code", "product_id", "right", "parent_id", "purposes", "territory", "sublicence_depth",
                       "exclusive", "origin"),
    ]
