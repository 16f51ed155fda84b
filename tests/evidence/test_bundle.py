"""A bundle proves itself: without our server, without our database, without Django."""

from __future__ import annotations

import base64
import copy
import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

import pytest

from evidence import queries
from evidence.bundle import line_of, lines_root, make_bundle
from evidence.events import Commitment, Event
from evidence.models import Entry
from evidence.operations import drain, operation, record
from evidence.verify import verify_bundle
from kit.actors import Actor
from kit.clock import Clock, FixedClock
from kit.coverage import covers
from tests.clones import HOUSE
from tests.evidence.facts import ANNA, write_note

CLOCK = FixedClock(datetime(2026, 7, 1, 4, 0, tzinfo=UTC))
SALT = bytes(range(32))
LINES = [{"trade": f"TRD-{number}", "fee_fen": number} for number in range(7)]


@dataclass(frozen=True)
class Batched(Event):
    kind: ClassVar[str] = "evidence.batch.written"

    lines: int
    lines_root: str
    reserve_fen: Commitment


@operation("evidence.batch.write")
def write_batch(*, clock: Clock, actor: Actor = ANNA) -> UUID:
    fact = Batched(subject="BATCH-1", lines=7, lines_root=lines_root(LINES), reserve_fen=Commitment(5_000, SALT))
    return record(fact, actor=actor, at=clock.now())


def public(_: object) -> bool:
    return True


@pytest.fixture
def bundle(db: None) -> dict[str, Any]:
    for number in range(300):
        write_note(subject=f"LST-{number % 3}", clock=CLOCK, amount_fen=number)
    drain()
    made = make_bundle(subjects=["LST-1"], may_read=lambda fact: fact.payload["amount_fen"] != 4)
    return json.loads(json.dumps(made))  # type: ignore[no-any-return]


@covers("T59")
def test_a_bundle_proves_itself_and_hides_what_its_reader_may_not_see(bundle: dict[str, Any]) -> None:
    verdict = verify_bundle(bundle, trusted=queries.public_keys())
    assert verdict.good and verdict.entries == 100
    assert "payload" not in bundle["entries"][1] and bundle["entries"][1]["payload_hash"]
    assert bundle["entries"][0]["payload"]["amount_fen"] == 1


@covers("T59")
def test_what_stands_in_the_bundle_is_as_the_contract_shows_it(bundle: dict[str, Any]) -> None:
    assert bundle["format"] == "exchange-bundle/1"
    assert set(bundle["checkpoint"]) == {"origin", "size", "root", "previous_root", "at", "key_id", "signature"}
    assert set(bundle["public_key"]) == {"key_id", "algorithm", "key", "valid_from", "valid_to"}
    assert set(bundle["entries"][0]) == {"position", "envelope", "payload", "path"}
    assert set(bundle["entries"][0]["envelope"]) == {"v", "kind", "kind_version", "record", "command", "at", "actor", "subject",
                                                     "payload_hash"}


@covers("T59")
@pytest.mark.parametrize(("place", "value", "code"), [
    (("payload", "amount_fen"), 7, "payload"),
    (("envelope", "actor"), "ORG-X/PSN-X", "path"),
    (("envelope", "payload_hash"), "00" * 32, "payload"),
    (("position",), 5, "path"),
    (("position",), True, "entry"),
    (("path",), [], "path"),
    (("path",), "x", "path"),
    (("envelope",), None, "entry"),
    (("payload",), None, "payload"),
])
def test_any_change_is_found_and_the_first_bad_entry_named(bundle: dict[str, Any], place: tuple[str, ...], value: Any, code: str) -> None:
    target: Any = bundle["entries"][7]
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = value
    bundle["entries"][9]["payload"] = {}
    bad = verify_bundle(bundle).faults
    assert [fault.code for fault in bad] == [code, "payload"]


@covers("T59")
def test_a_foreign_key_or_a_changed_head_is_found(bundle: dict[str, Any]) -> None:
    assert [fault.code for fault in verify_bundle(bundle, trusted={}).faults] == ["key"]
    changed = copy.deepcopy(bundle)
    changed["checkpoint"]["at"] = "2020-01-01T00:00:00.000000Z"
    assert verify_bundle(changed).faults[0].code == "signature"
    for broken in (None, [], {}, {"format": "exchange-bundle/1", "entries": []}, {**bundle, "public_key": {"key": "?"}}):
        assert not verify_bundle(broken).good


