"""The seller's price calculator: costs typed, facts read, every factor's effect shown, the range put beside what others ask."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from evidence.clock import MARKET_CLOCK
from kit.numerals import whole
from kit.rejected import FieldFault, Rejected
from listings.desk_views import actor, desk
from listings.exclusivity import MOST_BUYERS, break_even_premium
from listings.forms import WholeField
from listings.listing_views import latest_of, listing_of
from listings.models import ListingVersion
from listings.operations import save_draft
from listings.price_facts import asked_for_alike, read_choices
from listings.pricing import Priced, factors, modes, price, tiers_of, unit_prices
from listings.reference_prices import price_for
from listings.states import VersionStatus
from participants.forms import YuanField
from participants.words import spoken

__all__ = ["price_page"]

#: What a data product usually costs to make; the heads are those the accounts know (财会〔2023〕11号).
HEADS = ("collection", "processing", "labour", "compliance", "delivery")
#: Chosen by the seller; the other factors are read from the listing.
CHOSEN = ("coverage", "potential", "exclusivity")


class PriceForm(forms.Form):
    """Costs, what is expected, and the factors nobody can read from the listing."""

    collection = YuanField(label=_("采集与购入（元）"), required=False)
    processing = YuanField(label=_("清洗、标注与加工（元）"), required=False)
    labour = YuanField(label=_("人工（元）"), required=False)
    compliance = YuanField(label=_("合规、评估与登记（元）"), required=False)
    delivery = YuanField(label=_("存储与交付（元）"), required=False)
    licences = WholeField(label=_("预计许可份数"), required=False, help_text=_("非独占的数据可以反复许可，成本由各份分担"))
    margin = WholeField(label=_("期望收益率（%）"), required=False)
    calls = WholeField(label=_("每份许可预计调用次数"), required=False)

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        for key in CHOSEN:
            factor = factors()[key]
            self.fields[key] = forms.ChoiceField(label=spoken(factor.text), required=False,
                                                 choices=[(one.value, spoken(one.text)) for one in factor.options.values()])

    def computed(self, known: dict[str, Any]) -> Priced:
        """This will compute from what was typed and what is known; ``Rejected`` names the fields at fault."""
        good = self.cleaned_data
        chosen = {key: value for key, (value, _why) in known.items()} | {key: good.get(key) or "" for key in CHOSEN}
        return price(cost_fen=sum(good.get(head) or 0 for head in HEADS), licences=good.get("licences") or 0,
                     margin_bps=100 * (good.get("margin") or 0), choices=chosen)


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def price_page(request: HttpRequest, code: str) -> HttpResponse:
    """``/desk/listings/<LST>/price/``: what may I ask, and why; a figure may be put into the draft."""
    version = latest_of(listing_of(request, code))
    if request.method == "POST":
        try:
            return _use(request, version)
        except Rejected as fault:
            return _page(request, version, PriceForm(), None, fault)
    known = read_choices(version)
    form = PriceForm(request.GET) if request.GET else PriceForm(initial={"licences": 10, "margin": 20})
    found: Priced | None = None
    refused: Rejected | None = None
    if form.is_bound and form.is_valid():
        try:
            found = form.computed(known)
        except Rejected as fault:
            refused = fault
            for one in fault.errors:
                form.add_error(*_beside(form, one))
    return _page(request, version, form, found, refused)


def _beside(form: PriceForm, fault: FieldFault) -> tuple[str | None, str]:
    return (fault.field if fault.field in form.fields else None), spoken(fault.text)


def _use(request: HttpRequest, version: ListingVersion) -> HttpResponse:
    """Puts one of the figures into the draft, as if it had been typed there."""
    sent = request.POST.get("price_fen", "")
    save_draft(version=version, edit_version=version.edit_version, actor=actor(request), clock=MARKET_CLOCK,
               changes={"price_fen": whole(sent, digits=16)})
    messages.success(request, gettext("价格已填入草稿"))
    return redirect(f"{request.path.removesuffix('price/')}edit/#price")


def _page(request: HttpRequest, version: ListingVersion, form: PriceForm, found: Priced | None, refused: Rejected | None) -> HttpResponse:
    known = read_choices(version)
    lines = [(factors()[key], factors()[key].options[value], why) for key, (value, why) in known.items()]
    return render(request, "listings/price.html", {
        "listing": version.listing, "version": version, "form": form, "found": found, "refused": refused, "known": lines,
        "costs": [form[head] for head in HEADS], "chosen": [form[key] for key in CHOSEN],
        "effects": [_bar(one, found) for one in found.effects] if found else [], "units": _units(version, form, found),
        "premium": _premium(form, found),
        "alike": asked_for_alike(version), "reference": price_for(version), "editable": version.status == VersionStatus.DRAFT,
    }, status=refused.status if refused else 200)


def _bar(one: Any, found: Priced) -> dict[str, Any]:
    """One effect and how long its bar is, against the largest."""
    most = max((max(abs(each.low_fen), abs(each.high_fen)) for each in found.effects), default=0) or 1
    middle = (one.low_fen + one.high_fen) // 2
    return {"effect": one, "width": 500 * abs(middle) // most, "start": 500 - (500 * abs(middle) // most if middle < 0 else 0),
            "down": middle < 0}


def _units(version: ListingVersion, form: PriceForm, found: Priced | None) -> list[tuple[Any, str]]:
    """The middle of the range in every mode that has a unit; the others are found by bids, talks or law."""
    if found is None:
        return []
    calls, months = form.cleaned_data.get("calls") or 0, max(1, int(version.use_terms.get("term_days") or 365) // 30)
    per = unit_prices(found.middle_fen, months=months, calls=calls, rows=version.row_count or 0)
    said = {key: _yuan(value) for key, value in per.items() if value is not None}
    if steps := tiers_of(found.middle_fen, calls):
        said["tiered"] = "；".join(f"{first:,}–{end:,}: {_yuan(unit)}" for first, end, unit in steps)
    return [(mode, said.get(key, "")) for key, mode in modes().items()]


def _premium(form: PriceForm, found: Priced | None) -> tuple[int, str] | None:
    """For how many buyers, and how many times its own expected price an exclusive licence must bring to match open ones."""
    buyers = form.cleaned_data.get("licences") or 0 if found else 0
    return (buyers, f"{float(break_even_premium(buyers)):.2f}") if 2 <= buyers <= MOST_BUYERS else None


def _yuan(fen: Fraction) -> str:
    """A unit price to a hundredth of a fen: ``¥0.0125``."""
    parts = int(fen * 100 + Fraction(1, 2))
    whole, rest = divmod(parts, 10_000)
    return f"¥{whole:,}.{rest:04d}".rstrip("0").rstrip(".")
