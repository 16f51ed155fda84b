"""The lineage on the supply desk: put a source on file for a product, take what is held elsewhere as an input, end a source."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from evidence.clock import MARKET_CLOCK
from listings.desk_views import actor, back, desk, kept_proof, mine
from listings.forms import SourceForm
from listings.models import DataProduct, PropertyRight, Source
from listings.operations import add_source, make_of, revoke_source
from participants.views.papers import day_end

__all__ = ["product_input", "source_revoke"]


def _page(product: DataProduct) -> str:
    return f"{reverse('listings:rights')}?trace={product.code}#lineage"


@require_POST
@desk
def product_input(request: HttpRequest, code: str, act: str) -> HttpResponse:
    """A new source of a product (``source``), or one on file or a right held in another product (``input``)."""
    product = get_object_or_404(DataProduct.objects.visible_to(request.user), code=code)
    by: dict[str, Any] = {"actor": actor(request), "clock": MARKET_CLOCK}
    if act == "input":
        asked = request.POST.get("taken", "")
        source = Source.objects.visible_to(request.user).filter(code=asked).first()
        right = None if source else PropertyRight.objects.visible_to(request.user).filter(code=asked).first()
        if source is None and right is None:
            messages.error(request, gettext("请选择本机构登记的来源或取得的权利"))
            return redirect(_page(product))
        return back(request, _page(product), lambda: make_of(product=product, source=source, right=right, **by), gettext("已记入谱系"))
    form = SourceForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, " ".join(f"{form.fields[name].label}：{faults[0]}" for name, faults in form.errors.items()))
        return redirect(_page(product))
    return back(request, _page(product), lambda: _add(request, product, form.cleaned_data), gettext("来源已登记并记入谱系"))


def _add(request: HttpRequest, product: DataProduct, good: dict[str, Any]) -> None:
    """The source, its deed and its place in the lineage, or none of them."""
    by: dict[str, Any] = {"actor": actor(request), "clock": MARKET_CLOCK}
    with transaction.atomic():
        source = add_source(organization=mine(request), kind=good["kind"], title=good["title"], provider=good["provider"],
                            generator=good["generator"], reference=good["reference"], effective_to=day_end(good["effective_to"]),
                            proof=kept_proof(request), **by)
        make_of(product=product, source=source, **by)


@require_POST
@desk
def source_revoke(request: HttpRequest, code: str) -> HttpResponse:
    """A source ended by whoever relies on it: the contract is over, the data was not lawful."""
    one = get_object_or_404(Source.objects.visible_to(request.user), code=code)
    first = one.outputs.select_related("product").order_by("pk").first()
    to = _page(first.product) if first else reverse("listings:rights")
    return back(request, to, lambda: revoke_source(source=one, reason=request.POST.get("reason", ""), actor=actor(request),
                                                   clock=MARKET_CLOCK), gettext("来源已撤销，由它派生的权利、凭证和挂牌一并停止"))
