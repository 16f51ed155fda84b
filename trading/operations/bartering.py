"""Barters 使用权互换: propose, counter, accept, decline, withdraw, expire. Accepted, both trades are written in one act, or none.

``trading.auctions.bargain`` decides whose turn it is, ``trading.auctions.barter`` what is money; here it is done under the row's lock.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from evidence.events import Commitment, new_salt
from evidence.operations import current_command, operation, record, unchanged
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from kit.states import advance
from listings.models import Listing
from listings.values import clean_text
from participants.gates import pass_all
from participants.models import Organization
from participants.notices import notify
from participants.permissions import require
from participants.queries import add_working_days, parameter
from participants.spending import spending_gate
from participants.timers import after
from trading.auctions.bargain import NotMoved, Talk, other, start, step
from trading.auctions.barter import Swap
from trading.barter_events import BarterCountered, BarterOpened, barter_ended
from trading.barter_gates import of_bartering, of_pair
from trading.barters import side_of, talk_of_barter
from trading.locks import lock_barter, lock_stock
from trading.models import Barter, BarterOffer, BarterSide
from trading.operations.swapping import conclude
from trading.states import BARTER, BarterStatus

__all__ = ["accept_barter", "counter_barter", "decline_barter", "end_barter", "expire_barter", "propose_barter", "withdraw_barter"]

_FAULT = "trading.barter.note"


@operation("trading.barter.open")
@covers("R12", "CAP-E4", "F3")
def propose_barter(*, gives: Listing, gets: Listing, swap: Swap, note: str = "", until: datetime | None = None, actor: Actor,
                   clock: Clock) -> Barter:
    """This will propose a licence of one's own for one of somebody else's, each at the value stated; the other side has working days.

    In ``swap`` the actor's organisation is the proposer. Raises ``trading.barter.one_open`` and what a deal asks of either licence.
    """
    held = {one.pk: one for one in _stock(gives, gets)}
    own, theirs = held[gives.pk], held[gets.pk]
    at = clock.now()
    require(actor, "trading.barter.open", at=at)
    proposer = Organization.objects.get(pk=actor.organization_id or 0)
    pass_all(of_pair(own, theirs, proposer))
    if own.version is None or theirs.version is None:
        raise Rejected("listings.listing.absent", listing=(theirs if own.version else own).code)
    _none_open(own, theirs)
    due = _until(own, until, at)
    one = Barter(code=new_code("BRT"), venue=own.venue, proposer=proposer, partner=theirs.organization, proposer_listing=own,
                 proposer_version=own.version, partner_listing=theirs, partner_version=theirs.version, due_at=due, opened_at=at)
    _put(one, swap)
    pass_all(of_bartering(one, swap, at=at))
    _within_limit(one, BarterSide.PROPOSER, swap, actor)
    one.turn = start(BarterSide.PROPOSER, swap, due).turn
    one.save(force_insert=True)
    written = _write(one, BarterSide.PROPOSER, note, at)
    record(BarterOpened(subject=one.code, proposer=proposer.code, partner=one.partner.code, proposer_listing=own.code,
                        proposer_version=own.version.code, partner_listing=theirs.code, partner_version=theirs.version.code, offer=written,
                        due_at=due), actor=actor, at=at)
    _tell(one, one.turn, ("对方提议以“{gives}”换取“{gets}”，请答复。",
                          "You are offered “{gives}” in exchange for “{gets}”; please answer."), "wait", at)
    return one


def _stock(*listings: Listing) -> list[Listing]:
    """The rows of the listings, locked by their keys, so that two acts about the same pair never wait for each other."""
    return [lock_stock(one) for one in sorted({one.pk: one for one in listings}.values(), key=lambda one: one.pk)]


def _none_open(one: Listing, two: Listing) -> None:
    """Whichever side proposed it; both listings are locked, so two proposals across each other are one after the other."""
    pairs = Barter.objects.filter(status=BarterStatus.OFFERED, proposer_listing__in=(one, two), partner_listing__in=(one, two))
    if known := pairs.first():
        raise Rejected("trading.barter.one_open", barter=known.code)


def _put(one: Barter, swap: Swap) -> None:
    one.difference = swap.difference
    for side in BarterSide.values:
        terms = swap.given_by(side)
        for name, value in (("fen", terms.price_fen), ("seats", terms.seats), ("term_days", terms.term_days), ("purpose", terms.purpose)):
            setattr(one, f"{side}_{name}", value)


_TERMS = [f"{side}_{name}" for side in BarterSide.values for name in ("fen", "seats", "term_days", "purpose")]


def _said(swap: Swap) -> dict[str, Any]:
    """An offer as the commitment in the book holds it."""
    return {"difference": swap.difference, **{side: vars(swap.given_by(side)) for side in BarterSide.values}}


def _write(one: Barter, by: str, note: str, at: datetime) -> Commitment:
    """The offer as a row, and what the record book holds of it."""
    assert one.due_at is not None, "an offer has its deadline"
    salt = new_salt()
    BarterOffer.objects.create(barter=one, seq=one.round, by=by, note=clean_text("note", note, 1000, _FAULT), salt=salt, due_at=one.due_at,
                               at=at, command=current_command(), difference=one.difference,
                               **{name: getattr(one, name) for name in _TERMS})
    return Commitment(_said(one.swap), salt)


def _until(listing: Listing, asked: datetime | None, at: datetime) -> datetime:
    if asked is None:
        return add_working_days(listing.venue, at, int(parameter("negotiation.turn_days", venue=listing.venue, at=at)))
    if not after("deal.shortest", at) <= asked <= after("negotiation.longest", at):
        raise Rejected("trading.barter.deadline")
    return asked


def _within_limit(one: Barter, by: str, swap: Swap, actor: Actor) -> None:
    """A person commits his organisation to the value of the licence it gives, money or not."""
    pass_all([spending_gate(actor, one.listing_of(other(by)).code, swap.given_by(by).price_fen)])


def _locked(barter: Barter, actor: Actor, clock: Clock) -> tuple[Barter, datetime]:
    locked = lock_barter(barter)
    at = clock.now()
    require(actor, "trading.barter.answer", subject=locked, at=at)
    return locked, at


def _stepped(one: Barter, act: str, by: str, at: datetime, swap: Swap | None = None, due_at: datetime | None = None) -> Talk[Swap]:
    """What the act does; refused in words otherwise."""
    answer = step(talk_of_barter(one), act, by, at, terms=swap, due_at=due_at)
    if isinstance(answer, NotMoved):
        raise Rejected(f"trading.barter.{answer.code}", barter=one.code, state=str(one.get_status_display()),
                       due_at=one.due_at.isoformat(timespec="seconds") if one.due_at else "")
    return answer


def _advance(one: Barter, act: str) -> None:
    one.status = advance(BARTER, BarterStatus(one.status), act, subject=one.code, code="trading.barter.illegal_move")


@operation("trading.barter.counter")
@covers("R12", "CAP-E4", "F3")
def counter_barter(*, barter: Barter, swap: Swap, note: str = "", until: datetime | None = None, actor: Actor, clock: Clock) -> Barter:
    """This will answer an offer with other terms of the same two licences, and pass the turn; at most twenty offers."""
    one, at = _locked(barter, actor, clock)
    by = side_of(one, actor.organization_id)
    due = _until(one.proposer_listing, until, at)
    talk = _stepped(one, "counter", by, at, swap, due)
    pass_all(of_bartering(one, swap, at=at))
    _within_limit(one, by, swap, actor)
    _put(one, swap)
    one.turn, one.round, one.due_at = talk.turn, talk.round, talk.due_at
    one.save(update_fields=["turn", "round", "due_at", "difference", *_TERMS])
    record(BarterCountered(subject=one.code, by=by, round=one.round, offer=_write(one, by, note, at), due_at=due), actor=actor, at=at)
    _tell(one, one.turn, ("“{gives}”换“{gets}”：对方提出新的条款，请答复。",
                          "“{gives}” for “{gets}”: the other side proposes other terms; please answer."), "wait", at)
    return one


@operation("trading.barter.accept")
@covers("R12", "CAP-E4", "F3", "I19")
def accept_barter(*, barter: Barter, seen: int, actor: Actor, clock: Clock) -> Barter:
    """This will take the offer that stands: both trades under every rule of a deal as it holds now, funded by set-off, or neither.

    ``seen`` is the number of the offer the party read. Refuses by ``trading.barter.funds`` where either side has not what is money of it.
    Accepting twice is accepting once.
    """
    one, at = _locked(barter, actor, clock)
    by = side_of(one, actor.organization_id)
    if one.agreed_at is not None and by == one.turn and seen == one.round:
        unchanged(at=at)
        return one
    _stepped(one, "accept", by, at)
    if seen != one.round:
        raise Rejected("trading.barter.moved_on", barter=one.code)
    _stock(one.proposer_listing, one.partner_listing)
    pass_all(of_bartering(one, one.swap, at=at))
    _within_limit(one, by, one.swap, actor)
    _advance(one, "accept")
    one.due_at, one.agreed_at = None, at
    one.save(update_fields=["status", "due_at", "agreed_at"])
    conclude(one, by, actor=actor, clock=clock, at=at)
    return one


@operation("trading.barter.decline")
@covers("R12", "CAP-E4", "F3")
def decline_barter(*, barter: Barter, actor: Actor, clock: Clock) -> Barter:
    """This will say no to the offer that stands; whoever has the turn may."""
    return _end(barter, "decline", actor, clock)


@operation("trading.barter.withdraw")
@covers("R12", "CAP-E4", "F3")
def withdraw_barter(*, barter: Barter, actor: Actor, clock: Clock) -> Barter:
    """This will take back one's own offer before it is answered."""
    return _end(barter, "withdraw", actor, clock)


