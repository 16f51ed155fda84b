"""The live feed under friends and foes: hello, gapless ticks, strict origins, no foreign lots, no floods (T32, T44)."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
import redis
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from kit.coverage import covers
from participants.roles import Role
from tests.clones import HOUSE
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def serving(application: str, *arguments: str) -> Iterator[int]:
    """A feed's server on this run's clone, on a port of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", application, "--port", str(port), "--lifespan", "off", "--ws", "websockets-sansio",
         "--log-level", "warning", *arguments], cwd=HOUSE, env=dict(os.environ))
    end = time.monotonic() + 120
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    try:
        yield port
    finally:
        process.terminate()
        process.wait(60)


@pytest.fixture
def feed() -> Iterator[int]:
    """The real server of the feeds."""
    with serving("exchange.asgi:application", "--ws-max-size", "16384") as port:
        yield port


def enter(port: int, path: str = "/ws/board/", origin: str | None = "http://127.0.0.1", session: str = "") -> ClientConnection:
    headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={session}"} if session else {}
    return connect(f"ws://127.0.0.1:{port}{path}", origin=origin, open_timeout=30, additional_headers=headers)  # type: ignore[arg-type]


def ending(socket_: ClientConnection) -> int | None:
    """Reads until the server closes and returns its code."""
    try:
        while True:
            socket_.recv(timeout=10)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None


@covers("T44", "CAP-E13")
def test_the_feed_greets_and_carries_ticks_in_order(feed: int) -> None:
    with enter(feed) as one:
        hello = json.loads(one.recv(timeout=10))
        assert hello["type"] == "hello"
        bell = redis.Redis.from_url(os.environ["REDIS_URL"])
        channel = f"{os.environ['LIVE_PREFIX']}-board"
        end = time.monotonic() + 10
        while not bell.publish(channel, json.dumps({"type": "tick", "seq": 1})) and time.monotonic() < end:
            time.sleep(0.05)
        for seq in range(2, 51):
            bell.publish(channel, json.dumps({"type": "tick", "seq": seq}))
        heard = [json.loads(one.recv(timeout=5))["seq"] for _ in range(50)]
        assert heard == list(range(1, 51))


#: Origins that are not ours: another site, a file, none at all, and ours with something behind it.
FOREIGN = ["https://evil.example", "null", None, "http://127.0.0.1.evil.example"]


@covers("T44")
@pytest.mark.parametrize("origin", FOREIGN)
def test_a_foreign_or_missing_origin_is_refused(feed: int, origin: str | None) -> None:
    with pytest.raises(InvalidStatus) as refused:
        enter(feed, origin=origin)
    assert refused.value.response.status_code == 403


@covers("T44")
@pytest.mark.parametrize("path", ["/ws/lots/LOT-0000000000/", "/ws/me/", "/ws/nowhere/", "/ws/lots/../me/"])
def test_an_absent_lot_and_a_stranger_are_turned_away(feed: int, path: str) -> None:
    with pytest.raises((InvalidStatus, ConnectionClosed)), enter(feed, path) as one:
        one.recv(timeout=10)


@covers("T44", "T43")
def test_the_private_socket_opens_to_a_running_session_only(feed: int) -> None:
    browser = Client()
    browser.force_login(make_user(Role.BUYER), backend="django.contrib.auth.backends.ModelBackend")
    session = browser.cookies[settings.SESSION_COOKIE_NAME].value
    with enter(feed, "/ws/me/", session=session) as one:
        assert json.loads(one.recv(timeout=10))["type"] == "hello"
    Session.objects.update(expire_date=datetime(2020, 1, 1, tzinfo=UTC))
    for spent in (session, "0" * 32):
        with pytest.raises((InvalidStatus, ConnectionClosed)), enter(feed, "/ws/me/", session=spent) as one:
            one.recv(timeout=10)


SENT = {"malformed": ("not json", 1007), "binary": (b"\x00\x01", 1003), "unknown": ('{"type": "subscribe"}', 1008),
        "long": ("x" * 1000, 1008), "a-megabyte": ("x" * 1_000_000, 1009)}


@covers("T44", "M14")
def test_the_naive_feed_takes_every_origin_and_whatever_is_sent() -> None:
    """The mutant of T44: the tests of origins, of messages and of the flood each fail on it."""
    with serving("tests.trading.naive_feed:application") as port:
        for origin in FOREIGN:
            with enter(port, origin=origin) as one:
                assert json.loads(one.recv(timeout=10))["type"] == "hello"
        with enter(port, "/ws/me/") as one:
            assert json.loads(one.recv(timeout=10))["type"] == "hello", "a stranger at the private socket"
            for sent, _ in SENT.values():
                one.send(sent)
                assert json.loads(one.recv(timeout=10))["type"] == "heard", "it goes on"
            for _ in range(200):
                one.send('{"type": "ping"}')
            assert json.loads(one.recv(timeout=10))["type"] == "heard"


@covers("T44")
@pytest.mark.parametrize(("sent", "code"), SENT.values(), ids=list(SENT))
def test_whatever_is_no_ping_ends_the_socket_with_a_code(feed: int, sent: Any, code: int) -> None:
    with enter(feed) as one:
        one.recv(timeout=10)
        one.send(sent)
        assert ending(one) == code


def flooded(one: ClientConnection) -> bool:
    """Sends ten thousand pings and tells whether the server ended the socket."""
    try:
        for _ in range(10_000):
            one.send('{"type": "ping"}')
        one.recv(timeout=10)
    except ConnectionClosed:
        return True
    return False


@covers("T44")
def test_a_flood_ends_the_flooder_and_nobody_else(feed: int) -> None:
    with enter(feed) as good, enter(feed) as flood:
        good.recv(timeout=10)
        flood.recv(timeout=10)
        assert flooded(flood)
        good.send('{"type": "ping"}')
        time.sleep(0.2)
        assert good.protocol.close_code is None
