"""A buyer's house rules: a person commits the organisation up to a limit somebody else set; above it another person says yes first."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, transaction

from evidence.clock import MARKET_CLOCK
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.actors import actor_of
from participants.models import Approval, Notice, Organization, Person, SpendingLimit, User
from participants.roles import Role
from participants.spending import ask_spending, decide_spending, set_spending_limit, spending_limit
from tests.exchange.worlds import signed_in
from tests.factories import make_user
from tests.trading.worlds import bid, first_refused, make_buyer, make_listing, move, open_lot, stand_still
from trading.models import Bid, Trade
from trading.operations import buy_listing, take_price
from trading.operations.purchasing import quote_for

pytestmark = pytest.mark.django_db
YUAN = 100


@pytest.fixture(autouse=True)
def _still() -> None:
    stand_still()


def house() -> tuple[Actor, Actor, Organization]:
    """A buyer's organisation with two members: who bids and who leads."""
    one = make_buyer()
    ours = Organization.objects.get(pk=one.organization_id)
    return one, actor_of(make_user(Role.BUYER, organization=ours)), ours


def limit(ours: Organization, who: Actor, fen: int | None, by: Actor) -> None:
    set_spending_limit(organization=ours, person=Person.objects.get(code=who.person), limit_fen=fen, actor=by, clock=MARKET_CLOCK)


def refused(act: Any, **named: Any) -> str:
    with pytest.raises(Rejected) as no:
        act(**named, clock=MARKET_CLOCK)
    return no.value.code


@covers("R42")
def test_a_bid_above_the_persons_limit_is_refused_until_another_person_says_yes_to_it() -> None:
    """Worked example: the limit is 15,000 yuan; 20,000 is asked for this lot; the yes holds for this lot and up to 20,000."""
    buyer, lead, ours = house()
    lot = open_lot(buyer)
    limit(ours, buyer, 15_000 * YUAN, lead)
    bid(lot, buyer, 15_000 * YUAN)
    with pytest.raises(Rejected) as no:
        bid(lot, buyer, 15_000 * YUAN + 1)
    assert (no.value.code, no.value.params["limit_fen"]) == ("trading.bid.over_limit", 15_000 * YUAN)
    assert first_refused(lot, buyer, 20_000 * YUAN) == "trading.bid.over_limit", "the page that explains says the same"
    asked = ask_spending(about=lot.code, amount_fen=20_000 * YUAN, actor=buyer, clock=MARKET_CLOCK)
    decide_spending(approval=asked, approve=True, reason="", actor=lead, clock=MARKET_CLOCK)
    bid(lot, buyer, 20_000 * YUAN)
    with pytest.raises(Rejected):
        bid(lot, buyer, 20_001 * YUAN)
    other = open_lot(buyer)
    with pytest.raises(Rejected):
        bid(other, buyer, 16_000 * YUAN)
    assert Bid.objects.count() == 2


@covers("R42")
def test_a_clocks_price_and_a_purchase_ask_the_same() -> None:
    buyer, lead, ours = house()
    lot = open_lot(buyer, listing=make_listing(auction_terms={"format": "dutch", "floor_fen": 900_000}))
    listing = make_listing(sale_mode="fixed", price_fen=800_000)
    limit(ours, buyer, 500_000, lead)
    assert refused(take_price, lot=lot, at_most_fen=lot.start_price_fen, actor=buyer) == "trading.bid.over_limit"
    quote = quote_for(listing, MARKET_CLOCK.now())
    call = {"listing": listing, "version": quote.version.code, "total_fen": quote.total_fen, "actor": buyer}
    assert refused(buy_listing, **call) == "participants.spending.over_limit"
    limit(ours, buyer, 800_000, lead)
    buy_listing(**call, clock=MARKET_CLOCK)
    assert Trade.objects.count() == 1


