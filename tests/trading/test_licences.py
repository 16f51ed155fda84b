"""Several licences in one lot, at pilot and simulation venues (competition rules 17; CAP-E9, I13, I14).

Worked example: four licences from 5,000 yuan each. A wants two at 10,000, B three at 9,000, C one at 8,000. A has two, B two of three.
Uniform price: all pay 9,000, the highest bid that went short. Pay as bid: A pays 10,000 for each, B 9,000.
Bundles: A would pay 7,000 for both items, B 5,000 for the one, C 4,000 for the other. B and C win; B pays 3,000, C 2,000.
"""

from __future__ import annotations

import itertools
import json
import random
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from kit.actors import SYSTEM, Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Venue
from participants.roles import Role
from tests.factories import make_actor
from tests.trading.test_pages import room, shown, signed_in
from tests.trading.test_sealed import end, fresh, refused, reserved, time_over
from tests.trading.venue_pilots import running
from tests.trading.worlds import make_buyer, make_listing, make_lot, move, open_lot, seller_of
from trading.auctions.slips import Rule, Said, decide, write_units
from trading.invariants import AwardsFollowFromBids, LotsCanBeRebuilt, NoMoreAwardsThanLots, SealsAreOpenedAsSealed
from trading.models import Auction, Award, Bidder, Trade, VenuePilot
from trading.operations import default_trade, pay_trade, reveal_bid, seal_bid
from trading.replays import check, document_of, hash_of, outcome_of, transcript_of
from trading.sealing import new_slip
from trading.venue_pilots import end_venue_pilot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]
YUAN = 100


def at_venue(profile: str) -> None:
    """A venue of this profile; at one for pilots, a pilot that opens the formats of several licences runs, at others none does."""
    Venue.objects.update(profile=profile)
    known = VenuePilot.objects.filter(status="running").first()
    if profile == "pilot" and known is None:
        running()
    elif profile != "pilot" and known is not None:
        end_venue_pilot(pilot=known, reason="试行完毕", actor=make_actor(Role.REGULATOR), clock=MARKET_CLOCK)


def licences(format_: str, words: list[str], *, start_yuan: int = 5_000, **more: Any) -> tuple[Auction, list[Actor]]:
    """A lot sealed, opened and decided: a word a buyer, amounts in yuan."""
    at_venue("pilot")
    buyers = [make_buyer() for _ in words]
    lot = open_lot(*buyers, format=format_, listing=make_listing(price_fen=start_yuan * YUAN), **more)
    slips = []
    for buyer, word in zip(buyers, words, strict=True):
        amount, sealed = in_fen(format_, word)
        slips.append(new_slip(lot.code, amount, sealed))
        seal_bid(lot=lot, commitment=slips[-1].commitment, actor=buyer, clock=MARKET_CLOCK)
    end(lot)
    for buyer, slip in zip(buyers, slips, strict=True):
        reveal_bid(lot=lot, amount_fen=slip.amount_fen, salt=slip.salt, word=slip.word, actor=buyer, clock=MARKET_CLOCK)
    return fresh(lot), buyers


def in_fen(format_: str, word: str) -> tuple[int, str]:
    if format_ == "rsop":
        return int(word) * YUAN, ""
    if format_ == "vcg":
        parts = [(items, int(amount) * YUAN) for items, amount in (one.split("=") for one in word.split(";"))]
        return max(amount for _, amount in parts), ";".join(f"{items}={amount}" for items, amount in parts)
    amount, _, quantity = word.partition("x")
    return int(amount) * YUAN, write_units(int(amount) * YUAN, int(quantity))


def won(lot: Auction, buyers: list[Actor]) -> list[list[tuple[int, str]]]:
    """Of each buyer: what each licence costs in yuan, and its items."""
    return [[(one.price_fen // YUAN, "".join(one.items)) for one in Award.objects.filter(
        auction=lot, bidder__organization_id=buyer.organization_id).order_by("unit")] for buyer in buyers]


