"""A page told from memory is the one that would be made now: any commit and any second make it anew, and nobody signed in is told one."""

from __future__ import annotations

from threading import Thread

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection, connections, transaction
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import translation

from evidence.clock import MARKET_CLOCK
from participants import visitors
from participants.visitors import MOVES_COOKIE, THEME_COOKIE, alike_for_visitors, standing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def clock_that_stands(monkeypatch):
    """The second stands still, so that a page made anew was made anew for another reason."""
    true = visitors.standing

    def stood():
        found = true()
        return found and visitors.Standing(stood.second, found.seen)

    stood.second = 1_000
    monkeypatch.setattr(visitors, "standing", stood)
    return stood


def counted(**more):
    """A page that says how often it was made."""
    @alike_for_visitors
    def page(request):
        page.made += 1
        return HttpResponse(f"made {page.made}", **more)

    page.made = 0
    return page


def ask(page, path="/x/", cookies=None, **named):
    request = RequestFactory().get(path, **named)
    request.COOKIES.update(cookies or {})
    request.user = AnonymousUser()
    return page(request).content.decode()


def write():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()")


def test_a_page_is_told_again_while_nothing_moves():
    page = counted()
    assert [ask(page) for _ in range(3)] == ["made 1"] * 3


def test_any_commit_makes_it_anew():
    page = counted()
    assert ask(page) == "made 1"
    write()
    assert [ask(page), ask(page)] == ["made 2", "made 2"]


def test_any_second_makes_it_anew(clock_that_stands):
    page = counted()
    assert ask(page) == "made 1"
    clock_that_stands.second += 1
    assert ask(page) == "made 2"


def test_a_commit_that_was_begun_before_the_page_was_made_and_ends_after_it_makes_it_anew():
    """The naive key, the highest number seen, says nothing moved: an older transaction may end after a younger one."""
    page, seen = counted(), []

    def late():
        with transaction.atomic():
            write()
            seen.append(ask_elsewhere())
        connections.close_all()

    def ask_elsewhere():
        # another connection looks while this transaction is still open
        found = []
        other = Thread(target=lambda: (found.append(ask(page)), write(), found.append(ask(page)), connections.close_all()))
        other.start()
        other.join()
        return found

    one = Thread(target=late)
    one.start()
    one.join()
    assert seen == [["made 1", "made 2"]]
    assert ask(page) == "made 3", "the older transaction has ended since"


def test_inside_a_transaction_nothing_is_told_from_memory():
    page = counted()
    with transaction.atomic():
        assert standing() is None
        assert [ask(page), ask(page)] == ["made 1", "made 2"], "what was written here is seen here, under the same snapshot"


@pytest.mark.parametrize("asked", [
    {"path": "/x/?after=1"}, {"path": "/y/"}, {"cookies": {THEME_COOKIE: "dark"}}, {"cookies": {MOVES_COOKIE: "intl"}},
    {"HTTP_HOST": "other.example"}, {"HTTP_HX_REQUEST": "true"}])
def test_each_address_and_look_has_a_page_of_its_own(asked, settings):
    settings.ALLOWED_HOSTS = ["*"]
    page = counted()
    assert [ask(page), ask(page, **asked), ask(page), ask(page, **asked)] == ["made 1", "made 2", "made 1", "made 2"]


def test_each_language_has_a_page_of_its_own():
    page = counted()
    with translation.override("en"):
        assert ask(page) == "made 1"
    with translation.override("zh-hans"):
        assert ask(page) == "made 2"


@pytest.mark.parametrize("asked", [{"cookies": {"session": "s"}}, {"cookies": {"messages": "m"}}, {"HTTP_AUTHORIZATION": "Token t"},
                                   {"path": "/x/?q=" + "a" * 200}])
def test_whoever_may_be_somebody_gets_a_page_made_for_them(asked, settings):
    settings.SESSION_COOKIE_NAME = "session"
    page = counted()
    assert [ask(page, **asked), ask(page, **asked)] == ["made 1", "made 2"]


@pytest.mark.parametrize("more", [{"status": 404}, {"headers": {"Cache-Control": "no-store"}}])
def test_what_is_no_ordinary_page_is_not_kept(more):
    page = counted(**more)
    assert [ask(page), ask(page)] == ["made 1", "made 2"]


def test_an_answer_that_sets_a_cookie_or_holds_a_form_is_not_kept():
    @alike_for_visitors
    def cookie(request):
        answer = HttpResponse("x")
        answer.set_cookie("a", "b")
        return answer

    @alike_for_visitors
    def form(request):
        request.META["CSRF_COOKIE"] = "secret"
        return HttpResponse("secret")

    for page in (cookie, form):
        ask(page)
        assert not page.kept.pages


def test_so_many_pages_are_kept_and_no_more():
    page = counted()
    for number in range(visitors._MOST + 10):
        ask(page, f"/x/?after={number}")
    assert len(page.kept.pages) == visitors._MOST
    assert ask(page, "/x/?after=0") == f"made {visitors._MOST + 11}", "the one asked for least lately went first"


def test_what_is_told_from_memory_says_what_it_varies_by_and_cannot_be_changed_by_who_got_it():
    page = counted()
    request = RequestFactory().get("/x/")
    first = page(request)
    first["X-Mine"], first.content = "1", b"spoilt"
    again = page(RequestFactory().get("/x/"))
    assert (again.content, "X-Mine" in again, again["Vary"]) == (b"made 1", False, "Cookie, Accept-Language")


def test_the_second_is_the_markets():
    at = standing()  # the true one: only what the pages ask was made to stand
    assert at is not None and at.holds(visitors.Standing(at.second, at.seen), 1)
    assert at.second in {int(MARKET_CLOCK.now().timestamp()) - late for late in range(120)}
