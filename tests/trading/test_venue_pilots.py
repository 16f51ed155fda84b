"""R99: a venue's pilot opens its formats in its sector, within its caps, until its end; it ends by itself and leaves a report."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client

from evidence.clock import MARKET_CLOCK
from evidence.invariants import check_all
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Venue
from participants.roles import Role
from tests.factories import make_actor, make_organization, venue
from tests.settlement.test_money_pages import signed_in
from tests.trading.test_sealed import end, fresh, time_over
from tests.trading.venue_pilots import asked, running
from tests.trading.worlds import make_buyer, make_listing, make_lot, move, open_lot
from trading.auctions.slips import write_units
from trading.models import Auction, Trade, VenuePilot, VenuePilotParty
from trading.operations import cancel_auction, register_bidder, reveal_bid, seal_bid
from trading.sealing import new_slip
from trading.venue_pilots import decide_venue_pilot, end_due_pilots, end_venue_pilot, formats_open, withdraw_venue_pilot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]
YUAN = 100


def refused(act: Any) -> str:
    with pytest.raises(Rejected) as caught:
        act()
    for language in ("zh", "en"):
        assert caught.value.text("title", language) and caught.value.text("detail", language)
    return caught.value.code


def lot_of(**more: Any) -> Auction:
    return make_lot(make_listing(price_fen=5_000 * YUAN), **{"format": "uniform", "supply": 2, **more})


def sell(lot: Auction, buyers: list[Actor], words: list[tuple[int, int]]) -> Auction:
    """Seals, opens and decides bids of (yuan a licence, licences) on an open lot."""
    slips = [new_slip(lot.code, yuan * YUAN, write_units(yuan * YUAN, count)) for yuan, count in words]
    for buyer, slip in zip(buyers, slips, strict=True):
        seal_bid(lot=lot, commitment=slip.commitment, actor=buyer, clock=MARKET_CLOCK)
    end(lot)
    for buyer, slip in zip(buyers, slips, strict=True):
        reveal_bid(lot=lot, amount_fen=slip.amount_fen, salt=slip.salt, word=slip.word, actor=buyer, clock=MARKET_CLOCK)
    if fresh(lot).status == "revealing":
        time_over(lot)
    return fresh(lot)


@covers("R99")
def test_the_formats_kept_for_trials_are_open_while_a_pilot_runs_and_only_then() -> None:
    at = MARKET_CLOCK.now()
    assert "uniform" not in formats_open(venue(), at=at) and refused(lot_of) == "trading.auction.format_not_allowed"
    pilot = running(opens=["uniform"])
    assert "uniform" in formats_open(venue(), at=at) and not {"vcg", "rsop", "call"} & set(formats_open(venue(), at=at))
    assert lot_of().under_pilot.pilot == pilot
    assert refused(lambda: lot_of(format="pay_as_bid")) == "trading.auction.format_not_allowed"
    assert refused(lambda: lot_of(format="call", supply=None)) == "trading.auction.format_not_allowed", "what no pilot opens"


@covers("R99")
def test_the_naive_profile_would_open_the_formats_for_good() -> None:
    """A venue's profile has neither caps nor an end; ours opens nothing of a trial without a pilot that runs."""
    from trading.auctions.formats import formats_of

    venue().__class__.objects.update(profile="pilot")
    assert "uniform" in formats_of("pilot"), "what the profile alone would say"
    assert "uniform" not in formats_open(venue(), at=MARKET_CLOCK.now())
    assert refused(lot_of) == "trading.venue_pilot.none"


@covers("R99")
@pytest.mark.parametrize(("sector", "of_data", "opens"), [("", "I", True), ("I", "I", True), ("J", "I", False)])
def test_a_pilot_of_a_sector_opens_nothing_beside_it(sector: str, of_data: str, opens: bool) -> None:
    running(sector=sector)
    listing = make_listing(price_fen=5_000 * YUAN, sector=of_data)
    if opens:
        assert make_lot(listing, format="uniform", supply=2).under_pilot
    else:
        assert refused(lambda: make_lot(listing, format="uniform", supply=2)) == "trading.auction.format_not_allowed"