def sound(lot: Auction) -> None:
    faults = [*NoMoreAwardsThanLots().check(), *AwardsFollowFromBids().check(), *LotsCanBeRebuilt().check(),
              *SealsAreOpenedAsSealed().check()]
    assert faults == [] and check(json.loads(json.dumps(document_of(lot))))["agrees"]


@pytest.mark.parametrize(("format_", "prices"), [("uniform", ([9_000, 9_000], [9_000, 9_000])),
                                                 ("pay_as_bid", ([10_000, 10_000], [9_000, 9_000]))])
@covers("CAP-E9", "I13", "I14", "CAP-E11")
def test_the_highest_bids_have_the_licences(format_: str, prices: tuple[list[int], list[int]]) -> None:
    lot, buyers = licences(format_, ["10000x2", "9000x3", "8000x1", "4000x1"], supply=4)
    assert lot.status == "awarded"
    assert won(lot, buyers) == [[(one, "") for one in side] for side in prices] + [[], []]
    trades = Trade.objects.filter(award__auction=lot)
    assert trades.count() == 4 and {one.deed.status for one in trades} == {"drafted"}
    assert reserved(buyers[2]) == reserved(buyers[3]) == 0, "who won nothing has the deposit back"
    fact = Record.objects.get(subject=lot.code, kind="trading.auction.allotted").payload
    assert [one["unit"] for one in fact["awards"]] == [1, 2, 3, 4]
    sound(lot)


@covers("CAP-E9", "CAP-E10")
def test_a_winners_deposit_stands_for_one_trade_and_each_trade_lives_by_itself() -> None:
    lot, (a, _) = licences("uniform", ["10000x2", "9000x1"], supply=2)
    first, second = Trade.objects.filter(award__auction=lot).order_by("award__unit")
    assert (first.state.deposit is None, second.state.deposit is None) == (False, True)
    pay_trade(trade=second, actor=a, clock=MARKET_CLOCK)
    assert reserved(a) == first.state.deposit_fen
    move(days=12)
    assert default_trade(trade=first, actor=SYSTEM, clock=MARKET_CLOCK).status == "defaulted"
    assert reserved(a) == 0
    sound(fresh(lot))


@covers("CAP-E9", "I14")
def test_bundles_go_where_they_are_worth_most_and_each_pays_the_harm_done() -> None:
    lot, buyers = licences("vcg", ["A+B=7000", "A=5000", "B=4000"], start_yuan=1_000, items=("A", "B"))
    assert won(lot, buyers) == [[], [(3_000, "A")], [(2_000, "B")]]
    assert Trade.objects.get(buyer_id=buyers[1].organization_id).agreement["lot"]["items"] == ["A"]
    sound(lot)
    lot, buyers = licences("vcg", ["A+B=7000;A=3000", "B=900"], start_yuan=1_000, items=("A", "B"))
    assert won(lot, buyers) == [[(2_000, "AB")], []], "alone, the lowest price of each item"
    sound(lot)


@covers("CAP-E9", "I14")
def test_sampled_prices_take_all_who_meet_the_other_halfs_price() -> None:
    words = [str(5_000 + 500 * n) for n in range(8)]
    lot, buyers = licences("rsop", words)
    found = won(lot, buyers)
    prices = {price for one in found for price, _ in one}
    assert found and len(prices) <= 2 and all(not one or one[0][0] <= int(word) for one, word in zip(found, words, strict=True))
    sound(lot)


