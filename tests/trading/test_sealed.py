"""Sealed lots: a hash before the end, amount and salt after it; who does not open forfeits (competition rules 13; CAP-E6, I15, T16, T17).

Worked example: start 10,000 yuan, reserve 12,000. A seals 15,000, B seals 13,000, C seals 20,000 and never opens.
First price: A pays 15,000. Second price: A pays 13,000; alone, A would pay the reserve.
"""

from __future__ import annotations

import hashlib
import random
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from kit.actors import SYSTEM, Actor
from kit.coverage import covers
from kit.rejected import Rejected
from ledger.accounts import AccountKind
from ledger.operations import account
from ledger.queries import balance
from participants.models import Notice
from tests.trading.worlds import bid, make_buyer, make_lot, move, open_lot, paddle, stand
from trading import tasks
from trading.auctions.rules import Order
from trading.auctions.sealed import first_price, second_price
from trading.models import Auction, Award, Bidder, Reveal, SealedBid, Tick, Trade
from trading.operations import cancel_auction, close_auction, decide_sealed, register_bidder, reveal_bid, seal_bid
from trading.sealing import Slip, decided, new_slip

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]
YUAN = 100


def seal(lot: Auction, buyer: Actor, amount_fen: int) -> Slip:
    slip = new_slip(lot.code, amount_fen)
    seal_bid(lot=lot, commitment=slip.commitment, actor=buyer, clock=MARKET_CLOCK)
    return slip


def reveal(lot: Auction, buyer: Actor, slip: Slip) -> Reveal:
    return reveal_bid(lot=lot, amount_fen=slip.amount_fen, salt=slip.salt, actor=buyer, clock=MARKET_CLOCK)


def end(lot: Auction) -> Auction:
    move(hours=24)
    return close_auction(lot=lot, actor=SYSTEM, clock=MARKET_CLOCK)


def time_over(lot: Auction) -> Auction:
    move(hours=2)
    return decide_sealed(lot=lot, actor=SYSTEM, clock=MARKET_CLOCK)


def fresh(lot: Auction) -> Auction:
    return Auction.objects.get(pk=lot.pk)


def reserved(buyer: Actor) -> int:
    assert buyer.organization is not None
    return balance(account(buyer.organization, AccountKind.AVAILABLE)).reserved_fen


def refused(code: str, act: Any, *args: Any) -> None:
    with pytest.raises(Rejected) as caught:
        act(*args)
    assert caught.value.code == code


def sealed_lot(format_: str, *amounts_yuan: int, reserve_yuan: int | None = 12_000) -> tuple[Auction, list[Actor], list[Slip]]:
    buyers = [make_buyer() for _ in amounts_yuan]
    lot = open_lot(*buyers, format=format_, reserve_price_fen=reserve_yuan and reserve_yuan * YUAN)
    return lot, buyers, [seal(lot, buyer, yuan * YUAN) for buyer, yuan in zip(buyers, amounts_yuan, strict=True)]


@covers("CAP-E6", "R45")
@pytest.mark.parametrize(("format_", "pays_yuan"), [("first_price", 15_000), ("second_price", 13_000)])
def test_the_highest_opened_bid_wins_at_the_price_of_its_format_and_who_does_not_open_forfeits(format_: str, pays_yuan: int) -> None:
    lot, (a, b, c), (slip_a, slip_b, _) = sealed_lot(format_, 15_000, 13_000, 20_000)
    seller = account(lot.seller.code, AccountKind.AVAILABLE)
    before, deposit = balance(seller).posted_fen, Bidder.objects.get(auction=lot, organization_id=c.organization_id).deposit_fen
    assert end(lot).status == "revealing"
    reveal(lot, b, slip_b)
    reveal(lot, a, slip_a)
    assert fresh(lot).status == "revealing", "C may still open"
    assert time_over(lot).status == "awarded"
    trade = Trade.objects.get(award__auction=lot)
    assert (trade.buyer_id, trade.price_fen) == (a.organization_id, pays_yuan * YUAN)
    assert reserved(b) == reserved(c) == 0 and balance(seller).posted_fen == before + deposit
    told = Record.objects.get(subject=lot.code, kind="trading.bid.unrevealed").payload
    assert told["forfeited_fen"] == deposit and told["paddle"] == paddle(lot, c)
    assert Notice.objects.filter(organization_id=c.organization_id, kind="trading.bid.unrevealed").count() == 1


@covers("CAP-E6")
def test_it_is_decided_at_once_when_the_last_seal_is_opened() -> None:
    lot, (a, b), (slip_a, slip_b) = sealed_lot("second_price", 15_000, 13_000)
    end(lot)
    reveal(lot, b, slip_b)
    reveal(lot, a, slip_a)
    assert fresh(lot).status == "awarded" and Award.objects.get(auction=lot).price_fen == 13_000 * YUAN
    assert Reveal.objects.count() == 2


