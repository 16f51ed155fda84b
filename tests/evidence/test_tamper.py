"""Seven ways to falsify the log, by the schema's owner and by the cluster's superuser; yesterday's head finds all seven (T59)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command

from evidence import checkpoints, keys, queries
from evidence.envelope import Checkpoint, envelope_of, leaf_of, payload_hash_of, read_payload
from evidence.merkle import root_of_leaves
from evidence.operations import drain
from evidence.sealing import ENVELOPE_COLUMNS, SealRefused, seal_batch
from evidence.tasks import seal_and_deliver
from evidence.verify import Verdict, compare_heads, verify_log
from kit.clock import FixedClock
from kit.coverage import covers
from tests.evidence.facts import write_note

AT = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)
CLOCK = FixedClock(AT)
TABLES = ("record", "entry", "node", "seal", "unsealed", "command")
TARGET = 9

Attack = Callable[[Any], None]


# ---- the attacks ---------------------------------------------------------------------------------------------------------


def edit(hand: Any) -> None:
    hand.execute("UPDATE evidence_record SET payload = jsonb_set(payload, '{amount_fen}', '1') WHERE id = (SELECT record_id FROM "
                 "evidence_entry WHERE position = %s)", [TARGET])


def delete(hand: Any) -> None:
    (record,) = hand.execute("DELETE FROM evidence_entry WHERE position = %s RETURNING record_id", [TARGET]).fetchone()
    hand.execute("DELETE FROM evidence_record WHERE id = %s", [record])
    renumber(hand, lambda rows: rows)


def insert(hand: Any) -> None:
    """A forged entry, complete with its own right hashes, pushed in at its place."""
    (record,) = hand.execute(
        "INSERT INTO evidence_record (id, kind, kind_version, command, at, actor, subject, payload) SELECT gen_random_uuid(), kind, "
        "kind_version, command, at, actor, subject, '{\"forged\": true}' FROM evidence_record LIMIT 1 RETURNING id").fetchone()
    digest, leaf = hashes(hand, record)
    renumber(hand, lambda rows: [*rows[:TARGET], (record, digest, leaf), *rows[TARGET:]])


def swap(hand: Any) -> None:
    def swapped(rows: list[Any]) -> list[Any]:
        rows[TARGET], rows[TARGET + 1] = rows[TARGET + 1], rows[TARGET]
        return rows

    renumber(hand, swapped)


def truncate(hand: Any) -> None:
    """The tail goes, entries and seals together: what is left is a good log."""
    (size,) = hand.execute("SELECT max(size) FROM evidence_seal WHERE size <= %s", [TARGET]).fetchone()
    hand.execute("DELETE FROM evidence_seal WHERE size > %s", [size])
    gone = hand.execute("DELETE FROM evidence_entry WHERE position >= %s RETURNING record_id", [size]).fetchall()
    hand.execute("DELETE FROM evidence_record WHERE id = ANY(%s)", [[record for (record,) in gone]])


def recompute(hand: Any) -> None:
    """One payload is edited, then every hash, root and signature after it is made anew, with the right key."""
    edit(hand)
    rows = hand.execute("SELECT position, record_id FROM evidence_entry ORDER BY position").fetchall()
    leaves = []
    for position, record in rows:
        digest, leaf = hashes(hand, record)
        leaves.append(leaf)
        hand.execute("UPDATE evidence_entry SET payload_hash = %s, leaf_hash = %s WHERE position = %s", [digest, leaf, position])
    before = b""
    for seal in hand.execute("SELECT size, origin, at, key_id FROM evidence_seal ORDER BY size").fetchall():
        size, origin, at, key_id = seal
        head = Checkpoint(origin, size, root_of_leaves(leaves[:size]), before, at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"), key_id)
        hand.execute("UPDATE evidence_seal SET root = %s, previous_root = %s, signature = %s WHERE size = %s",
                     [head.root, before, keys.sign(head.message()), size])
        before = head.root


def wipe(hand: Any) -> None:
    for table in ("node", "seal", "entry", "unsealed", "record", "command"):
        hand.execute(f"DELETE FROM evidence_{table}")


def hashes(hand: Any, record: Any) -> tuple[bytes, bytes]:
    row = hand.execute(f"SELECT {ENVELOPE_COLUMNS} FROM evidence_record r WHERE id = %s", [record]).fetchone()
    digest = payload_hash_of(read_payload(row[-1]))
    return digest, leaf_of(envelope_of(*row[:-1], digest))


def renumber(hand: Any, change: Callable[[list[Any]], list[Any]]) -> None:
    rows = change(hand.execute("SELECT record_id, payload_hash, leaf_hash FROM evidence_entry ORDER BY position").fetchall())
    hand.execute("DELETE FROM evidence_entry")
    for position, (record, digest, leaf) in enumerate(rows):
        hand.execute("INSERT INTO evidence_entry (position, record_id, payload_hash, leaf_hash) VALUES (%s, %s, %s, %s)",
                     [position, record, digest, leaf])


ATTACKS: dict[str, Attack] = {"edit": edit, "delete": delete, "insert": insert, "swap": swap, "truncate": truncate, "recompute": recompute,
                              "wipe": wipe}
#: What a chain that nobody outside holds a head of cannot see.
BLIND_SPOTS = {"truncate", "recompute", "wipe"}


# ---- the hands -----------------------------------------------------------------------------------------------------------


@dataclass
class Hand:
    connection: Any
    role: str

    def attack(self, attack: Attack) -> None:
        if self.role == "superuser":
            self.connection.execute("SET session_replication_role = replica")
        else:
            for table in TABLES:
                self.connection.execute(f"ALTER TABLE evidence_{table} DISABLE TRIGGER USER")
        with self.connection.transaction():
            attack(self.connection)
        if self.role == "superuser":
            self.connection.execute("SET session_replication_role = origin")
        else:
            for table in TABLES:
                self.connection.execute(f"ALTER TABLE evidence_{table} ENABLE TRIGGER USER")


@pytest.fixture(params=["owner", "superuser"])
def hand(request: pytest.FixtureRequest, owner_connection: Any, superuser_connection: Any) -> Hand:
    return Hand(owner_connection if request.param == "owner" else superuser_connection, request.param)


def live(known: list[Checkpoint]) -> Verdict:
    return verify_log(queries.log_entries(), queries.seals(), public_keys=queries.public_keys(), known=known)


def write_log(count: int = 20, batch: int = 4) -> Checkpoint:
    for number in range(count):
        write_note(subject=f"LST-{number}", clock=CLOCK, amount_fen=100 + number)
        if number % batch == batch - 1:
            drain()
    head = queries.head()
    assert head is not None and head.size == count
    return head


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ATTACKS)
@covers("T59", "I24")
def test_with_yesterdays_head_every_attack_is_found_and_a_chain_alone_misses_three(name: str, hand: Hand) -> None:
    yesterday = write_log()
    hand.attack(ATTACKS[name])
    verdict = live([yesterday])
    assert not verdict.good
    bad = verdict.first_bad
    assert bad is not None and bad.position is not None
    if name not in {"wipe", "truncate", "recompute"}:
        assert bad.position <= TARGET < (bad.until or bad.position + 1), f"{name}: {bad}"
    if name == "edit":
        assert bad.position == TARGET and bad.code == "payload"
    if name == "recompute":  # with every head kept the span is one seal; with yesterday's alone it is the log up to it
        assert (bad.position, bad.until, bad.code) == (0, yesterday.size, "rewritten")
    # the mutant: the same verification without a head kept elsewhere misses three of the seven
    assert live([]).good is (name in BLIND_SPOTS)


@pytest.mark.django_db(transaction=True)
@covers("T59")
def test_with_every_published_head_a_rewritten_entry_is_narrowed_to_its_seal(superuser_connection: Any) -> None:
    write_log()
    kept = queries.seals()
    Hand(superuser_connection, "superuser").attack(recompute)
    bad = live(kept).first_bad
    assert bad is not None and (bad.position, bad.until) == (8, 12)


@pytest.mark.django_db(transaction=True)
@covers("T59")
def test_the_command_names_the_first_bad_entry(superuser_connection: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    yesterday = write_log()
    kept = tmp_path / "yesterday.json"
    kept.write_text(json.dumps(yesterday.document()))
    call_command("verify_evidence", checkpoint=[str(kept)])
    assert "verified 20 entries; head 20" in capsys.readouterr().out
    Hand(superuser_connection, "superuser").attack(edit)
    with pytest.raises(SystemExit) as ended:
        call_command("verify_evidence", "--json", checkpoint=[str(kept)])
    assert ended.value.code == 1
    assert json.loads(capsys.readouterr().out)["first_bad"] == TARGET


# ---- heads ---------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@covers("T59")
def test_two_heads_of_one_size_are_a_split_view() -> None:
    head = write_log()
    assert compare_heads(head, head) is None
    fault = compare_heads(head, replace(head, root=bytes(32)))
    assert fault is not None and fault.code == "split_view"


def grows(before: Checkpoint, after: Checkpoint) -> bool:
    """The naive comparison of two heads: the log is as long as it was, or longer."""
    return after.size >= before.size


@pytest.mark.django_db
@covers("T59")
def test_whoever_compares_sizes_only_is_content_with_a_split_view() -> None:
    head = write_log()
    other = replace(head, root=bytes(32))
    assert grows(head, other) and grows(other, head) and compare_heads(head, other) is not None


@pytest.mark.django_db(transaction=True)
@covers("T59")
def test_a_log_that_asks_no_published_head_is_sealed_on_after_a_restore(settings: Any, superuser_connection: Any) -> None:
    """The mutant of the test below: nothing was kept outside, so the shortened log goes on as if it were whole."""
    settings.EVIDENCE_CHECKPOINTS_DIR = ""
    before = write_log()
    Hand(superuser_connection, "superuser").attack(truncate)
    write_note(subject="LST-new", clock=CLOCK)
    seal_batch(clock=CLOCK)
    after = queries.head()
    assert after is not None and after.size < before.size and live([]).good


@pytest.mark.django_db(transaction=True)
@covers("T59")
def test_a_log_put_back_from_a_backup_is_not_published_again(settings: Any, tmp_path: Path, superuser_connection: Any) -> None:
    settings.EVIDENCE_CHECKPOINTS_DIR = str(tmp_path)
    checkpoints.publish(write_log(), at_once=True)
    Hand(superuser_connection, "superuser").attack(truncate)  # as a restore would leave it
    write_note(subject="LST-new", clock=CLOCK)
    with pytest.raises(SealRefused, match="20 were published"):
        seal_batch(clock=CLOCK)
    Hand(superuser_connection, "superuser").attack(wipe)
    write_note(subject="LST-new", clock=CLOCK)
    with pytest.raises(SealRefused, match="20 were published"):
        seal_batch(clock=CLOCK)


@pytest.mark.django_db(transaction=True)
@covers("T59")
def test_a_rewritten_log_is_not_sealed_on(settings: Any, tmp_path: Path, superuser_connection: Any, caplog: Any) -> None:
    settings.EVIDENCE_CHECKPOINTS_DIR = str(tmp_path)
    checkpoints.publish(write_log(), at_once=True)
    Hand(superuser_connection, "superuser").attack(recompute)
    write_note(subject="LST-new", clock=CLOCK)
    with pytest.raises(SealRefused, match="differs from the checkpoint"):
        seal_batch(clock=CLOCK)
    assert seal_and_deliver() == 0 and "until a person has looked" in caplog.text


@pytest.mark.django_db(transaction=True)
@covers("I3")
def test_owner_and_application_are_refused_while_the_guards_stand(owner_connection: Any) -> None:
    from django.core.files.base import ContentFile

    from evidence.files import deposit
    from tests.clones import mine

    write_log(256, 256)
    deposit(ContentFile(b"a,b\n1,2\n"), name="a.csv", owner="ORG-A", at=AT)
    columns = {"record": "actor", "entry": "position", "node": "level", "seal": "size", "deposit": "name"}
    for table, column in columns.items():
        for statement in (f"UPDATE evidence_{table} SET {column} = {column}", f"DELETE FROM evidence_{table}",
                          f"TRUNCATE evidence_{table} CASCADE"):
            with pytest.raises(psycopg.errors.RestrictViolation):
                owner_connection.execute(statement)
            with psycopg.connect(mine().database_url) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(statement)
