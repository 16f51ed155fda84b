"""``/desk/frameworks/``: what we agreed for later orders, what is drawn and left, and the orders; a buyer offers a new one here."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from compliance.rules.equal_terms import EXCEPTIONS
from evidence.clock import MARKET_CLOCK
from kit.actors import Actor
from kit.coverage import covers
from kit.money import parse_yuan
from kit.rejected import FieldFault, Rejected
from participants.doors import actor_in, page
from participants.forms import YuanField
from participants.permissions import allowed, require
from participants.queries import organization
from participants.words import spoken
from trading.auctions.bargain import Terms
from trading.forms import MarketTimeField
from trading.frameworks import Item, call_off, end_framework, offer_framework, settle_offer
from trading.models import Framework
from trading.queries import on_offer

__all__ = ["framework", "frameworks"]

_SHOWN = 100
#: What a typed code may meet: said beside the form, which stays filled in.
_MENDED = {"listings.listing.absent", "participants.organization.absent", "trading.framework.not_your_listing"}
_LINE = re.compile(r"(?P<listing>\S{1,16})\s+(?P<price>[0-9.,]{1,20})(\s+(?P<purpose>[a-z_]{1,40}))?(\s+(?P<days>[0-9]{1,5}))?", re.ASCII)


class FrameworkForm(forms.Form):
    """What a buyer offers: licences of one seller with their prices, a ceiling, a term."""

    items = forms.CharField(label=gettext_lazy("许可与价格"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}),
                            help_text=gettext_lazy("每行一项：挂牌编号、价格（元），可另写用途和使用期（天），如“LST-7K3QW9ZD2Z 5000 365”"))
    ceiling = YuanField(label=gettext_lazy("订单合计上限（元）"))
    until = MarketTimeField(label=gettext_lazy("框架协议期限"), help_text=gettext_lazy("北京时间，至多四年；此后不再下单"))
    note = forms.CharField(label=gettext_lazy("附言"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))

    to = forms.CharField(label=gettext_lazy("买方机构编号"), required=False, max_length=20,
                         help_text=gettext_lazy("如 ORG-7K3QW9ZD2Z，见对方的机构页"))
    ground = forms.ChoiceField(label=gettext_lazy("高于同等买方成交中位数的理由"), required=False,
                               help_text=gettext_lazy("反垄断法第二十二条：没有正当理由，不得差别对待"))

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["ground"].choices = [("", "—"), *((key, spoken(pair)) for key, pair in EXCEPTIONS.items())]  # type: ignore[attr-defined]

    def show(self, rejected: Rejected) -> None:
        """This will put the operation's faults beside their fields."""
        for fault in rejected.errors:
            self.add_error(fault.field if fault.field in self.fields else None, spoken(fault.text))


def _items(text: str, user: Any) -> list[Item]:
    found = []
    for number, line in enumerate((one.strip() for one in text.splitlines() if one.strip()), 1):
        read = _LINE.fullmatch(line)
        try:
            price = parse_yuan(read["price"]) if read else -1
        except ValueError:
            price = -1
        if read is None or price < 0:
            raise Rejected("trading.framework.faulty", count=1, errors=[FieldFault("items", "line", (
                f"第 {number} 行应为“挂牌编号 价格”", f"Line {number} should be “listing price”"))])
        found.append(Item(on_offer(read["listing"], user), Terms(price, None, int(read["days"]) if read["days"] else None,
                                                               read["purpose"] or "")))
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@page("trading.framework.see")
@covers("CAP-E4", "F3")
def frameworks(request: HttpRequest) -> HttpResponse:
    """Our frameworks, those that wait first; a buyer's form for a new one."""
    actor, refused = actor_in(request), None
    sells = request.method == "POST" and request.POST.get("act") == "propose"
    if request.method == "POST":
        require(actor, "trading.framework.propose" if sells else "trading.framework.offer", at=MARKET_CLOCK.now())
    form = FrameworkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        good = form.cleaned_data
        try:
            made = offer_framework(items=_items(good["items"], request.user), ceiling_fen=good["ceiling"] or 0, effective_to=good["until"],
                                   note=good["note"], to=organization(good["to"]) if sells else None,
                                   ground=good["ground"] if sells else "", actor=actor, clock=MARKET_CLOCK)
        except Rejected as no:
            if no.status in {403, 404} and no.code not in _MENDED:
                raise
            refused = no
            form.show(no)
        else:
            messages.success(request, _("要约已发出，等待对方答复。"))
            return redirect("trading:framework", made.code)
    rows = Framework.objects.visible_to(request.user).select_related("seller", "buyer").prefetch_related("items")
    may_offer = allowed(actor, "trading.framework.offer", at=MARKET_CLOCK.now())
    return render(request, "trading/frameworks.html", {
        "rows": rows.order_by("ended_at", "due_at", "effective_to")[:_SHOWN], "form": form, "rejected": refused,
        "ours": actor.organization_id, "may_offer": may_offer,
        "may_propose": allowed(actor, "trading.framework.propose", at=MARKET_CLOCK.now()),
    }, status=refused.status if refused else 400 if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@page("trading.framework.see")
@covers("CAP-E4", "F3")
def framework(request: HttpRequest, code: str) -> HttpResponse:
    """One framework: its terms, what is drawn and left, its orders, and the acts that are open to us."""
    rows = Framework.objects.visible_to(request.user).select_related("seller", "buyer", "venue")
    one, actor, refused = get_object_or_404(rows, code=code), actor_in(request), None
    if request.method == "POST":
        try:
            return _done(request, one, actor)
        except Rejected as no:
            if no.status in {403, 404}:
                raise
            refused = no
            one.refresh_from_db()
    drawn, side = one.drawn_fen, "buyer" if one.buyer_id == actor.organization_id else "seller"
    return render(request, "trading/framework.html", {
        "one": one, "items": one.items.select_related("listing", "version").order_by("number"),
        "calls": one.calls.select_related("item__version", "trade__state").order_by("-number"), "drawn_fen": drawn,
        "left_fen": one.ceiling_fen - drawn, "percent": drawn * 100 // one.ceiling_fen, "buying": side == "buyer",
        "answers": one.answered_by == side,
        "ground": spoken(EXCEPTIONS[one.ground]) if one.ground else "", "rejected": refused}, status=refused.status if refused else 200)


def _done(request: HttpRequest, one: Framework, actor: Actor) -> HttpResponse:
    act = request.POST.get("act", "")
    if act == "call":
        order = call_off(framework=one, number=_whole(request.POST.get("number", "")), drawn_fen=_whole(request.POST.get("drawn_fen", "")),
                         actor=actor, clock=MARKET_CLOCK)
        messages.success(request, _("已下单，请按期付款。"))
        return redirect("exchange:trade", order.trade.code)
    if act in {"accept", "decline", "withdraw"}:
        settle_offer(framework=one, act=act, actor=actor, clock=MARKET_CLOCK)
    elif act == "end":
        end_framework(framework=one, actor=actor, clock=MARKET_CLOCK)
    messages.success(request, _("已办理。"))
    return redirect("trading:framework", one.code)


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 17 else -1
