"""Rooms above ask whether an export is cleared, in the database too."""

from django.db import migrations

from evidence.guards import install


class Migration(migrations.Migration):

    dependencies = [("compliance", "0013_declaration_outdated"), ("evidence", "0001_initial")]

    operations = [install("compliance", "exports.sql")]
