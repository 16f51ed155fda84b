"""Incidents: hours not days, silence grades upwards, persons are told of a leak at once (rules I, W8)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from compliance.models import Incident
from compliance.operations import (
    classify_incident,
    close_incident,
    contain_incident,
    lapse_incident,
    notify_authority,
    report_incident,
)
from kit.coverage import covers
from kit.rejected import Rejected
from participants.actors import VISITOR
from tests.compliance.worlds import merchant, officer
from tests.factories import NOW, clock

pytestmark = pytest.mark.django_db


def reported(**fields: Any) -> Incident:
    return report_incident(text="样本文件可被未登录者下载", actor=VISITOR, clock=clock(), **fields)


@covers("W8")
@pytest.mark.parametrize("kind, level, hours", [
    ("critical_infrastructure", "larger", 1), ("other", "larger", 4), ("security_defect", "ordinary", 24), ("operation", "ordinary", 24),
])
def test_the_hours_to_tell_the_authority_run_from_the_report(kind: str, level: str, hours: int) -> None:
    found = classify_incident(incident=reported(), kind=kind, level=level, actor=officer(), clock=clock(NOW + timedelta(minutes=30)))
    assert found.due_at == NOW + timedelta(hours=hours)


def test_an_ungraded_incident_counts_as_larger_after_an_hour_and_a_late_one_is_flagged() -> None:
    made = reported()
    with pytest.raises(Rejected, match="not_reached"):
        lapse_incident(incident=made, clock=clock(NOW + timedelta(minutes=59)))
    made = lapse_incident(incident=made, clock=clock(NOW + timedelta(hours=1)))
    assert (made.status, made.level, made.due_at) == ("classified", "larger", NOW + timedelta(hours=4))
    assert lapse_incident(incident=made, clock=clock(made.due_at)).overdue


@covers("W8")
def test_a_leak_of_personal_data_is_told_to_the_persons_too_and_closed_with_a_report() -> None:
    desk = officer()
    made = classify_incident(incident=reported(), kind="personal_leak", level="larger", actor=desk, clock=clock())
    with pytest.raises(Rejected, match="persons_not_told"):
        notify_authority(incident=made, authority="省网信办 2026-1", actor=desk, clock=clock())
    made = notify_authority(incident=made, authority="省网信办 2026-1", persons_told=True, actor=desk, clock=clock())
    assert made.due_at == NOW + timedelta(days=30)
    made = contain_incident(incident=made, measures="已下线", actor=desk, clock=clock())
    assert close_incident(incident=made, report="根因与整改", actor=desk, clock=clock()).status == "closed"


def test_only_a_desk_handles_an_incident() -> None:
    with pytest.raises(Rejected, match="denied"):
        classify_incident(incident=reported(), kind="other", level="ordinary", actor=merchant()[1], clock=clock())
