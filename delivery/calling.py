"""Calls for rows 接口调用: judged, metered once, then answered (R42, T63, I20). What was served is what a metered plan is charged for.

The rows are read first; the use is counted under the delivery's lock, with everything asked again at that instant, before a byte leaves.
The caller names its request: the same request again is answered alike and counted no more.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from delivery.events import RowsRefused, RowsServed
from delivery.fingerprints import keys_of
from delivery.models import DataKey, DataUse, Delivery
from delivery.rows import Ask, Page, columns_of, page_of, read_ask
from delivery.seats import seated_person
from delivery.states import USABLE, KeyStatus
from delivery.using import obstacle_to_use, under_stop
from evidence.operations import operation, record, unchanged
from evidence.prepared import ask as asked
from evidence.prepared import prepared
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from participants.permissions import require
from participants.queries import parameter
from trading.queries import licensed, seats_of

__all__ = ["Measured", "Served", "call_rows", "last_call", "measured", "meter_call"]

@dataclass(frozen=True)
class Served:
    """One answered call: the page, the use it was counted as, whether it was counted before, and what is left (None: no limit)."""

    page: Page
    columns: tuple[str, ...]
    use: DataUse
    repeated: bool
    calls_left: int | None
    rows_left: int | None


@dataclass(frozen=True)
class Metered:
    """What came of metering: the use, or why not; the refused call stays on record."""

    use: DataUse | None
    repeated: bool = False
    refused: Rejected | None = None
    number: int = 0
    rows_total: int = 0


def last_call(one: Delivery) -> DataUse | None:
    """This will return the last served call: its number and running total are what was used of the licence."""
    return _last.first(one.pk)


@prepared
def _last(delivery: int) -> QuerySet[DataUse]:
    return DataUse.objects.filter(delivery=delivery, refused="").order_by("-number")[:1]


@prepared
def _same(delivery: int, request: str) -> QuerySet[DataUse]:
    return DataUse.objects.filter(delivery=delivery, request=request, refused="").order_by("pk")[:1]


@prepared
def _locked_delivery(pk: int) -> QuerySet[Delivery]:
    return Delivery.objects.select_for_update(of=("self",), no_key=True).select_related(
        "trade__state", "trade__venue", "version__listing", "buyer__use_networks").filter(pk=pk)


@prepared
def _locked_key(pk: int) -> QuerySet[DataKey]:
    return DataKey.objects.select_for_update(of=("self",), no_key=True).filter(pk=pk)


@covers("F5", "F6", "R42", "T63")
def call_rows(*, key: DataKey, given: Mapping[str, Sequence[str]], request: str, purpose: str = "", actor: Actor, clock: Clock) -> Served:
    """This will answer one call of a key, or refuse it with the rule; a refused call is on record before the refusal leaves."""
    one = key.delivery
    allowed = columns_of(one)
    ask, faults = read_ask(given, allowed=allowed, file=one.expected_sha256)
    if ask is None or one.deposit is None:
        raise Rejected("delivery.rows.faulty", columns=", ".join(allowed), errors=faults)
    _refuse_too_fast(key, one, clock.now())  # before the file is read; the count that is kept is made under the lock
    begun = time.monotonic_ns()
    page = page_of(one.deposit, ask) if key.status == KeyStatus.ACTIVE and one.status in USABLE else Page([], None, 0)
    took = (time.monotonic_ns() - begun) // 1000
    metered = meter_call(key=key, ask=ask, page=page, request=request, purpose=purpose, took_us=took, actor=actor, clock=clock)
    if metered.refused is not None:
        raise metered.refused
    assert metered.use is not None, "what is not refused was metered"
    left = licensed(one.trade)
    return Served(page, ask.columns, metered.use, metered.repeated, left["calls"] and max(0, int(left["calls"]) - metered.number),
                  left["rows"] and max(0, int(left["rows"]) - metered.rows_total))


@operation("delivery.rows.call")
@covers("F5", "F6", "I20", "R42", "T63")
def meter_call(*, key: DataKey, ask: Ask, page: Page, request: str, purpose: str, took_us: int, actor: Actor, clock: Clock) -> Metered:
    """This will count a call once, or record why it was refused; two at once are judged one after the other, under the delivery's lock."""
    one, held = _locked_delivery.get(key.delivery_id), _locked_key.get(key.pk)
    at = clock.now()  # after the locks
    _refuse_too_fast(held, one, at)
    known = _same.first(one.pk, request)
    if known is not None and known.asked_sha256 != ask.sha256:
        raise Rejected("delivery.rows.other_request", request=request)
    latest = last_call(one)
    number, total = (latest.number or 0, latest.rows_total) if latest else (0, 0)
    new, more = (0, 0) if known is not None else (1, len(page.rows))
    refused = _refused(one, held, actor, at, calls=max(1, number + new), rows=total + more, purpose=purpose)
    if refused is not None:
        DataUse.objects.create(delivery=one, key=held, request=request, asked_sha256=ask.sha256, refused=refused.code[:60], purpose=purpose,
                               at=at)
        record(RowsRefused(subject=held.code, delivery=one.code, buyer=one.buyer.code, cause=refused.code), actor=actor, at=at)
        return Metered(None, refused=refused)
    held.save(update_fields=["minute", "minute_calls"])
    if known is not None:
        unchanged(at=at)
        return Metered(known, repeated=True, number=number, rows_total=total)
    prints = keys_of(page.rows)
    made = DataUse.objects.create(delivery=one, key=held, request=request, asked_sha256=ask.sha256, purpose=purpose, rows=len(page.rows),
                                  number=number + 1, rows_total=total + len(page.rows), prints=prints, took_us=took_us, at=at)
    record(RowsServed(subject=held.code, delivery=one.code, buyer=one.buyer.code, number=number + 1, rows=made.rows,
                      asked_sha256=ask.sha256, prints_sha256=hashlib.sha256(prints).hexdigest()), actor=actor, at=at)
    return Metered(made, number=number + 1, rows_total=made.rows_total)


