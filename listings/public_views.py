"""Pages anyone may read: search, why a listing was judged so, what is in public notice and how to object (R10, R84, D1, C7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from compliance.queries import list_version_at
from compliance.rules.base import facts_of
from compliance.taxonomy import DataCategory, DataGrade, DeliveryMode, ProcessingStage
from evidence.clock import MARKET_CLOCK
from evidence.files import deposit
from kit.rejected import Rejected
from listings.badges import badges_of, value_layer
from listings.conformity import conformity
from listings.finding import find_things
from listings.forms import ObjectionForm
from listings.grounds import grounds_of
from listings.models import DataResource, Kind, Listing, Registration, SaleMode
from listings.operations import object_registration
from listings.queries import notices_public, registration_by_code, rules_applied, tradable
from listings.search import SORTS, search_listings
from listings.sectors import SECTORS
from listings.states import CertificateStatus, ShelfStatus
from participants.permissions import require
from participants.queries import holding_organization

__all__ = ["catalogue_resource", "found", "notice", "notices", "search", "why"]

FACET_TITLES: dict[str, Any] = {"category": _("主体"), "stage": _("加工"), "grade": _("级别"), "sector": _("行业"), "sale": _("定价方式"),
                                "delivery": _("交付方式")}
SORT_TITLES: dict[str, Any] = {"relevance": _("最相关"), "newest": _("最新挂牌"), "price": _("价格由低到高"),
                               "price_desc": _("价格由高到低")}
ENUMS = {"category": DataCategory, "stage": ProcessingStage, "grade": DataGrade, "sale": SaleMode, "delivery": DeliveryMode}


@dataclass(frozen=True)
class Choice:
    """One value of a facet: its words, how many rows, the address that takes or leaves it."""

    label: str | Promise | tuple[str, str]
    count: int
    href: str
    taken: bool


def label_of(facet: str, value: str) -> str | Promise | tuple[str, str]:
    """This will say a facet's value in words."""
    if facet == "sector":
        return SECTORS.get(value, (value, value))
    try:
        return ENUMS[facet](value).label
    except ValueError:
        return value


def _facets(request: HttpRequest, counted: dict[str, list[tuple[str, int]]]) -> list[tuple[Any, list[Choice]]]:
    found = []
    for name, title in FACET_TITLES.items():
        taken = request.GET.getlist(name)
        values = dict(counted.get(name, ()))
        for one in taken:
            values.setdefault(one, 0)
        choices = []
        for value, number in values.items():
            kept = request.GET.copy()
            kept.pop("after", None)
            kept.setlist(name, [one for one in taken if one != value] if value in taken else [*taken, value])
            choices.append(Choice(label_of(name, value), number, f"?{kept.urlencode()}", value in taken))
        if choices:
            found.append((title, choices))
    return found


def _sorts(request: HttpRequest, current: str, asked: bool) -> list[tuple[Any, str, bool]]:
    rows = []
    for name in SORTS:
        if name == "relevance" and not asked:
            continue
        kept = request.GET.copy()
        kept.pop("after", None)
        kept["sort"] = name
        rows.append((SORT_TITLES[name], f"?{kept.urlencode()}", name == current))
    return rows


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """``/listings/``: what is on offer. Any two characters are found; facets narrow; pages go by key."""
    query = request.GET.get("q", "")
    after = request.GET.get("after", "")
    found = search_listings(query, facets={name: request.GET.getlist(name) for name in FACET_TITLES}, sort=request.GET.get("sort", ""),
                            after=after)
    further, first = request.GET.copy(), request.GET.copy()
    first.pop("after", None)
    if found.next:
        further["after"] = found.next
    return render(request, "listings/search.html", {
        "query": query, "found": found, "facets": _facets(request, found.facets), "sorts": _sorts(request, found.sort, bool(query)),
        "forth": f"?{further.urlencode()}" if found.next else "", "back": f"?{first.urlencode()}" if after else "",
        "kept": [(name, one) for name in FACET_TITLES for one in request.GET.getlist(name)],
        "also": [(kind, find_things(query, kind, limit=4)) for kind in Kind] if query and not after else [],
        "narrowed": any(request.GET.getlist(name) for name in FACET_TITLES), "clear": f"?{urlencode({'q': query})}" if query else "?",
    })


@require_safe
def found(request: HttpRequest) -> HttpResponse:
    """``/listings/found/``: what is public and no listing, by kind: open catalogues, organisations, declarations in force."""
    query, asked = request.GET.get("q", ""), request.GET.get("kind", "")
    kind = Kind(asked) if asked in Kind.values else Kind.RESOURCE
    things = find_things(query, kind, after=request.GET.get("after", ""))
    kept = request.GET.copy()
    kept["kind"] = kind
    first = kept.copy()
    first.pop("after", None)
    if things.next:
        kept["after"] = things.next
    return render(request, "listings/found.html", {
        "query": query, "kind": kind, "things": things, "forth": f"?{kept.urlencode()}" if things.next else "",
        "back": f"?{first.urlencode()}" if request.GET.get("after") else "",
        "kinds": [(one.label, f"?{urlencode({'q': query, 'kind': str(one)})}", one == kind) for one in Kind]})


