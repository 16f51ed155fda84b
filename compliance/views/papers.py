"""Papers of a matter on a party's pages: taken in with the form they belong to, handed out to whoever reads the matter (H6)."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from compliance.models import CasePaper
from compliance.papers import MOST, readable
from evidence.clock import MARKET_CLOCK
from evidence.files import deposit, open_deposit
from evidence.models import Deposit
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import FieldFault, Rejected
from participants.doors import page

__all__ = ["handed_out", "paper", "taken"]


def taken(request: HttpRequest, *, owner: str = "") -> list[Deposit]:
    """This will take in the files of a form's field ``papers``, in the caller's transaction: a refused act keeps none of them.

    They belong to the organisation of whoever sends them, unless ``owner`` says otherwise (a reporter's belong to the complaint).
    """
    actor: Actor = request.actor  # type: ignore[attr-defined]
    uploads = request.FILES.getlist("papers")
    if len(uploads) > MOST:
        raise Rejected("compliance.paper.too_many", errors=[FieldFault("papers", "too_many", (
            f"一次至多 {MOST} 份", f"At most {MOST} at once"))])
    at = MARKET_CLOCK.now()
    return [deposit(one, name=one.name or "file", owner=owner or actor.organization or "system", at=at) for one in uploads]


def handed_out(one: CasePaper) -> FileResponse:
    """This will hand out a paper's file to be saved, never opened in the browser; the caller asked who may read it."""
    if one.deposit is None:
        raise Http404(one.subject)
    answer = FileResponse(open_deposit(one.deposit), content_type=one.deposit.media_type, as_attachment=True, filename=one.deposit.name)
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@require_safe
@never_cache
@page("compliance.case.see")
@covers("H6", "H8")
def paper(request: HttpRequest, key: int) -> FileResponse:
    """``/desk/papers/<key>/``: one file of a matter of ours."""
    one = get_object_or_404(CasePaper.objects.select_related("deposit"), pk=key)
    if not readable(one, request.user):
        raise Http404(str(key))
    return handed_out(one)
