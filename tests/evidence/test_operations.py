"""One act is one transaction, one command and at least one record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from evidence.clock import MARKET_CLOCK, set_market_clock
from evidence.events import Commitment, payload_of
from evidence.models import Command, Entry, Record, Seal, Unsealed
from evidence.operations import Reply, current_command, drain, fingerprint_of, once, operation, unchanged
from kit.actors import Actor
from kit.clock import FixedClock
from kit.coverage import covers
from kit.rejected import Rejected
from tests.evidence.facts import ANNA, BELA, Noted, forget_to_record, write_note

AT = datetime(2026, 7, 1, 4, 0, 0, 123456, tzinfo=UTC)
CLOCK = FixedClock(AT)


@pytest.mark.django_db
@covers("I22")
def test_an_act_leaves_its_record_and_its_command() -> None:
    written = write_note(subject="LST-1", clock=CLOCK, text="你好")
    record = Record.objects.get(pk=written)
    assert (record.kind, record.actor, record.subject, record.at) == ("evidence.note.written", "ORG-A/PSN-ANNA", "LST-1", AT)
    assert record.payload == {"text": "你好", "amount_fen": 0, "seen_at": "2026-07-01T04:00:00.123456Z"}
    command = Command.objects.get(pk=record.command)
    assert (command.operation, command.actor, command.key, command.at) == ("evidence.note.write", "ORG-A/PSN-ANNA", None, AT)
    assert Unsealed.objects.filter(record=record).exists()


@pytest.mark.django_db
def test_an_act_that_records_nothing_is_a_fault() -> None:
    with pytest.raises(AssertionError, match="recorded nothing"):
        forget_to_record()


@pytest.mark.django_db
def test_an_act_that_finds_its_effect_there_says_so_and_leaves_its_command_only() -> None:
    @operation("evidence.note.write_once")
    def write_unless_written(*, actor: Actor = ANNA) -> None:
        if Record.objects.filter(subject="A").exists():
            unchanged(at=AT)
            return
        write_note(subject="A", clock=CLOCK)

    write_unless_written()
    write_unless_written()
    assert Record.objects.count() == 1
    assert list(Command.objects.values_list("operation", "at")) == [("evidence.note.write_once", AT)] * 2


@pytest.mark.django_db
def test_an_operation_called_by_another_shares_its_command_and_transaction() -> None:
    @operation("evidence.note.write_two")
    def write_two(*, actor: Actor = ANNA) -> list[object]:
        return [current_command(), write_note(subject="A", clock=CLOCK), write_note(subject="B", clock=CLOCK, actor=BELA)]

    command, first, second = write_two()
    assert {Record.objects.get(pk=one).command for one in (first, second)} == {command}
    assert Command.objects.get().operation == "evidence.note.write_two"


@pytest.mark.django_db
def test_a_failed_act_leaves_nothing() -> None:
    @operation("evidence.note.fail")
    def fail(*, actor: Actor = ANNA) -> None:
        write_note(subject="A", clock=CLOCK)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    assert not Record.objects.exists() and not Command.objects.exists()


def test_recording_outside_an_operation_is_a_programming_error() -> None:
    with pytest.raises(AssertionError, match="only operations record"):
        current_command()


def test_operations_take_keywords_only() -> None:
    with pytest.raises(AssertionError, match="keywords only"):

        @operation("evidence.note.bad")
        def bad(thing: str, *, actor: Actor) -> None: ...


@pytest.mark.parametrize("value", [1.5, 2**53, -(2**53), "a\x00b", "\ud800", object()])
def test_the_log_takes_no_floats_no_large_numbers_and_no_broken_text(value: object) -> None:
    with pytest.raises(ValueError, match=r"log"):
        payload_of(Noted(subject="A", text=value))  # type: ignore[arg-type]


@pytest.mark.django_db
@pytest.mark.parametrize("payload", ['{"a":1.5}', '{"a":[{"b":9007199254740992}]}', '{"a":-9007199254740992}', "[]", '"a"'])
def test_the_database_refuses_the_same_from_sql(payload: str) -> None:
    with pytest.raises(IntegrityError, match="record_payload_plain"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT evidence_record('a.b.c', 1, 'system', 'X', market_now(), %s::jsonb, gen_random_uuid())", [payload])


def test_a_secret_enters_as_a_salted_commitment() -> None:
    salt = bytes(range(32))
    payload = payload_of(Noted(subject="A", text=Commitment("秘密", salt)))  # type: ignore[arg-type]
    assert set(payload) == {"text_commitment", "amount_fen", "seen_at"}
    assert len(payload["text_commitment"]) == 64
    assert payload != payload_of(Noted(subject="A", text=Commitment("秘密", bytes(32))))  # type: ignore[arg-type]


# ---- idempotency (T5) ----------------------------------------------------------------------------------------------------


def _note(subject: str) -> Reply:
    return Reply(201, str(write_note(subject=subject, clock=CLOCK)).encode())


@pytest.mark.django_db
@covers("T5", "I22")
def test_the_same_key_gives_the_same_bytes_and_one_effect() -> None:
    fingerprint = fingerprint_of("POST", "/api/notes/", b"{}")
    first = once(actor=ANNA, key="k-1", fingerprint=fingerprint, act=lambda: _note("A"))
    again = [once(actor=ANNA, key="k-1", fingerprint=fingerprint, act=lambda: _note("A")) for _ in range(49)]
    assert not first.replayed and all(one.replayed for one in again)
    assert {(one.status, one.body) for one in again} == {(first.status, first.body)}
    assert Record.objects.count() == 1
    stored = Command.objects.get(key="k-1")
    assert (stored.operation, stored.fingerprint, stored.status) == ("evidence.note.write", fingerprint, 201)


@pytest.mark.django_db
@covers("T5")
def test_the_same_key_for_another_request_is_refused() -> None:
    once(actor=ANNA, key="k-1", fingerprint="a", act=lambda: _note("A"))
    with pytest.raises(Rejected) as refused:
        once(actor=ANNA, key="k-1", fingerprint="b", act=lambda: _note("A"))
    assert (refused.value.code, refused.value.status) == ("evidence.command.key_reused", 422)


@pytest.mark.django_db
@covers("T5")
def test_keys_of_two_users_are_independent() -> None:
    once(actor=ANNA, key="k-1", fingerprint="a", act=lambda: _note("A"))
    assert not once(actor=BELA, key="k-1", fingerprint="b", act=lambda: _note("B")).replayed


@pytest.mark.django_db
@covers("T5")
def test_a_refused_act_leaves_its_key_free() -> None:
    def refuse() -> Reply:
        raise Rejected("evidence.file.empty")

    with pytest.raises(Rejected):
        once(actor=ANNA, key="k-1", fingerprint="a", act=refuse)
    assert not once(actor=ANNA, key="k-1", fingerprint="a", act=lambda: _note("A")).replayed


@pytest.mark.django_db
@covers("I22")
def test_a_command_and_its_answer_never_change() -> None:
    once(actor=ANNA, key="k-1", fingerprint="a", act=lambda: _note("A"))
    for statement in ("UPDATE evidence_command SET body = 'x'", "UPDATE evidence_command SET actor = 'x'", "DELETE FROM evidence_command"):
        with pytest.raises(Exception, match=r"kept as it is|permission denied"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


# ---- the market's clock --------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_clock_is_never_set_before_a_recorded_fact() -> None:
    start = MARKET_CLOCK.now() - timedelta(days=90)
    set_market_clock(start, 0)
    assert MARKET_CLOCK.now() == MARKET_CLOCK.now() == start
    write_note(subject="A", clock=MARKET_CLOCK)
    with pytest.raises(IntegrityError, match="never goes back"), transaction.atomic():
        set_market_clock(start - timedelta(seconds=1), 0)
    set_market_clock(start + timedelta(days=1), 3600)
    assert MARKET_CLOCK.now() >= start + timedelta(days=1)
    set_market_clock(start, 0)  # closed for a day: the day is lived through from the last fact on
    assert MARKET_CLOCK.now() == start


@pytest.mark.django_db
def test_a_production_clock_is_the_wall(owner_connection: object) -> None:
    with pytest.raises(Exception, match="not moved"):
        owner_connection.execute("UPDATE evidence_marketclock SET profile = 'production'")  # type: ignore[attr-defined]
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO evidence_marketclock VALUES (2, now(), now(), 1, 'test')")


# ---- sealing, in one breath ----------------------------------------------------------------------------------------------


@pytest.mark.django_db
@covers("I23", "I24")
def test_drain_seals_everything_in_order() -> None:
    written = [write_note(subject=f"A-{n}", clock=CLOCK) for n in range(5)]
    drain()
    assert list(Entry.objects.order_by("position").values_list("position", "record_id")) == list(enumerate(written))
    assert not Unsealed.objects.exists()
    assert Seal.objects.get().size == 5
