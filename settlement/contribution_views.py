"""/desk/listings/<LST>/contribution/: reckon who contributed what, see it explained, propose an agreement by it; /desk/contributions/."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, BinaryIO, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import FieldFault, Rejected
from listings.models import Listing, ListingVersion, Part
from listings.share_costs import PERIOD_WORDS, bps, whole
from listings.states import VersionStatus
from participants.doors import actor_in
from participants.downloads import table_response
from participants.models import Organization
from participants.queries import organization as organization_by_code
from settlement.contributing import (
    coverage_inputs,
    measured_inputs,
    propose_by_contribution,
    reckon_contribution,
    sampled_seed,
    wanted_of,
    whole_table,
)
from settlement.models import Contribution

__all__ = ["contribution", "contribution_inputs", "contribution_of", "wanted"]

_SPARE = 3
#: A whole table of twenty parties by their numbers is 40 MiB.
MOST_BYTES = 64 << 20


def _unread(field: str, zh: str, en: str) -> Rejected:
    return Rejected("settlement.contribution.faulty", errors=[FieldFault(field, "unreadable", (zh, en))])


def _codes(text: str) -> list[str]:
    return [one.strip().upper() for one in text.replace("，", ",").replace("\n", ",").split(",") if one.strip()]


def _worths(text: str) -> list[list[Any]]:
    """Lines such as ``ORG-A, ORG-B = 812345``, or as the downloaded table has them: parties by semicolons, comma, number."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        left, _sign, right = line.replace("＝", "=").rpartition("=" if "=" in line.replace("＝", "=") else ",")
        if not (right.strip().isascii() and right.strip().isdigit() and len(right.strip()) <= 10):
            raise _unread("worths", f"第 {number} 行无法识别：应为“机构,机构 = 整数”",
                          f"Line {number}: “party, party = whole number” is expected")
        found.append([sorted(_codes(left.replace(";", ","))), int(right)])
    return found


def _version(request: HttpRequest, code: str) -> ListingVersion:
    listing = get_object_or_404(Listing, code=code, organization_id=actor_in(request).organization_id or 0)
    version = listing.versions.select_related("organization", "listing__product").order_by("-number").first()
    if version is None:
        raise Http404
    return version


def _inputs(request: HttpRequest, version: ListingVersion) -> dict[str, Any]:
    kind = request.POST.get("kind", "")
    if kind == "coverage":
        return coverage_inputs(version, request.POST.get("key", "").strip())
    if kind == "file":
        upload = request.FILES.get("file")
        if upload is None or upload.file is None:
            raise _unread("file", "请选择效用表文件", "Choose the file of utilities")
        if (upload.size or 0) > MOST_BYTES:
            raise _unread("file", f"文件不超过 {MOST_BYTES >> 20} MiB；组合可用各方的序号书写",
                          f"A file holds at most {MOST_BYTES >> 20} MiB; write the coalitions by the parties' numbers")
        return measured_inputs(cast("BinaryIO", upload.file), _codes(request.POST.get("parties", "")))
    worths = _worths(request.POST.get("worths", ""))
    if kind == "sampled":
        return {"kind": kind, "parties": sorted(_codes(request.POST.get("parties", ""))), "seed": sampled_seed(version),
                "orders": whole(request.POST.get("orders", ""), "orders"), "worths": worths}
    return {"kind": "utility", "worths": worths}


def _others(request: HttpRequest) -> list[tuple[Organization, str, int]]:
    rows = zip(*(request.POST.getlist(name) for name in ("party", "part", "percent")), strict=False)
    return [(organization_by_code(party.strip().upper()), part, bps(percent)) for party, part, percent in rows if party.strip()]


def _propose(request: HttpRequest, version: ListingVersion) -> None:
    one = get_object_or_404(Contribution, code=request.POST.get("contribution", ""), version=version)
    months = request.POST.get("period", "")
    propose_by_contribution(contribution=one, others=_others(request), period_months=whole(months, "period") if months else 0,
                            words=request.POST.get("words", ""), actor=actor_in(request), clock=MARKET_CLOCK)


