"""/desk/successions/: a merger, split, dissolution or bankruptcy filed with its documents, everything that will move, what lacks (R39)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from evidence.clock import MARKET_CLOCK
from evidence.files import deposit, open_deposit
from evidence.models import Deposit
from kit.coverage import covers
from kit.rejected import Rejected
from participants.doors import page
from participants.estates import units_of
from participants.forms import SuccessionForm
from participants.models import Approval, ApprovalStatus, Succession, SuccessionKind, SuccessionStatus
from participants.permissions import allowed
from participants.queries import organization as organization_by_code
from participants.reads import note_read
from participants.successions import (
    DECIDE,
    MONEY,
    apportion,
    file_succession,
    passing_of,
    standing_in_the_way,
    withdraw_succession,
)

__all__ = ["file", "paper", "succession", "successions", "told_of", "typed_parts"]

_PAPERS = ("agreement", "extract")


def _seen(request: HttpRequest, code: str = "") -> Any:
    """The cases of one's own organisation; all of them for a desk that oversees parties."""
    rows = Succession.objects.select_related("predecessor", "agreement", "extract").order_by("-pk")
    if not allowed(request.actor, "participants.succession.read_all", at=MARKET_CLOCK.now()):  # type: ignore[attr-defined]
        rows = rows.visible_to(request.user)
    if not code:
        return rows
    found = rows.filter(code=code).first()
    if found is None:
        raise Rejected("participants.object.absent")
    return found


@covers("R39", "B8")
@require_safe
@page("participants.succession.see")
def successions(request: HttpRequest) -> HttpResponse:
    """The cases this organisation has a part in, newest first."""
    rows = list(_seen(request).prefetch_related("heirs__organization")[:100])
    return render(request, "participants/successions.html", {
        "rows": rows, "may_file": allowed(request.actor, "participants.succession.file", at=MARKET_CLOCK.now())})  # type: ignore[attr-defined]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@page("participants.succession.file")
def file(request: HttpRequest) -> HttpResponse:
    """Files a case; a refusal stands at the form with everything that was typed."""
    form = SuccessionForm(request.POST if request.method == "POST" else None, request.FILES or None)
    refused: Rejected | None = None
    if request.method == "POST" and form.is_valid():
        try:
            made = _filed(request, form.cleaned_data)
        except Rejected as no:
            if no.status == 403:
                raise
            refused = no
        else:
            messages.success(request, gettext("承继案件已申报，登记部门将核对文件"))
            return redirect("participants:succession", made.code)
    return render(request, "participants/file_succession.html", {"form": form, "refused": refused},
                  status=refused.status if refused else 400 if form.errors else 200)


@transaction.atomic
def _filed(request: HttpRequest, good: dict[str, Any]) -> Succession:
    owner = request.actor.organization or "system"  # type: ignore[attr-defined]
    papers: dict[str, Deposit] = {name: deposit(good[name], name=good[name].name, owner=owner, at=MARKET_CLOCK.now()) for name in _PAPERS}
    return file_succession(
        predecessor=organization_by_code(good["predecessor"]), heirs=[organization_by_code(code) for code in good["heirs"]],
        kind=good["kind"], note=good["note"], disposal_plan=good["disposal_plan"], actor=request.actor,  # type: ignore[attr-defined]
        clock=MARKET_CLOCK, **papers)


def told_of(held: Succession) -> dict[str, Any]:
    """This will gather what a page tells of a case: what moves, unit by unit with its heir, what lacks, what has moved."""
    open_ = held.status == SuccessionStatus.FILED
    heirs = [one.organization for one in held.heirs.select_related("organization").order_by("organization__code")]
    found: dict[str, Any] = {"held": held, "heirs": heirs, "open": open_,
                             "asked": Approval.objects.filter(act=DECIDE, subject=held.code, status=ApprovalStatus.PENDING).first()}
    if open_:
        passing = passing_of(held, MARKET_CLOCK.now())
        units = [(one.code, one.title, one.kinds, passing.heir_of(one.code)) for one in units_of(held.predecessor)]
        found |= {"units": [*units, (MONEY, "", ((("可用资金", "Free money"), 1),), passing.heir_of(MONEY))],
                  "obstacles": standing_in_the_way(passing), "splits": held.kind == SuccessionKind.SPLIT and not found["asked"]}
    else:
        found["moves"] = held.moves.count()
    return found


def typed_parts(request: HttpRequest) -> dict[str, str]:
    """This will read the table of a split: ``part-<unit>`` names the heir."""
    return {name.removeprefix("part-"): str(value) for name, value in request.POST.items() if name.startswith("part-") and value}


@covers("R39", "B8")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@page("participants.succession.see")
def succession(request: HttpRequest, code: str) -> HttpResponse:
    """One case: parties, documents, everything that will move, what stands in the way; the table of a split; taking it back."""
    held = _seen(request, code)
    refused: Rejected | None = None
    if request.method == "POST":
        try:
            with transaction.atomic():
                if request.POST.get("act") == "withdraw":
                    withdraw_succession(succession=held, actor=request.actor, clock=MARKET_CLOCK)  # type: ignore[attr-defined]
                else:
                    apportion(succession=held, parts=typed_parts(request), actor=request.actor, clock=MARKET_CLOCK)  # type: ignore[attr-defined]
        except Rejected as no:
            if no.status in {403, 404}:
                raise
            refused = no
        else:
            return redirect("participants:succession", held.code)
    told = told_of(held)
    may = allowed(request.actor, "participants.succession.prepare", subject=held, at=MARKET_CLOCK.now())  # type: ignore[attr-defined]
    return render(request, "participants/succession.html", {**told, "refused": refused, "may_prepare": may},
                  status=refused.status if refused else 200)


@never_cache
@require_safe
@page("participants.succession.see")
def paper(request: HttpRequest, code: str, name: str) -> FileResponse:
    """Hands out one of the case's two documents to whoever sees the case."""
    held = _seen(request, code)
    if name not in _PAPERS:
        raise Rejected("participants.object.absent")
    kept: Deposit = getattr(held, name)
    note_read(owner=held.predecessor, kind="succession", subject=held.code, ground="participants.succession.read_all",
              actor=request.actor, clock=MARKET_CLOCK)  # type: ignore[attr-defined]
    return FileResponse(open_deposit(kept), as_attachment=True, filename=kept.name)
