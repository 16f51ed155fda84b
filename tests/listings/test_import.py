"""``import_catalogue`` over real Chinese catalogues: every row accounted for, nothing twice, nothing silent."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from evidence.merkle import leaf_hash, root_of_leaves
from evidence.models import Record
from kit.coverage import covers
from listings.models import DataResource, ImportBatch

REGIONS = ("anhui_chuzhou", "anhui_hefei", "anhui_huaibei", "anhui_huangshan", "anhui_wuhu", "ningxia_ningxia", "ningxia_yinchuan",
           "shaanxi_shaanxi")
#: expected_import.json: 5,410 rows, 51 + 140 of them whole-row duplicates.
READ, CREATED, DUPLICATES = 5410, 5219, 191


def run(*files: Path | str, **options: Any) -> dict[str, Any]:
    out = StringIO()
    call_command("import_catalogue", *map(str, files), json=True, stdout=out, stderr=StringIO(), **options)
    return json.loads(out.getvalue())


@pytest.fixture
def regions(shared: Path) -> list[Path]:
    return [shared / "1-catalogues" / "cn" / f"{name}.json" for name in REGIONS]


@covers("D6", "R6")
@pytest.mark.django_db
def test_eight_regions_come_in_once_with_every_row_accounted_for(regions: list[Path]) -> None:
    report = run(*regions)
    assert (report["read"], report["created"], report["duplicates"], report["unchanged"]) == (READ, CREATED, DUPLICATES, 0)
    assert report["refused"] == []
    assert [(one["file"], one["row"], one["code"]) for one in report["warnings"]] == [
        ("anhui_hefei.json", 148, "title_missing"), ("anhui_hefei.json", 175, "title_missing"), ("anhui_hefei.json", 178, "title_missing")]
    assert DataResource.objects.count() == CREATED
    assert DataResource.objects.filter(missing=["title"], title="").count() == 3
    assert DataResource.objects.exclude(missing=[]).count() == 3


@covers("D6")
@pytest.mark.django_db
def test_a_second_import_creates_nothing(regions: list[Path]) -> None:
    run(*regions[1:4])
    before = DataResource.objects.count()
    again = run(*regions[1:4])
    assert (again["created"], again["unchanged"]) == (0, before)
    assert DataResource.objects.count() == before


@covers("I22", "I17")
@pytest.mark.django_db
def test_each_file_is_one_record_whose_root_is_over_its_lines(regions: list[Path]) -> None:
    run(regions[7])
    batch = ImportBatch.objects.get()
    fact = Record.objects.get(kind="listings.resource.imported")
    assert fact.payload["rows_created"] == 141
    lines = DataResource.objects.filter(batch=batch).order_by("id").values_list("identity", "row_hash")
    assert fact.payload["merkle_root"] == root_of_leaves(leaf_hash(bytes.fromhex(a + b)) for a, b in lines).hex() == batch.merkle_root


@pytest.mark.django_db
def test_a_dry_run_reports_and_writes_nothing(regions: list[Path]) -> None:
    report = run(regions[0], dry_run=True)
    assert (report["created"], report["duplicates"]) == (799, 51)
    assert not DataResource.objects.exists() and not ImportBatch.objects.exists()


@covers("I30")
@pytest.mark.django_db
def test_telephones_and_mailboxes_of_clerks_are_not_kept(regions: list[Path]) -> None:
    run(regions[0])
    phones = {row["联系电话"] for row in json.loads(regions[0].read_text()) if row["联系电话"]}
    kept = json.dumps(list(DataResource.objects.values("title", "provider", "theme", "industry", "source_url")), ensure_ascii=False)
    assert phones and not [phone for phone in phones if phone in kept]


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "content", "code"), [
    ("broken.json", '[{"标题": "一", "提供单位": "二", "描述": "三",}]', "not_json"),
    ("other.json", '{"rows": 3}', "format_unknown"),
    ("ragged.csv", "标题,提供单位,描述\n甲,乙\n丙,丁,戊\n", "row_ragged"),
    ("mixed.json", '[{"标题": "一", "提供单位": "二", "描述": "三"}, 7]', "row_unknown"),
])
def test_a_faulty_file_is_refused_with_its_place_and_the_rest_is_taken(tmp_path: Path, name: str, content: str, code: str) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    errors = StringIO()
    with pytest.raises(SystemExit) as stop:
        call_command("import_catalogue", str(path), stdout=StringIO(), stderr=errors)
    assert stop.value.code == 1 and code in errors.getvalue() and name in errors.getvalue()
    assert DataResource.objects.count() == (1 if name.startswith(("ragged", "mixed")) else 0)


@pytest.mark.django_db
def test_a_gb18030_csv_reads_as_well_and_an_unknown_heading_is_said(tmp_path: Path) -> None:
    path = tmp_path / "gb.csv"
    path.write_bytes("标题,提供单位,描述,奇怪的列\n公交线路,市交通局,线路,1\n".encode("gb18030"))
    report = run(path)
    assert report["created"] == 1 and [one["code"] for one in report["warnings"]] == ["heading_unknown"]
    assert DataResource.objects.get().provider == "市交通局"


@pytest.mark.django_db
def test_an_absent_file_or_merchant_is_wrong_usage(tmp_path: Path) -> None:
    for arguments, options in ((["absent.json"], {}), ([str(tmp_path)], {"merchant": "ORG-0000000000"})):
        with pytest.raises(CommandError) as fault:
            call_command("import_catalogue", *arguments, **options)
        assert fault.value.returncode == 2
