"""The handover desk: both sides see what is next and act by forms; the file leaves by token only."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.test import Client

from delivery.models import Delivery, GrantUse
from evidence.clock import MARKET_CLOCK as CLOCK
from kit.coverage import covers
from participants.roles import Role
from tests.delivery.worlds import FILE, delivered, file_of, make_trade, paid_delivery
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def signed_in(organization: Any, role: str = Role.BUYER) -> Client:
    client = Client()
    client.force_login(make_user(role, organization=organization))
    return client


def at(one: Delivery, act: str = "") -> str:
    return f"/desk/deliveries/{one.code}/" + (f"{act}/" if act else "")


def test_the_seller_uploads_and_the_buyer_fetches_and_accepts() -> None:
    one = paid_delivery()
    seller, buyer = signed_in(one.seller, Role.DATA_MERCHANT), signed_in(one.buyer)
    assert "上传并交付" in seller.get(at(one)).content.decode()
    wrong = seller.post(at(one, "deliver"), {"file": io.BytesIO(b"other\n1\n")})
    assert wrong.status_code in (400, 422)
    file = io.BytesIO(FILE)
    file.name = "人口.csv"
    assert seller.post(at(one, "deliver"), {"file": file}, follow=True).status_code == 200
    assert Delivery.objects.get(pk=one.pk).status == "delivered"
    page = buyer.post(at(one, "token"))
    token = page.context["issued"].token
    assert token in page.content.decode() and "no-store" in page["Cache-Control"]
    answer = buyer.post(at(one, "file"), {"token": token})
    assert b"".join(answer.streaming_content) == FILE
    assert answer["X-Content-SHA256"] == one.expected_sha256
    assert "attachment" in answer["Content-Disposition"]
    again = buyer.post(at(one, "file"), {"token": token})
    assert again.status_code == 409 and "令牌已经用过" in again.content.decode()
    assert GrantUse.objects.count() == 2
    assert buyer.post(at(one, "accept"), follow=True).status_code == 200
    assert Delivery.objects.get(pk=one.pk).status == "accepted"


def test_the_registered_file_is_delivered_without_sending_it_again() -> None:
    one = paid_delivery()
    file_of(one.trade)
    seller = signed_in(one.seller, Role.DATA_MERCHANT)
    assert "交付登记的文件" in seller.get(at(one)).content.decode()
    seller.post(at(one, "deliver"), {"registered": "1"})
    assert Delivery.objects.get(pk=one.pk).status == "delivered"


def test_a_refused_act_shows_rule_and_way_out_in_both_languages() -> None:
    one = delivered()
    buyer = signed_in(one.buyer)
    refused = buyer.post(at(one, "reject"), {"defects": "  \n"})
    assert refused.status_code == 400
    assert "民法典 第621条" in refused.content.decode()
    refused = buyer.post(at(one, "reject"), {"defects": ""}, headers={"accept-language": "en"})
    assert "at least one defect" in refused.content.decode()
    assert buyer.post(at(one, "reject"), {"defects": "缺少字段\n行数不足"}, follow=True).status_code == 200
    page = signed_in(one.seller, Role.DATA_MERCHANT).get(at(one)).content.decode()
    assert "行数不足" in page and "重新交付" in page


@covers("T36", "T37", "T38")
def test_a_stranger_meets_nothing(settings: Any) -> None:
    settings.LOGIN_URL = "/accounts/login/"
    one = delivered()
    stranger = signed_in(None)
    assert [stranger.get(at(one)).status_code] + [stranger.post(at(one, act)).status_code
            for act in ("deliver", "accept", "reject", "concede", "token", "file")] == [404] * 7
    assert one.code not in stranger.get("/desk/deliveries/").content.decode()
    assert Client().get(at(one)).status_code == 302
    assert signed_in(one.buyer).get(at(one, "accept")).status_code == 405


def test_the_list_leads_to_a_trades_delivery_and_pages_by_key() -> None:
    one = delivered()
    buyer = signed_in(one.buyer)
    assert one.code in buyer.get("/desk/deliveries/").content.decode()
    assert buyer.get(f"/desk/deliveries/?trade={one.trade.code}")["Location"] == at(one)
    assert one.code not in buyer.get(f"/desk/deliveries/?before={one.pk}").content.decode()
    make_trade()
    assert CLOCK.now()
