"""Installs what the database refuses about people, the question ``participants_may``, and the house's venue with its rules' figures."""

from pathlib import Path

from django.db import migrations

from kit.ids import new_code
from participants.defaults import DEFAULTS, EPOCH, IMPORT_CODE, VENUE_CODE
from participants.holidays import HOLIDAYS
from participants.names import name_key

SQL = Path(__file__).resolve().parent.parent / "sql"


def install(name):
    return migrations.RunSQL((SQL / name).read_text(encoding="utf-8"), migrations.RunSQL.noop)


def open_house(apps, schema_editor):
    """The venue is part of the house: its rows are law-like, dated before anything the exchange can be asked about."""
    venue_model = apps.get_model("participants", "Venue")
    organization_model = apps.get_model("participants", "Organization")
    venue = venue_model.objects.create(
        code=VENUE_CODE, name_zh="示范数据交易所", name_en="Model Data Exchange", level="regional", profile="production",
        filing_number="示范备案〔2026〕1号", rulebook_version="2026.1")
    for code, name, name_en, short, short_en, kind, affiliate in (
        (IMPORT_CODE, "目录导入暂存", "Catalogue import holding", "导入暂存", "Import holding", "holding", False),
        (new_code("ORG"), "示范数据交易所有限公司", "Model Data Exchange Co., Ltd.", "示范数据交易所", "Model Data Exchange", "venue", True),
    ):
        organization_model.objects.create(
            code=code, venue=venue, name=name, name_en=name_en, short_name=short, short_name_en=short_en, name_key=name_key(name),
            kind=kind, is_venue_affiliate=affiliate, created_at=EPOCH)
    calendar = apps.get_model("participants", "CalendarDay")
    calendar.objects.bulk_create([
        calendar(venue=venue, day=day, is_working=worked, name_zh=name, source=source) for day, worked, name, source in HOLIDAYS])
    parameter = apps.get_model("participants", "Parameter")
    parameter.objects.bulk_create([
        parameter(venue=venue, key=one.key, scope=one.scope, value=one.value, unit=one.unit, source=one.source, effective_from=EPOCH)
        for one in DEFAULTS])


class Migration(migrations.Migration):
    dependencies = [("participants", "0002_one_side_only")]

    operations = [
        install("guards.sql"),
        install("may.sql"),
        migrations.RunPython(open_house, migrations.RunPython.noop),
    ]
