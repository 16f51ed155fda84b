"""The seller's pages of a listing: the list, the long form with its autosave, the file, the shares, submit, and the versions.

Every refusal is said in place, with the way to mend it. The form works without JavaScript; with it, each change saves by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from compliance.operations import draft_declaration
from compliance.queries import declaration_in_force
from compliance.rules.vocabulary import vocabulary
from evidence.clock import MARKET_CLOCK
from kit.numerals import whole
from kit.rejected import Rejected
from listings.anonymity import TEST, counts_as_personal
from listings.classifying import suggestion_of
from listings.completeness import SECTIONS, Missing, meter, missing_in
from listings.condition_views import tasks_of
from listings.content import changes_between
from listings.declaring import answers_for
from listings.depth import REASONS, depth_of
from listings.desk_views import actor, back, desk, mine
from listings.forms import ASKED, DraftForm
from listings.models import Condition, Listing, ListingVersion, Part
from listings.operations import (
    attach_file,
    delist,
    discard_version,
    draft_version,
    lift_hold,
    open_retest,
    publish_version,
    save_draft,
    set_contributors,
    submit_listing,
    suspend_listing,
    withdraw_version,
)
from listings.queries import tradable
from listings.reach import reach_of_version
from listings.redeclaring import material_changes
from listings.said import field_words, value_words
from listings.states import ListingStatus, ReviewStatus, VersionStatus
from listings.submitting import depth_facts, screen_version, valid_certificate
from participants.queries import organization as organization_by_code

Text = str | Promise

__all__ = ["act", "declare", "edit", "file", "latest_of", "listing_of", "mine_page", "shares", "submit", "versions"]

#: what the seller should know of each state: tone, next step, who acts.
_NEXT: dict[str, tuple[str, Text, Text]] = {
    VersionStatus.DRAFT: ("", _("补全后提交"), _("您")), VersionStatus.SUBMITTED: ("info", _("等待审核"), _("审核人")),
    VersionStatus.RETURNED: ("wait", _("修改后重新提交"), _("您")), VersionStatus.APPROVED: ("info", _("等待发布"), _("系统")),
    VersionStatus.PUBLISHED: ("ok", _("在售，无需处理"), ""), VersionStatus.REFUSED: ("bad", _("查看理由，修改后可再提交"), _("您")),
    VersionStatus.WITHDRAWN: ("", _("可新建一版"), _("您")), VersionStatus.SUPERSEDED: ("", _("已被新版取代"), ""),
    VersionStatus.DISCARDED: ("", _("可新建一版"), _("您")),
}
#: On the way to the floor, what waits for the seller comes before what waits for the desk.
_BEFORE_SALE = (VersionStatus.SUBMITTED, VersionStatus.APPROVED)
_CONDITIONS: tuple[str, Text, Text] = ("wait", _("提交限制性条件的凭据"), _("您"))


def listing_of(request: HttpRequest, code: str) -> Listing:
    """This will return one's own listing by code; anybody else's is absent."""
    rows = Listing.objects.filter(organization=mine(request)).select_related("product", "organization__venue", "venue", "version",
        "certificate")
    found: Listing = get_object_or_404(rows, code=code)
    return found


def latest_of(listing: Listing) -> ListingVersion:
    """This will return the newest version of a listing, whatever its state."""
    rows = listing.versions.select_related("listing__product", "listing__venue", "organization__venue", "certificate", "deposit")
    version: ListingVersion | None = rows.order_by("-number").first()
    if version is None:
        raise Http404
    return version


@require_safe
@desk
def mine_page(request: HttpRequest) -> HttpResponse:
    """``/desk/listings/``: what is missing, where does review stand, what is on sale."""
    rows = []
    listings = Listing.objects.filter(organization=mine(request)).select_related("product", "version").order_by("-id")
    unproven = set(Condition.objects.visible_to(request.user).filter(version__status__in=_BEFORE_SALE, status__in=["open", "returned"])
                   .values_list("version", flat=True))
    for listing in listings.prefetch_related("holds", "versions")[:200]:
        latest = max(listing.versions.all(), key=lambda one: one.number)
        done, asked = meter(latest)
        tone, following, who = _CONDITIONS if latest.pk in unproven else _NEXT[latest.status]
        if listing.status == ListingStatus.SUSPENDED:
            tone, following, who = "held", _("处理停牌原因"), _("您")
        elif listing.status == ListingStatus.DELISTED:
            tone, following, who = "", _("已摘牌"), ""
        rows.append({"listing": listing, "latest": latest, "percent": 100 * done // asked, "tone": tone, "next": following,
                     "who": who, "holds": [hold for hold in listing.holds.all() if hold.lifted_at is None]})
    return render(request, "listings/mine.html", {"rows": rows})


# ---- the long form ---------------------------------------------------------------------------------------------------------

@require_http_methods(["GET", "HEAD", "POST"])
@desk
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """``/desk/listings/<LST>/edit/``: the long form. A post saves what is good and shows each fault at its field."""
    listing = listing_of(request, code)
    version = latest_of(listing)
    if request.method != "POST":
        return _page(request, listing, version, DraftForm.of(version))
    form = DraftForm.of(version, request.POST)
    sent = request.POST.get("edit_version", "")
    refused: Rejected | None = None
    try:
        if not (sent.isascii() and sent.isdigit() and len(sent) < 10):
            raise Rejected("listings.version.stale", sent=0, held=version.edit_version, listing=code)
        if form.is_valid():
            version = save_draft(version=version, edit_version=int(sent), changes=form.changes(), actor=actor(request), clock=MARKET_CLOCK)
    except Rejected as caught:
        refused = caught
        form.show(caught)
    status = refused.status if refused else 400 if form.errors else 200
    opened = {"edit_version": sent} if refused else {}  # a stale form keeps its number: it stays stale until the newest is opened
    if request.headers.get("HX-Request"):
        return render(request, "listings/_saved.html", _facts(version) | {"form": form, "refused": refused, "listing": listing} | opened,
                      status=status)
    if status == 200:
        messages.success(request, gettext("草稿已保存"))
        return redirect("listings:edit", code=code)
    return _page(request, listing, version, form, refused=refused, status=status, **opened)


def _facts(version: ListingVersion) -> dict[str, Any]:
    """The parts of the page that follow each save: meter, what is missing by section, when it was saved."""
    missing = missing_in(version)
    done, asked = meter(version)
    by_section: dict[str, list[Missing]] = {}
    for one in missing:
        by_section.setdefault(one.section, []).append(one)
    return {"version": version, "percent": 100 * done // asked, "done": done, "asked": asked, "missing": missing, "by_section": by_section,
            "edit_version": version.edit_version}


def _page(request: HttpRequest, listing: Listing, version: ListingVersion, form: DraftForm, *, refused: Rejected | None = None,
          status: int = 200, **further: Any) -> HttpResponse:
    at = MARKET_CLOCK.now()
    facts = _facts(version)
    editable = version.status == VersionStatus.DRAFT
    tasks = tasks_of(version, at=at)
    personal = counts_as_personal(version)
    waits = version.status in _BEFORE_SALE and any(one.tone == "wait" for one in tasks)
    tone, following, who = _CONDITIONS if waits else _NEXT[version.status]
    return render(request, "listings/edit.html", {
        **facts, **_proofs(version, at), **_foresight(version, at), "listing": listing, "form": form, "refused": refused,
        "suggestion": suggestion_of(version),
        "editable": editable, "tasks": tasks, "personal": personal,
        "may_retest": personal and editable and version.file_sha256 and not any(one.one.condition == TEST and one.open_to_seller
                                                                               for one in tasks),
        "tone": tone, "next": following, "who": who,
        "sections": [{"anchor": anchor, "title": title, "missing": facts["by_section"].get(anchor, [])} for anchor,
                     title in SECTIONS.items()],
        "fact_fields": [form[f"fact_{kind.name}"] for kind in ASKED], "parts": Part.choices,
        "shares": list(version.contributors.select_related("organization").order_by("-weight", "organization__code")),
        "rows": [dict(zip([one["name"] for one in version.columns], row, strict=False)) for row in version.sample],
        "holds": list(listing.holds.filter(lifted_at__isnull=True)), "may_trade": tradable(listing, at=at) == "", **further,
    }, status=status)


def _proofs(version: ListingVersion, at: datetime) -> dict[str, Any]:
    """What submit asks for outside the form."""
    changed = material_changes(version.listing.version, version) if version.pk != version.listing.version_id else []
    since = version.updated_at if changed else version.listing.declare_since
    return {"certificate": version.certificate or valid_certificate(version, at=at), "changed": changed,
            "declaration": declaration_in_force(version.organization, version.listing.code, at, since=since)}


def _foresight(version: ListingVersion, at: datetime) -> dict[str, Any]:
    """What the list in force would say of the draft as it stands, and how deep its review would be: never a promise."""
    if version.status != VersionStatus.DRAFT:
        rows = version.reviews.filter(status__in=[ReviewStatus.DECIDED, ReviewStatus.WAITING, ReviewStatus.ASSIGNED])
        return {"depth": version.depth, "depth_reasons": [REASONS[one] for one in version.depth_reasons if one in REASONS],
                "reviews": list(rows.order_by("order", "id")), "answer": None}
    answer = screen_version(version, at=at)
    depth, reasons = depth_of(depth_facts(version, answer, at=at))
    facts = vocabulary().facts
    reach = reach_of_version(version) if version.stage and version.grade else None
    return {"answer": answer, "reach": reach, "fired": answer.fired, "suspicions": answer.suspicions,
            "depth": depth if version.category else "",
            "unanswered": [(f"id_fact_{name}", facts[name].text) for name in answer.missing],
            "depth_reasons": [REASONS[one] for one in reasons],
            "reviews": []}


@require_POST
@desk
def retest(request: HttpRequest, code: str) -> HttpResponse:
    """``/desk/listings/<LST>/retest/``: a row for the test of a draft's own file, while the product counts as personal."""
    listing = listing_of(request, code)
    return back(request, f"/desk/listings/{code}/edit/#conditions", lambda: open_retest(
        version=latest_of(listing), actor=actor(request), clock=MARKET_CLOCK), gettext("请提交对这份文件的重新识别测试报告"))


