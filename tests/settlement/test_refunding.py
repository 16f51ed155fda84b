"""Refunds of what is settled (G6, T13): the split in the mirror, never more than was paid, the licence kept while anything is left paid."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evidence.clock import MARKET_CLOCK
from kit.actors import SYSTEM
from kit.coverage import covers
from kit.rejected import Rejected
from ledger.accounts import AccountKind
from ledger.models import Posting
from ledger.operations import Leg, account, transfer
from ledger.queries import balance
from participants.actors import actor_of
from participants.models import Membership
from participants.queries import house_venue, venue_organization
from settlement.models import RefundLine, RefundRequest, Settlement
from settlement.refunding import (
    CHARGES,
    LEVY,
    TAX,
    decide_refund,
    lines_paid,
    mirrored,
    paid_for,
    post_refund,
    refund_left,
    request_refund,
    withdraw_refund,
)
from settlement.tasks import move_cycle, run_now
from tests.delivery.worlds import buyer_of, move
from tests.factories import make_organization
from tests.ledger.books import acting
from tests.settlement.money import sound
from tests.settlement.worlds import accepted, frozen, operator
from tests.threads import together
from trading.models import TradeState

pytestmark = pytest.mark.django_db


def settled(price_fen: int = 1_000_001, weights: tuple[int, ...] = (5, 3, 2)) -> Settlement:
    """One trade settled among several parties."""
    parties = [make_organization() for _ in weights]
    trade = accepted(price_fen=price_fen, seller=parties[0], contributors=dict(zip(parties, weights, strict=True)))
    move_cycle(cycle=frozen(), clock=MARKET_CLOCK)
    return Settlement.objects.get(trade=trade, status="settled")


def seller_of(one: Settlement) -> Any:
    member = Membership.objects.filter(organization=one.seller).first()
    return actor_of(member.person.users.first()) if member else operator()


def asked(one: Settlement, fen: int) -> RefundRequest:
    return request_refund(settlement=one, amount_fen=fen, reason="交付数据与说明不符", actor=buyer_of(one.trade), clock=MARKET_CLOCK)


def agreed(one: Settlement, fen: int) -> RefundRequest:
    return decide_refund(request=asked(one, fen), approve=True, actor=operator(), clock=MARKET_CLOCK)


def post(request: RefundRequest) -> RefundRequest:
    return post_refund(request=request, actor=SYSTEM, clock=MARKET_CLOCK)


def free(owner: str, kind: str = AccountKind.AVAILABLE) -> int:
    return balance(account(owner, kind)).posted_fen


@covers("G6", "M22")
@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(st.integers(-2, 8), st.integers(0, 10**9), min_size=1), st.lists(st.fractions(0, 1), max_size=4))
def test_part_refunds_never_take_more_than_a_line_has_left_and_a_full_one_undoes_the_split(lines: dict[int, int], parts: list[Any]) -> None:
    left = dict(lines)
    for part in parts:
        amount = int(sum(left.values()) * part)
        given_back = mirrored(amount, left) if sum(left.values()) else {}
        assert sum(given_back.values()) == (amount if left and sum(left.values()) else 0)
        assert all(0 <= fen <= left[number] for number, fen in given_back.items())
        left = {number: fen - given_back.get(number, 0) for number, fen in left.items()}
    if sum(left.values()):
        assert mirrored(sum(left.values()), left) == left


def test_the_naive_mirror_by_rounding_each_line_does_not_add_up() -> None:
    left = {1: 333, 2: 333, 3: 334}
    assert sum(round(fen * 500 / 1000) for fen in left.values()) != 500
    assert sum(mirrored(500, left).values()) == 500


@covers("G6", "I8")
def test_a_full_refund_after_settlement_undoes_every_line_and_ends_the_licence() -> None:
    one = settled()
    house = venue_organization(house_venue()).code
    parties, before = lines_paid(one), free(one.buyer.code)
    assert parties[CHARGES] > 0 and parties[TAX] > 0 and parties[LEVY] > 0 and sum(parties.values()) == paid_for(one)
    done = post(agreed(one, paid_for(one)))
    assert done.status == "posted" and free(one.buyer.code) - before == paid_for(one)
    assert [free(code) for code in one.parties] == [0, 0, 0] and free(one.seller.code, AccountKind.HOLDBACK) == 0
    assert [free(house, kind) for kind in (AccountKind.VENUE_FEES, AccountKind.TAX, AccountKind.PUBLIC_INTEREST)] == [0, 0, 0]
    assert TradeState.objects.get(trade=one.trade).status == "unwound"
    move(days=40)
    run_now(clock=MARKET_CLOCK)
    one.refresh_from_db()
    assert one.released is not None and free(one.seller.code) == 0, "what was held back went to the buyer and is not paid again"
    sound()


@covers("G6", "T13")
def test_a_part_refund_takes_from_each_line_its_part_and_leaves_the_licence() -> None:
    one = settled()
    before = free(one.buyer.code)
    done = post(agreed(one, 300_000))
    assert done.status == "posted" and free(one.buyer.code) - before == 300_000
    paid = lines_paid(one)
    for line in RefundLine.objects.filter(request=done):
        assert abs(line.amount_fen - 300_000 * paid[line.number] / paid_for(one)) <= 1
    assert TradeState.objects.get(trade=one.trade).status == "funded" and refund_left(one) == paid_for(one) - 300_000
    post(agreed(one, refund_left(one)))
    assert TradeState.objects.get(trade=one.trade).status == "unwound", "revoked only when nothing is left paid"
    sound()


@covers("G6", "I8", "T13")
def test_more_than_was_paid_is_refused_also_past_the_operation() -> None:
    one = settled()
    asked(one, paid_for(one) - 1)
    with pytest.raises(Rejected, match="too_much"), transaction.atomic():
        asked(one, 2)
    with pytest.raises(IntegrityError), transaction.atomic():  # the naive desk, which looks first and writes later
        RefundRequest.objects.create(code="RFR-NAIVE", settlement=one, seller=one.seller, buyer=one.buyer, amount_fen=2, reason="x",
                                     requested_at=MARKET_CLOCK.now())


@covers("G6")
def test_a_refused_and_a_withdrawn_request_free_what_they_asked_for() -> None:
    one = settled()
    with pytest.raises(Rejected, match="reason"), transaction.atomic():
        decide_refund(request=asked(one, paid_for(one)), approve=False, answer=" ", actor=operator(), clock=MARKET_CLOCK)
    decide_refund(request=asked(one, paid_for(one)), approve=False, answer="数据与说明一致", actor=operator(), clock=MARKET_CLOCK)
    withdraw_refund(request=asked(one, paid_for(one)), actor=buyer_of(one.trade), clock=MARKET_CLOCK)
    assert refund_left(one) == paid_for(one)


@covers("G6", "I4")
def test_a_party_that_is_short_owes_its_own_line_and_nobody_elses() -> None:
    one = settled()
    poor = one.parties[1]
    owes = free(poor)
    with acting():  # it spent everything
        purse, outside = account(poor, AccountKind.AVAILABLE), account("BANK", AccountKind.BANK)
        transfer(kind="opening", legs=[Leg(purse, -owes), Leg(outside, owes)], subject="TEST", at=MARKET_CLOCK.now())
    before = free(one.buyer.code)
    held = post(agreed(one, paid_for(one)))
    assert held.status == "approved" and free(one.buyer.code) - before == paid_for(one) - owes
    assert post(held).status == "approved", "again pays nothing twice"
    with acting():
        transfer(kind="opening", legs=[Leg(purse, owes), Leg(outside, -owes)], subject="TEST", at=MARKET_CLOCK.now())
    run_now(clock=MARKET_CLOCK)
    held.refresh_from_db()
    assert held.status == "posted" and free(one.buyer.code) - before == paid_for(one)


@covers("G6")
def test_only_what_is_settled_is_refunded_here_and_only_its_buyer_asks() -> None:
    trade = accepted()
    frozen()
    with pytest.raises(Rejected, match="not_settled"), transaction.atomic():
        asked(Settlement.objects.get(trade=trade), 1)
    one = settled()
    with pytest.raises(Rejected, match="absent"), transaction.atomic():
        request_refund(settlement=one, amount_fen=1, reason="x", actor=buyer_of(trade), clock=MARKET_CLOCK)


@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
@covers("T13", "I8")
def test_twenty_refunds_at_once_never_exceed_what_was_paid() -> None:
    one = settled()
    actor = buyer_of(one.trade)
    fen = paid_for(one) // 3

    def ask() -> RefundRequest:
        return request_refund(settlement=one, amount_fen=fen, reason="并发", actor=actor, clock=MARKET_CLOCK)

    results = together([ask for _ in range(20)])
    made = [each for each in results if isinstance(each, RefundRequest)]
    assert len(made) == 3 and {each.code for each in results if isinstance(each, Rejected)} == {"settlement.refund_request.too_much"}
    for each in made:
        decide_refund(request=each, approve=True, actor=operator(), clock=MARKET_CLOCK)
    together([lambda each=each: post(each) for each in made * 3])
    moved = Posting.objects.filter(transfer__kind="refund_mirror", account__owner=one.buyer.code).values_list("amount_fen", flat=True)
    assert sum(moved) == 3 * fen <= paid_for(one) and set(RefundRequest.objects.values_list("status", flat=True)) == {"posted"}
