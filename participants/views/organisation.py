"""/desk/organisation/: who we are here, what we may do and why not; members, roles for a period, programs' keys, admissions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evidence.clock import MARKET_CLOCK
from kit.rejected import Refusal, Rejected, refusal
from participants.admissions import missing_answers
from participants.doors import page
from participants.forms import AnswersForm, InviteForm, KeyForm
from participants.models import Admission, AdmissionStatus, ApiToken, Membership, Organization
from participants.operations import (
    end_membership,
    file_admission,
    invite_member,
    issue_token,
    open_admission,
    revoke_token,
    withdraw_admission,
)
from participants.people import FITTING, joining_path
from participants.permissions import allowed
from participants.predicates import PARTIES
from participants.queries import may, open_holds, people_of
from participants.roles import Capability, Role

__all__ = ["admission", "close_key", "end_member", "invite", "make_key", "organisation", "start_admission"]

_OPEN = {AdmissionStatus.DRAFT, AdmissionStatus.RETURNED}


def _ours(request: HttpRequest) -> Organization:
    key = request.actor.organization_id  # type: ignore[attr-defined]
    found = Organization.objects.filter(pk=key or 0).select_related("venue").first()
    if found is None:
        raise Rejected("participants.object.absent")
    return found


def _powers(ours: Organization) -> list[dict[str, Any]]:
    """Each capability with its answer now; a closed one names its refusal and, where a hold closes it, the hold."""
    at = MARKET_CLOCK.now()
    holds = {hold.capability: hold for hold in open_holds(ours, at=at)}
    rows = []
    for capability in Capability:
        code = may(ours, capability, at=at)
        why: Refusal | None = refusal(code) if code else None
        rows.append({"label": capability.label, "open": not code, "why": why, "hold": holds.get(capability)})
    return rows


def _show(request: HttpRequest, *, status: int = 200, rejected: Rejected | None = None, invite_form: InviteForm | None = None,
          key_form: KeyForm | None = None, shown_key: str = "", shown_link: str = "") -> HttpResponse:
    ours, at = _ours(request), MARKET_CLOCK.now()
    roles = FITTING[ours.kind]
    taken = set(ours.admissions.exclude(status__in=["withdrawn", "refused", "expired", "revoked"]).values_list("role", flat=True))
    context = {
        "ours": ours, "powers": _powers(ours) if ours.kind in {"enterprise", "public_body", "foreign"} else [],
        "people": [(row, row.in_force(at)) for row in people_of(ours)],
        "admissions": ours.admissions.order_by("-created_at"), "keys": ApiToken.objects.filter(organization=ours).order_by("-created"),
        "now": at, "invite_form": invite_form or InviteForm(roles=roles), "key_form": key_form or KeyForm(),
        "may_manage": allowed(request.actor, "participants.member.manage", subject=ours, at=at),  # type: ignore[attr-defined]
        "classes": [(role, Role(role).label) for role in PARTIES if role in roles and role not in taken],
        "rejected": rejected, "shown_key": shown_key, "shown_link": shown_link,
    }
    return render(request, "participants/organisation.html", context, status=status)


@never_cache
@require_safe
@page("participants.organisation.see")
def organisation(request: HttpRequest) -> HttpResponse:
    """The organisation's own page."""
    return _show(request)


@require_POST
@page("participants.member.manage")
def invite(request: HttpRequest) -> HttpResponse:
    """Invites a person; the link to set a password is shown this once, to be handed over."""
    ours = _ours(request)
    form = InviteForm(request.POST, roles=FITTING[ours.kind])
    if not form.is_valid():
        return _show(request, invite_form=form, status=400)
    given, at = form.cleaned_data, MARKET_CLOCK.now()
    try:
        _member, user = invite_member(
            organization=ours, name=given["person"], identity=given["identity"], role=given["role"], username=given["username"],
            effective_to=at + timedelta(days=given["days"]) if given["days"] else None,
            actor=request.actor, clock=MARKET_CLOCK)  # type: ignore[attr-defined]
    except Rejected as no:
        return _show(request, invite_form=form, rejected=no, status=no.status)
    return _show(request, shown_link="" if user.has_usable_password() else request.build_absolute_uri(joining_path(user)))


@require_POST
@page("participants.member.manage")
def end_member(request: HttpRequest, key: int) -> HttpResponse:
    """Ends a role now."""
    row = Membership.objects.filter(pk=key, organization=_ours(request)).first()
    if row is None:
        raise Rejected("participants.object.absent")
    end_membership(membership=row, reason=request.POST.get("reason", "")[:200] or "ended by the organisation",
                   actor=request.actor, clock=MARKET_CLOCK)  # type: ignore[attr-defined]
    messages.success(request, _("角色已结束，其会话与令牌同时失效。"))
    return redirect("participants:organisation")


@require_POST
@page("participants.token.manage")
def make_key(request: HttpRequest) -> HttpResponse:
    """Makes a program's key and shows it this once."""
    form = KeyForm(request.POST)
    if not form.is_valid():
        return _show(request, key_form=form, status=400)
    _token, clear = issue_token(user=request.user, organization=_ours(request), name=form.cleaned_data["name"],  # type: ignore[arg-type]
                                scopes=form.cleaned_data["scopes"], days=form.cleaned_data["days"],
                                actor=request.actor, clock=MARKET_CLOCK)  # type: ignore[attr-defined]
    return _show(request, shown_key=clear)


@require_POST
@page("participants.token.manage")
def close_key(request: HttpRequest, code: str) -> HttpResponse:
    """Revokes a program's key."""
    token = ApiToken.objects.filter(code=code, organization=_ours(request)).first()
    if token is None:
        raise Rejected("participants.object.absent")
    revoke_token(token=token, actor=request.actor, clock=MARKET_CLOCK)  # type: ignore[attr-defined]
    messages.success(request, _("令牌已撤销。"))
    return redirect("participants:organisation")


@require_POST
@page("participants.admission.file")
def start_admission(request: HttpRequest) -> HttpResponse:
    """Starts an application for a further class, or for a renewal."""
    held = open_admission(organization=_ours(request), role=request.POST.get("role", ""),
                          actor=request.actor, clock=MARKET_CLOCK)  # type: ignore[attr-defined]
    return redirect("participants:admission", code=held.code)


@never_cache
@require_http_methods(["GET", "POST"])
@page("participants.admission.file")
def admission(request: HttpRequest, code: str) -> HttpResponse:
    """One application: its questions while it is ours to answer, its state afterwards."""
    held = Admission.objects.filter(code=code, organization=_ours(request)).select_related("organization").first()
    if held is None:
        raise Rejected("participants.object.absent")
    chinese = (get_language() or "zh").startswith("zh")
    form = AnswersForm(request.POST or None, initial=held.answers, chinese=chinese)
    rejected: Rejected | None = None
    if request.method == "POST" and form.is_valid():
        try:
            if "withdraw" in request.POST:
                withdraw_admission(admission=held, actor=request.actor, clock=MARKET_CLOCK)  # type: ignore[attr-defined]
            else:
                file_admission(admission=held, answers=form.cleaned_data, actor=request.actor, clock=MARKET_CLOCK)  # type: ignore[attr-defined]
            return redirect("participants:admission", code=held.code)
        except Rejected as no:
            rejected = no
    return render(request, "participants/admission.html", {
        "held": held, "form": form, "rejected": rejected, "mine": held.status in _OPEN, "missing": missing_answers(held.answers),
    }, status=rejected.status if rejected else 200)
