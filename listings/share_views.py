"""Share agreements at the desk: a seller proposes, answers, takes back; a party signs or disputes (R9, R71)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.money import yuan
from kit.rejected import Rejected
from listings.desk_views import PAGE, actor, back, desk
from listings.models import Listing, ListingVersion, Part, ShareAgreement, ShareParty
from listings.operations import answer_share_dispute, dispute_shares, propose_shares, sign_shares, withdraw_shares
from listings.share_costs import PERIOD_WORDS, bps, cost_fields, cost_sentence, cost_typed, fen, whole
from listings.share_terms import SHORTAGES
from listings.sharing import Line, creators_least
from listings.states import ShareStatus, VersionStatus
from participants.doors import page
from participants.queries import organization as organization_by_code

__all__ = ["agreement_act", "agreements", "propose"]

_TONES = {ShareStatus.PROPOSED: "wait", ShareStatus.DISPUTED: "bad", ShareStatus.ANSWERED: "wait", ShareStatus.IN_FORCE: "ok"}
_RULES = {"proportional": ("按比例", "in proportion"), "talmud": ("塔木德规则", "the Talmud's rule"), "cea": ("等额受偿", "equal awards"),
          "cel": ("等额损失", "equal losses")}
_COST = ("成本加成", "Cost plus")
_KINDS = {"fixed": ("每笔固定", "Fixed for every trade"), "royalty": ("分档提成", "Royalty by tiers"), "milestone": ("里程碑", "Milestone")}
#: Lines of a proposal shown beyond those that stand, and lines of what is due first.
_SPARE, _FIRST = 3, 3


def _due_text(row: dict[str, Any]) -> tuple[str, str]:
    """What is due first, as a sentence in both languages."""
    if row["kind"] == "cost_plus":
        return cost_sentence(row)
    if row["kind"] == "fixed":
        return f"每笔成交固定 {yuan(row['fen'])}", f"{yuan(row['fen'])} of every trade"
    if row["kind"] == "milestone":
        return (f"累计分配达到 {yuan(row['at_fen'])} 时一次付 {yuan(row['fen'])}",
                f"{yuan(row['fen'])} once {yuan(row['at_fen'])} have come in")
    zh = "；".join(f"{'以上' if end is None else f'至 {yuan(end)}'} {bps / 100:g}%" for end, bps in row["tiers"])
    en = "; ".join(f"{'beyond' if end is None else f'up to {yuan(end)}'} {bps / 100:g}%" for end, bps in row["tiers"])
    return f"提成：{zh}", f"Royalty: {en}"


def _seat(one: ShareAgreement, ours: int) -> dict[str, Any]:
    """An agreement as one of its parties sees it: the lines, what is due first, whose turn it is, and what this organisation may do."""
    lines = list(one.parties.all())
    own = one.version.organization_id == ours
    mine = [line for line in lines if line.organization_id == ours]
    whole = sum(line.weight for line in lines)
    status, draft = ShareStatus(one.status), one.version.status == VersionStatus.DRAFT
    names = {line.party: line.organization for line in lines}
    unsigned = any(line.signed_at is None for line in mine)
    return {
        "one": one, "lines": [(line, line.weight * 10_000 // whole if whole else 0) for line in lines], "own": own,
        "tone": _TONES.get(status, ""),
        "first": [(names.get(row["party"]), _KINDS.get(row["kind"], _COST), _due_text(row)) for row in one.first],
        "shortage": _RULES[one.shortage], "period": PERIOD_WORDS[str(one.rest.get("period_months", ""))],
        "disputes": list(one.disputes.all()), "links": [Part(link).label for link in one.links],
        "waits": [line.organization for line in lines if line.signed_at is None],
        "signs": draft and unsigned and status in {ShareStatus.PROPOSED, ShareStatus.ANSWERED},
        "objects": draft and not own and bool(mine) and status in {ShareStatus.PROPOSED, ShareStatus.ANSWERED},
        "answers": own and status == ShareStatus.DISPUTED,
        "withdraws": own and status in {ShareStatus.PROPOSED, ShareStatus.DISPUTED, ShareStatus.ANSWERED},
    }


def _rows(request: HttpRequest) -> Any:
    lines = ShareParty.objects.select_related("organization").order_by("number")
    rows = ShareAgreement.objects.visible_to(request.user).select_related("version__listing", "version__organization", "replaces")
    return rows.prefetch_related(Prefetch("parties", lines), "disputes__agreement").order_by("-pk")


@covers("R9", "R69", "R71")
@require_safe
@page("listings.share.see")
def agreements(request: HttpRequest) -> HttpResponse:
    """What we proposed and what we are asked to sign: text, signatures, disputes, and what we may do now."""
    before = request.GET.get("before", "")
    rows = _rows(request)
    if before.isascii() and before.isdigit() and len(before) < 16:
        rows = rows.filter(pk__lt=int(before))
    shown = list(rows[: PAGE + 1])
    ours = actor(request).organization_id or 0
    return render(request, "listings/share_agreements.html", {
        "rows": [_seat(one, ours) for one in shown[:PAGE]], "older": shown[PAGE - 1].pk if len(shown) > PAGE else None})


@require_POST
@page("listings.share.see")
def agreement_act(request: HttpRequest, code: str, act: str) -> HttpResponse:
    """Signs the text shown, disputes it, answers a dispute, or takes the proposal back."""
    one = get_object_or_404(_rows(request), code=code)
    by: dict[str, Any] = {"agreement": one, "actor": actor(request), "clock": MARKET_CLOCK}
    text = request.POST.get("text", "")
    acts = {
        "sign": (lambda: sign_shares(content_hash=request.POST.get("content_hash", ""), **by), gettext("已签署")),
        "dispute": (lambda: dispute_shares(text=text, counter=_counter(request), **by), gettext("异议已提出，由卖方答复或修改")),
        "answer": (lambda: answer_share_dispute(text=text, **by), gettext("已答复，等对方签署")),
        "withdraw": (lambda: withdraw_shares(**by), gettext("协议已撤回")),
    }
    done, said = acts[act]
    return back(request, f"/desk/share-agreements/#{code}", done, said)


def _counter(request: HttpRequest) -> dict[str, int]:
    rows = zip(request.POST.getlist("party"), request.POST.getlist("weight"), strict=False)
    return {party: whole(weight, "counter") for party, weight in rows if weight.strip()}


_COLUMNS = ("due_party", "due_kind", "due_fen", "due_at", "due_rate", "due_beyond")


def _amount(fen: int | None) -> str:
    """An amount as it is typed."""
    return "" if fen is None else f"{fen // 100}.{fen % 100:02d}"


def _typed(row: dict[str, Any]) -> tuple[str, ...]:
    """What is due first, as it would be typed into the form; a royalty of more than two tiers shows its last two."""
    if row["kind"] != "royalty":
        return row["party"], row["kind"], _amount(row["fen"]), _amount(row.get("at_fen")), "", ""
    (limit, rate), (_end, beyond) = ([[None, 0], *row["tiers"]])[-2:]
    rates = (f"{rate / 100:g}", f"{beyond / 100:g}") if limit is not None else (f"{beyond / 100:g}", "")
    return row["party"], "royalty", "", _amount(limit), *rates


def _firsts(request: HttpRequest, last: ShareAgreement | None) -> list[tuple[str, ...]]:
    """The lines of what is due first as sent, else as they stand, and empty ones to fill."""
    if request.method == "POST":
        return list(zip(*(request.POST.getlist(name) for name in _COLUMNS), strict=False))
    standing = [_typed(row) for row in last.first if row["kind"] != "cost_plus"] if last is not None else []
    return [*standing, *[("",) * len(_COLUMNS)] * max(1, _FIRST - len(standing))]


def _first(request: HttpRequest) -> list[dict[str, Any]]:
    """What is due first, line by line: a royalty of two tiers has its limit and both rates, others an amount."""
    found: list[dict[str, Any]] = []
    columns = [request.POST.getlist(name) for name in _COLUMNS]
    for party, kind, amount, at_fen, rate, beyond in zip(*columns, strict=False):
        party = party.strip().upper()
        if not party:
            continue
        if kind == "royalty":
            tiers: list[list[int | None]] = [[fen(at_fen), bps(rate)]] if at_fen.strip() else []
            found.append({"kind": kind, "party": party, "tiers": [*tiers, [None, bps(beyond if at_fen.strip() else rate)]]})
        else:
            found.append({"kind": kind, "party": party, "fen": fen(amount)} | ({"at_fen": fen(at_fen)} if kind == "milestone" else {}))
    return found + cost_typed(request.POST.dict())


def _rest(request: HttpRequest) -> dict[str, Any]:
    """How the rest goes: with every trade, or once a period of so many months."""
    months = request.POST.get("period", "")
    return {"period_months": whole(months, "rest")} if months else {}


def _lines(request: HttpRequest) -> list[Line]:
    rows = zip(request.POST.getlist("party"), request.POST.getlist("part"), request.POST.getlist("weight"), strict=False)
    return [Line(organization_by_code(party.strip().upper()), part, whole(weight or "0", "weight")) for party, part, weight in rows
            if party.strip()]


@covers("R9", "R71", "R72", "R73")
@require_http_methods(["GET", "HEAD", "POST"])
@desk
def propose(request: HttpRequest, code: str) -> HttpResponse:
    """``/desk/listings/<LST>/agreement/``: who gets what, link by link; sent to every party to sign."""
    listing = get_object_or_404(Listing, code=code, organization_id=actor(request).organization_id or 0)
    version = listing.versions.select_related("organization").order_by("-number").first()
    refused: Rejected | None = None
    if request.method == "POST" and version is not None:
        try:
            propose_shares(version=version, lines=_lines(request), links=request.POST.getlist("links"), first=_first(request),
                           rest=_rest(request), shortage=request.POST.get("shortage", "proportional"), words=request.POST.get("words", ""),
                           actor=actor(request), clock=MARKET_CLOCK)
            messages.success(request, gettext("协议已提出，等各方签署"))
            return redirect("listings:share_agreements")
        except Rejected as caught:
            refused = caught
    return render(request, "listings/share_proposal.html", _form(request, listing, version, refused),
                  status=refused.status if refused else 200)


def _form(request: HttpRequest, listing: Listing, version: ListingVersion | None, refused: Rejected | None) -> dict[str, Any]:
    """The form as it was sent, else as the last agreement or the version's contributors stand."""
    last = ShareAgreement.objects.filter(version__listing=listing).order_by("-number").first()
    if request.method == "POST":
        lines = list(zip(*(request.POST.getlist(name) for name in ("party", "part", "weight")), strict=False))
    elif last is not None and last.version_id == getattr(version, "pk", None):
        lines = [(line.party, line.part, str(line.weight)) for line in last.parties.order_by("number")]
    else:
        rows = version.contributors.select_related("organization").order_by("-weight") if version is not None else []
        lines = [(row.organization.code, row.part, str(row.weight)) for row in rows]
    dispute = last.disputes.filter(answered_at__isnull=True).first() if last is not None else None
    return {
        "listing": listing, "version": version, "refused": refused, "parts": Part.choices, "kinds": list(_KINDS.items()),
        "dispute": dispute,
        "lines": [*lines, *[("", "processing", "")] * _SPARE], "firsts": _firsts(request, last), "last": last,
        "links": request.POST.getlist("links") if request.method == "POST" else (last.links if last is not None else []),
        "cost": cost_fields(request.POST.dict() if request.method == "POST" else None, last.first if last is not None else []),
        "public": version is not None and version.authorisation_id is not None, "periods": list(PERIOD_WORDS.items()),
        "period": request.POST.get("period", "") if request.method == "POST" else str((last.rest if last else {}).get("period_months", "")),
        "chosen": request.POST.get("shortage", "") if request.method == "POST" else (last.shortage if last else ""),
        "least": f"{creators_least(version, MARKET_CLOCK.now()) / 100:g}%" if version is not None else "",
        "rules": [(rule, _RULES[rule]) for rule in SHORTAGES], "editable": version is not None and version.status == VersionStatus.DRAFT}
