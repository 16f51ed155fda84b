"""Pilots of a venue 场所试点 (Data Twenty article 19): its operator asks, a regulator grants within caps and for a time, the clock ends it.

What a pilot opens are the selling formats that the trading rules keep for trials, in its sector and while it runs; never a call auction, an
order book, anonymous trading or market making. A lot reserves its part of the turnover when it is announced and must be decided before the
pilot's end, so that the end finds nothing under way. When it ends, what came of it is written down and published.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from compliance.models import Complaint, Dispute
from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.money import MAX_FEN
from kit.rejected import FieldFault, Rejected
from kit.states import advance
from participants.models import Organization, Venue
from participants.operations import notify
from participants.permissions import require
from participants.queries import venue_organization
from participants.roles import VenueProfile
from participants.timers import after
from trading.auctions.formats import PRODUCTION, formats_of
from trading.auctions.slips import SEVERAL
from trading.models import Auction, Trade, VenuePilot, VenuePilotLot, VenuePilotParty
from trading.states import VENUE_PILOT, TradeStatus, VenuePilotStatus
from trading.venue_pilot_events import venue_pilot_moved

__all__ = ["NEVER", "Room", "ask_venue_pilot", "decide_venue_pilot", "end_due_pilots", "end_venue_pilot", "formats_open", "refuse_full",
           "report_of", "room_for", "take_room", "venues_of", "withdraw_venue_pilot"]

_FAULT = "trading.venue_pilot.faulty"
#: What no pilot opens (trading methods barred to a data venue).
NEVER: tuple[tuple[str, str], ...] = (("集合竞价", "call auction"), ("连续竞价撮合", "order book"), ("匿名交易", "anonymous trading"),
                                      ("做市", "market making"))


def _move(held: VenuePilot, act: str, word: str, *, actor: Actor, at: datetime, reason: str = "") -> VenuePilot:
    before = held.status
    held.status = advance(VENUE_PILOT, VenuePilotStatus(held.status), act, subject=held.code, code="trading.venue_pilot.illegal_move")
    held.save()
    return _tell(held, word, before, actor=actor, at=at, reason=reason)


def _tell(held: VenuePilot, word: str, before: str, *, actor: Actor, at: datetime, reason: str = "") -> VenuePilot:
    record(venue_pilot_moved[word](
        subject=held.code, venue=held.venue.code, sector=held.sector, opens=sorted(held.opens), from_status=before, to_status=held.status,
        most_fen=held.most_fen, most_lot_fen=held.most_lot_fen, most_parties=held.most_parties, taken_fen=held.taken_fen,
        parties=held.parties, ends_at=held.ends_at, reason=reason), actor=actor, at=at)
    return held


def _say(held: VenuePilot, text: tuple[str, str], *, tone: str, at: datetime, due_at: datetime | None = None) -> None:
    notify(organization=venue_organization(held.venue), kind="trading.venue_pilot.moved", text=text, tone=tone, subject=held.code,
           href=f"/trading/pilots/#{held.code}", due_at=due_at, at=at)


def _locked(pilot: VenuePilot) -> VenuePilot:
    return VenuePilot.objects.select_for_update(of=("self",), no_key=True).select_related("venue").get(pk=pilot.pk)


def _words(name: str, text: str) -> str:
    said = text.strip()
    if not 4 <= len(said) <= 2000:
        raise Rejected(_FAULT, errors=[FieldFault(name, "missing", ("请填写，四至二千字", "4 to 2,000 characters"))])
    return said


def _caps(opens: Sequence[str], sector: str, most_fen: int, most_lot_fen: int, most_parties: int) -> list[FieldFault]:
    faults = []
    if not opens or set(opens) - set(SEVERAL):
        faults.append(FieldFault("opens", "unknown", ("请在可试点的竞价方式中选择", "Choose among the formats kept for trials")))
    if sector and not (len(sector) == 1 and "A" <= sector <= "T"):
        faults.append(FieldFault("sector", "unknown", ("行业为门类字母 A–T", "A sector is a section letter, A to T")))
    if not 1 <= most_lot_fen <= most_fen <= MAX_FEN:
        faults.append(FieldFault("most_fen", "out_of_range", ("单场上限不超过总额上限", "A lot's cap is within the whole one")))
    if not 2 <= most_parties <= 10_000:
        faults.append(FieldFault("most_parties", "out_of_range", ("参与方为 2 至 10000", "From 2 to 10,000 parties")))
    return faults


def venues_of(actor: Actor) -> QuerySet[Venue]:
    """This will list the venues an operator speaks for: the one its organisation keeps, then those under it."""
    own = Organization.objects.filter(pk=actor.organization_id or 0).values("venue_id")
    return Venue.objects.filter(Q(pk__in=own) | Q(parent__in=own)).order_by("pk")


@covers("R99")
@operation("trading.venue_pilot.ask")
def ask_venue_pilot(*, venue: Venue, sector: str, opens: Sequence[str], novelty: str, safeguards: str, most_fen: int, most_lot_fen: int,
                    most_parties: int, ends_at: datetime, actor: Actor, clock: Clock) -> VenuePilot:
    """This will ask to try selling formats at a venue, or in one sector of it: what is new, what guards it, how much, until when."""
    at = clock.now()
    require(actor, "trading.venue_pilot.ask", at=at)
    faults = _caps(opens, sector, most_fen, most_lot_fen, most_parties)
    if not venues_of(actor).filter(pk=venue.pk).exists():
        faults.append(FieldFault("venue", "not_yours", ("只能为本机构运营的场所及其下级场所申请",
                                                        "Choose a venue that your organisation keeps, or one under it")))
    if faults:
        raise Rejected(_FAULT, errors=faults)
    said = {"novelty": _words("novelty", novelty), "safeguards": _words("safeguards", safeguards)}
    if not at < ends_at <= after("venue_pilot.longest", at):
        raise Rejected("trading.venue_pilot.term", latest=after("venue_pilot.longest", at).isoformat(timespec="minutes"))
    running = VenuePilot.objects.filter(venue=venue, sector=sector, status__in=[VenuePilotStatus.ASKED, VenuePilotStatus.RUNNING]).first()
    if running is not None:
        raise Rejected("trading.venue_pilot.one_under_way", pilot=running.code)
    made = VenuePilot.objects.create(
        code=new_code("VPL"), venue=venue, sector=sector, opens=sorted(set(opens)), most_fen=most_fen, most_lot_fen=most_lot_fen,
        most_parties=most_parties, asked_at=at, ends_at=ends_at, due_at=after("venue_pilot.decide", at), **said)
    return _tell(made, "asked", "", actor=actor, at=at)


@covers("R99")
@operation("trading.venue_pilot.withdraw")
def withdraw_venue_pilot(*, pilot: VenuePilot, actor: Actor, clock: Clock) -> VenuePilot:
    """This will take a request back before it is decided."""
    held = _locked(pilot)
    at = clock.now()
    require(actor, "trading.venue_pilot.ask", at=at)
    if not venues_of(actor).filter(pk=held.venue_id).exists():
        raise Rejected("participants.object.absent")
    held.due_at = None
    return _move(held, "withdraw", "withdrawn", actor=actor, at=at)


@covers("R99")
@operation("trading.venue_pilot.decide")
def decide_venue_pilot(*, pilot: VenuePilot, grant: bool, reason: str, actor: Actor, clock: Clock) -> VenuePilot:
    """This will grant a pilot, which opens its formats at once, or refuse it; with the reason."""
    held = _locked(pilot)
    at = clock.now()
    require(actor, "trading.venue_pilot.decide", subject=held, at=at)
    if grant and at >= held.ends_at:
        raise Rejected("trading.venue_pilot.term", latest=held.ends_at.isoformat(timespec="minutes"))
    held.decision, held.decided_at, held.due_at = _words("reason", reason), at, None
    _move(held, "grant" if grant else "refuse", "granted" if grant else "refused", actor=actor, at=at, reason=held.decision)
    _say(held, (f"场所试点{'已批准' if grant else '未批准'}：{held.decision}",
                f"The venue's pilot is {'granted' if grant else 'refused'}: {held.decision}"),
         tone="ok" if grant else "bad", due_at=held.ends_at if grant else None, at=at)
    return held


def _end(held: VenuePilot, act: str, why: tuple[str, str], *, actor: Actor, at: datetime) -> VenuePilot:
    held.ended_at, held.ended_why, held.report = at, why[0], report_of(held)
    _move(held, act, "ended", actor=actor, at=at, reason=why[0])
    _say(held, (f"场所试点已结束：{why[0]}；报告已公布", f"The venue's pilot has ended: {why[1]}; its report is published"),
         tone="info", at=at)
    return held


@covers("R99")
@operation("trading.venue_pilot.end")
def end_venue_pilot(*, pilot: VenuePilot, reason: str, actor: Actor, clock: Clock) -> VenuePilot:
    """This will end a pilot before its time, by a regulator: announced lots keep their terms, no other is announced."""
    held = _locked(pilot)
    at = clock.now()
    require(actor, "trading.venue_pilot.decide", subject=held, at=at)
    said = _words("reason", reason)
    return _end(held, "end", (f"提前结束：{said}", f"before its time: {said}"), actor=actor, at=at)


@covers("R99", "T17")
@operation("trading.venue_pilot.expire")
def _expire(*, pilot: VenuePilot, clock: Clock) -> VenuePilot:
    held = _locked(pilot)
    at = clock.now()
    if held.status == VenuePilotStatus.ASKED:
        held.due_at = None
        return _move(held, "lapse", "lapsed", actor=SYSTEM, at=at, reason="期限内未决定 / not decided in time")
    return _end(held, "expire", ("期限已到", "its time is over"), actor=SYSTEM, at=at)


def end_due_pilots(*, clock: Clock) -> int:
    """This will end every pilot whose time is over and lapse requests nobody decided; the gate refused lots from that instant on."""
    at, done = clock.now(), 0
    for rows in (VenuePilot.objects.filter(status=VenuePilotStatus.RUNNING, ends_at__lte=at),
                 VenuePilot.objects.filter(status=VenuePilotStatus.ASKED, due_at__lte=at)):
        for one in rows.order_by("pk")[:100]:
            _expire(pilot=one, clock=clock)
            done += 1
    return done


# ---- what it opens -------------------------------------------------------------------------------------------------------------


def _running(venue: Venue, at: datetime, sector: str | None = None) -> QuerySet[VenuePilot]:
    rows = VenuePilot.objects.filter(venue=venue, status=VenuePilotStatus.RUNNING, ends_at__gt=at)
    return rows if sector is None else rows.filter(sector__in=["", sector[:1]])


@covers("R99", "E1")
def formats_open(venue: Venue, *, at: datetime, sector: str | None = None) -> tuple[str, ...]:
    """This will list the formats a venue may use now: what its profile always may, and what pilots running there open; a venue of the
    laboratory needs none. ``sector`` None asks over all sectors."""
    if venue.profile == VenueProfile.SIMULATION:
        return formats_of(venue.profile)
    opened = {one for row in _running(venue, at, sector) for one in row.opens}
    return tuple(sorted({*formats_of(PRODUCTION[0]), *opened}))


@dataclass(frozen=True)
class Room:
    """What a pilot leaves to one lot: how much is reserved for it, and the most a single bid may say."""

    pilot: VenuePilot
    reserved_fen: int
    cap_fen: int


@covers("R99")
def room_for(venue: Venue, format_: str, *, sector: str, seller: Organization, winners: int, ends: datetime, at: datetime) -> Room | None:
    """This will find the pilot under which a lot is announced and lock it; None where its format needs no pilot.

    ``winners`` is how many licences the lot may give at most (0: as many as there are parties). Raises ``trading.venue_pilot.*``.
    """
    if venue.profile == VenueProfile.SIMULATION or format_ not in SEVERAL:
        return None
    rows = _running(venue, at, sector).filter(opens__contains=[format_]).order_by("-sector")
    held = rows.select_for_update(of=("self",), no_key=True).first()
    if held is None:
        raise Rejected("trading.venue_pilot.none", format=format_)
    if ends >= held.ends_at:
        raise Rejected("trading.venue_pilot.ends_before", pilot=held.code, ends=held.ends_at.isoformat(timespec="minutes"))
    if held.left_fen < held.most_lot_fen:
        raise Rejected("trading.venue_pilot.turnover", pilot=held.code)
    if _full(held, seller.pk):
        raise Rejected("trading.venue_pilot.parties", pilot=held.code)
    return Room(held, held.most_lot_fen, max(1, held.most_lot_fen // (winners or held.most_parties)))


def take_room(room: Room | None, lot: Auction) -> None:
    """This will put an announced lot under its pilot; the database counts seller and reserve."""
    if room is not None:
        VenuePilotLot.objects.create(pilot=room.pilot, auction=lot, reserved_fen=room.reserved_fen)


def _full(pilot: VenuePilot, organization_id: int) -> bool:
    return pilot.parties >= pilot.most_parties and not VenuePilotParty.objects.filter(
        pilot=pilot, organization_id=organization_id).exists()


@covers("R99")
def refuse_full(lot: Auction, organization_id: int | None) -> None:
    """This will refuse a bidder whom the pilot's cap on parties leaves no place; the database refuses whoever comes at the same instant."""
    if lot.format not in SEVERAL or organization_id is None:
        return
    under = VenuePilotLot.objects.filter(auction_id=lot.pk).select_related("pilot").first()
    if under is not None and _full(under.pilot, organization_id):
        raise Rejected("trading.venue_pilot.parties", pilot=under.pilot.code)


