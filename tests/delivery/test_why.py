"""Why an act on a delivery is refused: the gates the operation passes are the ones the page shows (C7)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from delivery.access import fetch_file
from delivery.gates import acts_of
from delivery.models import Delivery
from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import Rejected
from participants.roles import Role
from tests.delivery.worlds import buyer_of, delivered, file_of, make_trade, seller_of, token_for
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def refused(one: Delivery, actor: Any) -> dict[str, list[str]]:
    fresh = Delivery.objects.select_related("trade__state", "seller", "version").get(pk=one.pk)
    return {act.name[1]: [gate.refusal.code for gate in act.refused if gate.refusal] for act in acts_of(
        fresh, actor=actor, at=MARKET_CLOCK.now())}


@covers("C7", "F5")
def test_before_payment_the_seller_reads_that_money_comes_first_and_is_refused_by_the_same_gate() -> None:
    from delivery.operations import deliver, open_delivery
    from kit.actors import SYSTEM

    trade = make_trade()
    one = open_delivery(trade=trade, actor=SYSTEM, clock=MARKET_CLOCK)
    assert one is not None
    seller = seller_of(trade.listing)
    assert refused(one, seller) == {"Deliver": ["delivery.delivery.trade_not_funded"], "Concede": ["delivery.delivery.illegal_move"]}
    with pytest.raises(Rejected, match="trade_not_funded"):
        deliver(delivery=one, deposit=file_of(trade), actor=seller, clock=MARKET_CLOCK)
    early = ["delivery.delivery.illegal_move"]
    assert refused(one, buyer_of(trade)) == {"Fetch the file": ["delivery.grant.not_delivered", "delivery.use.unpaid"],
                                              "Accept": early, "Reject": early}


@covers("C7", "T63")
def test_a_token_shown_in_vain_stands_on_the_page_with_clause_and_way_out() -> None:
    one = delivered()
    token, buyer = token_for(one), buyer_of(one.trade)
    fetch_file(delivery=one, token=token, actor=buyer, clock=MARKET_CLOCK)
    with pytest.raises(Rejected, match="exhausted"):
        fetch_file(delivery=one, token=token, actor=buyer, clock=MARKET_CLOCK)
    assert refused(one, buyer) == {"Fetch the file": [], "Accept": [], "Reject": []}
    client = Client()
    client.force_login(make_user(Role.BUYER, organization=one.buyer))
    shown = client.get(f"/desk/deliveries/{one.code}/why/").content.decode()
    assert "令牌已经用过" in shown and "交付规则 第5条" in shown and "申请新的令牌" in shown and "每一道关口都已通过" in shown
    english = client.get(f"/desk/deliveries/{one.code}/why/", headers={"accept-language": "en"}).content.decode()
    assert "The token was used already" in english


@covers("C7", "R4", "B9")
def test_a_consent_that_ended_is_named_at_every_act_it_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    one = delivered()
    monkeypatch.setattr("delivery.using.consent_ended", lambda version: True)
    assert refused(one, buyer_of(one.trade))["Fetch the file"] == ["delivery.delivery.consent_ended"]
    with pytest.raises(Rejected, match="consent_ended"):
        token_for(one)
