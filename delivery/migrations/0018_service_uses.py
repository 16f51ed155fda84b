"""Calls of a service, too, are used under a licence that stands (I20)."""

from typing import ClassVar

from django.db import migrations

from evidence.guards import install


class Migration(migrations.Migration):
    dependencies: ClassVar = [("delivery", "0017_proofs")]
    operations: ClassVar = [install("delivery", "service_uses.sql")]
