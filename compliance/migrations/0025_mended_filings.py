"""A returned filing is taken back by its reporter, who reports anew; it is not filed a second time under its old facts."""

from django.db import migrations

from compliance.states import FILING
from evidence.guards import edges

BEFORE = [("confirmed", "rejected"), ("confirmed", "returned"), ("confirmed", "verified"), ("filed", "confirmed"), ("filed", "returned"),
          ("filed", "withdrawn"), ("returned", "filed"), ("returned", "withdrawn")]


class Migration(migrations.Migration):

    dependencies = [("compliance", "0024_look_alikes")]

    operations = [
        migrations.RunSQL(migrations.RunSQL.noop, edges("compliance_filing", "status", BEFORE, initial=["filed"]).sql),
        edges("compliance_filing", "status", FILING, initial=["filed"]),
    ]
