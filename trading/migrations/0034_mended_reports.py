"""A report that came to nothing is mended by another of the same contract, which names it."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import install

UNGUARDED = """
DROP FUNCTION IF EXISTS trading_report_mends() CASCADE;
DROP FUNCTION IF EXISTS trading_mended_report_is_no_trade() CASCADE;
"""


class Migration(migrations.Migration):

    dependencies = [("trading", "0001_house"), ("compliance", "0025_mended_filings")]

    operations = [
        migrations.AddField(
            model_name="tradereport",
            name="replaces",
            field=models.OneToOneField(
                blank=True, help_text="the report of the same contract that came to nothing and is mended by this one", null=True,
                on_delete=django.db.models.deletion.PROTECT, related_name="replaced_by", to="trading.tradereport"),
        ),
        migrations.RemoveConstraint(model_name="tradereport", name="report_once_per_contract"),
        migrations.AddConstraint(
            model_name="tradereport",
            constraint=models.UniqueConstraint(condition=models.Q(("replaces__isnull", True)), fields=("seller", "buyer", "contract_sha256"),
                                               name="report_once_per_contract"),
        ),
        install("trading", "mended_reports.sql"),
        migrations.RunSQL(migrations.RunSQL.noop, UNGUARDED),
    ]
