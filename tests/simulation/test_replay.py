"""Auctions of other houses through the production operations: winners, prices, refusals, by either set of rules."""

from __future__ import annotations

import json

import pytest

from kit.coverage import covers
from simulation.replay import RULES, ReplayFault, read_auction, replay
from trading.models import Auction, Bid

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]


def line(bids, **fields):
    rows = [{"bidder": bidder, "amount": amount, "t_days": str(t)} for bidder, amount, t in bids]
    return read_auction(json.dumps({"auction": "1", "type": "3 day auction", "open_bid": "99", "bids": rows, **fields}))


def test_the_second_maximum_plus_an_increment_decides_and_any_maximum_is_taken():
    auction = line([("a", "175", "2.2"), ("b", "100", "2.3"), ("c", "120", "2.4"), ("d", "177.5", "2.9")], published_prices=["177.5"])
    done, = replay([auction], RULES["ebay_proxy"])
    assert done.as_json() == {"auction": "1", "winner": "d", "price": "177.50", "refused": []}
    assert Bid.objects.count() == 4 and Auction.objects.get().status == "awarded"


def test_soft_close_is_open_outcry_with_proportional_raises_and_an_end_that_counts_from_the_first_bid():
    auction = line([("a", "100", "0.5"), ("b", "105", "0.6"), ("b", "110", "0.7"), ("a", "130", "1.499"), ("b", "150", "1.505"),
                    ("a", "200", "1.52")])
    done, = replay([auction], RULES["soft_close"])
    assert (done.winner, done.as_json()["price"]) == ("b", "150.00")
    assert [(row["bidder"], row["code"]) for row in done.refused] == [("b", "trading.bid.too_low"), ("a", "trading.bid.closed")]
    assert Auction.objects.get().extensions == 2


@pytest.mark.parametrize("text", ["{}", "[]", "{", '{"auction": "1", "bids": [{"bidder": "a", "amount": "1.005", "t_days": "1"}]}',
                                  '{"auction": "1", "bids": [{"bidder": "a", "amount": "NaN", "t_days": "1"}]}'])
def test_a_line_that_is_no_auction_is_named(text):
    with pytest.raises(ReplayFault):
        read_auction(text)


@covers("I11", "I14")
def test_forty_real_auctions_end_as_published(shared):
    lines = (shared / "2-auctions/ebay_moa_628.jsonl").read_text().splitlines()[:40]
    expected = {row.split(",")[0]: row.split(",") for row in (shared / "2-auctions/ebay_moa_628.expected.csv").read_text().splitlines()[1:]}
    for done in replay(map(read_auction, lines), RULES["ebay_proxy"]):
        row = expected[done.name]
        assert done.winner == row[5] and done.price_fen == round(float(row[6]) * 100)