@covers("R99")
def test_a_lot_reserves_its_part_and_what_it_did_not_come_to_is_free_again() -> None:
    pilot = running(most_fen=30_000 * YUAN, most_lot_fen=20_000 * YUAN)
    buyers = [make_buyer(), make_buyer()]
    lot = open_lot(*buyers, format="uniform", supply=2, listing=make_listing(price_fen=5_000 * YUAN))
    pilot.refresh_from_db()
    assert (pilot.reserved_fen, pilot.parties, lot.cap_fen) == (20_000 * YUAN, 3, 10_000 * YUAN), "seller and two bidders"
    assert refused(lot_of) == "trading.venue_pilot.turnover", "10,000 are no room for a lot of 20,000"
    sell(lot, buyers, [(6_000, 1), (7_000, 1)])
    turnover = sum(one.price_fen for one in Trade.objects.filter(award__auction=lot))
    pilot.refresh_from_db()
    assert turnover and (pilot.taken_fen, pilot.reserved_fen) == (turnover, 0)
    assert pilot.left_fen == 30_000 * YUAN - turnover
    assert [one for one in check_all(only=("I17",)).violations if pilot.code in one.text] == []


@covers("R99")
def test_a_bid_above_the_lots_part_does_not_count_so_no_award_can_pass_the_cap() -> None:
    pilot = running(most_fen=20_000 * YUAN, most_lot_fen=20_000 * YUAN)
    buyers = [make_buyer(), make_buyer(), make_buyer()]
    lot = open_lot(*buyers, format="pay_as_bid", supply=2, listing=make_listing(price_fen=5_000 * YUAN))
    sell(lot, buyers, [(10_001, 1), (10_000, 1), (9_999, 1)])
    prices = sorted(one.price_fen // YUAN for one in Trade.objects.filter(award__auction=lot))
    pilot.refresh_from_db()
    assert (prices, pilot.taken_fen) == ([9_999, 10_000], 19_999 * YUAN)


@covers("R99")
def test_the_cap_on_parties_counts_each_once_and_the_database_keeps_it() -> None:
    pilot = running(most_parties=2)
    first, second = make_buyer(), make_buyer()
    lot = lot_of()
    register_bidder(lot=lot, actor=first, clock=MARKET_CLOCK)
    register_bidder(lot=lot, actor=first, clock=MARKET_CLOCK)
    assert refused(lambda: register_bidder(lot=lot, actor=second, clock=MARKET_CLOCK)) == "trading.venue_pilot.parties"
    with pytest.raises(IntegrityError), transaction.atomic():
        VenuePilot.objects.filter(pk=pilot.pk).update(parties=3)
    assert VenuePilotParty.objects.filter(pilot=pilot).count() == 2
    assert refused(lot_of) == "trading.venue_pilot.parties", "another seller would be the third"


@covers("R99")
def test_a_cancelled_lot_gives_its_reserve_back_and_terms_stand_as_granted() -> None:
    pilot, lot = running(most_fen=20_000 * YUAN, most_lot_fen=20_000 * YUAN), lot_of()
    cancel_auction(lot=lot, reason_code="trading.auction.by_seller", reason="撤销", actor=make_actor(Role.VENUE_OPERATOR),
                   clock=MARKET_CLOCK)
    pilot.refresh_from_db()
    assert (pilot.reserved_fen, pilot.taken_fen) == (0, 0)
    for change in ({"most_fen": 99_999 * YUAN}, {"ends_at": pilot.ends_at + timedelta(days=1)}, {"opens": ["vcg"]}):
        with pytest.raises(DatabaseError), transaction.atomic():
            VenuePilot.objects.filter(pk=pilot.pk).update(**change)


@covers("R99", "T17")
def test_it_ends_by_itself_with_a_report_and_no_lot_outlives_it() -> None:
    pilot = running(ends_at=MARKET_CLOCK.now() + timedelta(days=30))
    buyers = [make_buyer(), make_buyer()]
    lot = open_lot(*buyers, format="uniform", supply=2, listing=make_listing(price_fen=5_000 * YUAN))
    sell(lot, buyers, [(6_000, 1), (7_000, 1)])
    assert end_due_pilots(clock=MARKET_CLOCK) == 0
    move(days=15)
    assert refused(lot_of) == "trading.venue_pilot.ends_before", "notice and opening would pass the end"
    move(days=30)
    assert refused(lot_of) == "trading.auction.format_not_allowed", "closed at the instant, before any job ran"
    assert end_due_pilots(clock=MARKET_CLOCK) == 1 and end_due_pilots(clock=MARKET_CLOCK) == 0
    pilot.refresh_from_db()
    told = pilot.report
    assert pilot.status == "ended" and pilot.ended_why
    assert (told["lots"], told["trades"], told["parties"]) == ({"uniform": {"awarded": 1}}, 2, 3)
    assert told["turnover_fen"] == pilot.taken_fen and told["complaints"] == told["disputes"] == 0
    assert [one for one in check_all(only=("I17",)).violations if pilot.code in one.text] == []


@covers("R99")
def test_who_asks_decides_nothing_and_every_end_has_its_word() -> None:
    operator, regulator = make_actor(Role.VENUE_OPERATOR), make_actor(Role.REGULATOR)
    one = asked()
    assert refused(asked) == "trading.venue_pilot.one_under_way"
    assert refused(lambda: decide_venue_pilot(pilot=one, grant=True, reason="自批自准", actor=operator, clock=MARKET_CLOCK)
                   ) == "participants.permission.denied"
    assert refused(lambda: asked(actor=regulator)) == "participants.permission.denied"
    assert withdraw_venue_pilot(pilot=one, actor=operator, clock=MARKET_CLOCK).status == "withdrawn"
    assert decide_venue_pilot(pilot=asked(), grant=False, reason="风险未明", actor=regulator, clock=MARKET_CLOCK).status == "refused"
    early = end_venue_pilot(pilot=running(), reason="投诉集中", actor=regulator, clock=MARKET_CLOCK)
    assert early.status == "ended" and early.report["lots"] == {}
    assert refused(lambda: end_venue_pilot(pilot=early, reason="再次结束", actor=regulator, clock=MARKET_CLOCK)
                   ) == "trading.venue_pilot.illegal_move"
    waiting = asked()
    move(days=60)
    assert end_due_pilots(clock=MARKET_CLOCK) == 1
    waiting.refresh_from_db()
    assert waiting.status == "lapsed", "a deadline grants nothing"


@covers("R99")
@pytest.mark.parametrize("wrong", [{"opens": []}, {"opens": ["call"]}, {"opens": ["english"]}, {"sector": "ZZ"}, {"most_parties": 1},
                                   {"most_lot_fen": 0}, {"most_fen": 1, "most_lot_fen": 2}, {"novelty": "新"}])
def test_a_faulty_request_is_told_field_by_field(wrong: dict[str, Any]) -> None:
    assert refused(lambda: asked(**wrong)) == "trading.venue_pilot.faulty"


@covers("R99")
def test_a_pilot_has_an_end_that_is_not_far() -> None:
    now = MARKET_CLOCK.now()
    for ends in (now, now - timedelta(days=1), now + timedelta(days=800)):
        assert refused(lambda ends=ends: asked(ends_at=ends)) == "trading.venue_pilot.term"


@covers("R99", "R50")
def test_an_operator_asks_for_its_own_venue_and_those_under_it_and_the_page_shows_each_venues_pilots(client: Client) -> None:
    below, beside = (Venue.objects.create(code=code, name_zh=name, name_en=name_en, level="regional", profile="simulation",
                                          filing_number="x", rulebook_version="1", parent=parent)
                     for code, name, name_en, parent in (("VEN-LOWER", "下级场所", "Lower Venue", venue()),
                                                         ("VEN-BESIDE", "他处场所", "Other Venue", None)))
    with pytest.raises(Rejected) as no:
        asked(venue=beside)
    assert [one.field for one in no.value.errors] == ["venue"]
    here, there = asked(), asked(venue=below)
    theirs = make_actor(Role.VENUE_OPERATOR, organization=make_organization(admitted=False, venue=beside))
    with pytest.raises(Rejected, match=r"participants\.object\.absent"):
        withdraw_venue_pilot(pilot=here, actor=theirs, clock=MARKET_CLOCK)
    page = client.get("/trading/pilots/").content.decode()
    assert here.code in page and there.code in page and "下级场所" in page
    of_one = client.get(f"/trading/pilots/?venue={below.code}").content.decode()
    assert there.code in of_one and here.code not in of_one
    assert client.get("/trading/pilots/?venue=nowhere").status_code == 404
    form = signed_in(make_actor(Role.VENUE_OPERATOR)).get("/trading/pilots/").content.decode()
    assert below.code in form and beside.code not in form and form.count("撤回申请") == 2
    assert "撤回申请" not in signed_in(theirs).get("/trading/pilots/").content.decode()


@covers("R99")
def test_anyone_reads_what_is_tried_and_what_came_of_it(client: Client) -> None:
    pilot = end_venue_pilot(pilot=running(), reason="试行完毕", actor=make_actor(Role.REGULATOR), clock=MARKET_CLOCK)
    page = client.get("/trading/pilots/").content.decode()
    assert pilot.code in page and "试点报告" in page and "做市" in page and "name=\"opens\"" not in page
    assert client.post(f"/trading/pilots/{pilot.code}/end/", {"text": "无权结束"}).status_code in {302, 403}
    assert signed_in(make_actor(Role.VENUE_OPERATOR)).get("/trading/pilots/").content.decode().count("name=\"opens\"") == 4
