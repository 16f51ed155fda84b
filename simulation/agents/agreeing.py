"""Agreements after an award: sellers sign theirs (a buyer signs by paying), and once in the history one is ended by both.

Its acts draw nothing from the market's chances: a history with them is otherwise the same history.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from delivery.states import DeliveryStatus
from simulation.market import Market
from simulation.times import Window
from trading.models import Agreement, Ground, Side
from trading.operations import agree_to_end, give_notice, sign_agreement
from trading.states import AgreementStatus

__all__ = ["Agreeing"]

#: How long an agreement is performed before the pair that ends theirs does so.
_PERFORMED = timedelta(days=20)


@dataclass
class Agreeing:
    """Signatures of sellers, and the one end by agreement."""

    market: Market
    passive: frozenset[str] = frozenset()
    ends: bool = True

    def plan(self, window: Window) -> None:
        """This will do what waits at the opening of the window."""
        del window
        waiting = Agreement.objects.filter(status=AgreementStatus.DRAFTED).exclude(signatures__side=Side.SELLER).order_by("pk")
        for deed in waiting.select_related("trade"):
            if seller := self.market.at_work(deed.trade.seller_id, self.passive):
                self.market.act(sign_agreement, agreement=deed, terms_hash=deed.terms_hash, actor=self.market.actors[seller])
        if self.ends:
            self._end_one()

    def _end_one(self) -> None:
        """A buyer proposes the end once its project is over; the seller agrees the day after."""
        proposed = Agreement.objects.filter(status=AgreementStatus.TERMINATING, ground=Ground.AGREED, notice_by=Side.BUYER)
        found = proposed.select_related("trade").order_by("pk").first()
        if found and (seller := self.market.at_work(found.trade.seller_id, self.passive)):
            self.market.act(agree_to_end, agreement=found, actor=self.market.actors[seller])
            return
        if Agreement.objects.exclude(notice_by="").exists():
            return
        old = Agreement.objects.filter(status=AgreementStatus.IN_FORCE, in_force_at__lte=self.market.now() - _PERFORMED,
                                       trade__delivery__status=DeliveryStatus.ACCEPTED)
        one = old.select_related("trade").order_by("pk").first()
        buyer = self.market.at_work(one.trade.buyer_id, self.passive) if one else ""
        if one and buyer and self.market.at_work(one.trade.seller_id, self.passive):
            self.market.act(give_notice, agreement=one, ground=Ground.AGREED, actor=self.market.actors[buyer],
                            reason="项目已经结束，双方同意提前终止，买方删除其持有的数据。")
