"""A sample found outside is compared with what is on sale and was delivered; what it shows goes to the authority 泄露比对与移送 (R47).

Every file is fingerprinted when it goes on sale. A check names the listings it matches, how far and with what margin, and who received the
file here. A referral carries the grounds and papers: one person prepares it, another sends it, the authority's receipt and answer close it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from compliance.personal.criminal_line import Count, count_persons
from delivery.events import FileFingerprinted, LeakChecked, referral_moved
from delivery.fingerprints import Print, print_of, sample_of, shared
from delivery.marking.reading import Read, keep_read, queue_trace, read_one, take_trace, waiting_traces
from delivery.models import Delivery, FilePrint, LeakCheck, LeakTrace, Referral
from delivery.states import REFERRAL, DeliveryStatus, ReferralStatus, TraceStatus
from delivery.traces import traced
from evidence.files import deposit
from evidence.models import Deposit
from evidence.operations import acting, operation, record, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.money import MAX_FEN, yuan
from kit.rejected import FieldFault, Rejected
from kit.states import advance
from listings.models import ListingVersion
from listings.profile import CsvFault, rows_of
from listings.tables import encoding_of, text_of
from participants.actors import actor_of
from participants.models import User
from participants.permissions import require
from participants.queries import LOCAL
from participants.timers import after

__all__ = ["MOST_ROWS", "acknowledge_referral", "check_leak", "close_referral", "fingerprint_file", "prepare_referral", "send_referral",
           "trace_next", "withdraw_referral"]

log = logging.getLogger(__name__)
#: Rows of a sample that are compared.
MOST_ROWS = 20_000
_HELD = (DeliveryStatus.DELIVERED, DeliveryStatus.ACCEPTED, DeliveryStatus.PART, DeliveryStatus.REJECTED,
         DeliveryStatus.DISPUTED)


def _rows(held: Deposit) -> Iterator[list[str]]:
    with text_of(held, encoding_of(held)) as lines:
        rows = rows_of(lines)
        next(rows, None)
        yield from rows


@covers("R47")
@operation("delivery.leak.fingerprint")
def fingerprint_file(*, version: ListingVersion, actor: Actor = SYSTEM, clock: Clock) -> FilePrint | None:
    """This will keep the fingerprint of a version's file, once for the same bytes; what is no table has none."""
    at = clock.now()
    require(actor, "delivery.leak.fingerprint", at=at)
    if version.deposit is None or FilePrint.objects.filter(file_sha256=version.file_sha256).exists():
        unchanged(at=at)
        return None
    try:
        found = print_of(_rows(version.deposit))
    except CsvFault:
        unchanged(at=at)
        return None
    record(FileFingerprinted(subject=version.code, file_sha256=version.file_sha256, rows=found.rows, whole=found.whole), actor=actor, at=at)
    return FilePrint.objects.create(file_sha256=version.file_sha256, rows=found.rows, exact=found.exact, near=found.near,
                                    whole=found.whole, made_at=at)


# ---- a sample ----------------------------------------------------------------------------------------------------------------


@covers("R47", "F13")
@operation("delivery.leak.check")
def check_leak(*, stream: Any, filename: str, found_where: str, gain_fen: int = 0, actor: Actor, clock: Clock) -> LeakCheck:
    """This will compare a sample that was found outside with every fingerprinted file, and keep what it shares with which.

    ``gain_fen``: what is known to have been earned with it; from 5,000 yuan on that alone makes a sale of persons' data serious.
    """
    at = clock.now()
    require(actor, "delivery.leak.check", at=at)
    if len(found_where.strip()) < 2:
        raise Rejected("delivery.leak.where_missing", errors=[
            FieldFault("found_where", "missing", ("请写明在何处发现", "Say where it was found"))])
    if not 0 <= gain_fen <= MAX_FEN:
        raise Rejected("delivery.leak.gain", errors=[FieldFault("gain", "out_of_range", ("金额不正确", "Not a sum of money"))])
    kept = deposit(stream, name=filename, owner=actor.organization or "VENUE", at=at, allowed=("text/csv", "text/plain"))
    try:
        sample = sample_of(_rows(kept), most=MOST_ROWS)
    except CsvFault as fault:
        raise Rejected("delivery.leak.unreadable", line=fault.line, why=fault.text) from fault
    if not sample:
        raise Rejected("delivery.leak.unreadable", line=2, why=("没有可比对的数据行", "It has no rows that can be compared"))
    found = [line for one in FilePrint.objects.order_by("pk").iterator(chunk_size=50) for line in _matched(one, sample)]
    found += traced(sample)
    found.sort(key=lambda line: (-line["permille"], line["listing"]))
    persons = _persons(kept, at)
    made = LeakCheck.objects.create(code=new_code("LKC"), sample=kept, found_where=found_where.strip()[:400], rows=len(sample),
                                    files=FilePrint.objects.count(), matches=found, asked_by=actor.code[:40], at=at,
                                    gain_fen=gain_fen, persons=persons.records if persons else 0, line=persons.line.key if persons else "")
    record(LeakChecked(subject=made.code, sample_sha256=kept.sha256, rows=made.rows, files=made.files,
                       matched=[line["listing"] for line in found], persons=made.persons, line=made.line, gain_fen=gain_fen),
           actor=actor, at=at)
    if persons and persons.serious(gain_fen=gain_fen) and found:
        _refer(made, persons, actor, clock)
    queue_trace(check=made, actor=actor, clock=clock)
    return made


