"""How an agreement comes about 合同的订立: drawn with its trade, signed by both sides, lapsed where one does not sign (F1, F3).

At the list price the offer is the seller's signature and the order the buyer's (Civil Code 491). After an award each side signs; who
performs without having signed has bound itself by that (490): the buyer by paying, the seller by delivering.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from evidence.operations import operation, record, unchanged
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from kit.states import advance
from listings.buying import buyer_obstacle, refused_buyer
from participants.notices import Note, notify_all
from participants.permissions import require
from participants.queries import add_working_days, figures
from trading.agreeing.judging import refuse_unless_permitted
from trading.agreeing.terms import read_terms, terms_of
from trading.events import AGREEMENTS
from trading.locks import lock_agreement
from trading.models import Agreement, Manner, Side, Signature, Trade
from trading.states import AGREEMENT, AgreementStatus

__all__ = ["conclude_by_acceptance", "conclude_by_order", "draw_agreement", "move_agreement", "note_agreement", "sign_agreement", "sign_by"]


def move_agreement(deed: Agreement, action: str) -> None:
    """This will move an agreement the caller has locked along a lawful edge, or refuse naming the open acts."""
    deed.status = advance(AGREEMENT, AgreementStatus(deed.status), action, subject=deed.code, code="trading.agreement.illegal_move")


def note_agreement(deed: Agreement, word: str, *, actor: Actor, at: datetime, **told: Any) -> None:
    """This will record what became of an agreement."""
    record(AGREEMENTS[word](subject=deed.code, trade=deed.trade.code, terms_hash=deed.terms_hash, state=str(deed.status),
                            due_at=deed.due_at, **told), actor=actor, at=at)


@covers("F1", "R5", "R35", "R42", "R104")
def draw_agreement(trade: Trade, summary: Mapping[str, Any], *, renews: Agreement | None = None, actor: Actor, at: datetime) -> Agreement:
    """This will draw the agreement of a trade from the form and terms its version froze; part of the act that makes the trade."""
    days = figures("agreement.signature_days", "agreement.notice_days", venue=trade.venue, at=at)
    since = renews.term_to if renews is not None and renews.term_to is not None and renews.term_to > at else at
    terms = terms_of(code=new_code("AGR"), summary=summary, summary_hash=trade.agreement_hash, title=trade.titles, since=since,
                     notice_days=int(days["agreement.notice_days"]))
    deed = Agreement.objects.create(
        code=terms.agreement, trade=trade, renews=renews, template=terms.template, terms=terms.written(), terms_hash=terms.hash,
        term_from=terms.starts, term_to=terms.ends, drafted_at=at,
        due_at=add_working_days(trade.venue, at, int(days["agreement.signature_days"])))
    note_agreement(deed, "drafted", actor=actor, at=at)
    return deed


def conclude_by_order(deed: Agreement, *, actor: Actor, at: datetime) -> None:
    """This will bind both sides of a sale at the list price: the seller by its published offer, the buyer by its order."""
    seller = Actor(organization=deed.trade.seller.code, person="offer")
    _sign(deed, Side.SELLER, Manner.OFFER, seller, at)
    _sign(deed, Side.BUYER, Manner.ORDER, actor, at)


def conclude_by_acceptance(deed: Agreement, *, actor: Actor, at: datetime) -> None:
    """This will bind both sides of a deal: one had offered these very terms, the actor's side accepts them (Civil Code 479 to 483)."""
    accepting = deed.side_of(actor.organization_id)
    for side, party in ((Side.SELLER, deed.trade.seller), (Side.BUYER, deed.trade.buyer)):
        _sign(deed, side, Manner.ACCEPTED, actor if side == accepting else Actor(organization=party.code, person="offer"), at)