def _end(barter: Barter, act: str, actor: Actor, clock: Clock) -> Barter:
    one, at = _locked(barter, actor, clock)
    by = side_of(one, actor.organization_id)
    _finish(one, act, by, actor, at)
    word = {"decline": ("谢绝了提议", "declined the offer"), "withdraw": ("撤回了提议", "took its offer back")}[act]
    text = (f"“{{gives}}”换“{{gets}}”：对方{word[0]}。", f"“{{gives}}” for “{{gets}}”: the other side {word[1]}.")
    _tell(one, other(by), text, "info", at)
    return one


def _finish(one: Barter, act: str, by: str, actor: Actor, at: datetime) -> None:
    _stepped(one, act, by, at)
    _advance(one, act)
    one.due_at, one.ended_at = None, at
    one.save(update_fields=["status", "due_at", "ended_at"])
    record(barter_ended[str(one.status)](subject=one.code, by=by, round=one.round), actor=actor, at=at)


@operation("trading.barter.expire")
@covers("R12", "CAP-E4", "F3")
def expire_barter(*, barter: Barter, actor: Actor, clock: Clock) -> Barter:
    """This will end a barter nobody answered in time; before its time it changes nothing."""
    one = lock_barter(barter)
    at = clock.now()
    require(actor, "trading.barter.run", at=at)
    if one.status != BarterStatus.OFFERED or (one.due_at is not None and at < one.due_at):
        unchanged(at=at)
        return one
    _finish(one, "expire", "", actor, at)
    _tell(one, other(one.turn), ("“{gives}”换“{gets}”的提议已过期。", "The offer of “{gives}” for “{gets}” has expired."), "info", at)
    return one


def end_barter(one: Barter, act: str, *, cause: str = "", at: datetime) -> None:
    """This will move an agreed barter that the caller has locked to its end, settled or unwound; the caller tells it with the money."""
    _advance(one, act)
    one.ended_at, one.cause = at, cause[:60]
    one.save(update_fields=["status", "ended_at", "cause"])


def _tell(one: Barter, side: str, text: tuple[str, str], tone: str, at: datetime) -> None:
    """One side is told; its own licence is what it gets asked for."""
    (gives_zh, gives_en), (gets_zh, gets_en) = one.version_of(other(side)).titles, one.version_of(side).titles
    said = (text[0].format(gives=gives_zh, gets=gets_zh), text[1].format(gives=gives_en, gets=gets_en))
    notify(organization=one.party(side), kind="trading.barter.moved", text=said, tone=tone, subject=one.code,
           href=f"/desk/barters/{one.code}/", due_at=one.due_at if tone == "wait" else None, at=at)
