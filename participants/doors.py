"""The gate of pages: a view names its permission; nobody signed in is led to the sign-in page and back."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from evidence.clock import MARKET_CLOCK
from kit.actors import Actor
from participants.permissions import require

__all__ = ["actor_in", "page"]

View = Callable[..., HttpResponseBase]


def actor_in(request: HttpRequest) -> Actor:
    """This will name who acts, as the middleware found it: a person for an organisation, or a visitor."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def page(permission: str) -> Callable[[View], View]:
    """This will let the view run only when the actor may ``permission`` now; the refusal becomes a page at the edge.

    A visitor's refusal is answered by the sign-in page (302). Objects are asked for by the operation or ``visible_to``.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def run(request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
            require(actor_in(request), permission, at=MARKET_CLOCK.now())
            answer: HttpResponse = view(request, *args, **named)  # type: ignore[assignment]
            return answer

        run.permission = permission  # type: ignore[attr-defined]  # the matrix prints it
        return run

    return decorate
