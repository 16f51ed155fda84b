"""One test for each row of the tables that judge: measures, conduct, credit events, questions of the declarations, facts.

What is expected is written here by hand, so that a row cannot change without somebody saying so.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from compliance.catalogue import Question, Template, conduct_catalogue, credit_events, measures, templates
from compliance.credit import explain
from compliance.declarations import faults_of
from compliance.expelling import revocable, revoke_on_finding
from compliance.models import Finding, Sanction
from compliance.operations import advance_by_clock, note_credit, open_conduct_case
from compliance.rules.base import facts_of
from compliance.rules.negative_list import shipped_rules
from compliance.rules.vocabulary import FactFault, read_facts, vocabulary
from kit.actors import SYSTEM
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Organization
from participants.queries import LOCAL
from tests.compliance.profiles import CLEAN
from tests.compliance.test_conduct import decided
from tests.compliance.worlds import ANSWERS, merchant, officer, regulator
from tests.factories import NOW, clock

#: measure -> (severity, standing, band it brings at least, months: the shortest, the longest)
MEASURES: dict[str, tuple[str, str, str, int, int]] = {
    "warning": ("minor", "good", "", 0, 3), "watch": ("minor", "watch", "C", 0, 3), "raised_deposit": ("ordinary", "watch", "C", 3, 12),
    "no_new_business": ("ordinary", "restricted", "D", 3, 12), "suspension": ("serious", "suspended", "D", 12, 36),
    "restriction": ("serious", "restricted", "D", 12, 36), "expulsion": ("serious", "restricted", "D", 12, 36),
}
CONDUCT = {
    "late_report": "minor", "incomplete_metadata": "minor", "late_delivery": "minor", "quality_below_declared": "ordinary",
    "use_beyond_quantity": "ordinary", "late_payment": "ordinary", "refusal_of_sampling": "ordinary", "false_declaration": "ordinary",
    "forged_right": "serious", "pi_without_basis": "serious", "reidentification": "serious", "wash_trade": "serious",
    "collusion": "serious", "resale_without_right": "serious", "off_exchange_evasion": "serious", "export_breach": "serious",
    "false_report": "serious",
}
_MEASURE_FOR = {"minor": "watch", "ordinary": "raised_deposit", "serious": "restriction"}
EVENTS = {
    "clean_quarter": 5, "sample_passed": 2, "late_delivery": -3, "delivery_failed": -8, "payment_default": -10, "unrevealed_bid": -4,
    "agreement_unsigned": -6, "use_overrun": -6, "export_breach": -10, "dispute_lost": -6, "finding_minor": -5, "finding_ordinary": -20,
    "finding_serious": -45, "vouched_minor": -1, "vouched_ordinary": -6, "vouched_serious": -15, "restored_minor": 0,
    "restored_ordinary": 0, "restored_serious": 0, "annulled_minor": 0, "annulled_ordinary": 0, "annulled_serious": 0,
}


def test_the_tables_written_here_are_whole() -> None:
    assert set(MEASURES) == set(measures()) and set(CONDUCT) == set(conduct_catalogue()) and set(EVENTS) == set(credit_events())
    assert set(CLEAN) == set(vocabulary().facts)


@covers("R94", "H6")
@pytest.mark.django_db
@pytest.mark.parametrize("measure", sorted(MEASURES))
def test_each_measure_brings_its_standing_its_band_and_its_months_and_no_other_severity_may_use_it(measure: str) -> None:
    severity, standing, band, least, most = MEASURES[measure]
    organization, since = _imposed(measure, severity)
    sanction = Sanction.objects.get(organization=organization, measure=measure)
    assert organization.standing == standing and (not band or organization.band >= band)
    assert _months_after(sanction.earliest_end_at, since) == least and _months_after(sanction.effective_to, since) == most
    for other in sorted({"minor", "ordinary", "serious"} - {severity}):
        with pytest.raises(Rejected, match="measure_unknown"):
            decided(severity=other, measure=measure, subject=f"TRD-{other}")


def _imposed(measure: str, severity: str) -> tuple[Organization, datetime]:
    """Whom it was imposed on, and when: with the finding, or, where the table says so, by its own act once the finding is final."""
    case, organization, _, _ = decided(severity=severity, measure="restriction" if measures()[measure].after_final else measure)
    if not measures()[measure].after_final:
        return organization, NOW
    case = advance_by_clock(case=case, clock=clock(case.due_at))
    [held] = revocable(case)
    revoke_on_finding(case=case, admission=held.code, reason="不再符合准入条件", actor=regulator(), clock=clock(case.closed_at))
    organization.refresh_from_db()
    return organization, case.closed_at


def _months_after(day: datetime, since: datetime) -> int:
    began, ended = since.astimezone(LOCAL), day.astimezone(LOCAL)
    return (ended.year - began.year) * 12 + ended.month - began.month


@covers("R94", "H6")
@pytest.mark.django_db
@pytest.mark.parametrize("conduct", sorted(CONDUCT))
def test_each_conduct_is_found_with_its_severity_and_takes_the_points_of_it(conduct: str) -> None:
    severity = CONDUCT[conduct]
    assert conduct_catalogue()[conduct][0] == severity, "the severity the desk is offered first"
    case, organization, _, _ = decided(conduct, severity, _MEASURE_FOR[severity])
    finding = Finding.objects.get(case=case)
    assert (finding.conduct, finding.severity) == (conduct, severity)
    assert [line.points for line in explain(organization, at=NOW) if line.source == finding.code] == [EVENTS[f"finding_{severity}"]]


@covers("R94")
@pytest.mark.django_db
def test_what_is_no_row_of_the_catalogue_is_no_conduct() -> None:
    organization, _ = merchant()
    with pytest.raises(Rejected, match="There is no such conduct"):
        open_conduct_case(organization=organization, conduct="bad_manners", subject_code="TRD-1", text="", actor=officer(), clock=clock())


@covers("R87", "H7")
@pytest.mark.django_db
@pytest.mark.parametrize("event", sorted(EVENTS))
def test_each_event_counts_its_points_once_per_source(event: str) -> None:
    organization, _ = merchant()
    for _ in range(2):
        note_credit(organization=organization, event=event, source="SRC-1", actor=SYSTEM, clock=clock())
    assert [(line.event, line.points) for line in explain(organization, at=NOW)] == [(event, EVENTS[event])]


# ---- declarations ------------------------------------------------------------------------------------------------------

_ALL: dict[str, Any] = {**ANSWERS, "class_personal": True, "class_sensitive": False, "class_minors": False, "personal_basis": "consent",
                        "personal_assessment": "PIA-1", "independent": True, "conflict_checked": True, "qualification": "资质",
                        "truthful_reports": True, "confidential": True}
QUESTIONS = {f"{form.key}-{one.key}": (form, one) for form in templates().values() for one in form.questions}
_WRONG: dict[str, Any] = {"promise": "yes", "yes_no": "no", "choice": "no such answer", "choices": ["no such answer"], "text": ["a list"]}


def _faults(form: Template, answers: dict[str, Any]) -> list[tuple[str, str]]:
    known = {one.key for one in form.questions}
    return [(one.field, one.code) for one in faults_of(form, {key: value for key, value in answers.items() if key in known}, signing=True)]


@covers("R88")
@pytest.mark.parametrize("row", sorted(QUESTIONS))
def test_each_question_is_asked_where_it_applies_and_takes_only_an_answer_of_its_kind(row: str) -> None:
    form, one = QUESTIONS[row]
    assert _faults(form, _ALL) == [], "with every answer given nothing is missing"
    left_out = {key: value for key, value in _ALL.items() if key != one.key}
    assert ((one.key, "required") in _faults(form, left_out)) is one.required
    if one.type == "promise":
        assert (one.key, "required") in _faults(form, {**_ALL, one.key: False}), "a promise not made is none"
    assert _faults(form, {**_ALL, one.key: _WRONG[one.type]}) == [(one.key, "wrong_value")]
    if one.needs:
        elsewhere = {**left_out, **{key: not value for key, value in one.needs.items()}}
        assert (one.key, "required") not in _faults(form, elsewhere), "where it does not apply it is not asked"
    assert all(one.text) and one.text[1].isascii() and all(all(pair) for pair in one.values.values())


@covers("R88")
def test_a_form_that_forgot_that_a_question_is_needed_would_sign_without_it() -> None:
    """The naive form asks and needs nothing."""
    form = templates()["merchant"]

    def loose(one: Question) -> Question:
        return replace(one, required=False)

    naive = replace(form, parts=tuple(replace(part, questions=tuple(loose(one) for one in part.questions)) for part in form.parts))
    assert _faults(naive, {}) == [] and len(_faults(form, {})) > 20


# ---- facts --------------------------------------------------------------------------------------------------------------

_NO_VALUE: dict[str, Any] = {"bool": "yes", "whole": -1, "decimal": "NaN", "word": "no such word", "open": "", "words": ["no such word"]}


@covers("R3", "R84")
@pytest.mark.parametrize("name", sorted(CLEAN))
def test_each_fact_is_read_with_its_type_refused_with_another_and_left_open_when_unstated(name: str) -> None:
    kind = vocabulary().facts[name]
    assert name in read_facts({name: CLEAN[name]}) and read_facts({name: None}) == {}
    with pytest.raises(FactFault) as fault:
        read_facts({name: _NO_VALUE[kind.type]})
    assert (fault.value.fact, fault.value.code) == (name, "wrong_value") and all(fault.value.text)
    assert all(kind.text) and kind.text[1].isascii()


@covers("R84")
def test_only_two_facts_are_asked_by_no_rule_of_the_list_because_rules_in_code_read_them() -> None:
    asked = frozenset().union(*(facts_of(rule.when) for rule in shipped_rules().rules))
    assert set(vocabulary().facts) - asked == {"from_government_project", "special_pi"} and asked <= set(vocabulary().facts)
