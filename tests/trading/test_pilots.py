"""R82 and C8: a pilot is marked, capped and ends by itself; no trade passes a cap, on the exchange or off it, one or many at once."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client

from compliance.models import Case, SelfReport
from evidence.clock import MARKET_CLOCK
from evidence.invariants import check_all
from evidence.models import Record
from evidence.prepared import ask
from kit.actors import SYSTEM, Actor
from kit.coverage import covers
from kit.rejected import Rejected
from listings.exporting import catalogue_tag, entry_of
from listings.models import Listing, Pilot, PilotBuyer
from listings.operations import (
    ask_pilot,
    ask_question,
    decide_pilot,
    end_pilot,
    release_pilot,
    report_pilot_fault,
    watch_listing,
    withdraw_pilot,
)
from listings.queries import tradable
from listings.search import index_listing
from listings.tasks import run_deadlines
from participants.models import Organization, User
from participants.roles import Role
from tests.compliance.profiles import clean
from tests.factories import make_actor, make_organization
from tests.threads import together
from tests.trading.worlds import bid, make_buyer, make_listing, make_lot, move, seller_of
from trading.models import Auction, Trade
from trading.operations import close_auction, confirm_report, decide_report, open_auction, register_bidder, report_trade

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]
YUAN = 100


def asked(listing: Listing, *, seller: Actor | None = None, **terms: Any) -> Pilot:
    return ask_pilot(**{
        "listing": listing, "novelty": "首次以查询次数计价", "safeguards": "每日限额，全程留痕", "most_trades": 2, "most_buyers": 2,
        "most_fen": 3_000_000, "ends_at": MARKET_CLOCK.now() + timedelta(days=60), "actor": seller or seller_of(listing),
        "clock": MARKET_CLOCK, **terms})


def granted(listing: Listing | None = None, **terms: Any) -> tuple[Pilot, Listing, Actor]:
    """A pilot that runs, its listing, its seller's person."""
    listing = listing or make_listing()
    seller = seller_of(listing)
    one = decide_pilot(pilot=asked(listing, seller=seller, **terms), grant=True, reason="风险可控", actor=make_actor(Role.REGULATOR),
                       clock=MARKET_CLOCK)
    listing.refresh_from_db()
    return one, listing, seller


def sold(listing: Listing, buyer: Actor, maximum_fen: int = 1_100_000) -> Trade:
    lot = make_lot(listing)
    register_bidder(lot=lot, actor=buyer, clock=MARKET_CLOCK)
    move(days=7)
    lot = open_auction(lot=lot, actor=SYSTEM, clock=MARKET_CLOCK)
    bid(lot, buyer, maximum_fen)
    move(days=1)
    close_auction(lot=lot, actor=SYSTEM, clock=MARKET_CLOCK)
    return Trade.objects.get(award__auction=lot)


def reported(listing: Listing, seller: Actor, buyer: Actor, price_fen: int, contract: str) -> Trade | None:
    report = report_trade(
        seller=listing.organization, buyer=Organization.objects.get(pk=buyer.organization_id), title="充电桩利用率数据", facts=clean(),
        price_fen=price_fen, traded_on=MARKET_CLOCK.now().date(), contract_sha256=contract * 64, listing=listing, actor=seller,
        clock=MARKET_CLOCK)
    confirm_report(report=report, actor=buyer, clock=MARKET_CLOCK)
    return decide_report(report=report, outcome="verify", reason="材料齐全", actor=make_actor(Role.COMPLIANCE_OFFICER), clock=MARKET_CLOCK)


def refused(act: Any) -> str:
    with pytest.raises(Rejected) as caught:
        act()
    for language in ("zh", "en"):
        assert caught.value.text("title", language) and caught.value.text("next_step", language)
    return caught.value.code


@covers("R82", "C8")
def test_every_trade_on_or_off_the_exchange_is_counted_and_the_cap_on_trades_closes_the_listing() -> None:
    pilot, listing, seller = granted()
    first, second = make_buyer(), make_buyer()
    sold(listing, first)
    assert reported(listing, seller, second, 700_000, "a") is not None
    pilot.refresh_from_db()
    assert (pilot.trades, pilot.buyers, pilot.taken_fen) == (2, 2, 1_700_000), "an auction at its start price and a filing"
    assert tradable(listing, at=MARKET_CLOCK.now()) == "listings.pilot.trades"
    assert refused(lambda: make_lot(listing)) == "listings.pilot.trades"
    assert refused(lambda: reported(listing, seller, first, 1, "b")) == "listings.pilot.trades"
    assert Trade.objects.count() == 2


