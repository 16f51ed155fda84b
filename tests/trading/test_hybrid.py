"""Hybrid lots: the clock, then sealed bids of the others, then one best bid of whoever took the price (competition rules 16; CAP-E7).

Worked example: start 10,000 yuan, lowest 9,000. A takes at 9,800 after two minutes and a half. B seals 10,500, C 10,200. All open: 10,500
leads. A may bid once: 10,500 is enough, and A pays 10,500. Were A silent, B would pay 10,500; had nobody sealed, A would pay 9,800.
"""

from __future__ import annotations

import json
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, transaction

from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from kit.actors import SYSTEM, Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Notice
from participants.roles import Role
from tests.factories import make_actor
from tests.threads import together
from tests.trading.test_pages import room, shown, signed_in
from tests.trading.test_sealed import fresh, refused, reserved, reveal, seal
from tests.trading.worlds import make_buyer, make_listing, move, open_lot, paddle, stand
from trading import tasks
from trading.invariants import EndsMoveForward, LotsCanBeRebuilt, SealsAreOpenedAsSealed
from trading.models import Auction, Award, Bid, SealedBid, Tick, Trade
from trading.operations import best_bid, close_auction, halt_auction, register_bidder, resume_auction, take_price
from trading.operations.second_chance import runner_up
from trading.replays import check, document_of
from trading.sealing import Slip

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]
YUAN = 100


def hybrid_lot(*buyers: Actor) -> Auction:
    return open_lot(*buyers, listing=make_listing(auction_terms={"format": "hybrid", "floor_fen": 9_000 * YUAN}))


def take(lot: Auction, buyer: Actor) -> Auction:
    return take_price(lot=lot, at_most_fen=10_000 * YUAN, actor=buyer, clock=MARKET_CLOCK)


def best(lot: Auction, buyer: Actor, yuan: int) -> Auction:
    return best_bid(lot=lot, amount_fen=yuan * YUAN, actor=buyer, clock=MARKET_CLOCK)


def taken(*sealed_yuan: int) -> tuple[Auction, Actor, list[Actor], list[Slip]]:
    """A took at 9,800; the others sealed these amounts."""
    a, others = make_buyer(), [make_buyer() for _ in sealed_yuan]
    lot = hybrid_lot(a, *others)
    move(seconds=150)
    take(lot, a)
    return fresh(lot), a, others, [seal(lot, one, yuan * YUAN) for one, yuan in zip(others, sealed_yuan, strict=True)]


def end(lot: Auction) -> Auction:
    """The clock passes the end of the phase."""
    move(seconds=(fresh(lot).closes_at - MARKET_CLOCK.now()).total_seconds())
    tasks.close_due()
    return fresh(lot)


def opened(*sealed_yuan: int) -> tuple[Auction, Actor, list[Actor], list[Slip]]:
    lot, a, others, slips = taken(*sealed_yuan)
    end(lot)
    for one, slip in zip(others, slips, strict=True):
        reveal(lot, one, slip)
    return fresh(lot), a, others, slips


def sound(lot: Auction) -> None:
    """The lot's row, its times and its seals are what its bids say; decided anew from its transcript alone it ends the same."""
    assert [*LotsCanBeRebuilt().check(), *EndsMoveForward().check(), *SealsAreOpenedAsSealed().check()] == []
    if lot.status in ("awarded", "failed"):
        assert check(json.loads(json.dumps(document_of(lot))))["agrees"]


@covers("CAP-E7", "I14", "CAP-E11")
def test_the_taker_who_matches_the_highest_sealed_bid_has_it_at_that_amount() -> None:
    lot, a, (b, _), _ = opened(10_500, 10_200)
    assert (lot.status, lot.phase, lot.price_fen, lot.leader_id) == ("open", "best", 10_500 * YUAN, lot.bidders.get(
        organization_id=b.organization_id).pk)
    sound(lot)
    refused("trading.bid.too_low", best, lot, a, 10_499)
    done = best(lot, a, 10_500)
    assert (done.status, done.price_fen, done.seq) == ("awarded", 10_500 * YUAN, 2)
    trade = Trade.objects.get(award__auction=lot)
    assert (trade.buyer_id, trade.price_fen) == (a.organization_id, 10_500 * YUAN)
    assert reserved(b) == 0 and reserved(a) > 0
    sound(fresh(lot))
    refused("trading.bid.closed", best, lot, a, 11_000)


