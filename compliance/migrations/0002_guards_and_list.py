"""Installs the edges and immutable rows of compliance, and the first negative list."""

from datetime import UTC, datetime

from django.db import migrations

from compliance.rules.negative_list import read_document, shipped_document
from compliance.states import CASE, CONDUCT, DECLARATION, FILING, NEGATIVE_LIST, RESTORATION, SANCTION
from evidence.guards import append_only, edges, frozen_columns, no_delete
from kit.ids import new_code


def first_list(apps, schema_editor):
    """The list is part of the house, as the law is: it stands before the first act."""
    document = shipped_document("negative_list_2026_1.yaml")
    rules = read_document(document)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    version = apps.get_model("compliance", "NegativeListVersion").objects.create(
        code=new_code("NLV"), version=rules.version, status="in_force", content_hash=rules.hash,
        summary_zh="起步清单：24 条禁止、16 条限制", summary_en="Starter list: 24 prohibited, 16 restricted items",
        drafted_by="system", approved_by="system", created_at=start, effective_from=start)
    entry = apps.get_model("compliance", "NegativeListEntry")
    entry.objects.bulk_create([
        entry(version=version, edition=1, position=position, rule_id=rule["id"], tier=rule["tier"], category=rule["category"], rule=rule)
        for position, rule in enumerate(document["rules"])])


class Migration(migrations.Migration):
    dependencies = [("compliance", "0001_initial"), ("evidence", "0001_initial"), ("participants", "0003_guards_and_venue")]

    operations = [
        edges("compliance_negativelistversion", "status", NEGATIVE_LIST, initial=["draft", "in_force"]),
        edges("compliance_declaration", "status", DECLARATION, initial=["draft"]),
        edges("compliance_filing", "status", FILING, initial=["filed"]),
        edges("compliance_case", "status", CASE, initial=["open"]),
        edges("compliance_conductcase", "status", CONDUCT, initial=["accused"]),
        edges("compliance_sanction", "status", SANCTION, initial=["in_force"]),
        edges("compliance_restoration", "status", RESTORATION, initial=["applied"]),
        append_only("compliance_negativelistentry"),
        append_only("compliance_caseentry"),
        append_only("compliance_finding"),
        append_only("compliance_creditrecord"),
        *(no_delete(f"compliance_{name}") for name in
          ("negativelistversion", "declaration", "filing", "case", "conductcase", "sanction", "restoration", "objection", "termlist")),
        frozen_columns("compliance_negativelistversion", "code", "version", "drafted_by"),
        frozen_columns("compliance_declaration", "code", "organization_id", "subject", "template"),
        frozen_columns("compliance_filing", "code", "subject", "reporter_id", "counterparty_id"),
        frozen_columns("compliance_case", "code", "kind", "subject_kind", "subject_code"),
        frozen_columns("compliance_conductcase", "code", "organization_id", "subject_code", "conduct", "alleged"),
        frozen_columns("compliance_sanction", "code", "finding_id", "organization_id", "measure", "basis", "severity", "effective_from",
                       "effective_to"),
        migrations.RunPython(first_list, migrations.RunPython.noop),
    ]