@covers("R82", "C8")
def test_nobody_bids_above_what_the_turnover_leaves_and_a_report_that_would_pass_it_is_refused() -> None:
    _, listing, seller = granted(most_fen=1_500_000)
    buyer = make_buyer()
    lot = make_lot(listing)
    assert lot.cap_fen == 1_500_000
    register_bidder(lot=lot, actor=buyer, clock=MARKET_CLOCK)
    move(days=7)
    lot = open_auction(lot=lot, actor=SYSTEM, clock=MARKET_CLOCK)
    with pytest.raises(Rejected) as caught:
        bid(lot, buyer, 1_500_001)
    assert caught.value.code == "trading.bid.over_cap" and "15,000" in caught.value.text("detail", "en")
    bid(lot, buyer, 1_500_000)
    assert refused(lambda: reported(listing, seller, make_buyer(), 1_500_001, "c")) == "listings.pilot.turnover"
    with pytest.raises(DatabaseError, match="terms are fixed"), transaction.atomic():
        Auction.objects.filter(pk=lot.pk).update(cap_fen=None)


@covers("R82", "C8")
def test_what_a_filing_took_meanwhile_is_not_awarded_again_and_the_lot_is_cancelled_with_deposits_back() -> None:
    pilot, listing, seller = granted(most_fen=1_500_000)
    buyer = make_buyer()
    lot = make_lot(listing)
    register_bidder(lot=lot, actor=buyer, clock=MARKET_CLOCK)
    move(days=7)
    lot = open_auction(lot=lot, actor=SYSTEM, clock=MARKET_CLOCK)
    bid(lot, buyer, 1_200_000)
    assert reported(listing, seller, make_buyer(), 900_000, "d") is not None
    move(days=1)
    done = close_auction(lot=lot, actor=SYSTEM, clock=MARKET_CLOCK)
    assert (done.status, done.status_reason) == ("cancelled", "listings.pilot.turnover")
    assert done.bidders.get().released_at is not None
    pilot.refresh_from_db()
    assert (pilot.trades, pilot.taken_fen) == (1, 900_000)


@covers("R82", "C8")
def test_a_further_buyer_is_refused_at_the_door_and_one_that_bought_before_is_not() -> None:
    pilot, listing, _ = granted(most_buyers=1)
    first = make_buyer()
    sold(listing, first)
    lot = make_lot(listing)
    assert refused(lambda: register_bidder(lot=lot, actor=make_buyer(), clock=MARKET_CLOCK)) == "listings.pilot.buyers"
    assert register_bidder(lot=lot, actor=first, clock=MARKET_CLOCK).pk
    assert PilotBuyer.objects.filter(pilot=pilot).count() == 1


@covers("R82", "C8", "T17")
def test_it_ends_by_itself_off_sale_at_the_instant_and_held_by_the_clock_until_it_is_released() -> None:
    pilot, listing, _ = granted()
    move(days=59)
    assert tradable(listing, at=pilot.ends_at - timedelta(seconds=1)) == ""
    assert tradable(listing, at=pilot.ends_at) == "listings.pilot.over", "no task was needed"
    move(days=2)
    assert run_deadlines(clock=MARKET_CLOCK) >= 1
    pilot.refresh_from_db()
    listing.refresh_from_db()
    hold = listing.holds.get(lifted_at__isnull=True)
    assert (pilot.status, listing.status, hold.reason_code, bool(hold.way_back_en)) == ("ended", "suspended", "pilot.over", True)
    assert refused(lambda: report_pilot_fault(pilot=pilot, text="一" * 10, mended="二" * 10, actor=seller_of(listing),
                                              clock=MARKET_CLOCK)) == "listings.pilot.over"
    done = release_pilot(pilot=pilot, reason="运行平稳，转为正式", actor=make_actor(Role.REGULATOR), clock=MARKET_CLOCK)
    listing.refresh_from_db()
    assert (done.status, listing.pilot_id, listing.status) == ("released", None, "listed")
    assert tradable(listing, at=MARKET_CLOCK.now()) == ""
    assert [fault for fault in check_all(only=("I17",)).violations if pilot.code in fault.text] == []


