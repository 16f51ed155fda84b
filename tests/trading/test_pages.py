"""The room and the desks by plain requests: every state has its words, acts work without scripts, nothing secret is shown."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from participants.models import User
from participants.roles import Role
from tests.compliance.profiles import clean
from tests.factories import make_organization, make_user
from tests.listings.worlds import make_seller
from tests.trading.worlds import bid, make_buyer, make_listing, make_lot, move, open_lot, paddle
from trading import tasks
from trading.models import Auction, Bid, Bidder, Trade, TradeReport

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]


def signed_in(who: Any) -> Client:
    client = Client()
    user = who if isinstance(who, User) else User.objects.get(pk=who.user_id)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def shown(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.content[:2000]
    return answer.content.decode()


def room(lot: Auction) -> str:
    return f"/trading/lots/{lot.code}/"


def test_a_visitor_sees_the_room_and_is_led_to_the_sign_in() -> None:
    lot = open_lot(make_buyer())
    page = shown(Client(), room(lot))
    assert "登录后报名" in page and lot.code in page and "起拍价" in page
    assert shown(Client(), "/trading/lots/LOT-0000000000/", 404)


@covers("CAP-E5", "B5")
def test_a_buyer_registers_and_bids_by_plain_forms() -> None:
    a = make_buyer()
    lot = make_lot()
    client = signed_in(a)
    assert "报名，冻结 ¥1,000" in shown(client, room(lot))
    assert client.post(f"{room(lot)}register/").status_code == 302
    assert "已报名，等待开拍" in shown(client, room(lot))
    move(days=7)
    tasks.open_due()
    assert "出价，上限 ¥" in shown(client, room(lot))
    assert client.post(f"{room(lot)}bid/", {"maximum": "20,000"}).status_code == 302
    page = shown(client, room(lot))
    assert "您正领先" in page and "您的上限 ¥20,000" in page
    assert "¥21,000" in page and "20,000.01" not in page, "a leader is offered whole steps, not one fen more"
    assert Bid.objects.get(auction=lot).maximum_fen == 2_000_000


def test_a_refused_bid_is_answered_in_place_with_rule_figure_and_way_out() -> None:
    a, b = make_buyer(), make_buyer()
    lot = open_lot(a, b)
    bid(lot, a, 5_000_000)
    answer = signed_in(b).post(f"{room(lot)}bid/", {"maximum": "10,050"})
    page = answer.content.decode()
    assert answer.status_code == 409 and "出价过低" in page and "¥11,000" in page and "竞价规则 第12条" in page
    assert signed_in(b).post(f"{room(lot)}bid/", {"maximum": "１２"}).status_code == 400


@covers("T20")
def test_nobody_else_sees_a_maximum_or_the_reserve_while_the_lot_runs() -> None:
    a, b = make_buyer(), make_buyer()
    lot = open_lot(a, b, reserve_price_fen=7_777_700)
    bid(lot, a, 6_543_200)
    for client in (Client(), signed_in(b)):
        for path in (room(lot), f"{room(lot)}?part=live", f"{room(lot)}replay/"):
            page = re.sub(r"\D", "", shown(client, path))
            assert "65432" not in page and "77777" not in page
    page = shown(signed_in(b), room(lot))
    assert f"{paddle(lot, a)} 号" in page


def test_the_live_part_carries_sequence_and_clock() -> None:
    lot = open_lot(make_buyer())
    page = shown(Client(), f"{room(lot)}?part=live")
    assert f'data-seq="{lot.tick_seq}"' in page and "<html" not in page


def test_the_room_tells_each_reader_how_it_ended_and_the_replay_recomputes_it() -> None:
    a, b = make_buyer(), make_buyer()
    lot = open_lot(a, b)
    bid(lot, a, 5_000_000), bid(lot, b, 3_000_000)
    move(hours=24)
    assert "正在截标" in shown(signed_in(a), room(lot))
    tasks.close_due()
    assert "您已竞得" in shown(signed_in(a), room(lot)) and "未中" in shown(signed_in(b), room(lot))
    page = shown(Client(), f"{room(lot)}replay/")
    assert "重算一致" in page and "50,000" in page


def test_the_buyers_desk_says_where_one_stands_and_what_to_pay() -> None:
    a, b = make_buyer(), make_buyer()
    lot = open_lot(a, b)
    bid(lot, a, 5_000_000), bid(lot, b, 3_000_000)
    assert "领先" in shown(signed_in(a), "/desk/bids/") and "已被超越" in shown(signed_in(b), "/desk/bids/")
    move(hours=24)
    tasks.close_due()
    assert "请付款" in shown(signed_in(a), "/desk/bids/")
    trade = Trade.objects.get()
    assert signed_in(b).post(f"/desk/trades/{trade.code}/pay/").status_code == 404, "a stranger's trade is absent"
    assert signed_in(a).post(f"/desk/trades/{trade.code}/pay/").status_code == 302
    trade.state.refresh_from_db()
    assert trade.state.status == "funded"


def test_the_sellers_desk_announces_and_cancels_a_lot() -> None:
    listing = make_listing()
    seller = make_user(Role.DATA_MERCHANT, organization=listing.organization)
    client = signed_in(seller)
    assert "公告一场竞价" in shown(client, "/desk/lots/")
    form = {"listing": listing.pk, "opens_at": "2031-03-20T10:00", "closes_at": "2031-03-20T16:00", "start_price": "12,000"}
    assert client.post("/desk/lots/new/", form | {"opens_at": "2031-03-04T10:00"}).status_code == 422
    assert client.post("/desk/lots/new/", form | {"start_price": "1e3"}).status_code == 400
    assert client.post("/desk/lots/new/", form).status_code == 302
    lot = Auction.objects.get()
    assert (lot.start_price_fen, lot.opens_at.hour) == (1_200_000, 2)
    assert "公告" in shown(client, "/desk/lots/")
    assert client.post(f"/desk/lots/{lot.code}/cancel/", {"reason": "数据更新"}).status_code == 302
    lot.refresh_from_db()
    assert lot.status == "cancelled" and not Bidder.objects.exists()


@covers("R43", "F12")
def test_a_party_reports_an_off_exchange_trade_and_missing_facts_are_asked_for_in_place() -> None:
    seller = make_user(Role.DATA_MERCHANT, organization=make_seller(at=MARKET_CLOCK.now()).organization)
    buyer = make_organization(Role.BUYER)
    client = signed_in(seller)
    assert "报告场外交易" in shown(client, "/desk/filings/new/")
    form: dict[str, Any] = {"side": "seller", "counterparty": buyer.code, "title": "充电桩利用率数据", "price": "123,456",
                            "traded_on": MARKET_CLOCK.now().date().isoformat(), "contract_sha256": "a" * 64}
    answer = client.post("/desk/filings/new/", form)
    assert answer.status_code == 422 and "请回答：使用目的" in answer.content.decode()
    facts = {f"fact_{name}": str(value).lower() if isinstance(value, bool) else value for name, value in clean().items()}
    answer = client.post("/desk/filings/new/", form | facts)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    report = TradeReport.objects.get()
    assert report.price_fen == 12_345_600 and report.filing in answer["Location"]


def test_desks_are_closed_to_visitors_and_other_roles() -> None:
    for path in ("/desk/lots/", "/desk/lots/new/", "/desk/bids/", "/desk/filings/new/"):
        assert Client().get(path).status_code == 302
    assert signed_in(make_buyer()).get("/desk/lots/").status_code == 403
