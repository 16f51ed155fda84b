"""What the browser is told with every answer: strict policy, no framing, no sniffing, no foreign origins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client

from kit.coverage import covers


def lax(answer: HttpResponse) -> set[str]:
    """This will return what an answer leaves open: whether its code may come from elsewhere, who may frame, sniff, read or follow it."""
    policy = answer.get("Content-Security-Policy", "")
    holes = {one for one in ("script-src 'self'", "style-src 'self'", "frame-ancestors 'none'") if one not in policy}
    if "unsafe" in policy:
        holes.add("unsafe")
    for name, value in (("X-Frame-Options", "DENY"), ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "same-origin")):
        if answer.get(name) != value:
            holes.add(name)
    if "camera=()" not in answer.get("Permissions-Policy", ""):
        holes.add("Permissions-Policy")
    if "Access-Control-Allow-Origin" in answer:
        holes.add("Access-Control-Allow-Origin")
    return holes


@covers("T45")
@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/honesty/", "/health/live/", "/no-such-page/"])
def test_every_answer_carries_the_strict_policy(client: Client, path: str) -> None:
    assert lax(client.get(path)) == set()


@covers("T45")
@pytest.mark.django_db
def test_a_house_without_its_headers_is_noticed_and_so_is_one_that_invites_everybody(settings: Any) -> None:
    """The mutants of T45: the middleware of the headers taken out, a policy with inline code, and CORS open to all."""
    kept = settings.MIDDLEWARE
    settings.MIDDLEWARE = [one for one in kept if not one.startswith(("exchange.headers", "csp.", "django.middleware.clickjacking",
                                                                      "django.middleware.security"))]
    assert len(kept) - len(settings.MIDDLEWARE) >= 3
    assert lax(Client().get("/honesty/")) >= {"frame-ancestors 'none'", "script-src 'self'", "X-Frame-Options", "Permissions-Policy"}
    settings.MIDDLEWARE = ["tests.exchange.test_headers.open_to_all", *kept]
    assert lax(Client().get("/honesty/")) == {"unsafe", "Access-Control-Allow-Origin"}


def open_to_all(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """The naive middleware: whoever asks may read, and the page may run what stands in it."""

    def run(request: HttpRequest) -> HttpResponse:
        answer = get_response(request)
        answer["Access-Control-Allow-Origin"], answer["Access-Control-Allow-Credentials"] = "*", "true"
        answer["Content-Security-Policy"] = answer["Content-Security-Policy"].replace(
            "script-src 'self'", "script-src 'self' 'unsafe-inline'")
        return answer

    return run


@covers("T45")
@pytest.mark.django_db
def test_an_unsafe_method_without_a_token_is_refused() -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/accounts/login/", {"username": "x", "password": "y"}).status_code in {403, 404}


@pytest.mark.django_db
def test_the_desk_has_a_policy_of_its_own(client: Client) -> None:
    policy = client.get("/admin/login/")["Content-Security-Policy"]
    assert "'unsafe-eval'" in policy
    assert "frame-ancestors 'none'" in policy


@covers("T45")
def test_the_policy_written_once_is_the_one_the_library_builds(rf: Any) -> None:
    """Word for word; and whoever says something of it, or asks for a nonce, gets one built for them."""
    from csp.middleware import CSPMiddleware

    from exchange.headers import PolicyMiddleware

    def said(answer: HttpResponse) -> None:
        answer._csp_update = {"script-src": ["'unsafe-eval'"]}  # type: ignore[attr-defined]

    for change, nonce in ((None, False), (said, False), (None, True)):
        found = []
        for kind in (PolicyMiddleware, CSPMiddleware):
            request, answer = rf.get("/"), HttpResponse()
            if change:
                change(answer)
            if nonce:
                request._csp_nonce = "n0nce"
            found.append(kind(lambda _, answer=answer: answer)(request)["Content-Security-Policy"])
        assert found[0] == found[1]
        assert ("'unsafe-eval'" in found[0]) == (change is not None)


@pytest.mark.django_db
def test_notices_are_opened_when_somebody_asks_for_them_and_travel_to_the_next_page(rf: Any) -> None:
    """A request that says and reads nothing opens no store; what is said is kept until it is read, as with Django's own."""
    from django.contrib import messages
    from django.contrib.sessions.backends.signed_cookies import SessionStore
    from django.utils.functional import empty

    from exchange.middleware import NoticesMiddleware

    def asked(view: Callable[[HttpRequest], Any], cookies: dict[str, str]) -> tuple[HttpRequest, HttpResponse]:
        request = rf.get("/")
        request.session, request.COOKIES = SessionStore(), cookies
        return request, NoticesMiddleware(lambda one: HttpResponse(str(view(one))))(request)

    request, answer = asked(lambda one: "", {})
    assert request._messages._wrapped is empty and not answer.cookies  # type: ignore[attr-defined]
    _, answer = asked(lambda one: messages.success(one, "taken"), {})
    sent = {name: one.value for name, one in answer.cookies.items()}
    _, answer = asked(lambda one: "", sent)
    assert not answer.cookies, "not read yet"
    _, answer = asked(lambda one: [str(word) for word in messages.get_messages(one)], sent)
    assert answer.content == b"['taken']" and answer.cookies["messages"].value == ""
