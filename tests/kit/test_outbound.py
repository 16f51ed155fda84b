"""T53: what somebody typed as an address reaches the open network alone, once, without following anybody, and comes to an end."""

from __future__ import annotations

import re
import socket
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from exchange.apps import ROOMS
from kit.coverage import covers
from kit.outbound import Unreachable, post, target_of
from tests.receivers import dripping, endless, receiver, say

HOUSE = Path(__file__).resolve().parents[2]

INSIDE = ["https://127.0.0.1/", "https://localhost/", "https://[::1]/", "https://169.254.169.254/latest/meta-data/", "https://2130706433/",
          "https://0x7f000001/", "https://0177.0.0.1/", "https://127.1/", "https://10.1.2.3/", "https://192.168.0.1/", "https://172.16.0.9/",
          "https://100.64.0.1/", "https://0.0.0.0/", "https://[::ffff:127.0.0.1]/", "https://[64:ff9b::7f00:1]/", "https://[fe80::1]/",
          "https://[fd00::1]/", "https://[2002:7f00:1::]/", "https://224.0.0.1/", "https://255.255.255.255/"]
NO_ADDRESS = ["http://example.com/", "file:///etc/passwd", "gopher://example.com/", "ftp://example.com/", "https://user:word@example.com/",
              "https:///nobody", "javascript:alert(1)", "", "https://example.com:99999/", "https://exa mple.com/",
              "https://example.com/\r\nX: y", "https://[::1", "https://example.com/" + "a" * 400]


def _names(monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[str]:
    """Lets every name lead to the answers, one after the other; returns what was asked."""
    asked: list[str] = []

    def look_up(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        address = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


@covers("T53")
@pytest.mark.parametrize("url", INSIDE)
def test_an_address_inside_is_refused_however_it_is_written(url: str) -> None:
    with pytest.raises(Unreachable) as no:
        target_of(url)
    assert no.value.reason in ("private", "name"), "some spellings no resolver takes; none is called"


@covers("T53")
@pytest.mark.parametrize("url", NO_ADDRESS)
def test_what_is_no_https_address_is_refused(url: str) -> None:
    with pytest.raises(Unreachable) as no:
        target_of(url)
    assert no.value.reason == "address"


@covers("T53")
def test_a_name_that_leads_inside_beside_outside_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 443)) for one in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: rows)
    with pytest.raises(Unreachable, match=r"10\.0\.0\.1"):
        target_of("https://two-faced.example/")


@covers("T53")
def test_a_name_is_asked_once_and_what_it_said_then_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: the second answer leads inside. The call goes to the first address, the name's second answer is never heard."""
    with receiver() as inside:
        asked = _names(monkeypatch, "93.184.216.34", "127.0.0.1")
        target = target_of(f"https://rebinding.example:{inside.port}/")
        assert (target.address, asked) == ("93.184.216.34", ["rebinding.example"])
        called: list[Any] = []

        def call(address: Any, timeout: float) -> socket.socket:
            called.append(address)
            raise OSError("no")

        monkeypatch.setattr(socket, "create_connection", call)
        with pytest.raises(Unreachable):
            post(target, b"{}", {})
        assert called == [("93.184.216.34", inside.port)] and len(asked) == 1 and inside.calls == []


def test_the_naive_way_asks_the_name_again_and_lands_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: look at the address, then hand the name to a library that looks it up for itself."""
    with receiver() as inside:
        _names(monkeypatch, "93.184.216.34", "127.0.0.1")
        target_of(f"https://rebinding.example:{inside.port}/")
        urllib.request.urlopen(f"http://rebinding.example:{inside.port}/", data=b"{}", timeout=5)
        assert len(inside.calls) == 1


@covers("T53")
def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with receiver() as inside, receiver() as lure:
        lure.answer = lambda handler: say(handler, 302, Location=inside.url)
        answer = post(target_of(lure.url, private=True), b"{}", {})
        assert (answer.status, answer.good, inside.calls) == (302, False, [])
        urllib.request.urlopen(lure.url, data=b"{}", timeout=5)  # the mutant: a library's own manners
        assert len(inside.calls) == 1


@covers("T53")
def test_an_endless_answer_is_read_for_a_moment_and_a_dripping_one_ends_at_the_deadline() -> None:
    with receiver() as there:
        there.answer = endless
        begun = time.monotonic()
        assert post(target_of(there.url, private=True), b"{}", {}, seconds=5).status == 200
        assert time.monotonic() - begun < 4, "ten gigabytes are not waited for"
        there.answer = dripping
        with pytest.raises(Unreachable) as late:
            post(target_of(there.url, private=True), b"{}", {}, seconds=0.5)
        assert late.value.reason == "late"


@covers("T53")
def test_a_server_that_is_not_there_or_says_nonsense_is_told_apart_from_one_that_is_late() -> None:
    with receiver() as there:
        there.answer = lambda handler: handler.wfile.write(b"nonsense\r\n\r\n") and None
        with pytest.raises(Unreachable) as nonsense:
            post(target_of(there.url, private=True), b"{}", {}, seconds=3)
        url = there.url
    with pytest.raises(Unreachable) as nobody:
        post(target_of(url, private=True), b"{}", {}, seconds=3)
    assert (nonsense.value.reason, nobody.value.reason) == ("connect", "connect")


@covers("T53")
def test_there_is_one_way_out_of_the_house() -> None:
    """No room calls out but through kit.outbound; the client of programs, the runner at a holder and the supervisor are not rooms."""
    calls = re.compile(r"^\s*(import|from)\s+(urllib\.request|http\.client|requests|httpx|aiohttp|urllib3|socket|ftplib|telnetlib)\b", re.M)
    ours = {"kit/outbound.py", "exchange/client.py", "delivery/cleanroom/holder.py", "exchange/supervisor.py", "exchange/local_servers.py"}
    sources = [path for room in ("kit", "exchange", *ROOMS) for path in (HOUSE / room).rglob("*.py")]
    found = {str(path.relative_to(HOUSE)) for path in sources if calls.search(path.read_text("utf-8"))}
    assert found - ours == set()
