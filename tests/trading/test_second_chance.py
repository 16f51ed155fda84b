"""When a winner does not pay, the runner-up is offered the lot at what it would have cost without the defaulter (lifecycles, TRD).

Worked example: maxima of 50,000, 30,000 and 20,000; the winner pays nothing; without it the second would have led at 21,000 (the third's
20,000 and one step), so that is the offer, for two working days.
"""

from __future__ import annotations

from typing import Any

import pytest

from evidence.clock import MARKET_CLOCK
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Notice
from tests.trading.deals import terms
from tests.trading.worlds import bid, make_buyer, make_listing, move, open_lot, seller_of, stand
from trading import tasks
from trading.models import Auction, Bidder, Negotiation, Trade
from trading.operations import accept_offer, counter_offer, decline_offer, reveal_bid, seal_bid, withdraw_offer
from trading.operations.second_chance import runner_up
from trading.sealing import new_slip

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]


def defaulted(*maxima: int, **more: Any) -> tuple[Auction, list[Actor]]:
    """A lot won by the first of the bidders, who never paid."""
    buyers = [make_buyer() for _ in maxima]
    lot = open_lot(*buyers, **more)
    for buyer, maximum in sorted(zip(buyers, maxima, strict=True), key=lambda pair: pair[1]):
        bid(lot, buyer, maximum)
    move(hours=24)
    tasks.close_due()
    move(days=14)
    assert tasks.default_due() == 1
    return lot, buyers


@covers("CAP-E4", "I14", "I19")
def test_the_worked_example_is_offered_accepted_and_traded() -> None:
    lot, (_, second, third) = defaulted(5_000_000, 3_000_000, 2_000_000)
    one = Negotiation.objects.get()
    assert (one.kind, one.turn, one.price_fen, one.buyer_id) == ("second_chance", "buyer", 2_100_000, second.organization_id)
    assert Notice.objects.filter(organization_id=second.organization_id, subject=one.code, due_at=one.due_at).exists()
    assert not Notice.objects.filter(organization_id=third.organization_id, subject=one.code).exists()
    done = accept_offer(negotiation=one, seen=1, actor=second, clock=MARKET_CLOCK)
    assert done.trade is not None and (done.trade.price_fen, done.trade.buyer_id) == (2_100_000, second.organization_id)
    assert Trade.objects.filter(listing=lot.listing).count() == 2


@covers("CAP-E4", "F3")
def test_it_is_taken_or_left_for_two_working_days() -> None:
    _, (_, second) = defaulted(5_000_000, 2_000_000)
    one = Negotiation.objects.get()
    assert one.price_fen == 1_000_000, "alone, the runner-up would have paid the start price"
    with pytest.raises(Rejected, match=r"negotiation\.fixed"):
        counter_offer(negotiation=one, terms=terms(1), actor=second, clock=MARKET_CLOCK)
    move(days=6)
    assert tasks.end_talks() == 1
    one.refresh_from_db()
    assert one.status == "expired"


@covers("CAP-E4")
def test_the_runner_up_declines_or_the_seller_takes_it_back() -> None:
    lot, (_, second) = defaulted(5_000_000, 2_000_000)
    assert decline_offer(negotiation=Negotiation.objects.get(), actor=second, clock=MARKET_CLOCK).status == "declined"
    other, _ = defaulted(5_000_000, 2_000_000)
    one = Negotiation.objects.get(listing=other.listing)
    assert withdraw_offer(negotiation=one, actor=seller_of(other.listing), clock=MARKET_CLOCK).status == "withdrawn"
    assert lot.pk != other.pk


@covers("CAP-E4", "B5")
def test_nobody_is_offered_what_it_may_not_buy_and_a_lone_bidder_has_no_runner_up() -> None:
    defaulted(5_000_000)
    buyers = [make_buyer(), make_buyer()]
    lot = open_lot(*buyers)
    bid(lot, buyers[1], 2_000_000)
    bid(lot, buyers[0], 5_000_000)
    move(hours=24)
    tasks.close_due()
    stand(buyers[1], "suspended")
    move(days=14)
    assert tasks.default_due() == 1
    assert Negotiation.objects.count() == 0


@covers("CAP-E4")
def test_a_runner_up_below_the_secret_reserve_is_offered_nothing() -> None:
    lot, _ = defaulted(5_000_000, 2_000_000, listing=make_listing(), reserve_price_fen=4_000_000)
    assert lot.reserve_price_fen == 4_000_000 and Negotiation.objects.count() == 0


@covers("CAP-E6", "I14")
def test_of_a_sealed_lot_the_second_pays_what_its_format_asks_without_the_first() -> None:
    buyers = [make_buyer() for _ in range(3)]
    lot = open_lot(*buyers, format="second_price")
    slips = [new_slip(lot.code, fen) for fen in (5_000_000, 3_000_000, 2_000_000)]
    for buyer, slip in zip(buyers, slips, strict=True):
        seal_bid(lot=lot, commitment=slip.commitment, actor=buyer, clock=MARKET_CLOCK)
    move(hours=24)
    tasks.close_due()
    for buyer, slip in zip(buyers, slips, strict=True):
        reveal_bid(lot=lot, amount_fen=slip.amount_fen, salt=slip.salt, actor=buyer, clock=MARKET_CLOCK)
    held = Auction.objects.get(pk=lot.pk)
    found = runner_up(held, Bidder.objects.get(auction=lot, organization_id=buyers[0].organization_id))
    assert found is not None and (found[0].organization_id, found[1]) == (buyers[1].organization_id, 2_000_000)
