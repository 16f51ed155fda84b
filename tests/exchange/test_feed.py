"""The change feed (CAP-I6): in order and whole however many write, each reader its own part, what is withheld withheld."""

from __future__ import annotations

import re
import threading
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from evidence.clock import MARKET_CLOCK
from evidence.events import Event
from evidence.models import Record
from evidence.operations import drain, operation, record
from evidence.queries import extent
from evidence.sealing import seal_batch
from exchange.feed import Reader, audiences, page, public_kind
from exchange.pages.webhooks import _words
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from participants.models import Organization, StaffRead
from participants.roles import Role
from tests.exchange.worlds import signed_in
from tests.factories import make_actor
from tests.threads import in_threads
from tests.trading.worlds import bid, make_buyer, make_listing, move, open_lot, stand_still
from trading import tasks
from trading.models import Trade

pytestmark = pytest.mark.django_db


def sold() -> tuple[Trade, Actor, Actor]:
    """A lot won by the second of two buyers: the trade, the winner, the loser."""
    stand_still()
    winner, loser = make_buyer(), make_buyer()
    lot = open_lot(winner, loser)
    bid(lot, loser, 1_200_000)
    bid(lot, winner, 5_000_000)
    move(hours=24)
    tasks.close_due()
    drain()
    return Trade.objects.get(), winner, loser


def kinds_of(reader: Reader, **asked: Any) -> list[str]:
    return [one.kind for one in page(after=0, reader=reader, limit=100, **asked).items]


def party(actor: Actor) -> Reader:
    return Reader(Organization.objects.get(pk=actor.organization_id))


@covers("CAP-I6", "T37")
def test_everybody_reads_the_auction_its_parties_the_trade_and_only_the_bidder_a_bid() -> None:
    trade, winner, loser = sold()
    public, won, lost, sells = (kinds_of(one) for one in (Reader(), party(winner), party(loser), Reader(trade.seller)))
    assert "trading.auction.awarded" in public and not any(one.startswith(("trading.bid", "trading.trade")) for one in public)
    assert "trading.trade.executed" in won and "trading.trade.executed" in sells and "trading.trade.executed" not in lost
    assert won.count("trading.bid.placed") == 1 == lost.count("trading.bid.placed"), "its own bid and nobody else's"
    assert "trading.bid.placed" not in sells
    mine = kinds_of(party(loser), mine=True)
    assert "trading.bid.placed" in mine and not any(one.startswith("trading.auction.") for one in mine), "not what concerns others"


@covers("CAP-I6")
def test_a_secret_stands_as_its_commitment_and_another_partys_people_behind_its_name() -> None:
    trade, winner, _loser = sold()
    items = page(after=0, reader=party(winner), kinds=["trading.bid.placed", "trading.trade.executed", "trading.auction.announced"]).items
    mine = next(one for one in items if one.kind == "trading.bid.placed")
    assert "maximum_commitment" in mine.payload and 5_000_000 not in mine.payload.values() and mine.actor == winner.code
    announced = next(one for one in items if one.kind == "trading.auction.announced")
    assert announced.actor == trade.seller.code, "the organisation, not who pressed the button"


@covers("CAP-I6")
def test_pages_join_without_a_gap_and_next_is_always_given() -> None:
    _trade, winner, _loser = sold()
    whole = page(after=0, reader=party(winner), limit=100)
    assert (whole.next, whole.head) == (extent()[0], extent()[0])
    parts, place = [], 0
    while place < whole.head:
        one = page(after=place, reader=party(winner), limit=2)
        parts += one.items
        assert place < one.next
        place = one.next
    assert parts == whole.items
    assert page(after=whole.head + 50, reader=Reader()).items == []


@covers("CAP-I6", "R30")
def test_what_is_withheld_from_a_reader_is_not_told_to_him() -> None:
    stand_still()
    listing = make_listing()
    open_lot(listing=listing)
    drain()
    assert any(one.subject.startswith("LOT") for one in page(after=0, reader=Reader()).items)
    listing.closed = True
    listing.save(update_fields=["closed"])
    assert not any(one.subject.startswith("LOT") for one in page(after=0, reader=Reader()).items)
    assert any(one.subject.startswith("LOT") for one in page(after=0, reader=Reader(listing.organization)).items)


@covers("CAP-I6", "R121")
def test_the_desks_read_everything_and_what_they_read_of_a_party_is_noted() -> None:
    _trade, winner, _loser = sold()
    officer = make_actor(Role.COMPLIANCE_OFFICER)
    answer = signed_in(officer).get("/api/changes/?limit=100").json()
    assert {one["kind"] for one in answer["items"]} >= {"trading.bid.placed", "trading.trade.executed"}
    assert StaffRead.objects.filter(kind="feed", owner_id=winner.organization_id, reader_id=officer.user_id).count() == 1
    signed_in(officer).get("/api/changes/?limit=100")
    assert StaffRead.objects.filter(kind="feed", owner_id=winner.organization_id).count() == 1, "once a day"


