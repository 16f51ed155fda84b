"""Requests for quotes 询价、招标、需求: open, quote under seal, close, another round, award or end without one.

A public request is a demand on the board; one to invited sellers is a tender. Quotes are seen by nobody else before the round is over.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from compliance.taxonomy import Purpose
from evidence.events import Commitment, new_salt
from evidence.models import Deposit
from evidence.operations import current_command, operation, record, unchanged
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.money import MAX_FEN
from kit.rejected import FieldFault, Rejected
from kit.states import advance, open_actions
from listings.models import Listing
from listings.sectors import SECTORS
from listings.values import clean_choice, clean_text
from participants.gates import capable, pass_all
from participants.models import Organization
from participants.notices import Note, notify_all
from participants.permissions import require
from participants.queries import affiliated
from participants.roles import Capability
from participants.spending import spending_gate
from participants.timers import after
from trading.auctions.bargain import NotMoved
from trading.auctions.rfq import Request, move, takes_quotes
from trading.deal_gates import of_dealing
from trading.events import QuoteEnded, QuoteGiven, RfqAwarded, RfqClosed, RfqEnded, RfqOpened, RfqReopened, named
from trading.locks import lock_rfq
from trading.models import Quote, Rfq, RfqInvitation
from trading.operations.challenging import ChallengeTerms, criteria_told, fair_choice, keep_trial, mark_entries, set_challenge
from trading.operations.dealing import form_trade
from trading.requests import may_quote, standing_quotes, suggested, terms_for
from trading.states import QUOTE, RFQ, QuoteStatus, RfqStatus

__all__ = ["award_rfq", "cancel_rfq", "close_rfq", "give_quote", "lapse_rfq", "next_round", "open_rfq", "reject_quotes", "withdraw_quote"]

_FAULT = "trading.rfq.faulty"
#: How many sellers a tender may name.
MOST_INVITED = 50
_PURPOSES = [one for one in Purpose.values if one not in {"reidentification", "discriminatory_pricing", "fraud"}]


@operation("trading.rfq.open")
@covers("CAP-E4", "D7", "R45")
def open_rfq(*, title: str, need: str, purpose: str, closes_at: datetime, sector: str = "", seats: int | None = None,
             term_days: int | None = None, budget_fen: int | None = None, budget_hidden: bool = False, public: bool = True,
             invited: Sequence[Organization] = (), challenge: ChallengeTerms | None = None, actor: Actor, clock: Clock) -> Rfq:
    """This will ask for quotes: everyone on the board, or the sellers invited. Nobody tied to the buyer is invited.

    With a ``challenge`` each quote brings answers to a blind trial, and its criteria order the entries (R112).
    Sellers whose listings the catalogue finds for a public demand are told of it.
    """
    at = clock.now()
    require(actor, "trading.rfq.open", at=at)
    buyer = Organization.objects.select_related("venue").get(pk=actor.organization_id or 0)
    pass_all([capable(buyer, Capability.BID, at=at)])
    texts = {"title": clean_text("title", title, 200, _FAULT), "need": clean_text("need", need, 5000, _FAULT),
             "sector": clean_choice("sector", sector, SECTORS, _FAULT), "purpose": clean_choice("purpose", purpose, _PURPOSES, _FAULT)}
    _refuse_faulty(texts, budget_fen, seats, term_days)
    _refuse_times(closes_at, at)
    guests = {one.pk: one for one in invited}
    if public == bool(guests) or len(guests) > MOST_INVITED:
        raise Rejected("trading.rfq.invitations")
    for guest in guests.values():
        if affiliated(buyer, guest, at=at):
            raise Rejected("trading.rfq.affiliated", organization=guest.code)
    rfq = Rfq.objects.create(code=new_code("RFQ"), venue=buyer.venue, buyer=buyer, public=public, seats=seats, term_days=term_days,
                             budget_fen=budget_fen, budget_hidden=budget_hidden, closes_at=closes_at, opened_at=at, **texts)
    RfqInvitation.objects.bulk_create([RfqInvitation(rfq=rfq, organization=one, at=at) for one in guests.values()])
    criteria = criteria_told(set_challenge(rfq, challenge) if challenge else None)
    record(RfqOpened(subject=rfq.code, buyer=buyer.code, public=public, purpose=rfq.purpose, closes_at=closes_at,
                     invited=sorted(one.code for one in guests.values()), **criteria), actor=actor, at=at)
    _tell(rfq, list(guests.values()), ("邀请您报价", "you are asked to quote"), "wait", closes_at, at)
    if public:
        fitting = {one.organization_id: one.organization for one in suggested(rfq)}
        text = ("需求榜上有与您在售产品相近的需求", "a demand on the board is close to what you sell")
        _tell(rfq, list(fitting.values()), text, "info", closes_at, at)
    return rfq


def _refuse_faulty(texts: dict[str, str], budget_fen: int | None, seats: int | None, term_days: int | None) -> None:
    faults = [FieldFault(name, "missing", ("必填", "Required")) for name in ("title", "need", "purpose") if not texts[name]]
    if budget_fen is not None and not 0 <= budget_fen <= MAX_FEN:
        faults.append(FieldFault("budget_fen", "out_of_range", ("金额不正确", "Not a sum of money")))
    faults += [FieldFault(name, "out_of_range", ("应为正整数", "A whole number above zero"))
               for name, value in (("seats", seats), ("term_days", term_days)) if value is not None and not 1 <= value <= 100_000]
    if faults:
        raise Rejected(_FAULT, errors=faults)


def _refuse_times(closes_at: datetime, at: datetime) -> None:
    if not after("deal.shortest", at) <= closes_at <= after("rfq.longest", at):
        raise Rejected("trading.rfq.times")


def _pure(rfq: Rfq) -> Request:
    return Request(rfq.status, rfq.round, rfq.closes_at, rfq.due_at)


def _move(rfq: Rfq, act: str, at: datetime, *, quotes: int = 0, closes_at: datetime | None = None, due_at: datetime | None = None) -> None:
    """Moves the row as ``trading.auctions.rfq`` says, along the table; refused in words otherwise."""
    answer = move(_pure(rfq), act, at, quotes=quotes, closes_at=closes_at, due_at=due_at)
    if isinstance(answer, NotMoved):
        raise Rejected(f"trading.rfq.{answer.code}", rfq=rfq.code, subject=rfq.code, state=str(rfq.get_status_display()),
                       open_actions=", ".join(open_actions(RFQ, RfqStatus(rfq.status))) or "-")
    along = {"reject": "fail", "lapse": "fail", "close": "close" if answer.status == "evaluating" else "fail"}.get(act, act)
    assert advance(RFQ, RfqStatus(rfq.status), along, subject=rfq.code, code="trading.rfq.illegal_move") == answer.status
    rfq.status, rfq.round, rfq.closes_at, rfq.due_at = RfqStatus(answer.status), answer.round, answer.closes_at, answer.due_at


# ---- quotes ----------------------------------------------------------------------------------------------------------------

@operation("trading.quote.give")
@covers("CAP-E4", "R53")
def give_quote(*, rfq: Rfq, listing: Listing, price_fen: int, note: str = "", answers: Deposit | None = None, actor: Actor,
               clock: Clock) -> Quote:
    """This will quote a listing of one's own at a price, under seal until the round ends; a newer quote takes the place of the older.

    What a purchase asks is asked of this buyer and this listing at once, and again at the award. A challenge takes ``answers`` with it.
    """
    held = lock_rfq(rfq)
    at = clock.now()
    require(actor, "trading.quote.give", at=at)
    _refuse_late(held, at)
    seller = Organization.objects.get(pk=actor.organization_id or 0)
    if code := may_quote(held, seller.pk):
        raise Rejected(code, rfq=held.code)
    offered = Listing.objects.select_related("organization", "version", "venue", "pilot").get(pk=listing.pk)
    if offered.organization_id != seller.pk or offered.version is None:
        raise Rejected("trading.quote.not_yours", listing=offered.code)
    pass_all(of_dealing(offered, offered.version, held.buyer, terms_for(held, price_fen), at=at))
    for old in held.quotes.filter(seller=seller, status=QuoteStatus.STANDING):
        _end_quote(old, "withdraw", actor, at)
    salt = new_salt()
    quote = Quote.objects.create(code=new_code("QTE"), rfq=held, round=held.round, seller=seller, listing=offered, version=offered.version,
                                 price_fen=price_fen, note=clean_text("note", note, 1000, _FAULT), salt=salt, at=at,
                                 command=current_command())
    trial = keep_trial(quote, held, answers)
    record(QuoteGiven(subject=quote.code, request=held.code, round=held.round, seller=seller.code, listing=offered.code, trial=trial,
                      version_code=quote.version.code, price=Commitment(price_fen, salt)), actor=actor, at=at)
    return quote


@operation("trading.quote.withdraw")
@covers("CAP-E4")
def withdraw_quote(*, quote: Quote, actor: Actor, clock: Clock) -> Quote:
    """This will take one's quote back while the round is open; afterwards it binds until the buyer has decided."""
    held = lock_rfq(quote.rfq)
    at = clock.now()
    found = Quote.objects.select_related("seller").get(pk=quote.pk)
    require(actor, "trading.quote.withdraw", subject=found, at=at)
    _refuse_late(held, at)
    _end_quote(found, "withdraw", actor, at)
    return found


