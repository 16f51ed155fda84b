"""The desk: what waits for me, by deadline; what happened; one trade."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from compliance.engaging.reporting import reports_on
from evidence import queries as evidence
from evidence.clock import MARKET_CLOCK
from exchange.todo import open_notices, waiting
from exchange.trade_walk import BESIDE, delivery_of, settlement_of, steps_of, trade_row
from exchange.words import tone_of
from kit.actors import Actor
from ledger.queries import balances
from listings.models import Listing, ListingVersion
from listings.states import ListingStatus, VersionStatus
from participants.actors import actor_of
from participants.charges import Payer
from participants.models import Notice, Organization
from participants.predicates import OVERSIGHT, roles_of
from participants.queries import open_holds
from participants.reads import note_read
from participants.roles import Role
from settlement.metering import bill_of, charged_price, plan_of
from settlement.states import SettlementStatus
from trading.charging import charges_for
from trading.duties import PARTIES
from trading.models import Auction, Basis, Bidder, Trade
from trading.operations.serving import services_refused
from trading.papers import papers_for, papers_to_begin
from trading.queries import charges_of, tax_of
from trading.states import ACTIVE_LOTS, TradeStatus

__all__ = ["notices", "today", "trade", "trade_for"]

PAGE = 30


def _organization(request: HttpRequest) -> tuple[Actor, Organization | None]:
    actor = actor_of(request.user)  # type: ignore[arg-type]
    return actor, Organization.objects.filter(pk=actor.organization_id).first() if actor.organization_id else None


#: What the state of a version means for its seller: next act (zh, en) and who acts.
NEXT_OF_VERSION: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    VersionStatus.DRAFT: (("补全并提交", "complete and submit"), ("您", "you")),
    VersionStatus.SUBMITTED: (("等待审核决定", "waiting for the review"), ("审核员", "reviewer")),
    VersionStatus.RETURNED: (("按意见补正后重交", "mend and submit again"), ("您", "you")),
    VersionStatus.APPROVED: (("择日公布", "publish"), ("您", "you")),
    VersionStatus.REFUSED: (("修改后重交，或提出异议", "revise, or object"), ("您", "you")),
    VersionStatus.PUBLISHED: (("无需处理", "nothing to do"), ("", "")),
}


def shelf(organization: Organization, limit: int = 6) -> list[dict[str, Any]]:
    """This will list the organisation's listings, those that need it first, each with state, next act, owner, due."""
    latest: dict[int, ListingVersion] = {}
    for version in ListingVersion.objects.filter(organization=organization).select_related("listing").order_by("listing_id", "number"):
        if version.status not in {VersionStatus.DISCARDED, VersionStatus.WITHDRAWN, VersionStatus.SUPERSEDED}:
            latest[version.listing_id] = version
    rows = [_shelf_row(version.listing, version) for version in latest.values()]
    urgency = {"wait": 0, "bad": 0, "held": 1, "": 2, "info": 3, "ok": 4}
    return sorted(rows, key=lambda row: (urgency.get(row["tone"], 5), -row["listing"].pk))[:limit]


def _shelf_row(listing: Listing, version: ListingVersion) -> dict[str, Any]:
    status, label, tone = version.status, version.get_status_display(), tone_of(version.status)
    following, who = NEXT_OF_VERSION.get(status, (("", ""), ("", "")))
    due_at = version.due_at
    if status == VersionStatus.PUBLISHED and listing.status == ListingStatus.SUSPENDED:
        hold = listing.holds.filter(lifted_at__isnull=True).order_by("-placed_at").first()
        label, tone, due_at = listing.get_status_display(), "held", hold.until if hold else None
        following = (hold.way_back_zh or hold.reason_zh, hold.way_back_en or hold.reason_en or hold.reason_zh) if hold else ("", "")
        who = ("您", "you")
    elif status == VersionStatus.PUBLISHED:
        label, tone = listing.get_status_display(), "ok"
    return {
        "listing": listing,
        "version": version,
        "state": label,
        "tone": tone,
        "next": following,
        "who": who,
        "due": due_at,
    }


