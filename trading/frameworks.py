"""Framework agreements with call-offs 框架协议与订单: either side offers prices, terms, a ceiling and a term; the other takes them or not.

Each order under it is a deal like any other: the same gates, the person's own limit, a trade and an agreement of its own, paid in days.
What is drawn is added up under the framework's lock, and again by the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from evidence.events import rfc3339
from evidence.operations import operation, record, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.money import MAX_FEN, yuan
from kit.rejected import FieldFault, Rejected
from kit.states import advance
from listings.models import Listing
from participants.gates import pass_all
from participants.models import Organization
from participants.notices import Note, notify, notify_all
from participants.permissions import require
from participants.spending import spending_gate
from participants.timers import after
from trading.auctions.bargain import Terms
from trading.books import sha256_of
from trading.deal_gates import ground_needed, of_dealing
from trading.framework_models import OfferedBy
from trading.models import CallOff, Framework, FrameworkItem
from trading.operations.dealing import form_trade
from trading.order_events import FrameworkCalled, framework_moved
from trading.states import FRAMEWORK, FrameworkStatus

__all__ = ["MOST_ITEMS", "Item", "call_off", "close_due", "end_framework", "offer_framework", "settle_offer"]

MOST_ITEMS = 20
_KIND = "trading.framework.moved"


@dataclass(frozen=True)
class Item:
    """One licence that a framework is to cover, at what price and on which terms."""

    listing: Listing
    terms: Terms


def _page(one: Framework) -> str:
    return f"/desk/frameworks/{one.code}/"


def lock_framework(one: Framework) -> Framework:
    """This will lock a framework's row and return it as it stands; a listing is locked after it."""
    rows = Framework.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("buyer", "seller", "venue").get(pk=one.pk)


def _note(word: str, one: Framework, *, actor: Actor, at: datetime) -> None:
    record(framework_moved[word](subject=one.code, seller=one.seller.code, buyer=one.buyer.code, ceiling_fen=one.ceiling_fen,
                                 terms_hash=one.terms_hash, effective_to=one.effective_to, cause=one.cause), actor=actor, at=at)


@covers("CAP-E4", "F3", "R42", "R24")
@operation("trading.framework.offer")
def offer_framework(*, items: Sequence[Item], ceiling_fen: int, effective_to: datetime, note: str = "", to: Organization | None = None,
                    ground: str = "", actor: Actor, clock: Clock) -> Framework:
    """This will offer a framework for ten days: a buyer over licences of one seller, or a seller over its own ``to`` one buyer.

    It commits nobody to an order. A seller that asks more than equals paid names the statutory ``ground`` (R24); a buyer names none.
    """
    at, by = clock.now(), OfferedBy.BUYER if to is None else OfferedBy.SELLER
    require(actor, "trading.framework.offer" if to is None else "trading.framework.propose", at=at)
    buyer = to or Organization.objects.get(pk=actor.organization_id or 0)
    _sound(items, ceiling_fen, effective_to, at)
    seller = items[0].listing.organization
    if to is not None and seller.pk != actor.organization_id:
        raise Rejected("trading.framework.not_your_listing", listing=items[0].listing.code)
    for one in items:
        assert one.listing.version is not None, "it is on offer"
        fair = [] if to is None else [ground_needed(one.listing, one.terms.price_fen, ground, at=at)]
        pass_all([*fair, *of_dealing(one.listing, one.listing.version, buyer, one.terms, at=at)])
    made = _written(items, ceiling_fen, effective_to, note.strip()[:1000], seller, buyer, by, ground if to is not None else "", at)
    _note("offered", made, actor=actor, at=at)
    notify(organization=seller if to is None else buyer, kind=_KIND, tone="wait", subject=made.code, href=_page(made), due_at=made.due_at,
           at=at, text=(f"收到框架协议要约：{len(items)} 项，上限 {yuan(ceiling_fen)}，请答复。",
                        f"A framework is offered: {len(items)} licences, up to {yuan(ceiling_fen)}. Please answer."))
    return made


