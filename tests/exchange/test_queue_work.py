"""Queues as somebody works them: filters kept as views, one act over several cases after a preview, tables, letters."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from compliance.cases import claim_case, open_case
from compliance.letters import decide_letter, draft_letter, filled, letter_in_force
from compliance.models import Case, CaseEntry, LetterTemplate, SavedView
from compliance.saved_views import MOST, remove_view, save_view, views_of, wanted_of
from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.roles import Role
from tests.exchange.test_supervision import text
from tests.exchange.worlds import signed_in
from tests.factories import make_actor, make_organization
from tests.trading.conftest import floor  # noqa: F401 (the floor's standing clock)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]


def opened(title: str = "核对样本", **more: object) -> Case:
    return open_case(kind="other", subject_kind="listing", subject_code=f"LST-{Case.objects.count():010d}",
                     title=(title, f"Check {title}"), actor=make_actor(Role.REGULATOR), clock=MARKET_CLOCK, **more)  # type: ignore[arg-type]


def saved(actor: Actor, name: str = "逾期", **more: object) -> SavedView:
    fields = {"queue": "cases", "wanted": {"late": "1"}, "shared": False, "is_default": False} | more
    return save_view(name=name, actor=actor, clock=MARKET_CLOCK, **fields)  # type: ignore[arg-type]


@pytest.fixture
def officer() -> Actor:
    return make_actor(Role.COMPLIANCE_OFFICER)


# ---- filters and views -------------------------------------------------------------------------------------------------------


@covers("H3")
def test_a_filter_keeps_what_it_names_and_the_table_holds_the_same_rows(officer: Actor) -> None:
    kept, other, browser = opened("港口样本"), opened("电网样本"), signed_in(officer)
    shown = text(browser.get("/admin/queue/cases/?q=港口"))
    assert kept.code in shown and other.code not in shown and "筛选后 1 件" in shown
    sheet = b"".join(browser.get("/admin/queue/cases/table.csv?q=港口").streaming_content).decode()  # type: ignore[attr-defined]
    assert kept.code in sheet and other.code not in sheet
    for nothing in ("late=1", "holder=mine"):
        assert kept.code not in text(browser.get(f"/admin/queue/cases/?{nothing}"))


@covers("H3", "T51")
def test_a_title_that_looks_like_a_formula_reaches_the_spreadsheet_as_text(officer: Actor) -> None:
    opened("=HYPERLINK(1)")
    sheet = b"".join(signed_in(officer).get("/admin/queue/cases/table.csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert "'=HYPERLINK" in sheet and ",=HYPERLINK" not in sheet


@covers("H3")
def test_a_view_is_ones_own_until_it_is_shared_and_a_default_opens_the_queue(officer: Actor) -> None:
    colleague = make_actor(Role.REGULATOR)
    mine, browser = saved(officer, is_default=True), signed_in(officer)
    same_desk = colleague.organization_id == officer.organization_id
    waiting = opened()
    assert waiting.code not in text(browser.get("/admin/queue/cases/")), "the default asks for late ones only"
    assert waiting.code in text(browser.get("/admin/queue/cases/?view=none"))
    assert not views_of(colleague, "cases").exists()
    assert signed_in(colleague).get(f"/admin/queue/cases/?view={mine.pk}").status_code == 404
    saved(officer, shared=True)
    assert views_of(colleague, "cases").exists() is same_desk
    with pytest.raises(Rejected, match="not_yours"):
        remove_view(view=mine, actor=colleague, clock=MARKET_CLOCK)


@covers("H3")
def test_a_second_default_takes_the_place_of_the_first_and_the_database_holds_one(officer: Actor) -> None:
    first = saved(officer, "甲", is_default=True)
    second = saved(officer, "乙", is_default=True)
    first.refresh_from_db()
    assert not first.is_default and second.is_default
    with pytest.raises(IntegrityError), transaction.atomic():
        SavedView.objects.filter(pk=first.pk).update(is_default=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        SavedView.objects.filter(pk=first.pk).update(owner=make_actor(Role.REGULATOR).user_id)


@covers("H3")
def test_views_have_names_and_an_end(officer: Actor) -> None:
    with pytest.raises(Rejected, match=r"saved_view\.name"):
        saved(officer, " ")
    for number in range(MOST):
        saved(officer, f"视图{number}")
    with pytest.raises(Rejected, match="too_many"):
        saved(officer, "再一个")
    saved(officer, "视图0")
    with pytest.raises(Rejected, match=r"permission\.denied"):
        saved(make_actor(Role.BUYER))


def test_a_filter_asks_for_nothing_it_does_not_know() -> None:
    assert wanted_of({"q": " a ", "holder": "everyone", "late": "yes", "sort": "x"}) == {"q": "a"}


# ---- one act over several cases --------------------------------------------------------------------------------------------------


@covers("H3")
def test_a_preview_says_what_would_change_and_what_is_refused_and_changes_nothing(officer: Actor) -> None:
    free, taken, browser = opened(), opened(), signed_in(officer)
    claim_case(case=taken, actor=make_actor(Role.COMPLIANCE_OFFICER), clock=MARKET_CLOCK)
    before = Record.objects.count(), CaseEntry.objects.count()
    shown = text(browser.post("/admin/queue/cases/act/", {"act": "claim", "code": [free.code, taken.code]}))
    assert "1 件将办理，1 件将被拒绝" in shown and "compliance.case.illegal_move" in shown
    assert (Record.objects.count(), CaseEntry.objects.count()) == before
    assert Case.objects.get(pk=free.pk).status == "open"


@covers("H3")
def test_the_confirmation_does_each_with_a_record_and_leaves_what_changed_since(officer: Actor) -> None:
    one, two, browser = opened(), opened(), signed_in(officer)
    marks = [f"{case.pk}.open." for case in (one, two)]
    claim_case(case=two, actor=make_actor(Role.REGULATOR), clock=MARKET_CLOCK)
    before = Record.objects.count()
    shown = text(browser.post("/admin/queue/cases/act/", {"act": "claim", "step": "confirm", "code": [one.code, two.code], "mark": marks}))
    assert "已办 1 件，1 件未办" in shown and "compliance.bulk.changed" in shown
    assert Record.objects.count() == before + 1
    assert Case.objects.get(pk=one.pk).assignee_id == officer.user_id != Case.objects.get(pk=two.pk).assignee_id


@covers("H3")
def test_nothing_is_confirmed_that_was_not_shown(officer: Actor) -> None:
    one, browser = opened(), signed_in(officer)
    assert "compliance.bulk.changed" in text(browser.post("/admin/queue/cases/act/", {"act": "claim", "step": "confirm", "code": one.code}))
    assert Case.objects.get(pk=one.pk).status == "open"
    assert browser.post("/admin/queue/cases/act/", {"act": "claim"}).status_code == 400
    assert browser.post("/admin/queue/cases/act/", {"act": "fly", "code": one.code}).status_code == 400
    assert browser.post("/admin/queue/trades/act/", {"act": "claim", "code": one.code}).status_code == 400


@covers("H3", "I18")
def test_decisions_that_two_persons_make_are_in_no_bulk_act() -> None:
    from exchange.supervision.bulk import BULK

    offered = {(queue, act) for queue, acts in BULK.items() for act in acts}
    decisions = {"approve", "decide", "adopt", "agree", "grant", "uphold", "verify", "refuse", "refer"}
    assert not any(act in decisions for _queue, act in offered)
    assert "filings" not in BULK and "trades" not in BULK


@covers("H4")
def test_a_case_outside_ones_queue_is_not_even_named(officer: Actor) -> None:
    from tests.trading.test_alerts import raised

    alert = raised()
    shown = text(signed_in(officer).post("/admin/queue/alerts/act/", {"act": "claim", "code": alert.code}))
    assert "compliance.bulk.changed" in shown and alert.titles[0] not in shown


# ---- letters ---------------------------------------------------------------------------------------------------------------------


def drafted(actor: Actor, body: str = "{party}：请就 {code} 答复。") -> LetterTemplate:
    return draft_letter(key="ask-facts", names=("情况核实函", "Request for facts"), bodies=(body, "{party}: please answer on {code}."),
                        actor=actor, clock=MARKET_CLOCK)


@covers("H3", "I18")
def test_a_letter_is_used_only_after_another_person_approved_it(officer: Actor) -> None:
    made = drafted(officer)
    assert letter_in_force("ask-facts", MARKET_CLOCK.now()) is None
    with pytest.raises(Rejected, match="same_person"):
        decide_letter(letter=made, approve=True, reason="", actor=officer, clock=MARKET_CLOCK)
    with pytest.raises(Rejected, match="one_waiting"):
        drafted(officer)
    decide_letter(letter=made, approve=True, reason="可用", actor=make_actor(Role.REGULATOR), clock=MARKET_CLOCK)
    assert letter_in_force("ask-facts", MARKET_CLOCK.now()) == made
    assert drafted(officer).version == 2
    assert letter_in_force("ask-facts", MARKET_CLOCK.now()) == made, "the next version waits"
    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute("UPDATE compliance_lettertemplate SET body_zh = 'x'")


@covers("H3")
@pytest.mark.parametrize("body", ["{secret}", "{party", "party}", "{}"])
def test_a_letter_names_only_fields_that_a_case_fills(officer: Actor, body: str) -> None:
    with pytest.raises(Rejected, match="unknown_field"):
        drafted(officer, body)


@covers("H3")
def test_a_case_fills_the_letter_and_a_value_is_never_read_as_a_field(officer: Actor) -> None:
    made = drafted(officer)
    decide_letter(letter=made, approve=True, reason="", actor=make_actor(Role.REGULATOR), clock=MARKET_CLOCK)
    party = make_organization(Role.DATA_MERCHANT)
    party.name = "{code}公司"
    assert filled(made, {"party": ("{code}公司", "{code} Ltd")}).startswith("{code}公司：请就 — 答复。")
    case, browser = opened(organization=party), signed_in(officer)
    browser.post(f"/admin/cases/{case.code}/", {"act": "claim"})
    shown = text(browser.get(f"/admin/cases/{case.code}/?letter=ask-facts"))
    assert f"请就 {case.code} 答复。" in shown and "情况核实函 第 1 版" in shown


@covers("H3", "T41")
def test_the_page_of_letters_drafts_and_decides(officer: Actor) -> None:
    browser = signed_in(officer)
    data = {"act": "draft", "key": "remind", "name_zh": "催办", "name_en": "Reminder", "body_zh": "请于 {due} 前办理。",
            "body_en": "By {due}."}
    assert browser.post("/admin/letters/", data).status_code == 302
    answer = browser.post("/admin/letters/", data | {"key": "Bad key"})
    assert answer.status_code == 400 and "compliance.letter.incomplete" in text(answer)
    made = LetterTemplate.objects.get(key="remind")
    other = signed_in(make_actor(Role.REGULATOR))
    assert other.post("/admin/letters/", {"act": "approve", "letter": made.code}).status_code == 302
    assert "起草下一版" in text(browser.get("/admin/letters/"))
    assert signed_in(make_actor(Role.BUYER)).get("/admin/letters/").status_code == 403
