"""Pilots 试点挂牌 (Data Twenty article 14): a seller asks, a regulator grants within caps and for a time, the clock ends it.

What a pilot grants is room for honest faults: what its seller reports by itself costs no credit. Its caps are taken in the database
(``sql/pilots.sql``) by every trade, on the exchange or off it; what was taken is not given back when a trade is undone.
"""

from __future__ import annotations

from datetime import datetime

from compliance.models import ReportSetting, SelfReport
from compliance.self_reports import report_fault as keep_report
from evidence.operations import operation, record
from evidence.prepared import ask
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.money import MAX_FEN
from kit.rejected import FieldFault, Rejected
from kit.states import advance
from listings.events import PilotMoved, named
from listings.models import Listing, Pilot
from listings.publishing import hold_listing, lift_hold, locked_listing
from listings.states import PILOT, ListingStatus, PilotStatus
from listings.values import clean_text, clean_whole
from participants.models import Organization
from participants.operations import notify
from participants.permissions import require
from participants.timers import after

__all__ = ["ask_pilot", "decide_pilot", "end_pilot", "expire_pilot", "pilot_room", "release_pilot", "report_pilot_fault", "withdraw_pilot"]

_FAULT = "listings.pilot.faulty"
_HELD_AS = "pilot.over"


def pilot_room(*, listing: Listing, buyer: Organization, price_fen: int, at: datetime) -> str:
    """This will return '' or the cap of its pilot that a trade with this buyer would pass; the pilot stays locked until the caller
    is done, so that what was found free is free."""
    return str(ask("SELECT listings_pilot_room(%s, %s, %s, %s)", [listing.pk, buyer.pk, price_fen, at])[0][0])


def _locked(pilot: Pilot) -> Pilot:
    """The pilot after its listing, as every act takes them."""
    listing = locked_listing(pilot.listing)
    held = Pilot.objects.select_for_update(no_key=True).get(pk=pilot.pk)
    held.listing = listing
    return held


def _move(held: Pilot, act: str, word: str, *, actor: Actor, at: datetime, reason: str = "") -> Pilot:
    held.status = advance(PILOT, PilotStatus(held.status), act, subject=held.code, code="listings.pilot.illegal_move")
    held.save()
    return _tell(word, held, actor=actor, at=at, reason=reason)


def _tell(word: str, held: Pilot, *, actor: Actor, at: datetime, reason: str = "") -> Pilot:
    record(named(PilotMoved, f"listings.pilot.{word}")(
        subject=held.code, listing=held.listing.code, state=held.status, most_trades=held.most_trades, most_buyers=held.most_buyers,
        most_fen=held.most_fen, trades=held.trades, buyers=held.buyers, taken_fen=held.taken_fen, ends_at=held.ends_at.isoformat(),
        reason=reason), actor=actor, at=at)
    return held


def _say(held: Pilot, text: tuple[str, str], *, tone: str, at: datetime, due_at: datetime | None = None) -> None:
    notify(organization=held.listing.organization, kind="listings.pilot.moved", text=text, tone=tone, subject=held.code,
           href=f"/desk/pilots/#{held.code}", due_at=due_at, at=at)


def _words(**texts: str) -> dict[str, str]:
    said = {name: clean_text(name, text, 2000, _FAULT) for name, text in texts.items()}
    if short := [name for name, text in said.items() if len(text) < 4]:
        raise Rejected(_FAULT, errors=[FieldFault(name, "missing", ("请填写，至少四个字", "At least four characters")) for name in short])
    return said


@covers("R82", "C8")
@operation("listings.pilot.ask")
def ask_pilot(*, listing: Listing, novelty: str, safeguards: str, most_trades: int, most_buyers: int, most_fen: int, ends_at: datetime,
              actor: Actor, clock: Clock) -> Pilot:
    """This will ask to sell one's own listing as a pilot: what is new, what guards it, at most how much, until when."""
    held = locked_listing(listing)
    at = clock.now()
    require(actor, "listings.pilot.ask", subject=held, at=at)
    said = _words(novelty=novelty, safeguards=safeguards)
    caps = {"most_trades": clean_whole("most_trades", most_trades, _FAULT, least=1, most=10_000),
            "most_buyers": clean_whole("most_buyers", most_buyers, _FAULT, least=1, most=10_000),
            "most_fen": clean_whole("most_fen", most_fen, _FAULT, least=1, most=MAX_FEN)}
    if not at < ends_at <= after("pilot.longest", at):
        raise Rejected("listings.pilot.term", latest=after("pilot.longest", at).isoformat(timespec="minutes"))
    if held.status == ListingStatus.DELISTED:
        raise Rejected("listings.listing.not_listed", listing=held.code)
    under_way = held.pilots.filter(status__in=[PilotStatus.ASKED, PilotStatus.RUNNING]).first()
    if under_way is not None:
        raise Rejected("listings.pilot.one_under_way", pilot=under_way.code)
    made = Pilot.objects.create(code=new_code("PIL"), listing=held, ends_at=ends_at, asked_at=at, **said, **caps)
    _say(made, ("试点申请已收到，等待监管人员决定", "The request for a pilot is in; a regulator decides"), tone="info", at=at)
    return _tell("asked", made, actor=actor, at=at)