@covers("CAP-I6", "R32")
def test_the_first_of_two_opinions_is_read_in_no_feed_not_even_by_the_desks() -> None:
    """Else the second would read the first before writing its own; a feed that gives the desks everything does."""
    stand_still()
    first = ("listings.listing.review_decided", "compliance.filing.first_opinion", "compliance.conduct.first_opinion",
             "compliance.export.first_opinion", "compliance.restoration.first_opinion", "participants.approval.asked")
    for kind in (*first, "compliance.case.opened"):
        speak(kind=kind, actor=SYSTEM, clock=MARKET_CLOCK)
    drain()
    seen = kinds_of(Reader(oversees=True))
    assert "compliance.case.opened" in seen and not set(first) & set(seen)
    assert "listings.listing.review_assigned" not in kinds_of(Reader()) and audiences().of("listings.listing.approved") == "parties"


@covers("CAP-I6")
def test_the_address_answers_as_published_and_names_a_wrong_field() -> None:
    trade, winner, _loser = sold()
    answer = Client().get("/api/changes/?kind=trading.auction.&limit=2")
    told = answer.json()
    assert answer.status_code == 200 and set(told) == {"items", "next", "head"} and len(told["items"]) == 2
    assert set(told["items"][0]) == {"position", "kind", "at", "subject", "actor", "payload", "href"}
    mine = signed_in(winner).get("/api/changes/?mine=true&kind=trading.trade.").json()["items"]
    assert [one["subject"] for one in mine] == [trade.code] and mine[0]["href"] == f"/desk/trades/{trade.code}/"
    for query, field in (("after=-1", "after"), ("after=x", "after"), ("limit=101", "limit"), ("kind=%27", "kind"), ("owner=1", "owner")):
        no = Client().get(f"/api/changes/?{query}")
        assert no.status_code == 400 and no.json()["errors"][0]["field"] == field, query


@covers("CAP-I6")
def test_every_row_of_the_table_has_words_and_what_is_nobodys_is_the_desks() -> None:
    with translation.override("zh-hans"):
        spoken = {one: _words(one) for one in audiences().kinds}
    assert [one for one, words in spoken.items() if re.search("[A-Za-z_]", words)] == []
    assert audiences().of("listings.listing.approved") == "parties"
    assert audiences().of("compliance.case.opened") == "desks" and not public_kind("trading.auction.revealing")
    assert set(audiences().kinds.values()) <= {"public", "parties", "own", "desks", "pages"}


class Told(Event):
    """A test's own fact."""

    kind = "trading.auction.opened"


@operation("tests.feed.speak")
def speak(*, kind: str, actor: Actor, clock: Clock) -> None:
    record(type("Spoken", (Event,), {"kind": kind, "__module__": __name__})(subject="LSV-0000000001"), actor=actor, at=clock.now())


@operation("tests.feed.tell")
def tell(*, number: int, actor: Actor, clock: Clock) -> None:
    record(Told(subject=f"LOT-{number:010d}"), actor=actor, at=clock.now())


@covers("CAP-I6", "T26")
@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
def test_nothing_is_skipped_while_many_write_and_a_reader_by_the_clock_skips() -> None:
    """Four write 100 facts each while a sealer seals and two read on. The naive feed asks for what is newer than the last it saw."""
    stand_still()
    done = threading.Event()
    whole: list[int] = []
    naive: set[Any] = set()

    def write(number: int) -> None:
        for one in range(100):
            tell(number=number * 100 + one, actor=SYSTEM, clock=MARKET_CLOCK)

    def seal() -> None:
        while not done.is_set():
            seal_batch(clock=MARKET_CLOCK)

    def read() -> None:
        place = 0
        while not done.is_set() or place < extent()[0]:
            found = page(after=place, reader=Reader(), limit=7)
            whole.extend(one.position for one in found.items)
            place = found.next

    def read_by_time() -> None:
        last = None
        while not done.is_set():
            rows = Record.objects.filter(kind=Told.kind).order_by("at", "id")
            for one in rows.filter(at__gt=last)[:7] if last else rows[:7]:
                naive.add(one.pk)
                last = one.at

    writers = threading.Thread(target=lambda: in_threads(4, write))
    others = threading.Thread(target=lambda: in_threads(3, lambda number: (seal, read, read_by_time)[number]()))
    others.start()
    writers.start()
    writers.join()
    while seal_batch(clock=MARKET_CLOCK):
        pass
    done.set()
    others.join()
    assert whole == sorted(set(whole)) and len(whole) == 400
    assert len(naive) < 400, "facts of the same instant, and those written late, were never seen"
