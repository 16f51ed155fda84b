"""The party's documents: those an application asks for, each with its state, and all it ever handed in (A5, R48)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evidence.clock import MARKET_CLOCK
from evidence.files import open_deposit
from evidence.models import Deposit
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.admission_moves import class_of
from participants.checklists import checklist, checklist_at
from participants.doors import page
from participants.forms import PaperForm, ProofForm
from participants.models import Admission, Organization, Proof, ProofStatus, ReadKind
from participants.operations import hand_in_proof, withdraw_proof
from participants.proofs import closes, listing_limit, proofs_of
from participants.queries import LOCAL
from participants.reads import note_read
from participants.views.organisation import ours_of
from participants.words import speaks_chinese

__all__ = ["attachment", "day_end", "documents", "paper", "paper_forms", "proof_file", "proofs", "take_back_proof", "take_papers"]


def day_end(day: date | None) -> datetime | None:
    """This will return the end of a local day: a document is good through the day it names."""
    return datetime.combine(day + timedelta(days=1), time(), LOCAL).astimezone(UTC) if day else None


def documents(held: Admission, at: datetime, papers: dict[str, PaperForm] | None = None) -> list[dict[str, Any]]:
    """This will list what the class asks for and what is there of it, required documents first.

    Where none counts, the last one that was refused or ended is shown with the reason.
    """
    version, one, there = checklist(held.checklist), class_of(held), proofs_of(held.organization, at=at)
    fallen = Proof.objects.filter(organization=held.organization, status__in=[ProofStatus.REFUSED, ProofStatus.EXPIRED])
    last = {row.item: row for row in fallen.select_related("deposit").order_by("handed_in_at", "pk")}
    return [{"item": version.items[item], "proof": there.get(item) or last.get(item), "counts": item in there,
             "required": item in one.required, "closes": closes(held.organization, item),
             "form": (papers or {}).get(item)}
            for item in (*one.required, *one.welcome)]


def paper_forms(request: HttpRequest, held: Admission) -> dict[str, PaperForm]:
    """This will make a form for each document the class names, by its key."""
    version, one = checklist(held.checklist), class_of(held)
    typed = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    return {item: PaperForm(*typed, item=version.items[item])
            for item in (*one.required, *one.welcome)}


def take_papers(request: HttpRequest, held: Admission, papers: dict[str, PaperForm]) -> int:
    """This will hand in every document that was chosen and is right; the others keep what was typed, each fault at its field."""
    taken = 0
    for item, form in papers.items():
        if form.is_valid() and form.has_changed() and hand_in(request, held.organization, item, form):
            papers[item] = PaperForm(item=checklist(held.checklist).items[item])
            taken += 1
    return taken


def hand_in(request: HttpRequest, ours: Organization, item: str, form: forms.Form) -> bool:
    """This will hand in the document of a valid form; a refusal is written to its fields, where it can be mended."""
    good = form.cleaned_data
    try:
        hand_in_proof(organization=ours, item=item, stream=good["file"], name=good["file"].name, number=good.get("number", ""),
                      level=good.get("level"), effective_to=day_end(good.get("effective_to")),
                      actor=request.actor, clock=MARKET_CLOCK)  # type: ignore[attr-defined]
    except Rejected as no:
        if no.status in {403, 404}:
            raise
        language = "zh" if speaks_chinese() else "en"
        for fault in no.errors:
            form.add_error(fault.field if fault.field in form.fields else None, fault.text[0 if language == "zh" else 1])
        if not no.errors:
            form.add_error("file", f"{no.text('title', language)}{'：' if language == 'zh' else ': '}{no.text('detail', language)}")
        return False
    return True


@covers("A5", "R48")
@never_cache
@require_http_methods(["GET", "POST"])
@page("participants.proof.hand_in")
def proofs(request: HttpRequest) -> HttpResponse:
    """The organisation's documents: each with its state, its term and what closes without it; a new one is handed in here."""
    ours, at, chinese = ours_of(request), MARKET_CLOCK.now(), speaks_chinese()
    version = checklist_at(at)
    form = ProofForm(request.POST or None, request.FILES or None, version=version, chinese=chinese,
                     initial={"item": request.GET.get("item", "")})
    if request.method == "POST" and form.is_valid() and hand_in(request, ours, form.cleaned_data["item"], form):
        messages.success(request, _("材料已提交，等待核实。"))
        return redirect("participants:proofs")
    rows = Proof.objects.filter(organization=ours).select_related("deposit").order_by("-handed_in_at", "-pk")[:200]
    return render(request, "participants/proofs.html", {
        "ours": ours, "form": form,
        "documents": [{"item": version.items.get(one.item), "proof": one, "required": True, "closes": closes(ours, one.item)}
                      for one in rows],
        "limit": listing_limit(ours, at=at)}, status=400 if form.errors else 200)


def _own_proof(request: HttpRequest, code: str) -> Proof:
    found = Proof.objects.filter(code=code, organization=ours_of(request)).select_related("deposit").first()
    if found is None:
        raise Rejected("participants.object.absent")
    return found


@require_POST
@page("participants.proof.hand_in")
def take_back_proof(request: HttpRequest, code: str) -> HttpResponse:
    """Takes back a document the desk has not looked at."""
    withdraw_proof(proof=_own_proof(request, code), actor=request.actor, clock=MARKET_CLOCK)  # type: ignore[attr-defined]
    messages.success(request, _("材料已撤回。"))
    return redirect("participants:proofs")


@never_cache
@require_safe
@page("participants.proof.hand_in")
def proof_file(request: HttpRequest, code: str) -> HttpResponse:
    """The organisation's own file, as it was handed in."""
    return paper(_own_proof(request, code), request.actor)  # type: ignore[attr-defined]


def paper(one: Proof, actor: Actor) -> HttpResponse:
    """This will hand a document out as a download; a desk's reading is noted first."""
    return attachment(one.deposit, owner=one.organization, subject=one.code, kind=ReadKind.PROOF, actor=actor)


def attachment(kept: Deposit, *, owner: Organization, subject: str, kind: str, actor: Actor) -> HttpResponse:
    """This will hand out a file that belongs to an organisation's papers; a desk's reading is noted first."""
    note_read(owner=owner, kind=kind, subject=subject, ground="participants.proof.read", actor=actor, clock=MARKET_CLOCK)
    answer: Any = FileResponse(open_deposit(kept), as_attachment=True, filename=f"{subject}-{kept.name}", content_type=kept.media_type)
    answered: HttpResponse = answer
    return answered