@covers("F13", "R47")
def trace_next(*, clock: Clock) -> LeakTrace | None:
    """This will read one file for the trace that waits longest; None where nothing waits. A fault is logged and tried again."""
    assert not acting(), "a file is read outside every act"
    waiting: LeakTrace | None = waiting_traces(clock.now()).first()
    taken = take_trace(trace=waiting, clock=clock) if waiting else None
    if waiting is None or taken is None or taken.status != TraceStatus.RUNNING:
        return waiting
    try:
        found = read_one(taken)
    except Exception:
        log.exception("%s cannot read file %s; it is begun again", taken.code, taken.read + 1)
        return taken
    return keep_traced(trace=taken, found=found, persons=_persons(taken.check_of.sample, taken.check_of.at), clock=clock)


@covers("F13", "R47")
@operation("delivery.trace.settle")
def keep_traced(*, trace: LeakTrace, found: Read, persons: Count | None, clock: Clock, actor: Actor = SYSTEM) -> LeakTrace:
    """This will keep what a file showed; with the last of them, a sample from a copy is referred as one that matches a file is."""
    kept = keep_read(trace=trace, found=found, clock=clock, actor=actor)
    check = kept.check_of
    serious = persons is not None and persons.serious(gain_fen=check.gain_fen)
    if persons and serious and kept.status == TraceStatus.DONE and kept.traces and not Referral.objects.filter(about=check.code).exists():
        try:
            _refer(check, persons, actor_of(kept.asked_by), clock)
        except Rejected:  # whoever asked may not prepare it any more: the page still offers it to whoever may
            log.warning("the referral of %s is left to be prepared by hand", check.code)
    return kept


def _persons(kept: Deposit, at: datetime) -> Count | None:
    """The records of persons in a sample, by its columns."""
    with text_of(kept, encoding_of(kept)) as lines:
        rows = rows_of(lines)
        headings = next(rows, [])
        return count_persons(headings, islice(rows, MOST_ROWS), on=at.astimezone(LOCAL).date())


@covers("R47")
def _refer(made: LeakCheck, persons: Count, actor: Actor, clock: Clock) -> None:
    """From the line of the criminal law on the referral is prepared with the check, by whoever checked; another person sends it."""
    line = persons.line
    gain = yuan(made.gain_fen)
    zh, en = (f"，已知违法所得 {gain}", f"; {gain} are known to have been earned") if made.gain_fen else ("", "")
    prepare_referral(
        about=made.code, authority="公安机关", papers=[made.sample], actor=actor, clock=clock,
        grounds=f"样本含公民个人信息 {persons.records} 条，属“{line.text[0]}”{zh}；标准为 {line.records} 条或违法所得 {yuan(line.gain_fen)}"
                f"（{line.article[0]}）。 The sample holds {persons.records} records of persons ({line.text[1]}){en}: the line is "
                f"{line.records} records or a gain of {yuan(line.gain_fen)} ({line.article[1]}).")


def _matched(one: FilePrint, sample: Sequence[Any]) -> Iterable[dict[str, Any]]:
    """What one file shares, for each listing that offered it: the seller, and who received it through this house."""
    found = shared(sample, Print(one.rows, bytes(one.exact), bytes(one.near), one.whole))
    if not found.matches:
        return
    for version in ListingVersion.objects.filter(file_sha256=one.file_sha256, listing__version__isnull=False).select_related(
            "listing", "organization").order_by("listing_id", "-number").distinct("listing_id"):
        received = Delivery.objects.filter(version__listing=version.listing, expected_sha256=one.file_sha256, status__in=_HELD)
        yield {"listing": version.listing.code, "version": version.code, "title_zh": version.title_zh, "title_en": version.title_en,
               "seller": version.organization.code, "rows": one.rows, "whole": one.whole, "compared": found.compared, "exact": found.exact,
               "near": found.near, "permille": found.permille, "margin": found.margin,
               "received": sorted(set(received.values_list("buyer__code", flat=True)))}


