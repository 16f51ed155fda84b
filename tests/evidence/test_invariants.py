"""Each invariant of the record book finds the violation that is planted for it, and nothing on a good log."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from evidence import grants, queries
from evidence.invariants import NUMBERED, check_all
from evidence.operations import drain
from kit.clock import FixedClock
from kit.coverage import covers
from tests.evidence.facts import write_note

CLOCK = FixedClock(datetime(2026, 7, 1, 4, 0, tzinfo=UTC))
MINE = ("I3", "I17", "I22", "I23", "I24", "I30", "I31", "I32")


def found(one: str) -> list[str]:
    return [violation.text for violation in check_all([one]).violations]


@pytest.fixture
def log(db: None) -> None:
    for number in range(8):
        write_note(subject=f"LST-{number}", clock=CLOCK)
        if number % 4 == 3:
            drain()


@pytest.mark.usefixtures("log")
@covers(*MINE)
def test_a_good_log_violates_nothing() -> None:
    report = check_all(MINE)
    assert report.violations == [] and report.checked == set(MINE)


MISSING_GUARDS = [
    ("DROP TRIGGER evidence_record_append_only ON evidence_record", "evidence_record: the guard evidence_record_append_only is"),
    ("ALTER TABLE evidence_seal DISABLE TRIGGER evidence_seal_no_truncate", "evidence_seal: the guard evidence_seal_no_truncate is"),
    ("GRANT UPDATE ON evidence_entry TO dx_app", "dx_app may UPDATE evidence_entry"),
    ("GRANT TRUNCATE ON evidence_command TO dx_app", "dx_app may TRUNCATE evidence_command"),
    ("ALTER TABLE evidence_deposit OWNER TO dx_app", "dx_app owns evidence_deposit"),
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("log")
@covers("I3")
def test_i3_a_missing_guard_or_a_right_too_many(superuser_connection: Any) -> None:
    for statement, text in MISSING_GUARDS:
        superuser_connection.execute(statement)
        assert any(one.startswith(text) for one in found("I3")), statement


@pytest.mark.usefixtures("log")
@covers("I17")
def test_i17_a_record_without_an_actor() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT evidence_record('a.b.c', 1, '', 'X', market_now(), '{}', gen_random_uuid())")
    assert "names no actor" in found("I17")[0]


@pytest.mark.django_db(transaction=True)
@covers("I17")
def test_i17_a_state_without_its_edge_guard(owner_connection: Any) -> None:
    from evidence.invariants.schema import guards_in_migrations

    guard = next(one for one in guards_in_migrations() if one.kind == "edges")
    owner_connection.execute(f"DROP TRIGGER {guard.triggers[0]} ON {guard.table}")
    assert found("I17") == [f"{guard.table}: the guard {guard.triggers[0]} is missing or disabled"]


@pytest.mark.usefixtures("log")
@covers("I30")
@pytest.mark.parametrize(("text", "what"), [
    ("请联系 13812345678", "a mobile number"), ("11010519491231002X", "an identity number"),
    ("mail a.b@c.example now", "an e-mail address"),
])
def test_i30_personal_values_in_a_fact(text: str, what: str) -> None:
    write_note(subject="LST-1", clock=CLOCK, text="TRD1381234567 a1381234567813 0138123456789", amount_fen=13812345678)
    assert found("I30") == []
    written = write_note(subject="LST-1", clock=CLOCK, text=text)
    assert found("I30") == [f"record {written} (evidence.note.written) holds {what}"]


@pytest.mark.usefixtures("log")
@covers("I22")
@pytest.mark.parametrize("sealed", [False, True])
def test_i22_a_record_without_a_command(sealed: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT evidence_record('a.b.c', 1, 'system', 'X', market_now(), '{}', gen_random_uuid())")
    if sealed:
        drain()
    assert ["has no command" in one for one in found("I22")] == [True]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("log")
@covers("I22")
def test_i22_one_key_twice_or_without_an_answer(owner_connection: Any) -> None:
    owner_connection.execute("DROP INDEX command_key_once")
    for _ in range(2):
        owner_connection.execute("SELECT evidence_command(gen_random_uuid(), 'ORG-A/PSN-A', 'a.b.c', 'k', '')")
    texts = found("I22")
    assert "ORG-A/PSN-A has 2 commands under the key k" in texts
    assert sum("no fingerprint or no answer" in one for one in texts) == 2


LOST_OR_LATE = [
    ("INSERT INTO evidence_record SELECT gen_random_uuid(), kind, kind_version, command, at, actor, subject, payload FROM evidence_record "
     "LIMIT 1", "9 records, but 8 entries and 0 waiting"),
    ("INSERT INTO evidence_unsealed (record_id, entered_at) SELECT record_id, clock_timestamp() FROM evidence_entry WHERE position = 0",
     "is sealed and waits at once"),
    ("INSERT INTO evidence_unsealed (record_id, entered_at) SELECT record_id, clock_timestamp() - interval '2 min' "
     "FROM evidence_entry ORDER BY position DESC LIMIT 1",
     "1 records wait for the sealer"),
    ("INSERT INTO evidence_cursor VALUES ('x', 9)", "subscriber x stands at 9, past the end of the log"),
    ("INSERT INTO evidence_failure (subscriber, position, subject, tries, parked, error, at) "
     "VALUES ('y', 3, 'A', 5, true, '', market_now())",
     "position 3 is parked, yet before its cursor"),
    ("INSERT INTO evidence_cursor VALUES ('z', 5); INSERT INTO evidence_failure (subscriber, position, subject, tries, parked, error, at) "
     "VALUES ('z', 3, 'A', 2, false, '', market_now())", "the cursor has passed it"),
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("log")
@covers("I23")
def test_i23_neither_sealed_nor_waiting_late_or_told_too_much(owner_connection: Any) -> None:
    for statements, text in LOST_OR_LATE:
        for statement in statements.split("; "):
            owner_connection.execute(statement)
        assert any(text in one for one in found("I23")), statements


CHANGED_LOGS = [
    ("UPDATE evidence_seal SET at = at + interval '1 s' WHERE size = 4", "entries 0 to 3: signature"),
    ("UPDATE evidence_seal SET previous_root = sha256('x') WHERE size = 8", "entries 4 to 7: previous"),
    ("UPDATE evidence_seal SET root = sha256('x') WHERE size = 8", "entries 4 to 7: root"),
    ("UPDATE evidence_record SET payload = '{}' WHERE subject = 'LST-6'", "entry 6: payload"),
    ("UPDATE evidence_record SET subject = 'LST-X' WHERE subject = 'LST-5'", "entry 5: leaf"),
    ("DELETE FROM evidence_seal WHERE size = 8", "entries 4 to 7: unsealed"),
    ("DELETE FROM evidence_entry WHERE position = 2", "entry 2: gap"),
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("log")
@covers("I24")
def test_i24_anything_changed_in_the_log(superuser_connection: Any) -> None:
    superuser_connection.execute("SET session_replication_role = replica")
    for statement, text in CHANGED_LOGS:
        superuser_connection.execute(statement)
        assert any(one.startswith(text) for one in found("I24")), statement


@pytest.mark.usefixtures("log")
@covers("I24")
def test_i24_a_seal_cannot_skip_ahead_even_by_the_application() -> None:
    from django.db import IntegrityError, transaction

    last = "(SELECT root FROM evidence_seal WHERE size = 8)"
    for size, previous in ((9, last), (8, "''::bytea"), (4, last)):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO evidence_seal (size, root, previous_root, at, origin, key_id, signature) "
                           f"VALUES ({size}, 'x', {previous}, market_now(), 'o', 'k', 's')")


INEXACT = [
    ("a double precision", "evidence_cursor.a is double precision"),
    ("b real", "evidence_cursor.b is real"),
    ("c timestamp", "evidence_cursor.c is timestamp without time zone"),
    ("d_fen integer", "evidence_cursor.d_fen is integer"),
    ("e_fen numeric", "evidence_cursor.e_fen is numeric"),
    ("f double precision[]", "evidence_cursor.f is _float8"),
]


@pytest.mark.django_db
@covers("I24")
def test_i24_a_long_log_is_verified_in_its_tail(monkeypatch: pytest.MonkeyPatch) -> None:
    from evidence.invariants import log as looked

    for number in range(60):
        write_note(subject=f"LST-{number}", clock=CLOCK)
        if number % 10 == 9:
            drain()
    monkeypatch.setattr(looked, "WHOLE", 20)
    monkeypatch.setattr(looked, "TAIL", 15)
    read: list[int] = []
    real = queries.log_entries
    monkeypatch.setattr(queries, "log_entries", lambda **named: (read.append(one.position) or one for one in real(**named)))
    assert found("I24") == []
    assert read == list(range(40, 60))


@pytest.mark.django_db(transaction=True)
@covers("I31")
def test_i31_inexact_columns(owner_connection: Any) -> None:
    assert found("I31") == []
    for column, text in INEXACT:
        owner_connection.execute(f"ALTER TABLE evidence_cursor ADD COLUMN {column}")
        assert text in found("I31")
    assert len(found("I31")) == len(INEXACT)


GRANTS = [
    ("GRANT TRUNCATE ON evidence_cursor TO dx_app",
     "grants on evidence_cursor: SELECT, INSERT, UPDATE, TRUNCATE, not SELECT, INSERT, UPDATE"),
    ("REVOKE INSERT ON evidence_record FROM dx_app", "grants on evidence_record: SELECT, not SELECT, INSERT"),
    ("GRANT SELECT ON evidence_record TO PUBLIC", "grants on evidence_record: SELECT; PUBLIC: SELECT, not SELECT, INSERT"),
    ("ALTER TABLE evidence_record DISABLE TRIGGER ALL", "evidence_record: the trigger evidence_record_append_only is disabled"),
]


@pytest.mark.django_db(transaction=True)
@covers("I32")
def test_i32_grants_and_triggers_are_as_committed(superuser_connection: Any, monkeypatch: Any) -> None:
    stated = grants.live()
    monkeypatch.setattr(grants, "committed", lambda: stated)
    assert found("I32") == []
    for statement, text in GRANTS:
        superuser_connection.execute(statement)
        assert text in found("I32")


@pytest.mark.django_db(transaction=True)
@covers("I32")
def test_i32_a_table_that_is_not_stated_yet_has_no_more_than_reading_and_writing(owner_connection: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(grants, "committed", dict)
    assert found("I32") == []
    owner_connection.execute("CREATE TABLE fresh (id int); REVOKE DELETE ON fresh FROM dx_app")
    assert found("I32") == []
    owner_connection.execute("GRANT REFERENCES ON fresh TO dx_app; GRANT DELETE ON evidence_entry TO dx_app")
    assert found("I32") == ["grants on evidence_entry: SELECT, INSERT, DELETE, more than SELECT, INSERT",
                            "grants on fresh: SELECT, INSERT, UPDATE, REFERENCES, more than SELECT, INSERT, UPDATE, DELETE"]


@pytest.mark.django_db
@covers("I32")
def test_the_committed_statement_of_grants_is_read_as_written() -> None:
    live = grants.live()
    lines = [line for line in grants.text_of(live).splitlines() if not line.startswith("#")]
    assert dict(line.split(": ", 1) for line in lines) == live
    assert live["role dx_app"] == "login only"


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("log")
def test_the_command_prints_one_document_and_says_no_by_its_exit(capsys: pytest.CaptureFixture[str], superuser_connection: Any) -> None:
    call_command("check_invariants", "--json", only=list(MINE))
    told = json.loads(capsys.readouterr().out)
    assert told["checked"] == len(MINE) and told["violations"] == []
    assert set(told["not_yet"]) < set(NUMBERED)
    superuser_connection.execute("GRANT UPDATE ON evidence_entry TO dx_app")
    with pytest.raises(SystemExit) as ended:
        call_command("check_invariants", "--json", only=["I3"])
    assert ended.value.code == 1
    assert json.loads(capsys.readouterr().out)["violations"] == [{"id": "I3", "text": "dx_app may UPDATE evidence_entry"}]


@pytest.mark.django_db
def test_a_check_that_breaks_is_a_violation(monkeypatch: pytest.MonkeyPatch) -> None:
    from evidence.invariants import Invariant, base

    class Broken(Invariant):
        id = "I99"

        def check(self) -> Any:
            with connection.cursor() as cursor:
                cursor.execute("SELECT nothing")
            yield ""

    monkeypatch.setattr(base, "_REGISTRY", {"I99": [Broken]})
    assert ["Broken could not be checked" in one for one in found("I99")] == [True]