def _written(items: Sequence[Item], ceiling_fen: int, effective_to: datetime, note: str, seller: Organization, buyer: Organization, by: str,
             ground: str, at: datetime) -> Framework:
    said = {"seller": seller.code, "buyer": buyer.code, "ceiling_fen": ceiling_fen, "effective_to": rfc3339(effective_to),
            "note": note, "items": [[one.listing.code, one.listing.version.code if one.listing.version else "", one.terms.price_fen,
                                     one.terms.purpose, one.terms.term_days] for one in items], **({"ground": ground} if ground else {})}
    made = Framework.objects.create(
        code=new_code("FRW"), venue=items[0].listing.venue, seller=seller, buyer=buyer, offered_by=by, ceiling_fen=ceiling_fen, note=note,
        ground=ground, terms_hash=sha256_of(said), offered_at=at,
        due_at=min(after("framework.answer", at), effective_to), effective_to=effective_to)
    FrameworkItem.objects.bulk_create([
        FrameworkItem(framework=made, number=n, listing=one.listing, version=one.listing.version, price_fen=one.terms.price_fen,
                      purpose=one.terms.purpose, term_days=one.terms.term_days) for n, one in enumerate(items, 1)])
    return made


def _sound(items: Sequence[Item], ceiling_fen: int, effective_to: datetime, at: datetime) -> None:
    faults = []
    if not 1 <= len(items) <= MOST_ITEMS or len({one.listing.pk for one in items}) != len(items):
        faults.append(FieldFault("items", "count", (f"一至 {MOST_ITEMS} 项，每个挂牌一项",
                                                     f"1 to {MOST_ITEMS} licences, each listing once")))
    if len({one.listing.organization_id for one in items}) > 1:
        faults.append(FieldFault("items", "sellers", ("须为同一卖方的挂牌", "All are of one seller")))
    if not 0 < ceiling_fen <= MAX_FEN or any(one.terms.price_fen > ceiling_fen for one in items):
        faults.append(FieldFault("ceiling", "amount", ("上限须为正，且不低于任一项的价格",
                                                        "The ceiling is above zero and no less than any one price")))
    if not at < effective_to <= after("framework.longest", at):
        faults.append(FieldFault("until", "term", ("期限须在今后，至多四年", "The term lies ahead and is four years at most")))
    if faults:
        raise Rejected("trading.framework.faulty", count=len(faults), errors=faults)


def _stepped(framework: Framework, act: str, right: str, actor: Actor, clock: Clock) -> tuple[Framework, datetime]:
    held = lock_framework(framework)
    at = clock.now()
    require(actor, right, subject=held, at=at)
    held.status = advance(FRAMEWORK, FrameworkStatus(held.status), act, subject=held.code, code="trading.framework.illegal_move")
    held.due_at = None
    return held, at


#: act -> the word of its fact, whether it is the offerer's own, what the other side reads
_ANSWERS: dict[str, tuple[str, bool, tuple[str, str]]] = {
    "accept": ("agreed", False, ("框架协议已成立，可以下单。", "The framework is agreed; orders may be placed.")),
    "decline": ("declined", False, ("框架协议要约被谢绝。", "The framework was declined.")),
    "withdraw": ("withdrawn", True, ("框架协议要约已撤回。", "The framework was taken back.")),
}


@covers("CAP-E4", "F3")
@operation("trading.framework.answer")
def settle_offer(*, framework: Framework, act: str, actor: Actor, clock: Clock) -> Framework:
    """This will accept or decline an offered framework (whom it was offered to), or take it back (who offered it)."""
    word, own, text = _ANSWERS[act]
    held, at = _stepped(framework, act, "trading.framework.answer", actor, clock)
    side = held.offered_by if own else held.answered_by
    if actor.organization_id != getattr(held, f"{side}_id"):
        raise Rejected("trading.framework.not_yours", framework=held.code)
    if framework.due_at is not None and at >= framework.due_at:
        raise Rejected("trading.framework.too_late", framework=held.code)
    if act == "accept":
        held.agreed_at = at
    else:
        held.ended_at = at
    held.save()
    _note(word, held, actor=actor, at=at)
    other = held.buyer if side == "seller" else held.seller
    notify(organization=other, kind=_KIND, tone="ok" if act == "accept" else "info", subject=held.code, href=_page(held), at=at, text=text)
    return held


@covers("F4", "F3")
@operation("trading.framework.end")
def end_framework(*, framework: Framework, actor: Actor, clock: Clock) -> Framework:
    """This will end a framework for further orders, by either side; orders that were placed stand as they are."""
    held, at = _stepped(framework, "end", "trading.framework.answer", actor, clock)
    held.ended_at, held.cause = at, "trading.framework.ended_by_" + ("seller" if actor.organization_id == held.seller_id else "buyer")
    held.save()
    _note("ended", held, actor=actor, at=at)
    other = held.buyer if actor.organization_id == held.seller_id else held.seller
    notify(organization=other, kind=_KIND, tone="info", subject=held.code, href=_page(held), at=at,
           text=("对方已结束框架协议；已下的订单不受影响。", "The other side ended the framework; orders placed stand."))
    return held