def _money(organization: Organization, now: datetime) -> dict[str, Any]:
    funds = balances(organization.code)
    unpaid = Trade.objects.filter(buyer=organization, state__status=TradeStatus.EXECUTED)
    coming = Trade.objects.filter(seller=organization, state__status=TradeStatus.FUNDED)
    coming = coming.exclude(settlement__status=SettlementStatus.SETTLED).exclude(basis=Basis.BARTER)  # set off, not paid
    available = funds.get("available")
    return {
        "available_fen": available.available_fen if available else 0,
        "reserved_fen": available.reserved_fen if available else 0,
        "holdback_fen": funds["holdback"].posted_fen if "holdback" in funds else 0,
        "unpaid": unpaid.count(),
        "unpaid_fen": sum(unpaid.values_list("price_fen", flat=True)),
        "coming": coming.count(),
        "coming_fen": sum(coming.values_list("price_fen", flat=True)),
    }


def _trades(organization: Organization, limit: int = 6) -> list[dict[str, Any]]:
    rows = Trade.objects.filter(Q(seller=organization) | Q(buyer=organization)).select_related(*BESIDE)
    return [trade_row(one, organization) for one in rows.order_by("-executed_at")[:limit]]


@login_required
@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """What waits for me, by deadline; then money, shelf, lots and trades at a glance."""
    now = MARKET_CLOCK.now()
    actor, organization = _organization(request)
    roles = roles_of(actor, now)
    if roles & OVERSIGHT and not roles & {Role.DATA_MERCHANT, Role.BUYER}:
        return redirect("admin:index")
    if organization is None:
        return render(request, "exchange/today_none.html")
    lots = Auction.objects.filter(status__in=ACTIVE_LOTS).select_related("version", "standing__leader", "listing")
    biddings = Bidder.objects.filter(organization=organization, auction__status__in=ACTIVE_LOTS).values_list("auction_id", flat=True)
    return render(
        request,
        "exchange/today.html",
        {
            "organization": organization,
            "waiting": waiting(organization),
            "holds": open_holds(organization, at=now),
            "roles": [Role(role).label for role in sorted(roles)],
            "money": _money(organization, now),
            "shelf": shelf(organization),
            "my_lots": list(lots.filter(seller=organization).order_by("closes_at")[:6]),
            "trades": _trades(organization),
            "bidding": list(lots.filter(pk__in=list(biddings)).order_by("closes_at")[:6]),
            "sells": Role.DATA_MERCHANT in roles or Role.PUBLIC_DATA_OPERATOR in roles,
            "buys": Role.BUYER in roles,
            "news": list(Notice.objects.filter(organization=organization, due_at__isnull=True).order_by("-seq")[:8]),
        },
    )


@login_required
@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """Everything the organisation was told, newest first, by keyset."""
    _actor, organization = _organization(request)
    rows = Notice.objects.filter(organization=organization).order_by("-seq") if organization else Notice.objects.none()
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 16:
        rows = rows.filter(seq__lt=int(before))
    shown = list(rows[: PAGE + 1])
    still = open_notices(shown)
    return render(
        request,
        "exchange/notices.html",
        {
            "notices": [(one, one.pk in still) for one in shown[:PAGE]],
            "forth": f"?before={shown[PAGE - 1].seq}" if len(shown) > PAGE else "",
            "back": "?" if before else "",
        },
    )


