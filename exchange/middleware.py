"""Edges of a request: its id, who acts, the second factor, and refusals turned into a page or a problem document."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.messages.storage import default_storage
from django.core.signals import request_finished
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.functional import SimpleLazyObject, empty
from django.utils.http import urlencode

from evidence.clock import MARKET_CLOCK
from exchange.logs import request_id
from exchange.outages import answer_outage, outage_of
from exchange.problems import problem_response, rejected_from
from kit.coverage import covers
from kit.rejected import Rejected
from participants.actors import actor_of
from participants.denials import write_denials
from participants.denied import attempts
from participants.networks import called_from
from participants.second_factor import second_factor_owed
from participants.signin_limits import client_address

__all__ = ["ActorMiddleware", "CallerMiddleware", "DenialMiddleware", "NoticesMiddleware", "RefusalMiddleware", "RequestIdMiddleware"]

Handler = Callable[[HttpRequest], HttpResponse]
#: where somebody who still owes the second factor may go
_OPEN_DOORS = ("/accounts/second-factor/", "/accounts/login/", "/accounts/logout/", "/static/", "/health/", "/preferences/")


class RequestIdMiddleware:
    """Gives each request an id, in the logs and in ``X-Request-ID``."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id.set(uuid.uuid4().hex[:16])
        response = self.get_response(request)
        response["X-Request-ID"] = request_id.get()
        return response


@receiver(request_finished)
def _forget_request_id(**_: Any) -> None:
    """Not before: what Django logs of an answer of 400 and above is logged outside every middleware."""
    request_id.set("-")


@covers("T64")
class CallerMiddleware:
    """Says from which address a request comes, for acts that are judged by it: as the sign-ins read it, behind our own proxy too."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with called_from(client_address(request)):
            return self.get_response(request)


class NoticesMiddleware(MessageMiddleware):
    """Django's messages, opened when somebody reads or writes one; most requests do neither."""

    def process_request(self, request: HttpRequest) -> None:
        request._messages = SimpleLazyObject(lambda: default_storage(request))  # type: ignore[attr-defined]

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        notices = getattr(request, "_messages", None)
        if notices is None or getattr(notices, "_wrapped", None) is empty:
            return response
        answer: HttpResponse = super().process_response(request, response)
        return answer


@covers("T43")
class ActorMiddleware:
    """Puts ``request.actor`` (kit.actors.Actor) on each request; a page of somebody signed in is kept by no cache.

    A sign-in that owes its second factor is led there before anything else (production; the demo says it is off).
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = SimpleLazyObject(lambda: actor_of(request.user))  # type: ignore[attr-defined,arg-type]
        if settings.SECOND_FACTOR_REQUIRED and not request.path.startswith(_OPEN_DOORS) and second_factor_owed(request):
            return redirect(f"{reverse('participants:second_factor')}?{urlencode({'next': request.path})}")
        response = self.get_response(request)
        if request.session.accessed and request.user.is_authenticated and not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response


def _holds_nul(request: HttpRequest) -> bool:
    if "\x00" in request.path or any("\x00" in value for values in request.GET.lists() for value in (values[0], *values[1])):
        return True
    if request.method != "POST" or request.path.startswith("/api/"):
        return False
    return any("\x00" in value for values in request.POST.lists() for value in (values[0], *values[1]))


class DenialMiddleware:
    """Writes down what a request was denied, whatever page the refusal became (I28): after the act's own work was undone."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with attempts() as found:
            response = self.get_response(request)
        match = request.resolver_match
        write_denials(found, place=f"{request.method} /{match.route if match else ''}", clock=MARKET_CLOCK)
        return response


class RefusalMiddleware:
    """Turns a ``Rejected`` that reaches the edge into the refusal page with its status, or a problem document under /api/.

    A visitor who may not is led to the sign-in page and back. An address that only takes forms says so, instead of an empty page.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 405 and not response.content and not request.path.startswith("/api/"):
            page = render(request, "exchange/fault.html", {"status": 405}, status=405)
            page["Allow"] = response["Allow"]
            return page
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, named: Any) -> HttpResponse | None:
        """Refuses NUL in addresses and forms before any view meets it: PostgreSQL takes none, and nobody types it."""
        if _holds_nul(request):
            return self._answer(request, Rejected("exchange.request.unreadable", why=("含空字符", "it holds a NUL character")))
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if (outage := outage_of(exception)) is not None:
            return answer_outage(request, outage)
        rejected = rejected_from(exception) if isinstance(exception, Rejected) or request.path.startswith("/api/") else None
        return None if rejected is None else self._answer(request, rejected)

    def _answer(self, request: HttpRequest, rejected: Rejected) -> HttpResponse:
        if request.path.startswith("/api/"):
            return problem_response(rejected)
        if rejected.status in {401, 403} and not request.user.is_authenticated:
            back = request.get_full_path() if request.method in {"GET", "HEAD"} else request.path
            return redirect(f"{reverse('participants:login')}?{urlencode({'next': back})}")
        template = "exchange/_refusal.html" if request.headers.get("HX-Request") else "exchange/refusal.html"
        answer = render(request, template, {"rejected": rejected}, status=rejected.status)
        answer["X-Refusal"] = rejected.code
        return answer
