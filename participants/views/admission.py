"""The party's own applications by class, its profile, whom it vouches for (lifecycles §3)."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from evidence.clock import MARKET_CLOCK
from evidence.files import deposit
from kit.coverage import covers
from kit.numerals import whole
from kit.rejected import Rejected
from participants.admission_moves import class_of, missing_words
from participants.admission_objections import LEAST, objects_until, open_objection
from participants.admissions import still_missing
from participants.checklists import checklist, checklist_at
from participants.doors import page
from participants.forms import AnswersForm, PaperForm, ProfileForm, ProjectForm, SizeForm, SponsorForm, StakeForm
from participants.models import Admission, AdmissionStatus, Organization, OwnershipStake, Sponsorship
from participants.operations import (
    assess_compliance,
    declare_stake,
    edit_profile,
    end_sponsorship,
    end_stake,
    file_admission,
    note_contractor,
    object_to_refusal,
    open_admission,
    save_answers,
    vouch_for,
    withdraw_admission,
    withdraw_admission_objection,
)
from participants.permissions import allowed
from participants.predicates import in_force
from participants.profiles import profile_of, projects_of, trusted
from participants.proofs import level_of, listing_limit
from participants.queries import LOCAL
from participants.queries import organization as organization_of
from participants.roles import Capability
from participants.sizes import state_size, statement_in_force
from participants.views.organisation import ours_of
from participants.views.papers import day_end, documents, paper_forms, take_papers
from participants.words import speaks_chinese

__all__ = ["admission", "profile", "start_admission"]

_OPEN = {AdmissionStatus.DRAFT, AdmissionStatus.RETURNED}
#: capability -> the page on which it is used
_ROOMS = {"list": "/desk/listings/", "bid": "/auctions/", "deliver": "/desk/deliveries/", "withdraw": "/desk/account/"}


@require_POST
@page("participants.admission.file")
def start_admission(request: HttpRequest) -> HttpResponse:
    """Starts an application for a further class, or for a renewal."""
    held = open_admission(organization=ours_of(request), category=request.POST.get("category", ""),
                          actor=request.actor, clock=MARKET_CLOCK)  # type: ignore[attr-defined]
    return redirect("participants:admission", code=held.code)


@never_cache
@require_http_methods(["GET", "POST"])
@page("participants.admission.file")
def admission(request: HttpRequest, code: str) -> HttpResponse:
    """One application: its questions and documents while it is ours to answer, its state and licence afterwards.

    Answers and documents are one form: whichever button is pressed, what was typed is kept first.
    """
    held = Admission.objects.filter(code=code, organization=ours_of(request)).select_related("organization__venue", "renews").first()
    if held is None:
        raise Rejected("participants.object.absent")
    form = AnswersForm(request.POST if request.method == "POST" else None, initial=held.answers, version=checklist(held.checklist),
                       of_class=class_of(held), chinese=speaks_chinese())
    papers = paper_forms(request, held)
    rejected: Rejected | None = None
    if request.method == "POST":
        try:
            if _act(request, held, form, papers):
                return redirect("participants:admission", code=held.code)
        except Rejected as no:
            rejected = _at_its_field(no, form, papers)
        held.refresh_from_db()
    return _shown(request, held, form, papers, rejected)


def _shown(request: HttpRequest, held: Admission, form: AnswersForm, papers: dict[str, PaperForm], rejected: Rejected | None
           ) -> HttpResponse:
    at, chinese, version, mine = MARKET_CLOCK.now(), speaks_chinese(), checklist(held.checklist), held.status in _OPEN
    rows = documents(held, at, papers)
    left_out = [row for row in rows if not row["required"] and row["proof"] is None]
    faulty = bool(form.errors) or any(one.errors for one in papers.values())
    return render(request, "participants/admission.html", {
        "held": held, "form": form, "rejected": rejected, "mine": mine, "class": class_of(held), "version": version,
        "documents": rows, "left_out": left_out,
        "left_out_faulty": any(row["form"].errors for row in left_out), "hands_in": mine or held.status == AdmissionStatus.ADMITTED,
        "missing": [(f"doc-{key}" if key in version.items else f"id_{key}" if key else "", words) for key, words in missing_words(held)],
        "faulty": faulty, "opens": [(Capability(name).label, _ROOMS.get(name, "")) for name in held.capabilities],
        "lacking": [text for _key, _kind, text in still_missing(held, at=at)] if mine else [],
        "promise": version.declaration[0 if chinese else 1], **_objecting(held, at), "typed": request.POST,
    }, status=rejected.status if rejected else 400 if faulty else 200)


def _objecting(held: Admission, at: datetime) -> dict[str, Any]:
    """The objections so far, and until when the refusal in force may be objected to (None where that is over, or done)."""
    rows = list(held.objections.select_related("deposit").order_by("-pk"))
    until = objects_until(held)
    done = any(one.refused_at == held.ended_at for one in rows)
    return {"objections": rows, "objects_until": until if until and at < until and not done else None, "least": LEAST}


def _at_its_field(rejected: Rejected, form: AnswersForm, papers: dict[str, PaperForm]) -> Rejected:
    """This will say each fault of a refusal where it is mended, instead of in a row above the page."""
    rest = []
    for fault in rejected.errors:
        item = fault.field.removeprefix("proof.")
        if fault.field in form.fields:
            form.add_error(fault.field, _("格式不对，请核对。") if form.data.get(fault.field, "").strip() else _("请填写。"))
        elif item in papers:
            papers[item].add_error("file", _("请选择文件"))
        else:
            rest.append(fault)
    rejected.errors = tuple(rest)
    return rejected


def _act(request: HttpRequest, held: Admission, form: AnswersForm, papers: dict[str, PaperForm]) -> bool:
    """Carries out the button that was pressed; False when something typed must be mended first (all that is right is kept)."""
    who = {"actor": request.actor, "clock": MARKET_CLOCK}  # type: ignore[attr-defined]
    if "withdraw" in request.POST:
        withdraw_admission(admission=held, **who)
        messages.success(request, _("申请已撤回。"))
        return True
    if "object" in request.POST:
        upload = request.FILES.get("evidence")
        kept = deposit(upload, name="objection-evidence", owner=held.organization.code, at=MARKET_CLOCK.now()) if upload else None
        object_to_refusal(admission=held, grounds=request.POST.get("grounds", ""), deposit=kept, **who)
        messages.success(request, _("异议已提交，由监管机构决定。"))
        return True
    if "withdraw_objection" in request.POST:
        if (row := open_objection(held)) is None:
            raise Rejected("participants.object.absent")
        withdraw_admission_objection(objection=row, **who)
        messages.success(request, _("异议已撤回。"))
        return True
    answered, mine = form.is_valid(), held.status in _OPEN
    if mine:
        save_answers(admission=held, answers={key: value for key, value in form.cleaned_data.items() if key in form.data}, **who)
    handed_in = take_papers(request, held, papers)
    if not answered or any(one.errors for one in papers.values()):
        return False
    if "save" in request.POST or not mine:
        messages.success(request, _("已保存；材料已提交，等待核实。") if handed_in else _("已保存。"))
        return True
    filed = file_admission(admission=held, declare="declare" in request.POST, **who)
    messages.success(request,
                     _("已准入。请在期限内提交全部材料。") if filed.status == AdmissionStatus.ADMITTED else _("申请已提交，等待受理。"))
    return True


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
            for fault in no.errors if act in made else ():
                if fault.field in made[act].fields:
                    made[act].add_error(fault.field, fault.text[0 if chinese else 1])
    held = profile_of(ours, at=at)
    status = rejected.status if rejected else 400 if any(form.errors for form in made.values()) else 200
    return render(request, "participants/profile.html", {
        "ours": ours, "held": held, "rejected": rejected, "forms": made, "levels": {"dcmm": level_of(ours, "dcmm", at=at),
                                                                                   "mlps": level_of(ours, "mlps", at=at)},
        "size": statement_in_force(ours, at=at),
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

    own = ("version", "region", "sector", "ownership_type", "chief_data_officer", "incident_contact", "intermediary_kinds")
    return {
        "profile": ProfileForm(data("profile"), version=version, chinese=chinese, initial={name: getattr(held, name) for name in own}),
        "size": SizeForm(data("size"), chinese=chinese, initial={"year": at.year - 1}),
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
    elif act == "size":
        state_size(organization=ours, **good, **who)
    elif act == "assess":
        assess_compliance(organization=ours, answers={key: key in request.POST.getlist("assessment")
                                                      for key, _w, _t in checklist_at(at).assessment}, **who)
    elif act == "vouch":
        vouch_for(sponsor=ours, sponsored=organization_of(good["supplier"]), **who)
    elif act == "project":
        note_contractor(organization=ours, authority=good["authority"], project=good["project"], source=good["source"],
                        effective_from=datetime.combine(good["begins"], time(), LOCAL), effective_to=day_end(good["ends"]), **who)
    elif act == "stake":
        declare_stake(owner=organization_of(good["owner"]), owned=ours, share_bps=int(good["share"] * 100), source=good["source"],
                      turnover=made["stake"].turnover(), **who)
    else:
        _end_row(request, ours, act, who)
    return True


def _end_row(request: HttpRequest, ours: Organization, act: str, who: dict[str, Any]) -> None:
    key = request.POST.get("row", "")
    number = whole(key, digits=11) or 0
    if act == "end_vouch" and (held := Sponsorship.objects.filter(pk=number, sponsor=ours).first()):
        end_sponsorship(sponsorship=held, **who)
    elif act == "end_stake" and (stake := OwnershipStake.objects.filter(pk=number, owned=ours).first()):
        end_stake(stake=stake, **who)
    else:
        raise Rejected("participants.object.absent")
