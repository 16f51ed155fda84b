"""An effect in our database happens exactly once, whoever dies when (T26); what cannot be taken is parked with its subject (T30)."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction

from evidence import delivery, subscriptions
from evidence.delivery import deliver_all, facts_after, retry_parked
from evidence.invariants import check_all
from evidence.models import Cursor, Entry, Failure, Record
from evidence.operations import drain
from evidence.sealing import seal_batch
from evidence.subscriptions import SealedFact, subscriber
from kit.clock import Clock, FixedClock
from kit.coverage import covers
from tests.evidence.facts import write_note
from tests.threads import in_threads

CLOCK = FixedClock(datetime(2026, 7, 1, 4, 0, tzinfo=UTC))
DEATHS = 100 if os.environ.get("FULL") == "1" else 10


@pytest.fixture(autouse=True)
def _own_subscribers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscriptions, "_REGISTRY", {})


def answer() -> None:
    """Subscribes a handler whose effect is one note per fact, ``E-<subject>``."""

    @subscriber("test.answer", "evidence.note.written")
    def handle(fact: SealedFact, *, clock: Clock) -> None:
        if fact.subject.startswith("F-"):
            write_note(subject=f"E-{fact.subject}", clock=clock)


def effects() -> dict[str, int]:
    counted: dict[str, int] = {}
    for subject in Record.objects.filter(subject__startswith="E-").values_list("subject", flat=True):
        counted[subject] = counted.get(subject, 0) + 1
    return counted


def expected(count: int) -> dict[str, int]:
    return {f"E-F-{number}": 1 for number in range(count)}


def write(count: int) -> None:
    for number in range(count):
        write_note(subject=f"F-{number}", clock=CLOCK)


@pytest.mark.django_db
@covers("I23")
def test_subscribers_are_told_once_in_order_and_of_their_kinds_only() -> None:
    told: list[int] = []

    @subscriber("test.all", "evidence.note.written")
    def hear(fact: SealedFact, *, clock: Clock) -> None:
        told.append(fact.position)

    @subscriber("test.none", "evidence.note.burnt")
    def silent(fact: SealedFact, *, clock: Clock) -> None:
        raise AssertionError("not for me")

    write(5)
    drain()
    drain()
    assert told == [0, 1, 2, 3, 4]
    assert dict(Cursor.objects.values_list("subscriber", "position")) == {"test.all": 5, "test.none": 5}
    assert facts_after(3)[0].payload["amount_fen"] == 0


@pytest.mark.django_db(transaction=True)
@covers("T26", "I23")
def test_several_workers_at_once_tell_each_fact_once() -> None:
    answer()
    write(30)
    seal_batch(clock=CLOCK)
    in_threads(4, lambda _: [deliver_all(clock=CLOCK) for _ in range(10)])
    drain()
    assert effects() == expected(30)
    assert check_all(("I22", "I23", "I24")).violations == []


# ---- deaths --------------------------------------------------------------------------------------------------------------


def die_in_child(act: Callable[[], None]) -> None:
    """Runs ``act`` in a process of its own, which is expected to be killed in the middle (kill -9)."""
    connections.close_all()
    child = os.fork()
    if not child:
        try:
            act()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def kill_at(monkeypatch: pytest.MonkeyPatch, place: Any, name: str, *, after: int, before_it: bool) -> None:
    """Makes the ``after``-th call of a function the last thing this process does."""
    real, calls = getattr(place, name), iter(range(1_000_000))

    def deadly(*args: Any, **kwargs: Any) -> Any:
        last = next(calls) == after
        if last and before_it:
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(*args, **kwargs)
        if last:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    monkeypatch.setattr(place, name, deadly)


DIE_POINTS = {
    "after the act's commit, before anything is sealed": ("evidence.sealing", "seal_batch", True),
    "after sealing, before telling": ("evidence.delivery", "deliver_all", True),
    "in the effect's transaction, before the cursor moves": ("evidence.delivery", "_move", True),
    "in the effect's transaction, after the cursor moved": ("evidence.delivery", "_move", False),
    "after the effect's commit, before the task ends": ("evidence.delivery", "_tell", False),
}


@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("point", DIE_POINTS)
@covers("T26")
def test_whoever_dies_when_every_effect_happens_exactly_once(point: str) -> None:
    import importlib

    module, name, before_it = DIE_POINTS[point]
    place, random = importlib.import_module(module), Random(26)
    answer()
    facts = 0
    print(f"{DEATHS} deaths {point}")
    for _ in range(DEATHS):
        batch = random.randrange(1, 4)
        for number in range(facts, facts + batch):
            write_note(subject=f"F-{number}", clock=CLOCK)
        facts += batch

        def work(after: int = random.randrange(batch) if name in {"_move", "_tell"} else 0) -> None:
            with pytest.MonkeyPatch.context() as patch:
                kill_at(patch, place, name, after=after, before_it=before_it)
                drain()

        die_in_child(work)
    drain()
    assert effects() == expected(facts)
    assert check_all(("I22", "I23", "I24")).violations == []


def naive_cursor_first(clock: Clock, die: Callable[[], None]) -> None:
    """Mutant: the cursor is moved in a transaction of its own before the effect."""
    one = subscriptions.subscribers()["test.answer"]
    Cursor.objects.get_or_create(subscriber=one.name)
    for fact in facts_after(Cursor.objects.get(subscriber=one.name).position):
        with transaction.atomic():
            delivery._move(one.name, fact.position + 1)
        die()
        one.handle(fact, clock=clock)


def naive_effect_first(clock: Clock, die: Callable[[], None]) -> None:
    """Mutant: the effect commits first, the cursor after it."""
    one = subscriptions.subscribers()["test.answer"]
    Cursor.objects.get_or_create(subscriber=one.name)
    for fact in facts_after(Cursor.objects.get(subscriber=one.name).position):
        one.handle(fact, clock=clock)
        die()
        with transaction.atomic():
            delivery._move(one.name, fact.position + 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("mutant", "wrong"), [(naive_cursor_first, 0), (naive_effect_first, 2)])
@covers("T26")
def test_moving_cursor_and_effect_apart_loses_or_doubles(mutant: Callable[..., None], wrong: int) -> None:
    answer()
    write(1)
    seal_batch(clock=CLOCK)
    die_in_child(lambda: mutant(CLOCK, lambda: os.kill(os.getpid(), signal.SIGKILL)))
    mutant(CLOCK, lambda: None)
    assert effects().get("E-F-0", 0) == wrong


@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
@covers("T6", "T5")
def test_an_answer_lost_after_commit_is_given_again_to_the_same_key() -> None:
    from datetime import timedelta

    from evidence.operations import Reply, once
    from tests.evidence.facts import ANNA

    tries = DEATHS * 5
    print(f"{tries} answers lost")
    for number in range(tries):
        def act(subject: str = f"F-{number}") -> Reply:
            return Reply(201, str(write_note(subject=subject, clock=CLOCK)).encode())

        def die_after_commit(key: str = f"k-{number}", act: Callable[[], Reply] = act) -> None:
            once(actor=ANNA, key=key, fingerprint="f", act=act)
            os.kill(os.getpid(), signal.SIGKILL)

        die_in_child(die_after_commit)
        later = FixedClock(CLOCK.at + timedelta(days=400))  # keys never expire
        again = once(actor=ANNA, key=f"k-{number}", fingerprint="f", act=lambda later=later: pytest.fail(f"ran again at {later}"))
        assert again.replayed and again.body.decode() == str(Record.objects.get(subject=f"F-{number}").pk)
    assert Record.objects.count() == tries


# ---- poison --------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@covers("T30", "I23")
def test_what_cannot_be_taken_is_parked_with_its_subject_and_others_go_on() -> None:
    broken = True
    taken: list[tuple[str, str]] = []

    @subscriber("test.picky", "evidence.note.written")
    def pick(fact: SealedFact, *, clock: Clock) -> None:
        with connection.cursor() as cursor:
            if broken and fact.subject == "A":
                cursor.execute("SELECT 1/0")
        taken.append((fact.subject, fact.payload["text"]))

    for subject, text in (("A", "1"), ("B", "1"), ("A", "2"), ("B", "2")):
        write_note(subject=subject, text=text, clock=CLOCK)
    drain(strict=False)
    assert taken == [("B", "1"), ("B", "2")]
    failures = list(Failure.objects.order_by("position").values_list("position", "tries", "parked"))
    assert failures == [(0, 5, True), (2, 0, True)]
    assert "division by zero" in Failure.objects.get(position=0).error
    assert check_all(("I23",)).violations == []

    assert retry_parked(clock=CLOCK) == (0, 2)
    with pytest.raises(SystemExit):
        call_command("retry_parked", "--list")
    broken = False
    assert retry_parked(clock=CLOCK) == (2, 0)
    assert taken[2:] == [("A", "1"), ("A", "2")] and not Failure.objects.exists()


@pytest.mark.django_db
@covers("T30")
def test_between_tries_the_fact_waits_for_the_next_visit() -> None:
    tries = 0

    @subscriber("test.shaky", "evidence.note.written")
    def shaky(fact: SealedFact, *, clock: Clock) -> None:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise ConnectionError("not yet")

    write(2)
    seal_batch(clock=CLOCK)
    assert [deliver_all(clock=CLOCK) for _ in range(3)] == [0, 0, 2]
    assert not Failure.objects.exists()


@pytest.mark.django_db
def test_in_tests_a_handlers_error_is_raised() -> None:
    @subscriber("test.broken", "evidence.note.written")
    def broken(fact: SealedFact, *, clock: Clock) -> None:
        raise ZeroDivisionError

    write(1)
    with pytest.raises(ZeroDivisionError):
        drain()


@pytest.mark.django_db
def test_a_late_subscriber_hears_everything_from_the_start() -> None:
    write(3)
    drain()
    answer()
    drain()
    assert effects() == expected(3) and Entry.objects.count() == 6
