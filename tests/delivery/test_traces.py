"""A sample is read against marked files by the workers: each file once, nothing lost with a worker, nothing changed by a late one."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest
from django.db import DatabaseError, connection, transaction

from delivery import leaks
from delivery.leaks import check_leak, trace_next
from delivery.marking.reading import LEASE, keep_read, read_one, take_trace, waiting_traces
from delivery.models import Delivery, LeakCheck, LeakTrace, ListingVersion
from delivery.tasks import read_traces
from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from kit.clock import FixedClock
from kit.coverage import covers
from participants.roles import Role
from tests.delivery.test_marks import declared, fetched, offered, parsed, sold
from tests.exchange.worlds import signed_in
from tests.factories import make_actor

pytestmark = pytest.mark.django_db


def leaked(bought: Delivery) -> bytes:
    """A hundred rows of a buyer's own copy, shuffled."""
    got, _ = fetched(bought)
    heading, rows = parsed(got)
    Random(2).shuffle(rows)
    out = io.StringIO()
    csv.writer(out).writerows([heading, *rows[:100]])
    return out.getvalue().encode()


def two_marked_files() -> tuple[Delivery, Delivery]:
    found = []
    for _ in range(2):
        version: ListingVersion = offered()
        declared(version)
        found.append(sold(version))
    return found[0], found[1]


def checked(sample: bytes) -> LeakTrace:
    check_leak(stream=io.BytesIO(sample), filename="leak.csv", found_where="某论坛，匿名帖", actor=make_actor(Role.REGULATOR),
               clock=MARKET_CLOCK)
    return LeakTrace.objects.get()


def later(minutes: int = 11) -> FixedClock:
    return FixedClock(MARKET_CLOCK.now() + timedelta(minutes=minutes))


class Killed(BaseException):
    """What a worker that is taken away leaves behind: nothing."""


@covers("F13", "R47")
def test_a_check_answers_at_once_and_the_files_are_read_afterwards_one_by_one() -> None:
    guilty, other = two_marked_files()
    fetched(other)
    trace = checked(leaked(guilty))
    assert (trace.status, trace.files, trace.read, trace.check_of.traces) == ("queued", 2, 0, [])
    seen = []
    while trace_next(clock=MARKET_CLOCK) is not None:
        trace.refresh_from_db()
        seen.append((trace.status, trace.read))
    assert seen == [("running", 1), ("done", 2)]
    assert {one["buyer"] for line in trace.traces for one in line["named"]} == {guilty.buyer.code}
    told = list(Record.objects.filter(subject=trace.code).values_list("kind", flat=True))
    assert sorted(told) == sorted(f"delivery.trace.{word}" for word in ("queued", "started", "read", "resumed", "finished"))


@covers("F13", "T28")
@pytest.mark.parametrize("naive", [False, True])
def test_a_worker_killed_while_it_reads_loses_nothing(naive: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another begins the same file again when the first can be alive no more. The naive way takes up only what is queued."""
    guilty, other = two_marked_files()
    fetched(other)
    trace = checked(leaked(guilty))
    assert trace_next(clock=MARKET_CLOCK) is not None

    def killed(_: LeakTrace) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(leaks, "read_one", killed)
        with pytest.raises(Killed):
            trace_next(clock=MARKET_CLOCK)
    trace.refresh_from_db()
    assert (trace.status, trace.read) == ("running", 1), "what was read before is kept"
    assert not waiting_traces(MARKET_CLOCK.now()).exists(), "whoever has it may still be reading"
    if naive:
        monkeypatch.setattr(leaks, "waiting_traces", lambda _: LeakTrace.objects.filter(status="queued"))
    while trace_next(clock=later()) is not None:
        pass
    trace.refresh_from_db()
    assert (trace.status == "done") != naive
    if not naive:
        assert trace.read == 2 and {one["buyer"] for line in trace.traces for one in line["named"]} == {guilty.buyer.code}


@covers("F13")
def test_an_answer_that_comes_too_late_changes_nothing_and_no_file_counts_twice() -> None:
    guilty, _ = two_marked_files()
    trace = checked(leaked(guilty))
    slow = take_trace(trace=trace, clock=MARKET_CLOCK)
    assert slow is not None and take_trace(trace=trace, clock=MARKET_CLOCK) is None, "one reads at a time"
    late = read_one(slow)
    quick = take_trace(trace=trace, clock=later())
    assert quick is not None and quick.attempts == 2
    done = keep_read(trace=quick, found=read_one(quick), clock=later())
    assert (done.status, done.read, len(done.traces)) == ("done", 1, 1)
    assert keep_read(trace=slow, found=late, clock=later()).traces == done.traces


@covers("F13")
def test_a_file_that_breaks_off_three_times_ends_the_trace_with_what_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    guilty, _ = two_marked_files()
    trace = checked(leaked(guilty))

    def broken(_: LeakTrace) -> None:
        raise OSError("the store does not answer")

    monkeypatch.setattr(leaks, "read_one", broken)
    for turn in range(4):
        trace_next(clock=later(11 * turn))
    trace.refresh_from_db()
    assert (trace.status, trace.attempts, trace.due_at) == ("failed", 3, None) and trace_next(clock=later(90)) is None
    page = signed_in(make_actor(Role.REGULATOR)).get(f"/admin/delivery/leakcheck/{trace.check_of_id}/check/").content.decode()
    assert "未能比对完" in page and 'http-equiv="refresh"' not in page


@covers("F13")
def test_the_page_tells_how_far_it_is_and_refreshes_itself_until_it_is_done() -> None:
    guilty, _ = two_marked_files()
    trace = checked(leaked(guilty))
    desk, where = signed_in(make_actor(Role.REGULATOR)), f"/admin/delivery/leakcheck/{trace.check_of_id}/check/"
    waiting = desk.get(where).content.decode()
    assert 'http-equiv="refresh"' in waiting and "已比对 0 / 1 份文件" in waiting and "没有带标记文件的行" not in waiting
    assert read_traces() == 1
    done = desk.get(where).content.decode()
    assert 'http-equiv="refresh"' not in done and guilty.buyer.code in done and "样本来自一份副本，已认出" in done


@covers("F13")
def test_where_no_marked_copy_was_handed_out_nothing_waits() -> None:
    check_leak(stream=io.BytesIO(b"a,b\n1,2\n3,4\n"), filename="x.csv", found_where="某论坛", actor=make_actor(Role.REGULATOR),
               clock=MARKET_CLOCK)
    assert LeakCheck.objects.get().traced == [] and not LeakTrace.objects.exists()


@covers("F13")
@pytest.mark.parametrize("change", [
    lambda one: LeakTrace.objects.filter(pk=one.pk).update(read=0),
    lambda one: LeakTrace.objects.filter(pk=one.pk).update(traces=[]),
    lambda one: LeakTrace.objects.filter(pk=one.pk).update(plans=[]),
    lambda one: one.delete(),
], ids=["read back", "taken out", "other files", "deleted"])
def test_the_database_keeps_what_was_read(change: Callable[[LeakTrace], object]) -> None:
    guilty, _ = two_marked_files()
    trace = checked(leaked(guilty))
    trace_next(clock=MARKET_CLOCK)
    with pytest.raises(DatabaseError), transaction.atomic():
        change(trace)
    assert connection.in_atomic_block and timedelta(minutes=10) == LEASE
