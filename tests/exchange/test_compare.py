"""Side by side (D8): up to four listings in the address, where they differ marked, nothing asked of scripts."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from listings.operations import watch_listing
from participants.roles import Role
from tests.factories import make_actor
from tests.matrix import World
from tests.trading.worlds import make_listing, stand_still

pytestmark = pytest.mark.django_db

USED = {"delivery_mode": "download", "use_terms": {"purposes": ["research"], "regions": ["CN"], "term_days": 365},
        "quality": {"completeness": 992}, "update_frequency": "每日"}


def page(*codes: str, client: Client | None = None, **more: str) -> str:
    return (client or Client()).get("/compare/", {"l": list(codes), **more}).content.decode()


def lines(text: str, *, differing: bool) -> set[str]:
    """The labels of the lines that are marked as differing, or of those that are not."""
    rows = re.findall(r'<tr( class="differs")?><th scope="row">([^<]+?) ?<', text)
    return {label for marked, label in rows if bool(marked) == differing}


@covers("D8")
def test_two_listings_stand_in_columns_and_only_what_differs_is_marked() -> None:
    stand_still()
    one, other = make_listing(price_fen=1_000_000, sector="G", **USED), make_listing(price_fen=2_000_000, sector="G", **USED)
    text = page(one.code, other.code)
    assert text.count('scope="col"') == 2 and "10,000" in text and "20,000" in text
    assert {"价格", "卖方"} <= lines(text, differing=True) and {"行业", "出售方式", "交付方式", "地域"} <= lines(text, differing=False)
    only = page(one.code, other.code, only="different")
    assert lines(only, differing=False) == set() and "价格" in lines(only, differing=True)
    assert "<script>" not in text


@covers("D8")
def test_four_stand_side_by_side_and_the_fifth_is_named_as_left_out() -> None:
    stand_still()
    codes = [make_listing().code for _ in range(5)]
    text = page(*codes)
    assert text.count('scope="col"') == 4 and "只能并列 4 项" in text and codes[4] in text
    assert 'name="l" maxlength' not in text, "no place for another"


@covers("D8")
def test_a_wrong_code_and_a_draft_of_somebody_else_are_not_there_and_twice_is_once() -> None:
    world = World()
    stand_still()
    one = make_listing()
    text = page(one.code, one.code, "LST-0000000001", world.unlisted.code, "乱写")
    assert text.count('scope="col"') == 1 and "没有这些产品" in text and "乱写" in text and "未公开的草稿" not in text
    assert "还没有要比较的产品" in page()


@covers("D8")
def test_what_one_watches_is_offered_first() -> None:
    stand_still()
    one, watched = make_listing(sector="G"), make_listing(sector="A")
    buyer = make_actor(Role.BUYER)
    watch_listing(listing=watched, actor=buyer, clock=MARKET_CLOCK)
    client = Client()
    from participants.models import User

    client.force_login(User.objects.get(pk=buyer.user_id), "django.contrib.auth.backends.ModelBackend")
    assert f"?l={one.code}&amp;l={watched.code}" in page(one.code, client=client)
    assert watched.code not in page(one.code), "nobody else is told what is watched"
