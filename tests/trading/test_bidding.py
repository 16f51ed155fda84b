"""Bids through the one function of the hot act: what is taken, what is refused and why, what is recorded."""

from __future__ import annotations

import hashlib
import random

import pytest

from evidence.clock import MARKET_CLOCK
from evidence.models import Command, Record
from kit.coverage import covers
from kit.rejected import Rejected
from ledger.accounts import AccountKind
from ledger.operations import account
from ledger.queries import balance
from tests.trading.naive import english_naive
from tests.trading.worlds import bid, first_refused, make_buyer, make_lot, move, open_lot, paddle, stand
from trading.auctions.rules import HOUSE_INCREMENTS
from trading.books import book_of
from trading.models import Auction, Bid, Tick
from trading.operations import register_bidder

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]


def test_a_first_bid_leads_at_the_start_price_and_the_next_pushes_it_one_step_over_the_runner_up():
    a, b = make_buyer(), make_buyer()
    lot = open_lot(a, b)
    first = bid(lot, a, 5_000_000)
    assert (first.seq, first.price_fen, first.leads) == (1, 1_000_000, True)
    second = bid(lot, b, 2_000_000)
    assert (second.seq, second.price_fen, second.leads, second.leader) == (2, 2_100_000, False, paddle(lot, a))
    lot.refresh_from_db()
    assert (lot.seq, lot.price_fen, lot.tick_seq, lot.leader.organization_id) == (2, 2_100_000, 4, a.organization_id)


@covers("I11")
def test_random_histories_agree_with_the_slow_twin_of_the_pure_rule():
    buyers = [make_buyer() for _ in range(4)]
    dice = random.Random(7)
    for reserve in (None, 1_900_000):
        lot = open_lot(*buyers, reserve_price_fen=reserve)
        history = [(dice.choice(buyers), dice.randrange(900_000, 3_000_000, 10_000)) for _ in range(40)]
        answers = []
        for buyer, maximum in history:
            try:
                placed = bid(lot, buyer, maximum)
                answers.append(("ok", placed.leader, placed.price_fen))
            except Rejected as refused:
                answers.append(("no", refused.code, refused.params["minimum_fen"]))
        rows = [[row.below, row.step, row.bps] for row in HOUSE_INCREMENTS.rows]
        expected = english_naive(1_000_000, rows, reserve or 0, [(paddle(lot, buyer), maximum) for buyer, maximum in history])
        assert answers == expected
        lot.refresh_from_db()
        book = book_of(lot)
        stands = lot.standing
        assert (stands.price_fen, stands.top_fen, stands.second_fen, stands.reserve_met) == (
            book.price, book.top, book.second, book.reserve_met)
        assert list(Bid.objects.filter(auction=lot).order_by("seq").values_list("seq", flat=True)) == list(range(1, lot.seq + 1))
        assert list(Tick.objects.filter(auction=lot).order_by("seq").values_list("seq", flat=True)) == list(range(1, lot.tick_seq + 1))


def test_a_bid_is_recorded_with_a_commitment_to_its_maximum_and_never_with_the_maximum():
    a = make_buyer()
    lot = open_lot(a)
    bid(lot, a, 5_123_456)
    row = Bid.objects.get(auction=lot)
    record = Record.objects.get(kind="trading.bid.placed", subject=lot.code)
    assert record.payload["maximum_commitment"] == hashlib.sha256(bytes(row.salt) + b"5123456").hexdigest()
    assert "5123456" not in str(record.payload) and record.command == row.command and record.actor == a.code
    assert Command.objects.get(pk=row.command).operation == "trading.bid.place"


@pytest.mark.parametrize("maximum", [0, -1, 2**53, True, 1.5, "100"])
@covers("T11")
def test_an_amount_that_is_no_whole_number_of_fen_is_refused(maximum):
    a = make_buyer()
    lot = open_lot(a)
    with pytest.raises(Rejected) as refused:
        bid(lot, a, maximum)
    assert refused.value.code == "trading.bid.bad_amount"


def refusal(lot, buyer, maximum=2_000_000):
    with pytest.raises(Rejected) as refused:
        bid(lot, buyer, maximum)
    assert first_refused(lot, buyer, maximum) == refused.value.code, "the page says what the bid was told"
    refused.value.text("detail", "zh"), refused.value.text("detail", "en"), refused.value.next_href  # every text fills
    return refused.value