@covers("CAP-E7")
def test_a_silent_taker_leaves_it_to_the_highest_sealed_bid() -> None:
    lot, a, (b, _), _ = opened(10_500, 10_200)
    lot = end(lot)
    assert (lot.status, lot.price_fen) == ("awarded", 10_500 * YUAN)
    assert Trade.objects.get(award__auction=lot).buyer_id == b.organization_id and reserved(a) == 0
    sound(lot)
    found = runner_up(lot, lot.bidders.get(organization_id=b.organization_id))
    assert found is not None and (found[0].organization_id, found[1]) != (b.organization_id, 0)


@pytest.mark.parametrize("amounts", [(), (9_700, 9_800)])
@covers("CAP-E7")
def test_with_nothing_above_the_take_the_taker_has_it_as_taken(amounts: tuple[int, ...]) -> None:
    lot, a, _, _ = opened(*amounts) if amounts else taken()
    lot = fresh(lot) if amounts else end(lot)
    assert (lot.status, lot.price_fen) == ("awarded", 9_800 * YUAN)
    assert Trade.objects.get(award__auction=lot).buyer_id == a.organization_id
    sound(lot)


@covers("CAP-E7")
def test_a_clock_nobody_takes_ends_the_lot() -> None:
    lot = end(hybrid_lot(make_buyer()))
    assert (lot.status, lot.phase, lot.status_reason) == ("failed", "clock", "trading.auction.no_bid")
    sound(lot)


@covers("CAP-E7", "T17")
def test_each_kind_of_bid_is_taken_in_its_own_phase_only() -> None:
    a, b, late = make_buyer(), make_buyer(), make_buyer()
    lot = hybrid_lot(a, b)
    refused("trading.bid.other_phase", seal, lot, b, 1)
    refused("trading.bid.other_phase", best, lot, a, 10_000)
    take(lot, a)
    refused("trading.bid.other_phase", take, lot, b)
    refused("trading.bid.other_phase", best, lot, a, 11_000)
    refused("trading.bid.took", seal, lot, a, 1)
    register_bidder(lot=lot, actor=late, clock=MARKET_CLOCK)
    slip = seal(lot, late, 1_100_000)
    move(seconds=(fresh(lot).closes_at - MARKET_CLOCK.now()).total_seconds())
    refused("trading.bid.closed", seal, lot, b, 1_200_000)
    refused("trading.bid.not_revealing", reveal, lot, late, slip)
    assert tasks.close_due() == 1 and tasks.close_due() == 0
    refused("trading.bid.other_phase", seal, lot, b, 1_200_000)
    with pytest.raises(Rejected) as no:
        register_bidder(lot=lot, actor=make_buyer(), clock=MARKET_CLOCK)
    assert no.value.code == "trading.bidder.too_late"
    reveal(lot, late, slip)
    refused("trading.bid.not_the_taker", best, lot, b, 12_000)
    assert fresh(lot).phase == "best"


@covers("CAP-E7", "CAP-E6")
def test_a_seal_that_is_never_opened_forfeits_and_does_not_count() -> None:
    lot, a, (b, c), (slip, _) = taken(10_500, 12_000)
    end(lot)
    reveal(lot, b, slip)
    assert fresh(lot).phase == "opening", "one slip is still out"
    lot = end(lot)
    assert (lot.phase, lot.price_fen) == ("best", 10_500 * YUAN)
    assert Record.objects.get(subject=lot.code, kind="trading.bid.unrevealed").payload["bidder"] == c.organization
    best(lot, a, 10_600)
    lot = fresh(lot)
    assert (lot.status, lot.price_fen) == ("awarded", 10_600 * YUAN)
    sound(lot)


