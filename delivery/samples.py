"""A buyer's check of a part of what was delivered 抽样核对 (F11): rows drawn by a seed, held against the quality report.

Whoever has the file draws the same rows from the same seed: those whose keyed hash of their number is smallest. Nothing of a row is shown
here; the buyer finds them in its own copy.
"""

from __future__ import annotations

import csv
import heapq
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from math import isqrt
from typing import Any

from delivery.kinds import Way, way_of
from delivery.models import Delivery, SampleCheck
from delivery.proof_events import SampleChecked
from delivery.states import DeliveryStatus
from evidence.models import Deposit
from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from listings.measuring import dimensions_of, measure_csv
from listings.profile import CsvFault, rows_of
from listings.quality import report_in_force
from listings.tables import encoding_of, text_of
from participants.permissions import require
from participants.queries import LOCAL

__all__ = ["MOST_DRAWN", "check_sample", "drawn_rows", "margin_of"]

LEAST_DRAWN, MOST_DRAWN = 20, 2_000
#: Checks a delivery gives: enough to look again, too few to read the file through them.
MOST_CHECKS = 10
#: What a sample can tell of the file; freshness and repetition belong to the whole.
_COMPARED = ("completeness", "accuracy", "consistency", "validity")
_OPEN = (DeliveryStatus.DELIVERED, DeliveryStatus.REJECTED, DeliveryStatus.PART, DeliveryStatus.DISPUTED, DeliveryStatus.ACCEPTED)


@covers("F11")
def drawn_rows(rows: Iterable[Sequence[str]], seed: str, count: int) -> tuple[dict[int, list[str]], int]:
    """This will draw rows by a seed in one pass, in bounded memory, and count them all; the first row of data is 1.

    >>> rows = [[str(n)] for n in range(1, 101)]
    >>> sorted(drawn_rows(rows, "k7", 3)[0]) == sorted(drawn_rows(iter(rows), "k7", 3)[0]), drawn_rows(rows, "k7", 3)[1]
    (True, 100)
    """
    held: list[tuple[int, int, list[str]]] = []
    number = 0
    for number, cells in enumerate(rows, start=1):
        key = -int.from_bytes(blake2b(f"{seed}\n{number}".encode(), digest_size=8).digest(), "big")
        if len(held) < count:
            heapq.heappush(held, (key, number, list(cells)))
        elif key > held[0][0]:
            heapq.heapreplace(held, (key, number, list(cells)))
    return {place: cells for _, place, cells in sorted(held, key=lambda one: one[1])}, number


def margin_of(permille: int, rows: int) -> int:
    """This will say how far a share may lie below the reported one by chance alone, in permille: three deviations of so many rows.

    >>> margin_of(980, 200), margin_of(1000, 200)
    (30, 1)
    """
    return isqrt(9 * permille * (1000 - permille) // max(rows, 1)) + 1


def _lines(heading: Sequence[str], drawn: Iterable[Sequence[str]]) -> Iterator[str]:
    for cells in (heading, *drawn):
        out = io.StringIO()
        csv.writer(out).writerow(cells)
        yield out.getvalue()


def _read(held: Deposit, seed: str, count: int) -> tuple[list[str], dict[int, list[str]], int]:
    with text_of(held, encoding_of(held)) as lines:
        rows = rows_of(lines)
        heading = next(rows, [])
        return heading, *drawn_rows(rows, seed, count)


def _figures(one: Delivery, heading: Sequence[str], drawn: Mapping[int, Sequence[str]], reported: Mapping[str, Any],
             at: datetime) -> list[dict[str, Any]]:
    version = one.version
    by_name = {str(column.get("name")): column for column in version.columns}
    shape = [by_name.get(name, {"name": name, "type": "text"}) for name in heading]
    found = {each.key: each for each in dimensions_of(measure_csv(_lines(heading, drawn.values()), shape, version.scan or []),
                                                      promise="", today=at.astimezone(LOCAL).date())}
    rows = []
    for key in _COMPARED:
        here, there = found[key].permille, reported.get(key)
        if here is None:
            continue
        margin = margin_of(there, len(drawn)) if there is not None else 0
        rows.append({"key": key, "found": here, "reported": there, "margin": margin, "fits": there is None or here >= there - margin})
    return rows


@covers("F11", "R57")
@operation("delivery.sample.check")
def check_sample(*, delivery: Delivery, seed: str, rows: int = 200, actor: Actor, clock: Clock) -> SampleCheck:
    """This will draw rows of what was delivered by the buyer's seed, measure them, and say where they fall short of the report."""
    one = Delivery.objects.select_for_update(of=("self",), no_key=True).select_related("version__listing", "deposit").get(pk=delivery.pk)
    at = clock.now()
    require(actor, "delivery.sample.check", subject=one, at=at)
    if one.deposit is None or one.status not in _OPEN or way_of(one.mode) != Way.FILE:
        raise Rejected("delivery.sample.nothing", delivery=one.code)
    if one.samples.count() >= MOST_CHECKS:
        raise Rejected("delivery.sample.often", delivery=one.code, most=MOST_CHECKS)
    said = "".join(seed.split())
    if not (4 <= len(said) <= 64 and said.isascii() and said.isalnum()):
        raise Rejected("delivery.sample.faulty", delivery=one.code, errors=[FieldFault("seed", "not_a_seed", (
            "4 至 64 个字母或数字", "4 to 64 letters or digits"))])
    if not LEAST_DRAWN <= rows <= MOST_DRAWN:
        raise Rejected("delivery.sample.faulty", delivery=one.code, errors=[FieldFault("rows", "range", (
            f"{LEAST_DRAWN} 至 {MOST_DRAWN} 行", f"From {LEAST_DRAWN} to {MOST_DRAWN} rows"))])
    try:
        heading, drawn, count = _read(one.deposit, said, rows)
        report = report_in_force(one.version.listing, one.expected_sha256)
        figures = _figures(one, heading, drawn, {each["key"]: each["permille"] for each in report.dimensions} if report else {}, at)
    except (CsvFault, UnicodeDecodeError, ValueError) as fault:
        raise Rejected("delivery.sample.nothing", delivery=one.code) from fault
    if not drawn:
        raise Rejected("delivery.sample.nothing", delivery=one.code)
    made = SampleCheck.objects.create(code=new_code("SMP"), delivery=one, seed=said, rows=sorted(drawn), of_rows=count,
                                      report=report.code if report else "", figures=figures, fits=all(each["fits"] for each in figures),
                                      at=at)
    record(SampleChecked(subject=made.code, delivery=one.code, seed=said, rows=len(drawn), report=made.report, fits=made.fits),
           actor=actor, at=at)
    return made