@require_POST
@desk
def file(request: HttpRequest, code: str) -> HttpResponse:
    """The data file: streamed in, hashed, profiled; a faulty one is refused with its line."""
    listing = listing_of(request, code)
    version, upload = latest_of(listing), request.FILES.get("file")
    if upload is None:
        messages.error(request, gettext("请选择文件"))
        return redirect("listings:edit", code=code)
    try:
        attach_file(version=version, stream=upload, name=upload.name or "data.csv", actor=actor(request), clock=MARKET_CLOCK)
    except Rejected as refused:
        return _page(request, listing, latest_of(listing), DraftForm.of(version), refused=refused, status=refused.status)
    messages.success(request, gettext("文件已存证并完成画像"))
    return redirect(f"{request.path.removesuffix('file/')}edit/#file")


@require_POST
@desk
def shares(request: HttpRequest, code: str) -> HttpResponse:
    """Who shares in the proceeds: one line per party, code and weight."""
    listing = listing_of(request, code)
    version = latest_of(listing)
    try:
        weights = {}
        for name, weight in zip(request.POST.getlist("party"), request.POST.getlist("weight"), strict=False):
            if name.strip():
                party = organization_by_code(name.strip().upper())
                weights[party] = whole(weight, digits=11) or 0
        set_contributors(version=version, weights=weights, actor=actor(request), clock=MARKET_CLOCK)
    except Rejected as refused:
        return _page(request, listing, latest_of(listing), DraftForm.of(version), refused=refused, status=refused.status)
    messages.success(request, gettext("分配权重已保存"))
    return redirect(f"{request.path.removesuffix('shares/')}edit/#shares")


