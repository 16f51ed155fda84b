"""Marked copies: what may move and what never does, who is named from a leak and how surely, and what is not claimed (F13).

Worked example: two columns of 2,000 rows may move; ten buyers fetch. A hundred rows of one copy, shuffled and short of three columns, carry
200 marks; all agree with one copy, about half with each other: by chance once in 10^59.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from decimal import Decimal
from random import Random

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import ProgrammingError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.access import issue_grant
from delivery.leaks import check_leak
from delivery.marking.copies import hand_out
from delivery.marking.marks import Marker, step_of
from delivery.marking.plans import declare_marks
from delivery.marking.tracing import ERROR_EXPONENT, exponent_of, judge, read_marks
from delivery.models import Copy, Delivery, LeakCheck, MarkPlan
from delivery.operations import deliver, open_delivery
from delivery.tasks import read_traces
from evidence.clock import MARKET_CLOCK
from evidence.files import deposit
from evidence.models import Record
from kit.actors import SYSTEM, Actor
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import ListingVersion
from participants.roles import Role
from tests.delivery.worlds import buyer_of, make_buyer, make_listing, make_trade, pay, seller_of
from tests.exchange.worlds import signed_in
from tests.factories import make_actor

HEADING = ["站点", "日期", "利用率", "功率", "城市", "备注"]
PLAN = {"利用率": Decimal("0.0005"), "功率": Decimal(2)}
Rows = list[list[str]]


def table(rows: int = 2_000, seed: int = 1) -> bytes:
    draw = Random(seed)
    lines = [",".join(HEADING)]
    lines += [f"S{draw.randrange(300)},2026-{draw.randrange(1, 13):02}-{draw.randrange(1, 29):02},{draw.random():.4f},"
              f"{draw.randrange(1000, 9000)},{draw.choice('沪苏杭')},\"甲,第 {n} 行\"" for n in range(rows)]
    return ("\r\n".join(lines) + "\r\n").encode()


TABLE = table()
KEYS = {f"CPY-{n}": bytes([n]) * 32 for n in range(10)}


def opened(raw: bytes = TABLE) -> Iterator[str]:
    return iter(io.StringIO(raw.decode("latin-1"), newline=""))


def copy_of(key: bytes, raw: bytes = TABLE) -> bytes:
    return "".join(Marker(PLAN, key).written(opened(raw))).encode("latin-1")


def parsed(raw: bytes) -> tuple[list[str], Rows]:
    rows = list(csv.reader(io.StringIO(raw.decode(), newline="")))
    return rows[0], rows[1:]


def traced(sample: Rows, names: Sequence[str] = HEADING, raw: bytes = TABLE, keys: dict[str, bytes] | None = None) -> tuple[str, list[str]]:
    verdict = judge(read_marks(lambda: opened(raw), PLAN, names, sample), keys or KEYS)
    return verdict.word, [one.copy for one in verdict.named]


# ---- what a mark moves -----------------------------------------------------------------------------------------------------------


@covers("F13")
def test_only_declared_cells_move_and_none_by_more_than_its_tolerance() -> None:
    ours, (_, theirs) = parsed(TABLE)[1], parsed(copy_of(KEYS["CPY-3"]))
    moved = 0
    for before, after in zip(ours, theirs, strict=True):
        assert [before[n] for n in (0, 1, 4, 5)] == [after[n] for n in (0, 1, 4, 5)]
        for place, most in ((2, Decimal("0.0005")), (3, Decimal(2))):
            gap = Decimal(after[place]) - Decimal(before[place])
            assert abs(gap) <= most and len(after[place].partition(".")[2]) == len(before[place].partition(".")[2])
            moved += bool(gap)
    assert moved > 3_990 and copy_of(KEYS["CPY-3"]) == copy_of(KEYS["CPY-3"]) != copy_of(KEYS["CPY-4"])


@covers("F13")
@settings(max_examples=120, deadline=None)
@given(rows=st.lists(st.lists(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"), max_size=8),
                              min_size=3, max_size=3), min_size=1, max_size=8),
       end=st.sampled_from(["\n", "\r\n"]), encoding=st.sampled_from(["utf-8", "gb18030"]))
def test_whatever_a_file_holds_its_other_bytes_stay(rows: Rows, end: str, encoding: str) -> None:
    """Any text, quoted or not, in either encoding: a copy with no number to move is the file itself, byte for byte."""
    out = io.StringIO()
    csv.writer(out, lineterminator=end).writerows([["甲", "乙", "丙"], *rows])
    raw = out.getvalue().encode(encoding)
    marker = Marker({"丁": Decimal(1)}, b"k" * 32)
    assert "".join(marker.written(iter(io.StringIO(raw.decode("latin-1"), newline="")))).encode("latin-1") == raw and marker.marks == 0


@covers("F13")
@pytest.mark.parametrize(("cell", "most", "step"), [
    ("12.50", "0.05", "0.05"), ("12.5", "0.05", "0"), ("0.02", "0.05", "0"), ("-3", "2", "2"), ("2", "2", "0"), ("007", "1", "0"),
    ("1e5", "1", "0"), (" 12 ", "1", "0"), ("", "1", "0"), ("1,200", "1", "0"), ("９", "1", "0")])
def test_a_cell_moves_only_if_it_is_a_plain_number_that_keeps_its_sign(cell: str, most: str, step: str) -> None:
    assert step_of(cell, Decimal(most)) == Decimal(step)


@covers("F13")
@settings(max_examples=300, deadline=None)
@given(number=st.decimals(-10**9, 10**9, places=3), places=st.integers(0, 6), most=st.decimals("0.0001", "500", places=4), up=st.booleans())
def test_the_quick_way_to_move_a_cell_is_the_exact_one(number: Decimal, places: int, most: Decimal, up: bool) -> None:
    cell = f"{number:.{places}f}"
    step = step_of(cell, most)
    exact = f"{Decimal(cell) + (step if up else -step):.{places}f}" if step else ""
    assert Marker({"x": most}, b"k" * 32)._moved(cell, most, up=up) == exact


# ---- who is named ------------------------------------------------------------------------------------------------------------------


@covers("F13")
@pytest.mark.parametrize("case", ["whole", "five_percent", "one_percent", "columns_dropped", "renamed", "a_column_rewritten", "typed_anew",
                                  "cells_lost", "mixed_with_others"])
def test_the_buyer_is_named_from_a_sample_however_it_was_dressed(case: str) -> None:
    _, rows = parsed(copy_of(KEYS["CPY-7"]))
    Random(5).shuffle(rows)
    names = list(HEADING)
    if case == "five_percent":
        rows = rows[:100]
    elif case == "one_percent":
        rows = rows[:20]
    elif case == "columns_dropped":
        rows, names = [[row[2], row[0], row[1], row[3]] for row in rows[:100]], ["利用率", "站点", "日期", "功率"]
    elif case == "renamed":
        rows, names = rows[:100], ["a", "b", "c", "d", "e", "f"]
    elif case == "a_column_rewritten":
        rows = [[*row[:4], "X", row[5]] for row in rows[:100]]
    elif case == "typed_anew":
        rows = [[row[0].lower(), f" {row[1]} ", f"{row[2]}0", row[3], row[4], row[5].replace("，", ",")] for row in rows[:100]]
    elif case == "cells_lost":
        rows = [[cell if n % 6 != place else "" for place, cell in enumerate(row)] for n, row in enumerate(rows[:200])]
    elif case == "mixed_with_others":
        rows = rows[:100] + parsed(table(seed=9))[1][:100]
    assert traced(rows, names) == ("one", ["CPY-7"])


@covers("F13")
def test_the_registered_file_itself_names_nobody_and_too_little_names_nobody() -> None:
    _, rows = parsed(TABLE)
    assert traced(rows[:200]) == ("unmarked", [])
    _, copy = parsed(copy_of(KEYS["CPY-7"]))
    assert traced(copy[:8]) == ("few", []), "sixteen marks: once in 65,536 by chance, ten copies"
    assert traced(parsed(table(seed=4))[1][:200])[1] == [], "another table of the same columns"
    washed = [[*row[:2], f"{Random(n).random():.4f}", str(Random(n).randrange(1000, 9000)), *row[4:]] for n, row in enumerate(copy[:300])]
    assert traced(washed)[1] == [], "both columns washed: nobody, and the page says so"


@covers("F13")
@pytest.mark.parametrize("how", ["rows", "cells"])
def test_two_buyers_who_mix_their_copies_are_both_told_and_nobody_else(how: str) -> None:
    (_, one), (_, two) = parsed(copy_of(KEYS["CPY-1"])), parsed(copy_of(KEYS["CPY-2"]))
    draw = Random(11)
    mixed = [draw.choice([a, b]) if how == "rows" else [draw.choice(pair) for pair in zip(a, b, strict=True)]
             for a, b in zip(one, two, strict=True)]
    assert traced(mixed[:300]) == ("several", ["CPY-1", "CPY-2"])


@covers("F13")
def test_of_two_who_wash_every_difference_what_both_carry_still_names_both() -> None:
    """They compare, and put the average where they differ: half of the marks are gone, the other half is both buyers'."""
    (_, one), (_, two) = parsed(copy_of(KEYS["CPY-1"])), parsed(copy_of(KEYS["CPY-2"]))
    mean = [[*a[:2], *(f"{(Decimal(x) + Decimal(y)) / 2:.{len(x.partition('.')[2])}f}" for x, y in zip(a[2:4], b[2:4], strict=True)),
             *a[4:]] for a, b in zip(one, two, strict=True)]
    assert traced(mean[:300]) == ("several", ["CPY-1", "CPY-2"])