@covers("R42", "I18")
def test_nobody_sets_or_approves_his_own_and_who_approves_may_commit_as_much_himself() -> None:
    buyer, lead, ours = house()
    mine = Person.objects.get(code=buyer.person)
    assert refused(set_spending_limit, organization=ours, person=mine, limit_fen=1, actor=buyer) == "participants.spending.own"
    with pytest.raises(DatabaseError), transaction.atomic():
        SpendingLimit.objects.create(organization=ours, person=mine, limit_fen=1, set_by_id=buyer.user_id,
                                     effective_from=MARKET_CLOCK.now())
    limit(ours, buyer, 0, lead)
    limit(ours, lead, 5_000 * YUAN, buyer)
    asked = ask_spending(about="LOT-1", amount_fen=6_000 * YUAN, actor=buyer, clock=MARKET_CLOCK)
    assert refused(decide_spending, approval=asked, approve=False, reason="", actor=buyer) == "participants.approval.same_person"
    assert refused(decide_spending, approval=asked, approve=True, reason="", actor=lead) == "participants.spending.not_enough"
    assert refused(ask_spending, about="LOT-1", amount_fen=1, actor=buyer) == "participants.spending.asked"
    decide_spending(approval=asked, approve=False, reason="太贵", actor=lead, clock=MARKET_CLOCK)
    assert spending_limit(buyer, "LOT-1") == 0
    stranger = make_buyer()
    assert refused(decide_spending, approval=asked, approve=True, reason="", actor=stranger) == "participants.object.absent"


@covers("R42")
def test_a_new_limit_ends_the_old_one_which_is_kept_and_none_lifts_it() -> None:
    buyer, lead, ours = house()
    assert spending_limit(buyer, "LOT-1") is None
    for fen in (100, 200, 200, None):
        limit(ours, buyer, fen, lead)
        move(minutes=1)
    assert spending_limit(buyer, "LOT-1") is None and SpendingLimit.objects.count() == 2
    with pytest.raises(DatabaseError), transaction.atomic():
        SpendingLimit.objects.update(limit_fen=5)
    other = User.objects.get(pk=make_buyer().user_id or 0)
    assert other.person is not None
    assert refused(set_spending_limit, organization=ours, person=other.person, limit_fen=1, actor=lead) == "participants.spending.no_member"


@covers("R42")
def test_the_page_sets_asks_and_decides_and_keeps_what_was_typed() -> None:
    buyer, lead, _ours = house()
    address, desk, chief = "/desk/organisation/spending/", signed_in(buyer), signed_in(lead)
    assert chief.post(address, {"act": "limit", "person": buyer.person, "limit": "15,000"}).status_code == 302
    assert SpendingLimit.objects.get().limit_fen == 15_000 * YUAN
    assert chief.post(address, {"act": "limit", "person": buyer.person, "limit": "viel"}).status_code == 400
    wrong = desk.post(address, {"act": "ask", "about": "LOT-1", "amount": "x", "reason": "要用"})
    assert wrong.status_code == 400 and "要用" in wrong.content.decode()
    assert desk.post(address, {"act": "ask", "about": "LOT-1", "amount": "20000", "reason": "要用"}).status_code == 302
    asked = Approval.objects.get()
    assert str(asked.pk) not in desk.get(address).content.decode(), "who asked sees no buttons"
    assert str(asked.pk) in chief.get(address).content.decode()
    assert chief.post(address, {"act": "agree", "approval": str(asked.pk), "reason": "可以"}).status_code == 302
    assert spending_limit(buyer, "LOT-1") == 20_000 * YUAN
    assert "LOT-1" in desk.get(address + "?about=LOT-2").content.decode()
    assert signed_in(make_buyer()).post(address, {"act": "agree", "approval": str(asked.pk)}).status_code == 404


@covers("R42")
def test_whoever_says_yes_to_a_bid_sees_the_lots_clock_and_nothing_is_asked_for_a_lot_that_is_over() -> None:
    buyer, lead, ours = house()
    lot = open_lot(buyer, hours=0.75)
    limit(ours, buyer, 0, lead)
    asked = ask_spending(about=lot.code, amount_fen=lot.start_price_fen, actor=buyer, clock=MARKET_CLOCK)
    assert Notice.objects.filter(kind="participants.spending.asked").latest("pk").due_at == lot.closes_at < asked.due_at
    shown = signed_in(lead).get("/desk/organisation/spending/").content.decode()
    assert "距截标" in shown and f"/trading/lots/{lot.code}/" in shown and "data-countdown" in shown
    move(hours=2)
    over = signed_in(lead).get("/desk/organisation/spending/").content.decode()
    assert "已经截止，同意与否都不再有用" in over and "距截标" not in over
    decide_spending(approval=asked, approve=False, reason="过时", actor=lead, clock=MARKET_CLOCK)
    assert refused(ask_spending, about=lot.code, amount_fen=1, actor=buyer) == "participants.spending.over"
    assert ask_spending(about="LST-1", amount_fen=1, actor=buyer, clock=MARKET_CLOCK).status == "pending", "a list price has no clock"
