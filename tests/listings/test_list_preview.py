"""What a version would do is known before it does it, is what it then does, and past answers are only compared."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from compliance.models import NegativeListVersion
from compliance.operations import begin_list, put_rule
from compliance.queries import list_version_at, rule_set_of
from compliance.screening import screen
from evidence.models import Record
from kit.coverage import covers
from listings.content import profile_of
from listings.models import Hold, Listing, Rescreening, ScreeningRun
from listings.operations import begin_rescreening
from listings.previewing import preview, replay
from listings.rescreening import rescreen_due
from participants.roles import Role
from tests.compliance.worlds import regulator
from tests.factories import make_user
from tests.listings.test_rescreening import BOUGHT, enacted, market

pytestmark = pytest.mark.django_db


def drafted(clock: Any, rule: dict[str, Any] = BOUGHT, label: str = "2026.9") -> NegativeListVersion:
    drafter = regulator("review_second")
    version = begin_list(version=label, summary=("购得的数据", "Bought data"), actor=drafter, clock=clock)
    return put_rule(version=version, edition=1, rule=rule, actor=drafter, clock=clock)


@covers("C1", "R84")
def test_the_preview_names_under_each_rule_what_it_would_hold_and_the_list_then_holds_exactly_that() -> None:
    seller, _ = market()
    version, told = drafted(seller.clock), Record.objects.count()
    now = rule_set_of(list_version_at(seller.clock.now()))
    found = preview(now, rule_set_of(version))
    assert (found.total, len(found.held), len(found.freed)) == (6, 3, 0)
    [(rule, effects)] = found.by_rule
    assert rule.id == "NL-P-25" and {(one.before, one.after) for one in effects} == {("pass", "prohibited")}
    assert Record.objects.count() == told and not Hold.objects.exists(), "a preview changes nothing"
    enacted(seller.clock, "2026.3")
    rescreen_due(seller.clock)
    assert {one.listing.pk for one in effects} == set(Hold.objects.values_list("listing_id", flat=True))
    back = preview(rule_set_of(list_version_at(seller.clock.now())), now)
    assert len(back.freed) == 3 and back.held == [], "what the former list would let go"


@covers("C1", "R84")
def test_a_rule_that_asks_for_a_fact_nobody_stated_is_shown_as_asking() -> None:
    seller, listings = market(2)
    version = drafted(seller.clock, {**BOUGHT, "when": {"fact": "pi_subjects", "op": "gte", "value": 5}})
    ScreeningRun.objects.create(version=listings[0].version, verdict="pass", rule_set="2026.1", at=seller.clock.now() + timedelta(hours=1),
                                cause="x", facts={**ScreeningRun.objects.get(version=listings[0].version, cause="submit").facts,
                                                  "pi_subjects": None})
    [(rule, effects)] = preview(rule_set_of(list_version_at(seller.clock.now())), rule_set_of(version)).by_rule
    assert (rule.id, effects[0].after, effects[0].missing) == ("NL-P-25", "needs_info", ("pi_subjects",))


@covers("C1", "R100", "R110")
def test_the_past_is_compared_with_a_new_list_and_keeps_the_verdict_of_its_date() -> None:
    seller, listings = market(1)
    day = ScreeningRun.objects.get(cause="submit").at
    version = drafted(seller.clock, {**BOUGHT, "when": {"fact": "source_type", "op": "eq", "value": "self_generated"}})
    found = replay(rule_set_of(version), since=day - timedelta(days=1), until=day + timedelta(days=1))
    assert (found.total, dict(found.moves)) == (1, {("pass", "prohibited"): 1})
    assert [rule.id for rule in found.effects[0].rules] == ["NL-P-25"] and found.effects[0].at == day
    assert replay(rule_set_of(version), since=day + timedelta(seconds=1), until=day + timedelta(days=9)).total == 0
    seller.clock.advance(timedelta(days=1))
    enacted(seller.clock, "2026.3", rule={**BOUGHT, "when": {"fact": "source_type", "op": "eq", "value": "self_generated"}})
    assert listings[0].version is not None
    profile = profile_of(listings[0].version)
    assert screen(profile, at=day).verdict == "pass" and screen(profile, at=seller.clock.now()).verdict == "prohibited"
    assert ScreeningRun.objects.get(cause="submit").verdict == "pass", "what was said stays said"


@covers("C1", "R84")
def test_the_command_prints_what_differs_and_refuses_what_it_cannot_read() -> None:
    seller, _ = market()
    drafted(seller.clock)
    lines = StringIO()
    call_command("preview_list", "2026.9", stdout=lines)
    *rows, last = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert last == {"version": "2026.9", "total": 6, "held": 3, "freed": 0} and {row["rules"][0] for row in rows} == {"NL-P-25"}
    lines = StringIO()
    call_command("preview_list", "2026.9", "--since", "2026-01-01", stdout=lines)
    assert json.loads(lines.getvalue().splitlines()[-1])["total"] == 6
    for words in (["2099.1"], ["2026.9", "--since", "soon"]):
        with pytest.raises(CommandError):
            call_command("preview_list", *words)


@covers("R4", "R84", "T41")
def test_the_desk_looks_ahead_and_back_and_shows_how_far_the_list_has_gone() -> None:
    seller, listings = market()
    version = drafted(seller.clock)
    regulating, buying = Client(), Client()
    for client, role in ((regulating, Role.REGULATOR), (buying, Role.BUYER)):
        client.force_login(make_user(role), backend="django.contrib.auth.backends.ModelBackend")
    ahead, back = (f"/admin/listings/rescreening/{word}/{version.pk}/" for word in ("preview", "replay"))
    for language in ("zh-hans", "en"):
        shown = regulating.get(ahead, headers={"Accept-Language": language}).content.decode()
        assert "NL-P-25" in shown and listings[1].code in shown and listings[2].code not in shown
        assert regulating.get(f"{back}?since=2026-01-01&until=soon", headers={"Accept-Language": language}).status_code == 200
    assert {buying.get(where).status_code for where in (ahead, back)} == {403}
    assert regulating.get("/admin/listings/rescreening/preview/99999/").status_code == 404
    now = enacted(seller.clock, "2026.3")
    run = begin_rescreening(version=now, clock=seller.clock)
    course = f"/admin/listings/rescreening/{run.pk}/course/"
    page = regulating.get(course).content.decode()
    assert "hx-get" in page and "<progress" in page and "0 / 6" in page
    rescreen_due(seller.clock)
    bar = regulating.get(f"{course}?part=bar").content.decode()
    assert "hx-get" not in bar and 'value="100"' in bar and "<html" not in bar
    assert "NL-P-25" in regulating.get(course).content.decode() and buying.get(course).status_code == 403
    assert Rescreening.objects.count() == 1 and Listing.objects.filter(status="suspended").count() == 3


@covers("C7", "R84", "R4")
def test_why_answers_with_rule_clause_facts_dates_and_way_out_and_says_what_a_bid_would_be_told() -> None:
    from evidence.clock import set_market_clock

    seller, listings = market(3)
    set_market_clock(seller.clock.now() + timedelta(days=365 * 5), 0)
    page = f"/listings/{listings[1].code}/why/"
    passed = Client().get(page).content.decode()
    assert "没有一条适用" in passed and "2026.1" in passed
    enacted(seller.clock)
    rescreen_due(seller.clock)
    for language, words in (("zh-hans", ("停牌", "数据安全法 第21条", "来源方式", "先汇总", "历次判定", "2026.2")),
                            ("en", ("Suspended", "Data Security Law, art. 21", "how it was obtained", "aggregate", "2026.2"))):
        shown = Client().get(page, headers={"Accept-Language": language}).content.decode()
        assert [word for word in ("NL-P-25", "listings.listing.suspended", *words) if word not in shown] == []
    asks = {**BOUGHT, "id": "NL-P-26", "when": {"fact": "pi_subjects", "op": "gte", "value": 5}}
    enacted(seller.clock, "2026.3", rule=asks)
    ScreeningRun.objects.create(version=listings[2].version, verdict="needs_info", rule_set="2026.3", cause="x", missing=["pi_subjects"],
                                facts={"pi_subjects": None}, at=seller.clock.now() + timedelta(hours=1))
    asking = Client().get(f"/listings/{listings[2].code}/why/").content.decode()
    assert "须补充事实" in asking and "NL-P-26" in asking and "未说明" in asking
