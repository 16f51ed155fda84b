"""Right for right: merchants that also buy offer each other a licence for a licence, some with the difference paid. A few in a quarter.

Its chances are its own, drawn from the day, so that the market around it lives as it would without it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from random import Random

from kit.actors import Actor
from listings.models import Listing
from listings.plans import plan_in
from participants.models import Admission, AdmissionStatus
from participants.roles import Role
from simulation.cast import player
from simulation.market import SEED, Market
from simulation.people import admit_beside
from simulation.times import Window
from trading.auctions.bargain import Terms
from trading.auctions.barter import Swap
from trading.barter_gates import usual_value
from trading.models import Barter
from trading.operations import accept_barter, counter_barter, decline_barter, propose_barter
from trading.queries import talked_about
from trading.states import BarterStatus

__all__ = ["SWAPPERS", "Swapping"]

#: Merchants that were admitted as buyers too.
SWAPPERS = ("hengzhi", "yunqiao", "cangmu", "zhiche")
#: A barter is worth proposing between licences of about the same value.
_APART = 4


@dataclass
class Swapping:
    """Barters proposed in a window on average, and the answers to those that are open."""

    market: Market
    proposals: float = 0.06
    answers: float = 0.6

    def plan(self, window: Window) -> None:
        """This will plan who proposes, and what is answered."""
        chance = Random(f"{SEED}/swapping/{window.start.isoformat()}")  # noqa: S311 (a game, no secret)
        own = replace(window, chance=chance)
        own.perhaps(self.proposals, partial(self._propose, chance))
        for one in Barter.objects.filter(status=BarterStatus.OFFERED).order_by("pk"):
            own.perhaps(self.answers, partial(self._answer, chance, one.pk))

    def _propose(self, chance: Random) -> None:
        here = [key for key in SWAPPERS if key in self.market.organizations]
        if len(here) < 2:
            return
        mine, theirs = chance.sample(here, 2)
        found = self._fitting(mine, theirs)
        if found is None or not all(self._buys(key) for key in (mine, theirs)):
            return
        gives, gets = found
        first, second = self._terms(gives, chance), self._terms(gets, chance)
        difference = "none" if first.price_fen == second.price_fen else chance.choice(("waived", "paid", "paid"))
        self.market.act(propose_barter, gives=gives, gets=gets, swap=Swap(first, second, difference), note="数据互补，以许可互换。",
                        actor=self._actor(mine))

    def _actor(self, key: str) -> Actor:
        return self.market.actors[key]

    def _buys(self, key: str) -> bool:
        """Admitted as a buyer too, once."""
        organization = self.market.organizations[key]
        admitted = Admission.objects.filter(organization=organization, role=Role.BUYER, status=AdmissionStatus.ADMITTED)
        if not admitted.exists():
            self.market.act(admit_beside, organization=organization, account=player(key).account, role=Role.BUYER,
                            officer=self.market.actors["compliance"])
        return admitted.exists()

    def _fitting(self, mine: str, theirs: str) -> tuple[Listing, Listing] | None:
        """The pair of theirs whose usual values are nearest, and near enough."""
        ours, others = self._valued(mine), self._valued(theirs)
        pairs = [(abs(one_fen - two_fen), one.pk, two.pk, one, two) for one, one_fen in ours for two, two_fen in others
                 if max(one_fen, two_fen) <= _APART * min(one_fen, two_fen)]
        return min(pairs, key=lambda pair: pair[:3])[3:] if pairs else None

    def _valued(self, key: str) -> list[tuple[Listing, int]]:
        rows = talked_about(self.market.organizations[key].pk).filter(version__authorisation__isnull=True)
        over = (BarterStatus.DECLINED, BarterStatus.EXPIRED)
        given = set(Barter.objects.exclude(status__in=over).values_list("proposer_listing", flat=True))
        found = []
        for one in rows:
            if one.version is None or one.pk in given or plan_in(one.version.use_terms) is not None:
                continue
            value = usual_value(one, one.version, at=self.market.now())
            if value:
                found.append((one, value))
        return found

    def _terms(self, listing: Listing, chance: Random) -> Terms:
        version = listing.version
        assert version is not None, "it is on sale"
        purposes = [str(one) for one in version.use_terms.get("purposes", [])]
        usual = usual_value(listing, version, at=self.market.now()) or 0
        return Terms(usual * chance.randrange(90, 105) // 10_000 * 100, None, None, chance.choice(purposes) if purposes else "")

    def _answer(self, chance: Random, key: int) -> None:
        one = Barter.objects.get(pk=key)
        who = self.market.key_of(one.party(one.turn).pk)
        if one.status != BarterStatus.OFFERED or who not in SWAPPERS:
            return
        roll = chance.random()
        if roll < 0.7 or one.round > 2:
            self.market.act(accept_barter, barter=one, seen=one.round, actor=self._actor(who))
        elif roll < 0.8:
            self.market.act(decline_barter, barter=one, actor=self._actor(who))
        else:
            higher = replace(one.swap.partner, price_fen=one.swap.partner.price_fen * 103 // 10_000 * 100)
            difference = "none" if higher.price_fen == one.swap.proposer.price_fen else "paid"
            self.market.act(counter_barter, barter=one, swap=replace(one.swap, partner=higher, difference=difference),
                            note="我方数据含季度更新，请酌加。", actor=self._actor(who))
