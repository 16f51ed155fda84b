"""T22: nobody bids for itself. One owner on both sides, a sub-account, a chain of holdings, a circle of three: blocked, or flagged."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from evidence.clock import MARKET_CLOCK
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Membership, OwnershipStake
from participants.roles import Role
from simulation.planted import DIRECT, measure, planted_market
from tests.factories import make_organization
from tests.trading.worlds import make_buyer, make_lot
from trading.models import Auction, Bidder
from trading.operations import register_bidder

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]


def naive_may_register(lot: Auction, buyer: Actor) -> bool:
    """The obvious rule: the seller itself may not bid."""
    return buyer.organization_id != lot.seller_id


def same_owner(lot: Auction, buyer: Actor) -> None:
    owner = make_organization(Role.BUYER)
    for owned in (lot.seller_id, buyer.organization_id):
        OwnershipStake.objects.create(owner=owner, owned_id=owned, share_bps=6_000, effective_from=lot.created_at)


def chain(lot: Auction, buyer: Actor) -> None:
    """The seller holds a company that holds the buyer."""
    between = make_organization(Role.BUYER)
    OwnershipStake.objects.create(owner=lot.seller, owned=between, share_bps=8_000, effective_from=lot.created_at)
    OwnershipStake.objects.create(owner=between, owned_id=buyer.organization_id, share_bps=8_000, effective_from=lot.created_at)


def sub_account(lot: Auction, buyer: Actor) -> None:
    """Somebody of the seller's signs in for another firm."""
    person = Membership.objects.filter(organization=lot.seller).order_by("pk")[0].person
    Membership.objects.create(person=person, organization_id=buyer.organization_id, role="buyer", effective_from=lot.created_at)


@covers("T22", "R53")
@pytest.mark.parametrize("tie", [same_owner, chain, sub_account])
def test_whoever_is_tied_to_the_seller_is_blocked_where_the_obvious_rule_lets_it_bid(tie: Callable[[Auction, Actor], None]) -> None:
    lot, buyer = make_lot(), make_buyer()
    tie(lot, buyer)
    assert naive_may_register(lot, buyer), "the naive variant must fall for it"
    with pytest.raises(Rejected, match=r"bidder\.affiliated"):
        register_bidder(lot=lot, actor=buyer, clock=MARKET_CLOCK)
    assert not Bidder.objects.filter(auction=lot).exists()


@covers("T22")
def test_a_stranger_registers_all_the_same() -> None:
    lot, buyer = make_lot(), make_buyer()
    register_bidder(lot=lot, actor=buyer, clock=MARKET_CLOCK)
    assert Bidder.objects.filter(auction=lot).count() == 1


@covers("T22", "H4", "E64")
@pytest.mark.parametrize("seed", [7, 11])
def test_of_fifty_planted_rings_nine_in_ten_are_flagged_and_four_flags_in_five_are_right(seed: int) -> None:
    """Thirty circles of three or four traders and twenty rings of four bidders, camouflaged, among honest look-alikes."""
    market = planted_market(20_000, seed=seed)
    found = {one.rule: one for one in measure(market)[0]}
    rings = [found["cycle"], found["rotation"]]
    planted, caught = sum(one.planted for one in rings), sum(one.found for one in rings)
    raised, right = sum(one.raised for one in rings), sum(one.right for one in rings)
    print(f"seed {seed}: {planted} rings, recall {caught / planted:.3f}, precision {right / raised:.3f}; " + ", ".join(
        f"{one.rule} {one.recall:.3f}/{one.precision:.3f}" for one in found.values()))
    assert planted == 50 and caught / planted >= 0.9 and right / raised >= 0.8
    assert set(DIRECT) <= found.keys()


@covers("T22")
def test_looking_at_pairs_alone_finds_no_circle() -> None:
    """The naive detector asks only whether a trade came back to who sold it: a circle of three never does."""
    market = planted_market(20_000)
    traded = {(deal.seller, deal.buyer) for deal in market.deals}
    circles = market.truth["cycle"]
    seen = [ring for ring in circles if any((one, two) in traded and (two, one) in traded for one in ring for two in ring if one < two)]
    assert len(seen) / len(circles) < 0.5