def _refuse_late(rfq: Rfq, at: datetime) -> None:
    if not takes_quotes(_pure(rfq), at):
        raise Rejected("trading.quote.too_late", rfq=rfq.code, closes_at=rfq.closes_at.isoformat(timespec="seconds"))


def _end_quote(quote: Quote, action: str, actor: Actor, at: datetime) -> None:
    quote.status = advance(QUOTE, QuoteStatus(quote.status), action, subject=quote.code, code="trading.quote.illegal_move")
    quote.ended_at = at
    quote.save(update_fields=["status", "ended_at"])
    record(named(QuoteEnded, f"trading.quote.{quote.status}")(subject=quote.code, request=quote.rfq.code, seller=quote.seller.code),
           actor=actor, at=at)


# ---- the round's end, another round, the decision --------------------------------------------------------------------------

@operation("trading.rfq.close")
@covers("CAP-E4")
def close_rfq(*, rfq: Rfq, actor: Actor, clock: Clock) -> Rfq:
    """This will end the round at its time: the buyer compares and decides, or the request has failed when nobody quoted."""
    held = lock_rfq(rfq)
    at = clock.now()
    require(actor, "trading.rfq.run", at=at)
    if held.status != RfqStatus.OPEN or at < held.closes_at:
        unchanged()
        return held
    quotes, due = standing_quotes(held), after("rfq.decide", at, venue=held.venue)
    _move(held, "close", at, quotes=len(quotes), due_at=due)
    if not quotes:
        _finish(held, "trading.rfq.no_quote", "", [], actor, at)
        return held
    held.save(update_fields=["status", "due_at"])
    marks = mark_entries(held, quotes)
    record(RfqClosed(subject=held.code, round=held.round, quotes=[one.code for one in quotes], marks=marks, due_at=due), actor=actor, at=at)
    text = (f"收到 {len(quotes)} 份报价，请比较并定标", f"{len(quotes)} quotes are in: compare and decide")
    _tell(held, [held.buyer], text, "wait", held.due_at, at)
    return held


