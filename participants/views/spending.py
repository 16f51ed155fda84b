"""``/desk/organisation/spending/``: who may commit us to how much in one act, what waits for a second person, what we asked."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import Rejected
from participants.doors import page
from participants.forms import YuanField
from participants.models import Approval, Membership, Organization, Person, SpendingLimit
from participants.predicates import in_force
from participants.spending import APPROVE, ask_spending, decide_spending, pending_spending, set_spending_limit, usable_until
from participants.views.organisation import ours_of

__all__ = ["spending"]

#: How many decided questions are shown.
_LAST = 20


class AskForm(forms.Form):
    """What the amount is for (a lot or a listing), how much, and why."""

    about = forms.CharField(label=gettext_lazy("标的或挂牌编号"), max_length=20)
    amount = YuanField(label=gettext_lazy("金额（元）"))
    reason = forms.CharField(label=gettext_lazy("理由"), max_length=300, required=False)


@covers("R42")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@page("participants.spending.ask")
def spending(request: HttpRequest) -> HttpResponse:
    """Shows limits and questions; sets a limit, asks, decides."""
    ours, form, refused = ours_of(request), AskForm(initial={"about": request.GET.get("about", "")[:20]}), None
    if request.method == "POST":
        form = AskForm(request.POST) if request.POST.get("act") == "ask" else form
        try:
            if _done(request, ours, form):
                return redirect("participants:spending")
        except Rejected as no:
            if no.status == 404:
                raise
            refused = no
    return render(request, "participants/spending.html", {
        "people": _people(ours), "waiting": [(one, usable_until(str(one.payload["about"]))) for one in pending_spending(ours)],
        "form": form, "rejected": refused, "me": request.user.person_id,  # type: ignore[union-attr]
        "decided": Approval.objects.filter(act=APPROVE, organization=ours).exclude(status="pending").select_related(
            "maker__person", "checker__person").order_by("-decided_at")[:_LAST],
    }, status=refused.status if refused else 400 if form.errors else 200)


def _people(ours: Organization) -> list[tuple[Person, SpendingLimit | None]]:
    """The members who act for us now, each once, with their limit."""
    rows = Membership.objects.filter(in_force(MARKET_CLOCK.now()), organization=ours).select_related("person").order_by("pk")
    limits = {one.person_id: one for one in SpendingLimit.objects.in_force().filter(organization=ours)}
    return [(person, limits.get(person.pk)) for person in {row.person_id: row.person for row in rows}.values()]


def _done(request: HttpRequest, ours: Organization, form: AskForm) -> bool:
    """Carries out what the form asks for; False shows the page again with its faults."""
    by: dict[str, Any] = {"actor": request.actor, "clock": MARKET_CLOCK}  # type: ignore[attr-defined]
    act = request.POST.get("act", "")
    if act == "ask":
        if not form.is_valid() or form.cleaned_data["amount"] is None:
            form.is_valid() and form.add_error("amount", _("请填写金额"))  # type: ignore[func-returns-value]
            return False
        ask_spending(about=form.cleaned_data["about"], amount_fen=form.cleaned_data["amount"], reason=form.cleaned_data["reason"], **by)
        messages.success(request, _("已送本机构另一名成员决定。"))
    elif act == "limit":
        person = Person.objects.filter(code=request.POST.get("person", "")[:20]).first()
        if person is None:
            raise Rejected("participants.spending.no_member")
        set_spending_limit(organization=ours, person=person, limit_fen=_typed(request.POST.get("limit", "")), **by)
        messages.success(request, _("采购权限已设定，自下一次操作起生效。"))
    else:
        held = Approval.objects.filter(pk=_key(request.POST.get("approval", "")), act=APPROVE, organization=ours).first()
        if held is None or act not in ("agree", "differ"):
            raise Rejected("participants.object.absent")
        decide_spending(approval=held, approve=act == "agree", reason=request.POST.get("reason", ""), **by)
        messages.success(request, _("决定已写入存证。"))
    return True


def _typed(text: str) -> int | None:
    """An amount in yuan; nothing typed lifts the limit."""
    try:
        found = YuanField(required=False).clean(text)
    except forms.ValidationError as no:
        raise Rejected("participants.spending.amount") from no
    return found if found is None else int(found)


def _key(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise Rejected("participants.object.absent") from None
