"""Right for right (R12): both trades in one act or neither, every rule of a deal asked of both licences, what is money said beforehand."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from unittest.mock import patch

import pytest
from django.db import DatabaseError, connection, transaction

from compliance.models import Case
from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from kit.actors import SYSTEM, Actor
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from ledger import operations as ledger
from ledger.accounts import AccountKind
from ledger.queries import held
from participants.actors import actor_of
from participants.models import Notice, Person
from participants.roles import Role
from participants.spending import set_spending_limit
from tests.factories import make_organization, make_user
from tests.threads import together
from tests.trading.barters import VALUE, World, agreed, free_fen, merchant, party, proposed, set_off, swap, trader_of
from tests.trading.worlds import make_listing, move, stand
from trading import tasks
from trading.deal_gates import equals_pay
from trading.models import Barter, BarterLeg, BarterOffer, Trade
from trading.operations import (
    accept_barter,
    counter_barter,
    decline_barter,
    expire_barter,
    propose_barter,
    withdraw_barter,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]


def refused(code: str, act: Callable[..., Any], **given: Any) -> Rejected:
    with pytest.raises(Rejected) as caught:
        act(**given, clock=MARKET_CLOCK)
    assert caught.value.code == code
    return caught.value


@covers("R12", "CAP-E4", "I19")
def test_two_licences_are_given_for_each_other_in_one_act_and_no_price_is_paid() -> None:
    one, world = agreed(terms=swap(1_000_000, 800_000, "waived"))
    trades = {leg.side: leg.trade for leg in one.legs.all()}
    assert one.status == "agreed" and set(trades) == {"proposer", "partner"}
    mine, theirs = trades["proposer"], trades["partner"]
    assert (mine.seller_id, mine.buyer_id, mine.price_fen) == (world.one.organization_id, world.two.organization_id, 1_000_000)
    assert (theirs.seller_id, theirs.buyer_id, theirs.price_fen) == (world.two.organization_id, world.one.organization_id, 800_000)
    assert {one.basis for one in trades.values()} == {"barter"} and {one.state.status for one in trades.values()} == {"funded"}
    assert [held(trade.code, AccountKind.ESCROW).posted_fen for trade in (mine, theirs)] == [1_000_000, 800_000]
    assert 1_000_000_000 - free_fen(world.one) == 35_000, "its own fee and levy on what it gives, and no price"
    assert 1_000_000_000 - free_fen(world.two) == 28_000
    assert set_off(one) == -(1_800_000 - 35_000 - 28_000)


@covers("R12", "F1", "R5")
def test_each_trade_has_its_own_agreement_signed_by_both_that_says_what_is_given_for_it() -> None:
    one, _world = agreed(terms=swap(1_000_000, 800_000, "paid"))
    for leg in one.legs.all():
        deed = leg.trade.deed
        assert deed.status == "in_force" and deed.signatures.count() == 2 and deed.terms["price_basis"] == "barter"
        said = leg.trade.agreement["in_return"]
        assert (said["barter"], said["difference"]) == (one.code, "paid")
        assert said["fair_value_fen"] == (800_000 if leg.side == "proposer" else 1_000_000)


@covers("R12", "R103")
def test_what_is_offered_enters_the_record_book_as_a_commitment_only() -> None:
    one, world = proposed(terms=swap(612_345, 612_345))
    counter_barter(barter=one, swap=swap(712_345, 612_345), actor=world.two, clock=MARKET_CLOCK)
    rows = list(Record.objects.filter(subject=one.code))
    assert len(rows) == 2
    for row in rows:
        assert "612345" not in str(row.payload) and "offer_commitment" in row.payload


@covers("R12", "F3")
def test_offer_counter_offer_and_acceptance_pass_the_turn() -> None:
    one, world = proposed()
    refused("trading.barter.not_your_turn", accept_barter, barter=one, seen=1, actor=world.one)
    refused("trading.barter.same_terms", counter_barter, barter=one, swap=swap(), actor=world.two)
    counter_barter(barter=one, swap=swap(900_000, 1_000_000, "paid"), note="差额由贵方补足", actor=world.two, clock=MARKET_CLOCK)
    refused("trading.barter.not_your_turn", decline_barter, barter=one, actor=world.two)
    refused("trading.barter.moved_on", accept_barter, barter=one, seen=1, actor=world.one)
    done = accept_barter(barter=one, seen=2, actor=world.one, clock=MARKET_CLOCK)
    assert accept_barter(barter=one, seen=2, actor=world.one, clock=MARKET_CLOCK).legs.count() == 2, "twice is once"
    assert [row.proposer_fen for row in BarterOffer.objects.filter(barter=done).order_by("seq")] == [1_000_000, 900_000]
    assert 1_000_000_000 - free_fen(world.one) == 100_000 + 31_500, "the difference, its fee and its levy"
    refused("trading.barter.over", decline_barter, barter=one, actor=world.one)


@covers("R12")
def test_strangers_find_nothing_and_one_role_is_not_enough() -> None:
    one, world = proposed()
    refused("participants.object.absent", accept_barter, barter=one, seen=1, actor=merchant())
    seller = _only(Role.DATA_MERCHANT, world.two)
    refused("participants.permission.denied", accept_barter, barter=one, seen=1, actor=seller)
    refused("participants.permission.denied", propose_barter, gives=world.gets, gets=world.gives, swap=swap(), actor=seller)


def _only(role: str, beside: Actor) -> Actor:
    return actor_of(make_user(role, organization=party(beside)))


@covers("R12")
def test_nobody_answers_within_three_working_days_and_it_expires() -> None:
    one, world = proposed()
    assert one.due_at is not None and tasks.end_talks() == 0
    expire_barter(barter=one, actor=SYSTEM, clock=MARKET_CLOCK)
    assert Barter.objects.get(pk=one.pk).status == "offered", "before its time it changes nothing"
    move(hours=(one.due_at - MARKET_CLOCK.now()).total_seconds() / 3600)
    refused("trading.barter.late", accept_barter, barter=one, seen=1, actor=world.two)
    assert tasks.end_talks() == 1 and Barter.objects.get(pk=one.pk).status == "expired"
    assert Notice.objects.filter(organization_id=world.one.organization_id, subject=one.code).exists()
    refused("trading.barter.deadline", propose_barter, gives=world.gives, gets=world.gets, swap=swap(), actor=world.one,
            until=MARKET_CLOCK.now() + timedelta(days=31))


@covers("R12")
def test_an_offer_is_withdrawn_or_declined_and_may_be_made_anew() -> None:
    one, world = proposed()
    refused("trading.barter.one_open", propose_barter, gives=world.gives, gets=world.gets, swap=swap(), actor=world.one)
    refused("trading.barter.one_open", propose_barter, gives=world.gets, gets=world.gives, swap=swap(), actor=world.two)
    refused("trading.barter.not_your_offer", withdraw_barter, barter=one, actor=world.two)
    assert withdraw_barter(barter=one, actor=world.one, clock=MARKET_CLOCK).status == "withdrawn"
    again, _ = proposed(world)
    assert decline_barter(barter=again, actor=world.two, clock=MARKET_CLOCK).status == "declined"


@covers("R12")
@pytest.mark.parametrize(("terms", "code"), [
    (swap(1_000, 900, "none"), "trading.barter.difference"), (swap(1_000, 1_000, "paid"), "trading.barter.difference"),
    (swap(0, 0), "trading.barter.value"), (swap(1_000, 0, "waived"), "trading.barter.value"),
    (swap(seats=0), "trading.deal.bad_terms")])
def test_both_values_are_above_zero_and_a_difference_is_waived_or_paid_in_so_many_words(terms: Any, code: str) -> None:
    world = World()
    refused(code, propose_barter, gives=world.gives, gets=world.gets, swap=terms, actor=world.one)


@covers("R12")
def test_what_is_given_is_ones_own_and_what_is_got_is_not() -> None:
    world = World()
    own = make_listing(party(world.one), sale_mode="negotiated", price_fen=None)
    refused("trading.barter.not_yours", propose_barter, gives=world.gets, gets=own, swap=swap(), actor=world.one)
    refused("trading.barter.both_yours", propose_barter, gives=world.gives, gets=own, swap=swap(), actor=world.one)
    metered = make_listing(party(world.two), sale_mode="fixed", price_fen=50_000,
                           use_terms={"plan": {"months": 1, "base_fen": 0, "free": 0, "bands": [[None, 10]]}})
    refused("trading.barter.counted", propose_barter, gives=world.gives, gets=metered, swap=swap(), actor=world.one)


@covers("R12", "C7", "R18")
@pytest.mark.parametrize("side", ["one", "two"])
def test_the_gates_of_a_deal_are_asked_of_both_sides_and_asked_again_at_the_end(side: str) -> None:
    one, world = proposed()
    stand(getattr(world, side), "suspended")
    with pytest.raises(Rejected):
        accept_barter(barter=one, seen=1, actor=world.two, clock=MARKET_CLOCK)
    assert not Trade.objects.exists() and set_off(one) == 0


@covers("R12", "CAP-E4")
def test_a_licence_sold_out_on_one_side_leaves_the_other_unsold() -> None:
    world = World(quota=1)
    one, _ = proposed(world)
    again = World.__new__(World)
    again.one, again.two, again.gives, again.gets = merchant(), world.two, None, world.gets
    again.gives = make_listing(party(again.one), sale_mode="negotiated", price_fen=None)
    agreed(again)
    refused("trading.purchase.sold_out", accept_barter, barter=one, seen=1, actor=world.two)
    assert Trade.objects.filter(listing=world.gives).count() == 0


@covers("R12")
def test_two_hands_of_one_owner_do_not_barter_with_each_other() -> None:
    world = World()
    shared = make_user(Role.BUYER, organization=party(world.one)).person
    make_user(Role.BUYER, organization=party(world.two), person=shared)
    refused("trading.purchase.affiliated", propose_barter, gives=world.gives, gets=world.gets, swap=swap(), actor=world.one)


@covers("R12", "R42")
def test_a_person_commits_the_value_it_gives_within_his_limit() -> None:
    world = World()
    set_spending_limit(organization=party(world.one), person=Person.objects.get(code=world.one.person), limit_fen=VALUE - 1,
                       actor=trader_of(party(world.one)), clock=MARKET_CLOCK)
    refused("participants.spending.over_limit", propose_barter, gives=world.gives, gets=world.gets, swap=swap(), actor=world.one)


@covers("R12", "R9")
def test_who_shares_in_the_product_is_paid_in_money_and_the_giver_has_it_or_nothing_is_concluded() -> None:
    world = World(fen=0, partner=make_organization())
    one, _ = proposed(world)

    def fund(actor: Actor, fen: int) -> None:
        ledger.fund(organization=actor.organization, amount_fen=fen, reference=new_code("FND"), actor=SYSTEM, clock=MARKET_CLOCK)

    refused("trading.barter.funds", accept_barter, barter=one, seen=1, actor=world.two)
    fund(world.two, 35_000)
    no = refused("trading.barter.other_funds", accept_barter, barter=one, seen=1, actor=world.two)
    assert "276" not in no.text("detail", "zh"), "how much the other side lacks is its own"
    fund(world.one, 35_000 + 965_000 // 4)
    done = accept_barter(barter=one, seen=1, actor=world.two, clock=MARKET_CLOCK)
    assert done.legs.get(side="proposer").partners_fen == 241_250 and free_fen(world.one) == 0


@covers("R12", "R109", "R24")
def test_declared_values_are_no_prices_and_one_far_from_what_is_usual_is_looked_at() -> None:
    world = World(price_fen=1_000_000)
    one, _ = agreed(world, swap(3_000_001, 3_000_000, "waived"))
    assert equals_pay(world.gives, at=MARKET_CLOCK.now()) is None
    case, = Case.objects.filter(kind="alert")
    assert case.flags == ["barter_value"] and case.subject_code == one.legs.get(side="proposer").trade.code


@covers("R12", "I13")
def test_the_database_refuses_one_trade_without_the_other() -> None:
    one, _world = agreed()
    leg = one.legs.get(side="proposer")
    with pytest.raises(DatabaseError), transaction.atomic():
        Trade.objects.filter(pk=leg.trade_id).update(price_fen=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        BarterLeg.objects.filter(pk=leg.pk).delete()
    other = Trade.objects.get(pk=leg.trade_id)
    other.pk, other.code = None, "TRD-ALONE"
    with pytest.raises(DatabaseError, match="without its other trade"):
        _at_the_end_of_a_transaction(other)


def _at_the_end_of_a_transaction(trade: Trade) -> None:
    with transaction.atomic():
        trade.save(force_insert=True)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def unlocked(acts: int) -> Callable[[Barter], Barter]:
    """The naive reading of a barter's row: without its lock, each act having read it before any writes."""
    barrier = threading.Barrier(acts)

    def read(one: Barter) -> Barter:
        found = Barter.objects.select_related("venue", "proposer", "partner", "proposer_listing", "partner_listing", "proposer_version",
                                              "partner_version").get(pk=one.pk)
        barrier.wait(timeout=20)
        return found

    return read


