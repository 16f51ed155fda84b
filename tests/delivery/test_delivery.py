"""A delivery from the trade to its acceptance: hash, deadlines, silence, rejection, tokens (lifecycles, *delivery*)."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from django.db import Error, connection, transaction

from delivery.access import expire_grant, fetch_file, issue_grant, token_hash
from delivery.models import AccessGrant, Delivery, GrantUse
from delivery.operations import accept_delivery, cancel_delivery, concede_delivery, deliver, open_delivery, reject_delivery
from delivery.queries import awaiting_settlement, delivery_for
from delivery.states import OBJECTS
from delivery.tasks import sweep_now
from evidence.clock import MARKET_CLOCK as CLOCK
from evidence.models import Deposit, Record
from evidence.operations import drain
from kit.actors import SYSTEM
from kit.coverage import covers
from kit.rejected import Rejected
from kit.states import IllegalMove, advance
from participants.models import Membership, User
from participants.roles import Role
from tests.delivery.worlds import FILE, buyer_of, delivered, file_of, make_trade, move, paid_delivery, pay, seller_of, token_for
from tests.factories import make_actor, make_user
from trading.operations import cancel_trade

pytestmark = pytest.mark.django_db


def now(one: Delivery) -> Delivery:
    return Delivery.objects.get(pk=one.pk)


def test_a_trade_opens_its_delivery_and_the_payment_starts_the_sellers_time() -> None:
    trade = make_trade()
    drain(clock=CLOCK)
    one = Delivery.objects.get(trade=trade)
    assert (one.status, one.due_at, one.expected_sha256) == ("opened", None, trade.version.file_sha256)
    pay(trade)
    drain(clock=CLOCK)
    one = now(one)
    assert one.due_at is not None and one.fails_at == one.due_at + timedelta(days=7)
    assert one.due_at - CLOCK.now() > timedelta(days=3)
    assert open_delivery(trade=trade, actor=SYSTEM, clock=CLOCK) == one, "opening twice is opening once"


def test_nothing_is_delivered_before_the_price_is_in_escrow() -> None:
    trade = make_trade()
    one = open_delivery(trade=trade, actor=SYSTEM, clock=CLOCK)
    with pytest.raises(Rejected) as refused:
        deliver(delivery=one, deposit=file_of(trade), actor=seller_of(trade.listing), clock=CLOCK)
    assert refused.value.code == "delivery.delivery.trade_not_funded"


@covers("F5")
def test_only_the_registered_file_is_taken() -> None:
    one = paid_delivery()
    seller = seller_of(one.trade.listing)
    for other in (file_of(one.trade, FILE + b"x"), file_of(one.trade, owner="ORG-OTHER")):
        with pytest.raises(Rejected) as refused:
            deliver(delivery=one, deposit=other, actor=seller, clock=CLOCK)
        assert refused.value.code == "delivery.delivery.hash_differs"
    done = deliver(delivery=one, deposit=file_of(one.trade), actor=seller, clock=CLOCK)
    assert (done.status, done.attempts, done.due_at) == ("delivered", 1, CLOCK.now() + timedelta(days=7))


@covers("F5")
def test_the_buyer_accepts_and_settlement_hears_of_it() -> None:
    one = delivered()
    accept_delivery(delivery=one, actor=buyer_of(one.trade), clock=CLOCK)
    assert now(one).status == "accepted"
    assert list(awaiting_settlement()) == [one]
    fact = Record.objects.get(kind="delivery.delivery.accepted")
    assert (fact.subject, fact.payload["trade"], fact.payload["by_default"]) == (one.code, one.trade.code, False)


def test_silence_until_the_deadline_is_acceptance() -> None:
    one = delivered()
    move(days=7, seconds=-1)
    sweep_now(clock=CLOCK)
    assert now(one).status == "delivered"
    accept_delivery(delivery=one, actor=SYSTEM, clock=CLOCK)
    assert now(one).status == "delivered", "not even the system accepts early"
    move(seconds=1)
    assert sweep_now(clock=CLOCK) == 1
    assert (now(one).status, now(one).by_default) == ("accepted", True)
    assert sweep_now(clock=CLOCK) == 0


def test_a_rejection_names_defects_and_can_be_mended_twice() -> None:
    one = delivered()
    buyer, seller = buyer_of(one.trade), seller_of(one.trade.listing)
    with pytest.raises(Rejected) as refused:
        reject_delivery(delivery=one, defects=[" ", ""], actor=buyer, clock=CLOCK)
    assert refused.value.code == "delivery.delivery.defects_missing"
    for _ in range(2):
        reject_delivery(delivery=one, defects=["缺少字段 人口"], actor=buyer, clock=CLOCK)
        deliver(delivery=one, deposit=file_of(one.trade), actor=seller, clock=CLOCK)
    reject_delivery(delivery=one, defects=["缺少字段 人口"], actor=buyer, clock=CLOCK)
    with pytest.raises(Rejected) as refused:
        deliver(delivery=one, deposit=file_of(one.trade), actor=seller, clock=CLOCK)
    assert refused.value.code == "delivery.delivery.attempts_used"
    concede_delivery(delivery=one, actor=seller, clock=CLOCK)
    assert now(one).status == "failed"


def test_a_rejected_delivery_that_is_not_mended_fails() -> None:
    one = delivered()
    reject_delivery(delivery=one, defects=["空文件"], actor=buyer_of(one.trade), clock=CLOCK)
    move(days=20)
    sweep_now(clock=CLOCK)
    assert (now(one).status, now(one).cause) == ("failed", "delivery.delivery.late")


def test_a_delivery_that_never_comes_fails_after_its_grace() -> None:
    one = paid_delivery()
    sweep_now(clock=CLOCK)
    due = now(one).due_at
    move(seconds=(due - CLOCK.now()).total_seconds() + 1)
    sweep_now(clock=CLOCK)
    assert now(one).status == "opened", "late, but within the grace"
    move(days=7)
    sweep_now(clock=CLOCK)
    assert now(one).status == "failed"


def test_the_delivery_ends_with_its_trade() -> None:
    trade = make_trade()
    one = open_delivery(trade=trade, actor=SYSTEM, clock=CLOCK)
    cancel_trade(trade=trade, cause="test", actor=SYSTEM, clock=CLOCK)
    drain(clock=CLOCK)
    assert now(one).status == "cancelled"
    assert cancel_delivery(delivery=one, cause="again", actor=SYSTEM, clock=CLOCK).cause != "again"


@covers("F5", "T38", "T63")
def test_a_token_works_once_and_every_further_showing_is_refused_and_recorded() -> None:
    one = delivered()
    buyer, token = buyer_of(one.trade), token_for(one)
    assert token not in str(list(AccessGrant.objects.values())), "the database keeps the hash only"
    assert fetch_file(delivery=one, token=token, actor=buyer, clock=CLOCK).sha256 == one.expected_sha256
    for _ in range(2):
        with pytest.raises(Rejected) as refused:
            fetch_file(delivery=one, token=token, actor=buyer, clock=CLOCK)
        assert refused.value.code == "delivery.grant.exhausted"
    assert list(GrantUse.objects.order_by("id").values_list("outcome", flat=True)) == ["used", "exhausted", "exhausted"]
    assert Record.objects.filter(kind="delivery.grant.refused").count() == 2


def test_a_token_expires_after_72_hours() -> None:
    one = delivered()
    buyer, token = buyer_of(one.trade), token_for(one)
    move(hours=72)
    with pytest.raises(Rejected) as refused:
        fetch_file(delivery=one, token=token, actor=buyer, clock=CLOCK)
    assert refused.value.code == "delivery.grant.expired"
    sweep_now(clock=CLOCK)
    assert AccessGrant.objects.get().status == "expired"
    assert expire_grant(grant=AccessGrant.objects.get(), actor=SYSTEM, clock=CLOCK).status == "expired"


def test_three_more_tokens_can_be_asked_for_and_a_new_one_ends_the_old() -> None:
    one = delivered()
    buyer = buyer_of(one.trade)
    tokens = [token_for(one) for _ in range(4)]
    with pytest.raises(Rejected) as refused:
        issue_grant(delivery=one, actor=buyer, clock=CLOCK)
    assert refused.value.code == "delivery.grant.requests_used"
    with pytest.raises(Rejected) as refused:
        fetch_file(delivery=one, token=tokens[0], actor=buyer, clock=CLOCK)
    assert refused.value.code == "delivery.grant.revoked"
    assert fetch_file(delivery=one, token=tokens[3], actor=buyer, clock=CLOCK)


def test_a_token_opens_nothing_once_the_delivery_was_rejected() -> None:
    one = delivered()
    buyer, token = buyer_of(one.trade), token_for(one)
    reject_delivery(delivery=one, defects=["x"], actor=buyer, clock=CLOCK)
    with pytest.raises(Rejected) as refused:
        fetch_file(delivery=one, token=token, actor=buyer, clock=CLOCK)
    assert refused.value.code == "delivery.grant.revoked"


@covers("T36", "T38", "T63")
def test_others_neither_see_nor_use_it() -> None:
    one = delivered()
    stranger, token = make_actor(Role.BUYER), token_for(one)
    for act in (lambda: accept_delivery(delivery=one, actor=stranger, clock=CLOCK),
                lambda: issue_grant(delivery=one, actor=stranger, clock=CLOCK),
                lambda: fetch_file(delivery=one, token=token, actor=stranger, clock=CLOCK),
                lambda: delivery_for(one.code, User.objects.get(pk=stranger.user_id))):
        with pytest.raises(Rejected) as refused:
            act()
        assert refused.value.code == "participants.object.absent"
    with pytest.raises(Rejected) as refused:
        accept_delivery(delivery=one, actor=seller_of(one.trade.listing), clock=CLOCK)
    assert refused.value.code == "participants.permission.denied", "the seller does not accept his own delivery"
    assert AccessGrant.objects.get().uses == 0
    assert delivery_for(one.code, make_user(Role.BUYER, organization=one.buyer)) == one


@covers("T38", "T43")
def test_a_token_is_worth_nothing_once_its_holder_has_left_the_buyer() -> None:
    one = delivered()
    buyer, token = buyer_of(one.trade), token_for(one)
    Membership.objects.filter(person__users__pk=buyer.user_id).update(effective_to=CLOCK.now())
    for act in (lambda: fetch_file(delivery=one, token=token, actor=buyer, clock=CLOCK),
                lambda: delivery_for(one.code, User.objects.get(pk=buyer.user_id))):
        with pytest.raises(Rejected) as refused:
            act()
        assert refused.value.status in {403, 404}
    assert AccessGrant.objects.get().uses == 0


def naive_fetch(token: str) -> Deposit | None:
    """The naive way (CVE-2026-9712): who has the address has the file."""
    grant = AccessGrant.objects.filter(token_hash=token_hash(token)).select_related("delivery__deposit").first()
    return grant.delivery.deposit if grant else None


@covers("T38")
def test_a_token_alone_would_hand_the_file_to_whoever_found_it() -> None:
    """The mutant of T38: no owner is asked for, no use is counted, no term is looked at."""
    one = delivered()
    token = token_for(one)
    move(hours=73)
    assert [naive_fetch(token) for _ in range(3)] == [one.deposit] * 3
    with pytest.raises(Rejected):
        fetch_file(delivery=one, token=token, actor=make_actor(Role.BUYER), clock=CLOCK)


@covers("T9", "I17")
@pytest.mark.parametrize("table", sorted(OBJECTS))
def test_every_pair_of_state_and_act_is_as_the_table_says_and_the_database_agrees(table: str) -> None:
    status, moves = OBJECTS[table]
    acts = sorted({act for _, act in moves})
    for state, act in itertools.product(status, acts):
        if (state, act) in moves:
            assert advance(moves, state, act, subject="X", code="delivery.delivery.illegal_move") == moves[state, act]
        else:
            with pytest.raises(IllegalMove):
                advance(moves, state, act, subject="X", code="delivery.delivery.illegal_move")
    legal = {(str(a), str(b)) for (a, _), b in moves.items()}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef(%s::regproc)", [f"{table}_status_edge"])
        text = cursor.fetchone()[0]
    for a, b in itertools.product(status, status):
        assert (f"('{a}', '{b}')" in text) == ((str(a), str(b)) in legal)


@covers("I17", "I3")
@pytest.mark.parametrize("statement", [
    "UPDATE delivery_delivery SET status = 'opened'", "UPDATE delivery_delivery SET expected_sha256 = repeat('0', 64)",
    "DELETE FROM delivery_delivery", "UPDATE delivery_accessgrant SET token_hash = 'x'", "DELETE FROM delivery_grantuse",
    "UPDATE delivery_accessgrant SET uses = 2",
])
def test_the_database_refuses_what_no_act_allows(statement: str) -> None:
    one = delivered()
    token = token_for(one)
    fetch_file(delivery=one, token=token, actor=buyer_of(one.trade), clock=CLOCK)
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
