"""The money desk: what a party has, how a price was divided, what it costs; nobody sees another's."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from evidence.clock import MARKET_CLOCK as CLOCK
from kit.coverage import covers
from ledger import queries as ledger
from participants.roles import Role
from settlement.models import Settlement
from settlement.tasks import move_cycle
from settlement.words import MOVEMENTS
from tests.factories import make_organization, make_user
from tests.settlement.worlds import accepted, collected, frozen

pytestmark = pytest.mark.django_db


def signed_in(organization: Any, role: str = Role.DATA_MERCHANT) -> Client:
    client = Client()
    client.force_login(make_user(role, organization=organization))
    return client


def page(client: Client, address: str, status: int = 200, **headers: str) -> str:
    answer = client.get(address, headers=headers)
    assert answer.status_code == status, answer.status_code
    return answer.content.decode()


def test_seller_contributor_and_buyer_see_the_same_division() -> None:
    seller, helper = make_organization(), make_organization()
    trade = accepted(price_fen=1_000_000, seller=seller, contributors={seller: 2, helper: 1})
    collected()
    one = Settlement.objects.get(trade=trade)
    assert "待结算" in page(signed_in(seller), "/desk/statements/")
    move_cycle(cycle=frozen(), clock=CLOCK)
    one.refresh_from_db()
    for organization, role in ((seller, Role.DATA_MERCHANT), (helper, Role.DATA_MERCHANT), (trade.buyer, Role.BUYER)):
        client = signed_in(organization, role)
        assert one.code in page(client, "/desk/statements/")
        text = page(client, f"/desk/statements/{one.code}/")
        assert "2 / 3" in text and "1 / 3" in text and one.transfer_hash not in ("",)
    assert "3,216" in page(signed_in(helper), "/desk/shares/")
    assert signed_in(seller).get(f"/desk/statements/?trade={trade.code}")["Location"] == f"/desk/statements/{one.code}/"
    account = page(signed_in(seller), "/desk/account/")
    assert "结算" in account and "质保留存" in account


@covers("T36", "T37")
def test_a_stranger_sees_nothing_of_it() -> None:
    trade = accepted()
    move_cycle(cycle=frozen(), clock=CLOCK)
    one = Settlement.objects.get(trade=trade)
    stranger = signed_in(make_organization())
    assert one.code not in page(stranger, "/desk/statements/") + page(stranger, "/desk/shares/") + page(stranger, "/desk/account/")
    page(stranger, f"/desk/statements/{one.code}/", 404)


def test_the_operator_books_money_by_the_banks_reference_once() -> None:
    party = make_organization(Role.BUYER)
    client = signed_in(None, Role.VENUE_OPERATOR)
    given = {"organization": party.code, "amount": "1,234.56", "reference": "BANK-20310303-1"}
    for _ in range(2):
        assert client.post("/desk/account/deposit/", given).status_code == 302
    assert ledger.held(party.code, "available").available_fen == 123_456
    for wrong, status in (({"amount": "12e3"}, 400), ({"amount": "５"}, 400), ({"organization": "ORG-NOBODY"}, 404),
                          ({"reference": ""}, 400),
                          ({"amount": "1"}, 409)):
        assert client.post("/desk/account/deposit/", given | wrong).status_code == status, wrong
    assert signed_in(party, Role.BUYER).post("/desk/account/deposit/", given | {"reference": "B2"}).status_code == 403
    assert "入金记账" not in page(signed_in(party, Role.BUYER), "/desk/account/")


def test_everybody_reads_the_fees_with_their_sources() -> None:
    text = page(Client(), "/rules/fees/")
    assert "2.5%" in text and "上海数据交易所2023年收费办法" in text and "levy.public_interest_bps" in text


def test_every_word_of_the_pages_has_its_english() -> None:
    here = Path(__file__).resolve().parents[2]
    known = {word for words in (here / "locale/en").glob("*.po") for word in re.findall(r'msgid "(.+)"', words.read_text())}
    pages = "".join(one.read_text() for one in (here / "templates/settlement").glob("*.html"))
    modules = "".join((here / f"settlement/{name}.py").read_text() for name in ("words", "views", "states"))
    used = set(re.findall(r'{% trans "([^"]+)" %}', pages)) | set(re.findall(r'_\("([^"]+)"\)', modules))
    assert used - known == set()


def test_every_kind_of_movement_that_the_house_books_has_its_words() -> None:
    here = Path(__file__).resolve().parents[2]
    rooms = ("ledger", "participants", "compliance", "listings", "trading", "delivery", "settlement")
    booked = {kind for room in rooms for one in (here / room).rglob("*.py")
              for kind in re.findall(r'(?:transfer|batch|reserve)\(\s*(?:[a-z_]+=[^,]+, )*(?:kind|purpose)="([a-z_]+)"', one.read_text())}
    assert {"trade_payment", "auction_shortfall", "enrolment", "engagement"} <= booked <= set(MOVEMENTS)


@covers("T51")
def test_movements_are_taken_away_as_a_table_in_which_nothing_is_calculated() -> None:
    party = make_organization()
    operator = signed_in(make_organization(), Role.VENUE_OPERATOR)
    paid = operator.post("/desk/account/deposit/", {"organization": party.code, "amount": "1,234.05", "reference": "=1+HYPERLINK(A1)"})
    assert paid.status_code == 302
    table = b"".join(signed_in(party).get("/desk/account/movements.csv").streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    heads, line = table.splitlines()[:2]
    assert heads == "时间,事由,对象,账户,金额（元）" and "'=1+HYPERLINK(A1)" in line and line.endswith(",1234.05")
