"""Deals that are talked about: buyers bargain, ask for quotes and award; sellers answer and quote. A few a month, some left unanswered.

Its chances are its own, drawn from the day, so that the market around it lives as it would without it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from random import Random

from listings.models import Listing, SaleMode
from simulation.agents.trials import answers_of, criteria
from simulation.catalogue import OFFERS
from simulation.market import SEED, Market
from simulation.times import Window
from trading.auctions.bargain import Terms
from trading.challenges import challenge_of, results
from trading.models import Negotiation, Quote, Rfq
from trading.operations import (
    accept_offer,
    award_rfq,
    counter_offer,
    decline_offer,
    give_quote,
    next_round,
    open_negotiation,
    open_rfq,
)
from trading.requests import standing_quotes
from trading.states import NegotiationStatus, QuoteStatus, RfqStatus

__all__ = ["Talking"]

_NEED = ("需要与“{title}”相近的数据：近两年，逐月更新，字段说明与质量报告齐全；请说明来源。\n"
         "Wanted: data like “{title_en}” for the past two years, updated monthly, with its fields explained and a quality report; "
         "say where it comes from.")
#: What the sides write beside prices, Chinese first.
_LONG = "长期采购，请给出合作价。 / We buy year by year; please name a price for that."
_UPDATES = "可含季度更新。 / Quarterly updates can be included."
_FITS = "字段与更新频率符合要求，样本可在产品页查看。 / Fields and updates are as asked; a sample is on the product's page."
_LOWER = "请按目标价改进。 / Please come down to the target."
#: A further round is asked for by one buyer in three, once.
_ROUNDS = 2
#: How many sellers look at an open request in a window.
_SELLERS = 2
#: One request in three is decided by a blind trial.
_CHALLENGES = 0.35


@dataclass
class Talking:
    """Bargains (``daily``) and requests (``asks``) in a window on average, and the answers to those that are open."""

    market: Market
    daily: float = 0.3
    asks: float = 0.2
    answers: float = 0.6
    passive: frozenset[str] = frozenset()

    def plan(self, window: Window) -> None:
        """This will plan offers and requests, and what the parties of the open ones answer."""
        chance = Random(f"{SEED}/talking/{window.start.isoformat()}")  # noqa: S311 (a game, no secret)
        own = replace(window, chance=chance)
        own.perhaps(self.daily, partial(self._offer, chance))
        own.perhaps(self.asks, partial(self._ask, chance))
        for talk in Negotiation.objects.filter(status=NegotiationStatus.OFFERED).order_by("pk"):
            if self.market.at_work(talk.seller_id if talk.turn == "seller" else talk.buyer_id, self.passive):
                own.perhaps(self.answers, partial(self._answer, chance, talk.pk))
        for rfq in Rfq.objects.filter(status=RfqStatus.OPEN, public=True).order_by("pk"):
            for _seller in range(_SELLERS):
                own.perhaps(self.answers / 4, partial(self._quote, chance, rfq))
        for rfq in Rfq.objects.filter(status=RfqStatus.EVALUATING).order_by("pk"):
            if self.market.at_work(rfq.buyer_id, self.passive):
                own.perhaps(self.answers, partial(self._decide, chance, rfq))

    def _listings(self) -> list[Listing]:
        rows = Listing.objects.listed().filter(version__circulation="trade", version__authorisation__isnull=True, version__scientific=False)
        return list(rows.exclude(version__sale_mode=SaleMode.AUCTION).select_related("version").order_by("pk"))

    def _offer(self, chance: Random) -> None:
        market, buyer, listings = self.market, self.market.some_buyer(chance, self.passive), self._listings()
        if not buyer or not listings:
            return
        listing = chance.choice(listings)
        version = listing.version
        assert version is not None, "it is listed"
        purposes = [str(one) for one in version.use_terms.get("purposes", [])]
        asked = version.price_fen or 800_000
        terms = Terms(asked * chance.randrange(60, 90) // 10_000 * 100, chance.choice((None, 5, 20)), None,
                      chance.choice(purposes) if purposes else "")
        market.act(open_negotiation, listing=listing, terms=terms, note=_LONG, actor=market.actors[buyer])

    def _answer(self, chance: Random, key: int) -> None:
        talk = Negotiation.objects.select_related("version").get(pk=key)
        who = self.market.at_work(talk.seller_id if talk.turn == "seller" else talk.buyer_id, self.passive)
        if talk.status != NegotiationStatus.OFFERED or not who:
            return
        market, roll = self.market, chance.random()
        if roll < 0.4 or talk.round > 5:
            market.act(accept_offer, negotiation=talk, seen=talk.round, actor=market.actors[who])
        elif roll < 0.5:
            market.act(decline_offer, negotiation=talk, actor=market.actors[who])
        else:
            share = chance.randrange(104, 112) if talk.turn == "seller" else chance.randrange(93, 98)
            terms = replace(talk.terms, price_fen=max(100, talk.price_fen * share // 10_000 * 100))
            market.act(counter_offer, negotiation=talk, terms=terms, note=_UPDATES if talk.turn == "seller" else "",
                       actor=market.actors[who])

    def _ask(self, chance: Random) -> None:
        market, buyer = self.market, self.market.some_buyer(chance, self.passive)
        if not buyer:
            return
        offer, actor, now = chance.choice(OFFERS), market.actors[buyer], market.now()
        trial = criteria(offer.title_zh[:180], actor.organization or "", now) if chance.random() < _CHALLENGES else None
        need = _NEED.format(title=offer.title_zh, title_en=offer.title_en)
        market.act(open_rfq, title=offer.title_zh[:180], need=need, purpose="research",
                   sector=offer.sector[:1], budget_fen=offer.price_yuan * 100, budget_hidden=chance.random() < 0.4,
                   challenge=trial, closes_at=now + timedelta(days=chance.randrange(6, 15)), actor=actor)

    def _quote(self, chance: Random, rfq: Rfq) -> None:
        fitting = [one for one in self._listings() if self.market.at_work(one.organization_id, self.passive)
                   and one.organization_id != rfq.buyer_id and one.version
                   and {"research", "*"} & set(one.version.use_terms.get("purposes") or ["*"])]
        had = set(Quote.objects.filter(rfq=rfq, status=QuoteStatus.STANDING).values_list("seller_id", flat=True))
        left = [one for one in fitting if one.organization_id not in had or rfq.round > 1]
        if not left:
            return
        listing = chance.choice(left)
        base = rfq.target_fen or rfq.budget_fen or 800_000
        actor = self.market.actors[self.market.at_work(listing.organization_id, self.passive)]
        self.market.act(give_quote, rfq=rfq, listing=listing, price_fen=base * chance.randrange(85, 118) // 10_000 * 100,
                        answers=answers_of(challenge_of(rfq), actor.organization or "", chance, self.market.now()),
                        note=_FITS, actor=actor)

    def _decide(self, chance: Random, rfq: Rfq) -> None:
        quotes, buyer = standing_quotes(rfq), self.market.actors[self.market.at_work(rfq.buyer_id, self.passive)]
        if not quotes:
            return
        if rfq.round < _ROUNDS and chance.random() < 0.35:
            self.market.act(next_round, rfq=rfq, closes_at=self.market.now() + timedelta(days=2), message=_LOWER,
                            target_fen=quotes[0].price_fen * 93 // 10_000 * 100, actor=buyer)
            return
        best = self._best(rfq, quotes)
        if best is not None:
            self.market.act(award_rfq, rfq=rfq, quote=best, actor=buyer)

    def _best(self, rfq: Rfq, quotes: list[Quote]) -> Quote | None:
        """The lowest price; in a challenge the entry with the most points, or nobody where all stay below the least mark."""
        challenge = challenge_of(rfq)
        if challenge is None:
            return quotes[0]
        return next((one.quote for one in results(rfq, challenge, at=self.market.now()) if one.passed), None)
