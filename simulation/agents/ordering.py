"""Other ways to order: carts of several licences, subscriptions, trials, frameworks with orders under them. A few in a quarter.

Its chances are its own, drawn from the day, so that the market around it lives as it would without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from random import Random

from listings.models import Listing, SaleMode
from listings.plans import plan_in
from listings.trials import trial_in
from simulation.market import SEED, Market
from simulation.times import Window
from trading.auctions.bargain import Terms
from trading.carting import checkout_cart, open_cart, put_in_cart
from trading.frameworks import Item, call_off, offer_framework, settle_offer
from trading.models import Framework, Subscription
from trading.operations import quote_for
from trading.states import FrameworkStatus
from trading.subscribing import subscribe
from trading.trials import take_trial, tried

__all__ = ["Ordering"]

#: What its buyer writes with it, Chinese first.
_CHEAPER = "全年按需订购，按挂牌价九折。 / Orders over the year as needed, a tenth below the list."
#: A framework runs for a year, for three orders of the dearest licence in it.
_YEAR, _ORDERS = timedelta(days=365), 3


@dataclass
class Ordering:
    """Carts, subscriptions, trials and frameworks in a window on average."""

    market: Market
    carts: float = 0.08
    periods: float = 0.08
    trials: float = 0.1
    frameworks: float = 0.06
    passive: frozenset[str] = frozenset()

    def plan(self, window: Window) -> None:
        """This will plan orders, and answer the frameworks that were offered."""
        chance = Random(f"{SEED}/ordering/{window.start.isoformat()}")  # noqa: S311 (a game, no secret)
        own = replace(window, chance=chance)
        own.perhaps(self.carts, partial(self._fill, chance))
        own.perhaps(self.periods, partial(self._subscribe, chance))
        own.perhaps(self.trials, partial(self._try, chance))
        own.perhaps(self.frameworks, partial(self._offer, chance))
        for one in Framework.objects.filter(status=FrameworkStatus.OFFERED).order_by("pk"):
            asked = one.buyer_id if one.answered_by == "buyer" else one.seller_id
            if self.market.at_work(asked, self.passive):
                own.perhaps(0.6, partial(self.market.act, settle_offer, framework=one, act="accept",
                                         actor=self.market.actors[self.market.at_work(asked, self.passive)]))
        for one in Framework.objects.filter(status=FrameworkStatus.IN_FORCE).order_by("pk"):
            if self.market.at_work(one.buyer_id, self.passive):
                own.perhaps(0.05, partial(self._call, chance, one))

    def _offers(self, buyer: str) -> list[Listing]:
        rows = Listing.objects.listed().filter(version__sale_mode=SaleMode.FIXED, version__circulation="trade", version__price_fen__gt=0,
                                               version__authorisation__isnull=True, version__scientific=False)
        party = self.market.organizations[buyer]
        return list(rows.exclude(organization=party).select_related("version", "venue", "organization").order_by("pk"))

    def _purpose(self, listing: Listing, chance: Random) -> str:
        assert listing.version is not None, "it is listed"
        purposes = [str(one) for one in listing.version.use_terms.get("purposes", [])]
        return chance.choice(purposes) if purposes else ""

    def _fill(self, chance: Random) -> None:
        """Two or three licences in one order; one cart in three is left for another day."""
        buyer = self.market.some_buyer(chance, self.passive)
        offers = [one for one in self._offers(buyer) if one.version and plan_in(one.version.use_terms) is None] if buyer else []
        if len(offers) < 2:
            return
        actor = self.market.actors[buyer]
        for listing in chance.sample(offers, min(len(offers), chance.choice((2, 2, 3)))):
            self.market.act(put_in_cart, listing=listing, purpose=self._purpose(listing, chance), actor=actor)
        cart = open_cart(actor.organization_id)
        if cart is not None and chance.random() < 0.67:
            self.market.act(checkout_cart, cart=cart, total_fen=sum(line.total_fen for line in cart.lines.all()), actor=actor)

    def _subscribe(self, chance: Random) -> None:
        buyer = self.market.some_buyer(chance, self.passive)
        offers = [one for one in self._offers(buyer) if one.version and plan_in(one.version.use_terms) is not None] if buyer else []
        if not offers or Subscription.objects.filter(buyer=self.market.organizations[buyer]).exists():
            return
        listing = chance.choice(offers)
        quote = quote_for(listing, self.market.now())
        self.market.act(subscribe, listing=listing, version=quote.version.code, total_fen=quote.total_fen,
                        purpose=self._purpose(listing, chance), actor=self.market.actors[buyer])

    def _try(self, chance: Random) -> None:
        buyer = self.market.some_buyer(chance, self.passive)
        offers = [one for one in self._offers(buyer) if one.version and trial_in(one.version.use_terms) is not None
                  and not tried(one, self.market.organizations[buyer].pk)] if buyer else []
        if not offers:
            return
        listing = chance.choice(offers)
        assert listing.version is not None, "it is listed"
        self.market.act(take_trial, listing=listing, version=listing.version.code, purpose=self._purpose(listing, chance),
                        actor=self.market.actors[buyer])

    def _offer(self, chance: Random) -> None:
        """A framework over two or three licences of one seller, a tenth below the list."""
        buyer = self.market.some_buyer(chance, self.passive)
        by: dict[int, list[Listing]] = {}
        for one in self._offers(buyer) if buyer else []:
            if one.version and plan_in(one.version.use_terms) is None:
                by.setdefault(one.organization_id, []).append(one)
        several = [rows for rows in by.values() if len(rows) > 1]
        if not several or Framework.objects.filter(buyer=self.market.organizations[buyer]).exists():
            return
        items = [Item(one, Terms(self._cheaper(one), None, None, self._purpose(one, chance))) for one in chance.choice(several)[:3]]
        ceiling = _ORDERS * max(one.terms.price_fen for one in items)
        self.market.act(offer_framework, items=items, ceiling_fen=ceiling, actor=self.market.actors[buyer],
                        effective_to=self.market.now() + _YEAR, note=_CHEAPER)

    @staticmethod
    def _cheaper(listing: Listing) -> int:
        assert listing.version is not None and listing.version.price_fen is not None, "it has a list price"
        return listing.version.price_fen * 9 // 1_000 * 100

    def _call(self, chance: Random, framework: Framework) -> None:
        held = Framework.objects.get(pk=framework.pk)
        numbers: Sequence[int] = list(held.items.values_list("number", flat=True))
        self.market.act(call_off, framework=held, number=chance.choice(numbers), drawn_fen=held.drawn_fen,
                        actor=self.market.actors[self.market.at_work(held.buyer_id, self.passive)])
