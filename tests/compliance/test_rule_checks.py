"""Each rule says what it rests on and when it is compared again; a recalled one only asks; the past keeps the rule of its date."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, transaction
from django.test import Client

from compliance.models import Case, RuleCheck
from compliance.operations import begin_list, check_rule, enact_urgently, put_rule
from compliance.queries import list_version_at
from compliance.rule_checks import open_overdue_checks, standing_of_rules
from compliance.rule_pages import pages
from compliance.rules.base import Fact, Rule, Tier, judge
from compliance.rules.classes import rule_classes
from compliance.rules.cross_border import _BASIS
from compliance.rules.negative_list import shipped_rules
from compliance.screening import Profile, screen
from kit.coverage import covers
from kit.rejected import Rejected
from participants.roles import Role
from tests.compliance.profiles import clean
from tests.compliance.test_list_editing import barred
from tests.compliance.worlds import officer, regulator
from tests.factories import NOW, clock, make_actor, make_organization, make_user

SECRET: Rule = shipped_rules().rule("NL-P-01")
RECALLED: Rule = replace(SECRET, evidence="recalled")


# ---- a recalled rule -------------------------------------------------------------------------------------------------------


@covers("R84", "R110")
@pytest.mark.parametrize(("rule", "stated", "verdict"), [
    (SECRET, {"state_secret": True}, "prohibited"), (RECALLED, {"state_secret": True}, "restricted"),
    (SECRET, {}, "needs_info"), (RECALLED, {}, "pass"), (SECRET, {"state_secret": False}, "pass"),
    (RECALLED, {"state_secret": False}, "pass"),
])
def test_a_recalled_rule_restricts_at_most_and_waits_for_no_fact(rule: Rule, stated: dict[str, Any], verdict: str) -> None:
    found = judge([rule], stated)
    assert found.verdict == verdict and rule.bars is (rule is SECRET)
    assert (rule in found.open_items) is (rule is RECALLED and not stated), "what it would need is shown as open"


@covers("R84")
def test_a_recalled_rule_never_hides_one_that_acts() -> None:
    other = replace(SECRET, id="NL-P-99", when=Fact("work_secret", "eq", True))
    assert judge([RECALLED, other], {"state_secret": True, "work_secret": True}).verdict == "prohibited"
    waiting = judge([RECALLED, other], {"state_secret": True})
    assert (waiting.verdict, waiting.missing) == ("needs_info", ("work_secret",))
    assert replace(RECALLED, tier=Tier.RESTRICTED).bars is False


# ---- every rule says what it rests on --------------------------------------------------------------------------------------


@covers("R51", "R110")
@pytest.mark.parametrize("one", rule_classes(), ids=lambda one: one.id)
def test_each_rule_in_code_names_a_clause_a_function_and_a_test_that_exist(one: Any) -> None:
    room, _, name = one.code.rpartition(".")
    assert callable(getattr(import_module(room), name))
    path, _, test = one.test.partition("::")
    assert f"def {test}(" in (Path(settings.BASE_DIR) / path).read_text(encoding="utf-8")
    assert all((*one.name, *one.basis)) and one.name[1].isascii() and one.basis[1].isascii()


@covers("R110")
def test_every_row_of_the_cross_border_table_stands_among_them_with_its_own_clause() -> None:
    assert {f"XB-{row:02d}": basis for row, basis in _BASIS.items()} == {
        one.id: one.basis for one in rule_classes() if one.id.startswith("XB-")}


@covers("R110")
def test_the_pages_of_the_rules_give_each_its_article_both_languages_and_its_test() -> None:
    written = {path.name: text for path, text in pages().items()}
    for rule in shipped_rules().rules:
        for name, which in (("negative-list.zh-CN.md", 0), ("negative-list.en.md", 1)):
            part = written[name].split(f"### {rule.id} ")[1].split("\n### ")[0]
            assert rule.name[which] in part and rule.basis[0][which] in part and f"test_negative_list.py` ({rule.id})" in part
    for one in rule_classes():
        assert one.basis[0] in written["classes.zh-CN.md"]
        assert one.basis[1] in written["classes.en.md"] and one.test in written["classes.en.md"]


# ---- dates, checks and tasks -----------------------------------------------------------------------------------------------


@pytest.mark.django_db
@covers("R51", "R100", "R110")
def test_each_rule_tells_since_when_it_holds_and_when_its_text_is_compared_again() -> None:
    found = {one.id: one for one in standing_of_rules(NOW)}
    assert len(found) == 40 + len(rule_classes())
    seen, second_hand = found["NL-P-01"], found["NL-P-03"]
    assert seen.since == second_hand.since == list_version_at(NOW).effective_from
    assert (seen.next_check - seen.since).days == 365 and (second_hand.next_check - second_hand.since).days == 90
    drafter, second = regulator("review_second"), regulator("review_second")
    version = begin_list(version="2026.2", summary=("甲", "A"), actor=drafter, clock=clock())
    version = put_rule(version=version, edition=1, rule=barred(), actor=drafter, clock=clock())
    enact_urgently(version=version, reason="紧急", actor=second, clock=clock())
    later = {one.id: one for one in standing_of_rules(NOW + timedelta(days=1))}
    assert later["NL-R-06"].since == NOW and later["NL-P-01"].since == seen.since, "an unchanged rule holds since it was written"
    assert {one.id: one for one in standing_of_rules(NOW - timedelta(days=1))}["NL-R-06"].until == NOW


@pytest.mark.django_db
@covers("R51", "R110")
def test_an_overdue_check_is_somebodys_task_once_and_the_check_ends_it() -> None:
    due = [one.id for one in standing_of_rules(NOW) if one.next_check <= NOW]
    assert "NL-P-03" in due and "NL-P-01" not in due
    assert open_overdue_checks(clock()) == len(due) and open_overdue_checks(clock()) == 0
    case = Case.objects.get(subject_kind="rule", subject_code="NL-P-03")
    assert (case.queue, case.flags, case.status) == ("compliance", ["rule_check"], "open") and "NL-P-03" in case.title_en
    made = check_rule(rule_id="NL-P-03", evidence="seen", holds=True, note="数据安全法 2021年公布文本", actor=officer(), clock=clock())
    case.refresh_from_db()
    assert case.status == "closed" and (made.next_check_at - NOW).days == 365
    assert {one.id: one for one in standing_of_rules(NOW)}["NL-P-03"].checked_at == NOW
    assert open_overdue_checks(clock()) == 0 and open_overdue_checks(clock(NOW + timedelta(days=400))) > 0
    gone = check_rule(rule_id="NL-P-03", evidence="seen", holds=False, note="已修订", actor=regulator(), clock=clock())
    assert (gone.next_check_at - NOW).days <= 31, "a rule that no longer agrees is looked at again soon"


@pytest.mark.django_db
@covers("R51")
def test_a_faulty_check_is_named_field_by_field_and_a_check_is_never_rewritten() -> None:
    with pytest.raises(Rejected, match="check_faulty") as refused:
        check_rule(rule_id="NL-X-1", evidence="heard", holds=True, note=" ", actor=officer(), clock=clock())
    assert {fault.field for fault in refused.value.errors} == {"rule_id", "evidence", "note"}
    with pytest.raises(Rejected, match="denied"):
        check_rule(rule_id="NL-P-01", evidence="seen", holds=True, note="x", clock=clock(),
                   actor=make_actor(Role.BUYER, organization=make_organization(Role.BUYER)))
    check_rule(rule_id="NL-P-01", evidence="seen", holds=True, note="原文", actor=officer(), clock=clock())
    for change in (lambda: RuleCheck.objects.update(holds=False), lambda: RuleCheck.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@pytest.mark.django_db
@covers("R100")
def test_a_past_act_is_judged_by_the_rule_of_its_date_and_a_new_one_by_the_new_rule() -> None:
    raw = Profile(facts=clean(processing_stage="raw"))
    drafter, second = regulator("review_second"), regulator("review_second")
    version = begin_list(version="2026.2", summary=("甲", "A"), actor=drafter, clock=clock())
    version = put_rule(version=version, edition=1, rule=barred(), actor=drafter, clock=clock())
    traded = NOW + timedelta(days=1)
    enact_urgently(version=version, reason="紧急", actor=second, clock=clock(traded + timedelta(days=1)))
    assert (screen(raw, at=traded).verdict, screen(raw, at=traded).rule_set) == ("restricted", "2026.1")
    assert (screen(raw, at=traded + timedelta(days=2)).verdict, screen(raw, at=traded + timedelta(days=2)).rule_set) == (
        "prohibited", "2026.2")


@pytest.mark.django_db
@covers("R51", "T41")
def test_the_desk_and_the_public_page_show_basis_mark_and_dates() -> None:
    from evidence.clock import set_market_clock

    set_market_clock(NOW + timedelta(days=365 * 5), 0)
    checking, looking = Client(), Client()
    for client, role in ((checking, Role.COMPLIANCE_OFFICER), (looking, Role.AUDITOR)):
        client.force_login(make_user(role), backend="django.contrib.auth.backends.ModelBackend")
    page = "/admin/compliance/rulecheck/due/"
    sent = {"rule_id": "NL-P-03", "evidence": "seen", "holds": "yes", "note": "数据安全法 第21条"}
    for language in ("zh-hans", "en"):
        assert "NL-P-03" in checking.get(f"{page}?rule=NL-P-03", headers={"Accept-Language": language}).content.decode()
    assert looking.get(page).status_code == 200 and looking.post(page, sent).status_code == 403
    assert checking.post(page, {**sent, "rule_id": "NL-Q"}).status_code == 400
    assert checking.post(page, sent).status_code == 302 and RuleCheck.objects.count() == 1
    assert checking.get("/admin/compliance/rulecheck/").status_code == 200
    public = Client().get("/rules/negative-list/", headers={"Accept-Language": "en"}).content.decode()
    assert "2032" in public and "Text compared next" in public and "XB-04" in Client().get("/rules/").content.decode()