@covers("G4", "R69", "R70")
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def contribution(request: HttpRequest, code: str) -> HttpResponse:
    """What was reckoned for a draft, the forms to reckon anew, and the proposal by it."""
    version, refused = _version(request, code), None
    if request.method == "POST":
        try:
            if request.POST.get("act") == "propose":
                _propose(request, version)
                messages.success(request, _("协议已提出，等各方签署"))
                return redirect("listings:share_agreements")
            reckon_contribution(version=version, inputs=_inputs(request, version), actor=actor_in(request), clock=MARKET_CLOCK)
            messages.success(request, _("已计算并存档"))
            return redirect("settlement:contribution", code)
        except Rejected as caught:
            refused = caught
    last = version.contributions.defer("inputs").order_by("-pk").first()
    return render(request, "settlement/contribution.html", {
        "version": version, "refused": refused, "one": last, "rows": rows_of(last) if last else [], "sent": request.POST,
        "editable": version.status == VersionStatus.DRAFT, "parts": [one for one in Part.choices if one[0] != Part.SOURCE],
        "periods": list(PERIOD_WORDS.items()), "spare": [(version.organization.code, ""), *[("", "")] * _SPARE],
        "earlier": version.contributions.defer("inputs").order_by("-pk")[1:6]}, status=refused.status if refused else 200)


def rows_of(one: Contribution) -> list[dict[str, Any]]:
    """This will lay a reckoning out party by party: value, what its absence would cost, Banzhaf's index, part of the whole."""
    parties = {each.code: each for each in Organization.objects.filter(code__in=one.values)}
    total = sum(one.weights.values())
    rows = [{"party": parties.get(code), "code": code, "value": value, "left_out": left, "banzhaf": index,
             "bps": one.weights.get(code, 0) * 10_000 // total, "about": f"{float(Fraction(value)):,.2f}" if "/" in value else ""}
            for code, (value, left, index) in one.values.items()]
    return sorted(rows, key=lambda row: (-row["bps"], row["code"]))


@covers("G4", "R69")
@login_required
@require_safe
def contribution_of(request: HttpRequest, code: str) -> HttpResponse:
    """A reckoning for whoever is asked to sign by it: values, method, bound, the hash of the inputs and how to reckon again."""
    one = get_object_or_404(Contribution.objects.visible_to(request.user).defer("inputs").select_related("version__listing"), code=code)
    return render(request, "settlement/contribution_of.html", {"one": one, "rows": rows_of(one)})


@covers("G4")
@login_required
@require_safe
def contribution_inputs(request: HttpRequest, code: str) -> HttpResponse:
    """The inputs as ``manage.py share`` reads them."""
    one = get_object_or_404(Contribution.objects.visible_to(request.user), code=code)
    return JsonResponse({"pot_fen": 10_000, "rule": "shapley", "reckoned": one.inputs}, json_dumps_params={"ensure_ascii": False})


@covers("G4")
@login_required
@require_safe
def wanted(request: HttpRequest, code: str) -> HttpResponse | StreamingHttpResponse:
    """The coalitions a model is to be measured on, as a table with an empty column for the utility."""
    version = _version(request, code)
    try:
        if request.GET.get("whole"):
            return table_response("coalitions", [_("组合"), _("效用")],
                                  ((group, "") for group in whole_table(_codes(request.GET.get("parties", "")))))
        orders = whole(request.GET.get("orders", ""), "orders")
        rows: Sequence[Sequence[str]] = wanted_of(version, _codes(request.GET.get("parties", "")), orders)
    except Rejected as refused:
        return HttpResponse(refused.text("detail", "zh"), status=refused.status, content_type="text/plain; charset=utf-8")
    return table_response("coalitions", [_("组合"), _("效用")], ((";".join(group), "") for group in rows))