@require_POST
@desk
def submit(request: HttpRequest, code: str) -> HttpResponse:
    """Submit: where something stands in the way, the form comes back with every obstacle at its place."""
    listing = listing_of(request, code)
    version = latest_of(listing)
    sent = request.POST.get("edit_version", "")
    try:
        submitted = submit_listing(version=version,
                                   edit_version=whole(sent, digits=9),
                                   actor=actor(request), clock=MARKET_CLOCK)
    except Rejected as refused:
        form = DraftForm.of(version, _as_data(version))
        form.is_valid()
        form.show(refused)
        return _page(request, listing, latest_of(listing), form, refused=refused, status=refused.status)
    said = {VersionStatus.PUBLISHED: gettext("已通过绿色通道并挂牌")}.get(VersionStatus(submitted.status), gettext("已提交审核"))
    messages.success(request, said)
    return redirect("listings:edit", code=code)


def _as_data(version: ListingVersion) -> dict[str, Any]:
    """A draft as if the form had sent it, so that an operation's faults can stand beside the fields."""
    blank = DraftForm.of(version)
    return {name: value for name in blank.fields if (value := blank[name].value()) not in (None, False)}


@require_POST
@desk
def declare(request: HttpRequest, code: str) -> HttpResponse:
    """Begins this product's own declaration: what was answered before and what the draft already says is filled in."""
    version = latest_of(listing_of(request, code))
    made = draft_declaration(organization=version.organization, answers=answers_for(version), subject=code, actor=actor(request),
                             clock=MARKET_CLOCK)
    return redirect("compliance:declaration", made.code)