@covers("CAP-E4", "F3", "I13", "I19", "R42")
@operation("trading.framework.call")
def call_off(*, framework: Framework, number: int, drawn_fen: int, actor: Actor, clock: Clock) -> CallOff:
    """This will order one item of a framework within what is left of its ceiling: a trade like that of any deal, paid in days.

    ``drawn_fen`` is what the buyer read as drawn; another order in between makes it look again (pressing twice orders once).
    """
    held = lock_framework(framework)
    at = clock.now()
    require(actor, "trading.framework.call", subject=held, at=at)
    if held.status != FrameworkStatus.IN_FORCE or at >= held.effective_to:
        raise Rejected("trading.framework.not_in_force", framework=held.code)
    item = held.items.select_related("listing__organization", "listing__venue", "version").filter(number=number).first()
    if item is None:
        raise Rejected("trading.framework.no_item", framework=held.code)
    if item.listing.version_id != item.version_id:
        raise Rejected("trading.framework.other_version", framework=held.code, listing=item.listing.code)
    drawn = held.drawn_fen
    if drawn + item.price_fen > held.ceiling_fen:
        raise Rejected("trading.framework.over_ceiling", framework=held.code, left_fen=held.ceiling_fen - drawn, price_fen=item.price_fen)
    if drawn != drawn_fen:
        raise Rejected("trading.framework.moved_on", framework=held.code, drawn_fen=drawn)
    pass_all([spending_gate(actor, held.code, item.price_fen)])
    trade = form_trade(item.listing, item.version, held.buyer, item.terms, actor=actor, at=at)
    made = CallOff.objects.create(framework=held, number=held.calls.count() + 1, item=item, trade=trade, price_fen=item.price_fen, at=at)
    record(FrameworkCalled(subject=held.code, seller=held.seller.code, buyer=held.buyer.code, number=made.number, trade=trade.code,
                           price_fen=item.price_fen, drawn_fen=drawn + item.price_fen, ceiling_fen=held.ceiling_fen), actor=actor, at=at)
    (zh, en), page = trade.titles, f"/desk/trades/{trade.code}/"
    notify_all([
        Note(held.seller, _KIND, (f"框架协议订单：“{zh}”，等待买方付款。",
                                  f"Ordered under the framework: “{en}”; the buyer pays next."), "ok",
             trade.code, page),
        Note(held.buyer, _KIND, (f"已按框架协议订购“{zh}”，请按期付款。",
                                 f"You ordered “{en}” under the framework; please pay in time."), "wait",
             trade.code, page, trade.state.due_at)], at=at)
    return made


@operation("trading.framework.run")
def _close(*, framework: Framework, clock: Clock) -> None:
    held = lock_framework(framework)
    at = clock.now()
    require(SYSTEM, "trading.framework.run", at=at)
    late = held.status == FrameworkStatus.OFFERED and held.due_at is not None and held.due_at <= at
    over = held.status == FrameworkStatus.IN_FORCE and held.effective_to <= at
    if not late and not over:
        unchanged(at=at)
        return
    act, word = ("expire", "expired") if late else ("run_out", "over")
    held.status = advance(FRAMEWORK, FrameworkStatus(held.status), act, subject=held.code, code="trading.framework.illegal_move")
    held.due_at, held.ended_at, held.cause = None, at, f"trading.framework.{word}"
    held.save()
    _note(word, held, actor=SYSTEM, at=at)
    text = ("框架协议要约到期未答复。", "The framework was not answered in time.") if late else ("框架协议到期，不再接受订单。",
                                                                                 "The framework is over; no further orders.")
    notify_all([Note(one, _KIND, text, "info", held.code, _page(held)) for one in (held.seller, held.buyer)], at=at)


@covers("F3")
def close_due(*, clock: Clock, most: int = 200) -> int:
    """This will expire offers nobody answered and end frameworks whose term is over; returns how many."""
    at = clock.now()
    late = Framework.objects.filter(status=FrameworkStatus.OFFERED, due_at__lte=at).order_by("due_at")[:most]
    over = Framework.objects.filter(status=FrameworkStatus.IN_FORCE, effective_to__lte=at).order_by("effective_to")[:most]
    rows = [*late, *over]
    for one in rows:
        _close(framework=one, clock=clock)
    return len(rows)
