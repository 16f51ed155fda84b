"""The door gives the same answer to the same question, word for word, while the market stands as it stood; and to nobody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as house
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.test import Client, RequestFactory

from kit.coverage import covers
from participants import visitors
from participants.visitors import Standing, ToldAgainMiddleware, tell_again

pytestmark = pytest.mark.django_db

Door = Callable[..., HttpResponse]


class Market:
    """What the market stands at, as the test says."""

    def __init__(self) -> None:
        self.second, self.seen, self.asked = 1_000, "a", 0

    def __call__(self) -> Standing:
        self.asked += 1
        return Standing(self.second, self.seen)


@pytest.fixture
def market(monkeypatch: pytest.MonkeyPatch) -> Market:
    found = Market()
    monkeypatch.setattr(visitors, "standing", found)
    return found


def door(*, alike: bool = True, grain: int = 1, change: Callable[[HttpResponse], Any] | None = None, status: int = 200) -> Door:
    """A door before a page that says how often it was made."""
    made = 0

    def page(request: HttpRequest) -> HttpResponse:
        nonlocal made
        made += 1
        answer = HttpResponse(f"made {made}", status=status, headers={"X-Made": str(made)})
        if alike:
            tell_again(answer, visitors.standing() or Standing(0, ""), grain)
        if change:
            change(answer)
        return answer

    middleware = ToldAgainMiddleware(page)

    def ask(path: str = "/x/?a=1", method: str = "get", **headers: str) -> HttpResponse:
        return middleware(getattr(RequestFactory(), method)(path, headers=headers))

    return ask


def test_the_same_question_is_answered_again_with_its_headers(market: Market) -> None:
    ask = door(status=404)
    first, again = ask(), ask()
    assert (first.content, again.content, again["X-Made"], again.status_code) == (b"made 1", b"made 1", "1", 404)


@pytest.mark.parametrize("moved", [{"seen": "b"}, {"second": 1_001}])
def test_any_commit_and_any_second_make_it_anew(market: Market, moved: dict[str, Any]) -> None:
    ask = door()
    ask()
    vars(market).update(moved)
    assert ask().content == b"made 2"


def test_an_answer_that_tells_time_by_the_minute_stands_for_the_minute(market: Market) -> None:
    ask = door(grain=60)
    market.second = 1_020
    told = []
    for market.second in (1_020, 1_079, 1_080):
        told.append(ask().content)
    assert told == [b"made 1", b"made 1", b"made 2"]


@covers("T43")
@pytest.mark.parametrize("other", [
    {"path": "/x/?a=2"}, {"path": "/y/?a=1"}, {"Cookie": "dx-theme=dark"}, {"Accept-Language": "en"}, {"Host": "other.example"},
    {"HX-Request": "true"}, {"If-None-Match": '"x"'}, {"X-Forwarded-Proto": "https"}])
def test_another_word_is_another_question(market: Market, other: dict[str, str]) -> None:
    ask = door()
    assert [ask().content, ask(**other).content, ask().content] == [b"made 1", b"made 2", b"made 1"]


@covers("T43")
@pytest.mark.parametrize("somebody", [
    {"Cookie": f"{house.SESSION_COOKIE_NAME}=s"}, {"Cookie": "messages=m"}, {"Authorization": "Token t"}, {"method": "post"},
    {"path": "/x/?q=" + "a" * 2_000}])
def test_whoever_may_be_somebody_is_answered_by_the_page(market: Market, somebody: dict[str, str]) -> None:
    ask = door()
    assert [ask(**somebody).content, ask(**somebody).content] == [b"made 1", b"made 2"]


def test_only_what_its_maker_called_alike_is_kept_and_nothing_that_sets_a_cookie(market: Market) -> None:
    plain, cookie = door(alike=False), door(change=lambda answer: answer.set_cookie("a", "b"))
    for ask in (plain, cookie):
        assert [ask().content, ask().content] == [b"made 1", b"made 2"]


def test_what_was_told_cannot_be_changed_by_who_got_it(market: Market) -> None:
    ask = door()
    first = ask()
    first["X-Mine"], first.content = "1", b"spoilt"
    assert (ask().content, "X-Mine" in ask()) == (b"made 1", False)


def test_a_question_asked_for_the_first_time_costs_the_door_no_look_at_the_database(market: Market) -> None:
    door(alike=False)()
    assert market.asked == 0


def test_a_database_that_is_away_is_told_of_by_the_page_not_by_the_door(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = door()
    ask()
    closed = []
    monkeypatch.setattr(connection, "close", lambda: closed.append(True))

    def away() -> Standing:
        raise DatabaseError("away")

    calls = iter([away, market])
    monkeypatch.setattr(visitors, "standing", lambda: next(calls)())
    assert ask().content == b"made 2" and closed == [True]


def test_an_unchanged_answer_is_kept_as_it_is(market: Market) -> None:
    def page(request: HttpRequest) -> HttpResponse:
        answer = HttpResponseNotModified(headers={"ETag": '"1"'})
        tell_again(answer, market(), 60)
        return answer

    middleware = ToldAgainMiddleware(page)
    for _ in range(2):
        answer = middleware(RequestFactory().get("/x/"))
        assert (answer.status_code, answer["ETag"], answer.content) == (304, '"1"', b"")


@pytest.mark.django_db(transaction=True)
def test_the_board_told_at_the_door_is_the_page_with_every_header_and_an_id_of_its_own(market: Market) -> None:
    client = Client()
    first, again = client.get("/"), client.get("/")
    differing = {name for name in first.headers if first[name] != again[name]}
    assert first.content == again.content and set(first.headers) == set(again.headers)
    assert differing == {"X-Request-ID"}