@covers("CAP-E6")
def test_alone_a_second_price_bidder_pays_the_reserve_and_below_it_nothing_is_sold() -> None:
    lot, (a,), (slip,) = sealed_lot("second_price", 15_000)
    end(lot)
    reveal(lot, a, slip)
    assert Award.objects.get(auction=lot).price_fen == 12_000 * YUAN
    low, (b,), (slip,) = sealed_lot("first_price", 11_999)
    end(low)
    reveal(low, b, slip)
    assert (fresh(low).status, fresh(low).status_reason, reserved(b)) == ("failed", "trading.auction.below_reserve", 0)


@covers("CAP-E6")
def test_equal_bids_go_to_the_earlier_seal_whoever_opens_first() -> None:
    lot, (a, b), (slip_a, slip_b) = sealed_lot("first_price", 15_000, 15_000)
    end(lot)
    reveal(lot, b, slip_b)
    reveal(lot, a, slip_a)
    assert Award.objects.get(auction=lot).bidder.organization_id == a.organization_id


@covers("CAP-E6")
def test_a_newer_seal_replaces_the_bidders_own_and_loses_its_place() -> None:
    lot, (a, b), (old, slip_b) = sealed_lot("first_price", 15_000, 15_000)
    new = seal(lot, a, 15_000 * YUAN)
    end(lot)
    refused("trading.bid.reveal_mismatch", reveal, lot, a, old)
    reveal(lot, a, new)
    reveal(lot, b, slip_b)
    assert Award.objects.get(auction=lot).bidder.organization_id == b.organization_id, "the earlier of the seals that count"


@covers("CAP-E6")
def test_without_a_seal_it_fails_at_the_end_and_with_none_opened_when_the_time_is_over() -> None:
    buyer = make_buyer()
    empty = open_lot(buyer, format="first_price")
    assert (end(empty).status, reserved(buyer)) == ("failed", 0)
    lot, (a,), _ = sealed_lot("first_price", 15_000)
    end(lot)
    assert (time_over(lot).status, fresh(lot).status_reason) == ("failed", "trading.auction.not_opened")
    assert reserved(a) == 0 and Record.objects.filter(subject=lot.code, kind="trading.bid.unrevealed").count() == 1


@covers("I15", "T16")
def test_the_house_knows_no_amount_before_it_is_opened_and_tells_no_count() -> None:
    """Nothing stored between seal and opening says more than a hash; the public ticks say nothing of it at all."""
    lot, (a,), (slip,) = sealed_lot("second_price", 15_000)
    ticks = Tick.objects.filter(auction=lot).count()
    seal(lot, a, 16_000 * YUAN)
    assert Tick.objects.filter(auction=lot).count() == ticks and fresh(lot).seq == 0
    held = [str(value) for row in SealedBid.objects.filter(auction=lot).values() for value in row.values()]
    assert not any(str(yuan * YUAN) in one for one in held for yuan in (15_000, 16_000))
    facts = Record.objects.filter(subject=lot.code, kind="trading.bid.sealed").order_by("at")
    assert [set(fact.payload) for fact in facts] == [{"seq", "paddle", "seal"}] * 2
    assert slip.commitment in {fact.payload["seal"] for fact in facts}
    assert slip.commitment == hashlib.sha256(slip.salt + str(15_000 * YUAN).encode()).hexdigest()


@covers("T17", "CAP-E6")
def test_what_is_not_in_time_or_not_the_bidders_is_refused_with_its_reason() -> None:
    lot, (a, b), (slip_a, slip_b) = sealed_lot("first_price", 15_000, 13_000)
    stranger = make_buyer()
    refused("trading.bid.not_registered", seal, lot, stranger, 1)
    refused("trading.bid.other_format", bid, lot, a, 2_000_000)
    refused("trading.bid.not_revealing", reveal, lot, a, slip_a)
    refused("trading.bid.seal_known", lambda: seal_bid(lot=lot, commitment=slip_a.commitment, actor=b, clock=MARKET_CLOCK))
    refused("trading.bid.bad_seal", lambda: seal_bid(lot=lot, commitment="A" * 64, actor=b, clock=MARKET_CLOCK))
    english = open_lot(a)
    refused("trading.bid.other_format", seal, english, a, 1)
    end(lot)
    refused("trading.bid.closed", seal, lot, a, 1)
    refused("trading.bid.reveal_mismatch", reveal, lot, a, Slip(lot.code, slip_a.amount_fen + 1, slip_a.salt))
    refused("trading.bid.nothing_sealed", reveal, lot, stranger, slip_a)
    assert reveal(lot, a, slip_a).pk == reveal(lot, a, slip_a).pk, "opening twice is opening once"
    move(hours=2)
    refused("trading.bid.reveal_over", reveal, lot, b, slip_b)


@covers("T21")
def test_a_bidder_stopped_since_is_passed_over_and_keeps_the_deposit() -> None:
    lot, (a, b), (_slip_a, slip_b) = sealed_lot("first_price", 15_000, 13_000)
    end(lot)
    reveal(lot, b, slip_b)
    stand(a, "suspended", "D")
    assert time_over(lot).status == "awarded"
    assert Award.objects.get(auction=lot).bidder.organization_id == b.organization_id and reserved(a) == 0
    assert not Record.objects.filter(subject=lot.code, kind="trading.bid.unrevealed").exists(), "who may not bid need not open"