# ---- how surely --------------------------------------------------------------------------------------------------------------------


@covers("F13")
@settings(max_examples=150, deadline=None)
@given(of=st.integers(1, 400), share=st.floats(0, 1), copies=st.integers(1, 10_000))
def test_the_bound_is_the_exact_binomial_tail_times_the_copies(of: int, share: float, copies: int) -> None:
    agree = round(of * share)
    exponent = exponent_of(agree, of, copies)
    tail = sum(math.comb(of, hits) for hits in range(agree, of + 1)) * copies
    assert exponent == 0 or tail * 10 ** exponent <= 2 ** of, "the chance is at most what is told"
    assert exponent_of(min(agree + 1, of), of, copies) >= exponent >= exponent_of(agree, of, copies + 1)


@covers("F13")
def test_past_the_exact_tail_the_bound_grows_no_bolder() -> None:
    for of in (5_000, 20_000):
        agree = of // 2 + round(3.2 * math.sqrt(of))
        tail = sum(math.comb(of, hits) for hits in range(agree, of + 1))
        assert tail * 10 ** exponent_of(agree, of, 1) <= 2 ** of


@covers("F13")
def test_innocent_copies_are_accused_no_more_often_than_the_bound_says() -> None:
    """2,000 innocent copies against one leak: at a bound of one in ten the count stays within it; naive naming accuses every time."""
    _, rows = parsed(copy_of(b"g" * 32))
    reading = read_marks(lambda: opened(), PLAN, HEADING, rows[:60])
    draw = Random(3)
    false = naive = 0
    for _ in range(200):
        innocent = {f"I{n}": draw.randbytes(32) for n in range(10)}
        best = judge(reading, innocent).closest[0]
        false += best.exponent >= 1
        naive += bool(best.copy)  # the naive twin names whoever is closest
    assert false <= 200 * 0.1 + 4 * math.sqrt(200 * 0.1 * 0.9) and naive == 200
    assert not any(judge(reading, {f"I{n}": draw.randbytes(32) for n in range(200)}).named for _ in range(5))