def trade_for(request: HttpRequest, code: str, now: datetime) -> tuple[Trade, bool]:
    """This will return a party's own trade, or any for a desk that oversees parties; 404 else."""
    rows = Trade.objects.select_related(*BESIDE, "award__auction", "award__bidder", "report", "venue")
    one = rows.filter(code=code).first()
    actor = actor_of(request.user)  # type: ignore[arg-type]
    if one is None:
        raise Http404(code)
    if actor.organization_id in one.party_ids():
        return one, True
    if roles_of(actor, now) & OVERSIGHT:
        for side in (one.seller, one.buyer):
            note_read(owner=side, kind="trade", subject=one.code, ground="exchange.desk.enter", actor=actor, clock=MARKET_CLOCK)
        return one, False
    raise Http404(code)


def _subjects(one: Trade) -> list[str]:
    """The trade and what followed from it, for one timeline."""
    return [found.code for found in (one, delivery_of(one), settlement_of(one)) if found is not None]


@login_required
@require_safe
def trade(request: HttpRequest, code: str) -> HttpResponse:
    """Where this trade is, who acts next, what was agreed, what happened."""
    now = MARKET_CLOCK.now()
    one, party = trade_for(request, code, now)
    _actor, organization = _organization(request)
    viewpoint = organization if party and organization else one.seller
    return render(
        request,
        "exchange/trade.html",
        {
            "trade": one,
            "party": party,
            "row": trade_row(one, viewpoint),
            "history": list(reversed(evidence.timeline(*_subjects(one)))),
            "steps": steps_of(one, now),
            "delivery": delivery_of(one),
            "settlement": settlement_of(one),
            "reports": reports_on(one.code),
            "seats_taken": found.seats.filter(ended_at__isnull=True).count() if (found := delivery_of(one)) else 0,
            "duties": _duties(one),
            "use_terms": (one.agreement.get("object") or {}).get("use_terms") or {},
            "papers": papers_for(one, organization.pk if organization else None),
            "papers_said": asdict(papers_to_begin(one.buyer_id, one)) if party else {},
            "bill": bill_of(one),
            "meter": getattr(one, "meter", None),
            "lot": one.award.auction if one.award else None,
            **(_acts_of(one, organization, now) if party else {}),
            **(_charged(one, buying=organization is not None and one.buyer_id == organization.pk) if party else {}),
        },
    )


def _acts_of(one: Trade, organization: Organization | None, now: datetime) -> dict[str, Any]:
    """What the two sides may still do together: have a filed deal served here, at what it costs; cancel what is not paid."""
    def side_of(key: int | None) -> str:
        return "" if key is None else "buyer" if key == one.buyer_id else "seller"

    told: dict[str, Any] = {"side": side_of(organization.pk if organization else None),
                            "cancel_side": side_of(one.state.cancel_asked_by_id)}
    if one.state.status != TradeStatus.RECORDED:
        return told
    refused = services_refused(one, at=now)
    items = [] if refused or one.version is None else charges_for(one.version, Basis.REPORT, venue=one.venue, at=now).of(one.price_fen)
    return told | {"offer_services": True, "services_refused": refused, "service_items": [item for item in items if item.fen]}


def _duties(one: Trade) -> list[tuple[tuple[str, str], tuple[str, str], str]]:
    """Who answers for what, as the agreement froze it: party, duty, article; agreements of former forms have no table."""
    rows = (one.agreement.get("responsibilities") or {}).get("duties", [])
    return [(PARTIES[row["party"]], (row["zh"], row["en"]), row["article"]) for row in rows]


def _charged(one: Trade, *, buying: bool) -> dict[str, Any]:
    """What this side is charged on the trade, item by item, and what it pays or shares in the end."""
    if not one.served_here:
        return {}
    side = Payer.BUYER if buying else Payer.SELLER
    items = [item for item in charges_of(one).of(one.price_fen) if item.charge.payer is side and item.fen]
    total = sum(item.fen for item in items)
    plan = plan_of(one)
    return {"charged": items, "total_fen": one.price_fen + total if buying else one.price_fen - total,
            "tax": tax_of(one, charged_price(one)), "tax_most": plan is not None and plan.metered and getattr(one, "meter", None) is None}
