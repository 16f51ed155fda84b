"""R103: one table says who sees which field of bids, prices and agreements; every surface is read by every viewer and held against it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from evidence.clock import MARKET_CLOCK
from kit.actors import SYSTEM, Actor
from kit.coverage import covers
from participants.models import Organization, User
from participants.roles import Role
from tests.factories import make_actor
from tests.trading.worlds import bid, make_buyer, make_listing, make_lot, move, seller_of
from trading import api
from trading.api import BidLine, LotRow
from trading.models import Auction, Tick, Trade
from trading.operations import close_auction, open_auction, register_bidder
from trading.secrecy import VIEWERS, fields, screened, seen, shows
from trading.ticks import message_of
from trading.trade_api import TradeRow

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]

#: Where something of a lot or of its trade could stand: pages, the interface, exports, papers, desks.
LOT = ("/", "/trading/", "/trading/lots/{lot}/", "/trading/lots/{lot}/why/", "/trading/lots/{lot}/replay/",
       "/api/lots/", "/api/lots/{lot}/", "/api/lots/{lot}/ticks/", "/api/lots/{lot}/bids/", "/listings/{listing}/", "/desk/bids/",
       "/desk/lots/", "/desk/")
TRADE = ("/", "/trading/trades/", "/trading/trades.csv", "/verify/{trade}", "/verify/{trade}/bundle/", "/desk/trades/{trade}/",
         "/api/trades/", "/api/trades/{trade}/", "/turnover/", "/listings/{listing}/")
#: The same for everyone who looks, and slow to make: read as a visitor and as the seller.
WIDE = {"/", "/trading/", "/turnover/", "/listings/{listing}/", "/trading/trades/"}
HIGH, LOW, RESERVE, LIMIT = 76_543_217, 65_432_198, 71_234_569, 87_654_329


def spelled(fen: int) -> tuple[str, ...]:
    """An amount in every spelling a surface might use: fen, yuan with commas or without."""
    return str(fen), f"{fen // 100:,}", f"{fen // 100}.{fen % 100:02d}"


class Floor:
    """A lot with two bidders and a reserve above both, so that no secret shows through the price; who looks on, and as what."""

    def __init__(self, reserve: int = 99_887_763) -> None:
        self.high, self.low, self.reserve = make_buyer(), make_buyer(), reserve
        listing = make_listing()
        self.seller = seller_of(listing)
        self.lot = make_lot(listing, reserve_price_fen=reserve)
        register_bidder(lot=self.lot, limit_fen=LIMIT, actor=self.high, clock=MARKET_CLOCK)
        register_bidder(lot=self.lot, actor=self.low, clock=MARKET_CLOCK)
        move(days=7)
        self.lot = open_auction(lot=self.lot, actor=SYSTEM, clock=MARKET_CLOCK)
        bid(self.lot, self.low, LOW)
        bid(self.lot, self.high, HIGH)
        self.desk = make_actor(Role.SURVEILLANCE)

    def close(self) -> Trade:
        move(days=2)
        close_auction(lot=self.lot, actor=SYSTEM, clock=MARKET_CLOCK)
        return Trade.objects.get(award__auction=self.lot)

    def viewers(self) -> dict[str, Actor | None]:
        return {"visitor": None, "high": self.high, "low": self.low, "seller": self.seller, "desk": self.desk}

    def read(self, actor: Actor | None, places: tuple[str, ...], **codes: str) -> Iterator[tuple[str, str]]:
        browser = Client()
        if actor is not None:
            browser.force_login(User.objects.get(pk=actor.user_id or 0))
        wide = actor is None or actor is self.seller
        for place in places if wide else (one for one in places if one not in WIDE):
            answer = browser.get(place.format(lot=self.lot.code, listing=self.lot.listing.code, **codes))
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
            if answer.status_code == 200:
                yield place, body.decode()


def leaks(floor: Floor, secrets: dict[tuple[str, str, str], tuple[str, ...]], places: tuple[str, ...], *, ended: bool = False,
          roles: dict[str, str], **codes: str) -> tuple[list[str], set[tuple[str, str]]]:
    """Every secret met where the table says no, and every (viewer, field) met at all."""
    faults, met = [], set()
    for viewer, actor in floor.viewers().items():
        for place, body in floor.read(actor, places, **codes):
            for (thing, name, owner), words in secrets.items():
                if any(word in body for word in words):
                    role = "own" if owner == viewer else roles.get(viewer, "visitor")
                    met.add((viewer, name))
                    if not shows(thing, name, ("visitor", role), ended=ended):
                        faults.append(f"{viewer} reads {thing}.{name} of {owner} at {place}")
    return faults, met


def of_a_lot(floor: Floor) -> dict[tuple[str, str, str], tuple[str, ...]]:
    return {("bid", "maximum_fen", "high"): spelled(HIGH), ("bid", "maximum_fen", "low"): spelled(LOW),
            ("lot", "reserve_price_fen", ""): spelled(floor.reserve), ("bidder", "limit_fen", "high"): spelled(LIMIT),
            ("bidder", "organization", "high"): (floor.high.organization,), ("bidder", "organization", "low"): (floor.low.organization,)}


ROLES = {"seller": "seller", "desk": "desk"}


@covers("R103")
def test_while_a_lot_runs_nobody_reads_a_maximum_a_reserve_a_limit_or_a_bidder_but_its_own() -> None:
    floor = Floor()
    faults, met = leaks(floor, of_a_lot(floor), LOT, roles=ROLES)
    assert faults == []
    assert {("high", "maximum_fen"), ("low", "maximum_fen")} <= met, "each bidder reads its own"
    ticks = json.dumps([message_of(one) for one in Tick.objects.filter(auction=floor.lot)])
    assert not any(word in ticks for words in of_a_lot(floor).values() for word in words), "nor does the live feed say it"


@covers("R103", "E11")
def test_after_the_close_the_maxima_are_public_and_buyer_and_agreement_are_the_two_sides() -> None:
    floor = Floor(RESERVE)
    trade = floor.close()
    faults, met = leaks(floor, {("bid", "maximum_fen", "high"): spelled(HIGH)}, LOT, ended=True, roles=ROLES)
    assert faults == [] and ("visitor", "maximum_fen") in met, "the replay shows how the price came about"
    buyer = Organization.objects.get(pk=floor.high.organization_id or 0)
    secrets = {("trade", "buyer", ""): (buyer.code, buyer.name), ("trade", "agreement", ""): ("responsibilities", "合规责任分配"),
               ("trade", "charges", ""): ('"fees"',)}
    faults, met = leaks(floor, secrets, TRADE, roles={**ROLES, "high": "buyer"}, trade=trade.code)
    assert faults == []
    assert {("seller", "buyer"), ("seller", "agreement"), ("high", "agreement"), ("desk", "agreement")} <= met


@covers("R103")
def test_a_row_that_carries_a_secret_loses_it_and_an_object_on_a_page_does_not_have_it() -> None:
    lot = Auction.objects.get(pk=Floor().lot.pk)
    row = {"code": lot.code, "top_fen": lot.standing.top_fen, "reserve_price_fen": 1, "not_in_the_table": 2}
    assert screened("lot", row) == {"code": lot.code}
    assert screened("bid", {"maximum_fen": 1}) == {} and screened("bid", {"maximum_fen": 1}, ended=True) == {"maximum_fen": 1}
    shown = seen("lot", lot)
    assert shown.code == lot.code and shown.version == lot.version
    for name in ("reserve_price_fen", "reserve_salt"):
        assert getattr(lot, name) is not None and not hasattr(shown, name)
    assert not hasattr(shown, "standing") and shown.price_fen == lot.price_fen
    assert not hasattr(seen("trade", Trade()), "agreement") and not hasattr(seen("trade", Trade()), "buyer_id")


@covers("R103")
def test_every_field_that_goes_out_has_its_class_and_every_secret_column_stands_in_the_table() -> None:
    named = {(one.thing, one.name) for one in fields()}
    for thing, out in (("lot", LotRow), ("bid", BidLine), ("trade", TradeRow)):
        assert {(thing, name) for name in out().fields} <= named
    secret = {field.name for field in Auction._meta.get_fields() if str(getattr(field, "help_text", "")).startswith("secret")}
    assert secret and all(not shows("lot", name, VIEWERS) for name in {*secret, "top_fen", "second_fen"})


def naive_lot_row(lot: Auction) -> dict[str, Any]:
    """The naive way: what the row holds goes out; whoever reads it will know what not to show."""
    return {"code": lot.code, "title": lot.version.title_zh, "price_fen": lot.price_fen, "reserve_price_fen": lot.reserve_price_fen}


@covers("R103")
def test_a_naive_row_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    floor = Floor()
    monkeypatch.setattr(api, "lot_row", naive_lot_row)
    faults, _met = leaks(floor, of_a_lot(floor), ("/api/lots/", "/api/lots/{lot}/"), roles=ROLES)
    assert "visitor reads lot.reserve_price_fen of  at /api/lots/{lot}/" in faults and len(faults) == 10


@covers("R103")
@pytest.mark.parametrize("language, words", [("zh-hans", ("保密分级", "上限金额", "截标后", "当事人")),
                                             ("en", ("Who sees what", "Maximum", "After the close", "The two sides"))])
def test_the_table_is_a_public_page(language: str, words: tuple[str, ...]) -> None:
    shown = Client().get("/rules/secrecy/", headers={"accept-language": language}).content.decode()
    assert all(word in shown for word in words)
