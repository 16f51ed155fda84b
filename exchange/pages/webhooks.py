"""``/desk/organisation/webhooks/``: which of our programs are told what, how far, what they answered; replay, new secret, pause, end."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from evidence.clock import MARKET_CLOCK
from evidence.queries import extent
from exchange.facts import OBJECTS, act_words
from exchange.feed import audiences
from exchange.templatetags.house import in_chinese
from kit.coverage import covers
from kit.outbound import LONGEST_ADDRESS
from kit.rejected import Rejected
from participants.doors import page
from participants.models import Organization, Webhook, WebhookSend
from participants.step_up import sensitive
from participants.webhooks import RETRIES, SECRET_DAYS, end_webhook, pause_webhook, register_webhook, resume_webhook, rotate_secret

__all__ = ["change", "register", "webhooks"]

#: How many of an address's last tries are shown.
_LAST = 8


def _kinds() -> list[tuple[str, str]]:
    """What may be chosen: every beginning in the table that is not the desks' alone, in words."""
    return [(one, _words(one)) for one, audience in audiences().kinds.items() if audience not in ("desks", "pages")]


def _words(kind: str) -> str:
    if not kind.endswith("."):
        return act_words(kind)
    thing = kind.split(".")[1]
    zh, en = OBJECTS.get(thing, (thing, thing.replace("_", " ")))
    return f"{zh}：全部" if in_chinese() else f"{en}: everything"


class WebhookForm(forms.Form):
    """An address, which facts it wants (none chosen: all), and whether only those that concern us."""

    url = forms.CharField(label=gettext_lazy("推送地址"), max_length=LONGEST_ADDRESS,
                          widget=forms.URLInput(attrs={"placeholder": "https://", "autocomplete": "off"}))
    kinds = forms.MultipleChoiceField(label=gettext_lazy("推送哪些事实"), required=False, widget=forms.CheckboxSelectMultiple,
                                      help_text=gettext_lazy("一项不选即全部"))
    mine = forms.BooleanField(label=gettext_lazy("只推送与本机构有关的"), required=False, initial=True)

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.auto_id = "hook_%s"
        self.fields["kinds"].choices = _kinds()  # type: ignore[attr-defined]


def _ours(request: HttpRequest) -> Organization:
    return get_object_or_404(Organization, pk=request.actor.organization_id or 0)  # type: ignore[attr-defined]


def _show(request: HttpRequest, *, form: WebhookForm | None = None, secret: str = "", rejected: Rejected | None = None,
          status: int = 200) -> HttpResponse:
    head, rows = extent()[0], []
    for one in Webhook.objects.visible_to(request.user).order_by("status", "pk"):
        sends = list(WebhookSend.objects.filter(webhook=one).order_by("-pk")[:_LAST])
        rows.append({"hook": one, "sends": sends, "behind": max(0, head - one.position), "kinds": [_words(kind) for kind in one.kinds]})
    return render(request, "exchange/webhooks.html", {
        "rows": rows, "form": form or WebhookForm(), "secret": secret, "rejected": rejected, "head": head, "retries": len(RETRIES),
        "days": SECRET_DAYS}, status=status)


@never_cache
@require_safe
@page("participants.webhook.manage")
@covers("CAP-I6")
def webhooks(request: HttpRequest) -> HttpResponse:
    """Shows where we are told, and how it went."""
    return _show(request)


@never_cache
@require_POST
@page("participants.webhook.manage")
@sensitive
def register(request: HttpRequest) -> HttpResponse:
    """Registers an address and shows its secret this once."""
    form = WebhookForm(request.POST)
    if not form.is_valid():
        return _show(request, form=form, status=400)
    try:
        _made, secret = register_webhook(organization=_ours(request), **form.cleaned_data, actor=request.actor,  # type: ignore[attr-defined]
                                         clock=MARKET_CLOCK)
    except Rejected as no:
        return _show(request, form=form, rejected=no, status=no.status)
    return _show(request, secret=secret)


@never_cache
@require_POST
@page("participants.webhook.manage")
@sensitive
def change(request: HttpRequest, code: str) -> HttpResponse:
    """Draws a new secret, pauses, goes on (from another place), or ends, as the form says."""
    held = get_object_or_404(Webhook.objects.visible_to(request.user), code=code)
    by: dict[str, Any] = {"webhook": held, "actor": request.actor, "clock": MARKET_CLOCK}  # type: ignore[attr-defined]
    act, typed = request.POST.get("act", ""), request.POST.get("position", "").strip()
    try:
        if act == "rotate":
            return _show(request, secret=rotate_secret(**by))
        if act == "pause":
            pause_webhook(**by)
        elif act == "end":
            end_webhook(**by)
        elif act == "resume":
            if typed and not (typed.isascii() and typed.isdigit() and len(typed) < 16):
                raise Rejected("participants.webhook.position", head=extent()[0])
            resume_webhook(position=int(typed) if typed else None, **by)
        else:
            raise Rejected("participants.object.absent")
    except Rejected as no:
        if no.status == 404:
            raise
        return _show(request, rejected=no, status=no.status)
    messages.success(request, _said(act, held))
    return redirect("exchange:webhooks")


def _said(act: str, held: Webhook) -> str:
    if act == "resume":
        behind = max(0, extent()[0] - held.position)
        return ngettext("继续推送，尚有 %(n)d 处记录待看", "继续推送，尚有 %(n)d 处记录待看", behind) % {"n": behind}
    return _("已暂停推送，位置保留") if act == "pause" else _("已停用，密钥已删除")
