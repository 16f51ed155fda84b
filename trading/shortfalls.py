"""The defaulter pays the difference 补足差额 (Auction Law 39): noted with the default, worked out when the lot was auctioned again.

The buyer of the first auction owes by how much the second price is lower, and the venue's fees of both sides on the first price. The
forfeited deposit counts first, towards the difference and then the fees. Only a lot of the same version and format, announced on terms
that are no lower, counts as the same lot auctioned again; a sale to the runner-up by second chance does not.
"""

from __future__ import annotations

from datetime import datetime

from compliance.credit import note_credit
from evidence.operations import operation, record, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock, FixedClock
from kit.coverage import covers
from kit.ids import new_code
from kit.money import yuan
from kit.states import advance
from ledger import operations as ledger
from ledger.accounts import AccountKind
from ledger.operations import Leg
from participants.charges import Fund, Payer
from participants.notices import Note, notify_all
from participants.permissions import require
from participants.queries import add_working_days, venue_organization
from participants.timers import after
from trading.auctions.slips import SEVERAL
from trading.events import shortfall_moved
from trading.models import Auction, Shortfall, Trade, TradeState
from trading.queries import charges_of
from trading.states import SHORTFALL, ShortfallStatus

__all__ = ["auctioned_again", "claim_shortfalls", "end_due_shortfalls", "note_default", "open_shortfall", "owed", "pay_shortfall"]

_PAGE = "/desk/shortfalls/"


def owed(first_fen: int, fees_fen: int, deposit_fen: int, resale_fen: int) -> tuple[int, int]:
    """This will work out what is owed to the seller and to the venue, in whole fen; the deposit counts first."""
    lack = max(0, first_fen - resale_fen)
    return max(0, lack - deposit_fen), max(0, fees_fen - max(0, deposit_fen - lack))


@covers("CAP-E10")
def note_default(trade: Trade, event: str, *, side: str, actor: Actor, at: datetime) -> None:
    """This will write the credit event of whoever did not pay or did not sign, in the caller's act."""
    note_credit(organization=trade.buyer if side == "buyer" else trade.seller, event=event, source=trade.code, actor=actor,
                clock=FixedClock(at))


def open_shortfall(trade: Trade, state: TradeState, *, actor: Actor, at: datetime) -> Shortfall | None:
    """This will note what a defaulted award fell short of, within the default's act; of several licences none is auctioned again alone."""
    if trade.award is None or trade.award.auction.format in SEVERAL or not trade.price_fen:
        return None
    fees = sum(charges_of(trade).total(trade.price_fen, payer, Fund.VENUE) for payer in Payer)
    one = Shortfall.objects.create(code=new_code("SHF"), trade=trade, first_fen=trade.price_fen, fees_fen=fees, opened_at=at,
                                   deposit_fen=state.deposit_fen if state.deposit else 0, due_at=after("shortfall.resale", at))
    _note("opened", one, actor, at)
    return one


def auctioned_again(lot: Auction) -> int:
    """This will bind a lot being announced to the defaults before it, where it is the same lot on terms that are no lower."""
    rows = Shortfall.objects.filter(status=ShortfallStatus.OPEN, trade__listing=lot.listing, trade__version=lot.version,
                                    trade__award__auction__format=lot.format, due_at__gt=lot.announced_at)
    bound = 0
    for one in rows.select_related("trade__award__auction").select_for_update(of=("self",), no_key=True):
        before = one.trade.award.auction if one.trade.award else None
        if before is None or _terms(lot) < _terms(before) or (lot.reserve_price_fen or 0) < (before.reserve_price_fen or 0) \
                or (lot.clock_floor_fen or 0) < (before.clock_floor_fen or 0):
            continue
        one.resale = lot
        one.save(update_fields=["resale"])
        bound += 1
    return bound


def _terms(lot: Auction) -> int:
    return lot.start_price_fen


def claim_shortfalls(lot: Auction, price_fen: int, *, actor: Actor, at: datetime) -> None:
    """This will work out what is owed once the lot is sold again, within the award's act: a claim with its date, or nothing."""
    rows = Shortfall.objects.select_for_update(of=("self",), no_key=True).filter(resale=lot, status=ShortfallStatus.OPEN).order_by("pk")
    for one in rows.select_related("trade__buyer", "trade__seller", "trade__venue", "trade__version"):
        one.resale_fen = price_fen
        one.to_seller_fen, one.to_venue_fen = owed(one.first_fen, one.fees_fen, one.deposit_fen, price_fen)
        if not one.amount_fen:
            _end(one, "void", "voided", actor, at)
            continue
        one.status = advance(SHORTFALL, ShortfallStatus(one.status), "claim", subject=one.code, code="trading.shortfall.illegal_move")
        one.due_at = add_working_days(lot.venue, at, lot.payment_days)
        one.save()
        _note("claimed", one, actor, at)
        (zh, en), amount = one.trade.titles, yuan(one.amount_fen)
        notify_all([
            Note(one.trade.buyer, "trading.shortfall.claimed", (f"“{zh}”再次拍卖低于您未付的成交价，请补足差额与佣金 {amount}。",
                 f"“{en}” sold for less than the price you did not pay: the difference and fees of {amount} are due."),
                 "wait", one.code, _PAGE, one.due_at),
            Note(one.trade.seller, "trading.shortfall.claimed", (f"“{zh}”的差额 {amount} 已向违约买方追偿。",
                 f"The difference of {amount} on “{en}” is claimed from the buyer who defaulted."), "info", one.code, _PAGE)], at=at)