def test_refusals_name_the_rule_the_figure_and_the_way_out():
    a, b, stranger = make_buyer(), make_buyer(), make_buyer()
    lot = make_lot()
    assert refusal(lot, a).code == "trading.bid.not_open"
    lot = open_lot(a, b)
    assert refusal(lot, stranger).code == "trading.bid.not_registered"
    bid(lot, a, 2_000_000)
    low = refusal(lot, b, 1_050_000)
    assert (low.code, low.params["minimum_fen"], low.status) == ("trading.bid.too_low", 1_100_000, 409)
    assert refusal(lot, a, 2_000_000).code == "trading.bid.not_above_own"
    move(hours=24)
    assert refusal(lot, b, 9_000_000).code == "trading.bid.closed"
    assert Bid.objects.filter(auction=lot).count() == 1, "a refused bid leaves no row"


def test_a_bid_needs_the_buyers_role_now():
    a = make_buyer()
    lot = open_lot(a)
    from participants.models import Membership

    Membership.objects.filter(organization_id=a.organization_id).update(effective_to=MARKET_CLOCK.now())
    assert refusal(lot, a).code == "participants.permission.denied"


def test_a_stopped_organisation_cannot_bid():
    a = make_buyer()
    lot = open_lot(a)
    stand(a, "restricted")
    assert refusal(lot, a).code == "participants.standing.restricted"


# ---- registering -----------------------------------------------------------------------------------------------------
def test_registering_reserves_the_deposit_and_draws_a_paddle_once():
    a = make_buyer(fen=1_000_000)
    lot = make_lot()
    bidder = register_bidder(lot=lot, actor=a, clock=MARKET_CLOCK)
    assert (bidder.deposit_fen, 1 <= bidder.paddle <= 9) == (100_000, True)
    funds = balance(account(a.organization, AccountKind.AVAILABLE))
    assert (funds.posted_fen, funds.reserved_fen) == (1_000_000, 100_000)
    assert register_bidder(lot=lot, actor=a, clock=MARKET_CLOCK) == bidder


@pytest.mark.parametrize("band, deposit", [("A", 50_000), ("B", 100_000), ("C", 150_000), ("D", 200_000)])
def test_the_deposit_follows_the_credit_band(band, deposit):
    a = make_buyer()
    stand(a, band=band)
    assert register_bidder(lot=make_lot(), actor=a, clock=MARKET_CLOCK).deposit_fen == deposit


def test_without_the_money_there_is_no_registration():
    lot = make_lot()
    with pytest.raises(Rejected) as refused:
        register_bidder(lot=lot, actor=make_buyer(fen=99_999), clock=MARKET_CLOCK)
    assert refused.value.code == "ledger.insufficient_funds" and refused.value.params["needed_fen"] == 100_000


@covers("T22", "R53")
def test_neither_the_seller_nor_whoever_is_connected_with_it_may_register():
    from participants.models import Admission, Membership, OwnershipStake, User

    lot = make_lot()
    owned = make_buyer()
    OwnershipStake.objects.create(owner=lot.seller, owned_id=owned.organization_id, share_bps=2_500, effective_from=lot.created_at)
    with pytest.raises(Rejected) as refused:
        register_bidder(lot=lot, actor=owned, clock=MARKET_CLOCK)
    assert refused.value.code == "trading.bidder.affiliated"
    person_of_seller = Membership.objects.filter(organization=lot.seller).first().person
    double = make_buyer()
    Membership.objects.create(person=person_of_seller, organization_id=double.organization_id, role="buyer", effective_from=lot.created_at)
    with pytest.raises(Rejected) as refused:
        register_bidder(lot=lot, actor=double, clock=MARKET_CLOCK)
    assert refused.value.code == "trading.bidder.affiliated"
    assert Admission.objects.exists() and User.objects.exists()


def test_an_own_limit_stops_a_bid_above_it():
    a = make_buyer()
    lot = make_lot()
    register_bidder(lot=lot, limit_fen=1_500_000, actor=a, clock=MARKET_CLOCK)
    from kit.actors import SYSTEM
    from trading.operations import open_auction

    move(days=7)
    open_auction(lot=lot, actor=SYSTEM, clock=MARKET_CLOCK)
    assert refusal(lot, a, 1_600_000).code == "trading.bid.over_limit"
    assert bid(lot, a, 1_500_000).leads


# ---- soft close ------------------------------------------------------------------------------------------------------
@covers("T18", "I12")
def test_a_leading_bid_in_the_last_minutes_moves_the_end_and_a_losing_one_does_not():
    a, b = make_buyer(), make_buyer()
    lot = open_lot(a, b)
    bid(lot, a, 5_000_000)
    end = Auction.objects.get(pk=lot.pk).closes_at
    move(hours=23, minutes=58)
    assert bid(lot, b, 2_000_000).closes_at == end
    moved = bid(lot, b, 9_000_000)
    assert (moved.closes_at - end).total_seconds() == 180 and moved.kind == "extended" and moved.extensions == 1
