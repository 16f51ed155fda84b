"""Bargains of two parties 协商议价: offer, counter-offer, accept, decline, withdraw, expire; a private offer; a quote that holds its price.

``trading.auctions.bargain`` decides what an act does; here it is done under the row's lock, told to the other side and recorded.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from evidence.events import Commitment, new_salt
from evidence.operations import current_command, operation, record, unchanged
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.money import yuan
from kit.rejected import Rejected
from kit.states import advance
from listings.models import Listing, ListingVersion, SaleMode
from listings.values import clean_text
from participants.gates import pass_all
from participants.models import Organization
from participants.notices import Note, notify, notify_all
from participants.permissions import require
from participants.queries import add_working_days, parameter
from participants.spending import spending_gate
from participants.timers import after
from trading.auctions.bargain import NotMoved, Talk, Terms, other, start, step
from trading.deal_gates import ground_needed, of_dealing
from trading.events import NegotiationAccepted, NegotiationCountered, NegotiationEnded, NegotiationOpened, named
from trading.locks import lock_stock, lock_talk
from trading.models import Negotiation, NegotiationKind, NegotiationOffer
from trading.operations.dealing import form_trade
from trading.states import NEGOTIATION, NegotiationStatus
from trading.unpaid import unpaid_gate

__all__ = ["accept_offer", "counter_offer", "decline_offer", "expire_negotiation", "hold_quote", "offer_privately", "open_as",
           "open_negotiation", "talk_of", "withdraw_offer"]

_FAULT = "trading.negotiation.note"


def talk_of(one: Negotiation) -> Talk[Terms]:
    """This will read the row as the pure bargain."""
    return Talk(one.status, one.turn, one.round, one.terms, one.due_at, one.fixed)


@operation("trading.negotiation.open")
@covers("CAP-E4", "F3", "R45")
def open_negotiation(*, listing: Listing, terms: Terms, note: str = "", until: datetime | None = None, actor: Actor,
                     clock: Clock) -> Negotiation:
    """This will offer the seller a price of the buyer's own; the seller answers in working days.

    Raises ``trading.negotiation.one_open`` and what a purchase asks.
    """
    locked = lock_stock(listing)
    at = clock.now()
    require(actor, "trading.negotiation.open", at=at)
    buyer = Organization.objects.get(pk=actor.organization_id or 0)
    return _open(locked, buyer, NegotiationKind.BARGAIN, "buyer", terms, note, _until(locked, until, at), "", actor, at)


@operation("trading.negotiation.offer")
@covers("CAP-E4", "R24", "R45")
def offer_privately(*, listing: Listing, to: Organization, terms: Terms, ground: str = "", note: str = "", until: datetime | None = None,
                    actor: Actor, clock: Clock) -> Negotiation:
    """This will offer one buyer a price that only the two see. Who asks more than equals paid names the statutory ground (R24)."""
    locked = lock_stock(listing)
    at = clock.now()
    require(actor, "trading.negotiation.offer", subject=locked, at=at)
    pass_all([ground_needed(locked, terms.price_fen, ground, at=at)])
    return _open(locked, to, NegotiationKind.PRIVATE, "seller", terms, note, _until(locked, until, at), ground, actor, at)


@operation("trading.negotiation.hold")
@covers("CAP-E1", "CAP-E4")
def hold_quote(*, listing: Listing, terms: Terms, actor: Actor, clock: Clock) -> Negotiation:
    """This will hold the list price for a buyer: until the quote ends it may be taken, whatever the list says meanwhile.

    It holds the price, not a licence: stock is asked again when it is taken. ``terms.price_fen`` is what the buyer saw.
    """
    locked = lock_stock(listing)
    at = clock.now()
    require(actor, "trading.negotiation.open", at=at)
    version = locked.version
    if version is None or version.sale_mode != SaleMode.FIXED or version.price_fen is None:
        raise Rejected("trading.purchase.not_for_sale", listing=locked.code)
    if version.price_fen != terms.price_fen:
        raise Rejected("trading.purchase.quote_moved", listing=locked.code, total_fen=version.price_fen)
    buyer = Organization.objects.get(pk=actor.organization_id or 0)
    return _open(locked, buyer, NegotiationKind.HELD, "seller", terms, "", _until(locked, None, at), "", actor, at)


def _open(listing: Listing, buyer: Organization, kind: str, by: str, terms: Terms, note: str, due: datetime, ground: str, actor: Actor,
          at: datetime) -> Negotiation:
    if listing.version is None:
        raise Rejected("listings.listing.absent", listing=listing.code)
    _within_limit(listing, by, buyer, terms, actor, at)
    one = open_as(listing, listing.version, buyer, kind, by, terms, due, note=note, ground=ground, actor=actor, at=at)
    if kind != NegotiationKind.HELD:
        _tell(one, one.turn, (f"“{one.version.titles[0]}”：对方报价 {yuan(terms.price_fen)}，请答复。",
                              f"“{one.version.titles[1]}”: you are offered {yuan(terms.price_fen)}; please answer."), "wait", at)
    return one


def open_as(listing: Listing, version: ListingVersion, buyer: Organization, kind: str, by: str, terms: Terms, due: datetime, *,
            note: str = "", ground: str = "", actor: Actor, at: datetime) -> Negotiation:
    """This will write a bargain of any kind with its first offer, in the caller's transaction and under its lock of the listing."""
    pass_all(of_dealing(listing, version, buyer, terms, auctioned=kind == NegotiationKind.SECOND_CHANCE, at=at))
    if known := Negotiation.objects.filter(listing=listing, buyer=buyer, status=NegotiationStatus.OFFERED).first():
        raise Rejected("trading.negotiation.one_open", talk=known.code)
    one = Negotiation(code=new_code("NEG"), venue=listing.venue, seller=listing.organization, buyer=buyer, listing=listing, version=version,
                      kind=kind, ground=ground, due_at=due, opened_at=at, **asdict(terms))
    one.turn = start(by, terms, due, fixed=one.fixed).turn
    one.save(force_insert=True)
    written = _write(one, by, note, at)
    record(NegotiationOpened(subject=one.code, listing=listing.code, version_code=version.code, seller=one.seller.code, buyer=buyer.code,
                             by=by, sort=kind, ground=ground, offer=written, due_at=due), actor=actor, at=at)
    return one


