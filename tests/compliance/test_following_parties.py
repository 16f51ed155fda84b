"""What compliance does when something happens to a party: light admissions sampled, vouchers answer too, alarms become work."""

from __future__ import annotations

import pytest

from compliance.credit import explain, score
from compliance.models import Case, CreditRecord, Incident
from compliance.operations import decide_conduct, decide_objection, object_to_finding
from compliance.subscribers import drawn
from evidence.operations import drain
from kit.actors import SYSTEM
from kit.coverage import covers
from participants.actors import actor_of
from participants.operations import file_admission, open_admission, set_standing, vouch_for
from participants.roles import Role
from tests.compliance.test_conduct import deciding
from tests.compliance.worlds import regulator
from tests.factories import NOW, clock, make_actor, make_organization, make_user
from tests.participants.test_admission_classes import ANSWERS

pytestmark = pytest.mark.django_db


def credit_codes():
    """Well-formed credit codes of invented parties."""
    from stdnum.cn import uscc

    for number in range(100):
        body = f"91310115MA9K{number:05d}"
        yield body + uscc.calc_check_digit(body)


def light_admissions(count: int, band: str = "B") -> list[str]:
    codes = []
    for _, uscc in zip(range(count), credit_codes(), strict=False):
        party = make_organization(admitted=False, uscc=uscc)
        if band != "B":
            set_standing(organization=party, standing="good", band=band, cause_code="T", reason="t", actor=SYSTEM, at=NOW)
        actor = actor_of(make_user(Role.BUYER, organization=party))
        held = open_admission(organization=party, category="buyer", answers=ANSWERS, actor=actor, clock=clock())
        codes.append(file_admission(admission=held, declare=True, actor=actor, clock=clock()).code)
    drain(clock=clock())
    return codes


@covers("R87")
def test_admissions_by_declaration_are_sampled_as_often_as_the_band_says() -> None:
    codes = light_admissions(12)
    sampled = set(Case.objects.filter(kind="sample").values_list("subject_code", flat=True))
    assert sampled == {code for code in codes if drawn(code, 50)} and 0 < len(sampled) < 12
    case = Case.objects.filter(kind="sample").first()
    assert case is not None and case.flags == ["light_admission"] and case.queue == "compliance"


@covers("R87")
def test_a_bad_band_is_always_looked_at_and_a_desk_admission_is_not() -> None:
    codes = light_admissions(3, band="D")
    assert set(Case.objects.filter(kind="sample").values_list("subject_code", flat=True)) == set(codes)


@covers("R87")
def test_who_is_drawn_is_fixed_by_the_code() -> None:
    codes = [f"ADM-{number:010d}" for number in range(2000)]
    assert [drawn(code, 20) for code in codes] == [drawn(code, 20) for code in codes]
    assert 320 < sum(drawn(code, 20) for code in codes) < 480
    assert all(drawn(code, 100) for code in codes) and not any(drawn(code, 0) for code in codes)


@covers("W23")
def test_a_finding_counts_for_whoever_vouched_and_is_undone_with_it() -> None:
    case, supplier, actor = deciding()
    sponsor = make_organization()
    vouch_for(sponsor=sponsor, sponsored=supplier, actor=make_actor(Role.DATA_MERCHANT, organization=sponsor), clock=clock())
    stranger = make_organization()
    before = score(sponsor, at=NOW)
    decide_conduct(case=case, severity="ordinary", measures=["raised_deposit"], reasons="拖欠价款", basis="规则 1", actor=regulator(),
                   clock=clock())
    assert score(sponsor, at=NOW) == before - 6 and score(stranger, at=NOW) == before
    line = explain(sponsor, at=NOW)[0]
    assert (line.event, line.text[0]) == ("vouched_ordinary", "所保荐的供方被认定一般失信")
    assert CreditRecord.objects.get(organization=sponsor).note == supplier.code
    object_to_finding(case=case, text="价款已付", actor=actor, clock=clock())
    decide_objection(case=case, outcome="uphold", reasons="凭证属实", actor=regulator(), clock=clock())
    assert score(sponsor, at=NOW) == before


@covers("T47")
def test_an_alarm_of_a_sign_in_becomes_an_incident_and_a_missing_calendar_a_case() -> None:
    from datetime import UTC, datetime

    from participants.calendars import alarm_calendar

    assert alarm_calendar(clock=clock(datetime(2026, 12, 1, 4, tzinfo=UTC))) == 1
    drain(clock=clock(datetime(2026, 12, 1, 4, tzinfo=UTC)))
    assert Case.objects.get(kind="other").title_zh == "工作日历待补：2027"
    assert not Incident.objects.exists()