@operation("trading.rfq.next_round")
@covers("CAP-E4")
def next_round(*, rfq: Rfq, closes_at: datetime, target_fen: int | None = None, message: str = "", actor: Actor, clock: Clock) -> Rfq:
    """This will open a further round to those who quoted, with the buyer's counter-offer; quotes stand until their sellers mend them."""
    held, at = _held(rfq, actor, clock)
    _refuse_times(closes_at, at)
    if target_fen is not None and not 0 <= target_fen <= MAX_FEN:
        raise Rejected(_FAULT, errors=[FieldFault("target_fen", "out_of_range", ("金额不正确", "Not a sum of money"))])
    _move(held, "next_round", at, closes_at=closes_at)
    held.target_fen, held.message = target_fen, clean_text("message", message, 1000, _FAULT)
    held.save(update_fields=["status", "round", "due_at", "closes_at", "target_fen", "message"])
    record(RfqReopened(subject=held.code, round=held.round, has_target=target_fen is not None, closes_at=closes_at), actor=actor, at=at)
    text = (f"第 {held.round} 轮开始，可改报价", f"round {held.round} is open: you may quote anew")
    _tell(held, [one.seller for one in standing_quotes(held)], text, "wait", closes_at, at)
    return held


@operation("trading.rfq.award")
@covers("CAP-E4", "D7", "I19", "R53")
def award_rfq(*, rfq: Rfq, quote: Quote, reason: str = "", actor: Actor, clock: Clock) -> Rfq:
    """This will award one quote: its trade, under every rule of a purchase as it holds now; the others have lost and are told.

    In a challenge ``reason`` says why an entry with fewer points is chosen; everyone reads it.
    """
    held, at = _held(rfq, actor, clock)
    if held.status == RfqStatus.AWARDED and Quote.objects.filter(pk=quote.pk, rfq=held, status=QuoteStatus.WON).exists():
        unchanged()
        return held
    _move(held, "award", at)
    quotes = standing_quotes(held)
    won = next((one for one in quotes if one.pk == quote.pk), None)
    if won is None:
        raise Rejected("trading.quote.not_standing", rfq=held.code)
    pass_all([spending_gate(actor, won.listing.code, won.price_fen)])
    held.reason = fair_choice(held, won, reason, at=at)
    _end_quote(won, "win", actor, at)
    lost = [one for one in quotes if one.pk != won.pk]
    for one in lost:
        _end_quote(one, "lose", actor, at)
    held.trade = form_trade(won.listing, won.version, held.buyer, terms_for(held, won.price_fen), actor=actor, at=at)
    held.ended_at = at
    held.save(update_fields=["status", "due_at", "ended_at", "trade", "reason"])
    record(RfqAwarded(subject=held.code, won=won.code, lost=[one.code for one in lost], price_fen=won.price_fen, trade=held.trade.code,
                      reason=held.reason), actor=actor, at=at)
    page, title = f"/desk/trades/{held.trade.code}/", held.title
    notify_all([
        Note(won.seller, "trading.rfq.won", (f"“{title}”：您的报价入选，等待买方付款。",
                                                f"“{title}”: your quote was chosen; the buyer pays next."), "ok", held.trade.code, page),
        Note(held.buyer, "trading.rfq.awarded", (f"“{title}”已定标，请按期付款。", f"“{title}” is awarded; please pay in time."),
             "wait", held.trade.code, page, held.trade.state.due_at), *_notes(held, [one.seller for one in lost], _LOST)], at=at)
    return held