def _write(one: Negotiation, by: str, note: str, at: datetime) -> Commitment:
    """The offer as a row, and what the record book holds of it."""
    assert one.due_at is not None, "an offer has its deadline"
    salt = new_salt()
    NegotiationOffer.objects.create(negotiation=one, seq=one.round, by=by, note=clean_text("note", note, 1000, _FAULT), salt=salt,
                                    due_at=one.due_at, at=at, command=current_command(), **asdict(one.terms))
    return Commitment(asdict(one.terms), salt)


def _until(listing: Listing, asked: datetime | None, at: datetime) -> datetime:
    if asked is None:
        return add_working_days(listing.venue, at, int(parameter("negotiation.turn_days", venue=listing.venue, at=at)))
    if not after("deal.shortest", at) <= asked <= after("negotiation.longest", at):
        raise Rejected("trading.negotiation.deadline")
    return asked


def _within_limit(listing: Listing, by: str, buyer: Organization, terms: Terms, actor: Actor, at: datetime) -> None:
    """A buyer's person offers and accepts within what the house lets him commit, and it within its band: an offer binds once accepted."""
    if by == "buyer":
        pass_all([spending_gate(actor, listing.code, terms.price_fen),
                  unpaid_gate(buyer, terms.price_fen, venue=listing.venue, reader_id=actor.organization_id, at=at)])


def _side(one: Negotiation, actor: Actor) -> str:
    return "seller" if actor.organization_id == one.seller_id else "buyer"


def _locked(one: Negotiation, actor: Actor, clock: Clock) -> tuple[Negotiation, datetime]:
    locked = lock_talk(one)
    at = clock.now()
    require(actor, "trading.negotiation.answer", subject=locked, at=at)
    return locked, at


def _stepped(one: Negotiation, act: str, by: str, at: datetime, terms: Terms | None = None, due_at: datetime | None = None) -> Talk[Terms]:
    """What the act does; refused in words otherwise."""
    answer = step(talk_of(one), act, by, at, terms=terms, due_at=due_at)
    if isinstance(answer, NotMoved):
        raise Rejected(f"trading.negotiation.{answer.code}", talk=one.code, state=str(one.get_status_display()),
                       due_at=one.due_at.isoformat(timespec="seconds") if one.due_at else "")
    assert advance(NEGOTIATION, NegotiationStatus(one.status), act, subject=one.code, code="trading.negotiation.over") == answer.status
    return answer


@operation("trading.negotiation.counter")
@covers("CAP-E4", "F3")
def counter_offer(*, negotiation: Negotiation, terms: Terms, note: str = "", until: datetime | None = None, actor: Actor,
                  clock: Clock) -> Negotiation:
    """This will answer an offer with another one, and pass the turn. At most twenty offers; the same terms again are no counter-offer."""
    one, at = _locked(negotiation, actor, clock)
    by = _side(one, actor)
    due = _until(one.listing, until, at)
    talk = _stepped(one, "counter", by, at, terms, due)
    pass_all(of_dealing(one.listing, one.version, one.buyer, terms, at=at))
    _within_limit(one.listing, by, one.buyer, terms, actor, at)
    if by == "seller" and one.kind == NegotiationKind.PRIVATE:
        pass_all([ground_needed(one.listing, terms.price_fen, one.ground, at=at)])
    one.turn, one.round, one.due_at = talk.turn, talk.round, talk.due_at
    one.price_fen, one.seats, one.term_days, one.purpose = terms.price_fen, terms.seats, terms.term_days, terms.purpose
    one.save(update_fields=["turn", "round", "due_at", "price_fen", "seats", "term_days", "purpose"])
    record(NegotiationCountered(subject=one.code, by=by, round=one.round, offer=_write(one, by, note, at), due_at=due), actor=actor, at=at)
    _tell(one, one.turn, (f"“{one.version.titles[0]}”：对方还价 {yuan(terms.price_fen)}，请答复。",
                          f"“{one.version.titles[1]}”: the other side counters with {yuan(terms.price_fen)}; please answer."), "wait", at)
    return one


