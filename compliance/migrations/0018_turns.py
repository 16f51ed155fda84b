"""Marks the tables that the gates of this room read, and tells when time alone turns one of them."""

from django.db import migrations

from evidence.guards import install


class Migration(migrations.Migration):

    dependencies = [("compliance", "0017_merchant_services"), ("evidence", "0003_gate_moves")]

    operations = [install("compliance", "turns.sql")]
