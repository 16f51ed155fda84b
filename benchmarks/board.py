"""Reading the board: pages beside the same rows as JSON and the empty view (P13), WSGI beside ASGI (P14), the live feed's fan-out.

Every server is one process on this machine, asked over sockets that stay open. CPU is the server's alone: neither the client's nor
PostgreSQL's. Every answer's status and length are looked at, every delivery of the feed is counted.
"""

from __future__ import annotations

import os
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.ground import HOUSE, Ground
from benchmarks.harness import Figure, Goal, Report, Variant, Worker, ratio_of, rotate

SOLD, RUNNING = 60, 12
CLIENTS = 2
#: sockets on the feed, and messages sent back to back
SOCKETS, BURST = 200, 10

EMPTY, JSON, OBVIOUS = "floor: the empty view", "the tape's 50 rows as JSON by orjson", "the tape, written the obvious way"
TAPE, MADE = "tape page, told from memory", "tape page, 50 rows"
BOARD, LIVE, UNCHANGED = "board, a visitor's", "board, its live part", "board, live part unchanged (304)"
ASGI = "the empty view behind ASGI"
LOOP, FEED = "floor: a bare loop over the sockets", "/ws/board/, delivered"


def stage() -> None:
    """Sixty trades by the real operations and twelve lots running; the market clock stands, so that nothing moves meanwhile."""
    from django.db import connections

    from evidence.clock import MARKET_CLOCK
    from evidence.operations import drain
    from kit.actors import SYSTEM
    from tests.trading.worlds import bid, make_buyer, make_lot, move
    from trading import tasks
    from trading.operations import open_auction, register_bidder

    buyers = [make_buyer(10**12) for _ in range(2)]
    lots = [make_lot(hours=1 if n < SOLD else 48, spare=timedelta(minutes=30)) for n in range(SOLD + RUNNING)]
    for lot in lots:
        for buyer in buyers:
            register_bidder(lot=lot, actor=buyer, clock=MARKET_CLOCK)
    move(days=7, minutes=40)
    for n, lot in enumerate(lots):
        open_auction(lot=lot, actor=SYSTEM, clock=MARKET_CLOCK)
        bid(lot, buyers[n % 2], 1_500_000 + n * 20_000)
    move(hours=2)
    tasks.close_due()
    drain()
    connections.close_all()


# ---- servers ------------------------------------------------------------------------------------------------------------


@contextmanager
def serving(command: list[str], port: int) -> Iterator[tuple[int, ...]]:
    """This will run a server until the block ends; gives the process ids whose CPU is counted."""
    server = subprocess.Popen([sys.executable, "-m", *command], cwd=HOUSE, stdin=subprocess.DEVNULL)
    try:
        _await(port, server)
        yield _family(server.pid)
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()


