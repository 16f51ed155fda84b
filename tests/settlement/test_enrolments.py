"""A buyer's registration (G2, R51): once, at the figure of the day it registered, before it comes to a price; with its receipt.

Worked example: the venue asks 9,980 yuan of whoever registers from 1 March on. A buyer of 3 March pays them once; a buyer of January owes
nothing, and neither does one of 3 March for what is given for nothing.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from kit.actors import SYSTEM, Actor
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from ledger.accounts import AccountKind
from ledger.operations import account, fund
from ledger.queries import balance, held
from participants.actors import actor_of
from participants.enrolments import enrolment_due, of_enrolment, pay_enrolment
from participants.models import Enrolment, Organization
from participants.queries import venue_organization
from participants.roles import Role
from participants.tax import included
from settlement.receipt_models import Receipt
from settlement.tasks import receipts_now
from tests.factories import NOW, figure, make_actor, make_organization, make_user, venue
from tests.settlement.test_money_pages import signed_in
from tests.threads import together
from tests.trading.deals import bargain
from tests.trading.worlds import make_buyer, make_listing, make_lot, move, stand_still
from trading.models import Trade
from trading.operations import accept_offer, buy_listing, quote_for, register_bidder

pytestmark = pytest.mark.django_db
KEY, FEE, PRICE = "fee.registration_buyer_fen", 998_000, 800_000


@pytest.fixture(autouse=True)
def asked(db: None) -> None:
    stand_still()
    figure(venue(), KEY, FEE, at=NOW - timedelta(days=2))


def newcomer(fen: int = 10_000_000) -> Actor:
    """A buyer that registered after the fee was introduced."""
    actor = actor_of(make_user(Role.BUYER, organization=make_organization(Role.BUYER, created_at=MARKET_CLOCK.now())))
    fund(organization=actor.organization, amount_fen=fen, reference=f"B{new_code('FND')}", actor=SYSTEM, clock=MARKET_CLOCK)
    return actor


def party(actor: Actor) -> Organization:
    return Organization.objects.get(pk=actor.organization_id or 0)


def pay(actor: Actor, fen: int = FEE, **other: Any) -> Enrolment:
    return pay_enrolment(**({"organization": party(actor), "venue": venue(), "amount_fen": fen, "actor": actor, "clock": MARKET_CLOCK}
                            | other))


def charged() -> tuple[int, int]:
    """The venue's fees and the tax that was inside them."""
    fees, tax = (held(venue_organization(venue()).code, kind).posted_fen for kind in (AccountKind.VENUE_FEES, AccountKind.TAX))
    return fees, tax


def code_of(act: Any) -> str:
    with pytest.raises(Rejected) as no:
        act()
    return no.value.code


def buy(actor: Actor, price_fen: int = PRICE) -> Trade:
    listing = make_listing(sale_mode="fixed", price_fen=price_fen)
    quote = quote_for(listing, MARKET_CLOCK.now())
    return buy_listing(listing=listing, version=quote.version.code, total_fen=quote.total_fen, actor=actor, clock=MARKET_CLOCK)


@covers("G2", "R51")
def test_who_registered_since_the_fee_pays_it_once_before_every_way_to_a_price() -> None:
    buyer, before = newcomer(), charged()
    lot, (deal, seller, _) = make_lot(), bargain(PRICE, buyer=make_buyer())
    assert code_of(lambda: buy(buyer)) == "participants.enrolment.unpaid"
    assert code_of(lambda: register_bidder(lot=lot, actor=buyer, clock=MARKET_CLOCK)) == "participants.enrolment.unpaid"
    assert code_of(lambda: bargain(PRICE, buyer=buyer)) == "participants.enrolment.unpaid"
    made = pay(buyer)
    assert (made.amount_fen, enrolment_due(party(buyer), venue())) == (FEE, 0)
    assert charged() == (before[0] + FEE - included(FEE, 300), before[1] + included(FEE, 300)), "tax of it stands apart"
    assert code_of(lambda: pay(buyer)) == "participants.enrolment.nothing_due"
    assert buy(buyer).price_fen == PRICE
    register_bidder(lot=lot, actor=buyer, clock=MARKET_CLOCK)
    bargain(PRICE, buyer=buyer)
    assert accept_offer(negotiation=deal, seen=deal.round, actor=seller, clock=MARKET_CLOCK), "who registered before owes nothing"
    assert Record.objects.filter(kind="participants.enrolment.paid").count() == 1


