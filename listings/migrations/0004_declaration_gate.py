"""The gate on sale asks compliance's own function whether a declaration is in force."""

from django.db import migrations

from evidence.guards import install


class Migration(migrations.Migration):
    dependencies = [("listings", "0003_deposits_and_screenings"), ("compliance", "0002_guards_and_list")]

    operations = [install("compliance", "declaration.sql")]