@covers("R82")
def test_a_new_pilot_lifts_what_the_old_one_held_and_only_the_one_that_runs_is_released() -> None:
    old, listing, seller = granted()
    old = end_pilot(pilot=old, reason="发现口径问题", actor=seller, clock=MARKET_CLOCK)
    new, listing, _ = granted(listing)
    assert (listing.status, listing.pilot_id) == ("listed", new.pk)
    assert refused(lambda: release_pilot(pilot=old, reason="转为正式挂牌", actor=make_actor(Role.REGULATOR),
                                         clock=MARKET_CLOCK)) == "listings.pilot.superseded"


@covers("R82")
def test_who_asks_who_decides_and_what_is_refused() -> None:
    listing, stranger = make_listing(), make_actor(Role.DATA_MERCHANT, organization=make_organization(Role.DATA_MERCHANT))
    assert refused_status(lambda: asked(listing, seller=stranger)) == 404
    one = asked(listing)
    assert refused(lambda: asked(listing)) == "listings.pilot.one_under_way"
    assert refused_status(lambda: decide_pilot(pilot=one, grant=True, reason="自己批准", actor=seller_of(listing),
                                               clock=MARKET_CLOCK)) == 403
    withdraw_pilot(pilot=one, actor=seller_of(listing), clock=MARKET_CLOCK)
    now = MARKET_CLOCK.now()
    for terms, code in (({"ends_at": now}, "term"), ({"ends_at": now + timedelta(days=400)}, "term"), ({"most_trades": 0}, "faulty"),
                        ({"novelty": "新"}, "faulty"), ({"most_fen": True}, "faulty")):
        with pytest.raises(Rejected, match=rf"listings\.pilot\.{code}"):
            asked(listing, **terms)
    assert tradable(listing, at=now) == "", "a pilot that is only asked for changes nothing"


def refused_status(act: Any) -> int:
    with pytest.raises(Rejected) as caught:
        act()
    return caught.value.status


@covers("R82", "C8")
def test_the_database_keeps_caps_counts_and_marks_against_any_writer() -> None:
    pilot, listing, _ = granted()
    other, _, _ = granted()
    for changes, match in (({"trades": 3}, "trades_within"),
                           ({"taken_fen": 3_000_001}, "turnover_within"), ({"most_fen": 9_000_000}, "as granted"),
                           ({"ends_at": pilot.ends_at + timedelta(days=1)}, "as granted"), ({"status": "asked"}, "may not go")):
        with pytest.raises(DatabaseError, match=match), transaction.atomic():
            Pilot.objects.filter(pk=pilot.pk).update(**changes)
    Pilot.objects.filter(pk=pilot.pk).update(trades=1)
    with pytest.raises(DatabaseError, match="only counts up"), transaction.atomic():
        Pilot.objects.filter(pk=pilot.pk).update(trades=0)
    for marked, match in ((None, "released, not forgotten"), (other, "of its own")):
        with pytest.raises(DatabaseError, match=match), transaction.atomic():
            Listing.objects.filter(pk=listing.pk).update(pilot=marked)


@covers("R82", "C8")
def test_a_trade_written_past_the_operation_is_refused_by_its_trigger() -> None:
    _, listing, _ = granted(most_trades=1)
    trade = sold(listing, make_buyer())
    twin = Trade.objects.get(pk=trade.pk)
    twin.pk, twin.code, twin.award, twin.basis = None, "TRD-PASTTHEGATE", None, "purchase"
    with pytest.raises(IntegrityError, match=r"listings\.pilot\.trades"), transaction.atomic():
        twin.save(force_insert=True)


