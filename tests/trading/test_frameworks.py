"""Framework agreements: prices, terms and a ceiling agreed once; each order is a deal of its own, all together within the ceiling.

Worked example: licences at 5,000 and 3,000 yuan, 12,000 in all. 5,000 + 5,000 are ordered; 3,000 more are above what is left, until one
of the orders is not paid and falls away.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import Listing
from participants.actors import actor_of
from participants.models import Notice, Organization, OwnershipStake, Person
from participants.roles import Role
from participants.spending import set_spending_limit
from tests.factories import make_organization, make_user
from tests.threads import together
from tests.trading.deals import negotiable, terms
from tests.trading.test_pages import shown, signed_in
from tests.trading.worlds import bought, make_buyer, move, seller_of, stand_still
from trading import frameworks as room
from trading import tasks
from trading.frameworks import Item, call_off, close_due, end_framework, offer_framework, settle_offer
from trading.models import CallOff, Framework, FrameworkItem, Trade
from trading.operations import pay_trade

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]
BY: dict[str, Any] = {"clock": MARKET_CLOCK}


def offered(buyer: Actor | None = None, *, ceiling_fen: int = 1_200_000, days: int = 365, prices: tuple[int, ...] = (500_000, 300_000),
            ) -> tuple[Framework, Actor, Actor]:
    seller = make_organization()
    items = [Item(negotiable(seller=seller), terms(price)) for price in prices]
    buyer = buyer or make_buyer()
    made = offer_framework(items=items, ceiling_fen=ceiling_fen, effective_to=MARKET_CLOCK.now() + timedelta(days=days), note="含季度更新",
                           actor=buyer, **BY)
    return made, seller_of(items[0].listing), buyer


def agreed(**more: Any) -> tuple[Framework, Actor, Actor]:
    made, seller, buyer = offered(**more)
    return settle_offer(framework=made, act="accept", actor=seller, **BY), seller, buyer


def order(one: Framework, buyer: Actor, number: int = 1, drawn_fen: int | None = None) -> CallOff:
    return call_off(framework=one, number=number, drawn_fen=one.drawn_fen if drawn_fen is None else drawn_fen, actor=buyer, **BY)


def refused(does: Any, /, **named: Any) -> str:
    before = Trade.objects.count(), Record.objects.count()
    with pytest.raises(Rejected) as no:
        does(**named)
    assert (Trade.objects.count(), Record.objects.count()) == before
    return no.value.code


@covers("CAP-E4", "F3", "I19")
def test_the_worked_example() -> None:
    one, seller, buyer = agreed()
    first, second = order(one, buyer), order(one, buyer)
    assert (first.trade.basis, first.trade.price_fen, first.trade.state.status) == ("deal", 500_000, "executed")
    assert (one.drawn_fen, one.left_fen) == (1_000_000, 200_000)
    assert refused(order, one=one, buyer=buyer, number=2) == "trading.framework.over_ceiling"
    pay_trade(trade=first.trade, actor=buyer, **BY)
    move(days=14)
    assert tasks.default_due() == 1, "the second is not paid"
    assert one.left_fen == 700_000
    assert order(one, buyer, number=2).number == 3
    kinds = sorted(Record.objects.filter(subject=one.code).values_list("kind", flat=True))
    assert kinds == sorted(f"trading.framework.{word}" for word in ("offered", "agreed", "called", "called", "called"))
    assert Notice.objects.filter(subject=second.trade.code, organization_id=seller.organization_id).exists()


@covers("F3")
def test_each_answer_belongs_to_one_side_and_one_state() -> None:
    one, seller, buyer = offered()
    stranger = make_buyer()
    assert refused(settle_offer, framework=one, act="accept", actor=buyer, **BY) == "trading.framework.not_yours"
    assert refused(settle_offer, framework=one, act="withdraw", actor=seller, **BY) == "trading.framework.not_yours"
    assert refused(settle_offer, framework=one, act="accept", actor=stranger, **BY) == "participants.object.absent"
    assert refused(order, one=one, buyer=buyer) == "trading.framework.not_in_force"
    assert settle_offer(framework=one, act="accept", actor=seller, **BY).status == "in_force"
    assert refused(settle_offer, framework=one, act="decline", actor=seller, **BY) == "trading.framework.illegal_move"
    other, its_seller, its_buyer = offered()
    assert settle_offer(framework=other, act="decline", actor=its_seller, **BY).status == "declined"
    third, _, its_buyer = offered()
    assert settle_offer(framework=third, act="withdraw", actor=its_buyer, **BY).status == "withdrawn"


@covers("F3", "F4")
def test_time_ends_offers_and_frameworks_and_either_side_may() -> None:
    late, seller, _ = offered()
    one, _, buyer = agreed(days=30)
    move(days=10)
    assert refused(settle_offer, framework=late, act="accept", actor=seller, **BY) == "trading.framework.too_late"
    assert close_due(clock=MARKET_CLOCK) == 1
    late.refresh_from_db()
    assert late.status == "expired"
    order(one, buyer)
    move(days=20)
    assert refused(order, one=one, buyer=buyer) == "trading.framework.not_in_force", "before the sweep comes by"
    assert close_due(clock=MARKET_CLOCK) == 1
    one.refresh_from_db()
    assert (one.status, one.cause) == ("ended", "trading.framework.over")
    for side in (1, 2):
        found = agreed()
        ended = end_framework(framework=found[0], actor=found[side], **BY)
        assert ended.status == "ended" and refused(order, one=found[0], buyer=found[2]) == "trading.framework.not_in_force"


@covers("CAP-E4", "B5")
def test_an_order_asks_what_every_deal_asks() -> None:
    one, seller, buyer = agreed()
    listing = one.items.get(number=1).listing
    Listing.objects.filter(pk=listing.pk).update(status="suspended")
    assert refused(order, one=one, buyer=buyer) == "listings.listing.suspended"
    OwnershipStake.objects.create(owner_id=seller.organization_id, owned_id=buyer.organization_id, share_bps=2_500,
                                  effective_from=MARKET_CLOCK.now())
    assert refused(order, one=one, buyer=buyer, number=2) == "trading.purchase.affiliated"
    assert refused(order, one=one, buyer=buyer, number=9) == "trading.framework.no_item"


@covers("R42")
def test_the_persons_limit_holds_for_each_order() -> None:
    buyer = make_buyer()
    ours = Organization.objects.get(pk=buyer.organization_id)
    lead = actor_of(make_user(Role.BUYER, organization=ours))
    set_spending_limit(organization=ours, person=Person.objects.get(code=buyer.person), limit_fen=400_000, actor=lead, **BY)
    one, _, _ = agreed(buyer=buyer)
    assert refused(order, one=one, buyer=buyer, number=1) == "participants.spending.over_limit"
    assert order(one, buyer, number=2).price_fen == 300_000


@covers("CAP-E4", "T5")
def test_pressing_twice_orders_once() -> None:
    one, _, buyer = agreed()
    order(one, buyer, drawn_fen=0)
    assert refused(order, one=one, buyer=buyer, drawn_fen=0) == "trading.framework.moved_on"


@covers("CAP-E4")
def test_what_is_offered_is_sound_or_says_where_not() -> None:
    def faults(**more: Any) -> list[str]:
        with pytest.raises(Rejected, match=r"framework\.faulty") as no:
            offered(**more)
        return [one.field for one in no.value.errors]

    assert faults(ceiling_fen=400_000) == ["ceiling"]
    assert faults(days=0) == ["until"] and faults(days=1_500) == ["until"]
    two = [Item(negotiable(), terms(1)), Item(negotiable(), terms(1))]
    with pytest.raises(Rejected, match=r"framework\.faulty"):
        offer_framework(items=two, ceiling_fen=10, effective_to=MARKET_CLOCK.now() + timedelta(days=1), actor=make_buyer(), **BY)


@covers("R24")
def test_a_seller_that_asks_one_buyer_more_than_equals_paid_names_the_ground_and_the_buyer_reads_it() -> None:
    seller = make_organization()
    listing = negotiable(seller=seller)
    for _ in range(3):
        bought(make_organization(), 400_000, MARKET_CLOCK.now(), listing=listing)
    asked = {"items": [Item(listing, terms(500_000))], "ceiling_fen": 1_000_000, "effective_to": MARKET_CLOCK.now() + timedelta(days=90),
             "to": Organization.objects.get(pk=make_buyer().organization_id), "actor": seller_of(listing), **BY}
    assert refused(offer_framework, **asked) == "trading.deal.unequal"
    assert refused(offer_framework, **asked, ground="because") == "trading.deal.unequal"
    made = offer_framework(**asked, ground="new_user_offer")
    assert (made.ground, made.offered_by) == ("new_user_offer", "seller")
    like = offer_framework(**{**asked, "items": [Item(listing, terms(400_000))]})
    assert like.ground == "" and like.terms_hash != made.terms_hash


@covers("I19")
def test_the_database_holds_the_terms_and_the_ceiling() -> None:
    one, _, buyer = agreed(ceiling_fen=500_000)
    order(one, buyer)
    trade = Trade.objects.get()
    item = one.items.get(number=1)
    for change in ({"ceiling_fen": 1}, {"terms_hash": "0" * 64}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Framework.objects.filter(pk=one.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        FrameworkItem.objects.update(price_fen=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        CallOff.objects.update(price_fen=1)
    with pytest.raises(DatabaseError, match="at the price agreed"), transaction.atomic():
        CallOff.objects.create(framework=one, number=2, item=item, trade=trade, price_fen=1, at=MARKET_CLOCK.now())


@covers("CAP-E4", "C7")
def test_the_pages_offer_accept_order_and_report_what_is_left() -> None:
    listing, buyer = negotiable(), make_buyer()
    client, vendor = signed_in(buyer), signed_in(seller_of(listing))
    until = (MARKET_CLOCK.now() + timedelta(days=300)).strftime("%Y-%m-%dT%H:%M")
    bad = client.post("/desk/frameworks/", {"items": "nonsense", "ceiling": "10000", "until": until})
    assert bad.status_code == 422 and "第 1 行" in bad.content.decode()
    assert client.post("/desk/frameworks/", {"items": f"{listing.code} 5000", "ceiling": "10000", "until": until}).status_code == 302
    one = Framework.objects.get()
    address = f"/desk/frameworks/{one.code}/"
    assert "撤回要约" in shown(client, address) and "接受" in shown(vendor, address)
    assert one.code in shown(vendor, "/desk/frameworks/")
    assert vendor.post(address, {"act": "accept"}).status_code == 302
    assert client.post(address, {"act": "call", "number": "1", "drawn_fen": "0"}).status_code == 302
    again = client.post(address, {"act": "call", "number": "1", "drawn_fen": "0"})
    assert again.status_code == 409 and Trade.objects.count() == 1
    assert "50%" in shown(client, address)
    assert vendor.post(address, {"act": "end"}).status_code == 302
    assert "已结束" in shown(client, address)


# ---- at the same instant -------------------------------------------------------------------------------------------------------


def both_order(one: Framework, buyer: Actor) -> list[Any]:
    return together([lambda: order(one, buyer, drawn_fen=0)] * 2)


@covers("T9", "I13")
@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
def test_two_orders_at_once_never_exceed_the_ceiling() -> None:
    stand_still()
    for _ in range(5):
        one, _, buyer = agreed(ceiling_fen=600_000)
        results = both_order(one, buyer)
        assert sum(isinstance(done, CallOff) for done in results) == 1, results
        assert one.drawn_fen == 500_000


@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_and_the_guard_both_orders_take_what_is_left(monkeypatch: pytest.MonkeyPatch, as_superuser: None) -> None:
    """The mutant: read without a lock, and a table that takes what it is given."""
    from threading import Barrier

    stand_still()
    one, _, buyer = agreed(ceiling_fen=600_000)
    barrier = Barrier(2, timeout=60)
    numbers = iter((1, 2))

    def unlocked(held: Framework) -> Framework:
        return Framework.objects.select_related("buyer", "seller", "venue").get(pk=held.pk)

    def after_both_read(*given: Any, **named: Any) -> Trade:
        barrier.wait()
        return form_trade(*given, **named)

    class Numbered:
        """Gives each order a number of its own, as an unlocked counter would not."""

        def create(self, **row: Any) -> CallOff:
            return CallOff.objects.create(**(row | {"number": next(numbers)}))

    from trading.operations.dealing import form_trade

    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE trading_calloff DISABLE TRIGGER trading_call_off_within")
    try:
        monkeypatch.setattr(room, "lock_framework", unlocked)
        monkeypatch.setattr(room, "form_trade", after_both_read)
        monkeypatch.setattr(room, "CallOff", type("Rows", (), {"objects": Numbered()}))
        results = both_order(one, buyer)
        assert one.drawn_fen == 1_000_000, results
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE trading_calloff ENABLE TRIGGER trading_call_off_within")