@operation("trading.negotiation.accept")
@covers("CAP-E4", "F3", "I19")
def accept_offer(*, negotiation: Negotiation, seen: int, actor: Actor, clock: Clock) -> Negotiation:
    """This will take the offer that stands: one trade, under every rule of a purchase as it holds now. Accepting twice is accepting once.

    ``seen`` is the number of the offer the party read; ``trading.negotiation.moved_on`` when another stands now.
    """
    one, at = _locked(negotiation, actor, clock)
    by = _side(one, actor)
    if one.status == NegotiationStatus.ACCEPTED and by == one.turn and seen == one.round:
        unchanged()
        return one
    talk = _stepped(one, "accept", by, at)
    if seen != one.round:
        raise Rejected("trading.negotiation.moved_on", talk=one.code)
    _within_limit(one.listing, by, one.buyer, one.terms, actor, at)
    one.trade = form_trade(one.listing, one.version, one.buyer, one.terms, auctioned=one.kind == NegotiationKind.SECOND_CHANCE, actor=actor,
                           at=at)
    one.status, one.due_at, one.ended_at = NegotiationStatus(talk.status), None, at
    one.save(update_fields=["status", "due_at", "ended_at", "trade"])
    record(NegotiationAccepted(subject=one.code, by=by, round=one.round, price_fen=one.price_fen, trade=one.trade.code), actor=actor, at=at)
    _tell_deal(one, at)
    return one


def _tell_deal(one: Negotiation, at: datetime) -> None:
    assert one.trade is not None, "accepted above"
    (zh, en), page = one.version.titles, f"/desk/trades/{one.trade.code}/"
    notify_all([
        Note(one.seller, "trading.negotiation.accepted", (f"“{zh}”议价达成，等待买方付款。", f"“{en}”: agreed; the buyer pays next."), "ok",
             one.trade.code, page),
        Note(one.buyer, "trading.negotiation.accepted", (f"“{zh}”议价达成，请按期付款。", f"“{en}”: agreed; please pay in time."), "wait",
             one.trade.code, page, one.trade.state.due_at)], at=at)


@operation("trading.negotiation.decline")
@covers("CAP-E4", "F3")
def decline_offer(*, negotiation: Negotiation, actor: Actor, clock: Clock) -> Negotiation:
    """This will say no to the offer that stands; whoever has the turn may."""
    return _end(negotiation, "decline", actor, clock)


@operation("trading.negotiation.withdraw")
@covers("CAP-E4", "F3")
def withdraw_offer(*, negotiation: Negotiation, actor: Actor, clock: Clock) -> Negotiation:
    """This will take back one's own offer before it is answered."""
    return _end(negotiation, "withdraw", actor, clock)


def _end(negotiation: Negotiation, act: str, actor: Actor, clock: Clock) -> Negotiation:
    one, at = _locked(negotiation, actor, clock)
    by = _side(one, actor)
    _finish(one, act, by, actor, at)
    word = {"decline": ("谢绝了报价", "declined the offer"), "withdraw": ("撤回了报价", "took its offer back")}[act]
    zh, en = one.version.titles
    _tell(one, other(by), (f"“{zh}”：对方{word[0]}。", f"“{en}”: the other side {word[1]}."), "info", at)
    return one


def _finish(one: Negotiation, act: str, by: str, actor: Actor, at: datetime) -> None:
    talk = _stepped(one, act, by, at)
    one.status, one.due_at, one.ended_at = NegotiationStatus(talk.status), None, at
    one.save(update_fields=["status", "due_at", "ended_at"])
    record(named(NegotiationEnded, f"trading.negotiation.{talk.status}")(subject=one.code, by=by, round=one.round), actor=actor, at=at)


@operation("trading.negotiation.expire")
@covers("CAP-E4", "F3")
def expire_negotiation(*, negotiation: Negotiation, actor: Actor, clock: Clock) -> Negotiation:
    """This will end a bargain nobody answered in time; before its time it changes nothing."""
    one = lock_talk(negotiation)
    at = clock.now()
    require(actor, "trading.negotiation.run", at=at)
    if one.status != NegotiationStatus.OFFERED or (one.due_at is not None and at < one.due_at):
        unchanged()
        return one
    _finish(one, "expire", "", actor, at)
    text = (f"“{one.version.titles[0]}”的报价已过期。", f"The offer on “{one.version.titles[1]}” has expired.")
    _tell(one, other(one.turn), text, "info", at)
    return one


def _tell(one: Negotiation, side: str, text: tuple[str, str], tone: str, at: datetime) -> None:
    notify(organization=one.seller if side == "seller" else one.buyer, kind="trading.negotiation.moved", text=text, tone=tone,
           subject=one.code, href=f"/desk/negotiations/{one.code}/", due_at=one.due_at if tone == "wait" else None, at=at)