@covers("CAP-E9", "CAP-E6")
def test_who_does_not_open_forfeits_and_what_is_below_the_start_wins_nothing() -> None:
    at_venue("simulation")
    a, b = make_buyer(), make_buyer()
    lot = open_lot(a, b, format="uniform", supply=3, listing=make_listing(price_fen=500_000))
    low = new_slip(lot.code, 400_000, "400000x1")
    for buyer, slip in ((a, low), (b, new_slip(lot.code, 900_000, "900000x1"))):
        seal_bid(lot=lot, commitment=slip.commitment, actor=buyer, clock=MARKET_CLOCK)
    end(lot)
    reveal_bid(lot=lot, amount_fen=400_000, salt=low.salt, word=low.word, actor=a, clock=MARKET_CLOCK)
    assert (time_over(lot).status, fresh(lot).status_reason) == ("failed", "trading.auction.below_reserve")
    assert Record.objects.get(subject=lot.code, kind="trading.bid.unrevealed").payload["bidder"] == b.organization
    assert reserved(a) == 0 and check(document_of(fresh(lot)))["agrees"]


@pytest.mark.parametrize("format_", ["uniform", "pay_as_bid", "vcg", "rsop"])
@covers("CAP-E9", "R45", "M8")
def test_a_production_venue_refuses_several_licences_and_names_the_rule(format_: str) -> None:
    listing, more = make_listing(), {"supply": 2} if format_ in ("uniform", "pay_as_bid") else {"items": ("A",)}
    with pytest.raises(Rejected) as no:
        make_lot(listing, format=format_, **more)
    assert no.value.code == "trading.auction.format_not_allowed" and "国办发〔2012〕37号" in (no.value.article or "")
    at_venue("pilot")
    lot = make_lot(make_listing(), format=format_, **({"supply": 2} if format_ in ("uniform", "pay_as_bid") else
                                                      {"items": ("A",)} if format_ == "vcg" else {}))
    at_venue("production")
    row = {one.attname: getattr(lot, one.attname) for one in Auction._meta.concrete_fields if one.name not in ("id", "code")}
    with pytest.raises(DatabaseError, match="not for this venue"), transaction.atomic():
        Auction.objects.create(**row | {"code": "LOT-0000000000", "status": "announced", "listing_id": listing.pk})
    page = signed_in(seller_of(listing)).get("/desk/lots/new/").content.decode()
    assert 'value="hybrid"' in page and f'value="{format_}"' not in page


@covers("CAP-E9")
def test_small_numbers_within_the_quota_and_no_pilot_listing() -> None:
    at_venue("pilot")
    for more in ({}, {"supply": 0}, {"supply": 51}):
        refused("trading.auction.supply", lambda more=more: make_lot(make_listing(), format="uniform", **more))
    refused("trading.auction.supply", lambda: make_lot(make_listing(quota=3), format="uniform", supply=4))
    refused("trading.auction.supply", lambda: make_lot(make_listing(quota=3), format="rsop"))
    for items in ((), ("a",), tuple("ABCDEFGHI"), ("AB",)):
        refused("trading.auction.supply", lambda items=items: make_lot(make_listing(), format="vcg", items=items))
    assert make_lot(make_listing(quota=3), format="uniform", supply=3).supply == 3


@pytest.mark.parametrize(("format_", "word"), [("uniform", "900000x9"), ("uniform", "900000x0"), ("uniform", "900000"), ("vcg", "A=5;A=6"),
                                               ("vcg", "C=500000"), ("vcg", "A+A=500000"), ("rsop", "900000x1")])
@covers("CAP-E9", "I15")
def test_a_word_that_says_no_lawful_bid_cannot_be_opened(format_: str, word: str) -> None:
    at_venue("pilot")
    buyer = make_buyer()
    more: dict[str, Any] = {"supply": 2} if format_ == "uniform" else {"items": ("A", "B")} if format_ == "vcg" else {}
    lot = open_lot(buyer, format=format_, **more)
    slip = new_slip(lot.code, 900_000, word)
    seal_bid(lot=lot, commitment=slip.commitment, actor=buyer, clock=MARKET_CLOCK)
    end(lot)
    refused("trading.bid.bad_word", lambda: reveal_bid(lot=lot, amount_fen=900_000, salt=slip.salt, word=word, actor=buyer,
                                                       clock=MARKET_CLOCK))
    assert fresh(lot).status == "revealing"


