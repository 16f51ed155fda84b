"""R1: how much micro and small firms buy, by the size each had stated when it bought, on the board and for programs."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from participants.models import Organization
from participants.roles import Role
from tests.factories import make_organization, sized
from tests.trading.worlds import bought
from trading.sizes import SmallBuyers, small_buyers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]


def five(at: datetime) -> list[Organization]:
    """A micro, a small, a medium and a large firm, and one that states nothing; they pay 100, 200, 300, 400 and 500 fen."""
    firms = [make_organization(Role.BUYER) for _ in range(5)]
    for number, (firm, size) in enumerate(zip(firms, ("micro", "small", "medium", "large", ""), strict=True), 1):
        if size:
            sized(firm, size)
        bought(firm, 100 * number, at)
    return firms


@covers("R1")
def test_micro_and_small_firms_made_two_of_five_trades_and_a_fifth_of_the_money() -> None:
    now = MARKET_CLOCK.now()
    firms = five(now)
    found = small_buyers(now - timedelta(days=30), now)
    assert found == SmallBuyers(trades=5, fen=1_500, small_trades=2, small_fen=300, unstated_trades=1)
    assert (found.trades_bps, found.amount_bps, found.unstated_bps) == (4_000, 2_000, 2_000)
    bought(firms[0], 9_000, now, moved="cancelled")
    bought(firms[0], 9_000, now - timedelta(days=30))
    assert small_buyers(now - timedelta(days=30), now) == found, "what was undone, or is older, does not count"


@covers("R1")
def test_a_firm_that_grew_is_counted_by_the_size_it_had_when_it_bought() -> None:
    now = MARKET_CLOCK.now()
    firms = five(now)
    sized(firms[0], "large", at=now + timedelta(days=1))
    assert small_buyers(now - timedelta(days=30), now + timedelta(days=2)).small_trades == 2
    bought(firms[0], 100, now + timedelta(days=2))
    found = small_buyers(now - timedelta(days=30), now + timedelta(days=2))
    assert (found.trades, found.small_trades) == (6, 2)


@covers("R1")
def test_of_four_buyers_nothing_is_told() -> None:
    now = MARKET_CLOCK.now()
    for _ in range(4):
        bought(make_organization(Role.BUYER), 100, now)
    assert small_buyers(now - timedelta(days=30), now) is None


@covers("R1", "CAP-I7")
@pytest.mark.parametrize(("language", "words"), [
    ("zh-hans", ("小微买方占比（笔数）", "小微买方占比（金额）", "40.0%", "20.0%")),
    ("en", ("Micro and small buyers, share of trades", "Micro and small buyers, share of money", "40.0%", "20.0%"))])
def test_the_board_and_programs_tell_the_shares(client: Client, language: str, words: tuple[str, ...]) -> None:
    client.cookies["django_language"] = language
    nothing = client.get("/api/market/small-buyers/").json()
    assert (nothing["trades"], nothing["small_trades"]) == (None, None) and words[0] in client.get("/").content.decode()
    five(MARKET_CLOCK.now())
    page = client.get("/").content.decode()
    assert [word for word in words if word not in page] == []
    told = client.get("/api/market/small-buyers/").json()
    assert told.items() >= {"trades": 5, "amount_fen": 1_500, "small_trades": 2, "small_amount_fen": 300, "unstated_trades": 1}.items()
