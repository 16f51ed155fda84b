"""The negative list edited rule by rule under four eyes: every fault at its field, nothing of an edition rewritten, the public heard."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from hypothesis import given
from hypothesis import strategies as st

from compliance.models import ListComment, NegativeListEntry, NegativeListVersion
from compliance.operations import (
    approve_list,
    begin_list,
    cancel_list,
    comment_list,
    enact_urgently,
    propose_list,
    put_rule,
    retire_rule,
    return_list,
)
from compliance.queries import list_version_at, rule_set_of
from compliance.rules.drafting import differences, faults_of
from compliance.rules.negative_list import read_rule, shipped_document
from compliance.rules.outline import Line, from_lines, to_lines
from evidence.invariants import check_all
from evidence.models import Record
from kit.coverage import covers
from kit.rejected import Rejected
from participants.roles import Role
from tests.compliance.worlds import officer, regulator
from tests.factories import NOW, clock, make_actor, make_organization

RULES: dict[str, dict[str, Any]] = {row["id"]: row for row in shipped_document()["rules"]}


def rule(rule_id: str = "NL-R-06", **changes: Any) -> dict[str, Any]:
    """One shipped rule with some fields changed; None takes a field away."""
    row = {**copy.deepcopy(RULES[rule_id]), **changes}
    return {key: value for key, value in row.items() if value is not None}


def barred(rule_id: str = "NL-R-06") -> dict[str, Any]:
    return rule(rule_id, tier="prohibited", conditions=None)


def begun(actor: Any, label: str = "2026.2") -> NegativeListVersion:
    return begin_list(version=label, summary=("原始数据不得交易", "Raw data may not be traded"), actor=actor, clock=clock())


# ---- the outline of a predicate ---------------------------------------------------------------------------------------------


@covers("C1", "R84")
@pytest.mark.parametrize("rule_id", RULES)
def test_every_shipped_predicate_can_be_written_line_by_line_and_read_back(rule_id: str) -> None:
    back, faults = from_lines(to_lines(RULES[rule_id]["when"]))
    assert faults == [] and read_rule(rule(rule_id, when=back)).when == read_rule(RULES[rule_id]).when


FAULTY: list[tuple[list[Line], str]] = [
    ([], "when"),
    ([Line(1, "fact", "state_secret", "eq", "true")], "when.0.depth"),
    ([Line(0, "fact", "state_secret", "eq", "true"), Line(1, "fact", "work_secret", "eq", "true")], "when.1.depth"),
    ([Line(0, "all")], "when.0.kind"),
    ([Line(0, "eval"), Line(1, "fact", "state_secret", "eq", "true")], "when.0.kind"),
    ([Line(0, "not"), Line(1, "fact", "state_secret", "eq", "true"), Line(1, "fact", "work_secret", "eq", "true")], "when.0.kind"),
    ([Line(0, "fact", "__import__('os')", "eq", "true")], "when.0.fact"),
    ([Line(0, "fact", "state_secret", "gte", "true")], "when.0.op"),
    ([Line(0, "fact", "pi_subjects", "eq", "5")], "when.0.op"),
    ([Line(0, "fact", "state_secret", "eq", "perhaps")], "when.0.value"),
    ([Line(0, "fact", "pi_subjects", "gte", "-1")], "when.0.value"),
    ([Line(0, "fact", "pi_subjects", "gte", "1e9")], "when.0.value"),
    ([Line(0, "fact", "linkage_risk_score", "gte", "NaN")], "when.0.value"),
    ([Line(0, "fact", "legal_basis", "in", "none, unheard")], "when.0.value"),
    ([Line(0, "fact", "legal_basis", "in", "")], "when.0.value"),
]


@covers("C1", "R84")
@pytest.mark.parametrize(("lines", "field"), FAULTY)
def test_a_line_that_cannot_be_is_named_and_nothing_is_run(lines: list[Line], field: str) -> None:
    assert field in [fault.field for fault in from_lines(lines)[1]]


@given(st.lists(st.builds(Line, st.integers(-1, 6), st.sampled_from(["all", "any", "not", "fact", "or"]),
                          st.sampled_from(["state_secret", "pi_subjects", "legal_basis", "rights_held", "x"]),
                          st.sampled_from(["eq", "in", "gte", "contains", "is"]), st.text(max_size=12)), max_size=9))
@covers("C1")
def test_any_lines_at_all_are_a_readable_predicate_or_named_faults(lines: list[Line]) -> None:
    when, faults = from_lines(lines)
    assert faults or faults_of(rule(when=when)) == []
    assert all(fault.field.startswith("when") for fault in faults)


@covers("C1", "R84")
@pytest.mark.parametrize(("changes", "field"), [
    ({"id": "25"}, "id"), ({"category": "原始"}, "category"), ({"category_en": ""}, "category_en"), ({"tier": "warn"}, "tier"),
    ({"waivable": "yes"}, "waivable"), ({"basis": [], "basis_en": []}, "basis"), ({"basis_en": []}, "basis_en"),
    ({"evidence": "hearsay"}, "evidence"), ({"remedy": []}, "remedy"), ({"remedy": ["pay"]}, "remedy"),
    ({"conditions": ["be_nice"]}, "conditions"), ({"tier": "prohibited"}, "conditions"), ({"terms": {"zh": ["长" * 81]}}, "terms_zh"),
    ({"when": {"python": "True"}}, "when"), ({"when": "state_secret"}, "when"),
])
def test_bad_input_is_named_field_by_field(changes: dict[str, Any], field: str) -> None:
    assert [fault.field for fault in faults_of(rule(**changes))] == [field]


# ---- editing ----------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@covers("R84", "C1")
def test_a_draft_is_begun_from_the_list_in_force_and_edited_rule_by_rule() -> None:
    drafter = regulator()
    version = begun(drafter)
    assert rule_set_of(version).rules == rule_set_of(list_version_at(NOW)).rules
    version = put_rule(version=version, edition=1, rule=barred(), actor=drafter, clock=clock())
    version = put_rule(version=version, edition=2, rule=rule("NL-P-01", id="NL-P-25", category_zh="新规则"), actor=drafter, clock=clock())
    version = retire_rule(version=version, edition=3, rule_id="NL-R-16", actor=drafter, clock=clock())
    told = {(one.kind, one.rule.id) for one in differences(rule_set_of(list_version_at(NOW)), rule_set_of(version))}
    assert told == {("changed", "NL-R-06"), ("added", "NL-P-25"), ("removed", "NL-R-16")}
    assert NegativeListEntry.objects.filter(version=version).values("edition").distinct().count() == 4, "no edition is rewritten"
    assert Record.objects.filter(kind="compliance.negative_list.edited", subject=version.code).count() == 3
    assert check_all(only=("I16", "I17")).violations == []


@pytest.mark.django_db
@covers("R84")
def test_two_who_edit_at_once_do_not_overwrite_each_other_and_a_faulty_rule_changes_nothing() -> None:
    version = begun(regulator())
    put_rule(version=version, edition=1, rule=barred(), actor=regulator(), clock=clock())
    with pytest.raises(Rejected, match="stale"):
        put_rule(version=version, edition=1, rule=barred("NL-R-03"), actor=regulator(), clock=clock())
    with pytest.raises(Rejected, match="rule_faulty") as refused:
        put_rule(version=version, edition=2, rule=rule(basis=[], remedy=["pay"]), actor=regulator(), clock=clock())
    assert {fault.field for fault in refused.value.errors} == {"basis", "basis_en", "remedy"}
    with pytest.raises(Rejected, match="nothing_changed"):
        put_rule(version=version, edition=2, rule=barred(), actor=regulator(), clock=clock())
    with pytest.raises(Rejected, match="no_such_rule"):
        retire_rule(version=version, edition=2, rule_id="NL-X-99", actor=regulator(), clock=clock())
    with pytest.raises(Rejected, match="denied"):
        put_rule(version=version, edition=2, rule=barred("NL-R-03"), actor=officer(), clock=clock())
    assert NegativeListVersion.objects.get(pk=version.pk).edition == 2


@pytest.mark.django_db
@covers("R84", "I18")
def test_no_hand_of_a_draft_decides_it_neither_the_drafter_nor_an_editor_nor_the_proposer() -> None:
    drafter, editor, proposer, other = (regulator("review_second") for _ in range(4))
    version = put_rule(version=begun(drafter), edition=1, rule=barred(), actor=editor, clock=clock())
    version = propose_list(version=version, actor=proposer, clock=clock())
    ends = version.notice_until
    for hand in (drafter, editor, proposer):
        with pytest.raises(Rejected, match="already_took_part"):
            approve_list(version=version, effective_from=ends, actor=hand, clock=clock(ends))
        with pytest.raises(DatabaseError, match="by a hand of its draft"), transaction.atomic():
            NegativeListVersion.objects.filter(pk=version.pk).update(status="scheduled", approved_by=hand.code, effective_from=ends)
    with pytest.raises(DatabaseError, match="taken back"), transaction.atomic():
        NegativeListVersion.objects.filter(pk=version.pk).update(hands=[drafter.code])
    with pytest.raises(DatabaseError, match="nobody's approval"), transaction.atomic():
        NegativeListVersion.objects.filter(pk=version.pk).update(status="scheduled", effective_from=ends)
    assert approve_list(version=version, effective_from=ends, actor=other, clock=clock(ends)).status == "scheduled"
    with pytest.raises(Rejected, match="reason_needed"):
        cancel_list(version=version, reason=" ", actor=other, clock=clock(ends))


@pytest.mark.django_db
@covers("R84", "R4")
def test_the_urgent_path_takes_another_hand_a_reason_and_only_stricter_rules() -> None:
    drafter, second = regulator("review_second"), regulator("review_second")
    unchanged = begun(drafter, "2026.7")
    with pytest.raises(Rejected, match="not_stricter"):
        enact_urgently(version=unchanged, reason="紧急", actor=second, clock=clock())
    with pytest.raises(Rejected, match="no_changes"):
        propose_list(version=unchanged, actor=drafter, clock=clock())
    version = put_rule(version=begun(drafter), edition=1, rule=barred(), actor=drafter, clock=clock())
    for actor, reason, code in ((second, "", "reason_needed"), (drafter, "泄露事件", "already_took_part")):
        with pytest.raises(Rejected, match=code):
            enact_urgently(version=version, reason=reason, actor=actor, clock=clock())
    assert enact_urgently(version=version, reason="泄露事件", actor=second, clock=clock()).urgent


@pytest.mark.django_db
@covers("R51", "R84")
def test_anybody_signed_in_comments_while_the_notice_runs_and_what_was_said_stays() -> None:
    drafter, buyer = regulator(), make_actor(Role.BUYER, organization=make_organization(Role.BUYER))
    version = put_rule(version=begun(drafter), edition=1, rule=barred(), actor=drafter, clock=clock())
    with pytest.raises(Rejected, match="notice_over"):
        comment_list(version=version, text="太严", actor=buyer, clock=clock())
    version = propose_list(version=version, actor=drafter, clock=clock())
    made = comment_list(version=version, text=" 建议给出过渡期。 ", actor=buyer, clock=clock())
    assert made.text == "建议给出过渡期。"
    told = Record.objects.get(kind="compliance.negative_list.commented").payload
    assert "建议" not in str(told) and len(told["text_hash"]) == 64
    for text in ("", "长" * 2001):
        with pytest.raises(Rejected, match="comment_unfit"):
            comment_list(version=version, text=text, actor=buyer, clock=clock())
    with pytest.raises(Rejected, match="notice_over"):
        comment_list(version=version, text="迟了", actor=buyer, clock=clock(version.notice_until))
    for change in (lambda: ListComment.objects.update(text="改"), lambda: ListComment.objects.all().delete(),
                   lambda: ListComment.objects.create(version=version, edition=2, author="x", text="迟", at=NOW + timedelta(days=8))):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    with pytest.raises(Rejected, match="reason_needed"):
        return_list(version=version, reason="", actor=regulator("review_second"), clock=clock())
    assert return_list(version=version, reason="增加过渡期", actor=regulator("review_second"), clock=clock()).status == "draft"
    assert ListComment.objects.filter(version=version).count() == 1


# ---- the desk and the public page -------------------------------------------------------------------------------------------


def _signed_in(*roles: Any) -> list[Any]:
    from django.test import Client

    from tests.factories import make_user

    found = []
    for role in roles:
        client = Client()
        client.force_login(make_user(role, capabilities=("review_first", "review_second")),
                           backend="django.contrib.auth.backends.ModelBackend")
        found.append(client)
    return found


def typed_rule(**changes: Any) -> dict[str, Any]:
    """What the editor's form sends for a new rule: raw data of the public is barred."""
    return {"id": "NL-P-25", "category": "raw_public", "category_zh": "公共原始数据", "category_en": "Raw public data",
            "tier": "prohibited",
            "waivable": "no", "basis": "数据二十条 第四条", "basis_en": "Data Twenty, item 4", "evidence": "seen", "terms_zh": "原始库",
            "terms_en": "", "remedy": ["reject"], "line-0-depth": "0", "line-0-kind": "all",
            "line-1-depth": "1", "line-1-kind": "fact", "line-1-fact": "subject_class", "line-1-op": "eq", "line-1-value": "public",
            "line-2-depth": "1", "line-2-kind": "fact", "line-2-fact": "processing_stage", "line-2-op": "in",
            "line-2-value": "raw, intermediate", "act": "put", **changes}


