"""The operator's day on one page, a party's pages as it sees them, and duties handed over at the desk."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection

from compliance.models import DayEnd
from evidence.clock import MARKET_CLOCK
from evidence.models import Failure, Record
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Organization, PartyView, StaffRead, TimedGrant
from participants.party_views import begin_party_view, note_page
from participants.roles import Role
from tests.exchange.test_supervision import text
from tests.exchange.worlds import rich_listing, signed_in
from tests.factories import make_actor, make_user
from tests.participants.test_deputies import same_desk, user_of
from tests.trading.conftest import floor  # noqa: F401 (the floor's standing clock)
from tests.trading.worlds import make_buyer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]


@covers("T41")
@pytest.mark.parametrize("path", ["/admin/console/", "/admin/parties/", "/admin/deputies/"])
def test_the_console_is_closed_to_parties(path: str) -> None:
    assert signed_in(make_buyer()).get(path).status_code == 403
    assert signed_in(make_actor(Role.VENUE_OPERATOR)).get(path).status_code == 200


@covers("H3")
def test_a_day_closes_once_and_what_is_open_is_left_for_a_reason() -> None:
    browser = signed_in(make_actor(Role.VENUE_OPERATOR))
    shown = text(browser.get("/admin/console/"))
    assert "日终清单" in shown and "开市" in shown and "收费标准" in shown
    answer = browser.post("/admin/console/", {"act": "close", "left": " "})
    assert answer.status_code == 422 and "compliance.day.left_open" in text(answer), "the books were not compared today"
    assert browser.post("/admin/console/", {"act": "close", "left": "银行对账单次日到"}).status_code == 302
    made = DayEnd.objects.get()
    assert made.checks["books"] == 1 and Record.objects.filter(kind="compliance.day.closed", subject=made.code).count() == 1
    assert browser.post("/admin/console/", {"act": "close", "left": "再来一次"}).status_code == 409
    assert signed_in(make_actor(Role.AUDITOR)).post("/admin/console/", {"act": "close", "left": "不是我的"}).status_code == 403
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute("UPDATE compliance_dayend SET \"left\" = 'x'")


@covers("H3", "T30")
def test_parked_jobs_are_seen_and_retried_for_a_stated_cause() -> None:
    browser = signed_in(make_actor(Role.VENUE_OPERATOR))
    Failure.objects.create(subscriber="none.of_ours", position=0, subject="LST-1", tries=5, parked=True, error="KeyError",
                           at=MARKET_CLOCK.now())
    assert "none.of_ours" in text(browser.get("/admin/console/"))
    assert browser.post("/admin/console/", {"act": "retry", "subscriber": "none.of_ours", "reason": ""}).status_code == 400
    assert browser.post("/admin/console/", {"act": "retry", "subscriber": "other", "reason": "已查明"}).status_code == 400
    assert browser.post("/admin/console/", {"act": "retry", "subscriber": "other", "reason": "已查明原因"}).status_code == 409
    assert not Record.objects.filter(kind="compliance.job.retried").exists(), "a refusal leaves nothing"


@covers("H3", "R121")
def test_a_partys_page_is_seen_as_it_sees_it_marked_dead_and_on_record() -> None:
    listing = rich_listing()
    party, operator = listing.organization, make_actor(Role.VENUE_OPERATOR)
    make_user(Role.DATA_MERCHANT, organization=party)
    browser = signed_in(operator)
    page = f"/admin/parties/{party.code}/today/"
    assert browser.get(page).status_code == 302, "no look runs"
    answer = browser.post("/admin/parties/", {"party": party.code, "reason": " "})
    assert answer.status_code == 400
    assert browser.post("/admin/parties/", {"party": party.code, "reason": "核对其待办是否显示"}).status_code == 302
    shown = text(browser.get(page))
    assert "以机构视角查看" in shown and party.name in shown and "今日" in shown
    assert shown.count("<form ") - shown.count("<form inert") == 1, "the one that ends the look"
    assert f"/admin/parties/{party.code}/listings/" in shown
    assert listing.code in text(browser.get(f"/admin/parties/{party.code}/listings/"))
    view = PartyView.objects.get()
    assert Record.objects.filter(kind="participants.party_view.shown", subject=view.code).count() >= 2
    assert StaffRead.objects.filter(owner=party, kind="pages").count() == 1
    assert browser.get(f"/admin/parties/{party.code}/sign-ins/").status_code == 404


def looked(party: Organization, name: str) -> str:
    browser = signed_in(make_actor(Role.VENUE_OPERATOR))
    browser.post("/admin/parties/", {"party": party.code, "reason": "逐页核对"})
    return text(browser.get(f"/admin/parties/{party.code}/{name}/"))


@covers("H3")
def test_every_page_a_party_has_opens_read_only() -> None:
    from exchange.supervision.party_pages import PAGES

    party = rich_listing().organization
    assert "这一页不能代看" in looked(party, "today"), "nobody has a sign-in there"
    make_user(Role.DATA_MERCHANT, organization=party)
    browser = signed_in(make_actor(Role.VENUE_OPERATOR))
    browser.post("/admin/parties/", {"party": party.code, "reason": "逐页核对"})
    dead = [name for name in PAGES if "这一页不能代看" in text(browser.get(f"/admin/parties/{party.code}/{name}/"))]
    assert dead == []


@covers("R121")
def test_a_look_ends_by_itself_and_before_its_time() -> None:
    party, operator = rich_listing().organization, make_actor(Role.VENUE_OPERATOR)
    view = begin_party_view(organization=party, reason="核对页面", actor=operator, clock=MARKET_CLOCK)
    late = type("Late", (), {"now": lambda self: view.ends_at + timedelta(seconds=1)})()
    with pytest.raises(Rejected, match=r"party_view\.over"):
        note_page(view=view, page="today", actor=operator, clock=late)
    browser = signed_in(operator)
    assert browser.get(f"/admin/parties/{party.code}/today/").status_code == 200
    assert browser.post("/admin/parties/", {"party": party.code, "act": "end"}).status_code == 302
    assert browser.get(f"/admin/parties/{party.code}/today/").status_code == 302


@covers("T41", "R121")
def test_nobody_looks_through_a_desks_eyes_and_no_regulator_looks_at_all() -> None:
    regulator, operator = make_actor(Role.REGULATOR), make_actor(Role.VENUE_OPERATOR)
    browser = signed_in(operator)
    assert browser.post("/admin/parties/", {"party": regulator.organization, "reason": "看看监管"}).status_code == 422
    assert signed_in(regulator).get("/admin/parties/").status_code == 403


@covers("H3", "I18")
def test_a_duty_is_handed_over_at_the_desk_and_the_auditor_lists_it() -> None:
    boss = make_actor(Role.REGULATOR, capabilities=["review_second"])
    colleague = same_desk(Role.SURVEILLANCE, boss)
    browser, today = signed_in(boss), MARKET_CLOCK.now().date()
    data = {"act": "name", "role": "regulator", "to": colleague.user_id, "from": today.isoformat(),
            "until": (today + timedelta(days=6)).isoformat(), "reason": "外出开会"}
    assert browser.post("/admin/deputies/", data | {"to": boss.user_id}).status_code == 422
    assert browser.post("/admin/deputies/", data).status_code == 302
    grant = TimedGrant.objects.get()
    assert grant.code in text(browser.get("/admin/deputies/")) and "收回" in text(browser.get("/admin/deputies/"))
    auditor = signed_in(make_actor(Role.AUDITOR))
    assert grant.code in text(auditor.get("/desk/audit/grants/")) and grant.code in text(auditor.get("/desk/audit/changes/?group=rights"))
    assert browser.post("/admin/deputies/", {"act": "end", "grant": grant.code}).status_code == 302
    assert user_of(colleague).person == grant.person and "已收回" in text(auditor.get("/desk/audit/grants/"))
