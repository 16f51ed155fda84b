"""Pages that all visitors see alike are made once for each state of the market, and told from memory until anything moves (P13).

A page made from the database and the clock alone is the same as long as both are. The database is asked for the transactions that can be
seen (``pg_current_snapshot``): any commit changes the answer, and an answer once left never comes back, so a page that is told from memory
is the one that would be made now. The clock moves by the second, as the pages show it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from threading import Lock
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language

from evidence.prepared import ask

__all__ = ["MOVES_COOKIE", "THEME_COOKIE", "Standing", "alike_for_visitors", "standing"]

THEME_COOKIE = "dx-theme"
MOVES_COOKIE = "dx-moves"
#: Pages kept by a process; the one asked for least lately goes first.
_MOST = 64
#: A longer question is asked once and not kept.
_LONGEST = 100

View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Standing:
    """What the market stands at: its second, and which transactions can be seen."""

    second: int
    seen: str

    @property
    def state(self) -> tuple[str, int]:
        """What a page depends on: the transactions seen, and the second."""
        return self.seen, self.second


def standing() -> Standing | None:
    """This will ask what the market stands at; None inside a transaction, which sees its own writes under the same snapshot."""
    if connection.in_atomic_block:
        return None
    return Standing(*ask("SELECT floor(extract(epoch FROM market_now()))::bigint, pg_current_snapshot()::text", [])[0])


class _Kept:
    """The pages of this process: for each variant the last one, with the state it was made at."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.pages: OrderedDict[tuple[Any, ...], tuple[tuple[str, int], bytes, dict[str, str]]] = OrderedDict()

    def told(self, variant: tuple[Any, ...], state: tuple[str, int]) -> HttpResponse | None:
        """This will tell the page again if nothing has moved since it was made."""
        with self.lock:
            held = self.pages.get(variant)
            if held is None or held[0] != state:
                return None
            self.pages.move_to_end(variant)
        return HttpResponse(held[1], headers=held[2])

    def keep(self, variant: tuple[Any, ...], state: tuple[str, int], answer: HttpResponse) -> None:
        with self.lock:
            self.pages[variant] = state, answer.content, dict(answer.items())
            self.pages.move_to_end(variant)
            while len(self.pages) > _MOST:
                self.pages.popitem(last=False)


def _is_visitor(request: HttpRequest) -> bool:
    """Whether nothing in the request can tell who asks."""
    return (request.method == "GET" and settings.SESSION_COOKIE_NAME not in request.COOKIES and "messages" not in request.COOKIES
            and "HTTP_AUTHORIZATION" not in request.META and len(request.META.get("QUERY_STRING", "")) <= _LONGEST)


def _variant(view: View, request: HttpRequest, named: dict[str, Any]) -> tuple[Any, ...]:
    cookies = request.COOKIES
    return (view.__module__, view.__qualname__, request.get_host(), request.path, request.META.get("QUERY_STRING", ""), get_language(),
            cookies.get(THEME_COOKIE, "")[:9], cookies.get(MOVES_COOKIE, "")[:9], "HTTP_HX_REQUEST" in request.META, *sorted(named.items()))


def _same_for_all(request: HttpRequest, answer: HttpResponse) -> bool:
    return (answer.status_code == 200 and not answer.streaming and not answer.cookies and not answer.has_header("Cache-Control")
            and "CSRF_COOKIE" not in request.META)


def alike_for_visitors(view: View) -> View:
    """This will tell a visitor the page as it was last made, if neither the database nor the second has moved on since.

    Only for a page that is made from those two, the address, the language and the looks: nothing of a person, no form, no chance.
    """
    kept = _Kept()

    @wraps(view)
    def run(request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
        at = standing() if _is_visitor(request) else None
        if at is None:
            return view(request, *args, **named)
        variant = _variant(view, request, named)
        answer = kept.told(variant, at.state)
        if answer is None:
            answer = view(request, *args, **named)
            patch_vary_headers(answer, ["Cookie", "Accept-Language"])
            if _same_for_all(request, answer):
                kept.keep(variant, at.state, answer)
        return answer

    run.kept = kept  # type: ignore[attr-defined]
    return run
