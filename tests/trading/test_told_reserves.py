"""A reserve is secret unless it is announced; announced, everybody reads it and the lot still fails below it (Auction Law 28, 50).

Worked example: a lot starts at 10,000 yuan with an announced reserve of 15,000. A bid of 12,000 stands and sells nothing; one of 20,000
shows 15,000, and sells.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Organization
from tests.trading.test_deal_api import get, post
from tests.trading.test_pages import room, shown, signed_in
from tests.trading.worlds import bid, make_buyer, make_listing, make_lot, move, open_lot, seller_of
from trading import tasks
from trading.books import public_terms, sha256_of
from trading.models import Auction
from trading.replays import may_show

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]
YUAN = 100
TOLD = {"reserve_price_fen": 15_000 * YUAN, "reserve_told": True}


def closed(lot: Auction) -> Auction:
    move(hours=24)
    tasks.close_due()
    return Auction.objects.get(pk=lot.pk)


@covers("CAP-E5", "R51")
def test_below_an_announced_reserve_the_lot_fails_and_the_deposit_goes_back() -> None:
    buyer = make_buyer()
    lot = open_lot(buyer, **TOLD)
    bid(lot, buyer, 12_000 * YUAN)
    lot = closed(lot)
    assert (lot.status, lot.awards.count()) == ("failed", 0)
    assert Record.objects.get(subject=lot.code, kind="trading.auction.failed").payload["reason_code"] == "trading.auction.below_reserve"


@covers("CAP-E5")
def test_above_it_the_lot_is_sold_at_the_reserve_at_least() -> None:
    buyer = make_buyer()
    lot = open_lot(buyer, **TOLD)
    bid(lot, buyer, 20_000 * YUAN)
    lot = closed(lot)
    assert (lot.status, lot.awards.get().price_fen) == ("awarded", 15_000 * YUAN)


@covers("CAP-E5", "R103")
def test_everybody_reads_an_announced_reserve_and_nobody_a_secret_one() -> None:
    told, secret = make_lot(**TOLD), make_lot(reserve_price_fen=15_000 * YUAN)
    page = shown(Client(), room(told))
    assert "15,000" in page and "已公告" in page
    page = shown(Client(), room(secret))
    assert "15,000" not in page and "有，不公开" in page
    buyer = make_buyer()
    assert get(buyer, f"/api/lots/{told.code}/")["announced_reserve_fen"] == 15_000 * YUAN
    assert get(buyer, f"/api/lots/{told.code}/")["reserve"] == "announced"
    hidden = get(buyer, f"/api/lots/{secret.code}/")
    assert (hidden["reserve"], hidden["announced_reserve_fen"]) == ("secret", None)


@covers("CAP-E5", "R51")
def test_it_is_hashed_with_the_terms_and_a_secret_one_leaves_their_hash_as_it_was() -> None:
    told, secret = make_lot(**TOLD), make_lot(reserve_price_fen=15_000 * YUAN)
    assert public_terms(told)["reserve_price_fen"] == 15_000 * YUAN and told.terms_hash == sha256_of(public_terms(told))
    assert "reserve_price_fen" not in public_terms(secret)


@covers("CAP-E11")
def test_the_transcript_of_a_lot_with_an_announced_reserve_is_everybodys_after_its_end() -> None:
    buyer = make_buyer()
    told = closed(open_lot(buyer, **TOLD))
    secret = closed(open_lot(make_buyer(), reserve_price_fen=15_000 * YUAN))
    stranger = Organization.objects.get(pk=make_buyer().organization_id)
    assert may_show(told, organization_id=stranger.pk, oversees=False)
    assert not may_show(secret, organization_id=stranger.pk, oversees=False)


@covers("CAP-E5")
def test_there_is_nothing_to_announce_without_a_reserve_nor_below_the_start() -> None:
    with pytest.raises(Rejected) as none:
        make_lot(reserve_told=True)
    assert none.value.code == "trading.auction.no_reserve_to_tell"
    with pytest.raises(Rejected) as low:
        make_lot(reserve_price_fen=9_999 * YUAN, reserve_told=True)
    assert low.value.code == "trading.auction.price"


@covers("CAP-E5")
def test_the_form_and_a_program_announce_it() -> None:
    listing = make_listing()
    seller, opens = seller_of(listing), MARKET_CLOCK.now() + timedelta(days=8)
    lot = post(seller, "/api/lots/", {
        "listing": listing.code, "opens_at": opens.isoformat(), "closes_at": (opens + timedelta(hours=3)).isoformat(), **TOLD})
    assert (lot["reserve"], lot["announced_reserve_fen"]) == ("announced", 15_000 * YUAN)
    other = make_listing()
    client = signed_in(seller_of(other))
    assert "公告保留价" in shown(client, "/desk/lots/new/")
    answer = client.post("/desk/lots/new/", {
        "listing": other.pk, "opens_at": f"{opens:%Y-%m-%dT%H:%M}", "closes_at": f"{opens + timedelta(hours=6):%Y-%m-%dT%H:%M}",
        "reserve_price": "15000", "reserve_told": "on"})
    assert answer.status_code == 302
    assert Auction.objects.get(listing=other).announced_reserve_fen == 15_000 * YUAN


@covers("CAP-E5")
def test_the_database_neither_announces_nothing_nor_lets_an_announcement_be_taken_back() -> None:
    told, none = make_lot(**TOLD), make_lot()
    for statement, key in (("UPDATE trading_auction SET reserve_told = false WHERE id = %s", told.pk),
                           ("UPDATE trading_auction SET reserve_told = true WHERE id = %s", none.pk)):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [key])
