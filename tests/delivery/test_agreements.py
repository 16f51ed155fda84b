"""Delivery asks the agreement at every use (F5, T63) and stops with it, by its fact or by the sweep, telling both sides (F4, F6)."""

from __future__ import annotations

from typing import Any

import pytest

from delivery.access import fetch_file, issue_grant
from delivery.models import AccessGrant, Delivery, GrantUse
from delivery.operations import deliver
from delivery.tasks import sweep_now
from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from evidence.operations import drain
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Notice
from tests.delivery.worlds import SHA256, file_of
from tests.trading.worlds import make_buyer, make_listing, move, seller_of, stand_still
from trading.models import Trade
from trading.operations import agree_to_end, buy_listing, give_notice, halt_agreement, quote_for
from trading.tasks import end_agreements

pytestmark = pytest.mark.django_db
USE = {"purposes": ["research", "product_development"], "term_days": 60, "regions": ["CN"], "calls": 2}
BY: dict[str, Any] = {"clock": MARKET_CLOCK}


def bought(**use: Any) -> tuple[Delivery, Actor, Actor]:
    """A licence bought and paid, its delivery opened by the fact: delivery, seller, buyer."""
    stand_still()
    listing = make_listing(sale_mode="fixed", use_terms={**USE, **use}, file_sha256=SHA256, delivery_mode="download")
    buyer = make_buyer()
    quote = quote_for(listing, MARKET_CLOCK.now())
    trade = buy_listing(listing=listing, version=quote.version.code, total_fen=quote.total_fen, purpose="research", actor=buyer, **BY)
    drain()
    return Delivery.objects.get(trade=trade), seller_of(listing), buyer


def handed_over(**use: Any) -> tuple[Delivery, Actor, Actor]:
    one, seller, buyer = bought(**use)
    return deliver(delivery=one, deposit=file_of(one.trade), actor=seller, **BY), seller, buyer


def fetched(one: Delivery, token: str, buyer: Actor, **how: Any) -> str:
    """'' when the file came, else the code of the refusal with its clause."""
    try:
        fetch_file(delivery=one, token=token, actor=buyer, **how, **BY)
    except Rejected as refusal:
        return f"{refusal.code} {refusal.params.get('number', '')}".strip()
    return ""


def token_of(one: Delivery, buyer: Actor) -> str:
    return issue_grant(delivery=one, actor=buyer, **BY).token


@covers("F5", "T63", "R42")
def test_each_use_is_counted_against_the_agreement_over_all_its_tokens() -> None:
    one, _seller, buyer = handed_over()
    assert [fetched(one, token_of(one, buyer), buyer) for _ in range(2)] == ["", ""]
    with pytest.raises(Rejected) as refusal:
        token_of(one, buyer)
    assert refusal.value.code == "trading.agreement.clause" and "2 次" in refusal.value.text("detail", "zh")


@covers("F5", "T63")
def test_a_purpose_outside_the_agreement_is_refused_at_the_token_with_its_clause_and_on_record() -> None:
    one, _seller, buyer = handed_over()
    token = token_of(one, buyer)
    assert fetched(one, token, buyer, purpose="product_development").startswith("trading.agreement.clause"), "research was ordered"
    assert GrantUse.objects.get().outcome == "unlicensed" and Record.objects.filter(kind="delivery.grant.refused").count() == 1
    assert fetched(one, token, buyer) == "", "the refused attempt used nothing up"


def naive_fetch(token_active: bool) -> bool:
    """What a shop does: the token is good, so the file goes out; nobody asks the agreement."""
    return token_active


@covers("F5", "F6", "T63")
def test_a_token_from_before_the_end_of_the_term_opens_nothing_after_it() -> None:
    one, _seller, buyer = handed_over(term_days=2)
    token = token_of(one, buyer)
    move(days=2)
    grant = AccessGrant.objects.get()
    assert naive_fetch(grant.status == "active" and grant.expires_at > MARKET_CLOCK.now()), "naive delivers"
    assert fetched(one, token, buyer).startswith("trading.agreement.clause")


