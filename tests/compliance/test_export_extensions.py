"""An assessment's result is extended by three years when it is asked in time, by two; else it ends with its own (R64, I18; rules D)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from compliance.export_extensions import ask_extension, decide_extension, may_ask_extension, second_extension
from compliance.exports import cleared_for
from compliance.models import ExportCase
from compliance.operations import decide_export, expire_export, file_papers, screen_export, second_export
from compliance.rules.cross_border import PAPERS
from evidence.clock import set_market_clock
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Notice
from participants.queries import add_working_days
from participants.roles import Role
from participants.timers import after
from tests.compliance.test_exports import cleared, opened
from tests.compliance.worlds import officer, regulator
from tests.factories import clock, make_user, venue

pytestmark = pytest.mark.django_db


def assessed() -> tuple[ExportCase, Actor]:
    case, _, actor = opened(grade="important")
    case = screen_export(case=case, actor=actor, clock=clock())
    case = file_papers(case=case, papers=dict.fromkeys(PAPERS, "DEP-1"), actor=actor, clock=clock())
    decide_export(case=case, clear=True, reason="评估通过", actor=regulator(), clock=clock())
    return second_export(case=case, agree=True, reason="", actor=regulator(), clock=clock()), actor


def code_of(act, **named) -> str:
    with pytest.raises(Rejected) as caught:
        act(**named)
    return caught.value.code


@covers("R64", "I18")
def test_an_extension_asked_in_time_and_decided_by_two_adds_three_years_to_the_end() -> None:
    case, actor = assessed()
    ends = case.effective_to
    asked_at = ends - timedelta(days=120)
    case = ask_extension(case=case, paper="延长申请.pdf abc", actor=actor, clock=clock(asked_at))
    assert case.extension_asked_at == asked_at and not may_ask_extension(case, asked_at)
    assert code_of(ask_extension, case=case, paper="x", actor=actor, clock=clock(asked_at)) == "compliance.export.extension_asked"
    first = regulator()
    decide_extension(case=case, grant=True, reason="情况未变", actor=first, clock=clock(asked_at))
    assert code_of(second_extension, case=case, agree=True, reason="", actor=first, clock=clock(asked_at)) == (
        "compliance.person.already_took_part")
    case = second_extension(case=case, agree=True, reason="", actor=regulator(), clock=clock(asked_at))
    assert case.effective_to == after("export.validity", ends) and case.extension_asked_at is None and case.status == "cleared"
    assert cleared_for(case.exporter, case.product_code, case.recipient, ends).pk == case.pk, "there is no gap"
    assert "情况未变" in Notice.objects.filter(organization=case.exporter, kind="compliance.export.extension").get().text_zh


@covers("R64")
def test_it_is_asked_for_sixty_working_days_before_the_end_and_not_a_moment_later() -> None:
    case, actor = assessed()
    last = case.effective_to
    while add_working_days(venue(), last, 60) > case.effective_to:
        last -= timedelta(days=1)
    assert may_ask_extension(case, last) and not may_ask_extension(case, last + timedelta(days=1))
    late = clock(last + timedelta(days=1))
    assert code_of(ask_extension, case=case, paper="x", actor=actor, clock=late) == "compliance.export.extension_late"
    assert code_of(ask_extension, case=case, paper=" ", actor=actor, clock=clock(last)) == "compliance.export.no_papers"
    assert ask_extension(case=case, paper="x", actor=actor, clock=clock(last)).extension_asked_at == last


@covers("R64", "I18")
def test_refused_or_undecided_it_ends_with_its_three_years() -> None:
    case, actor = assessed()
    ends = case.effective_to
    early = ends - timedelta(days=200)
    ask_extension(case=case, paper="x", actor=actor, clock=clock(early))
    for nobody in (officer(), actor):
        assert code_of(decide_extension, case=case, grant=True, reason="", actor=nobody, clock=clock(early)).endswith("denied")
    decide_extension(case=case, grant=False, reason="目的已变化", actor=regulator(), clock=clock(early))
    case = second_extension(case=case, agree=True, reason="", actor=regulator(), clock=clock(early))
    assert case.effective_to == ends and case.extension_asked_at is None
    ask_extension(case=case, paper="再次申请", actor=actor, clock=clock(early))
    case = expire_export(case=case, clock=clock(ends))
    assert case.status == "expired" and case.extension_asked_at is None
    assert code_of(decide_extension, case=case, grant=True, reason="", actor=regulator(),
                   clock=clock(ends)) == "compliance.export.nothing_to_extend"


@covers("R64")
def test_what_was_never_assessed_has_nothing_to_extend() -> None:
    case, _, actor = cleared()
    assert case.row == 12 and not may_ask_extension(case, clock().now())
    assert code_of(ask_extension, case=case, paper="x", actor=actor, clock=clock()) == "compliance.export.nothing_to_extend"


@covers("R64", "C5")
def test_it_is_asked_and_decided_on_the_pages() -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    case, _ = assessed()
    set_market_clock(case.effective_to - timedelta(days=150), 0)
    browser = Client()
    browser.force_login(make_user(Role.DATA_MERCHANT, organization=case.exporter))
    assert "申请延长三年" in browser.get("/desk/exports/").content.decode()
    browser.post(f"/desk/exports/{case.code}/", {"act": "extend", "extension": SimpleUploadedFile("延长.pdf", b"%PDF-1.4 x")})
    case.refresh_from_db()
    assert case.extension_asked_at is not None and "已申请延长" in browser.get("/desk/exports/").content.decode()
    page = f"/admin/compliance/exportcase/{case.pk}/case/"
    for act in ("extend", "agree_extension"):
        browser.force_login(make_user(Role.REGULATOR))
        assert "延长评估结果" in browser.get(page).content.decode()
        assert browser.post(page, {"act": act, "reason": "情况未变"}).status_code == 302
    ends = case.effective_to
    case.refresh_from_db()
    assert case.effective_to == after("export.validity", ends)