# ---- what came of it -----------------------------------------------------------------------------------------------------------


@covers("R99")
def report_of(pilot: VenuePilot) -> dict[str, Any]:
    """This will reckon what came of a pilot from the rows themselves: lots by format and end, trades, turnover, quarrels, defaults."""
    lots = Auction.objects.filter(under_pilot__pilot=pilot)
    trades = Trade.objects.filter(award__auction__in=lots)
    codes = [*lots.values_list("code", flat=True), *trades.values_list("code", flat=True)]
    ends: dict[str, dict[str, int]] = {}
    for format_, status, count in lots.values_list("format", "status").annotate(n=Count("pk")).order_by("format", "status"):
        ends.setdefault(format_, {})[status] = count
    undone = trades.filter(state__status__in=[TradeStatus.DEFAULTED, TradeStatus.CANCELLED, TradeStatus.UNWOUND]).count()
    return {
        "lots": ends, "trades": trades.count(), "turnover_fen": int(trades.aggregate(fen=Sum("price_fen"))["fen"] or 0),
        "most_fen": pilot.most_fen, "parties": pilot.parties, "most_parties": pilot.most_parties, "undone": undone,
        "complaints": Complaint.objects.filter(subject_code__in=codes).count(),
        "disputes": Dispute.objects.filter(subject_code__in=codes).count(),
        "days": max(0, ((pilot.ended_at or pilot.ends_at) - (pilot.decided_at or pilot.asked_at)) // timedelta(days=1)),
    }