@require_safe
def catalogue_resource(request: HttpRequest, code: str) -> HttpResponse:
    """``/listings/resources/<RES>/``: what an open catalogue says of a data set, where it is, and that it is not on sale here."""
    one = DataResource.objects.filter(code=code, organization=holding_organization(), status=ShelfStatus.ACTIVE).first()
    if one is None:
        raise Http404
    return render(request, "listings/catalogue_resource.html", {"resource": one, "details": one.details,
                                                                "ways": one.details.get("distributions", [])})


@require_safe
def why(request: HttpRequest, code: str) -> HttpResponse:
    """``/listings/<LST>/why/``: the facts behind the badges and the report, and every rule applied with its answer."""
    rows = Listing.objects.visible_to(request.user).filter(code=code, version__isnull=False)
    listing = rows.select_related("version", "organization", "product", "certificate__registration__deposit").first()
    if listing is None or listing.version is None:
        raise Http404
    at = MARKET_CLOCK.now()
    on = grounds_of(listing, listing.version, refusal=tradable(listing, at=at), at=at)
    run = listing.version.screenings.order_by("-at", "-id").first()
    asked = set(run.missing) if run else set()
    results = rules_applied(run) if run else []
    return render(request, "listings/why.html", {
        "holds": on.holds,
        "now": Rejected(on.refusal, listing=listing.code, organization=listing.organization.code) if on.refusal else None,
        "history": listing.version.screenings.order_by("-at", "-id")[:20], "judged_by": list_version_at(run.at) if run else None,
        "listing": listing, "version": listing.version, "run": run, "results": results, "badges": badges_of(on),
        "report": conformity(on), "layer": value_layer(listing.version, listing.product.kind), "at": at,
        "fired": [one for one in results if one.fired], "hinted": [one for one in results if not one.fired and one.term_hits],
        "asking": [one for one in results if one.fired is None and asked & facts_of(one.rule.when) and not one.term_hits],
        "silent": [one for one in results if not one.fired and not one.term_hits and not (one.fired is None and asked & facts_of(
            one.rule.when))],
    })


@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """``/listings/registrations/``: what is in public notice, until when."""
    return render(request, "listings/notices.html", {"rows": notices_public(user=request.user, at=MARKET_CLOCK.now())[:100]})


@require_http_methods(["GET", "HEAD", "POST"])
def notice(request: HttpRequest, code: str) -> HttpResponse:
    """``/listings/registrations/<REG>/``: one registration with its countdown; a signed-in person may object here."""
    registration = registration_by_code(code, user=request.user)
    if registration is None:
        raise Http404
    refused: Rejected | None = None
    form = ObjectionForm(request.POST if request.method == "POST" else None, request.FILES or None)
    if request.method == "POST":
        if not request.user.is_authenticated:
            return redirect(f"{_login()}?{urlencode({'next': request.path})}")
        require(request.actor, "listings.registration.object", at=MARKET_CLOCK.now())  # type: ignore[attr-defined]  # before any fault
        if form.is_valid():
            try:
                _object(request, registration, form.cleaned_data)
                return redirect(f"{request.path}?objected=1")
            except Rejected as fault:
                refused = fault
    at = MARKET_CLOCK.now()
    certificate = getattr(registration, "certificate", None)
    frozen = certificate is not None and certificate.status != CertificateStatus.VALID
    open_until = registration.notice_to if registration.status == "in_notice" else getattr(certificate, "objection_to", None)
    return render(request, "listings/notice.html", {
        "registration": registration, "certificate": certificate, "rights": registration.rights.select_related("product"),
        "objections": registration.objections.order_by("at"), "refused": refused, "form": form,
        "open_until": open_until if open_until and open_until > at and not frozen else None,
        "told": gettext("异议已受理，公示期已停止计算。申请人须在 10 个工作日内答复。") if request.GET.get("objected") else "",
    }, status=refused.status if refused else 400 if form.errors else 200)


def _object(request: HttpRequest, registration: Registration, good: dict[str, Any]) -> None:
    """The objection with its evidence, or neither."""
    actor = request.actor  # type: ignore[attr-defined]
    with transaction.atomic():
        held = deposit(good["evidence"], name=good["evidence"].name, owner=actor.organization or "system", at=MARKET_CLOCK.now())
        object_registration(registration=registration, grounds=good["grounds"], name=good["name"], claim=good["claim"], deposit=held,
                            actor=actor, clock=MARKET_CLOCK)


def _login() -> str:
    from django.conf import settings
    from django.shortcuts import resolve_url

    return resolve_url(settings.LOGIN_URL)
