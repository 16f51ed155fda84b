"""Audit replay (CAP-E11): any finished auction decided anew from its transcript alone gives the same outcome and the same hash.

Worked example: B may pay 20,000 yuan, A 15,000; the step at 15,000 is 500, so B wins at 15,500. Whoever drops A's bid from the log, makes
it smaller or puts it after B's changes the outcome or the hash, and is found out either way.
"""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from evidence.clock import MARKET_CLOCK
from kit.actors import Actor
from kit.coverage import covers
from tests.exchange.worlds import signed_in
from tests.trading.test_sealed import end, reveal, seal, time_over
from tests.trading.worlds import bid, make_buyer, make_listing, move, open_lot, stand
from trading import tasks
from trading.books import sha256_of
from trading.invariants import AwardsFollowFromBids
from trading.models import Auction, Award
from trading.operations import take_price
from trading.replays import check, document_of, hash_of, replayed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]
YUAN = 100
HOUSE = Path(__file__).resolve().parents[2]


def over(lot: Auction) -> Auction:
    move(hours=24)
    tasks.close_due()
    return Auction.objects.get(pk=lot.pk)


def english(**terms: Any) -> Auction:
    one, other = make_buyer(), make_buyer()
    lot = open_lot(one, other, **terms)
    bid(lot, one, 15_000 * YUAN)
    bid(lot, other, 20_000 * YUAN)
    return over(lot)


def english_with_one_barred() -> Auction:
    one, other, third = make_buyer(), make_buyer(), make_buyer()
    lot = open_lot(one, other, third)
    for buyer, yuan in ((one, 12_000), (other, 20_000), (third, 30_000)):
        bid(lot, buyer, yuan * YUAN)
    stand(third, "restricted")
    return over(lot)


def dutch() -> Auction:
    buyer = make_buyer()
    lot = open_lot(buyer, listing=make_listing(auction_terms={"format": "dutch", "floor_fen": 900_000}))
    move(minutes=5)
    taken: Auction = take_price(lot=lot, at_most_fen=lot.start_price_fen, actor=buyer, clock=MARKET_CLOCK)
    return taken


def sealed(how: str) -> Callable[[], Auction]:
    def run() -> Auction:
        buyers: list[Actor] = [make_buyer() for _ in range(3)]
        lot = open_lot(*buyers, format=how)
        slips = [seal(lot, buyer, yuan * YUAN) for buyer, yuan in zip(buyers, (15_000, 13_000, 20_000), strict=True)]
        end(lot)
        for buyer, slip in list(zip(buyers, slips, strict=True))[:2]:
            reveal(lot, buyer, slip)
        return time_over(lot)

    return run


def unsold() -> Auction:
    return over(open_lot(make_buyer()))


FINISHED = {"english": english, "one barred": english_with_one_barred, "dutch": dutch, "first price": sealed("first_price"),
            "second price": sealed("second_price"), "unsold": unsold, "with a reserve": lambda: english(reserve_price_fen=16_000 * YUAN)}


@covers("CAP-E11", "I14")
@pytest.mark.parametrize("make", FINISHED.values(), ids=FINISHED)
def test_a_finished_auction_decided_anew_gives_the_same_outcome_and_hash(make: Callable[[], Auction]) -> None:
    lot = make()
    document = json.loads(json.dumps(document_of(lot)))
    assert document["replay_hash"] and check(document) == {
        "outcome": document["outcome"], "replay_hash": document["replay_hash"], "agrees": True}
    award = Award.objects.filter(auction=lot).first()
    assert document["outcome"] == {"winner": award and award.bidder.paddle, "price_fen": award and award.price_fen}
    assert list(AwardsFollowFromBids().check()) == []


def _dropped(told: dict[str, Any]) -> None:
    del told["bids"][0]


def _smaller(told: dict[str, Any]) -> None:
    told["bids"][0]["maximum_fen"] -= 1


def _swapped(told: dict[str, Any]) -> None:
    one, two = told["bids"]
    one["paddle"], two["paddle"] = two["paddle"], one["paddle"]


def _resalted(told: dict[str, Any]) -> None:
    told["bids"][1]["salt"] = "00" * 32


def _later(told: dict[str, Any]) -> None:
    told["bids"][0]["at"] = "2031-01-01T00:00:00.000000Z"


@covers("CAP-E11")
@pytest.mark.parametrize("tamper", [_dropped, _smaller, _swapped, _resalted, _later])
def test_a_log_that_was_touched_is_found_out(tamper: Callable[[dict[str, Any]], None]) -> None:
    """The naive replay compares outcomes alone: a loser's smaller bid, another salt or time leave the outcome as it was."""
    document = document_of(english())
    touched = copy.deepcopy(document)
    tamper(touched["transcript"])
    assert not check(touched)["agrees"]
    whole = replayed(touched["transcript"])
    touched["replay_hash"] = hash_of(touched["transcript"], whole)
    assert touched["replay_hash"] != document["replay_hash"], "a hash made to fit is not the one in the record book"


def test_the_naive_replay_that_looks_at_the_outcome_alone_is_satisfied_by_a_touched_log() -> None:
    document = document_of(english())
    for tamper in (_resalted, _later):
        touched = copy.deepcopy(document["transcript"])
        tamper(touched)
        assert replayed(touched) == document["outcome"] and sha256_of(touched) != sha256_of(document["transcript"])


@covers("CAP-E11")
def test_the_public_holds_the_transcript_after_the_end_and_of_a_secret_reserve_only_seller_and_desks() -> None:
    lot = open_lot(make_buyer())
    address = f"/trading/lots/{lot.code}/transcript/"
    assert Client().get(address).status_code == 404, "nobody before the end"
    lot = english()
    answer = Client().get(f"/trading/lots/{lot.code}/transcript/")
    assert answer.status_code == 200 and check(json.loads(answer.content))["agrees"]
    assert document_of(lot)["replay_hash"] in Client().get(f"/trading/lots/{lot.code}/replay/").content.decode()
    secret = english(reserve_price_fen=16_000 * YUAN)
    address = f"/trading/lots/{secret.code}/transcript/"
    assert Client().get(address).status_code == 404 == signed_in(make_buyer()).get(address).status_code
    from tests.trading.worlds import seller_of

    assert check(json.loads(signed_in(seller_of(secret.listing)).get(address).content))["agrees"]


@covers("CAP-E11")
def test_the_command_decides_a_document_without_a_database() -> None:
    document = document_of(english())

    def run(text: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "manage.py", "replay"], cwd=HOUSE, input=text, capture_output=True, text=True, check=False,
                              env={"PATH": "/usr/bin:/bin", "DX_PROFILE": "test", "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"})

    done = run(json.dumps(document))
    assert done.returncode == 0 and json.loads(done.stdout)["agrees"], done.stderr
    _smaller(document["transcript"])
    done = run(json.dumps(document))
    assert done.returncode == 1 and not json.loads(done.stdout)["agrees"]
    done = run("{}")
    assert done.returncode == 1 and "trading.replay.unreadable" in done.stderr

