"""What owners of declarations, filings, cases and sanctions may change by: a succession alone."""

from django.db import migrations

from evidence.guards import frozen_columns
from participants.owners import owners


class Migration(migrations.Migration):

    dependencies = [
        ('compliance', '0008_regimes'),
        ('participants', '0009_succession'),
    ]

    operations = [
        frozen_columns("compliance_declaration", "code", "subject", "template"),
        owners("compliance_declaration", "organization_id"),
        frozen_columns("compliance_filing", "code", "subject"),
        owners("compliance_filing", "reporter_id", "counterparty_id"),
        frozen_columns("compliance_exportcase", "code", "product_code", "recipient"),
        owners("compliance_exportcase", "exporter_id"),
        frozen_columns("compliance_dispute", "code", "subject_code", "claim"),
        owners("compliance_dispute", "opener_id", "respondent_id"),
        frozen_columns("compliance_conductcase", "code", "subject_code", "conduct", "alleged"),
        owners("compliance_conductcase", "organization_id", born=False),
        frozen_columns("compliance_sanction", "code", "finding_id", "measure", "basis", "severity", "effective_from", "effective_to"),
        owners("compliance_sanction", "organization_id", born=False),
        owners("compliance_case", "organization_id", born=False),
        owners("compliance_complaint", "organization_id", born=False),
    ]