# ---- handed out --------------------------------------------------------------------------------------------------------------------


def offered(raw: bytes = TABLE) -> ListingVersion:
    listing = make_listing()
    file = deposit(io.BytesIO(raw), name="piles.csv", owner=listing.organization.code, at=MARKET_CLOCK.now())
    columns = [{"name": name, "type": "number" if name in PLAN else "text"} for name in HEADING]
    ListingVersion.objects.filter(pk=listing.version_id).update(deposit=file, file_sha256=file.sha256, columns=columns)
    return ListingVersion.objects.select_related("deposit", "listing", "organization").get(pk=listing.version_id)


def declared(version: ListingVersion) -> MarkPlan:
    return declare_marks(version=version, columns={"利用率": "0.0005", "功率": "2"}, actor=seller_of(version.listing), clock=MARKET_CLOCK)


def sold(version: ListingVersion, buyer: Actor | None = None) -> Delivery:
    trade = pay(make_trade(listing=version.listing, buyer=buyer or make_buyer()))
    one = open_delivery(trade=trade, actor=SYSTEM, clock=MARKET_CLOCK)
    assert one is not None and version.deposit is not None
    return deliver(delivery=one, deposit=version.deposit, actor=seller_of(version.listing), clock=MARKET_CLOCK)


def fetched(one: Delivery) -> tuple[bytes, Copy | None]:
    buyer = buyer_of(one.trade)
    token = issue_grant(delivery=one, actor=buyer, clock=MARKET_CLOCK).token
    handed = hand_out(delivery=one, token=token, actor=buyer, clock=MARKET_CLOCK)
    return handed.stream.read(), Copy.objects.filter(sha256=handed.sha256).first()