@covers("CAP-E9", "I13")
def test_the_database_keeps_licences_and_items_single() -> None:
    lot, (_, b, _) = licences("vcg", ["A+B=7000", "A=5000", "B=4000"], start_yuan=1_000, items=("A", "B"))
    bidder = Bidder.objects.get(auction=lot, organization_id=b.organization_id)
    for unit, items in ((3, ["A"]), (3, ["C"]), (3, [])):
        with pytest.raises(DatabaseError), transaction.atomic():
            Award.objects.create(auction=lot, unit=unit, bidder=bidder, price_fen=1, items=items, at=MARKET_CLOCK.now())
    lot, (a,) = licences("uniform", ["10000x2"], supply=2)
    bidder = Bidder.objects.get(auction=lot, organization_id=a.organization_id)
    with pytest.raises(DatabaseError, match="no licence number"), transaction.atomic():
        Award.objects.create(auction=lot, unit=3, bidder=bidder, price_fen=1, at=MARKET_CLOCK.now())
    with pytest.raises(DatabaseError, match="terms are fixed"), transaction.atomic():
        Auction.objects.filter(pk=lot.pk).update(supply=9)


@covers("CAP-E9", "CAP-E11", "I27")
def test_an_edited_transcript_ends_otherwise() -> None:
    lot, _ = licences("uniform", ["10000x1", "9000x1"], supply=1)
    document = document_of(lot)
    for seal in document["transcript"]["seals"]:
        seal["opened"]["fen"] = 1_200_000 if seal["seq"] == 2 else seal["opened"]["fen"]
        seal["opened"]["word"] = f"{seal['opened']['fen']}x1"
    assert not check(document)["agrees"]
    assert hash_of(transcript_of(lot), outcome_of(lot)) == document_of(lot)["replay_hash"]


@covers("CAP-E9", "CAP-E13", "C7")
def test_the_room_takes_quantities_and_bundles_without_scripts() -> None:
    at_venue("pilot")
    a, b = make_buyer(), make_buyer()
    for format_, typed, sealed, more in (
        ("uniform", {"amount": "12000", "quantity": "2"}, "1200000x2", {"supply": 3}),
        ("vcg", {"bundles": "B + A = 12000\nA=11000"}, "A+B=1200000;A=1100000", {"items": ("A", "B")})):
        lot = open_lot(a, b, format=format_, **more)
        client = signed_in(a)
        assert ("份数" if format_ == "uniform" else "每行一种组合") in shown(client, room(lot))
        page = client.post(room(lot) + "slip/", typed).content.decode()
        assert sealed in page
        salt, commitment = (page.split(f'name="{name}" value="')[1].split('"')[0] for name in ("salt", "commitment"))
        paper = client.post(room(lot) + "slip/", {"file": "1", "amount_fen": "1200000", "salt": salt, "word": sealed}).json()
        assert (paper["word"], paper["commitment"]) == (sealed, commitment)
        assert client.post(room(lot) + "seal/", {"commitment": commitment}).status_code == 302
        for state in ("sealed", "to_open"):
            own = shown(client, room(lot))
            assert commitment in own and commitment not in shown(signed_in(b), room(lot)), f"{state}: each reads its own seal"
            if state == "sealed":
                end(lot)
        assert client.post(room(lot) + "reveal/", {**typed, "salt": salt}).status_code == 302
        assert fresh(lot).status == "awarded" and "您已竞得" in shown(client, room(lot)) and "中标" in shown(client, room(lot))
        assert "重算一致" in shown(signed_in(b), room(lot) + "replay/") and "未中" in shown(signed_in(b), room(lot))
        bad = client.post(room(lot) + "slip/", typed)
        assert bad.status_code == 409


