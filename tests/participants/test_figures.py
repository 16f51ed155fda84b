"""A figure of the rules is changed by two persons, after notice, and never rewritten (R51, I18, E-Commerce Law 34)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from evidence.clock import set_market_clock
from evidence.models import Record
from kit.coverage import covers
from kit.rejected import Rejected
from participants.actors import actor_of
from participants.defaults import DEFAULTS
from participants.fee_presets import presets, suggested
from participants.models import Approval, Parameter
from participants.operations import ask_figure, decide_figure
from participants.queries import LOCAL, parameter
from participants.roles import Role
from tests.factories import NOW, clock, make_actor, make_user, venue

pytestmark = pytest.mark.django_db
KEY = "fee.match_seller_bps"
START = datetime(2031, 3, 3, 2, 0, tzinfo=UTC)
SOON = NOW + timedelta(days=7)


def ask(actor: Any = None, **changed: Any) -> Approval:
    terms = {"venue": venue(), "key": KEY, "value": 200, "effective_from": SOON, "source": "收费办法 2026"} | changed
    return ask_figure(actor=actor or make_actor(Role.VENUE_OPERATOR), clock=clock(), **terms)


def decide(approval: Approval, *, approve: bool = True, actor: Any = None, at: Any = NOW) -> Parameter | None:
    return decide_figure(approval=approval, approve=approve, reason="同意", actor=actor or make_actor(Role.VENUE_OPERATOR), clock=clock(at))


def code_of(**changed: Any) -> str:
    with pytest.raises(Rejected) as refused:
        ask(**changed)
    return refused.value.code


@covers("R51", "I18")
def test_what_two_persons_decided_holds_from_its_date_and_the_old_figure_until_then() -> None:
    fresh = decide(ask())
    assert fresh is not None and (fresh.unit, fresh.name_en) == ("bps", "Matching fee (seller)")
    assert parameter(KEY, venue=venue(), at=SOON - timedelta(seconds=1)) == 250
    assert parameter(KEY, venue=venue(), at=SOON) == 200
    fact = Record.objects.get(kind="participants.parameter.changed")
    assert (fact.subject, fact.payload["value"], fact.payload["source"]) == (KEY, 200, "收费办法 2026")


@covers("I18")
def test_nobody_decides_on_the_own_question() -> None:
    maker = make_user(Role.VENUE_OPERATOR)
    approval = ask(actor_of(maker))
    with pytest.raises(Rejected) as refused:
        decide(approval, actor=actor_of(maker))
    assert refused.value.code == "participants.approval.same_person"
    assert decide(approval, approve=False) is None and parameter(KEY, venue=venue(), at=SOON) == 250


def test_notice_counts_from_the_decision() -> None:
    assert code_of(effective_from=SOON - timedelta(seconds=1)) == "participants.parameter.backdated"
    approval = ask()
    with pytest.raises(Rejected) as refused:
        decide(approval, at=NOW + timedelta(seconds=1))
    assert refused.value.code == "participants.parameter.backdated"


def test_one_change_of_a_figure_at_a_time() -> None:
    approval = ask()
    assert code_of(value=150) == "participants.parameter.waits"
    decide(approval)
    assert code_of(value=150) == "participants.parameter.waits", "the announced figure comes first"
    assert ask(value=150, effective_from=SOON + timedelta(days=1)).payload["value"] == 150


@pytest.mark.parametrize(("changed", "field"), [
    ({"value": "200"}, "value"), ({"value": 20_000}, "value"), ({"source": " "}, "source"), ({"key": "fee.nobody"}, "key"),
    ({"key": "fee.evidence_seller_bps"}, "name"), ({"key": "auction.notice_days", "value": "seven"}, "value"),
])
def test_a_figure_nobody_could_read_is_refused_by_field(changed: dict[str, Any], field: str) -> None:
    with pytest.raises(Rejected) as refused:
        ask(**changed)
    assert refused.value.code == "participants.parameter.unfit"
    assert [one.field for one in refused.value.errors] == [field]


@covers("G2")
def test_a_new_charge_needs_a_key_a_rate_a_source_and_a_name() -> None:
    fresh = decide(ask(key="fee.evidence_seller_bps", value={"bps": 5, "min_fen": 100}, name=("存证费", "Evidence fee")))
    assert fresh is not None and (fresh.unit, fresh.name_zh) == ("bps", "存证费")


def test_only_the_venues_operators_set_figures() -> None:
    with pytest.raises(Rejected) as refused:
        ask(make_actor(Role.DATA_MERCHANT))
    assert refused.value.code == "participants.permission.denied"


# ---- the page at the desk ----------------------------------------------------------------------------------------------
def signed_in(user: Any = None) -> Client:
    client = Client()
    client.force_login(user or make_user(Role.VENUE_OPERATOR))
    return client


PAGE = "/admin/participants/parameter/propose/"


def test_one_operator_proposes_on_the_page_and_another_decides() -> None:
    set_market_clock(START, 0)
    maker, row = make_user(Role.VENUE_OPERATOR), Parameter.objects.get(key=KEY, scope="")
    first = signed_in(maker)
    assert first.get(f"/admin/participants/parameter/{row.pk}/change/")["Location"] == f"{PAGE}?figure={row.pk}"
    assert "上海数据交易所2023年收费办法" in first.get(f"{PAGE}?figure={row.pk}").content.decode()
    typed = {"key": KEY, "value": "200", "source": "收费办法 2031", "effective_on": "2031-03-20"}
    assert first.post(PAGE, typed | {"effective_on": "2031-03-04"}).status_code == 422
    assert first.post(PAGE, typed | {"value": "2 %"}).status_code == 400
    assert first.post(PAGE, typed).status_code == 302
    asked = Approval.objects.get(act="participants.parameter.set")
    decision = {"decide": asked.subject, "outcome": "approve", "reason": "同意"}
    assert first.post(PAGE, decision).status_code == 403, "the same person"
    second = signed_in()
    assert asked.subject in second.get(PAGE).content.decode()
    assert second.post(PAGE, decision).status_code == 302
    assert parameter(KEY, venue=venue(), at=datetime(2031, 3, 20, tzinfo=LOCAL)) == 200
    assert parameter(KEY, venue=venue(), at=datetime(2031, 3, 19, 23, 59, tzinfo=LOCAL)) == 250
    announced = Client().get("/rules/fees/").content.decode()
    assert "收费办法 2031" in announced and "未经回放" not in announced, "announced before it holds; a plain rate can be replayed"
    assert second.post(PAGE, {"decide": "PRM-NOTHING"}).status_code == 404


def test_other_desks_look_and_cannot_propose() -> None:
    set_market_clock(START, 0)
    client = signed_in(make_user(Role.REGULATOR))
    page = client.get(PAGE)
    assert page.status_code == 200 and "提出新值" not in page.content.decode()
    assert client.post(PAGE, {"key": KEY, "value": "1", "source": "x", "effective_on": "2031-04-01"}).status_code == 403


@covers("G2", "R51")
def test_a_charge_may_be_limited_to_a_way_of_trading_and_a_class_and_to_nothing_else() -> None:
    decide(ask(scope="channel=award;class=public", value=100, name=("竞价撮合费（公共数据）", "Matching fee, auctions of public data")))
    with pytest.raises(Rejected) as no:
        ask(scope="class=core", name=("一", "One"))
    assert no.value.code == "participants.parameter.unfit" and [one.field for one in no.value.errors] == ["scope"]
    shown = Client().get("/rules/fees/").content.decode()
    assert "仅适用于：竞价、公共数据" in shown


@covers("G2", "R51")
def test_a_published_table_is_taken_over_figure_by_figure_with_its_source_and_decided_like_any_other() -> None:
    set_market_clock(START, 0)
    page = signed_in()
    shown = page.get(PAGE).content.decode()
    assert "上海数据交易所（2023年起）" in shown and "998000" in shown and "与现行相同" in shown, "one fee is Shanghai's already"
    filled = page.get(PAGE, {"preset": "shanghai_2023", "key": "fee.registration_buyer_fen"}).content.decode()
    assert 'value="fee.registration_buyer_fen"' in filled and "China Daily 2023-01-05" in filled and "998000</textarea>" in filled
    for odd in ({"preset": "nowhere", "key": "fee.match_seller_bps"}, {"preset": "shanghai_2023", "key": "deposit.bps"}):
        assert page.get(PAGE, odd).status_code == 200
    assert not Approval.objects.exists(), "looking at a preset proposes nothing"


def test_every_preset_is_of_figures_that_the_house_reads_and_says_where_they_come_from() -> None:
    known = {one.key: type(one.value) for one in DEFAULTS}
    rows = [row for one in presets().values() for row in one.figures]
    assert rows and all(type(row.value) is known[row.key] and row.source.strip() and all(row.name) for row in rows)
    assert suggested("shanghai_2023", "fee.match_seller_bps").value == 250 and suggested("shanghai_2023", "fee.cap_bps") is None