@covers("F13", "F5")
@pytest.mark.django_db
def test_each_fetch_is_a_copy_of_its_own_with_its_hash_and_how_it_was_made_on_record() -> None:
    version = offered()
    plan = declared(version)
    one = sold(version)
    assert one.deposit is not None and one.deposit.sha256 == one.expected_sha256, "delivered is registered"
    (first, held), (second, other) = fetched(one), fetched(one)
    assert held is not None and other is not None and first != second and TABLE not in (first, second)
    assert (held.plan, held.registered_sha256, held.size) == (plan, version.file_sha256, len(first)) and held.marks > 3_990
    assert Record.objects.filter(kind="delivery.copy.handed_out", payload__sha256=held.sha256).count() == 1
    page = signed_in(buyer_of(one.trade)).get(f"/desk/deliveries/{one.code}/").content.decode()
    assert "副本标记" in page and held.sha256 in page, "the buyer knows"
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        Copy.objects.update(buyer="ORG-1")


@covers("F13")
@pytest.mark.django_db
def test_without_a_declaration_the_file_goes_out_as_it_is() -> None:
    got, copy = fetched(sold(offered()))
    assert got == TABLE and copy is None


@covers("F13")
@pytest.mark.django_db
def test_marks_are_declared_by_the_seller_before_the_first_sale_and_never_again() -> None:
    version = offered()
    by = {"actor": seller_of(version.listing), "clock": MARKET_CLOCK}
    for columns, field in (({"城市": "1"}, "城市"), ({"利用率": "0.00001"}, "利用率"), ({"利用率": "much"}, "利用率"),
                           ({"没有": "1"}, "没有")):
        with pytest.raises(Rejected, match="faulty") as refused:
            declare_marks(version=version, columns=columns, **by)
        assert [fault.field for fault in refused.value.errors] == [field]
    with pytest.raises(Rejected, match=r"denied|absent"):
        declare_marks(version=version, columns={"功率": "2"}, actor=make_actor(Role.DATA_MERCHANT), clock=MARKET_CLOCK)
    declared(version)
    with pytest.raises(Rejected, match="known"):
        declared(version)
    other = offered(table(seed=8))
    sold(other)
    with pytest.raises(Rejected, match="sold"):
        declared(other)


