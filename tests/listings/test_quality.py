"""Quality reports: six dimensions measured from the file, versioned and signed; an accredited assessor's beside it (R25, W7, D3)."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.models import Record
from evidence.operations import drain
from kit.actors import Actor
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from listings.measuring import DIMENSIONS, Dimension, age_dimension, cycle_days, dimensions_of, measure_csv
from listings.models import Listing, QualityReport
from listings.operations import assess_quality, attach_file, measure_quality, submit_listing
from listings.profile import profile_csv
from listings.quality import compared, reports_of
from participants.models import Admission
from participants.roles import Role
from tests.compliance.worlds import signed
from tests.exchange.worlds import signed_in
from tests.factories import NOW, PDF, make_actor, make_organization
from tests.listings.worlds import Seller, desk_decides, make_draft, make_seller

TODAY = date(2026, 3, 10)


def measured(text: str, promise: str = "每月") -> dict[str, Dimension]:
    shape = profile_csv(io.StringIO(text))
    found = measure_csv(io.StringIO(text), shape.columns, shape.scan)
    return {one.key: one for one in dimensions_of(found, promise=promise, today=TODAY)}


#: twenty days of a station, without a fault
CLEAN = "日期,站点,流量\n" + "".join(f"2026-02-{day:02d},S{day},{100 + day}\n" for day in range(1, 21))


@covers("R25", "W7", "D3")
def test_the_dimensions_are_six_and_fixed_and_a_clean_table_has_full_marks() -> None:
    found = measured(CLEAN)
    assert list(found) == list(DIMENSIONS) == ["completeness", "accuracy", "consistency", "timeliness", "uniqueness", "validity"]
    assert {key: one.permille for key, one in found.items()} == dict.fromkeys(DIMENSIONS, 1000)


@covers("R25", "D3")
@pytest.mark.parametrize(("spoil", "dimension", "passed", "checked"), [
    (lambda text: text.replace("S3,", ","), "completeness", 59, 60),
    (lambda text: text.replace(",105\n", ",99999\n"), "accuracy", 59, 60),
    (lambda text: text.replace("S7,", "锟斤拷,"), "accuracy", 59, 60),
    (lambda text: text.replace(",111\n", ",不详\n"), "consistency", 59, 60),
    (lambda text: text + "2026-02-20,S20,120\n", "uniqueness", 20, 21),
    (lambda text: text.replace("2026-02-09", "2026-02-30"), "validity", 19, 20),
])
def test_one_fault_is_found_by_its_own_dimension(spoil: Any, dimension: str, passed: int, checked: int) -> None:
    found = measured(spoil(CLEAN))[dimension]
    assert (found.passed, found.checked) == (passed, checked)


@covers("D3")
def test_coordinates_beyond_the_globe_and_numbers_with_a_wrong_check_digit_are_not_valid() -> None:
    rows = "".join(f"{20 + n},{110 + n},user{n}@example.com\n" for n in range(8))
    found = measured(f"纬度,经度,邮箱\n{rows}95,120,user9@example.com\n30,120,无\n")["validity"]
    assert (found.passed, found.checked) == (28, 30) and "纬度" in found.note[0]


@covers("D3")
@pytest.mark.parametrize(("promise", "newest", "permille"), [
    ("每月", date(2026, 3, 1), 1000), ("每日", date(2026, 3, 8), 500), ("daily", date(2026, 3, 9), 1000), ("每周", date(2026, 2, 10), 250),
    ("每年", date(2020, 3, 10), 167), ("每季度", date(2026, 3, 20), 1000),
])
def test_freshness_is_full_within_the_promised_cycle_and_falls_in_proportion(promise: str, newest: date, permille: int) -> None:
    assert age_dimension(newest, promise, TODAY).permille == permille


@covers("D3")
@pytest.mark.parametrize("promise", ["", "一次性", "once", "看情况"])
def test_without_a_cycle_freshness_is_not_measured_and_says_why(promise: str) -> None:
    found = age_dimension(date(2026, 1, 1), promise, TODAY)
    assert cycle_days(promise) is None and found.permille is None and "没有承诺更新周期" in found.note[0]
    assert age_dimension(None, "每日", TODAY).note[1] == "The file has no column of dates"


@covers("D3")
@given(st.lists(st.lists(st.sampled_from(["", "1", "2.5", "2026-01-02", "x", "NA", "\ufffd"]), min_size=3, max_size=3), min_size=1,
                max_size=12))
@settings(deadline=None, max_examples=60)
def test_no_dimension_passes_more_than_it_checked_and_completeness_is_what_counting_says(rows: list[list[str]]) -> None:
    text = "a,b,c\n" + "".join(",".join(row) + "\n" for row in rows)
    found = measured(text)
    assert all(0 <= one.passed <= one.checked for one in found.values())
    filled = sum(cell not in {"", "NA"} for row in rows for cell in row)
    assert (found["completeness"].passed, found["completeness"].checked) == (filled, 3 * len(rows))
    assert found["uniqueness"].passed == len({tuple(row) for row in rows})


@covers("D3")
def test_a_real_table_agrees_with_what_is_known_of_it(shared: Path) -> None:
    text = (shared / "5-tabular" / "penguins.csv").read_text(encoding="utf-8")
    shape = profile_csv(io.StringIO(text))
    found = {one.key: one for one in dimensions_of(measure_csv(io.StringIO(text), shape.columns, shape.scan), promise="", today=TODAY)}
    missing = sum(column["missing"] for column in shape.columns)
    assert found["completeness"].passed == 344 * len(shape.columns) - missing and missing == 19
    assert found["uniqueness"].permille == 1000 and found["timeliness"].permille is None


# ---- reports on file -----------------------------------------------------------------------------------------------------------

def with_file(seller: Seller, text: str = CLEAN, **changes: Any) -> Listing:
    """A listing on sale whose file is really there."""
    draft = make_draft(seller, update_frequency="每月", **changes)
    held = attach_file(version=draft, stream=io.BytesIO(text.encode()), name="flow.csv", actor=seller.actor, clock=seller.clock)
    version = submit_listing(version=held, actor=seller.actor, clock=seller.clock)
    if version.status == "submitted":
        desk_decides(version, "approve", seller.clock)
    return Listing.objects.select_related("version__deposit", "organization").get(pk=version.listing_id)


def assessor(category: str = "provider_quality", *, declared: bool = True) -> Actor:
    organization = make_organization(admitted=False)
    Admission.objects.create(code=new_code("ADM"), organization=organization, role=Role.SERVICE_PROVIDER, category=category,
                             status="admitted", effective_from=NOW, created_at=NOW)
    actor = make_actor(Role.SERVICE_PROVIDER, organization=organization)
    if declared:
        signed(organization, actor, make_seller().clock, template="third_party",
               independent=True, qualification="资质 001 号", truthful_reports=True, conflict_checked=True, confidential=True)
    return actor


def assess(listing: Listing, actor: Actor, at: Any, figures: dict[str, tuple[int, int]] | None = None, **more: Any) -> QualityReport:
    return assess_quality(listing=listing, figures=figures or {"completeness": (995, 1000), "accuracy": (900, 1000)}, actor=actor, clock=at,
                          **{"method": "抽取一千行，对照站点原始记录", "stream": io.BytesIO(PDF), "name": "report.pdf", **more})


@covers("R25", "D3")
@pytest.mark.django_db
def test_attaching_a_file_puts_the_engines_signed_report_on_file_pinned_to_its_hash() -> None:
    listing = with_file(make_seller())
    assert listing.version is not None
    report = reports_of(listing).last()
    assert report is not None and report.kind == "engine" and report.file_sha256 == listing.version.file_sha256
    told = Record.objects.get(kind="listings.quality.reported", payload__report=report.code)
    assert told.payload["content_hash"] == report.content_hash and told.payload["permille"]["completeness"] == 1000
    with pytest.raises(DatabaseError), transaction.atomic():
        QualityReport.objects.filter(pk=report.pk).update(dimensions=[])


@covers("D3", "D5")
@pytest.mark.django_db
def test_a_new_measuring_is_the_next_number_and_the_former_one_stays() -> None:
    seller = make_seller()
    listing = with_file(seller)
    assert listing.version is not None
    first = list(reports_of(listing))
    made = measure_quality(version=listing.version, actor=seller.actor, clock=seller.clock)
    assert [one.code for one in reports_of(listing)] == [made.code, *(one.code for one in first)]
    stranger = make_seller()
    with pytest.raises(Rejected):
        measure_quality(version=listing.version, actor=stranger.actor, clock=stranger.clock)


@covers("D3")
@pytest.mark.django_db
def test_a_report_of_another_file_and_of_ones_own_product_are_refused_by_the_database() -> None:
    listing = with_file(make_seller())
    report = reports_of(listing)[0]
    for changed in ({"file_sha256": "cd" * 32}, {"kind": "assessor", "maker_id": listing.organization_id,
                                                 "deposit_id": listing.version.deposit_id if listing.version else None}):
        row = QualityReport.objects.get(pk=report.pk)
        row.pk, row.code, row.number = None, new_code("QLR"), 99
        for name, value in changed.items():
            setattr(row, name, value)
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()


@covers("R25", "R88", "D3")
@pytest.mark.django_db
def test_an_accredited_assessor_stands_beside_the_engine_and_disagreement_is_shown() -> None:
    seller = make_seller()
    listing = with_file(seller)
    report = assess(listing, assessor(), seller.clock)
    assert listing.version is not None and report.deposit is not None
    rows = {one.key: one for one in compared(listing, listing.version.file_sha256)}
    assert rows["accuracy"].apart and not rows["completeness"].apart, "100.0% against 90.0%; 100.0% against 99.5%"
    assert not rows["validity"].apart, "what only one side checked is no disagreement"
    assert seller.organization.notices.filter(kind="listings.quality.reported").exists()


@covers("R25", "R88")
@pytest.mark.django_db
@pytest.mark.parametrize(("who", "code"), [
    (lambda: assessor("provider_training"), "listings.quality.not_accredited"),
    (lambda: assessor(declared=False), "listings.quality.undeclared"),
])
def test_who_is_not_accredited_or_has_not_declared_does_not_assess(who: Any, code: str) -> None:
    seller = make_seller()
    with pytest.raises(Rejected) as refused:
        assess(with_file(seller), who(), seller.clock)
    assert refused.value.code == code


@covers("R25", "R61")
@pytest.mark.django_db
def test_an_affiliate_of_the_seller_does_not_assess_its_product() -> None:
    from participants.models import OwnershipStake

    seller, judge = make_seller(), assessor()
    listing = with_file(seller)
    OwnershipStake.objects.create(owner=seller.organization, owned_id=judge.organization_id, share_bps=6000, effective_from=NOW)
    with pytest.raises(Rejected) as refused:
        assess(listing, judge, seller.clock)
    assert refused.value.code == "listings.quality.conflict" and refused.value.status == 422


@covers("R25")
@pytest.mark.django_db
@pytest.mark.parametrize(("figures", "more", "field"), [
    ({"completeness": (11, 10)}, {}, "completeness"), ({"beauty": (1, 1)}, {}, "beauty"), ({"validity": (0, 0)}, {}, "completeness"),
    ({"validity": (1, 2)}, {"method": "看过"}, "method"), ({"validity": (1, 2)}, {"name": ""}, "document"),
])
def test_figures_that_cannot_be_are_named_and_nothing_is_filed(figures: dict[str, tuple[int, int]], more: Any, field: str) -> None:
    seller = make_seller()
    listing = with_file(seller)
    before = reports_of(listing).count()
    with pytest.raises(Rejected) as refused:
        assess(listing, assessor(), seller.clock, figures, **more)
    assert refused.value.code == "listings.quality.figures_faulty" and [one.field for one in refused.value.errors] == [field]
    assert reports_of(listing).count() == before


@covers("R25")
@pytest.mark.django_db
def test_a_product_without_its_file_cannot_be_measured() -> None:
    seller = make_seller()
    draft = make_draft(seller)
    draft.deposit = None
    with pytest.raises(Rejected, match="no_file"):
        measure_quality(version=draft, actor=seller.actor, clock=seller.clock)


# ---- the page ----------------------------------------------------------------------------------------------------------------------

@covers("R25", "D3")
@pytest.mark.django_db
@pytest.mark.parametrize(("language", "words"), [("zh-hans", ("六个维度", "准确性", "结果不一致", "逐列", "流量")),
                                                 ("en", ("Six dimensions", "Accuracy", "disagree", "Per column", "流量"))])
def test_the_page_shows_both_figures_what_they_mean_and_every_column(client: Client, language: str, words: tuple[str, ...]) -> None:
    seller = make_seller()
    listing = with_file(seller)
    assess(listing, assessor(), seller.clock)
    drain()
    client.cookies["django_language"] = language
    page = client.get(f"/listings/{listing.code}/quality/").content.decode()
    assert all(word in page for word in words), [word for word in words if word not in page]
    shown = client.get(f"/listings/{listing.code}/").content.decode()
    assert f"/listings/{listing.code}/quality/" in shown


@covers("R25")
@pytest.mark.django_db
def test_the_seller_measures_anew_and_an_assessor_files_from_the_page_with_faults_beside_their_fields() -> None:
    from evidence.clock import set_market_clock

    set_market_clock(NOW, 0)
    seller = make_seller()
    listing = with_file(seller)
    address = f"/listings/{listing.code}/quality/"
    before = reports_of(listing).count()
    assert signed_in(seller.actor).post(address, {"act": "measure"}).status_code == 302
    judge = signed_in(assessor())
    wrong = judge.post(address, {"act": "assess", "accuracy_passed": "12", "accuracy_checked": "10", "method": "抽取十行逐一对照原件"})
    assert wrong.status_code == 400 and "通过数须在" in wrong.content.decode() and 'value="12"' in wrong.content.decode()
    paper = io.BytesIO(PDF)
    paper.name = "report.pdf"
    done = judge.post(address, {"act": "assess", "accuracy_passed": "9", "accuracy_checked": "10", "method": "抽取十行逐一对照原件",
                                "document": paper})
    assert done.status_code == 302 and reports_of(listing).count() == before + 2
    assert json.loads(json.dumps(reports_of(listing)[0].dimensions))[1]["permille"] == 900
    assert Client().post(address, {"act": "measure"}).status_code == 302, "a visitor is asked to sign in"