@covers("G2", "R77")
def test_what_is_given_for_nothing_asks_for_no_registration() -> None:
    assert buy(newcomer(), 0).price_fen == 0


@covers("G2", "R51")
def test_the_fee_is_that_of_the_day_the_buyer_registered_whatever_holds_later() -> None:
    early, buyer = make_buyer(), newcomer()
    figure(venue(), KEY, 2 * FEE, at=MARKET_CLOCK.now() + timedelta(days=1))
    move(days=2)
    late = newcomer()
    assert [enrolment_due(party(one), venue()) for one in (early, buyer, late)] == [0, FEE, 2 * FEE]
    assert code_of(lambda: pay(late, FEE)) == "participants.enrolment.moved"
    assert code_of(lambda: pay(early, FEE)) == "participants.enrolment.nothing_due"
    move(days=1)
    figure(venue(), KEY, 0, at=MARKET_CLOCK.now())
    assert enrolment_due(party(late), venue()) == 2 * FEE and of_enrolment(party(newcomer()), venue()).refusal is None


@covers("G2")
def test_who_has_too_little_pays_nothing_and_a_stranger_pays_for_nobody() -> None:
    poor, other, seller = newcomer(FEE - 1), newcomer(), make_actor(Role.DATA_MERCHANT, organization=make_organization(Role.DATA_MERCHANT))
    assert code_of(lambda: pay(poor)) == "ledger.insufficient_funds"
    assert code_of(lambda: pay(other, organization=party(poor))) in {"participants.permission.denied", "participants.object.absent"}
    assert code_of(lambda: pay(seller)) == "participants.permission.denied"
    assert not Enrolment.objects.exists()


@covers("G2", "T24")
@pytest.mark.django_db(transaction=True)
def test_eight_payments_at_once_pay_once() -> None:
    buyer = newcomer()
    results = together([lambda: pay(buyer)] * 8)
    assert sum(isinstance(one, Enrolment) for one in results) == 1
    assert {one.code for one in results if isinstance(one, Rejected)} == {"participants.enrolment.nothing_due"}
    assert balance(account(party(buyer).code, AccountKind.AVAILABLE)).posted_fen == 10_000_000 - FEE


@covers("G2")
def test_the_naive_row_at_todays_figure_is_what_the_database_refuses() -> None:
    buyer, early = newcomer(), make_buyer()

    def write(of: Actor, fen: int) -> None:
        Enrolment.objects.create(code="ENR-0000000001", organization=party(of), venue=venue(), amount_fen=fen, paid_at=MARKET_CLOCK.now(),
                                 transfer_hash="0" * 64)

    for of, fen in ((buyer, FEE - 1), (early, FEE), (early, 0)):
        with pytest.raises(DatabaseError), transaction.atomic():
            write(of, fen)
    made = pay(buyer)
    with pytest.raises(DatabaseError), transaction.atomic():
        write(buyer, FEE)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE participants_enrolment SET amount_fen = 1 WHERE id = %s", [made.pk])


@covers("G2", "R98")
def test_the_page_shows_what_is_due_takes_it_once_and_its_receipt_follows() -> None:
    buyer = newcomer()
    page: Client = signed_in(buyer)
    shown = page.get("/desk/account/").content.decode()
    assert "买方注册费" in shown and "9,980" in shown
    wrong = page.post("/desk/account/registration/", {"amount_fen": "1"})
    assert wrong.status_code == 409 and "应付的买方注册费是" in wrong.content.decode()
    for odd in ("", "-1", "1e6", "²", "9" * 30):
        assert page.post("/desk/account/registration/", {"amount_fen": odd}).status_code == 409
    assert page.post("/desk/account/registration/", {"amount_fen": str(FEE)}).status_code == 302
    after = page.get("/desk/account/").content.decode()
    assert "已付清" in after and "从可用余额付清" not in after
    receipts_now(clock=MARKET_CLOCK)
    paper = Receipt.objects.get(kind="entry")
    assert (paper.amount_fen, paper.payer, paper.payee) == (FEE, party(buyer), venue_organization(venue()))
    assert "买方注册费" in page.get(f"/desk/receipts/{paper.code}/").content.decode()
    refused = page.post("/desk/account/registration/", {"amount_fen": str(FEE)}, headers={"accept-language": "en"})
    assert refused.status_code == 409 and "owes no registration" in refused.content.decode()
