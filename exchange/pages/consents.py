"""Whose data it is: the desks of a person and of a trustee. What is held, who used it, for what, what it earned; stop it, ask for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from compliance.taxonomy import Purpose
from delivery.asked import Asked, asked_about
from delivery.models import Delivery
from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import Rejected
from listings.desk_views import actor, back, mine
from listings.forms import WholeField, WordsField
from listings.models import Ask, Consent, Listing, Principal
from listings.operations import give_consent, import_principals, open_subject_request, withdraw_consent
from listings.states import ConsentStatus, MandateStatus
from participants.doors import page
from settlement.models import Settlement, Share

__all__ = ["ask", "consents", "copy", "give", "import_file", "principals", "withdraw"]

_MOST = 200
_PURPOSES = [one for one in Purpose.choices if one[0] not in {"reidentification", "discriminatory_pricing", "fraud"}]


class ConsentForm(forms.Form):
    """A consent a trustee gives for its principals: one purpose, named kinds and recipients, a term."""

    principal: Any = forms.ModelChoiceField(label=_("委托人"), queryset=None, to_field_name="code", empty_label=_("请选择"))
    listing = forms.CharField(label=_("挂牌编号"), max_length=16, help_text=_("例如 LST-…，写在产品页上"))
    purpose = forms.ChoiceField(label=_("目的"), choices=_PURPOSES, help_text=_("一次同意只对应一个目的"))
    kinds = WordsField(label=_("个人信息种类"), help_text=_("用逗号分开"))
    recipients = WordsField(label=_("接收方"), required=False)
    days = WholeField(label=_("期限（天）"), initial=365)
    minor = forms.BooleanField(label=_("不满十四周岁"), required=False)
    guardian = forms.BooleanField(label=_("由监护人同意"), required=False)

    def __init__(self, *args: Any, organization: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        held = Principal.objects.filter(organization=organization, status=MandateStatus.ACTIVE).order_by("reference")
        self.fields["principal"].queryset = held  # type: ignore[attr-defined]
        self.fields["principal"].label_from_instance = lambda one: one.reference  # type: ignore[attr-defined]


def _earned(consent: Consent, trustee_id: int | None) -> dict[str, Any]:
    """What trades of the product brought since the consent was given, and what of it was the trustee's share."""
    sold = Settlement.objects.filter(trade__version__listing__product=consent.product_id, trade__executed_at__gte=consent.effective_from)
    share = Share.objects.filter(settlement__in=sold, organization_id=trustee_id or 0).aggregate(fen=Sum("amount_fen"))["fen"]
    return {"trades": sold.count(), "sales_fen": sold.aggregate(fen=Sum("price_fen"))["fen"] or 0, "share_fen": share or 0}


_WAYS = {"question": _("密室提问（只得到带噪声的汇总）"), "training": _("在持有方处运行审核过的算法"), "rows": _("接口取数"),
         "call": _("评分或核验调用")}
_MEASURES = {"count": _("行数"), "persons": _("人数"), "sum": _("合计"), "mean": _("均值")}


def _purpose(text: str) -> Any:
    return Purpose(text).label if text in Purpose.values else text


def _asked(one: Asked) -> dict[str, Any]:
    """One asking in words: by name only where the recipient's name is owed."""
    return {"one": one, "way": _WAYS[one.kind], "measures": [_MEASURES.get(each, each) for each in one.measures],
            "purposes": [_purpose(each) for each in one.purposes]}


def _row(consent: Consent, trustee_id: int | None) -> dict[str, Any]:
    uses = Delivery.objects.filter(version__listing__product=consent.product_id, delivered_at__isnull=False).select_related("buyer")
    owed = {one.delivery_id: one for one in consent.deletions.select_related("proof")}
    return {"one": consent, "purpose": _purpose(consent.purpose),
            "asked": [_asked(one) for one in asked_about(consent.product, since=consent.effective_from)],
            "uses": [(use, owed.get(use.pk)) for use in uses.order_by("-delivered_at")[:20]], "earned": _earned(consent, trustee_id),
            "requests": list(consent.requests.order_by("-pk")[:10]), "active": consent.status == ConsentStatus.ACTIVE}


def _concerning(request: HttpRequest) -> Any:
    mine = Consent.objects.concerning(request.user)  # type: ignore[arg-type]  # the page is for people who signed in
    return mine.select_related("product", "organization", "trustee", "subject").order_by("-pk")


@covers("R27", "R34", "R105", "B9")
@require_safe
@page("listings.consent.see")
def consents(request: HttpRequest) -> HttpResponse:
    """``/desk/consents/``: what is held about me, who used it for what, what it earned; withdraw, ask."""
    acting = actor(request).organization_id
    return render(request, "exchange/consents.html", {
        "rows": [_row(one, acting) for one in _concerning(request)[:_MOST]], "asks": Ask.choices})