@covers("F13")
@pytest.mark.django_db
def test_a_copy_that_cannot_be_written_hands_nothing_out_and_spends_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    version = offered()
    declared(version)
    one = sold(version)
    buyer = buyer_of(one.trade)
    issued = issue_grant(delivery=one, actor=buyer, clock=MARKET_CLOCK)

    def full(*_: object) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as patched:
        patched.setattr("delivery.marking.copies.write_copy", full)
        with pytest.raises(Rejected, match="not_written"):
            hand_out(delivery=one, token=issued.token, actor=buyer, clock=MARKET_CLOCK)
    issued.grant.refresh_from_db()
    assert (issued.grant.uses, Copy.objects.count()) == (0, 0)
    assert hand_out(delivery=one, token=issued.token, actor=buyer, clock=MARKET_CLOCK).sha256 == Copy.objects.get().sha256
    with pytest.raises(Rejected, match="exhausted"):
        hand_out(delivery=one, token=issued.token, actor=buyer, clock=MARKET_CLOCK)


@covers("F13", "R47")
@pytest.mark.django_db
def test_a_leak_names_copy_delivery_and_buyer_on_its_check_and_page_with_the_chance_of_error() -> None:
    version = offered()
    declared(version)
    guilty, other = sold(version), sold(version)
    got, copy = fetched(guilty)
    fetched(other)
    assert copy is not None
    _, rows = parsed(got)
    Random(2).shuffle(rows)
    out = io.StringIO()
    csv.writer(out).writerows([["u", "p", "s", "d"], *([row[2], row[3], row[0], row[1]] for row in rows[:100])])
    desk = signed_in(make_actor(Role.REGULATOR))
    desk.post("/admin/delivery/leakcheck/begin/", {"found_where": "某论坛，匿名帖", "sample": SimpleUploadedFile(
        "leak.csv", out.getvalue().encode(), "text/csv")})
    check = LeakCheck.objects.get()
    assert read_traces() == 1
    (trace,) = check.traced
    assert (trace["word"], [(one["copy"], one["buyer"], one["delivery"]) for one in trace["named"]]) == (
        "one", [(copy.code, guilty.buyer.code, guilty.code)])
    assert trace["named"][0]["exponent"] >= 50 and trace["error"] == ERROR_EXPONENT and trace["compared"] == 2
    assert Record.objects.get(kind="delivery.trace.finished").payload["named"] == [copy.code]
    page = desk.get(f"/admin/delivery/leakcheck/{check.pk}/check/").content.decode()
    assert guilty.buyer.code in page and "样本来自一份副本，已认出" in page and other.buyer.code not in page.split('id="traces"')[1]
    honest = check_leak(stream=io.BytesIO(TABLE[:20_000].rsplit(b"\n", 1)[0]), filename="x.csv", found_where="某网盘",
                        actor=make_actor(Role.REGULATOR), clock=MARKET_CLOCK)
    assert read_traces() == 1
    assert [one["word"] for one in LeakCheck.objects.get(pk=honest.pk).traced] == ["unmarked"] and honest.matches == []


@covers("F13")
@pytest.mark.django_db
def test_the_sellers_page_declares_shows_faults_at_their_columns_and_lists_copies() -> None:
    version = offered()
    seller = signed_in(seller_of(version.listing))
    where = f"/desk/marks/{version.code}/"
    assert version.code in seller.get("/desk/marks/").content.decode()
    bad = seller.post(where, {"most0": "0.00001"})
    assert bad.status_code == 400 and "不能承载标记" in bad.content.decode()
    assert seller.post(where, {"most0": "0.0005", "most1": "2"}).status_code == 302
    one = sold(version)
    _, copy = fetched(one)
    assert copy is not None and copy.code in seller.get(where).content.decode()
    assert copy.code in seller.get("/desk/uses/").content.decode()
