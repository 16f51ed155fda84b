"""What ending an agreement would do is shown before, and is what then happens to the money (F4); the page, its policy, its print."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from delivery.operations import accept_delivery
from evidence.clock import MARKET_CLOCK
from evidence.operations import drain
from exchange.termination import effects_of
from kit.actors import Actor
from kit.coverage import covers
from ledger.accounts import AccountKind
from ledger.models import Account
from ledger.queries import balance
from participants.models import User
from settlement.models import Refund
from settlement.tasks import run_now
from tests.delivery.test_agreements import bought, handed_over
from trading.models import Agreement
from trading.operations import agree_to_end, give_notice

pytestmark = pytest.mark.django_db
BY: dict[str, Any] = {"clock": MARKET_CLOCK}


def ended(deed: Agreement, seller: Actor, buyer: Actor) -> None:
    give_notice(agreement=deed, ground="agreed", reason="项目取消", actor=buyer, **BY)
    agree_to_end(agreement=deed, actor=seller, **BY)
    drain()
    run_now(clock=MARKET_CLOCK)


def money_of(buyer: Actor) -> int:
    return balance(Account.objects.get(owner=buyer.organization, kind=AccountKind.AVAILABLE)).available_fen


@covers("F4")
@pytest.mark.parametrize("delivered", [False, True])
def test_before_acceptance_the_whole_price_goes_back_as_the_preview_said(delivered: bool) -> None:
    one, seller, buyer = handed_over() if delivered else bought()
    before = money_of(buyer)
    shown = sum(effect.refund_fen for effect in effects_of(one.trade.deed, at=MARKET_CLOCK.now()))
    ended(one.trade.deed, seller, buyer)
    one.trade.state.refresh_from_db()
    assert (Refund.objects.get().amount_fen, money_of(buyer) - before, one.trade.state.status) == (shown, shown, "unwound")
    assert Agreement.objects.get(pk=one.trade.deed.pk).cause == "agreed", "the refund that follows does not rename the end"


@covers("F4")
def test_after_acceptance_the_end_moves_no_money_and_the_preview_says_so() -> None:
    one, seller, buyer = handed_over()
    accept_delivery(delivery=one, actor=buyer, **BY)
    one.trade.refresh_from_db()
    before = money_of(buyer)
    effects = effects_of(Agreement.objects.get(trade=one.trade), at=MARKET_CLOCK.now())
    assert sum(effect.refund_fen for effect in effects) == 0 and any("不因终止退回" in effect.text[0] for effect in effects)
    ended(one.trade.deed, seller, buyer)
    assert (money_of(buyer), Refund.objects.count()) == (before, 0)


def signed_in(actor: Actor) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=actor.user_id))
    return client


@covers("F1", "F2", "F4")
def test_both_sides_read_the_agreement_ask_it_and_take_its_policy_home(tmp_path: Path) -> None:
    one, seller, buyer = bought()
    page = f"/desk/agreements/{one.trade.deed.code}/"
    for actor, language in ((seller, "zh-hans"), (buyer, "en")):
        shown = signed_in(actor).get(page, {"act": "dx:train", "purpose": "research"}, headers={"accept-language": language})
        text = shown.content.decode()
        assert shown.status_code == 200 and one.trade.deed.terms_hash in text
        assert ("不得用于训练模型" in text) if language == "zh-hans" else ("No model may be trained" in text)
    policy = signed_in(buyer).get(f"{page}policy.jsonld")
    assert policy["Content-Type"] == "application/ld+json"
    (tmp_path / "p").write_text(policy.content.decode(), encoding="utf-8")
    asked = {"assignee": buyer.organization, "action": "dx:train", "target": one.version.code}
    (tmp_path / "r").write_text(json.dumps(asked), encoding="utf-8")
    out = StringIO()
    call_command("evaluate_policy", str(tmp_path / "p"), str(tmp_path / "r"), "--json", stdout=out)
    decided = json.loads(out.getvalue())
    assert (decided["permitted"], decided["rule"]) == (False, f"{one.trade.deed.code}#train")


@covers("F4")
def test_notice_is_given_taken_back_and_agreed_to_from_the_page() -> None:
    one, seller, buyer = bought()
    page = f"/desk/agreements/{one.trade.deed.code}/"
    end = f"{page}end/"
    assert signed_in(buyer).post(end, {"act": "give_notice", "ground": "breach", "reason": ""}).status_code == 400
    signed_in(buyer).post(end, {"act": "give_notice", "ground": "breach", "reason": "文件与描述不符"})
    assert "文件与描述不符" in signed_in(seller).get(page).content.decode()
    signed_in(buyer).post(end, {"act": "take_back"})
    assert Agreement.objects.get(trade=one.trade).status == "in_force"
    signed_in(seller).post(end, {"act": "give_notice", "ground": "agreed", "reason": "双方已谈妥"})
    signed_in(buyer).post(end, {"act": "agree"})
    assert Agreement.objects.get(trade=one.trade).status == "ended"
    assert "终止" in signed_in(buyer).get("/desk/agreements/", headers={"accept-language": "zh-hans"}).content.decode()
