"""Base backup, archived log, an empty machine: the books come back as they stood at the recorded instant, and nothing acknowledged
and archived is missing (T33, RPO 0). Naive beside it: the nightly copy alone, which loses the day.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from evidence.clock import MARKET_CLOCK as CLOCK
from kit.coverage import covers
from ledger.models import Transfer
from ledger.queries import live_state_hash, rebuilt_state_hash
from settlement.operations import book_deposit
from tests.concurrency.durable import Durable, sound_after_faults
from tests.concurrency.workers import until
from tests.factories import make_organization
from tests.settlement.worlds import operator

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]


@pytest.fixture
def durable() -> Iterator[Durable]:
    with Durable() as one, one.here():
        yield one


def booked(durable: Durable, word: str, count: int) -> str:
    """``count`` acknowledged bookings; the hash of the books after them."""
    party, actor = make_organization().code, operator()
    for n in range(count):
        book_deposit(organization=party, amount_fen=100 + n, reference=f"{word}-{n}", actor=actor, clock=CLOCK)
    return live_state_hash()


def backup(durable: Durable) -> Path:
    place = durable.place / "backup" / "base"
    subprocess.run([durable.bin / "pg_basebackup", "-D", place, "-X", "none", "-c", "fast", "--no-manifest",
                    "-d", durable.url(database="postgres")], check=True, capture_output=True)
    subprocess.run(["chown", "-R", f"{durable.data.stat().st_uid}:{durable.data.stat().st_gid}", str(durable.place / "backup")], check=True)
    place.chmod(0o700)
    return place


def archived(durable: Durable) -> None:
    """The piece of the log under way is finished and in the archive."""
    ((piece,),) = durable.ask("SELECT pg_walfile_name(pg_current_wal_lsn())")
    durable.ask("SELECT pg_switch_wal()")
    assert until(lambda: (durable.archive / piece).exists(), 30), "the log is not archived"


def restored(durable: Durable, place: Path, **target: str) -> float:
    """Starts what was restored instead of the lost server, and returns the seconds until it serves."""
    connection.close()
    durable.crash()
    begun = time.monotonic()
    (place / "recovery.signal").touch()
    (place / "recovery.signal").chmod(0o644)
    durable.start(place, restore_command=f"cp {durable.archive}/%f %p", recovery_target_action="promote", archive_mode="off", **target)
    assert until(lambda: durable.ask("SELECT pg_is_in_recovery()") == [(False,)], 60)
    return time.monotonic() - begun


@covers("T33", "I27")
def test_the_books_come_back_as_they_stood_at_the_recorded_instant(durable: Durable) -> None:
    booked(durable, "BEFORE", 5)
    place = backup(durable)
    then = booked(durable, "WITHIN", 20)
    durable.ask("SELECT pg_create_restore_point('recorded')")
    after = booked(durable, "AFTER", 5)
    assert after != then
    archived(durable)
    seconds = restored(durable, place, recovery_target_name="recorded")
    print(f"T33: back at the recorded instant after {seconds:.1f} s")
    assert live_state_hash() == rebuilt_state_hash() == then
    assert not Transfer.objects.filter(subject__startswith="AFTER").exists()
    assert sound_after_faults() == []


@covers("T33")
def test_nothing_acknowledged_and_archived_is_missing_after_the_machine_is_lost(durable: Durable) -> None:
    booked(durable, "BEFORE", 5)
    place = backup(durable)
    last = booked(durable, "WITHIN", 40)
    archived(durable)
    restored(durable, place)
    assert live_state_hash() == last and Transfer.objects.filter(subject__startswith="WITHIN").count() == 40, "RPO 0"
    assert sound_after_faults() == []


def test_the_nightly_copy_alone_loses_what_came_after_it(durable: Durable) -> None:
    """The mutant of T33: a copy, and no log of what followed."""
    booked(durable, "BEFORE", 5)
    copy = subprocess.run([durable.bin / "pg_dump", "-Fc", "-d", durable.url()], capture_output=True, check=True).stdout
    last = booked(durable, "WITHIN", 10)
    connection.close()
    durable.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'exchange' AND pid <> pg_backend_pid()")
    subprocess.run([durable.bin / "pg_restore", "--clean", "--no-comments", "-d", durable.url()], input=copy,
                   capture_output=True, check=True)
    assert live_state_hash() != last and not Transfer.objects.filter(subject__startswith="WITHIN").exists()