@covers("R12", "T9")
@pytest.mark.django_db(transaction=True)
def test_two_acceptances_at_once_are_one_barter(floor: None) -> None:
    one, world = proposed()
    done = together([partial(accept_barter, barter=one, seen=1, actor=actor, clock=MARKET_CLOCK)
                     for actor in (world.two, trader_of(party(world.two)))])
    assert all(isinstance(each, Barter) for each in done), done
    assert Trade.objects.count() == 2 and BarterLeg.objects.count() == 2


@covers("R12", "T9")
@pytest.mark.django_db(transaction=True)
def test_two_acceptances_that_do_not_lock_end_in_a_fault_that_only_the_database_stops(floor: None) -> None:
    one, world = proposed()
    both = (world.two, trader_of(party(world.two)))
    acts = [partial(accept_barter, barter=one, seen=1, actor=actor, clock=MARKET_CLOCK) for actor in both]
    with patch("trading.operations.bartering.lock_barter", unlocked(2)):
        done = together(acts)
    assert [isinstance(each, DatabaseError) for each in done].count(True) == 1, done
    assert Trade.objects.count() == 2, "the unique legs refuse a second pair"


@covers("R12", "T9")
@pytest.mark.django_db(transaction=True)
def test_accepting_and_withdrawing_at_once_is_one_of_the_two(floor: None) -> None:
    one, world = proposed()
    together([lambda: accept_barter(barter=one, seen=1, actor=world.two, clock=MARKET_CLOCK),
              lambda: withdraw_barter(barter=one, actor=world.one, clock=MARKET_CLOCK)])
    stands = Barter.objects.get(pk=one.pk)
    assert (stands.status, Trade.objects.count()) in (("agreed", 2), ("withdrawn", 0))


@covers("R12", "T9")
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_an_offer_taken_back_is_accepted_until_the_database_refuses_one_of_them(floor: None) -> None:
    one, world = proposed()
    with patch("trading.operations.bartering.lock_barter", unlocked(2)):
        done = together([lambda: accept_barter(barter=one, seen=1, actor=world.two, clock=MARKET_CLOCK),
                         lambda: withdraw_barter(barter=one, actor=world.one, clock=MARKET_CLOCK)])
    assert [isinstance(each, DatabaseError) for each in done].count(True) == 1, done
