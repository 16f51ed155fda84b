"""The product page ``/listings/<LST>/``: may I buy this, on which terms, proved by what."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from compliance.engaging.reporting import reports_on
from compliance.rules.circulation import flow_of
from compliance.taxonomy import Channel, CirculationMode
from evidence import queries as evidence
from evidence.clock import MARKET_CLOCK
from exchange import offers
from exchange.around import around
from exchange.words import COLUMN_KINDS, GRADE, sector_name
from kit.money import bps_of
from kit.rejected import refusal
from listings.authorising import cap_in_force
from listings.badges import badges_of, value_layer
from listings.circulating import licence_of
from listings.conformity import conformity
from listings.grounds import Grounds, grounds_of
from listings.interfaces import read_interface
from listings.lineage import lineage_of
from listings.minimums import minimum_in
from listings.models import Hold, Listing, ListingVersion
from listings.plans import expected, plan_in
from listings.queries import tradable
from listings.reference_prices import price_for
from listings.sampling import preview_of
from listings.states import ListingStatus
from participants.charges import Payer
from participants.permissions import allowed
from participants.tax import tax_on
from trading.charging import charges_for
from trading.models import Basis, Trade

__all__ = ["listing", "sample"]


def _found(code: str, user: Any) -> Listing:
    rows = Listing.objects.visible_to(user).select_related(
        "organization", "product__resource", "version__authorisation__grantor", "version__authorisation__organization",
        "certificate__registration__deposit", "venue"
    )
    one: Listing | None = rows.filter(code=code).first()
    if one is None:
        raise Http404(code)
    return one


def _standing(on: Grounds) -> dict[str, Any]:
    """Badges, the three-part report and the value layer, with the page that tells the facts behind them."""
    why = reverse("listings:why", args=[on.listing.code]) if on.listing.version_id else ""
    return {"badges": offers.badges(badges_of(on), why), "report": conformity(on), "why": why,
            "layer": value_layer(on.version, on.listing.product.kind)}


def _chips(one: Listing, holds: list[Hold], obstacle: Any) -> dict[str, Any]:
    shown = obstacle.detail if obstacle is not None and "{" not in obstacle.detail[0] else ("", "")
    if holds:
        return {"tone": "held", "hold": holds[0], "obstacle_text": shown}
    return {
        "tone": "ok" if obstacle is None and one.status == ListingStatus.LISTED else "wait",
        "obstacle": obstacle,
        "obstacle_text": shown,
    }


def _act(one: Listing, version: ListingVersion, now: datetime) -> dict[str, Any]:
    lot = offers.running_lot(one)
    price = version.price_fen or 0
    costs = charges_for(version, Basis.PURCHASE, venue=one.venue, at=now)
    charged = [item for item in costs.of(price) if item.charge.payer is Payer.BUYER and item.fen]
    deposit = max(lot.deposit_minimum_fen, bps_of(lot.start_price_fen, lot.deposit_bps)) if lot else 0
    return {"lot": lot, "lot_open": offers.lot_open(lot), "charged": charged, "total_fen": price + sum(item.fen for item in charged),
            "tax": tax_on(price, seller_id=one.organization_id, at=now), "deposit_fen": deposit, "minimum": minimum_in(version.use_terms)}


@require_safe
def listing(request: HttpRequest, code: str) -> HttpResponse:
    """One listing with its rights, quality, sample, prices, history, and the box to act in."""
    now = MARKET_CLOCK.now()
    one = _found(code, request.user)
    version = one.version or one.versions.order_by("-number").first()
    if version is None:
        raise Http404(code)
    rights = offers.rights_of(one)
    trades = list(Trade.objects.filter(listing=one).order_by("executed_at"))
    paid = [deal for deal in trades if deal.basis != Basis.BARTER]
    on = grounds_of(one, version, refusal=tradable(one, at=now), at=now)
    obstacle = refusal(on.refusal) if on.refusal else None
    holds = list(reversed(on.holds))
    act = _act(one, version, now)
    preview, plan = preview_of(version), plan_in(version.use_terms)
    return render(
        request,
        "exchange/listing.html",
        {
            "listing": one,
            "version": version,
            "calls": read_interface(version.use_terms["interface"]) if version.use_terms.get("interface") else [],
            "licence": licence_of(version) if version.circulation == CirculationMode.OPEN and version.use_terms.get("licence") else None,
            "flow": flow_of(version.circulation, Channel.ON_EXCHANGE),
            "sector": sector_name(version.sector),
            "grade_words": GRADE,
            "steps": offers.corridor(one, act["lot"], len(trades), ("验收后按周期清算", "settled in cycles after acceptance")),
            **_standing(on),
            "rights": offers.rights_table(rights, one.organization_id),
            "lineage": lineage_of(one.product, at=now),
            "quality": offers.quality(version),
            "reports": reports_on(one.code),
            "cap": cap_in_force(one.product, version.authorisation, at=now) if version.authorisation else None,
            "columns": offers.sample_columns(preview),
            "preview": preview,
            "price_chart": offers.prices(one, list(one.versions.order_by("number")), paid, now)
            if version.circulation == CirculationMode.TRADE else None,
            "reference": price_for(version) if version.circulation == CirculationMode.TRADE else None,
            "trades": trades,
            "history": list(reversed(evidence.timeline(one.code)))[:6],
            "obstacle": obstacle,
            "holds": holds,
            "mine": one.organization_id == request.actor.organization_id,  # type: ignore[attr-defined]
            "plan": plan, "bills": expected(plan, version.price_fen or 0) if plan else [],
            "may_cart": allowed(request.actor, "trading.cart.change", at=now),  # type: ignore[attr-defined]
            **around(request, one, now),
            **_chips(one, holds, obstacle),
            **act,
        },
    )


@require_safe
def sample(request: HttpRequest, code: str) -> HttpResponse:
    """``/listings/<LST>/sample/``: every column with its statistics and picture, and the masked rows; nothing of important data."""
    one = _found(code, request.user)
    version = one.version or one.versions.order_by("-number").first()
    if version is None:
        raise Http404(code)
    preview, asked, order = preview_of(version), request.GET.get("q", "").strip()[:80], request.GET.get("order", "")
    columns = [column for column in preview.columns if asked.casefold() in column.name.casefold()]
    if order == "gaps":
        columns = sorted(columns, key=lambda column: -column.gap_permille)
    return render(request, "exchange/sample.html", {
        "listing": one, "version": version, "preview": preview, "query": asked, "order": order,
        "columns": [(column, COLUMN_KINDS.get(column.kind, (column.kind, column.kind)), offers.distribution_of(column))
                    for column in columns[:200]], "all": len(preview.columns),
    })
