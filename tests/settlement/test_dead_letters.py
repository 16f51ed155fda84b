"""Dead letters of a cycle: a line on which posting fails is found, tried five times, set aside with a case; the rest is settled."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection

from compliance.models import Case, CaseEntry
from evidence.clock import MARKET_CLOCK as CLOCK
from evidence.models import Record
from kit.actors import SYSTEM
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Notice
from settlement import operations, tasks
from settlement.dead_letters import TRIES, retry_settlement
from settlement.models import Settlement, SettlementCycle
from settlement.operations import post_cycle, reconcile_cycle, watch_cycle
from settlement.tasks import move_cycle, run_now
from tests.delivery.worlds import move
from tests.exchange.worlds import signed_in
from tests.settlement.test_cycle import now, sound
from tests.settlement.worlds import accepted, collected, frozen, many_accepted, operator

pytestmark = pytest.mark.django_db


@pytest.fixture
def trap(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """The ids of lines on which the posting statement fails."""
    bad: set[int] = set()
    real = operations._post_batch

    def fails(one: SettlementCycle, beyond: int, most: int, at: Any) -> Any:
        ids = list(Settlement.objects.filter(cycle=one, status="due", pk__gt=beyond).order_by("pk").values_list("pk", flat=True)[:most])
        if bad & set(ids):
            with connection.cursor() as cursor:
                cursor.execute("SELECT 9223372036854775807::bigint + 1")
        return real(one, beyond, most, at)

    monkeypatch.setattr(operations, "_post_batch", fails)
    return bad


def runs(cycle: SettlementCycle, times: int) -> None:
    for _ in range(times):
        move_cycle(cycle=cycle, clock=CLOCK)


@covers("T30", "G7", "I6")
def test_a_poison_line_among_many_is_found_and_set_aside_and_the_rest_is_settled_at_once(trap: set[int]) -> None:
    """Of 40 lines the 1st, the 17th and the last fail. The first run settles the 37 others; the fifth sets the three aside."""
    many_accepted(40)
    cycle = frozen()
    lines = list(Settlement.objects.filter(cycle=cycle).order_by("pk"))
    bad = [lines[0], lines[16], lines[39]]
    trap |= {one.pk for one in bad}
    runs(cycle, 1)
    assert Settlement.objects.filter(status="settled").count() == 37
    assert {(now(one).status, now(one).tries) for one in bad} == {("due", 1)}
    assert now(cycle).status == "frozen", "it waits for three lines"
    runs(cycle, TRIES - 1)
    assert {(now(one).status, now(one).tries, now(one).fault) for one in bad} == {("parked", 5, "settlement.line_faulty")}
    assert (now(cycle).status, now(cycle).settled, now(cycle).parked) == ("closed", 37, 3)
    for one in bad:
        case = Case.objects.get(kind="settlement", subject_code=one.code)
        assert "bigint out of range" in CaseEntry.objects.filter(case=case).first().text, "the desk reads what the database said"
        assert Record.objects.filter(kind="settlement.settlement.parked", subject=one.code).count() == 1
    assert Notice.objects.filter(kind="settlement.settlement.parked").exists()
    sound()


def test_without_halving_one_poison_line_holds_up_every_other_for_good(trap: set[int]) -> None:
    """The mutant of T30: the batch is tried again whole, and fails whole."""
    many_accepted(6)
    cycle = frozen()
    trap.add(Settlement.objects.filter(cycle=cycle).order_by("pk")[2].pk)
    for _ in range(TRIES + 3):
        with pytest.raises(DatabaseError):
            post_cycle(cycle=cycle, actor=SYSTEM, clock=CLOCK)
    assert Settlement.objects.filter(status="settled").count() == 0 and not Case.objects.filter(kind="settlement").exists()


@covers("G7")
def test_what_is_mended_settles_in_the_next_cycle_by_the_operators_words(trap: set[int]) -> None:
    accepted()
    cycle = frozen()
    one = Settlement.objects.get()
    trap.add(one.pk)
    runs(cycle, TRIES)
    assert now(one).status == "parked"
    trap.clear()
    case = Case.objects.get(kind="settlement")
    for words in ("", "  ok  "):
        with pytest.raises(Rejected) as refused:
            retry_settlement(settlement=one, reason=words, actor=operator(), clock=CLOCK)
        assert refused.value.code == "settlement.settlement.unreasoned"
    retry_settlement(settlement=one, reason="触发器已修复，见变更单 7", actor=operator(), clock=CLOCK)
    assert (now(case).status, now(case).outcome) == ("closed", "cause_gone")
    assert "触发器已修复，见变更单 7" in CaseEntry.objects.filter(case=case).values_list("text", flat=True)
    with pytest.raises(Rejected) as twice:
        retry_settlement(settlement=one, reason="再试一次吧", actor=operator(), clock=CLOCK)
    assert twice.value.code == "settlement.settlement.illegal_move"
    following = frozen()
    runs(following, 1)
    assert (now(one).status, now(one).cycle_id) == ("settled", following.pk)
    assert now(cycle).lines == 0
    sound()


def test_a_line_set_aside_in_a_cycle_that_still_runs_may_be_retried(trap: set[int]) -> None:
    """The other line is still due, so the cycle is frozen: its own count of what is parked is not begun."""
    many_accepted(2)
    cycle = frozen()
    first, second = Settlement.objects.order_by("pk")
    trap |= {first.pk, second.pk}
    runs(cycle, 1)
    Settlement.objects.filter(pk=first.pk).update(tries=TRIES - 1)
    runs(cycle, 1)
    assert (now(first).status, now(second).status, now(cycle).status) == ("parked", "due", "frozen")
    trap.clear()
    retry_settlement(settlement=first, reason="原因已排除", actor=operator(), clock=CLOCK)
    runs(cycle, 1)
    assert (now(cycle).status, now(cycle).lines, now(cycle).settled, now(cycle).parked) == ("closed", 1, 1, 0)
    sound()


@covers("T30")
def test_when_everything_fails_the_run_stops_early_and_the_late_cycle_gets_a_case(trap: set[int]) -> None:
    """So many faults at once are no fault of the lines: a bounded number of tries a run, and the operator is told."""
    many_accepted(30)
    cycle = frozen()
    trap |= set(Settlement.objects.values_list("pk", flat=True))
    with pytest.raises(DatabaseError):
        move_cycle(cycle=cycle, clock=CLOCK)
    assert Settlement.objects.filter(tries=1).count() == tasks.MOST_FAULTS
    move(minutes=11)
    run_now(clock=CLOCK)
    run_now(clock=CLOCK)
    assert Case.objects.filter(subject_kind="settlement_cycle", subject_code=cycle.code).count() == 1
    assert now(cycle).status == "frozen" and now(cycle).due_at > CLOCK.now(), "told once until the case is late itself"


@covers("G7")
def test_a_cycle_that_nobody_reconciled_within_the_hour_is_blocked_with_a_case_and_closes_by_the_operators_hand() -> None:
    accepted()
    cycle = frozen()
    post_cycle(cycle=cycle, actor=SYSTEM, clock=CLOCK)
    assert watch_cycle(cycle=cycle, actor=SYSTEM, clock=CLOCK).status == "posted", "not late yet"
    move(minutes=61)
    assert watch_cycle(cycle=cycle, actor=SYSTEM, clock=CLOCK).status == "blocked"
    assert Case.objects.get(subject_kind="settlement_cycle").subject_code == cycle.code
    assert now(cycle).due_at - CLOCK.now() > timedelta(hours=1)
    assert reconcile_cycle(cycle=cycle, actor=operator(), clock=CLOCK).status == "closed"
    collected()
    sound()


@covers("G7")
def test_the_desk_shows_the_course_of_a_running_cycle_and_takes_the_operators_words(trap: set[int]) -> None:
    many_accepted(5)
    cycle = frozen()
    one = Settlement.objects.order_by("pk")[0]
    trap.add(one.pk)
    runs(cycle, 1)
    desk = signed_in(operator())
    part = desk.get("/desk/money/?part=cycles").content.decode()
    assert "已结 4 / 5" in part and 'hx-trigger="every 2s"' in part and "<html" not in part
    assert 'value="4"' in desk.get("/desk/money/").content.decode(), "and without JavaScript on the page itself"
    runs(cycle, TRIES - 1)
    page = desk.get("/desk/money/").content.decode()
    assert one.subject in page and "按案件所记的原因查明后重试" in page and "hx-trigger" not in page
    trap.clear()
    assert desk.post(f"/desk/money/settlements/{one.code}/retry/", {"text": "好"}).status_code == 400
    assert desk.post(f"/desk/money/settlements/{one.code}/retry/", {"text": "变更单 7 已上线"}).status_code == 302
    assert now(one).status == "due"


def test_a_stopped_cycle_stands_on_the_desk_with_what_differs_and_is_reconciled_there() -> None:
    accepted()
    cycle = frozen()
    post_cycle(cycle=cycle, actor=SYSTEM, clock=CLOCK)
    SettlementCycle.objects.filter(pk=cycle.pk).update(lines_root="0" * 64)
    reconcile_cycle(cycle=cycle, actor=SYSTEM, clock=CLOCK)
    desk = signed_in(operator())
    assert "the lines no longer have the root" in desk.get("/desk/money/").content.decode()
    desk.post(f"/desk/money/cycles/{cycle.code}/reconcile/")
    assert now(cycle).status == "blocked", "nothing was mended, so it stays"
    SettlementCycle.objects.filter(pk=cycle.pk).update(lines_root=Record.objects.get(kind="settlement.cycle.posted").payload["lines_root"])
    desk.post(f"/desk/money/cycles/{cycle.code}/reconcile/")
    assert now(cycle).status == "closed"
