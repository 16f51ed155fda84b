"""Taking up accepted trades: one whose terms cannot be worked out is found and set aside with a case; the rest is settled."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError, connection

from compliance.models import Case, CaseEntry
from evidence.clock import MARKET_CLOCK as CLOCK
from evidence.models import Record
from kit.actors import SYSTEM
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Notice
from settlement import collecting, tasks
from settlement.collecting import collect_accepted
from settlement.dead_letters import TRIES
from settlement.models import Settlement, Uncollected
from settlement.tasks import collect_now
from settlement.uncollected import retry_uncollected
from tests.exchange.worlds import signed_in
from tests.factories import venue
from tests.settlement.test_cycle import now, sound
from tests.settlement.worlds import frozen, many_accepted, operator
from trading.models import Trade

pytestmark = pytest.mark.django_db


@pytest.fixture
def trap(monkeypatch: pytest.MonkeyPatch) -> dict[int, str]:
    """By trade: how working out its terms fails, in Python or in the database."""
    bad: dict[int, str] = {}
    real = collecting._terms

    def fails(one: Any, *given: Any) -> Settlement:
        way = bad.get(one.trade_id)
        if way == "python":
            raise KeyError("weights")
        if way == "database":
            with connection.cursor() as cursor:
                cursor.execute("SELECT 9223372036854775807::bigint + 1")
        if way == "server":
            raise OperationalError("the server closed the connection")
        return real(one, *given)

    monkeypatch.setattr(collecting, "_terms", fails)
    return bad


@covers("T30", "G7", "I6")
def test_poison_trades_are_found_and_set_aside_and_the_rest_is_taken_up_at_once(trap: dict[int, str]) -> None:
    """Of 24 trades the 1st, the 9th and the last fail. The first run takes up the 21 others; the fifth sets the three aside."""
    trades = many_accepted(24)
    bad = [trades[0], trades[8], trades[23]]
    trap |= {bad[0].pk: "python", bad[1].pk: "database", bad[2].pk: "python"}
    assert collect_now(venue=venue(), clock=CLOCK) == 21
    assert set(Uncollected.objects.values_list("trade", "tries", "parked_at")) == {(one.pk, 1, None) for one in bad}
    for _ in range(TRIES - 1):
        assert collect_now(venue=venue(), clock=CLOCK) == 0
    assert Uncollected.objects.filter(parked_at__isnull=False, tries=TRIES).count() == 3
    for one in bad:
        assert Record.objects.filter(kind="settlement.trade.uncollected", subject=one.code).count() == 1
    case = Case.objects.get(kind="settlement", subject_code=bad[1].code)
    assert "bigint out of range" in CaseEntry.objects.filter(case=case).first().text, "the desk reads what the database said"
    assert Notice.objects.filter(kind="settlement.settlement.parked", subject=bad[0].code).exists()
    assert tasks.waiting_trades(venue().pk) == [] and not collecting.waiting(venue().pk), "nobody tries again by himself"
    cycle = frozen()
    for _ in range(2):
        tasks.move_cycle(cycle=cycle, clock=CLOCK)
    assert (now(cycle).status, now(cycle).settled) == ("closed", 21)
    sound()


def test_without_halving_one_poison_trade_holds_up_every_other_for_good(trap: dict[int, str]) -> None:
    """The mutant of T30: what is accepted is taken up whole or not at all."""
    trades = many_accepted(6)
    trap[trades[2].pk] = "python"
    for _ in range(TRIES + 3):
        with pytest.raises(KeyError):
            collect_accepted(venue=venue(), actor=SYSTEM, clock=CLOCK)
    assert not Settlement.objects.exists() and not Case.objects.filter(kind="settlement").exists()


@covers("T30")
def test_a_lost_server_is_no_fault_of_a_trade(trap: dict[int, str]) -> None:
    trades = many_accepted(3)
    trap[trades[1].pk] = "server"
    with pytest.raises(OperationalError):
        collect_now(venue=venue(), clock=CLOCK)
    assert not Uncollected.objects.exists()
    trap.clear()
    assert collect_now(venue=venue(), clock=CLOCK) == 3


@covers("T30")
def test_when_everything_fails_the_run_stops_early(trap: dict[int, str]) -> None:
    trap |= {one.pk: "python" for one in many_accepted(tasks.MOST_FAULTS + 6)}
    with pytest.raises(KeyError):
        collect_now(venue=venue(), clock=CLOCK)
    assert Uncollected.objects.filter(tries=1).count() == tasks.MOST_FAULTS


def parked(trap: dict[int, str]) -> tuple[Trade, Uncollected]:
    trade = many_accepted(1)[0]
    trap[trade.pk] = "python"
    for _ in range(TRIES):
        collect_now(venue=venue(), clock=CLOCK)
    return trade, Uncollected.objects.get(trade=trade)


@covers("G7")
def test_what_is_mended_is_taken_up_by_the_operators_words(trap: dict[int, str]) -> None:
    trade, one = parked(trap)
    trap.clear()
    with pytest.raises(Rejected) as refused:
        retry_uncollected(uncollected=one, reason="  ok ", actor=operator(), clock=CLOCK)
    assert refused.value.code == "settlement.settlement.unreasoned"
    assert collect_now(venue=venue(), clock=CLOCK) == 0, "not before the words"
    retry_uncollected(uncollected=one, reason="权重已补齐，见变更单 9", actor=operator(), clock=CLOCK)
    case = Case.objects.get(kind="settlement", subject_code=trade.code)
    assert (case.status, case.outcome) == ("closed", "cause_gone")
    with pytest.raises(Rejected) as twice:
        retry_uncollected(uncollected=one, reason="再试一次吧", actor=operator(), clock=CLOCK)
    assert twice.value.code == "settlement.settlement.illegal_move"
    assert collect_now(venue=venue(), clock=CLOCK) == 1
    assert Settlement.objects.get().trade == trade


@covers("G7")
def test_the_operators_page_shows_what_is_set_aside_and_takes_the_words(trap: dict[int, str]) -> None:
    trade, one = parked(trap)
    trap.clear()
    page = signed_in(operator())
    shown = page.get("/desk/money/").content.decode()
    assert trade.code in shown and f"/desk/money/trades/{trade.code}/retry/" in shown
    page.post(f"/desk/money/trades/{trade.code}/retry/", {"text": "权重已补齐，见变更单 9"})
    assert now(one).parked_at is None