@covers("R82", "C8")
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_pilot_is_marked_wherever_it_appears(language: str, client: Client) -> None:
    pilot, listing, _ = granted()
    index_listing(listing)
    lot = make_lot(listing)
    read, mark = {"accept-language": language}, "试点" if language == "zh-hans" else "Pilot"
    for address in (f"/listings/{listing.code}/", "/listings/", "/", "/trading/", f"/trading/lots/{lot.code}/",
                    f"/compare/?l={listing.code}"):
        page = client.get(address, headers=read)
        assert page.status_code == 200, address
        assert f"data-pilot>{mark}<" in page.content.decode(), address
    assert pilot.code in client.get(f"/listings/{listing.code}/", headers=read).content.decode(), "with its caps"
    assert client.get(f"/api/listings/{listing.code}/").json()["pilot"] == pilot.code
    assert [row["pilot"] for row in client.get("/api/listings/").json()["items"]] == [pilot.code]
    assert client.get(f"/api/lots/{lot.code}/").json()["pilot"] == client.get("/api/lots/").json()["items"][0]["pilot"] == pilot.code
    release_pilot(pilot=pilot, reason="运行平稳，转为正式", actor=make_actor(Role.REGULATOR), clock=MARKET_CLOCK)
    assert client.get("/api/listings/").json()["items"][0]["pilot"] is None
    assert client.get(f"/api/lots/{lot.code}/").json()["pilot"] is None
    assert "data-pilot" not in client.get(f"/listings/{listing.code}/", headers=read).content.decode()


def own_pages(user: User, *addresses: str) -> list[str]:
    client = Client()
    client.force_login(user)
    return [client.get(address).content.decode() for address in addresses]


@covers("R82", "C8")
def test_a_pilot_is_marked_on_the_desks_the_watch_list_and_in_every_catalogue(client: Client) -> None:
    pilot, listing, seller = granted()
    buyer = make_buyer()
    watch_listing(listing=listing, actor=buyer, clock=MARKET_CLOCK)
    ask_question(listing=listing, text="多久更新一次？", actor=buyer, clock=MARKET_CLOCK)
    lot = make_lot(listing)
    register_bidder(lot=lot, actor=buyer, clock=MARKET_CLOCK)
    buying, selling = (User.objects.get(pk=one.user_id) for one in (buyer, seller))
    pages = [*own_pages(buying, "/desk/watches/", "/desk/questions/", "/desk/bids/", "/desk/"),
             *own_pages(selling, "/desk/lots/", "/desk/listings/", "/desk/questions/", f"/listings/{listing.code}/sample/",
                        f"/listings/{listing.code}/quality/")]
    assert [number for number, page in enumerate(pages) if "data-pilot>试点<" not in page] == []
    before = catalogue_tag()
    for address in ("/api/catalogue.ttl", "/api/catalogue.jsonld", "/api/catalogue.json"):
        written = b"".join(client.get(address)).decode()  # type: ignore[call-overload]
        assert "试点" in written and "Sold as a pilot" in written, address
    assert entry_of(listing).offer["pilot"] == pilot.code
    release_pilot(pilot=pilot, reason="运行平稳，转为正式", actor=make_actor(Role.REGULATOR), clock=MARKET_CLOCK)
    assert catalogue_tag() != before, "whoever keeps the catalogue fetches it anew"
    assert "试点" not in b"".join(client.get("/api/catalogue.ttl")).decode()  # type: ignore[call-overload]


@covers("R82", "C8")
def test_a_trade_sold_as_a_pilot_stays_marked_when_the_listing_is_one_no_more(client: Client) -> None:
    pilot, listing, seller = granted()
    buyer, other = make_buyer(), make_buyer()
    first = sold(listing, buyer)
    second = reported(listing, seller, other, 700_000, "a")
    assert second is not None and (first.pilot, second.pilot) == (pilot.code, pilot.code)
    release_pilot(pilot=pilot, reason="运行平稳，转为正式", actor=make_actor(Role.REGULATOR), clock=MARKET_CLOCK)
    after = sold(listing, buyer)
    assert after.pilot == ""
    for address in ("/", "/trading/trades/"):
        page = client.get(address).content.decode()
        assert page.count("data-pilot>试点<") == 2, address
    table = b"".join(client.get("/trading/trades.csv")).decode()  # type: ignore[call-overload]
    assert table.count(pilot.code) == 2
    page, told = own_pages(User.objects.get(pk=buyer.user_id), f"/desk/trades/{first.code}/", f"/api/trades/{first.code}/")
    assert "data-pilot>试点<" in page and f'"pilot":"{pilot.code}"' in told.replace(" ", "")


