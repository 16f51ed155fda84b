"""Renewing a term licence 续约: in the last days of its term the buyer orders again, and the new term follows the old one."""

from __future__ import annotations

from datetime import datetime

from evidence.operations import operation
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from participants.permissions import require
from participants.timers import before, value
from trading.locks import lock_agreement
from trading.models import Agreement, Trade
from trading.operations.purchasing import buy_listing
from trading.states import AgreementStatus

__all__ = ["nearly_over", "renew_agreement"]


def nearly_over(deed: Agreement, at: datetime) -> bool:
    """This will tell whether a term is in its last days, when it may be renewed."""
    return deed.term_to is not None and before("agreement.renewal", deed.term_to) <= at < deed.term_to


@operation("trading.agreement.renew")
@covers("F4", "R42")
def renew_agreement(*, agreement: Agreement, version: str, total_fen: int, purpose: str = "", actor: Actor, clock: Clock) -> Trade:
    """This will buy the licence on at today's list price and terms: a trade and an agreement of its own, from the end of the old term.

    Once only, in the last sixty days of a running term; what buying asks is asked anew.
    """
    deed = lock_agreement(agreement)
    at = clock.now()
    require(actor, "trading.agreement.renew", subject=deed, at=at)
    if actor.organization_id != deed.trade.buyer_id:
        raise Rejected("trading.agreement.not_yours", agreement=deed.code)
    if Agreement.objects.filter(renews=deed).exists():
        raise Rejected("trading.agreement.renewed", agreement=deed.code)
    if deed.status != AgreementStatus.IN_FORCE or not nearly_over(deed, at) or deed.trade.listing is None:
        raise Rejected("trading.agreement.not_renewable", agreement=deed.code, days=value("agreement.renewal", at=at))
    return buy_listing(listing=deed.trade.listing, version=version, total_fen=total_fen, purpose=purpose, renews=deed, actor=actor,
                       clock=clock)
