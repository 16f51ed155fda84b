"""The one way out of the house: a call to an address somebody typed (T53).

Only https to a public address; the name is asked once and the answer pinned, so a name that changes its mind between check and call
reaches nothing; redirects are answers, not invitations; the whole exchange ends at one deadline and reads no more than it must.
Source: OWASP ASVS 5.0 1.3.6 and the outbound manners published by sellers' platforms (no redirects, private addresses refused).
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

__all__ = ["LONGEST_ADDRESS", "Answer", "Page", "Target", "Unreachable", "get", "post", "target_of"]

LONGEST_ADDRESS = 400
#: What is read of an answer: enough to see that it came.
_MOST_BYTES = 64 * 1024
_HTTPS = 443


class Unreachable(Exception):
    """Why nothing was sent or no answer counted; ``reason`` is one of the words below, the text says more."""

    def __init__(self, reason: str, text: str = "") -> None:
        super().__init__(text or reason)
        self.reason = reason


@dataclass(frozen=True)
class Target:
    """An address that was looked at: what to call, and where its name led when it was asked."""

    url: SplitResult
    host: str
    port: int
    address: str


@dataclass(frozen=True)
class Answer:
    """What came back: the status, and how long it took in milliseconds."""

    status: int
    milliseconds: int

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300


def target_of(url: str, *, private: bool = False) -> Target:
    """This will read an address and ask its name once. ``private`` opens the house's own network (tests and a laptop's demo).

    Raises ``Unreachable``: ``address`` (no https address, or with a user in it), ``name`` (nobody answers to it), ``private``.
    """
    parts = _read(url, private)
    host = (parts.hostname or "").rstrip(".")
    port = parts.port or (_HTTPS if parts.scheme == "https" else 80)
    try:
        found = sorted({str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)})
    except (OSError, UnicodeError) as nobody:
        raise Unreachable("name", f"{host}: nobody answers to this name") from nobody
    if not private and (inside := [one for one in found if not _public(one)]):
        raise Unreachable("private", f"{host} leads to {inside[0]}, which is not a public address")
    return Target(parts, host, port, found[0])


def _read(url: str, private: bool) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as broken:
        raise Unreachable("address", str(broken)) from broken
    if len(url) > LONGEST_ADDRESS or any(ord(one) <= 32 or ord(one) == 127 for one in url):
        raise Unreachable("address", "too long, or with characters no address has")
    if parts.scheme not in ({"https", "http"} if private else {"https"}) or not parts.hostname or parts.username or parts.password:
        raise Unreachable("address", "an https address without user and password")
    return parts


def _public(address: str) -> bool:
    """Whether the address belongs to the open network; what wraps another address is judged by what it wraps."""
    one = ipaddress.ip_address(address.partition("%")[0])
    inner = getattr(one, "ipv4_mapped", None) or getattr(one, "sixtofour", None)
    if inner is None and isinstance(one, ipaddress.IPv6Address):
        inner = one.teredo[1] if one.teredo else _translated(one)
    return (inner or one).is_global and not (inner or one).is_multicast


def _translated(one: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address inside 64:ff9b::/96 (RFC 6052)."""
    return ipaddress.IPv4Address(int(one) & 0xFFFFFFFF) if one in ipaddress.ip_network("64:ff9b::/96") else None


@dataclass(frozen=True)
class Page:
    """What a GET brought: the status, the body whole, and the tag that spares the next call its body."""

    status: int
    body: bytes
    tag: str


def post(target: Target, body: bytes, headers: Mapping[str, str], *, seconds: float = 10.0) -> Answer:
    """This will send the body to the pinned address and return the answer's status. Raises ``Unreachable`` (``connect``, ``late``)."""
    begun = time.monotonic()
    status, _body, _tag = _call("POST", target, body, headers, seconds, _MOST_BYTES)
    return Answer(status, int((time.monotonic() - begun) * 1000))


def get(target: Target, headers: Mapping[str, str], *, most: int, seconds: float = 10.0) -> Page:
    """This will fetch from the pinned address. Raises ``Unreachable``: ``connect``, ``late``, ``large`` (more than ``most`` bytes)."""
    status, body, tag = _call("GET", target, None, headers, seconds, most + 1)
    if len(body) > most:
        raise Unreachable("large", f"more than {most} bytes")
    return Page(status, body, tag)


def _call(method: str, target: Target, body: bytes | None, headers: Mapping[str, str], seconds: float, most: int) -> tuple[int, bytes, str]:
    line = _Pinned(target, seconds)
    alarm = threading.Timer(seconds, line.cut)
    alarm.start()
    try:
        path = (target.url.path or "/") + (f"?{target.url.query}" if target.url.query else "")
        line.request(method, path, body, {**headers, "Connection": "close"})
        answer = line.getresponse()
        found = answer.status, answer.read(most), (answer.getheader("ETag") or "")[:200]
    except (OSError, http.client.HTTPException, ValueError) as broken:
        reason = "late" if line.is_cut or isinstance(broken, TimeoutError) else "connect"
        raise Unreachable(reason, f"{type(broken).__name__}: {broken}"[:200]) from broken
    finally:
        alarm.cancel()
        line.close()
    if line.is_cut:
        raise Unreachable("late", f"no whole answer within {seconds:.0f} s")
    return found


class _Pinned(http.client.HTTPConnection):
    """A connection to one address under one name: the certificate is checked for the name, the socket opened to the address."""

    def __init__(self, target: Target, seconds: float) -> None:
        super().__init__(target.host, target.port, timeout=seconds)
        self.target, self.is_cut, self.held = target, False, None

    held: socket.socket | None

    def connect(self) -> None:
        plain = socket.create_connection((self.target.address, self.target.port), self.timeout)
        self.held = self.sock = plain
        if self.target.url.scheme == "https":
            self.held = self.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=self.target.host)

    def cut(self) -> None:
        """Ends the call wherever it is: an answer that drips one byte at a time never times out by itself."""
        self.is_cut = True
        if self.held is not None:
            with suppress(OSError):
                self.held.shutdown(socket.SHUT_RDWR)
