"""Resumable fetches (F5, R49): RFC 9110 ranges; a grant is counted once however often it is resumed, its copy's mark stays the same."""

from __future__ import annotations

import pytest
from django.test import Client

from delivery.access import copy_mark, show_token
from delivery.models import AccessGrant, Delivery, FileFetch, GrantUse
from delivery.operations import reject_delivery
from delivery.queries import counted_uses
from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from participants.models import User
from tests.delivery.worlds import FILE, SHA256, buyer_of, delivered, make_buyer, move, token_for

pytestmark = pytest.mark.django_db


def begun() -> tuple[Delivery, str, Client]:
    one = delivered()
    buyer = buyer_of(one.trade)
    client = Client()
    client.force_login(User.objects.get(pk=buyer.user_id))
    return one, token_for(one), client


def ask(client: Client, one: Delivery, token: str, span: str = "", **more: str) -> tuple[int, bytes, dict[str, str]]:
    head = {"Delivery-Token": token, **({"Range": span} if span else {}), **{name.replace("_", "-"): value for name, value in more.items()}}
    answer = client.get(f"/api/deliveries/{one.code}/file/", headers=head)
    return answer.status_code, answer.getvalue(), dict(answer.items())


END = len(FILE) - 1


@pytest.mark.parametrize("span,first,last", [("bytes=0-", 0, END), ("bytes=5-9", 5, 9), ("bytes=-4", END - 3, END),
                                             ("bytes=3-999999", 3, END), (f"bytes={END}-", END, END)])
@covers("F5", "R49")
def test_one_range_is_answered_by_its_bytes(span: str, first: int, last: int) -> None:
    one, token, client = begun()
    status, body, head = ask(client, one, token, span)
    assert (status, body) == (206, FILE[first:last + 1])
    assert head["Content-Range"] == f"bytes {first}-{last}/{len(FILE)}" and head["Content-Length"] == str(last - first + 1)
    assert head["ETag"] == f'"{SHA256}"' and head["X-Content-SHA256"] == SHA256


@pytest.mark.parametrize("span", ["bytes=0-1,4-5", "rows=1-2", "bytes=9-4", "bytes=-", "bytes=a-b"])
@covers("F5")
def test_what_is_no_single_range_is_answered_whole(span: str) -> None:
    one, token, client = begun()
    status, body, head = ask(client, one, token, span)
    assert (status, body, "Content-Range" in head) == (200, FILE, False) and head["Accept-Ranges"] == "bytes"


@covers("F5")
def test_a_range_outside_the_file_is_416_and_no_use() -> None:
    one, token, client = begun()
    status, _body, _head = ask(client, one, token, f"bytes={len(FILE)}-")
    assert status == 416 and AccessGrant.objects.get().uses == 0


@covers("F5", "T63", "R47")
def test_a_fetch_broken_off_and_resumed_is_one_use_of_one_copy() -> None:
    """Worked: 10 bytes, then from 10, then from 20: one use. A naive counter of answers says three, and refuses the second."""
    one, token, client = begun()
    parts, marks = [], set()
    for begin in (0, 10, 20):
        end = "" if begin == 20 else str(begin + 9)
        status, body, head = ask(client, one, token, f"bytes={begin}-{end}", **({"If_Range": f'"{SHA256}"'} if begin else {}))
        assert status == 206
        parts.append(body)
        marks.add(head["X-Copy-Mark"])
    assert b"".join(parts) == FILE and marks == {copy_mark(AccessGrant.objects.get())}
    assert (counted_uses(one.trade), FileFetch.objects.get().ranges, GrantUse.objects.filter(outcome="used").count()) == (1, 3, 1)
    naive = show_token(delivery=one, token=token, actor=buyer_of(one.trade), clock=MARKET_CLOCK)
    assert naive.code == "delivery.grant.exhausted", "without resumption every answer asks for a use of its own"


@covers("F5", "T63")
def test_another_copy_of_the_bytes_by_if_range_or_by_going_back_is_refused() -> None:
    one, token, client = begun()
    assert ask(client, one, token, "bytes=0-9")[0] == 206
    assert ask(client, one, token, "bytes=10-19")[0] == 206
    assert ask(client, one, token, "bytes=0-9")[0] == 409, "a fetch goes forwards"
    assert ask(client, one, token, "bytes=20-", If_Range='"another"')[0] == 409, "of other bytes the whole would be sent, from the start"
    assert ask(client, one, token, "bytes=20-")[0] == 206


@covers("F5", "F6", "T38")
def test_a_fetch_ends_with_its_tokens_time_with_the_delivery_and_for_everybody_else() -> None:
    one, token, client = begun()
    assert ask(client, one, token, "bytes=0-9")[0] == 206
    stranger = Client()
    stranger.force_login(User.objects.get(pk=make_buyer().user_id))
    assert ask(stranger, one, token, "bytes=10-")[0] == 404
    page = f"/desk/deliveries/{one.code}/file/{AccessGrant.objects.get().code}/"
    assert client.get(page, headers={"Range": "bytes=10-14"}).getvalue() == FILE[10:15], "the browser resumes by the page's own address"
    reject_delivery(delivery=one, defects=["缺列"], actor=buyer_of(one.trade), clock=MARKET_CLOCK)
    assert ask(client, one, token, "bytes=15-")[0] in (409, 410, 422, 403)
    other, token, client = begun()
    assert ask(client, other, token, "bytes=0-9")[0] == 206
    move(hours=72)
    assert ask(client, other, token, "bytes=10-")[0] != 206