@covers("CAP-E7", "T21")
def test_stopped_bidders_are_passed_over_in_every_phase() -> None:
    lot, a, _, _ = opened(10_500, 10_200)
    stand(a, "suspended", "D")
    tasks.sweep_stopped()
    assert (fresh(lot).price_fen, fresh(lot).phase) == (10_500 * YUAN, "best")
    lot = end(lot)
    assert (lot.status, lot.price_fen) == ("awarded", 10_500 * YUAN)
    sound(lot)
    lot, a, (b, c), _ = opened(10_500, 10_200)
    stand(b, "suspended", "D")
    tasks.sweep_stopped()
    assert (fresh(lot).price_fen, fresh(lot).leader_id) == (10_200 * YUAN, lot.bidders.get(organization_id=c.organization_id).pk)
    sound(fresh(lot))
    assert best(lot, a, 10_200).price_fen == 10_200 * YUAN
    lot, a, (b,), (slip,) = taken(9_500)
    stand(a, "suspended", "D")
    tasks.sweep_stopped()
    assert fresh(lot).price_fen is None
    end(lot)
    reveal(lot, b, slip)
    assert (fresh(lot).status, fresh(lot).price_fen) == ("awarded", 9_500 * YUAN), "above the clock's lowest price, nothing stands taken"
    sound(fresh(lot))


@covers("CAP-E7", "R57")
def test_a_halt_keeps_the_clocks_price_and_the_rest_of_the_phase() -> None:
    desk = make_actor(Role.SURVEILLANCE)
    lot, a, (b,), (slip,) = taken(10_500)
    left = lot.closes_at - MARKET_CLOCK.now()
    halt_auction(lot=lot, reason_code="x", reason="核查", actor=desk, clock=MARKET_CLOCK)
    move(days=1)
    refused("trading.bid.halted", seal, lot, b, 1_200_000)
    lot = resume_auction(lot=lot, actor=desk, clock=MARKET_CLOCK)
    assert lot.closes_at - MARKET_CLOCK.now() == left and lot.sealing_ends_at == lot.closes_at
    end(lot)
    reveal(lot, b, slip)
    done = best(lot, a, 10_500)
    assert done.status == "awarded"
    sound(fresh(lot))


@covers("CAP-E7", "T20")
def test_neither_count_nor_amount_of_the_sealed_bids_is_told_before_the_opening_ends() -> None:
    lot, a, (b, _), slips = taken(10_500, 10_203)
    visitor = signed_in(a)
    page = shown(visitor, room(lot)) + json.dumps(visitor.get(f"/api/lots/{lot.code}/").json()) + shown(visitor, room(lot) + "replay/")
    assert "10,203" not in page and slips[0].commitment not in page and "份数与金额都不公开" in page
    assert set(Tick.objects.filter(auction=lot).values_list("bids", flat=True)) == {0, 1}
    end(lot)
    reveal(lot, b, slips[0])
    page = shown(visitor, room(lot)) + json.dumps(visitor.get(f"/api/lots/{lot.code}/").json()) + shown(visitor, room(lot) + "replay/")
    assert "10,500" not in page
    lot = end(lot)
    assert "开标最高为 ¥10,500" in shown(visitor, room(lot)) and "10,203" not in shown(visitor, room(lot))


@covers("CAP-E7", "CAP-E13")
def test_the_whole_walk_by_pages_without_scripts() -> None:
    a, b, stranger = make_buyer(), make_buyer(), make_buyer()
    lot = hybrid_lot(a, b)
    one, two = signed_in(a), signed_in(b)
    assert "应价，不高于 ¥10,000" in shown(one, room(lot)) and "混合竞价怎样进行" in shown(two, room(lot))
    assert one.post(room(lot) + "take/", {"at_most_fen": "1000000"}).status_code == 302
    assert "您已应价" in shown(one, room(lot)) and "封标报价须高于 ¥10,000" in shown(two, room(lot))
    made = two.post(room(lot) + "slip/", {"amount": "10500"}).content.decode()
    slip = seal(lot, b, 1_050_000)
    assert "封标单" in made
    lot = end(lot)
    assert "请开标" in shown(two, room(lot)) and "开标中" in shown(signed_in(stranger), room(lot))
    assert two.post(room(lot) + "reveal/", {"amount": "10500", "salt": slip.salt.hex()}).status_code == 302
    assert "请作最优报价" in shown(one, room(lot)) and "您开标最高" in shown(two, room(lot))
    low = one.post(room(lot) + "best/", {"amount": "10400"})
    assert low.status_code == 409 and "10,500" in low.content.decode()
    assert one.post(room(lot) + "best/", {"amount": "nothing"}).status_code == 400
    assert one.post(room(lot) + "best/", {"amount": "10500"}).status_code == 302
    assert "您已竞得" in shown(one, room(lot)) and "未中" in shown(two, room(lot)) and "10,500" in shown(two, room(lot))
    assert "重算一致" in shown(one, room(lot) + "replay/")
    english = signed_in(a)
    english.cookies.load({settings.LANGUAGE_COOKIE_NAME: "en"})
    assert "best bid" in shown(english, room(lot)).lower()
    assert Notice.objects.filter(kind="trading.auction.phased").count() == 3