@covers("R82")
@operation("listings.pilot.withdraw")
def withdraw_pilot(*, pilot: Pilot, actor: Actor, clock: Clock) -> Pilot:
    """This will take a request back before it is decided."""
    held = _locked(pilot)
    at = clock.now()
    require(actor, "listings.pilot.ask", subject=held.listing, at=at)
    return _move(held, "withdraw", "withdrawn", actor=actor, at=at)


@covers("R82", "C8")
@operation("listings.pilot.decide")
def decide_pilot(*, pilot: Pilot, grant: bool, reason: str, actor: Actor, clock: Clock) -> Pilot:
    """This will grant a pilot, which marks the listing at once, or refuse it; with the reason."""
    held = _locked(pilot)
    at = clock.now()
    require(actor, "listings.pilot.decide", subject=held.listing, at=at)
    held.decision, held.decided_at = _words(reason=reason)["reason"], at
    if grant and at >= held.ends_at:
        raise Rejected("listings.pilot.term", latest=held.ends_at.isoformat(timespec="minutes"))
    _move(held, "grant" if grant else "refuse", "granted" if grant else "refused", actor=actor, at=at, reason=held.decision)
    if grant:
        held.listing.pilot = held
        held.listing.save(update_fields=["pilot"])
        _lift(held, actor=actor, at=at)
    _say(held, (f"试点申请{'已批准' if grant else '未批准'}：{held.decision}",
                f"The pilot is {'granted' if grant else 'refused'}: {held.decision}"),
         tone="ok" if grant else "bad", due_at=held.ends_at if grant else None, at=at)
    return held


def _lift(held: Pilot, *, actor: Actor, at: datetime) -> None:
    """What the end of a trial had held is free again, by a new trial or by its release."""
    for hold in held.listing.holds.filter(reason_code=_HELD_AS, lifted_at__isnull=True).order_by("pk"):
        lift_hold(hold=hold, actor=SYSTEM, at=at)
    held.listing.refresh_from_db(fields=["status"])


def _end(held: Pilot, act: str, why: tuple[str, str], *, actor: Actor, at: datetime) -> Pilot:
    held.ended_at, held.ended_why = at, why[0]
    _move(held, act, "ended", actor=actor, at=at, reason=why[0])
    hold_listing(listing=held.listing, reason_code=_HELD_AS, cause_code=held.code, actor=SYSTEM, at=at, reason=why,
                 way_back=("监管人员同意转为正式挂牌，或批准新的试点后恢复",
                           "Back on sale once a regulator releases it, or grants a new pilot"))
    return held


@covers("R82", "C8")
@operation("listings.pilot.end")
def end_pilot(*, pilot: Pilot, reason: str, actor: Actor, clock: Clock) -> Pilot:
    """This will end a trial before its time, by its seller or a regulator; the listing is off sale until it is released."""
    held = _locked(pilot)
    at = clock.now()
    require(actor, "listings.pilot.end", subject=held.listing, at=at)
    said = _words(reason=reason)["reason"]
    return _end(held, "end", (f"试点已提前结束：{said}", f"The pilot ended before its time: {said}"), actor=actor, at=at)


@covers("R82", "C8", "T17")
@operation("listings.pilot.expire")
def expire_pilot(*, pilot: Pilot, actor: Actor = SYSTEM, clock: Clock) -> Pilot:
    """This will end a trial whose time is over; the gate refused trades from that instant on."""
    held = _locked(pilot)
    at = clock.now()
    require(actor, "listings.pilot.expire", at=at)
    assert held.ends_at <= at, "a pilot ends when its time is over"
    return _end(held, "expire", ("试点期限已到", "The pilot's time is over"), actor=actor, at=at)


@covers("R82", "C8")
@operation("listings.pilot.release")
def release_pilot(*, pilot: Pilot, reason: str, actor: Actor, clock: Clock) -> Pilot:
    """This will make a pilot an ordinary listing, with the reason: its mark and its caps are gone."""
    held = _locked(pilot)
    at = clock.now()
    require(actor, "listings.pilot.decide", subject=held.listing, at=at)
    said = _words(reason=reason)["reason"]
    if held.listing.pilot_id != held.pk:
        raise Rejected("listings.pilot.superseded", listing=held.listing.code)
    held.ended_at, held.ended_why = held.ended_at or at, held.ended_why or said
    _move(held, "release", "released", actor=actor, at=at, reason=said)
    held.listing.pilot = None
    held.listing.save(update_fields=["pilot"])
    _lift(held, actor=actor, at=at)
    _say(held, (f"试点转为正式挂牌：{said}", f"The pilot is now an ordinary listing: {said}"), tone="ok", at=at)
    return held


@covers("R82", "C8")
@operation("listings.pilot.report")
def report_pilot_fault(*, pilot: Pilot, text: str, mended: str, actor: Actor, clock: Clock) -> SelfReport:
    """This will take a seller's own report of a fault while its pilot runs: it costs no credit, unless harm was meant."""
    held = _locked(pilot)
    at = clock.now()
    require(actor, "listings.pilot.ask", subject=held.listing, at=at)
    if held.status != PilotStatus.RUNNING or at >= held.ends_at:
        raise Rejected("listings.pilot.over", listing=held.listing.code)
    made = keep_report(organization=held.listing.organization, subject_kind="listing", subject_code=held.listing.code, text=text,
                       mended=mended, setting=ReportSetting.PILOT, actor=actor, clock=clock)
    _tell("fault_reported", held, actor=actor, at=at, reason=made.code)
    return made
