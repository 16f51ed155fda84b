"""After the hammer: buyers pay, sellers deliver the registered file, buyers accept it, or silence accepts it for them.

A buyer takes a day or two to pay; every so often one lets the acceptance run out, so the default of the law is seen too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from compliance.taxonomy import DeliveryMode
from delivery.cleanroom.asking import ask_query
from delivery.cleanroom.language import FORMAT
from delivery.cleanroom.rooms import open_room, room_of
from delivery.models import Delivery, RoomQuery
from delivery.operations import accept_delivery, deliver
from delivery.scoring.offering import SERVED
from delivery.seats import name_seat
from delivery.states import DeliveryStatus
from delivery.tasks import answer_waiting
from kit.actors import Actor
from participants.models import User
from simulation.agents.serving import hand_over_access
from simulation.catalogue import ROOMS
from simulation.market import Market
from simulation.times import Window
from trading.models import Trade
from trading.operations import pay_trade
from trading.states import TradeStatus

__all__ = ["Dealing"]

#: What a buyer of a room asks of it.
_QUESTIONS: tuple[dict[str, Any], ...] = (
    {"format": FORMAT, "group_by": ["origin"], "measures": [{"of": "count"}, {"of": "mean", "column": "miles_per_gallon"}], "where": []},
    {"format": FORMAT, "group_by": ["cylinders"], "measures": [{"of": "mean", "column": "horsepower"}],
     "where": [{"column": "origin", "op": "eq", "value": "USA"}]})


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
            if buyer := self.market.at_work(trade.buyer_id, self.passive):
                window.perhaps(self.pay, partial(self.market.act, pay_trade, trade=trade, actor=self.market.actors[buyer]))
        waiting = Delivery.objects.filter(status__in=[DeliveryStatus.OPENED, DeliveryStatus.DELIVERED]).order_by("pk")
        for one in waiting.select_related("version__deposit", "trade__state"):
            if one.status == DeliveryStatus.DELIVERED:
                self._plan_acceptance(one, window)
            elif one.trade.state.status == TradeStatus.FUNDED and (seller := self.market.at_work(one.seller_id, self.passive)):
                if one.mode == DeliveryMode.CLEAN_ROOM:
                    self._open_room(one, seller)
                window.perhaps(self.send, self._handing(one, self.market.actors[seller]))

        for one in Delivery.objects.filter(mode=DeliveryMode.CLEAN_ROOM, status__in=[DeliveryStatus.DELIVERED, DeliveryStatus.ACCEPTED]):
            few = RoomQuery.objects.count() < 2 * len(_QUESTIONS)
            if few and (buyer := self.market.at_work(one.buyer_id, self.passive)) and one.queries.count() < len(_QUESTIONS):
                window.perhaps(self.take, partial(self._ask, one, buyer))

    def _handing(self, one: Delivery, actor: Actor) -> Callable[[], object]:
        if one.mode in SERVED:
            return partial(hand_over_access, self.market, one, actor)
        return partial(self.market.act, deliver, delivery=one, deposit=one.version.deposit, actor=actor)

    def _open_room(self, one: Delivery, seller: str) -> None:
        """The holder opens the room it sold, as it declares its columns."""
        if room_of(one.version) is None:
            self.market.act(open_room, version=one.version, offer=ROOMS[one.version.file_name.removesuffix(".csv")],
                            epsilon_buyer_micro=1_000_000, epsilon_all_micro=4_000_000, actor=self.market.actors[seller])

    def _ask(self, one: Delivery, buyer: str) -> None:
        """The buyer names who asks, asks its next question, and it is run at once."""
        me = User.objects.select_related("person").get(pk=self.market.actors[buyer].user_id or 0)
        if me.person is not None and not one.seats.filter(person=me.person, ended_at__isnull=True).exists():
            self.market.act(name_seat, delivery=one, person=me.person, actor=self.market.actors[buyer])
        asked = self.market.act(ask_query, delivery=one, question=_QUESTIONS[one.queries.count()], epsilon_micro=400_000,
                                actor=self.market.actors[buyer])
        if asked is not None:
            answer_waiting(clock=self.market.clock, most=1)

    def _plan_acceptance(self, one: Delivery, window: Window) -> None:
        """One delivery in eight is left to the law's silence."""
        buyer = self.market.at_work(one.buyer_id, self.passive)
        if buyer and one.pk % 8:
            window.perhaps(self.take, partial(self.market.act, accept_delivery, delivery=one, actor=self.market.actors[buyer]))
