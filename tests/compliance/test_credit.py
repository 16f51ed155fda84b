"""The score as a fold: a replay at any date, one event explains its own lines, and the band follows and is felt (I26, E68, M 6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.catalogue import conducts, credit_events, measures
from compliance.credit import BASE, due_standing, explain, fold, follow_credit, score, total
from compliance.models import CreditRecord, Sanction
from compliance.operations import (
    accept_restoration,
    adopt_decision,
    apply_for_restoration,
    claim_case,
    close_case,
    decide_restoration,
    end_sanction,
    escalate_restoration,
    extend_restoration,
    note_credit,
    object_to_finding,
    open_case,
    open_conduct_case,
    reward_quarter,
)
from compliance.queries import sanctions_in_publicity
from compliance.tasks import follow_faded
from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from evidence.operations import drain
from kit.actors import SYSTEM
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import User
from tests.compliance.test_conduct import decided
from tests.compliance.worlds import merchant, officer, regulator
from tests.factories import NOW, clock

EVENTS = sorted(key for key in credit_events() if not key.startswith(("restored_", "annulled_")))
START = datetime(2026, 1, 1, tzinfo=UTC)


def rows_of(drawn: list[tuple[str, int, int]]) -> list[CreditRecord]:
    """Events as rows, newest first: (event, source number, hour); a source numbered 90 and more ends the finding it names."""
    found = []
    for key, (event, source, hours) in enumerate(drawn):
        kind = event if source < 90 else "restored_ordinary"
        found.append(CreditRecord(id=key + 1, event=kind, points=credit_events()[kind].points, source=f"S{source % 90}",
                                  at=START + timedelta(hours=hours)))
    return sorted(found, key=lambda row: (row.at, row.id), reverse=True)


DRAWN = st.lists(st.tuples(st.sampled_from(EVENTS), st.integers(0, 99), st.integers(0, 24 * 900)), max_size=25)
WHEN = st.integers(0, 24 * 1200).map(lambda hours: START + timedelta(hours=hours))


@covers("I26", "H7")
@given(DRAWN, WHEN)
@settings(max_examples=300, deadline=None)
def test_the_score_at_a_past_date_is_the_replay_of_what_was_known_then(drawn: list[tuple[str, int, int]], at: datetime) -> None:
    rows = rows_of(drawn)
    known = [row for row in rows if row.at <= at]
    assert fold(rows, at) == fold(known, at), "nothing later changes it"
    assert 0 <= total(fold(rows, at)) <= 100


@covers("I26", "H7")
@given(DRAWN, WHEN, st.data())
@settings(max_examples=300, deadline=None)
def test_taking_one_event_away_changes_exactly_the_lines_it_explains(drawn: list[tuple[str, int, int]], at: datetime, data: Any) -> None:
    rows = rows_of(drawn)
    if not rows:
        return
    gone = data.draw(st.sampled_from(rows))
    before = {row.id: line for row, line in zip([row for row in rows if row.at <= at], fold(rows, at), strict=True)}
    left = [row for row in rows if row.id != gone.id]
    after = {row.id: line for row, line in zip([row for row in left if row.at <= at], fold(left, at), strict=True)}
    ends = gone.event.startswith(("restored_", "annulled_"))
    changed = {key for key, line in after.items() if line != before[key]}
    explained = {row.id for row in left if ends and row.source == gone.source}
    assert changed <= explained, "only the event's own line, and what a restoration or annulment had ended"
    if not ends:
        assert changed == set()


def naive_score(rows: list[CreditRecord], at: datetime) -> int:
    """Kept to fail: a running total that clamps at each event cannot be taken apart again."""
    found = BASE
    for row in reversed(rows):
        if row.at <= at:
            found = max(0, min(100, found + row.points))
    return found


def test_a_running_total_would_not_say_which_line_explains_what() -> None:
    rows = rows_of([("finding_serious", 1, 0), ("finding_serious", 2, 1), ("clean_quarter", 3, 2)])
    at = START + timedelta(hours=3)
    without = [row for row in rows if row.source != "S2"]
    assert naive_score(without, at) - naive_score(rows, at) != 45, "the clamp swallowed a part of the event"
    assert sum(line.counts for line in fold(without, at)) - sum(line.counts for line in fold(rows, at)) == 45


def test_every_conduct_and_measure_has_its_basis_in_both_languages() -> None:
    assert all(all(one.basis) and all(one.text) for one in [*conducts().values(), *measures().values()])


# ---- the band follows ------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@covers("H7", "R87")
def test_the_band_follows_an_event_within_its_fact_and_fades_back_by_the_clock() -> None:
    organization, _ = merchant()
    for source in ("TRD-1", "TRD-2"):
        note_credit(organization=organization, event="payment_default", source=source, actor=SYSTEM, clock=clock())
    assert follow_credit(organization=organization, cause_code="TRD-2", reason="x", actor=SYSTEM, clock=clock())
    organization.refresh_from_db()
    assert (organization.standing, organization.band) == ("good", "C"), "a score restricts nobody, it costs"
    assert not follow_credit(organization=organization, cause_code="TRD-2", reason="x", actor=SYSTEM, clock=clock())
    later = NOW + timedelta(days=300)
    assert follow_faded(clock(later)) == 1
    organization.refresh_from_db()
    assert organization.band == "B"
    assert follow_faded(clock(later)) == 0


@pytest.mark.django_db
@covers("R94", "H7")
def test_four_clean_quarters_bring_band_a_and_a_fault_or_a_measure_brings_none() -> None:
    organization, _ = merchant()
    for number in range(1, 5):
        until = NOW + timedelta(days=91 * number)
        asked = {"organization": organization, "quarter": f"Q{number}", "since": until - timedelta(days=91), "until": until,
                 "actor": SYSTEM}
        assert reward_quarter(**asked, clock=clock(until)) and not reward_quarter(**asked, clock=clock(until)), "once"
    assert due_standing(organization, at=until)[1] == "A"
    assert not reward_quarter(organization=organization, quarter="Q5", since=until, until=until + timedelta(days=91), actor=SYSTEM,
                              clock=clock(until + timedelta(days=1))), "not before it is over"
    _, found, _, _ = decided()
    assert not reward_quarter(organization=found, quarter="Q1", since=NOW - timedelta(days=1), until=NOW + timedelta(days=1), actor=SYSTEM,
                              clock=clock(NOW + timedelta(days=2)))


@pytest.mark.django_db
def test_a_sample_in_order_counts_for_the_party() -> None:
    organization, _ = merchant()
    desk = officer()
    case = open_case(kind="sample", subject_kind="declaration", subject_code="DCL-1", title=("抽查", "Sample"), organization=organization,
                     actor=desk, clock=clock())
    case = claim_case(case=case, actor=desk, clock=clock())
    close_case(case=case, outcome="in_order", actor=desk, clock=clock())
    assert [(row.event, row.points) for row in CreditRecord.objects.filter(organization=organization)] == [("sample_passed", 2)]


# ---- terms of restoration and publicity: E68, M 6 --------------------------------------------------------------------

TERMS = {"minor": ("watch", 0, 3), "ordinary": ("raised_deposit", 3, 12), "serious": ("suspension", 12, 36)}
CONDUCTS = {"minor": "late_report", "ordinary": "late_payment", "serious": "wash_trade"}


def month(months: int, base: datetime = NOW) -> datetime:
    year, index = divmod(base.year * 12 + base.month - 1 + months, 12)
    return base.replace(year=year, month=index + 1)


@pytest.mark.django_db
@covers("E68")
@pytest.mark.parametrize("severity", TERMS)
@pytest.mark.parametrize("days", [-1, 0, 1])
def test_restoration_opens_on_the_day_the_shortest_term_is_over(severity: str, days: int) -> None:
    measure, months, _ = TERMS[severity]
    case, _, actor, _ = decided(CONDUCTS[severity], severity, measure)
    when = month(months) + timedelta(days=days)
    asked = {"finding": case.findings.get(), "text": "已改正并补报", "committed": True, "actor": actor, "clock": clock(when)}
    if days < 0:
        with pytest.raises(Rejected, match="too_early"):
            apply_for_restoration(**asked)
    else:
        assert apply_for_restoration(**asked).status == "applied"


@pytest.mark.django_db
@covers("E68", "I26")
@pytest.mark.parametrize("severity", TERMS)
@pytest.mark.parametrize("days", [-1, 0, 1])
def test_at_the_longest_term_publicity_ends_by_itself_though_nothing_was_mended(severity: str, days: int) -> None:
    measure, _, months = TERMS[severity]
    case, organization, _, _ = decided(CONDUCTS[severity], severity, measure)
    sanction, when = Sanction.objects.get(finding__case=case), month(months) + timedelta(days=days)
    shown = [one.code for one in sanctions_in_publicity(when)]
    assert (sanction.code in shown) == (days < 0 and severity != "minor"), "minor ones are not published in principle"
    if days < 0:
        with pytest.raises(Rejected, match="not_reached"):
            end_sanction(sanction=sanction, clock=clock(when))
    else:
        assert end_sanction(sanction=sanction, clock=clock(when)).cause == "served"
        organization.refresh_from_db()
        assert organization.standing == "good"


@pytest.mark.django_db
@covers("E68")
def test_three_months_from_the_thirtieth_of_november_end_with_february() -> None:
    for year, last in ((2026, 28), (2027, 29)):
        at = datetime(year, 11, 30, 2, tzinfo=UTC)
        organization, _ = merchant()
        case = open_conduct_case(organization=organization, conduct="late_payment", subject_code="X", text="", actor=officer(),
                                 clock=clock(at))
        adopt_decision(case=case, severity="ordinary", measures=["raised_deposit"], reasons="判决", basis="民事判决",
                       authority_document="1号", actor=regulator(), clock=clock(at))
        ends = Sanction.objects.get(finding__case=case).earliest_end_at
        assert (ends.month, ends.day) == (2, last)


@pytest.mark.django_db
@covers("E68")
def test_terms_of_an_adopted_decision_run_from_the_date_of_its_document() -> None:
    organization, _ = merchant()
    asked = {"severity": "ordinary", "measures": ["raised_deposit"], "reasons": "判决", "basis": "民事判决", "authority_document": "1号",
             "actor": regulator()}
    case = open_conduct_case(organization=organization, conduct="late_payment", subject_code="X", text="", actor=officer(), clock=clock())
    for wrong in ((NOW + timedelta(days=2)).date(), (NOW - timedelta(days=400)).date()):
        with pytest.raises(Rejected, match="document_date"):
            adopt_decision(case=case, **asked, document_date=wrong, clock=clock())
    adopt_decision(case=case, **asked, document_date=(NOW - timedelta(days=100)).date(), clock=clock())
    assert Sanction.objects.get(finding__case=case).earliest_end_at < NOW


@pytest.mark.django_db
@covers("E68", "R94", "I26")
def test_on_the_day_of_restoration_score_and_publicity_forget_it_and_the_evidence_keeps_it() -> None:
    case, organization, actor, _ = decided()
    finding, when = case.findings.get(), month(3)
    assert [one.finding_id for one in sanctions_in_publicity(when)] == [finding.pk]
    application = apply_for_restoration(finding=finding, text="已付清", committed=True, actor=actor, clock=clock(when))
    application = accept_restoration(restoration=application, actor=officer(), clock=clock(when))
    decide_restoration(restoration=application, grant=True, reason="属实", actor=regulator(), clock=clock(when))
    assert list(sanctions_in_publicity(when)) == [] and score(organization, at=when) == BASE
    assert all(line.counts == 0 for line in explain(organization, at=when))
    assert Record.objects.filter(kind="compliance.finding.made", subject=finding.code).exists()
    organization.refresh_from_db()
    assert (organization.standing, organization.band) == ("good", "B")


@pytest.mark.django_db
@covers("R94")
def test_restoration_needs_the_commitment_one_application_and_no_objection_and_after_a_refusal_three_months() -> None:
    case, _, actor, _ = decided()
    finding, when = case.findings.get(), month(3)
    with pytest.raises(Rejected, match="incomplete") as refused:
        apply_for_restoration(finding=finding, text="", committed=False, actor=actor, clock=clock(when))
    assert {fault.field for fault in refused.value.errors} == {"text", "committed"}
    asked = {"finding": finding, "text": "已付清", "committed": True, "actor": actor}
    application = apply_for_restoration(**asked, clock=clock(when))
    with pytest.raises(Rejected, match="already_open"):
        apply_for_restoration(**asked, clock=clock(when))
    application = accept_restoration(restoration=application, actor=officer(), clock=clock(when))
    decide_restoration(restoration=application, grant=False, reason="仍欠一期", actor=regulator(), clock=clock(when))
    with pytest.raises(Rejected, match="again_later"):
        apply_for_restoration(**asked, clock=clock(month(3, when) - timedelta(days=1)))
    assert apply_for_restoration(**asked, clock=clock(month(3, when))).status == "applied"
    objected, _, accused, _ = decided("late_report", "minor", "watch")
    object_to_finding(case=objected, text="不服", actor=accused, clock=clock())
    with pytest.raises(Rejected, match="under_objection"):
        apply_for_restoration(finding=objected.findings.get(), text="已改正", committed=True, actor=accused, clock=clock())


@pytest.mark.django_db
def test_a_late_restoration_is_flagged_and_extended_once_never_granted_by_time() -> None:
    case, _, actor, _ = decided()
    when = month(3)
    one = apply_for_restoration(finding=case.findings.get(), text="已付清", committed=True, actor=actor, clock=clock(when))
    one = accept_restoration(restoration=one, actor=officer(), clock=clock(when))
    assert one.due_at is not None
    one = escalate_restoration(restoration=one, clock=clock(one.due_at))
    assert (one.status, one.overdue) == ("deciding", True)
    one = extend_restoration(restoration=one, reason="待核实", actor=regulator(), clock=clock(one.due_at))
    assert (one.overdue, one.extended) == (False, True)
    with pytest.raises(Rejected, match="already_extended"):
        extend_restoration(restoration=one, reason="再等", actor=regulator(), clock=clock(one.due_at))


@pytest.mark.django_db(transaction=True)
@covers("H7", "R87")
def test_the_fact_of_an_event_moves_the_band_by_itself() -> None:
    organization, _ = merchant()
    for source in ("TRD-1", "TRD-2"):
        note_credit(organization=organization, event="payment_default", source=source, actor=SYSTEM, clock=clock())
    drain(clock=clock())
    organization.refresh_from_db()
    assert organization.band == "C"


@covers("H7", "I26")
@pytest.mark.django_db
def test_the_page_recomputes_the_score_of_any_day_that_is_over_from_what_was_known_then() -> None:
    organization, actor = merchant()
    now = MARKET_CLOCK.now()
    note_credit(organization=organization, event="delivery_failed", source="DLV-1", actor=SYSTEM, clock=clock(now - timedelta(days=40)))
    note_credit(organization=organization, event="payment_default", source="TRD-1", actor=SYSTEM, clock=clock(now - timedelta(days=5)))
    client = Client()
    client.force_login(User.objects.get(pk=actor.user_id or 0))
    early, late = ((now - timedelta(days=days)).date().isoformat() for days in (20, 60))
    page = client.get("/desk/credit/", {"on": early}).content.decode()
    assert f"{score(organization, at=now - timedelta(days=20))} 分" in page and "DLV-1" in page and "TRD-1" not in page
    page = client.get("/desk/credit/", {"on": late}).content.decode()
    assert "70 分" in page and "DLV-1" not in page
    for odd in ("", "2026-13-45", "9999-12-31", (now + timedelta(days=3)).date().isoformat(), "'; --", "0001-01-01"):
        assert client.get("/desk/credit/", {"on": odd}).status_code == 200, odd