@covers("CAP-E6")
def test_a_lot_cancelled_while_opening_gives_every_deposit_back() -> None:
    lot, (a,), _ = sealed_lot("first_price", 15_000)
    end(lot)
    cancel_auction(lot=lot, reason_code="trading.auction.by_regulator", reason="", actor=SYSTEM, clock=MARKET_CLOCK)
    assert (fresh(lot).status, reserved(a)) == ("cancelled", 0)
    assert decide_sealed(lot=lot, actor=SYSTEM, clock=MARKET_CLOCK).status == "cancelled"


@covers("I15", "T17")
def test_the_database_takes_no_seal_after_the_end_and_no_other_amount_than_was_sealed() -> None:
    lot, (_a, _b), (slip_a, _) = sealed_lot("first_price", 15_000, 13_000)
    row = SealedBid.objects.get(auction=lot, seq=1)
    with pytest.raises(DatabaseError, match="opened after the end"), transaction.atomic():
        Reveal.objects.create(sealed=row, amount_fen=slip_a.amount_fen, salt=slip_a.salt, at=MARKET_CLOCK.now(), command=row.command)
    end(lot)
    with pytest.raises(DatabaseError, match="not what was sealed"), transaction.atomic():
        Reveal.objects.create(sealed=row, amount_fen=slip_a.amount_fen + 1, salt=slip_a.salt, at=MARKET_CLOCK.now(), command=row.command)
    with pytest.raises(DatabaseError, match="while the lot is open"), transaction.atomic():
        SealedBid.objects.create(auction=lot, seq=3, bidder=row.bidder, commitment="0" * 64, at=MARKET_CLOCK.now(), command=row.command)
    with pytest.raises(DatabaseError), transaction.atomic():
        SealedBid.objects.filter(pk=row.pk).update(commitment="0" * 64)


@covers("CAP-E6", "I14")
def test_histories_end_as_the_plain_rule_says() -> None:
    """The room against a rule written anew: best amount, earliest newest seal; second price from the rest."""
    rnd = random.Random(20261129)
    for number in range(6):
        format_ = ("first_price", "second_price")[number % 2]
        buyers = [make_buyer() for _ in range(4)]
        lot = open_lot(*buyers, format=format_, reserve_price_fen=None)
        last: dict[int, tuple[int, Slip]] = {}
        for order in range(8):
            who = rnd.randrange(4)
            last[who] = (order, seal(lot, buyers[who], rnd.choice([999_999, 1_000_000, 1_200_000, 1_500_000])))
        end(lot)
        opened = [(-slip.amount_fen, order, who) for who, (order, slip) in last.items() if rnd.random() < 0.8]
        for _, _, who in opened:
            reveal(lot, buyers[who], last[who][1])
        if fresh(lot).status == "revealing":
            time_over(lot)
        good = sorted(one for one in opened if -one[0] >= 1_000_000)
        if not good:
            assert fresh(lot).status == "failed"
            continue
        price = -good[0][0] if format_ == "first_price" else -good[1][0] if len(good) > 1 else 1_000_000
        award = Award.objects.get(auction=lot)
        assert (award.bidder.organization_id, award.price_fen) == (buyers[good[0][2]].organization_id, price)
        assert decided(fresh(lot)).price == price


@covers("CAP-E6", "E6")
def test_naming_ones_value_is_best_in_a_second_price_auction_and_not_in_a_first_price_one() -> None:
    """Vickrey 1961: against every rival bid no other bid gains more than one's value of 150 does; shading gains in first price."""
    def gain(rule: Any, own: int, rival: int) -> int:
        outcome = rule([Order("me", own, 1), Order("rival", rival, 2)])
        return 150 - outcome.price if outcome.awards[0].bidder == "me" else 0

    assert all(gain(second_price, 150, rival) >= gain(second_price, own, rival) for rival in range(100, 200) for own in range(100, 200))
    assert any(gain(first_price, 150, rival) < gain(first_price, own, rival) for rival in range(100, 200) for own in range(100, 200))


@covers("T17")
def test_the_clock_decides_by_itself() -> None:
    lot, (a,), (slip,) = sealed_lot("first_price", 15_000)
    move(hours=24)
    assert tasks.close_due() == 1 and fresh(lot).status == "revealing"
    reveal(lot, a, slip)
    assert fresh(lot).status == "awarded"
    other, _, _ = sealed_lot("first_price", 15_000)
    move(hours=24)
    tasks.close_due()
    move(hours=2)
    assert tasks.decide_due() == 1 and fresh(other).status == "failed"


@covers("R51")
def test_the_opening_is_announced_with_the_lot_and_registration_stays_as_it_is() -> None:
    lot = make_lot(format="second_price")
    assert lot.reveal_hours == 2
    buyer = make_buyer()
    assert register_bidder(lot=lot, actor=buyer, clock=MARKET_CLOCK).deposit_fen > 0