@covers("R34", "R105")
@require_safe
@page("listings.consent.see")
def copy(request: HttpRequest) -> HttpResponse:
    """Everything this venue holds about the person's consents, as a file to take away; what was handed to whom and when, not its code."""
    rows = [{"consent": one.code, "product": one.product.code, "holder": one.organization.code, "purpose": one.purpose, "kinds": one.kinds,
             "recipients": one.recipients, "from": one.effective_from.isoformat(), "to": one.effective_to.isoformat(), "state": one.status,
             "uses": [{"recipient": use.buyer.code, "at": use.delivered_at.isoformat(),
                       "deletion": owed.status if owed else ""} for use, owed in _row(one, None)["uses"]],
             "asked": [_copied(each) for each in asked_about(one.product, since=one.effective_from)]} for one in _concerning(request)]
    answer = JsonResponse({"consents": rows}, json_dumps_params={"ensure_ascii": False, "indent": 1})
    answer["Content-Disposition"] = 'attachment; filename="consents.json"'
    return answer


def _copied(one: Asked) -> dict[str, Any]:
    return {"at": one.at.isoformat(), "way": one.kind, "by": one.by.code if one.named else one.by.kind, "purposes": list(one.purposes),
            "measures": list(one.measures), "columns": list(one.columns), "epsilon": one.epsilon, "times": one.times}


def _home(request: HttpRequest) -> str:
    """The desk the form was sent from."""
    return "exchange:principals" if request.POST.get("desk") == "principals" else "exchange:consents"


@require_POST
@page("listings.consent.see")
def withdraw(request: HttpRequest, code: str) -> HttpResponse:
    """Takes a consent back."""
    one = get_object_or_404(_concerning(request), code=code)
    return back(request, _home(request), lambda: withdraw_consent(consent=one, actor=actor(request), clock=MARKET_CLOCK),
                gettext("已撤回：所涉产品停牌，过去的接收方会逐一收到删除通知"))


@require_POST
@page("listings.consent.see")
def ask(request: HttpRequest, code: str) -> HttpResponse:
    """Asks the holder: copy, correct, move, object, opt out."""
    one = get_object_or_404(_concerning(request), code=code)
    return back(request, _home(request), lambda: open_subject_request(
        consent=one, kind=request.POST.get("kind", ""), text=request.POST.get("text", ""), actor=actor(request), clock=MARKET_CLOCK),
        gettext("已提出，持有者须在期限内答复"))


# ---- the trustee -----------------------------------------------------------------------------------------------------------

@covers("R29", "B9")
@require_safe
@page("listings.principal.see")
def principals(request: HttpRequest) -> HttpResponse:
    """``/desk/principals/``: whom we act for, under which consents, with what effect; take people on by file."""
    return _trustee_page(request)


def _trustee_page(request: HttpRequest, *, form: ConsentForm | None = None, report: Any = None, refused: Rejected | None = None
                  ) -> HttpResponse:
    ours = mine(request)
    held = Principal.objects.filter(organization=ours).order_by("status", "reference")
    rows = Consent.objects.filter(trustee=ours).select_related("product", "organization", "trustee", "subject").order_by("-pk")
    mandates = {one.subject_id: one.reference for one in held}
    return render(request, "exchange/principals.html", {
        "principals": held[:_MOST], "rows": [{**_row(one, ours.pk), "reference": mandates.get(one.subject_id, "")} for one in rows[:_MOST]],
        "form": form or ConsentForm(organization=ours), "report": report, "refused": refused, "asks": Ask.choices,
    }, status=refused.status if refused else 400 if form is not None and form.errors else 200)


@require_POST
@page("listings.principal.see")
def import_file(request: HttpRequest) -> HttpResponse:
    """Takes the people of a file on; the report stands on the page, line by line where something is wrong."""
    upload = request.FILES.get("file")
    if upload is None:
        messages.error(request, gettext("请选择文件"))
        return redirect("exchange:principals")
    try:
        report = import_principals(organization=mine(request), content=upload.read(4 * 1024 * 1024 + 1), actor=actor(request),
                                   clock=MARKET_CLOCK)
    except Rejected as refused:
        if refused.status in {403, 404}:
            raise
        return _trustee_page(request, refused=refused)
    return _trustee_page(request, report=report)


@require_http_methods(["POST"])
@page("listings.principal.see")
def give(request: HttpRequest) -> HttpResponse:
    """A consent for one principal, for the product of a listing."""
    form = ConsentForm(request.POST, organization=mine(request))
    if not form.is_valid():
        return _trustee_page(request, form=form)
    good = form.cleaned_data
    listing = Listing.objects.visible_to(request.user).filter(code=good["listing"].strip().upper()).first()
    if listing is None:
        form.add_error("listing", gettext("没有这个产品"))
        return _trustee_page(request, form=form)
    act: Callable[[], Any] = lambda: give_consent(  # noqa: E731 (said once, with its word)
        product=listing.product, purpose=request.POST.getlist("purpose"), kinds=good["kinds"], recipients=good["recipients"],
        effective_to=MARKET_CLOCK.now() + timedelta(days=good["days"] or 0), principal=good["principal"], minor=good["minor"],
        guardian=good["guardian"], actor=actor(request), clock=MARKET_CLOCK)
    return back(request, "exchange:principals", act, gettext("同意已登记"))
