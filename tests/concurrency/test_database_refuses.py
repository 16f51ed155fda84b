"""The database cuts a connection, runs out of time, of locks, of disk or of places in the middle of an act (T28).

The caller gets 503 or 409 with ``Retry-After``, nothing is half done, and the same key does it once when the cause is gone.
Naive beside it: without the translation the caller gets a 500 that says nothing, and an act in two commits stays half done.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, close_old_connections, connection
from django.test import Client

import exchange.problems
from kit.coverage import covers
from participants.models import User
from tests.clones import mine
from tests.concurrency.durable import Durable, sound_after_faults
from tests.trading.worlds import make_buyer, open_lot, stand_still
from trading.models import Bid

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]


class Bidder:
    """A program with one bid to make, under one key."""

    def __init__(self) -> None:
        stand_still()
        self.buyer = make_buyer()
        self.lot = open_lot(self.buyer)
        self.client = Client(raise_request_exception=False)
        self.client.force_login(User.objects.get(pk=self.buyer.user_id), backend="django.contrib.auth.backends.ModelBackend")

    def bids(self) -> Any:
        close_old_connections()  # what a server does before each request, and the test client does not
        return self.client.post(f"/api/lots/{self.lot.code}/bids/", {"maximum_fen": self.lot.start_price_fen},
                                content_type="application/json", headers={"Idempotency-Key": "broken-000001"})


def raising(state: str) -> Callable[[Any, Bidder], Any]:
    """The bid's own insert meets this condition, as it does when the server means it."""

    @contextlib.contextmanager
    def fault(superuser: Any, bidder: Bidder) -> Iterator[None]:
        superuser.execute(f"CREATE FUNCTION test_fault() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {state}; RETURN NULL; END $$;"
                          "CREATE TRIGGER test_fault AFTER INSERT ON trading_bid FOR EACH STATEMENT EXECUTE FUNCTION test_fault()")
        try:
            yield
        finally:
            superuser.execute("DROP FUNCTION test_fault CASCADE")

    return fault


@contextlib.contextmanager
def slow(superuser: Any, bidder: Bidder) -> Iterator[None]:
    """A statement past its time."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 300")
    with raising("PERFORM pg_sleep(2)")(superuser, bidder):
        yield
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")


@contextlib.contextmanager
def locked(superuser: Any, bidder: Bidder) -> Iterator[None]:
    """Somebody else holds the lot's row for longer than anybody waits."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = 300")
    with psycopg.connect(mine().database_owner_url) as holder:
        holder.execute("SELECT 1 FROM trading_auction WHERE id = %s FOR UPDATE", [bidder.lot.pk])
        yield
        holder.rollback()


@contextlib.contextmanager
def no_place(superuser: Any, bidder: Bidder) -> Iterator[None]:
    """The server takes no more connections of the application."""
    connection.close()
    superuser.execute("ALTER ROLE dx_app CONNECTION LIMIT 0")
    try:
        yield
    finally:
        superuser.execute("ALTER ROLE dx_app CONNECTION LIMIT -1")


FAULTS: dict[str, tuple[Any, int]] = {
    "cut in the middle of the transaction": (raising("PERFORM pg_terminate_backend(pg_backend_pid())"), 503),
    "a statement past its time": (slow, 503),
    "a row that stays locked": (locked, 409),
    "a serialization failure": (raising("RAISE EXCEPTION 'x' USING ERRCODE = '40001'"), 409),
    "a deadlock": (raising("RAISE EXCEPTION 'x' USING ERRCODE = '40P01'"), 409),
    "no connection left": (no_place, 503),
}


@covers("T28")
@pytest.mark.parametrize("name", FAULTS)
def test_an_act_meets_a_fault_of_the_database_and_is_wholly_undone_and_done_once_later(name: str, superuser_connection: Any) -> None:
    fault, status = FAULTS[name]
    bidder = Bidder()
    with fault(superuser_connection, bidder):
        answer = bidder.bids()
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), answer.content
    assert int(answer["Retry-After"]) > 0 and answer.json()["code"] in {"exchange.database.away", "exchange.database.busy"}
    close_old_connections()
    assert Bid.objects.count() == 0, "nothing of it stands"
    assert bidder.bids().status_code == 201 and bidder.bids().status_code == 201
    assert Bid.objects.count() == 1, "and the same key did it once"
    assert sound_after_faults() == []


def test_without_the_translation_the_caller_gets_a_bare_500(superuser_connection: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant of T28: the framework's own answer."""
    monkeypatch.setattr(exchange.problems, "outage_of", lambda error: None)
    bidder = Bidder()
    with FAULTS["a serialization failure"][0](superuser_connection, bidder):
        answer = bidder.bids()
    assert answer.status_code == 500 and "Retry-After" not in answer


def test_an_act_in_two_commits_stays_half_done_when_it_is_cut(superuser_connection: Any) -> None:
    """The other mutant of T28: what each act would be without its one transaction."""
    superuser_connection.execute("CREATE TABLE naive_pair (side text)")
    superuser_connection.execute("GRANT ALL ON naive_pair TO dx_app")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO naive_pair VALUES ('taken')")
        cursor.execute("SELECT pg_backend_pid()")
        superuser_connection.execute("SELECT pg_terminate_backend(%s)", cursor.fetchone())
        time.sleep(0.2)
        with pytest.raises(OperationalError):
            cursor.execute("INSERT INTO naive_pair VALUES ('given')")
    connection.close()
    assert superuser_connection.execute("SELECT array_agg(side) FROM naive_pair").fetchone() == (["taken"],)


@covers("T28")
def test_a_full_disk_refuses_everything_whole_and_goes_on_once_there_is_room(tmp_path: Path) -> None:
    """A real one: a tablespace on a file system of a few megabytes, into which the bids go."""
    room = Path("/var/tmp") / f"dx-small-{threading.get_native_id()}"
    room.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m,mode=0777", "tmpfs", str(room)], check=False, capture_output=True).returncode:
        room.rmdir()
        pytest.skip("a small file system can only be mounted by root")
    try:
        with Durable() as durable, durable.here():
            _full_disk(durable, room)
    finally:
        subprocess.run(["umount", "-l", str(room)], check=False)
        room.rmdir()


def _full_disk(durable: Durable, room: Path) -> None:
    bidder = Bidder()
    os.chown(room, durable.data.stat().st_uid, durable.data.stat().st_gid)
    durable.ask(f"CREATE TABLESPACE small LOCATION '{room}'")
    durable.ask("ALTER TABLE trading_bid SET TABLESPACE small")
    durable.ask("CREATE TABLE filler (text text) TABLESPACE small")
    with pytest.raises(psycopg.errors.DiskFull):
        durable.ask("INSERT INTO filler SELECT repeat(md5(n::text), 20) FROM generate_series(1, 100000) n")
    durable.ask("CREATE FUNCTION test_big() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO filler "
                "SELECT repeat(md5(n::text), 20) FROM generate_series(1, 100000) n; RETURN NULL; END $$;"
                "ALTER FUNCTION test_big() SECURITY DEFINER;"
                "CREATE TRIGGER test_big AFTER INSERT ON trading_bid FOR EACH STATEMENT EXECUTE FUNCTION test_big()")
    connection.close()
    answer = bidder.bids()
    assert (answer.status_code, answer.json()["code"]) == (503, "exchange.database.away")
    durable.ask("DROP FUNCTION test_big CASCADE; DROP TABLE filler")
    assert Bid.objects.count() == 0 and bidder.bids().status_code == 201
    assert sound_after_faults() == []