def _refuse_too_fast(held: DataKey, one: Delivery, at: datetime) -> None:
    """Counts the call in its minute, on the locked key; the count is kept with the call."""
    most, minute = int(parameter("delivery.calls_per_minute", venue=one.trade.venue, at=at)), at.replace(second=0, microsecond=0)
    held.minute, held.minute_calls = minute, (held.minute_calls if held.minute == minute else 0) + 1
    if held.minute_calls > most:
        raise Rejected("delivery.rows.too_fast", most=most, seconds=max(1, int((minute + timedelta(minutes=1) - at).total_seconds())))


def _refused(one: Delivery, held: DataKey, actor: Actor, at: datetime, *, calls: int, rows: int, purpose: str) -> Rejected | None:
    """The first thing against the call; a key or a delivery that is over opens nothing, whatever the agreement says."""
    try:
        require(actor, "delivery.rows.call", subject=one, at=at)
    except Rejected as refused:
        return refused
    if held.status != KeyStatus.ACTIVE or held.expires_at <= at:
        return Rejected("delivery.rows.key_unknown")
    if one.status not in USABLE:
        return Rejected("delivery.key.not_called", delivery=one.code)
    if (stopped := under_stop(one).refusal) is not None:
        return stopped
    if not seated_person(one, actor):
        return Rejected("delivery.grant.unseated", delivery=one.code, seats=seats_of(one.trade))
    return obstacle_to_use(one, at=at, calls=calls, rows=rows, purpose=purpose)


# ---- what is measured -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Measured:
    """Of the last day: calls served, and how long the house took for half of them and for all but one in twenty, in microseconds."""

    calls: int
    p50_us: int | None
    p95_us: int | None


@covers("R49")
def measured(one: Delivery, *, at: datetime) -> Measured:
    """This will measure the last day of a delivery's calls."""
    ((calls, half, most),) = asked(
        "SELECT count(*), percentile_disc(0.5) WITHIN GROUP (ORDER BY took_us), percentile_disc(0.95) WITHIN GROUP (ORDER BY took_us) "
        "FROM delivery_datause WHERE delivery_id = %s AND refused = '' AND at > %s", [one.pk, at - timedelta(days=1)])
    return Measured(int(calls), half, most)
