"""Declaring how copies of a file are marked: by its seller, before anybody has bought it, and for every buyer alike (F13)."""

from __future__ import annotations

import io
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from itertools import islice

from django.db import IntegrityError, transaction

from delivery.marking.marks import MOST_COLUMNS, Record, heading_of_bytes, records, step_of
from delivery.models import Delivery, MarkPlan
from delivery.proof_events import MarksDeclared
from evidence.files import open_deposit
from evidence.models import Deposit
from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from listings.models import ListingVersion
from participants.permissions import require

__all__ = ["declare_marks", "latin", "offered_columns", "plan_of", "tolerances_of"]

#: Rows that are looked at before a column is taken: in most of them it must be able to carry a mark.
_LOOKED = 2_000


def latin(held: Deposit) -> io.TextIOWrapper:
    """This will open a deposited table as marks read it: bytes as characters, line ends as they stand."""
    return io.TextIOWrapper(open_deposit(held), encoding="latin-1", newline="")


def plan_of(version: ListingVersion) -> MarkPlan | None:
    """This will return how copies of a version's file are marked; None where they are the file itself."""
    return MarkPlan.objects.filter(version=version).first()


def tolerances_of(plan: MarkPlan) -> dict[str, Decimal]:
    """This will read a plan's columns."""
    return {name: Decimal(most) for name, most in plan.columns.items()}


def _able(held: Deposit, tolerances: Mapping[str, Decimal]) -> tuple[list[str], dict[str, int], int]:
    """The heading, of each column how many of the first rows can carry a mark, and how many rows were looked at."""
    with latin(held) as lines:
        rows = records(lines)
        first = next(rows, None)
        heading = heading_of_bytes(first) if isinstance(first, Record) else []
        places = {name: heading.index(name) for name in tolerances if name in heading}
        able, looked = dict.fromkeys(places, 0), 0
        for one in islice(rows, _LOOKED):
            if isinstance(one, Record) and one.cells not in ([], [""]):
                looked += 1
                for name, place in places.items():
                    able[name] += bool(place < len(one.written) and step_of(one.written[place], tolerances[name]))
    return heading, able, looked


def offered_columns(version: ListingVersion) -> list[str]:
    """This will list the columns of numbers a plan may name, as the file's profile has them."""
    return [str(one["name"]) for one in version.columns if one.get("type") in {"integer", "number"}]


def _judged(version: ListingVersion, said: Mapping[str, str]) -> dict[str, str]:
    """The columns as they are kept, or every fault at its column."""
    held = version.deposit
    if held is None or held.sha256 != version.file_sha256 or version.delivery_mode not in {"download", ""}:
        raise Rejected("delivery.marks.no_file", version=version.code)
    faults, tolerances = list[FieldFault](), dict[str, Decimal]()
    for name, text in said.items():
        try:
            most = Decimal(text.strip())
        except InvalidOperation:
            most = Decimal(0)
        if not most.is_finite() or most <= 0 or most.adjusted() > 12 or most.adjusted() < -12:
            faults.append(FieldFault(name, "tolerance", ("写一个大于零的数，如 0.01", "A number above zero, such as 0.01")))
        else:
            tolerances[name] = most
    heading, able, looked = _able(held, tolerances)
    for name in tolerances:
        if heading.count(name) != 1:
            faults.append(FieldFault(name, "unknown", ("文件中没有这一列，或有多列同名", "The file has no such column, or several")))
        elif 2 * able[name] < max(looked, 1):
            faults.append(FieldFault(name, "carries_none", (
                "多数单元格不能承载标记：不是普通数字、小数位粗于容差，或会改变正负号",
                "Most of its cells can carry no mark: no plain number, coarser than the tolerance, or its sign would change")))
    if faults or not said or len(said) > MOST_COLUMNS:
        raise Rejected("delivery.marks.faulty", version=version.code, errors=faults)
    return {name: f"{tolerances[name].normalize():f}" for name in sorted(tolerances)}


@covers("F13")
@operation("delivery.marks.declare")
def declare_marks(*, version: ListingVersion, columns: Mapping[str, str], actor: Actor, clock: Clock) -> MarkPlan:
    """This will fix by how much which columns of a version's copies may move; once, and while nobody has bought it."""
    held = ListingVersion.objects.select_for_update(of=("self",), no_key=True).select_related("deposit", "listing").get(pk=version.pk)
    at = clock.now()
    require(actor, "delivery.marks.declare", subject=held, at=at)
    if Delivery.objects.filter(version=held).exists():
        raise Rejected("delivery.marks.sold", version=held.code)
    kept = _judged(held, columns)
    try:
        with transaction.atomic():
            made = MarkPlan.objects.create(code=new_code("MRK"), version=held, file_sha256=held.file_sha256, columns=kept,
                                           declared_by=actor.code, at=at)
    except IntegrityError as twice:
        raise Rejected("delivery.marks.known", version=held.code) from twice
    record(MarksDeclared(subject=made.code, version_code=held.code, file_sha256=made.file_sha256, columns=kept), actor=actor, at=at)
    return made