@covers("T59")
def test_a_bundle_extends_a_head_that_was_kept(bundle: dict[str, Any]) -> None:
    kept = queries.head()
    assert kept is not None
    write_note(subject="LST-1", clock=CLOCK)
    drain()
    with_proof = json.loads(json.dumps(make_bundle(subjects=["LST-1"], may_read=public, since=kept)))
    assert verify_bundle(with_proof, known=[kept]).good
    without = {name: value for name, value in with_proof.items() if name != "consistency"}
    assert [fault.code for fault in verify_bundle(without, known=[kept]).faults] == ["consistency"]
    with_proof["consistency"]["path"][0] = "00" * 32
    assert [fault.code for fault in verify_bundle(with_proof, known=[kept]).faults] == ["rewritten"]


@pytest.mark.django_db
@covers("T59")
def test_an_opened_secret_and_a_line_of_a_batch_prove_themselves() -> None:
    written = write_batch(clock=CLOCK)
    drain()
    opened = {"path": "reserve_fen_commitment", "salt": base64.b64encode(SALT).decode(), "value": 5_000}
    made = make_bundle(records=[written], may_read=public, opened={written: [opened]}, lines={written: line_of(LINES, 3)})
    assert verify_bundle(made).good
    entry = made["entries"][0]
    for place, key, value, code in (("line", "payload", {"trade": "TRD-3", "fee_fen": 99}, "line"), ("line", "index", 4, "line")):
        changed = copy.deepcopy(made)
        changed["entries"][0][place][key] = value
        assert [fault.code for fault in verify_bundle(changed).faults] == [code]
    entry["opened"][0]["value"] = 5_001
    assert [fault.code for fault in verify_bundle(made).faults] == ["opened"]


@covers("T59")
def test_the_verifier_needs_no_django(bundle: dict[str, Any], tmp_path: Path) -> None:
    place = tmp_path / "bundle.json"
    place.write_text(json.dumps(bundle))
    script = ("import json, sys; from evidence.verify import verify_bundle; "
              "assert verify_bundle(json.load(open(sys.argv[1]))).good; assert 'django' not in sys.modules")
    subprocess.run([sys.executable, "-c", script, str(place)], cwd=HOUSE, check=True, timeout=60)


@covers("T59")
def test_the_command_verifies_a_bundle_without_a_database(bundle: dict[str, Any], tmp_path: Path) -> None:
    place = tmp_path / "bundle.json"
    place.write_text(json.dumps(bundle))
    environment = {"PATH": "/usr/bin:/bin", "DX_VAR": str(tmp_path), "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
                   "REDIS_URL": "redis://127.0.0.1:1/0", "DX_PROFILE": "demo"}
    run = [sys.executable, "manage.py", "verify_evidence", str(place), "--key", bundle["public_key"]["key"]]
    done = subprocess.run(run, cwd=HOUSE, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0 and "verified 100 entries" in done.stdout, done.stderr
    bundle["entries"][2]["payload"]["amount_fen"] = 0
    place.write_text(json.dumps(bundle))
    done = subprocess.run(run, cwd=HOUSE, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1 and f"entry {bundle['entries'][2]['position']}: payload" in done.stderr


@pytest.mark.django_db
def test_every_entry_of_a_log_past_one_tile_has_a_proof() -> None:
    for number in range(600):
        write_note(subject=f"LST-{number}", clock=CLOCK)
    drain()
    every = list(Entry.objects.values_list("record_id", flat=True))
    assert verify_bundle(make_bundle(records=every, may_read=public)).good


@pytest.mark.django_db
@covers("T60")
def test_erasing_a_secret_leaves_the_chain_whole() -> None:
    """The log never held the value; once value and salt are gone from their room, nobody can tell it, and all still verifies."""
    from django.db import connection

    from evidence.verify import verify_log

    write_batch(clock=CLOCK)
    drain()
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(payload::text, '') FROM evidence_record")
        text = cursor.fetchone()[0]
    assert "5000" not in text and SALT.hex() not in text and "reserve_fen_commitment" in text
    assert verify_log(queries.log_entries(), queries.seals(), public_keys=queries.public_keys()).good


@pytest.mark.django_db
def test_queries_tell_the_story_of_an_object_and_of_an_act() -> None:
    written = [write_note(subject="LST-1", clock=CLOCK, text=str(number)) for number in range(3)]
    write_note(subject="LST-2", clock=CLOCK)
    assert queries.entry_of(written[0]) is None and queries.position_of(written[0]) is None and queries.head() is None
    drain()
    assert [one.pk for one in queries.timeline("LST-1")] == written
    assert len(queries.timeline("LST-1", "LST-2")) == 4
    fact = queries.entry_of(written[1])
    assert fact is not None and (fact.position, fact.payload["text"]) == (1, "1")
    assert [one.pk for one in queries.of_command(fact.command)] == [written[1]]
    assert queries.records(kind="evidence.note", actor="ORG-A/", since=CLOCK.at).count() == 4
    assert not queries.records(until=CLOCK.at).exists() and not queries.records(actor="ORG-B").exists()
    head = queries.head()
    assert head is not None and head.size == 4