@covers("F6")
def test_when_the_term_is_over_the_monitor_takes_the_tokens_and_tells_both() -> None:
    one, _seller, buyer = handed_over(term_days=2)
    token_of(one, buyer)
    move(days=2)
    end_agreements()
    sweep_now(clock=MARKET_CLOCK)
    assert AccessGrant.objects.get().status == "revoked"
    told = Notice.objects.filter(text_en__contains="permits no further use").values_list("organization_id", flat=True)
    assert set(told) == {one.seller_id, one.buyer_id}
    one.refresh_from_db()
    assert one.status == "delivered", "what a term's end finds delivered is still accepted or rejected"
    assert sweep_now(clock=MARKET_CLOCK) == 0, "the second look finds nothing"


@covers("F4", "F6")
@pytest.mark.parametrize("by", ["fact", "sweep"])
def test_an_agreement_ended_before_acceptance_stops_the_delivery_within_one_round(by: str) -> None:
    one, seller, buyer = handed_over()
    token = token_of(one, buyer)
    give_notice(agreement=one.trade.deed, ground="agreed", reason="项目取消", actor=buyer, **BY)
    agree_to_end(agreement=one.trade.deed, actor=seller, **BY)
    if by == "fact":
        drain()
    else:
        sweep_now(clock=MARKET_CLOCK)
    one.refresh_from_db()
    assert (one.status, one.cause, AccessGrant.objects.get().status) == ("failed", "trading.agreement.ended", "revoked")
    assert fetched(one, token, buyer) == "delivery.grant.revoked"
    assert refused_code(lambda: token_of(one, buyer)) in ("delivery.grant.not_delivered", "trading.agreement.not_in_force")


def refused_code(act: Any) -> str:
    with pytest.raises(Rejected) as refusal:
        act()
    return refusal.value.code


@covers("F4")
def test_nothing_is_handed_over_under_an_agreement_that_is_being_ended_by_law() -> None:
    one, seller, _buyer = bought()
    give_notice(agreement=one.trade.deed, ground="law", reason="主管部门要求停止提供", actor=seller, **BY)
    assert refused_code(lambda: deliver(delivery=one, deposit=file_of(one.trade), actor=seller, **BY)) == "trading.agreement.not_in_force"


@covers("F3", "F5")
def test_a_suspended_agreement_refuses_the_use_and_a_resumed_one_permits_it_again() -> None:
    from participants.actors import actor_of
    from participants.roles import Role
    from tests.factories import make_organization, make_user

    one, _seller, buyer = handed_over()
    token = token_of(one, buyer)
    regulator = actor_of(make_user(Role.REGULATOR, organization=make_organization(Role.REGULATOR)))
    halt_agreement(agreement=one.trade.deed, act="suspend", reason="核查", actor=regulator, **BY)
    assert fetched(one, token, buyer) == "trading.agreement.not_in_force"
    halt_agreement(agreement=one.trade.deed, act="resume", reason="已核实", actor=regulator, **BY)
    assert fetched(one, token, buyer) == ""


@covers("F5")
def test_a_trade_from_before_agreements_is_delivered_as_it_was_agreed() -> None:
    from tests.delivery.worlds import buyer_of, delivered, token_for

    stand_still()
    one = delivered()
    assert not hasattr(Trade.objects.get(pk=one.trade_id), "deed")
    assert fetched(one, token_for(one), buyer_of(one.trade)) == ""


@covers("F3")
def test_a_paid_trade_whose_seller_neither_signs_nor_delivers_goes_back() -> None:
    from tests.trading.test_agreements import awarded
    from trading.operations import pay_trade

    stand_still()
    trade, _seller, buyer = awarded()
    pay_trade(trade=trade, actor=buyer, **BY)
    drain()
    move(days=40)
    end_agreements()
    drain()
    sweep_now(clock=MARKET_CLOCK)
    deed, one = type(trade.deed).objects.get(pk=trade.deed.pk), Delivery.objects.get(trade=trade)
    assert (deed.status, one.status) == ("lapsed", "failed"), "settlement returns what a failed delivery leaves in escrow"


@covers("F3", "F5")
def test_who_delivers_has_signed() -> None:
    from tests.trading.test_agreements import awarded
    from trading.operations import pay_trade

    stand_still()
    trade, seller, buyer = awarded(file_sha256=SHA256)
    pay_trade(trade=trade, actor=buyer, **BY)
    drain()
    deliver(delivery=Delivery.objects.get(trade=trade), deposit=file_of(trade), actor=seller, **BY)
    deed = type(trade.deed).objects.get(pk=trade.deed.pk)
    signed = set(deed.signatures.values_list("side", "manner"))
    assert (deed.status, signed) == ("in_force", {("buyer", "payment"), ("seller", "delivery")})