@pytest.mark.django_db
@covers("R84", "C1", "T41")
def test_the_desk_begins_edits_proposes_hears_and_decides_with_every_fault_at_its_field() -> None:
    from evidence.clock import set_market_clock

    set_market_clock(NOW + timedelta(days=365 * 5), 0)
    first, second, auditor, buyer, visitor = *_signed_in(Role.REGULATOR, Role.REGULATOR, Role.AUDITOR, Role.BUYER), _signed_in()
    desk = "/admin/compliance/negativelistversion/"
    assert first.get(f"{desk}begin/").status_code == 200 and auditor.post(f"{desk}begin/", {
        "version": "2031.9", "summary_zh": "甲", "summary_en": "A"}).status_code == 403
    assert "2026.1" in first.post(f"{desk}begin/", {"version": "2026.1", "summary_zh": "甲", "summary_en": "A"}).content.decode()
    one = first.post(f"{desk}begin/", {"version": "2031.1", "summary_zh": "公共原始数据", "summary_en": "Raw public data"})["Location"]
    version = NegativeListVersion.objects.get(version="2031.1")
    new = f"{desk}{version.pk}/rule/new/"
    assert first.get(one).status_code == 200 and auditor.get(one).status_code == 200 and first.get(new).status_code == 200
    assert auditor.post(new, typed_rule(edition="1")).status_code == 403
    bad = first.post(new, typed_rule(edition="1", basis_en="", **{"line-2-value": "raw, cooked", "id": "25"}))
    page = bad.content.decode()
    assert bad.status_code == 422 and page.count('aria-invalid="true"') >= 3 and "raw, cooked" in page and "公共原始数据" in page
    more = first.post(new, typed_rule(edition="1", act="more")).content.decode()
    assert 'name="line-7-kind"' in more and "raw, intermediate" in more and "数据二十条 第四条" in more
    tried = first.post(new, typed_rule(edition="1", act="try"))  # written to the draft, then on to the laboratory
    assert tried.status_code == 302 and tried["Location"] == f"/desk/laboratory/replay/{version.code}/"
    assert first.post(new, typed_rule(edition="1", category_zh="别的")).status_code == 409
    assert first.get(f"{desk}{version.pk}/rule/NL-R-11/").content.decode().count("ytd_spi_out\" selected") == 2
    assert first.post(f"{desk}{version.pk}/rule/NL-R-16/", {"act": "retire", "edition": "2"}).status_code == 302
    shown = second.get(one).content.decode()
    assert "NL-P-25" in shown and "NL-R-16" in shown
    assert auditor.post(one, {"act": "propose"}).status_code == 403
    assert first.post(one, {"act": "propose"}).status_code == 302
    public = f"/rules/negative-list/{version.code}/"
    assert "NL-P-25" in buyer.get(public).content.decode()
    assert buyer.post(public, {"text": "请给过渡期"}).status_code == 302 and buyer.post(public, {"text": " "}).status_code == 400
    assert "请给过渡期" in second.get(one).content.decode()
    assert first.post(one, {"act": "approve", "effective_on": "2031-12-20"}).status_code == 409
    assert second.post(one, {"act": "approve", "effective_on": "2031-12-20"}).status_code == 409, "the notice runs"
    version.refresh_from_db()
    set_market_clock(version.notice_until, 0)
    for client in (first, second):  # the clock of sign-ins is not the market's
        assert client.get(one, headers={"Accept-Language": "en"}).status_code == 200
    assert second.post(one, {"act": "approve", "effective_on": "soon"}).status_code == 400
    day = (version.notice_until + timedelta(days=3)).date().isoformat()
    assert second.post(one, {"act": "approve", "effective_on": day}).status_code == 302
    version.refresh_from_db()
    assert version.status == "scheduled" and second.get(one).status_code == 200
    assert visitor == [] and buyer.get(public, headers={"Accept-Language": "en"}).status_code == 200
