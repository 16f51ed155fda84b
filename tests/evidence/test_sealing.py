"""One sealer, gapless positions, nothing lost: also while many write, several seal, and one commits late."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.db import connection

from evidence import queries
from evidence.delivery import facts_after
from evidence.invariants import check_all
from evidence.models import Command, Entry, Record, Seal
from evidence.operations import Reply, drain, once
from evidence.sealing import seal_batch
from evidence.tree import NODE_STEP
from evidence.verify import verify_log
from kit.clock import FixedClock
from kit.coverage import covers
from kit.rejected import Rejected
from tests.clones import mine
from tests.evidence.facts import ANNA, write_note
from tests.threads import in_threads

CLOCK = FixedClock(datetime(2026, 7, 1, 4, 0, tzinfo=UTC))
LOG_INVARIANTS = ("I22", "I23", "I24")


@pytest.mark.django_db(transaction=True)
@covers("I23")
def test_a_reader_of_positions_sees_the_row_that_committed_late() -> None:
    """The mutant follows the auto-increment id and loses it."""
    seen_by_number: list[str] = []
    seen_by_position: list[str] = []
    last, position = 0, 0

    def look() -> None:
        nonlocal last, position
        with connection.cursor() as cursor:
            cursor.execute("SELECT u.number, r.subject FROM evidence_unsealed u JOIN evidence_record r ON r.id = u.record_id "
                           "WHERE u.number > %s ORDER BY u.number", [last])
            for number, subject in cursor.fetchall():
                seen_by_number.append(subject)
                last = number
        seal_batch(clock=CLOCK)
        for fact in facts_after(position):
            seen_by_position.append(fact.subject)
            position = fact.position + 1

    write = "SELECT evidence_record('a.b.c', 1, 'system', %s, market_now(), '{}', gen_random_uuid())"
    with psycopg.connect(mine().database_url) as slow, psycopg.connect(mine().database_url, autocommit=True) as fast:
        slow.execute(write, ["slow"])
        fast.execute(write, ["fast"])
        look()
        slow.commit()
        look()
    assert seen_by_number == ["fast"], "the naive reader was expected to lose the late row"
    assert seen_by_position == ["fast", "slow"]


@pytest.mark.django_db(transaction=True)
@covers("I23", "I24")
def test_many_writers_and_several_sealers_leave_one_gapless_log() -> None:
    writers, each, sealing = 6, 25, threading.Event()

    def work(number: int) -> None:
        if number < writers:
            for turn in range(each):
                write_note(subject=f"W-{number}", clock=CLOCK, amount_fen=turn)
            return
        while not sealing.is_set():
            seal_batch(clock=CLOCK, limit=7, wait=bool(number % 2))
            if Record.objects.count() == writers * each == Entry.objects.count():
                sealing.set()

    in_threads(writers + 3, work)
    assert list(Entry.objects.order_by("position").values_list("position", flat=True)) == list(range(writers * each))
    assert verify_log(queries.log_entries(), queries.seals(), public_keys=queries.public_keys()).good
    for writer in range(writers):  # what one writer did stands in the order in which it did it
        turns = Record.objects.filter(subject=f"W-{writer}").order_by("entry__position").values_list("payload__amount_fen", flat=True)
        assert list(turns) == list(range(each))
    assert check_all(LOG_INVARIANTS).violations == []


@pytest.mark.django_db
@covers("I24")
def test_sealing_in_any_batches_gives_the_same_root() -> None:
    for number in range(700):
        write_note(subject=f"LST-{number}", clock=CLOCK)
    sizes = []
    while count := seal_batch(clock=CLOCK, limit=len(sizes) * 37 + 1):
        sizes.append(count)
    verdict = verify_log(queries.log_entries(), queries.seals(), public_keys=queries.public_keys())
    assert verdict.good and verdict.entries == 700 and len(sizes) == Seal.objects.count() > 5


@pytest.mark.django_db
@covers("I24")
def test_sealing_reads_a_handful_of_tiles_however_long_the_log(django_assert_max_num_queries: Any) -> None:
    for number in range(1 << NODE_STEP):
        write_note(subject=f"LST-{number}", clock=CLOCK)
    drain()
    write_note(subject="LST-one-more", clock=CLOCK)
    with django_assert_max_num_queries(14):
        seal_batch(clock=CLOCK)


@pytest.mark.django_db(transaction=True)
@covers("T5")
def test_five_at_once_under_one_key_have_one_effect() -> None:
    """The key is held while the act runs; the mutant below looks for it first."""
    rounds = 10
    for turn in range(rounds):
        def act(_: int, key: str = f"k-{turn}") -> Reply | str:
            def write() -> Reply:
                return Reply(201, str(write_note(subject=key, clock=CLOCK)).encode())

            try:
                return once(actor=ANNA, key=key, fingerprint="f", act=write)
            except Rejected as said:
                return said.code

        replies = in_threads(5, act)
        answered = {reply.body for reply in replies if isinstance(reply, Reply)}
        assert len(answered) == 1
        assert {reply for reply in replies if isinstance(reply, str)} <= {"evidence.command.running"}
        assert once(actor=ANNA, key=f"k-{turn}", fingerprint="f", act=lambda: pytest.fail("ran again")).body in answered
    assert Record.objects.count() == rounds
    assert check_all(("I22",)).violations == []


def naive_once(key: str, barrier: threading.Barrier) -> bytes:
    """The naive way (M4): look whether the key was used; if not, act, and write it down."""
    used = Command.objects.filter(key=key).exists()
    barrier.wait()
    if used:
        return b""
    written = write_note(subject=key, clock=CLOCK)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO naive_key VALUES (%s)", [key])
    return str(written).encode()


@pytest.mark.django_db(transaction=True)
@covers("T5", "M4")
def test_looking_for_the_key_before_acting_acts_twice(superuser_connection: Any) -> None:
    """The mutant of T5: two clicks, two effects, two answers."""
    superuser_connection.execute("CREATE TABLE naive_key (key text)")
    superuser_connection.execute("GRANT ALL ON naive_key TO dx_app")
    barrier = threading.Barrier(2)
    replies = in_threads(2, lambda _: naive_once("k-0", barrier))
    assert len(set(replies)) == 2 and Record.objects.filter(subject="k-0").count() == 2


@pytest.mark.django_db
@covers("I24")
def test_a_new_signing_key_ends_the_term_of_the_old_one_and_the_log_still_verifies(settings: Any, tmp_path: Any) -> None:
    terms = []
    for name in ("a.pem", "b.pem"):
        settings.EVIDENCE_SIGNING_KEY_FILE = str(tmp_path / name)
        write_note(subject="LST-1", clock=CLOCK)
        drain()
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
        terms.append(queries.public_key_document(queries.seals()[-1].key_id))
    assert [one["valid_to"] for one in terms] == [None, None]
    assert queries.public_key_document(terms[0]["key_id"])["valid_to"] == terms[1]["valid_from"]
    assert verify_log(queries.log_entries(), queries.seals(), public_keys=queries.public_keys()).good


@pytest.mark.django_db
def test_a_production_start_without_its_key_seals_nothing(settings: Any, tmp_path: Any) -> None:
    from django.core.exceptions import ImproperlyConfigured

    settings.PRODUCTION = True
    settings.EVIDENCE_SIGNING_KEY_FILE = str(tmp_path / "absent.pem")
    write_note(subject="LST-1", clock=CLOCK)
    with pytest.raises(ImproperlyConfigured, match="names no file"):
        seal_batch(clock=CLOCK)


@pytest.mark.django_db(transaction=True)
@covers("I24")
def test_checkpoints_are_published_after_commit_once_a_minute(settings: Any, tmp_path: Any) -> None:
    from evidence import checkpoints

    settings.EVIDENCE_CHECKPOINTS_DIR = str(tmp_path)
    for _ in range(3):
        write_note(subject="LST-1", clock=CLOCK)
        drain()
    assert [head.size for head in checkpoints.published()] == [1]
    head = queries.head()
    assert head is not None and checkpoints.publish(head, at_once=True)
    assert checkpoints.last() == head and [one.size for one in checkpoints.published()] == [1, 3]
    assert check_all(("I24",)).violations == []


@pytest.mark.django_db(transaction=True)
@covers("I24")
def test_a_session_that_does_not_wait_for_the_disk_publishes_no_head(settings: Any, tmp_path: Any) -> None:
    from evidence import checkpoints

    settings.EVIDENCE_CHECKPOINTS_DIR = str(tmp_path)
    for lasting in ("off", "on"):
        with connection.cursor() as cursor:
            cursor.execute(f"SET synchronous_commit TO {lasting}")
        write_note(subject="LST-1", clock=CLOCK)
        drain()
    assert [head.size for head in checkpoints.published()] == [2]


@pytest.mark.django_db(transaction=True)
@covers("T25")
def test_a_broken_bell_delays_and_never_fails_an_act(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    from evidence import operations, tasks

    rung: list[int] = []

    def broken(**_: Any) -> None:
        rung.append(1)
        raise ConnectionError("no broker")

    monkeypatch.setattr(operations, "_quiet_until", 0.0)
    monkeypatch.setattr(tasks.seal_and_deliver, "apply_async", broken)
    for number in range(3):
        write_note(subject=f"LST-{number}", clock=CLOCK)
    assert len(rung) == 1 and "bell does not ring" in caplog.text
    assert tasks.seal_and_deliver() == 0 and Entry.objects.count() == 3
