"""/desk/organisation/: who we are here, what we may do and why not; members, roles for a period, programs' keys."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from evidence.clock import MARKET_CLOCK
from kit.rejected import Refusal, Rejected, refusal
from participants.admission_moves import class_of
from participants.checklists import checklist_at
from participants.doors import page
from participants.forms import InviteForm, KeyForm, class_choices
from participants.models import Admission, AdmissionStatus, ApiToken, Membership, Organization
from participants.networks import networks_of
from participants.operations import end_membership, invite_member, issue_token, revoke_token
from participants.people import FITTING, joining_path
from participants.permissions import allowed
from participants.queries import may, open_holds, people_of
from participants.roles import Capability
from participants.step_up import sensitive
from participants.words import speaks_chinese

__all__ = ["close_key", "end_member", "invite", "make_key", "organisation", "ours_of"]


#: kinds of organisations that take part in the market
PARTY_KINDS = ("enterprise", "public_body", "foreign")


def ours_of(request: HttpRequest) -> Organization:
    """This will return the organisation acted for; 404 for whoever acts for none."""
    key = request.actor.organization_id  # type: ignore[attr-defined]
    found = Organization.objects.filter(pk=key or 0).select_related("venue").first()
    if found is None:
        raise Rejected("participants.object.absent")
    return found


def _on_the_way(ours: Organization) -> dict[str, Admission]:
    """For each capability the application in hand whose class opens it: the way on for whoever is not admitted yet."""
    rows = ours.admissions.filter(status__in=[AdmissionStatus.DRAFT, AdmissionStatus.RETURNED, AdmissionStatus.SUBMITTED,
                                              AdmissionStatus.IN_REVIEW]).select_related("organization").order_by("created_at")
    return {capability: one for one in rows for capability in class_of(one).capabilities}


def _powers(ours: Organization) -> list[dict[str, Any]]:
    """Each capability with its answer now; a closed one names its refusal and, where a hold closes it, the hold."""
    at = MARKET_CLOCK.now()
    holds = {hold.capability: hold for hold in open_holds(ours, at=at)}
    coming, rows = _on_the_way(ours), []
    for capability in Capability:
        code = may(ours, capability, at=at)
        why: Refusal | None = refusal(code) if code else None
        rows.append({"label": capability.label, "open": not code, "why": why, "hold": holds.get(capability),
                     "on_the_way": coming.get(capability) if code == "participants.capability.not_admitted" else None})
    return rows


def _show(request: HttpRequest, *, status: int = 200, rejected: Rejected | None = None, invite_form: InviteForm | None = None,
          key_form: KeyForm | None = None, shown_key: str = "", shown_link: str = "") -> HttpResponse:
    ours, at = ours_of(request), MARKET_CLOCK.now()
    roles = FITTING[ours.kind]
    context = {
        "ours": ours, "powers": _powers(ours) if ours.kind in PARTY_KINDS else [],
        "people": [(row, row.in_force(at)) for row in people_of(ours)],
        "admissions": [(one, class_of(one)) for one in ours.admissions.select_related("organization").order_by("-created_at")],
        "networks": networks_of(ours) if ours.kind in PARTY_KINDS else [],
        "keys": ApiToken.objects.filter(organization=ours).order_by("-created"),
        "now": at, "invite_form": invite_form or InviteForm(roles=roles), "key_form": key_form or KeyForm(),
        "may_manage": allowed(request.actor, "participants.member.manage", subject=ours, at=at),  # type: ignore[attr-defined]
        "classes": class_choices(checklist_at(at), speaks_chinese(), ours.kind) if ours.kind in {*PARTY_KINDS, "association"} else [],
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
@sensitive
def invite(request: HttpRequest) -> HttpResponse:
    """Invites a person; the link to set a password is shown this once, to be handed over."""
    ours = ours_of(request)
    form = InviteForm(request.POST, roles=FITTING[ours.kind])
    if not form.is_valid():
        return _show(request, invite_form=form, status=400)
    given, at = form.cleaned_data, MARKET_CLOCK.now()
    try:
        _member, user = invite_member(
            organization=ours, name=given["person"], identity=given["identity"], role=given["role"], username=given["username"],
            effective_to=at + timedelta(days=given["days"]) if given["days"] else None,
            sectors=form.codes("sectors"), regions=form.codes("regions"), actor=request.actor, clock=MARKET_CLOCK)  # type: ignore[attr-defined]
    except Rejected as no:
        return _show(request, invite_form=form, rejected=no, status=no.status)
    return _show(request, shown_link="" if user.has_usable_password() else request.build_absolute_uri(joining_path(user)))


@require_POST
@page("participants.member.manage")
@sensitive
def end_member(request: HttpRequest, key: int) -> HttpResponse:
    """Ends a role now."""
    row = Membership.objects.filter(pk=key, organization=ours_of(request)).first()
    if row is None:
        raise Rejected("participants.object.absent")
    end_membership(membership=row, reason=request.POST.get("reason", "")[:200] or "ended by the organisation",
                   actor=request.actor, clock=MARKET_CLOCK)  # type: ignore[attr-defined]
    messages.success(request, _("角色已结束，其会话与令牌同时失效。"))
    return redirect("participants:organisation")


@require_POST
@page("participants.token.manage")
@sensitive
def make_key(request: HttpRequest) -> HttpResponse:
    """Makes a program's key and shows it this once."""
    form = KeyForm(request.POST)
    if not form.is_valid():
        return _show(request, key_form=form, status=400)
    _token, clear = issue_token(user=request.user, organization=ours_of(request), name=form.cleaned_data["name"],  # type: ignore[arg-type]
                                scopes=form.cleaned_data["scopes"], days=form.cleaned_data["days"],
                                actor=request.actor, clock=MARKET_CLOCK)  # type: ignore[attr-defined]
    return _show(request, shown_key=clear)


@require_POST
@page("participants.token.manage")
def close_key(request: HttpRequest, code: str) -> HttpResponse:
    """Revokes a program's key."""
    token = ApiToken.objects.filter(code=code, organization=ours_of(request)).first()
    if token is None:
        raise Rejected("participants.object.absent")
    revoke_token(token=token, actor=request.actor, clock=MARKET_CLOCK)  # type: ignore[attr-defined]
    messages.success(request, _("令牌已撤销。"))
    return redirect("participants:organisation")