@covers("R82", "C8")
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_seller_and_regulator_meet_a_pilot_on_one_page(language: str) -> None:
    listing = make_listing()
    seats, read, page = {}, {"accept-language": language}, "/desk/pilots/"
    other = make_actor(Role.DATA_MERCHANT, organization=make_organization(Role.DATA_MERCHANT))
    for name, actor in (("seller", seller_of(listing)), ("regulator", make_actor(Role.REGULATOR)), ("other", other)):
        seats[name] = Client()
        seats[name].force_login(User.objects.get(pk=actor.user_id))
    ends = (MARKET_CLOCK.now() + timedelta(days=30)).date().isoformat()
    form = {"listing": listing.code, "novelty": "首次以查询次数计价", "safeguards": "每日限额，全程留痕", "most_trades": "3",
            "most_buyers": "2", "most_fen": "50000", "ends_on": ends}
    assert seats["other"].post(page, form, headers=read).status_code == 400
    assert seats["seller"].post(page, {**form, "ends_on": "2020-01-01"}, headers=read).status_code == 422
    assert seats["seller"].post(page, form, headers=read).status_code == 302
    one = Pilot.objects.get()
    assert one.most_fen == 50_000 * YUAN
    for name, client in seats.items():
        assert (one.code in client.get(page, headers=read).content.decode()) == (name != "other")
    assert seats["other"].post(f"{page}{one.code}/withdraw/").status_code == 404
    assert seats["seller"].post(f"{page}{one.code}/grant/", {"text": "自己批准"}).status_code in {302, 403}
    assert Pilot.objects.get().status == "asked"
    for seat, act, said, status in (("regulator", "grant", {"text": "风险可控，予以试点"}, "running"),
                                    ("seller", "report", {"text": "当日查询量统计有误", "mended": "已更正并通知买方"}, "running"),
                                    ("seller", "end", {"text": "口径需要调整"}, "ended"),
                                    ("regulator", "release", {"text": "已整改，转为正式"}, "released")):
        seats[seat].post(f"{page}{one.code}/{act}/", said, headers=read)
        one.refresh_from_db()
        assert one.status == status, act
    assert SelfReport.objects.get().subject_code == listing.code and Case.objects.filter(subject_code=listing.code).exists()
    assert Record.objects.filter(subject=one.code).count() == 5


# ---- many at once ----------------------------------------------------------------------------------------------------------


def _take(listing: Listing, buyer: int) -> str:
    with transaction.atomic():
        return str(ask("SELECT listings_pilot_take(%s, %s, %s, market_now())", [listing.pk, buyer, 1_000])[0][0])


def _take_naively(listing: Listing, buyer: int, barrier: threading.Barrier) -> str:
    """The mutant: count, then act."""
    with transaction.atomic():
        pilot = Pilot.objects.get(pk=listing.pilot_id)
        free = pilot.trades < pilot.most_trades
        barrier.wait()
        if not free:
            return "listings.pilot.trades"
        PilotBuyer.objects.create(pilot=pilot, organization_id=buyer, at=MARKET_CLOCK.now())
        Pilot.objects.filter(pk=pilot.pk).update(trades=pilot.trades + 1)
        return ""


@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
@covers("R82", "C8", "T14")
def test_of_trades_at_once_exactly_as_many_as_the_cap_are_counted_and_counting_first_lets_more_through() -> None:
    _, listing, _ = granted(most_trades=1, most_buyers=10)
    buyers = [make_organization(Role.BUYER).pk for _ in range(4)]
    answers = together([lambda buyer=buyer: _take(listing, buyer) for buyer in buyers])
    assert sorted(answers) == ["", *["listings.pilot.trades"] * 3], answers
    pilot = Pilot.objects.get()
    assert (pilot.trades, pilot.buyers, pilot.taken_fen) == (1, 1, 1_000)
    _, naive, _ = granted(most_trades=1, most_buyers=10)
    barrier = threading.Barrier(4, timeout=30)
    assert together([lambda buyer=buyer: _take_naively(naive, buyer, barrier) for buyer in buyers]) == [""] * 4, "four trades of one"
    assert PilotBuyer.objects.filter(pilot=naive.pilot_id).count() == 4