_LOST = ("另有报价入选，您的报价落选", "another quote was chosen")


@operation("trading.rfq.reject")
@covers("CAP-E4")
def reject_quotes(*, rfq: Rfq, reason: str, actor: Actor, clock: Clock) -> Rfq:
    """This will end the request without an award, for a reason that the sellers are told."""
    held, at = _held(rfq, actor, clock)
    _move(held, "reject", at)
    _finish(held, "trading.rfq.rejected", _reason(reason), standing_quotes(held), actor, at)
    return held


@operation("trading.rfq.cancel")
@covers("CAP-E4")
def cancel_rfq(*, rfq: Rfq, reason: str, actor: Actor, clock: Clock) -> Rfq:
    """This will call the request off while its first round is open; quotes go back unread."""
    held, at = _held(rfq, actor, clock)
    quotes = standing_quotes(held)
    _move(held, "cancel", at)
    _finish(held, "trading.rfq.by_buyer", _reason(reason), quotes, actor, at)
    return held


@operation("trading.rfq.lapse")
@covers("CAP-E4")
def lapse_rfq(*, rfq: Rfq, actor: Actor, clock: Clock) -> Rfq:
    """This will end a request whose buyer did not decide in time; the quotes expire and bind nobody any more."""
    held = lock_rfq(rfq)
    at = clock.now()
    require(actor, "trading.rfq.run", at=at)
    if held.status != RfqStatus.EVALUATING or (held.due_at is not None and at < held.due_at):
        unchanged()
        return held
    _move(held, "lapse", at)
    _finish(held, "trading.rfq.undecided", "", standing_quotes(held), actor, at)
    return held


def _held(rfq: Rfq, actor: Actor, clock: Clock) -> tuple[Rfq, datetime]:
    """The request under its lock, in the buyer's hands."""
    held = lock_rfq(rfq)
    at = clock.now()
    require(actor, "trading.rfq.open", subject=held, at=at)
    return held, at


def _reason(text: str) -> str:
    told = clean_text("reason", text, 400, _FAULT)
    if not told:
        raise Rejected(_FAULT, errors=[FieldFault("reason", "missing", ("请说明原因", "Say why"))])
    return told


def _finish(rfq: Rfq, code: str, reason: str, quotes: Sequence[Quote], actor: Actor, at: datetime) -> None:
    for one in quotes:
        _end_quote(one, "lose" if code == "trading.rfq.rejected" else "expire", actor, at)
    rfq.ended_at, rfq.due_at, rfq.reason = at, None, reason
    rfq.save(update_fields=["status", "ended_at", "due_at", "reason"])
    record(named(RfqEnded, f"trading.rfq.{rfq.status}")(subject=rfq.code, reason_code=code, quotes=[one.code for one in quotes]),
           actor=actor, at=at)
    others = [] if actor.organization_id == rfq.buyer_id else [rfq.buyer]
    _tell(rfq, [*others, *(one.seller for one in quotes)], ("询价结束，未成交", "ended without a trade"), "info", None, at)


def _notes(rfq: Rfq, to: Sequence[Organization], text: tuple[str, str], tone: str = "info", due_at: datetime | None = None) -> list[Note]:
    return [Note(one, "trading.rfq.moved", (f"“{rfq.title}”：{text[0]}。", f"“{rfq.title}”: {text[1]}."), tone, rfq.code,
                 f"/trading/demands/{rfq.code}/", due_at) for one in to]


def _tell(rfq: Rfq, to: Sequence[Organization], text: tuple[str, str], tone: str, due_at: datetime | None, at: datetime) -> None:
    notify_all(_notes(rfq, to, text, tone, due_at), at=at)