@covers("CAP-E7", "T1")
@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
def test_a_best_bid_and_the_end_of_its_time_leave_one_award() -> None:
    """Both lock the lot's row before they read the clock: whoever is second finds it over."""
    lot, a, _, _ = opened(10_500)
    move(seconds=(lot.closes_at - MARKET_CLOCK.now()).total_seconds() - 1)

    def bids() -> str:
        try:
            return best(lot, a, 10_500).status
        except Rejected as no:
            return no.code

    def ends() -> str:
        move(seconds=1)
        return close_auction(lot=lot, actor=SYSTEM, clock=MARKET_CLOCK).status

    answers = together([bids, ends])
    assert "awarded" in answers and set(answers) <= {"awarded", "trading.bid.closed"} and Award.objects.filter(auction=lot).count() == 1


@covers("CAP-E7", "T1")
@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
def test_of_many_takes_one_opens_the_sealed_phase() -> None:
    buyers = [make_buyer() for _ in range(5)]
    lot = hybrid_lot(*buyers)

    def act(buyer: Actor) -> str:
        try:
            return str(take(lot, buyer).phase)
        except Rejected as no:
            return no.code

    assert sorted(together([partial(act, one) for one in buyers])) == ["sealed", *["trading.bid.other_phase"] * 4]
    assert Bid.objects.filter(auction=lot).count() == 1 and paddle(lot, buyers[0])


@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
def test_control_who_asks_for_the_phase_before_the_lock_takes_five_times() -> None:
    """The naive taking looks at the phase, and locks the lot only to write: all five find the clock running."""
    lot, barrier = hybrid_lot(*[make_buyer() for _ in range(5)]), Barrier(5)

    def naive() -> str:
        with transaction.atomic():
            phase = Auction.objects.get(pk=lot.pk).phase
            barrier.wait()
            Auction.objects.select_for_update().get(pk=lot.pk)
            return "sealed" if phase == "clock" else "trading.bid.other_phase"

    assert together([naive] * 5) == ["sealed"] * 5


@covers("CAP-E7")
def test_the_database_refuses_a_step_back_a_second_taker_and_a_foreign_best_bid() -> None:
    lot, _, (b,), _ = opened(10_500)
    changes: list[dict[str, Any]] = [{"phase": "clock"}, {"phase": "sealed"}, {"taker": lot.bidders.get(organization_id=b.organization_id)},
                                     {"best_seconds": 5}, {"phase": ""}]
    for change in changes:
        with pytest.raises(DatabaseError), transaction.atomic():
            Auction.objects.filter(pk=lot.pk).update(**change)
    foreign = lot.bidders.get(organization_id=b.organization_id)
    for seq, bidder in ((2, foreign), (1, foreign)):
        with pytest.raises(DatabaseError), transaction.atomic():
            Bid.objects.create(auction=lot, seq=seq, bidder=bidder, maximum_fen=2_000_000, salt=b"x" * 32, price_after_fen=2_000_000,
                               leader_after=bidder.paddle, closes_after=lot.closes_at, at=MARKET_CLOCK.now(), command="0" * 32)
    with pytest.raises(DatabaseError), transaction.atomic():
        SealedBid.objects.create(auction=lot, seq=9, bidder=foreign, commitment="a" * 64, at=MARKET_CLOCK.now(), command="0" * 32)


@covers("CAP-E11")
def test_anyone_replays_a_hybrid_lot_from_its_transcript(tmp_path: Any, capsys: Any) -> None:
    lot, a, _, _ = opened(10_500)
    best(lot, a, 10_700)
    paper = tmp_path / "lot.json"
    paper.write_text(json.dumps(document_of(fresh(lot))), encoding="utf-8")
    call_command("replay", str(paper))
    assert "10,700" in (said := capsys.readouterr().out) or "1070000" in said