@operation("trading.shortfall.pay")
@covers("R45", "CAP-E10")
def pay_shortfall(*, shortfall: Shortfall, actor: Actor, clock: Clock) -> Shortfall:
    """This will pay what is owed, in time or late: the difference to the seller, the fees to the venue. Paying twice is paying once.

    Raises ``ledger.insufficient_funds``, ``trading.shortfall.illegal_move`` before anything is claimed.
    """
    one = _locked(shortfall)
    at = clock.now()
    require(actor, "trading.shortfall.pay", subject=one.trade, at=at)
    if one.status == ShortfallStatus.PAID:
        unchanged()
        return one
    amount = one.amount_fen
    advance(SHORTFALL, ShortfallStatus(one.status), "pay", subject=one.code, code="trading.shortfall.illegal_move")
    house = venue_organization(one.trade.venue).code
    buyer, seller, fees = ledger.accounts((one.trade.buyer.code, AccountKind.AVAILABLE), (one.trade.seller.code, AccountKind.AVAILABLE),
                                          (house, AccountKind.VENUE_FEES))
    ledger.lock([buyer, seller, fees])
    legs = [Leg(buyer, -amount), *(Leg(to, fen) for to, fen in ((seller, one.to_seller_fen), (fees, one.to_venue_fen)) if fen)]
    ref = ledger.transfer(kind="auction_shortfall", legs=legs, subject=one.code, at=at)
    _end(one, "pay", "paid", actor, at, ref.hash)
    zh, en = one.trade.titles
    notify_all([Note(one.trade.seller, "trading.shortfall.paid", (f"“{zh}”的差额已补足，{yuan(one.to_seller_fen)} 已划给您。",
                     f"The difference on “{en}” is paid: {yuan(one.to_seller_fen)} is yours."), "ok", one.code, _PAGE)], at=at)
    return one


@operation("trading.shortfall.end")
@covers("CAP-E10")
def _lapse(*, shortfall: Shortfall, actor: Actor, clock: Clock) -> Shortfall:
    """A claim whose date is over is overdue, which counts in credit; a lot not auctioned again in time claims nothing."""
    one = _locked(shortfall)
    at = clock.now()
    require(actor, "trading.shortfall.run", at=at)
    runs = one.status == ShortfallStatus.OPEN and one.resale is not None and one.resale.ended_at is None
    if one.due_at is None or at < one.due_at or runs:
        unchanged()
        return one
    if one.status == ShortfallStatus.OPEN:
        _end(one, "void", "voided", actor, at)
        return one
    _end(one, "miss", "overdue", actor, at)
    note_credit(organization=one.trade.buyer, event="payment_default", source=one.code, actor=actor, clock=clock)
    zh, en = one.trade.titles
    notify_all([Note(one.trade.buyer, "trading.shortfall.overdue", (f"“{zh}”的差额逾期未补足，已记入信用；请尽快付清。",
                     f"The difference on “{en}” is overdue and counts in your credit; please pay it."), "bad", one.code, _PAGE),
                Note(one.trade.seller, "trading.shortfall.overdue", (f"“{zh}”的差额逾期未付，可凭本所记录向法院主张。",
                     f"The difference on “{en}” is overdue; the exchange's record serves before a court."), "bad", one.code, _PAGE)], at=at)
    return one


def end_due_shortfalls(*, clock: Clock, most: int = 200) -> int:
    """This will act on every date of a shortfall that has passed; returns how many there were."""
    due = list(Shortfall.objects.filter(status__in=(ShortfallStatus.OPEN, ShortfallStatus.CLAIMED), due_at__lte=clock.now()).exclude(
        status=ShortfallStatus.OPEN, resale__isnull=False, resale__ended_at__isnull=True).order_by("due_at")[:most])
    for one in due:
        _lapse(shortfall=one, actor=SYSTEM, clock=clock)
    return len(due)


def _locked(one: Shortfall) -> Shortfall:
    rows = Shortfall.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("trade__buyer", "trade__seller", "trade__venue", "trade__version", "resale").get(pk=one.pk)


def _end(one: Shortfall, act: str, word: str, actor: Actor, at: datetime, transfer: str = "") -> None:
    one.status = advance(SHORTFALL, ShortfallStatus(one.status), act, subject=one.code, code="trading.shortfall.illegal_move")
    one.due_at = None
    if one.status != ShortfallStatus.OVERDUE:
        one.ended_at = at
    one.save()
    _note(word, one, actor, at, transfer)


def _note(word: str, one: Shortfall, actor: Actor, at: datetime, transfer: str = "") -> None:
    record(shortfall_moved[word](
        subject=one.code, trade=one.trade.code, buyer=one.trade.buyer.code, first_fen=one.first_fen, fees_fen=one.fees_fen,
        deposit_fen=one.deposit_fen, resale=one.resale.code if one.resale else "", resale_fen=one.resale_fen,
        to_seller_fen=one.to_seller_fen, to_venue_fen=one.to_venue_fen, due_at=one.due_at, transfer_hash=transfer), actor=actor, at=at)