# ---- one's own acts --------------------------------------------------------------------------------------------------------

@require_POST
@desk
def act(request: HttpRequest, code: str, word: str) -> HttpResponse:
    """One act on one's own listing: a new version, discard, withdraw, publish, suspend, resume, delist."""
    listing = listing_of(request, code)
    by: dict[str, Any] = {"actor": actor(request), "clock": MARKET_CLOCK}
    reason = request.POST.get("reason", "")
    acts: dict[str, tuple[Callable[[], Any], str]] = {
        "revise": (lambda: draft_version(listing=listing, **by), gettext("已新建一版草稿")),
        "discard": (lambda: discard_version(version=latest_of(listing), **by), gettext("草稿已放弃")),
        "withdraw": (lambda: withdraw_version(version=latest_of(listing), **by), gettext("已撤回")),
        "publish": (lambda: publish_version(version=latest_of(listing), **by), gettext("已发布")),
        "suspend": (lambda: suspend_listing(listing=listing, reason=(reason, reason), **by), gettext("已停牌")),
        "resume": (lambda: _resume(request, listing), gettext("已恢复")),
        "delist": (lambda: delist(listing=listing, reason=reason, **by), gettext("已摘牌")),
    }
    to = request.path.removesuffix(f"{word}/") + "edit/"
    return back(request, to, *acts[word])


def _resume(request: HttpRequest, listing: Listing) -> None:
    """Lifts what the seller himself ordered; other sides' holds stay theirs."""
    at = MARKET_CLOCK.now()
    own = list(listing.holds.filter(lifted_at__isnull=True, ordered_as="seller"))
    if not own:
        first = listing.holds.filter(lifted_at__isnull=True).first()
        raise Rejected("listings.hold.not_yours", ordered_as=first.ordered_as if first else "-")
    for hold in own:
        lift_hold(hold=hold, actor=actor(request), at=at)


# ---- versions --------------------------------------------------------------------------------------------------------------

@require_safe
@desk
def versions(request: HttpRequest, code: str) -> HttpResponse:
    """``/desk/listings/<LST>/versions/``: all versions, and what differs between two of them."""
    listing = listing_of(request, code)
    rows = list(listing.versions.select_related("listing__product", "organization", "certificate").order_by("-number"))
    by_number = {str(one.number): one for one in rows}
    after = by_number.get(request.GET.get("after", ""), rows[0])
    before = by_number.get(request.GET.get("before", "")) or next((one for one in rows if one.number < after.number), None)
    changes = [{"change": one, "name": field_words(one.field), "before": value_words(one.field, one.before),
                "after": value_words(one.field, one.after)}
               for one in changes_between(before, after)] if before else []
    return render(request, "listings/versions.html", {"listing": listing, "rows": rows, "before": before, "after": after,
                                                      "changes": changes})
