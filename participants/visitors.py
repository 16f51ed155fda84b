"""Pages that all visitors see alike are made once for each state of the market, and told from memory until anything moves (P13).

A page made from the database and the clock alone is the same as long as both are. The database is asked for the transactions that can be
seen (``pg_current_snapshot``): any commit changes the answer, and an answer once left never comes back, so a page that is told from memory
is the one that would be made now. The clock moves by the second, as the pages show it.

The same question, word for word, is answered at the door (``ToldAgainMiddleware``), before anything else looks at it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from threading import Lock
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language

from evidence.prepared import ask

__all__ = ["MOVES_COOKIE", "THEME_COOKIE", "Standing", "ToldAgainMiddleware", "alike_for_visitors", "standing", "tell_again"]

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

    def holds(self, then: Standing, grain: int) -> bool:
        """Whether an answer made then is the one that would be made now, if it tells time by so many seconds."""
        return self.seen == then.seen and self.second // grain == then.second // grain


def standing() -> Standing | None:
    """This will ask what the market stands at; None inside a transaction, which sees its own writes under the same snapshot."""
    if connection.in_atomic_block:
        return None
    return Standing(*ask("SELECT floor(extract(epoch FROM market_now()))::bigint, pg_current_snapshot()::text", [])[0])


@dataclass(frozen=True)
class _Page:
    """An answer as it was told, what the market stood at, and by how many seconds the answer tells time."""

    at: Standing
    grain: int
    status: int
    content: bytes
    headers: dict[str, str]

    def answer(self) -> HttpResponse:
        return HttpResponse(self.content, status=self.status, headers=self.headers)


class _Kept:
    """The pages of this process: for each variant the last one, with the state it was made at."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.pages: OrderedDict[tuple[Any, ...], _Page] = OrderedDict()

    def told(self, variant: tuple[Any, ...], at: Standing) -> HttpResponse | None:
        """This will tell the page again if nothing has moved since it was made."""
        with self.lock:
            held = self.pages.get(variant)
            if held is None or not at.holds(held.at, held.grain):
                return None
            self.pages.move_to_end(variant)
        return held.answer()

    def keep(self, variant: tuple[Any, ...], at: Standing, answer: HttpResponse, grain: int = 1) -> None:
        with self.lock:
            self.pages[variant] = _Page(at, grain, answer.status_code, answer.content, dict(answer.items()))
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


def tell_again(answer: HttpResponse, at: Standing, grain: int = 1) -> None:
    """This will let the door give the same answer to the same question while the market stands so, told by so many seconds."""
    answer.alike = at, grain  # type: ignore[attr-defined]


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
        answer = kept.told(variant, at)
        if answer is None:
            answer = view(request, *args, **named)
            patch_vary_headers(answer, ["Cookie", "Accept-Language"])
            if not _same_for_all(request, answer):
                return answer
            kept.keep(variant, at, answer)
        tell_again(answer, at)
        return answer

    run.kept = kept  # type: ignore[attr-defined]
    return run


# ---- at the door ---------------------------------------------------------------------------------------------------------------

#: All that such an answer, and whatever stands between the door and its view, may read of a question beside scheme and address.
_ASKED = ("HTTP_HOST", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_PORT", "SERVER_PORT", "HTTP_COOKIE",
          "HTTP_ACCEPT_LANGUAGE", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_HX_REQUEST", "HTTP_HX_BOOSTED",
          "HTTP_HX_HISTORY_RESTORE_REQUEST", "HTTP_RANGE")
#: Who may be somebody: such a question goes the whole way.
_SOMEBODY = ("HTTP_AUTHORIZATION", "CONTENT_LENGTH")


class ToldAgainMiddleware:
    """Gives a visitor who asks word for word what was asked before the same answer, headers and all, while the market stands as it stood.

    It stands outermost but for the request's id: what every other step would add is in the answer that is kept. Only an answer whose view
    said so (``tell_again``) is kept, none that sets a cookie.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response, self.kept = get_response, _Kept()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = _word_for_word(request)
        if asked is None:
            return self.get_response(request)
        if asked in self.kept.pages and (at := _stands()) is not None and (told := self.kept.told(asked, at)) is not None:
            return told
        answer = self.get_response(request)
        at, grain = getattr(answer, "alike", (None, 1))
        if at is not None and not answer.streaming and not answer.cookies:
            self.kept.keep(asked, at, answer, grain)
        return answer


def _word_for_word(request: HttpRequest) -> tuple[Any, ...] | None:
    """Everything in a visitor's question that can change the answer; None for whoever may be somebody, and for long questions."""
    meta = request.META
    if request.method != "GET" or any(meta.get(name) for name in _SOMEBODY):
        return None
    cookies = meta.get("HTTP_COOKIE", "")
    if cookies and (settings.SESSION_COOKIE_NAME in cookies or "messages" in cookies):
        return None
    asked = (request.scheme, request.path, meta.get("QUERY_STRING", ""), *map(meta.get, _ASKED))
    return asked if sum(map(len, filter(None, asked))) <= 6 * _LONGEST else None


def _stands() -> Standing | None:
    """What the market stands at; asking it shows that the connection is well. None where there is no answer: the question goes on."""
    try:
        connection.health_check_done = True  # type: ignore[attr-defined]
        return standing()
    except DatabaseError:
        connection.close()
        return None
