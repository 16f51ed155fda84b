"""A CSV attached to a draft: hash of the bytes, shape of the columns, five masked rows, hints of personal data."""

from __future__ import annotations

import hashlib
import io
import json
import tracemalloc
from pathlib import Path

import pytest

from evidence.files import open_deposit
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import ListingVersion
from listings.operations import attach_file, open_listing, save_draft, submit_listing
from listings.profile import profile_csv
from tests.listings.worlds import Seller, make_draft, make_product, make_seller

pytestmark = pytest.mark.django_db


def draft(seller: Seller) -> ListingVersion:
    return open_listing(product=make_product(seller.organization), actor=seller.actor, clock=seller.clock)


def attach(seller: Seller, version: ListingVersion, content: bytes, name: str = "table.csv") -> ListingVersion:
    return attach_file(version=version, stream=io.BytesIO(content), name=name, actor=seller.actor, clock=seller.clock)


@covers("D3")
def test_the_registered_hash_is_that_of_the_bytes_and_the_shape_that_of_the_table(shared: Path) -> None:
    seller = make_seller()
    content = (shared / "5-tabular" / "penguins.csv").read_bytes()
    held = attach(seller, draft(seller), content, "penguins.csv")
    assert held.file_sha256 == hashlib.sha256(content).hexdigest()
    expected = json.loads((shared / "tabular_expected.json").read_text())
    assert held.row_count == 344 and "penguins" in json.dumps(expected)
    kinds = {column["name"]: column["type"] for column in held.columns}
    assert kinds["species"] == "text" and kinds["bill_length_mm"] == "number" and kinds["year"] == "integer"
    assert len(held.sample) == 5 and held.hints == []
    assert held.deposit is not None and open_deposit(held.deposit).read() == content


@covers("T50")
@pytest.mark.parametrize(("content", "code"), [
    (b"", "evidence.file.empty"),
    (b"a,b\n1\n", "listings.version.file_faulty"),
    (b"a,b\n", "listings.version.file_faulty"),
    (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "evidence.file.type"),
    (b"PK\x03\x04" + b"\0" * 50, "evidence.file.type"),
    (b"<html><script>alert(1)</script>", "evidence.file.type"),
    ((",".join(f"c{n}" for n in range(1001)) + "\n").encode(), "listings.version.file_faulty"),
    (b'a,b\n"' + b"x" * 200_000 + b'",1\n', "listings.version.file_faulty"),
])
def test_what_is_no_table_is_refused_and_the_draft_stays_as_it_was(content: bytes, code: str) -> None:
    seller = make_seller()
    version = draft(seller)
    with pytest.raises(Rejected) as refused:
        attach(seller, version, content)
    assert refused.value.code == code and refused.value.status == 400
    version.refresh_from_db()
    assert version.file_sha256 == ""


def test_columns_that_look_personal_are_hinted_and_masked_and_make_the_review_red() -> None:
    rows = "".join(f"张三{n},1380013{n:04d},{n}\n" for n in range(40))
    seller = make_seller()
    version = attach(seller, make_draft(seller), f"姓名,联系电话,金额\n{rows}".encode())
    assert [(one["column"], one["looks_like"]) for one in version.hints] == [("姓名", ["name"]), ("联系电话", ["mobile"])]
    assert "138001" not in json.dumps(version.sample, ensure_ascii=False) and version.sample[0][2] == "0"
    with pytest.raises(Rejected, match="below_scan"):
        submit_listing(version=version, actor=seller.actor, clock=seller.clock)
    version.refresh_from_db()
    version = save_draft(version=version, edit_version=version.edit_version, changes={"class_note": "均为虚构，不对应自然人"},
                         actor=seller.actor, clock=seller.clock)
    assert submit_listing(version=version, actor=seller.actor, clock=seller.clock).depth == "red"


def test_a_gb18030_table_is_read_as_well() -> None:
    seller = make_seller()
    version = attach(seller, draft(seller), "站点,数量\n甲,1\n乙,2\n".encode("gb18030"))
    assert [one["name"] for one in version.columns] == ["站点", "数量"]


def test_a_profile_counts_types_gaps_and_bins() -> None:
    lines = ["n,when,word,gap\n", *(f"{n},2026-01-{n % 28 + 1:02d},w{n % 3},{'' if n % 2 else n}\n" for n in range(100))]
    shape = profile_csv(iter(lines))
    number, when, word, gap = shape.columns
    assert (number["type"], number["min"], number["max"], sum(number["bins"])) == ("integer", "0", "99", 100)
    assert (when["type"], when["min"], when["max"]) == ("date", "2026-01-01", "2026-01-28")
    assert (word["distinct"], word["bins"], gap["missing"]) == (3, [34, 33, 33], 50)
    assert shape.quality == {"completeness": 875, "uniqueness": 1000, "consistency": 1000}


@covers("T50")
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_line_without_end_is_refused_by_its_number_and_never_read_into_memory(encoding: str) -> None:
    """Sixty megabytes in one line: the naive reader, ``for line in text``, holds them all, four bytes a character."""
    seller = make_seller()
    version = draft(seller)
    line = "站,b\n1,2\n3,".encode(encoding) + b"x" * 60_000_000
    tracemalloc.start()
    try:
        with pytest.raises(Rejected) as refused:
            attach(seller, version, line)
        peak = tracemalloc.get_traced_memory()[1]
        naive = sum(len(one) for one in io.TextIOWrapper(io.BytesIO(line), encoding=encoding))
        assert naive > 59_000_000 and peak < len(line) // 2 < tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert refused.value.code == "listings.version.file_faulty" and "3" in refused.value.text("detail", "zh")
    version.refresh_from_db()
    assert version.file_sha256 == ""


@covers("T50", "D3")
def test_memory_is_bounded_by_the_table_and_not_by_each_of_its_columns() -> None:
    """A thousand columns whose cells all differ: kept as one column is, they would be twenty million texts."""
    columns, rows = 1_000, 1_500
    lines = [",".join(f"c{n}" for n in range(columns)) + "\n",
             *(",".join(str(1_000_000 + row * columns + n) for n in range(columns)) + "\n" for row in range(rows))]
    shape = profile_csv(iter(lines))
    assert shape.row_count == rows and shape.columns[7]["distinct"] == 1_000 and shape.columns[7]["distinct_capped"]
    assert shape.columns[7]["min"] == "1000007" or len(shape.columns[7]["min"]) == 7
    one = profile_csv(iter(["a\n", *(f"{n}\n" for n in range(1_500))])).columns[0]
    assert (one["distinct"], one["distinct_capped"], one["min"], one["max"]) == (1_500, False, "0", "1499")


def test_long_cells_are_told_apart_and_counted_though_only_their_digests_are_kept() -> None:
    lines = ["note\n", *(f"{'很长的说明' * 40}{n % 3}\n" for n in range(30))]
    shape = profile_csv(iter(lines)).columns[0]
    assert (shape["distinct"], shape["bins"], shape["type"]) == (3, [10, 10, 10], "text")
