"""The live feed under friends and foes: hello, gapless ticks, strict origins, no foreign lots, no floods (T32, T44)."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from kit.coverage import covers
from tests.clones import HOUSE

pytestmark = pytest.mark.django_db(transaction=True)


def served(application: str = "exchange.asgi:application") -> Iterator[int]:
    """The real server of the feeds, on this run's clone; a port while it runs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", application, "--port", str(port), "--lifespan", "off", "--ws",
         "websockets-sansio", "--ws-max-size", "16384", "--log-level", "warning"], cwd=HOUSE, env=dict(os.environ))
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield port
    process.terminate()
    process.wait(20)


@pytest.fixture
def feed() -> Iterator[int]:
    yield from served()


def enter(port: int, path: str = "/ws/board/", origin: str | None = "http://127.0.0.1", cookie: str = "") -> ClientConnection:
    headers = {"Cookie": cookie} if cookie else None
    return connect(f"ws://127.0.0.1:{port}{path}", origin=origin, open_timeout=10, additional_headers=headers)  # type: ignore[arg-type]


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


@covers("T44")
@pytest.mark.parametrize("origin", ["https://evil.example", "null", None, "http://127.0.0.1.evil.example"])
def test_a_foreign_or_missing_origin_is_refused(feed: int, origin: str | None) -> None:
    with pytest.raises(InvalidStatus) as refused:
        enter(feed, origin=origin)
    assert refused.value.response.status_code == 403


@covers("T44")
@pytest.mark.parametrize("path", ["/ws/lots/LOT-0000000000/", "/ws/me/", "/ws/nowhere/", "/ws/lots/../me/"])
def test_an_absent_lot_and_a_stranger_are_turned_away(feed: int, path: str) -> None:
    with pytest.raises((InvalidStatus, ConnectionClosed)), enter(feed, path) as one:
        one.recv(timeout=10)


@covers("T44")
@pytest.mark.parametrize(
    ("sent", "code"),
    [("not json", 1007), (b"\x00\x01", 1003), ('{"type": "subscribe"}', 1008), ("x" * 1000, 1008), ("x" * 1_000_000, 1009)],
    ids=["malformed", "binary", "unknown", "long", "a-megabyte"],
)
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
