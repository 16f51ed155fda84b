"""The hall's small switches: how pages look to this person. Pages that join rooms stand in ``exchange/pages``."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from participants.visitors import MOVES_COOKIE, THEME_COOKIE

__all__ = ["preferences"]

YEAR = 365 * 24 * 3600


def _back(request: HttpRequest, asked: str) -> str:
    """A way back within this site; anything else leads to the board."""
    safe = url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return asked if asked and safe else "/"


@require_safe
def preferences(request: HttpRequest) -> HttpResponse:
    """Sets theme, language or movement colours in a cookie. A link, not a form, so that public pages stay cacheable."""
    response = redirect(_back(request, request.GET.get("next", "")))
    theme, language, moves = (request.GET.get(k) for k in ("theme", "language", "moves"))
    if theme in {"light", "dark", "follow"}:
        response.set_cookie(THEME_COOKIE, "" if theme == "follow" else theme, max_age=YEAR, samesite="Lax", secure=settings.PRODUCTION)
    if language in dict(settings.LANGUAGES):
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, max_age=YEAR, samesite="Lax", secure=settings.PRODUCTION)
    if moves in {"intl", "cn"}:
        response.set_cookie(MOVES_COOKIE, "" if moves == "cn" else moves, max_age=YEAR, samesite="Lax", secure=settings.PRODUCTION)
    return response