# ---- to the authority --------------------------------------------------------------------------------------------------------


def _note(held: Referral, act: str, before: str, *, actor: Actor, at: datetime, reason: str = "") -> Referral:
    record(referral_moved[act](subject=held.code, about=held.about, authority=held.authority, from_status=before, to_status=held.status,
                               papers=[one["sha256"] for one in held.papers], due_at=held.due_at, reason=reason), actor=actor, at=at)
    return held


def _locked(one: Referral) -> Referral:
    return Referral.objects.select_for_update(of=("self",), no_key=True).get(pk=one.pk)


def _step(held: Referral, act: str) -> str:
    before = held.status
    held.status = advance(REFERRAL, ReferralStatus(before), act, subject=held.code, code="delivery.referral.illegal_move")
    return str(before)


@covers("R47")
@operation("delivery.referral.prepare")
def prepare_referral(*, about: str, authority: str, grounds: str, papers: Sequence[Deposit], actor: Actor, clock: Clock) -> Referral:
    """This will prepare a referral about a check, a listing or a complaint, with its papers; another person sends it."""
    at = clock.now()
    require(actor, "delivery.referral.prepare", at=at)
    faults = [FieldFault(name, "missing", ("请填写", "Please fill in")) for name, text, least in (
        ("about", about, 4), ("authority", authority, 2), ("grounds", grounds, 10)) if len(text.strip()) < least]
    if not papers:
        faults.append(FieldFault("papers", "missing", ("请附材料", "Attach the papers")))
    if faults:
        raise Rejected("delivery.referral.incomplete", errors=faults)
    made = Referral.objects.create(code=new_code("RFL"), about=about.strip()[:20], authority=authority.strip()[:120],
                                   grounds=grounds.strip()[:4000], prepared_by_id=actor.user_id or 0, prepared_at=at,
                                   due_at=after("referral.send", at),
                                   papers=[{"name": one.name, "sha256": one.sha256} for one in papers])
    return _note(made, "prepare", "", actor=actor, at=at)


@covers("R47", "I18")
@operation("delivery.referral.send")
def send_referral(*, referral: Referral, actor: Actor, clock: Clock) -> Referral:
    """This will send a referral to the authority, by another real person than whoever prepared it."""
    held = _locked(referral)
    at = clock.now()
    require(actor, "delivery.referral.send", at=at)
    people = set(User.objects.filter(pk__in=[held.prepared_by_id, actor.user_id]).values_list("person_id", flat=True))
    if len(people) != 2:
        raise Rejected("delivery.referral.same_person")
    before = _step(held, "send")
    held.sent_by_id, held.sent_at, held.due_at = actor.user_id, at, after("referral.receipt", at)
    held.save()
    return _note(held, "send", before, actor=actor, at=at)


@covers("R47")
@operation("delivery.referral.acknowledge")
def acknowledge_referral(*, referral: Referral, receipt: str, actor: Actor, clock: Clock) -> Referral:
    """This will put the authority's receipt on file, by its number."""
    return _answered(referral, "acknowledge", receipt, actor=actor, clock=clock)


@covers("R47")
@operation("delivery.referral.close")
def close_referral(*, referral: Referral, outcome: str, actor: Actor, clock: Clock) -> Referral:
    """This will close a referral with the authority's answer."""
    return _answered(referral, "close", outcome, actor=actor, clock=clock)


def _answered(referral: Referral, act: str, text: str, *, actor: Actor, clock: Clock) -> Referral:
    held = _locked(referral)
    at = clock.now()
    require(actor, "delivery.referral.send", at=at)
    if len(text.strip()) < 2:
        raise Rejected("delivery.referral.incomplete", errors=[FieldFault("text", "missing", ("请填写", "Please fill in"))])
    before = _step(held, act)
    held.due_at = None
    if act == "acknowledge":
        held.receipt = text.strip()[:80]
    else:
        held.outcome, held.closed_at = text.strip()[:4000], at
    held.save()
    return _note(held, act, before, actor=actor, at=at, reason=text.strip()[:400])


@operation("delivery.referral.withdraw")
def withdraw_referral(*, referral: Referral, reason: str, actor: Actor, clock: Clock) -> Referral:
    """This will take a referral back before it is sent, with the reason."""
    held = _locked(referral)
    at = clock.now()
    require(actor, "delivery.referral.prepare", at=at)
    if len(reason.strip()) < 4:
        raise Rejected("delivery.referral.incomplete", errors=[FieldFault("text", "missing", ("请填写", "Please fill in"))])
    before = _step(held, "withdraw")
    held.outcome, held.closed_at, held.due_at = reason.strip()[:4000], at, None
    held.save()
    return _note(held, "withdraw", before, actor=actor, at=at, reason=reason.strip()[:400])