def bundles_naive(items: str, floor: int, bids: list[tuple[str, dict[str, int]]]) -> tuple[int, dict[str, str], dict[str, int]]:
    """Every way to give each bidder one of its bundles or none; what is left is worth the floor. Payments by leaving each out."""
    def best(of: list[tuple[str, dict[str, int]]]) -> tuple[int, dict[str, str]]:
        found: tuple[int, dict[str, str]] = (-1, {})
        for choice in itertools.product(*[[None, *offers] for _, offers in of]):
            taken = [item for bundle in choice if bundle for item in bundle.split("+")]
            if len(set(taken)) < len(taken):
                continue
            worth = sum(offers[bundle] for (_, offers), bundle in zip(of, choice, strict=True) if bundle)
            worth += floor * (len(items) - len(taken))
            if worth > found[0]:
                found = (worth, {name: bundle for (name, _), bundle in zip(of, choice, strict=True) if bundle})
        return found

    welfare, given = best(bids)
    value = dict(bids)
    return welfare, given, {name: best([one for one in bids if one[0] != name])[0] - (welfare - value[name][bundle])
                     for name, bundle in given.items()}


@covers("CAP-E9", "T15")
def test_bundles_are_decided_as_by_trying_everything() -> None:
    rnd = random.Random(20261129)
    for _ in range(150):
        items = "ABCD"[:rnd.randint(1, 4)]
        floor = rnd.randint(1, 6)
        bids: list[tuple[str, dict[str, int]]] = []
        for number in range(rnd.randint(1, 4)):
            sets = {"+".join(sorted(rnd.sample(items, rnd.randint(1, len(items))))) for _ in range(3)}
            offers = {one: rnd.randint(1, 40) for one in sorted(sets)}
            bids.append((str(number + 1), offers))
        said = [Said(name, max(offers.values()), place, ";".join(f"{one}={amount}" for one, amount in offers.items()))
                for place, (name, offers) in enumerate(bids, 1)]
        lawful = [(name, {one: amount for one, amount in offers.items() if amount >= floor * len(one.split("+"))}) for name, offers in bids]
        outcome = decide(Rule("vcg", floor, None, tuple(items)), said)
        welfare, given, payments = bundles_naive(items, floor, lawful)
        mine = sum(dict(bids)[bidder]["+".join(bundle)] for bidder, bundle in outcome.facts["allocation"].items())
        free = len(items) - sum(len(bundle) for bundle in outcome.facts["allocation"].values())
        assert mine + floor * free == welfare, (bids, floor)
        if {bidder: "+".join(bundle) for bidder, bundle in outcome.facts["allocation"].items()} == given:  # of equal worth, another may do
            assert {one.bidder: one.price for one in outcome.awards} == payments
        assert all(one.price >= floor * len(outcome.facts["allocation"][one.bidder]) for one in outcome.awards)


@covers("CAP-E9")
def test_a_program_opens_its_bid_for_several_with_the_word_it_sealed_and_not_without() -> None:
    at_venue("pilot")
    buyer, other = make_buyer(), make_buyer()
    lot = open_lot(buyer, other, format="uniform", listing=make_listing(price_fen=5_000 * YUAN), supply=4)
    amount, word = in_fen("uniform", "10000x2")
    slip = new_slip(lot.code, amount, word)
    for one, commitment in ((buyer, slip.commitment), (other, "cd" * 32)):
        seal_bid(lot=lot, commitment=commitment, actor=one, clock=MARKET_CLOCK)
    end(lot)
    program, address = signed_in(buyer), f"/api/lots/{lot.code}/reveals/"
    told = {"amount_fen": slip.amount_fen, "salt": slip.salt.hex()}

    def post(**body: Any) -> Any:
        return program.post(address, told | body, content_type="application/json", headers={"Idempotency-Key": str(uuid4())})

    assert post().json()["code"] == "trading.bid.reveal_mismatch"
    assert post(word=slip.word).status_code == 201