def _await(port: int, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if server.poll() is not None:
            raise RuntimeError(f"the server on port {port} ended with {server.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"nothing listens on port {port}")


def _family(pid: int) -> tuple[int, ...]:
    try:
        children = [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        children = []
    return (pid, *(found for child in children for found in _family(child)))


def _granian(interface: str, port: int) -> list[str]:
    return ["granian", "--interface", interface, "--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--no-ws",
            "--log-level", "error", f"benchmarks.floor_site:{interface.removesuffix('nl')}",
            *(["--blocking-threads", "2"] if interface == "wsgi" else [])]


def _uvicorn(application: str, port: int) -> list[str]:
    return ["uvicorn", application, "--host", "127.0.0.1", "--port", str(port), "--lifespan", "off", "--ws", "websockets-sansio",
            "--ws-max-size", "16384", "--log-level", "warning"]


# ---- pages --------------------------------------------------------------------------------------------------------------


class Asking:
    """One socket that asks for the same address again and again."""

    def __init__(self, port: int, path: str, *, status: int = 200, extra: str = "") -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{extra}\r\n".encode()
        self.status = f" {status} ".encode()

    def __call__(self) -> bytes:
        """This will ask once and return the whole answer; any other status is a fault."""
        self.socket.sendall(self.request)
        answer = b""
        while (head := answer.find(b"\r\n\r\n")) < 0:
            answer += self._more()
        lines = answer[:head].lower().split(b"\r\n")
        if self.status not in lines[0] + b" ":
            raise RuntimeError(f"{self.request.split()[1].decode()} answered {lines[0].decode()}")
        length = next((int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length:")), 0)
        while len(answer) < head + 4 + length:
            answer += self._more()
        return answer

    def _more(self) -> bytes:
        if not (part := self.socket.recv(262_144)):
            raise RuntimeError("the server closed the connection")
        return part


def asking(port: int, family: tuple[int, ...], path: str, *, must_hold: str = "", **named: Any) -> Callable[[int], Worker]:
    def make(n: int) -> Worker:
        ask = Asking(port, path, **named)
        if must_hold.encode() not in ask():
            raise RuntimeError(f"{path} does not hold {must_hold!r}")

        def act() -> int:
            ask()
            return 1

        return Worker(act, () if n else family, ask.socket.close, counts_client=False)  # one of them counts the server for all

    return make


def _tag(port: int, path: str) -> str:
    head = Asking(port, path)().partition(b"\r\n\r\n")[0].decode("latin-1")
    return next(line.partition(":")[2].strip() for line in head.split("\r\n") if line.lower().startswith("etag:"))


def pages(ground: Ground) -> Report:
    """P13 and P14, all variants in the same slots."""
    from django.conf import settings

    from exchange.local_servers import free_port
    from trading.queries import recent_trades

    oldest = recent_trades()[49].code  # a page that holds it holds its fifty rows
    by_wsgi, by_asgi = free_port(), free_port()
    with serving(_granian("wsgi", by_wsgi), by_wsgi) as wsgi, serving(_granian("asginl", by_asgi), by_asgi) as asgi:
        part = "/?part=live"
        somebody = f"Cookie: {settings.SESSION_COOKIE_NAME}=none\r\n"  # whoever may be somebody is told nothing from memory
        unchanged = f"If-None-Match: {_tag(by_wsgi, part)}\r\n"
        figures = rotate([
            Variant(EMPTY, asking(by_wsgi, wsgi, "/floor/empty/"), is_floor=True),
            Variant(ASGI, asking(by_asgi, asgi, "/floor/empty/")),
            Variant(JSON, asking(by_wsgi, wsgi, "/floor/json/", must_hold=oldest)),
            Variant(OBVIOUS, asking(by_wsgi, wsgi, "/floor/obvious/", must_hold=oldest)),
            Variant(TAPE, asking(by_wsgi, wsgi, "/trading/trades/", must_hold=oldest)),
            Variant(MADE, asking(by_wsgi, wsgi, "/trading/trades/", must_hold=oldest, extra=somebody)),
            Variant(BOARD, asking(by_wsgi, wsgi, "/", must_hold="LOT-")),
            Variant(LIVE, asking(by_wsgi, wsgi, part, must_hold="LOT-")),
            Variant(UNCHANGED, asking(by_wsgi, wsgi, part, status=304, extra=unchanged)),
        ], connections=CLIENTS, cycles=6)
    report = Report("board pages", figures, {**ground.facts(), "clients": CLIENTS, "trades": SOLD, "lots running": RUNNING})
    report.paths = (EMPTY, TAPE, MADE, BOARD, LIVE, UNCHANGED)
    report.goals += [
        Goal.judged("P13", "CPU of the JSON list to that of the page of 50 rows (1.8x is 0.56)",
                    _cpu(figures, JSON) / _cpu(figures, MADE), 0.556),
        Goal.judged("P13", "page of 50 rows to the obvious page", ratio_of(figures, MADE, OBVIOUS), 3.5),
        Goal.judged("P13", "page of 50 rows for a visitor to the empty view", ratio_of(figures, TAPE), 0.3),
        Goal.judged("P13", "board for a visitor to the empty view", ratio_of(figures, BOARD), 0.3),
        Goal.judged("P13", "304 by ETag to the empty view", ratio_of(figures, UNCHANGED), 0.5),
        Goal.judged("P14", "the empty view: WSGI to all-ASGI", ratio_of(figures, EMPTY, ASGI), 10.0),
    ]
    return report


def _cpu(figures: list[Figure], name: str) -> float:
    return next(one.cpu_us for one in figures if one.name == name)


# ---- the live feed ------------------------------------------------------------------------------------------------------


OPENING = b"\r\n".join((b"GET /ws/board/ HTTP/1.1", b"Host: 127.0.0.1", b"Origin: http://127.0.0.1", b"Upgrade: websocket",
                        b"Connection: Upgrade", b"Sec-WebSocket-Key: ZGF0YS1leGNoYW5nZS0wMQ==", b"Sec-WebSocket-Version: 13", b"", b""))


class Listening:
    """Many sockets on the feed of one server, counted by what arrives."""

    def __init__(self, port: int) -> None:
        self.sockets, self.ready = [], selectors.DefaultSelector()
        for _ in range(SOCKETS):
            one = socket.create_connection(("127.0.0.1", port))
            one.sendall(OPENING)
            if b" 101 " not in one.recv(4096):
                raise RuntimeError("the feed does not open a socket")
            one.setblocking(False)
            self.ready.register(one, selectors.EVENT_READ)
            self.sockets.append(one)
        while self.read(0.5):
            pass  # greetings

    def read(self, patience: float) -> int:
        """This will read what is there and return how many bytes that was."""
        return sum(len(key.fileobj.recv(262_144)) for key, _ in self.ready.select(patience))  # type: ignore[union-attr]

    def close(self) -> None:
        for one in self.sockets:
            one.close()


def listening(port: int, family: tuple[int, ...], redis_url: str, channel: str, text: str) -> Callable[[int], Worker]:
    frame = len(text.encode()) + 4  # server frames carry no mask; 126 to 65,535 bytes take four bytes of head

    def make(n: int) -> Worker:
        import redis

        broker, feed = redis.Redis.from_url(redis_url), Listening(port)

        def act() -> int:
            pipe = broker.pipeline(transaction=False)
            for _ in range(BURST):
                pipe.publish(channel, text)
            pipe.execute()
            due = frame * BURST * SOCKETS
            while due:
                if not (got := feed.read(5)):
                    raise RuntimeError(f"{due} bytes of the feed never came")
                due -= got
            return BURST * SOCKETS

        return Worker(act, family, feed.close, counts_client=False)

    return make


def fan_out(ground: Ground) -> Report:
    """The product's ``/ws/board/`` beside a bare loop over the sockets on the same server; each its own broker channel."""
    import json

    from django.conf import settings

    from exchange.local_servers import free_port
    from trading.models import Auction, Tick
    from trading.ticks import board_channel, message_of

    tick = Tick.objects.select_related("auction").order_by("-pk").first()
    assert tick is not None
    text = json.dumps({**message_of(tick), "lot": Auction.objects.get(pk=tick.auction_id).code}, separators=(",", ":"))
    real, bare = free_port(), free_port()
    os.environ["LIVE_PREFIX"] = prefix = f"bench-{os.getpid()}"
    channels = {}
    for kind in ("real", "bare"):
        settings.LIVE_PREFIX = f"{prefix}-{kind}"
        channels[kind] = board_channel()
    os.environ["LIVE_PREFIX"] = f"{prefix}-real"
    with serving(_uvicorn("exchange.asgi:application", real), real) as product:
        os.environ["LIVE_PREFIX"] = f"{prefix}-bare"
        with serving(_uvicorn("benchmarks.floor_site:bare_hub", bare), bare) as floor:
            figures = rotate([
                Variant(LOOP, listening(bare, floor, settings.REDIS_URL, channels["bare"], text), is_floor=True),
                Variant(FEED, listening(real, product, settings.REDIS_URL, channels["real"], text)),
            ])
    report = Report("board feed", figures, {**ground.facts(), "sockets": SOCKETS, "messages back to back": BURST, "bytes": len(text)})
    report.goals.append(Goal("P11", "deliveries a second to a bare loop on the same server (the goal's floor is a C loop)",
                             ratio_of(figures, FEED), 0.5))
    report.paths = (FEED,)
    report.goals.append(Goal.judged("P11", "deliveries for 30 us of CPU", 30 / max(_cpu(figures, FEED), 0.1), 1.0))
    return report


def run(ground: Ground) -> Iterator[Report]:
    """Pages, then the feed."""
    sys.path.insert(0, str(HOUSE))
    stage()
    yield pages(ground)
    yield fan_out(ground)
