"""The party's own papers: applications by class, documents with their terms, the profile, whom it vouches for (lifecycles §3)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evidence.clock import MARKET_CLOCK
from evidence.files import open_deposit
from kit.coverage import covers
from kit.rejected import Rejected
from participants.admission_moves import class_of
from participants.admissions import still_missing
from participants.checklists import checklist, checklist_at
from participants.doors import page
from participants.forms import AnswersForm, ProfileForm, ProjectForm, ProofForm, SponsorForm, StakeForm
from participants.models import Admission, AdmissionStatus, Organization, OwnershipStake, Proof, Sponsorship
from participants.operations import (
    assess_compliance,
    declare_stake,
    edit_profile,
    end_sponsorship,
    end_stake,
    file_admission,
    hand_in_proof,
    note_contractor,
    open_admission,
    vouch_for,
    withdraw_admission,
    withdraw_proof,
)
from participants.permissions import allowed
from participants.predicates import in_force
from participants.profiles import profile_of, projects_of, trusted
from participants.proofs import closes, level_of, listing_limit, proofs_of
from participants.queries import LOCAL
from participants.queries import organization as organization_of
from participants.views.organisation import ours_of
from participants.words import speaks_chinese

__all__ = ["admission", "profile", "proof_file", "proofs", "start_admission", "take_back_proof"]

_OPEN = {AdmissionStatus.DRAFT, AdmissionStatus.RETURNED}


def day_end(day: date | None) -> datetime | None:
    """This will return the end of a local day: a document is good through the day it names."""
    return datetime.combine(day + timedelta(days=1), time(), LOCAL).astimezone(UTC) if day else None


@require_POST
@page("participants.admission.file")
def start_admission(request: HttpRequest) -> HttpResponse:
    """Starts an application for a further class, or for a renewal."""
    held = open_admission(organization=ours_of(request), category=request.POST.get("category", ""),
                          actor=request.actor, clock=MARKET_CLOCK)  # type: ignore[attr-defined]
    return redirect("participants:admission", code=held.code)


def documents(held: Admission, at: datetime) -> list[dict[str, Any]]:
    """This will list what the class asks for and what is there of it, required documents first."""
    version, one, there = checklist(held.checklist), class_of(held), proofs_of(held.organization, at=at)
    return [{"item": version.items[item], "proof": there.get(item), "required": item in one.required,
             "closes": closes(held.organization, item)} for item in (*one.required, *one.welcome)]


def missing_words(held: Admission) -> list[Any]:
    """This will say each line of a return: a key of the checklist by its name, other words as they stand."""
    version = checklist(held.checklist)
    named = {**{key: one.text for key, one in version.questions.items()}, **{key: one.text for key, one in version.items.items()}}
    return [named.get(str(line), (str(line), str(line))) for line in held.missing]


@never_cache
@require_http_methods(["GET", "POST"])
@page("participants.admission.file")
def admission(request: HttpRequest, code: str) -> HttpResponse:
    """One application: its questions and documents while it is ours to answer, its state and licence afterwards."""
    held = Admission.objects.filter(code=code, organization=ours_of(request)).select_related("organization__venue", "renews").first()
    if held is None:
        raise Rejected("participants.object.absent")
    at, chinese, version = MARKET_CLOCK.now(), speaks_chinese(), checklist(held.checklist)
    form = AnswersForm(request.POST or None, initial=held.answers, version=version, of_class=class_of(held), chinese=chinese)
    rejected: Rejected | None = None
    if request.method == "POST" and form.is_valid():
        try:
            _act(request, held, form)
            return redirect("participants:admission", code=held.code)
        except Rejected as no:
            rejected = no
            held.refresh_from_db()
    return render(request, "participants/admission.html", {
        "held": held, "form": form, "rejected": rejected, "mine": held.status in _OPEN, "class": class_of(held), "version": version,
        "documents": documents(held, at), "proof_form": ProofForm(version=version, chinese=chinese), "missing": missing_words(held),
        "lacking": [text for _key, _kind, text in still_missing(held, at=at)] if held.status in _OPEN else [],
        "promise": version.declaration[0 if chinese else 1],
    }, status=rejected.status if rejected else 200)


def _act(request: HttpRequest, held: Admission, form: AnswersForm) -> None:
    who = {"actor": request.actor, "clock": MARKET_CLOCK}  # type: ignore[attr-defined]
    if "withdraw" in request.POST:
        withdraw_admission(admission=held, **who)
        messages.success(request, _("申请已撤回。"))
        return
    filed = file_admission(admission=held, answers=form.cleaned_data, declare="declare" in request.POST, **who)
    messages.success(request,
                     _("已准入。请在期限内提交全部材料。") if filed.status == AdmissionStatus.ADMITTED else _("申请已提交，等待受理。"))


# ---- documents ---------------------------------------------------------------------------------------------------------------


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
    rejected: Rejected | None = None
    if request.method == "POST" and form.is_valid():
        good = form.cleaned_data
        try:
            hand_in_proof(organization=ours, item=good["item"], stream=good["file"], name=good["file"].name, number=good["number"],
                          level=good["level"], effective_to=day_end(good["effective_to"]),
                          actor=request.actor, clock=MARKET_CLOCK)  # type: ignore[attr-defined]
        except Rejected as no:
            rejected = no
        else:
            messages.success(request, _("材料已提交，等待核实。"))
            back = request.POST.get("back", "")
            known = Admission.objects.filter(code=back, organization=ours).exists()
            return redirect("participants:admission", code=back) if known else redirect("participants:proofs")
    rows = Proof.objects.filter(organization=ours).select_related("deposit").order_by("-handed_in_at", "-pk")[:200]
    return render(request, "participants/proofs.html", {
        "ours": ours, "form": form, "rejected": rejected,
        "rows": [(one, version.items.get(one.item), closes(ours, one.item)) for one in rows],
        "limit": listing_limit(ours, at=at)}, status=rejected.status if rejected else 400 if form.errors else 200)


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
    return paper(_own_proof(request, code))


def paper(one: Proof) -> HttpResponse:
    """This will hand a document out as a download."""
    answer: Any = FileResponse(open_deposit(one.deposit), as_attachment=True, filename=f"{one.code}-{one.deposit.name}",
                               content_type=one.deposit.media_type)
    answered: HttpResponse = answer
    return answered


# ---- profile -----------------------------------------------------------------------------------------------------------------


@covers("R96", "R111", "W17", "W23", "R91")
@never_cache
@require_http_methods(["GET", "POST"])
@page("participants.profile.edit")
def profile(request: HttpRequest) -> HttpResponse:
    """What the organisation tells of itself; each part of the page is a form of its own."""
    ours, at = ours_of(request), MARKET_CLOCK.now()
    version, chinese = checklist_at(at), speaks_chinese()
    act = request.POST.get("act", "")
    made = _profile_forms(request, ours, act, at)
    rejected: Rejected | None = None
    if act:
        try:
            if _profile_act(request, ours, act, made, at):
                messages.success(request, _("已保存。"))
                return redirect("participants:profile")
        except Rejected as no:
            rejected = no
    held = profile_of(ours, at=at)
    status = rejected.status if rejected else 400 if any(form.errors for form in made.values()) else 200
    return render(request, "participants/profile.html", {
        "ours": ours, "held": held, "rejected": rejected, "forms": made, "levels": {"dcmm": level_of(ours, "dcmm", at=at),
                                                                                   "mlps": level_of(ours, "mlps", at=at)},
        "trusted": trusted(ours, at=at), "limit": listing_limit(ours, at=at), "projects": projects_of(ours),
        "assessment": [(key, texts[0 if chinese else 1], weight, held.assessment.get(key)) for key, weight, texts in version.assessment],
        "vouching": Sponsorship.objects.filter(sponsor=ours, effective_to__isnull=True).select_related("sponsored"),
        "vouched_by": Sponsorship.objects.filter(sponsored=ours, effective_to__isnull=True).select_related("sponsor"),
        "owners": OwnershipStake.objects.filter(in_force(at), owned=ours).select_related("owner").order_by("-share_bps"),
        "may_vouch": allowed(request.actor, "participants.sponsorship.manage", subject=ours, at=at),  # type: ignore[attr-defined]
    }, status=status)


def _profile_forms(request: HttpRequest, ours: Organization, act: str, at: datetime) -> dict[str, Any]:
    held, version, chinese = profile_of(ours, at=at), checklist_at(at), speaks_chinese()

    def data(name: str) -> Any:
        return request.POST if act == name else None

    own = ("version", "region", "sector", "size", "ownership_type", "chief_data_officer", "incident_contact", "intermediary_kinds")
    return {
        "profile": ProfileForm(data("profile"), version=version, chinese=chinese, initial={name: getattr(held, name) for name in own}),
        "vouch": SponsorForm(data("vouch")), "project": ProjectForm(data("project")), "stake": StakeForm(data("stake")),
    }


def _profile_act(request: HttpRequest, ours: Organization, act: str, made: dict[str, Any], at: datetime) -> bool:
    who = {"actor": request.actor, "clock": MARKET_CLOCK}  # type: ignore[attr-defined]
    if act in made and not made[act].is_valid():
        return False
    good = made[act].cleaned_data if act in made else {}
    if act == "profile":
        changes = {name: value for name, value in good.items() if name != "version"}
        edit_profile(organization=ours, changes=changes, edit_version=good["version"], **who)
    elif act == "assess":
        assess_compliance(organization=ours, answers={key: key in request.POST.getlist("assessment")
                                                      for key, _w, _t in checklist_at(at).assessment}, **who)
    elif act == "vouch":
        vouch_for(sponsor=ours, sponsored=organization_of(good["supplier"]), **who)
    elif act == "project":
        note_contractor(organization=ours, authority=good["authority"], project=good["project"], source=good["source"],
                        effective_from=datetime.combine(good["begins"], time(), LOCAL), effective_to=day_end(good["ends"]), **who)
    elif act == "stake":
        declare_stake(owner=organization_of(good["owner"]), owned=ours, share_bps=int(good["share"] * 100), source=good["source"], **who)
    else:
        _end_row(request, ours, act, who)
    return True


def _end_row(request: HttpRequest, ours: Organization, act: str, who: dict[str, Any]) -> None:
    key = request.POST.get("row", "")
    number = int(key) if key.isascii() and key.isdigit() and len(key) < 12 else 0
    if act == "end_vouch" and (held := Sponsorship.objects.filter(pk=number, sponsor=ours).first()):
        end_sponsorship(sponsorship=held, **who)
    elif act == "end_stake" and (stake := OwnershipStake.objects.filter(pk=number, owned=ours).first()):
        end_stake(stake=stake, **who)
    else:
        raise Rejected("participants.object.absent")
