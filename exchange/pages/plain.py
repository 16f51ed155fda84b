"""Pages that need no object: what our proofs do not prove, and the house's own error pages."""

from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from delivery.kinds import KINDS
from exchange.logs import request_id
from exchange.outages import answer_outage, outage_of

__all__ = ["bad_request", "favicon", "honesty", "not_found", "permission_denied", "refused_csrf", "server_error"]


@require_safe
def honesty(request: HttpRequest) -> HttpResponse:
    """What a certificate, hash, score, token and privacy budget do not prove; linked from each of them."""
    return render(request, "exchange/honesty.html", {"kinds": list(KINDS.values())})


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """The tally, for addresses that carry no page of ours to name it (JSON, files)."""
    picture = (settings.BASE_DIR / "static" / "exchange" / "tally.svg").read_bytes()
    return HttpResponse(picture, content_type="image/svg+xml", headers={"Cache-Control": "public, max-age=86400"})


def _fault(request: HttpRequest, status: int) -> HttpResponse:
    return render(request, "exchange/fault.html", {"status": status}, status=status)


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """400: the address or form cannot be read, or more came in than is taken."""
    if isinstance(exception, RequestDataTooBig):
        return render(request, "exchange/fault.html", {"status": 400, "too_large": True, "most": settings.FILE_CAP_BYTES >> 20}, status=400)
    return _fault(request, 400)


def permission_denied(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """403: known person, no right; a room's refusal has its own page with rule and way out."""
    return _fault(request, 403)


def refused_csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that did not come from this site or whose page was too old."""
    return render(request, "exchange/fault.html", {"status": 403, "stale": True}, status=403)


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """404: no such thing, or someone else's; the answer does not tell which."""
    return _fault(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault; the page asks nothing of the database, and speaks plainly where even the templates are broken.

    503 where it is the database that is away: before any view, with the session, or after it.
    """
    try:
        if (outage := outage_of(sys.exc_info()[1])) is not None:
            return answer_outage(request, outage)
        return HttpResponse(render_to_string("500.html", {"request_id": request_id.get()}), status=500)
    except Exception:  # whatever broke the page may have broken this one too
        return HttpResponse(f"本所故障 / Our fault. 500 {request_id.get()}", status=500, content_type="text/plain; charset=utf-8")
