"""Buying at the list price: now and then a buyer takes a licence of something that has one, public data under authorisation first."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import F

from listings.models import Listing, SaleMode
from simulation.cast import BUYERS
from simulation.market import Market
from simulation.times import Window
from trading.models import Trade
from trading.operations import buy_listing, quote_for

__all__ = ["Shopping"]


@dataclass
class Shopping:
    """Purchases, ``daily`` in a window on average; nobody buys the same version twice."""

    market: Market
    daily: float = 0.6
    passive: frozenset[str] = frozenset()

    def plan(self, window: Window) -> None:
        """This will plan a purchase, most days."""
        window.perhaps(self.daily, self._buy)

    def _buy(self) -> None:
        market, chance = self.market, self.market.chance
        rows = Listing.objects.listed().filter(version__sale_mode=SaleMode.FIXED, version__circulation="trade", version__price_fen__gt=0)
        offers = list(rows.select_related("version", "venue").order_by(F("version__authorisation_id").desc(nulls_last=True), "pk"))
        buyers = [one.key for one in BUYERS if one.key in market.organizations and one.key not in self.passive]
        if not offers or not buyers:
            return
        buyer = chance.choice(buyers)
        party = market.organizations[buyer]
        had = set(Trade.objects.filter(buyer=party, version__in=[one.version_id for one in offers]).values_list("version_id", flat=True))
        left = [one for one in offers if one.version_id not in had and one.organization_id != party.pk]
        if not left:
            return
        listing = left[min(len(left) - 1, int(chance.expovariate(0.5)))]
        quote = quote_for(listing, market.now())
        purposes = [str(one) for one in quote.version.use_terms.get("purposes", [])]
        market.act(buy_listing, listing=listing, version=quote.version.code, total_fen=quote.total_fen,
                   purpose=chance.choice(purposes) if purposes else "", actor=market.actors[buyer])