def _sign(deed: Agreement, side: Side, manner: Manner, actor: Actor, at: datetime) -> None:
    Signature.objects.create(agreement=deed, side=side, manner=manner, organization=actor.organization, person=actor.code,
                             terms_hash=deed.terms_hash, at=at)
    if deed.signatures.count() == 2:
        move_agreement(deed, "conclude")
        deed.in_force_at, deed.due_at = at, None
    else:
        deed.due_at = _time_for_the_other(deed, side, at)
    deed.save(update_fields=["status", "in_force_at", "due_at"])
    note_agreement(deed, "signed", actor=actor, at=at, side=str(side), manner=str(manner))


def _time_for_the_other(deed: Agreement, side: Side, at: datetime) -> datetime | None:
    """Once the buyer is bound the seller has its own time, no shorter than the time it has to deliver."""
    if side == Side.SELLER:
        return deed.due_at
    days = figures("agreement.signature_days", "delivery.grace_days", venue=deed.trade.venue, at=at)
    return add_working_days(deed.trade.venue, at, int(days["agreement.signature_days"])) + timedelta(days=int(days["delivery.grace_days"]))


@operation("trading.agreement.sign")
@covers("F1", "F3")
def sign_agreement(*, agreement: Agreement, terms_hash: str, actor: Actor, clock: Clock) -> Agreement:
    """This will sign for the actor's side the text of that hash; with both signatures the agreement is in force.

    ``trading.agreement.other_text`` if the hash is of another text, ``.too_late`` past the date; what barred the offer bars the
    signature, and a policy that would deny the very first use is not signed. Signing twice is signing once.
    """
    deed = lock_agreement(agreement)
    at = clock.now()
    require(actor, "trading.agreement.sign", subject=deed, at=at)
    side = deed.side_of(actor.organization_id)
    assert side is not None, "a party has its side"
    if deed.signatures.filter(side=side).exists():
        unchanged(at=at)
        return deed
    if terms_hash != deed.terms_hash:
        raise Rejected("trading.agreement.other_text", agreement=deed.code, hash=deed.terms_hash[:12])
    if deed.status == AgreementStatus.DRAFTED and deed.due_at is not None and at >= deed.due_at:
        raise Rejected("trading.agreement.too_late", agreement=deed.code, due_at=deed.due_at.isoformat(timespec="seconds"))
    if deed.status != AgreementStatus.DRAFTED:
        move_agreement(deed, "conclude")  # refuses, naming what is open
    _same_gates(deed, at)
    _sign(deed, side, Manner.SIGNED, actor, at)
    _tell_signed(deed, side, at)
    return deed


def _same_gates(deed: Agreement, at: datetime) -> None:
    listing = deed.trade.listing
    if listing is not None and (code := buyer_obstacle(listing, deed.trade.buyer, at=at)):
        raise refused_buyer(code, listing)
    refuse_unless_permitted(deed, read_terms(deed.terms), at=at)


def sign_by(trade: Trade, side: Side, manner: Manner, *, actor: Actor, at: datetime) -> None:
    """This will bind a side that performs before it has signed; part of the act that performs, whose caller holds the trade.

    Nothing happens where it has signed, or where the trade is older than agreements.
    """
    found = Agreement.objects.filter(trade=trade).first()
    if found is None or found.status != AgreementStatus.DRAFTED:
        return
    deed = lock_agreement(found)
    if not deed.signatures.filter(side=side).exists():
        _sign(deed, side, manner, actor, at)


def _tell_signed(deed: Agreement, side: Side, at: datetime) -> None:
    zh, en = deed.trade.titles
    page = f"/desk/agreements/{deed.code}/"
    other = deed.trade.buyer if side == Side.SELLER else deed.trade.seller
    waits = deed.status == AgreementStatus.DRAFTED
    text = ((f"对方已签署“{zh}”的合同，请在期限内签署。", f"The other side signed the agreement on “{en}”. Please sign by the date shown.")
            if waits else (f"“{zh}”的合同双方已签署，开始履行。", f"Both sides signed the agreement on “{en}”: it is in force."))
    notify_all([Note(other, "trading.agreement.signed", text, "wait" if waits else "ok", deed.code, page, deed.due_at)], at=at)
