"""After the hammer: buyers pay, sellers deliver the registered file, buyers accept it, or silence accepts it for them.

A buyer takes a day or two to pay; every so often one lets the acceptance run out, so the default of the law is seen too.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from delivery.models import Delivery
from delivery.operations import accept_delivery, deliver
from delivery.states import DeliveryStatus
from simulation.market import Market
from simulation.times import Window
from trading.models import Trade
from trading.operations import pay_trade
from trading.states import TradeStatus

__all__ = ["Dealing"]


@dataclass
class Dealing:
    """Payment, delivery and acceptance of every open trade; ``pay``, ``send`` and ``take`` are chances per window."""

    market: Market
    pay: float = 0.6
    send: float = 0.8
    take: float = 0.5
    passive: frozenset[str] = frozenset()

    def plan(self, window: Window) -> None:
        """This will plan what each party of an open trade does in the window."""
        for trade in Trade.objects.filter(state__status=TradeStatus.EXECUTED).select_related("buyer", "seller", "award").order_by("pk"):
            if buyer := self._who(trade.buyer_id):
                window.perhaps(self.pay, partial(self.market.act, pay_trade, trade=trade, actor=self.market.actors[buyer]))
        waiting = Delivery.objects.filter(status__in=[DeliveryStatus.OPENED, DeliveryStatus.DELIVERED]).order_by("pk")
        for one in waiting.select_related("version__deposit", "trade__state"):
            if one.status == DeliveryStatus.DELIVERED:
                self._plan_acceptance(one, window)
            elif one.trade.state.status == TradeStatus.FUNDED and (seller := self._who(one.seller_id)):
                window.perhaps(self.send, partial(self.market.act, deliver, delivery=one, deposit=one.version.deposit,
                                                  actor=self.market.actors[seller]))

    def _who(self, organization_id: int) -> str:
        """The player who acts for the organisation; '' where a person with a demo account may want to act."""
        key = self.market.key_of(organization_id)
        return "" if key in self.passive else key

    def _plan_acceptance(self, one: Delivery, window: Window) -> None:
        """One delivery in eight is left to the law's silence."""
        buyer = self._who(one.buyer_id)
        if buyer and one.pk % 8:
            window.perhaps(self.take, partial(self.market.act, accept_delivery, delivery=one, actor=self.market.actors[buyer]))
