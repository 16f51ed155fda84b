"""The supply desk: resources, rights and registrations of one's own organisation. Each page translates, calls one operation, answers."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from compliance.taxonomy import Right
from evidence.clock import MARKET_CLOCK
from evidence.files import deposit
from evidence.models import Deposit
from kit.actors import Actor
from kit.rejected import Rejected
from listings.catalogues import Unreadable
from listings.forms import GrantForm, ProductForm, RegistrationForm, RightForm
from listings.kinds import NEEDED, PROCEDURES, missing_of
from listings.lineage import traced
from listings.models import DataProduct, DataResource, PropertyRight, Registration, RegistrationObjection
from listings.operations import (
    Imported,
    apply_registration,
    attach_proof,
    create_product,
    declare_right,
    draft_registration,
    edit_resource,
    grant_right,
    import_file,
    lift_right,
    open_listing,
    read_file,
    reply_objection,
    revoke_right,
    suspend_right,
    unread,
    withdraw_registration,
)
from listings.queries import rights_graph
from listings.states import RegistrationStatus, ShelfStatus
from participants.actors import actor_of
from participants.models import Organization
from participants.permissions import require
from participants.queries import organization as organization_by_code
from participants.views.papers import day_end

__all__ = ["PAGE", "actor", "back", "desk", "import_rows", "kept_proof", "mine", "registration_act", "registrations", "resource",
           "resource_product", "resources", "right_act", "rights"]

PAGE = 50
#: The largest catalogue brought in by a form, packed or unpacked; larger ones go by the command.
_UPLOAD = 16 * 1024 * 1024
#: How many lines of a report are shown of each kind.
_SHOWN = 200
View = Callable[..., HttpResponse]


def actor(request: HttpRequest) -> Actor:
    """This will name who acts on this request."""
    return actor_of(request.user)  # type: ignore[arg-type]


def desk(view: View) -> View:
    """This will open a page to members of supplying organisations; a visitor is led to the sign-in, others are refused."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
        require(actor(request), "listings.desk.see", at=MARKET_CLOCK.now())
        return view(request, *args, **named)

    guarded.permission = "listings.desk.see"  # type: ignore[attr-defined]  # the rail opens no door that this would shut
    return guarded


def mine(request: HttpRequest) -> Organization:
    """This will return the organisation the person acts for by a membership in force."""
    return get_object_or_404(Organization, pk=actor(request).organization_id or 0)


def back(request: HttpRequest, to: str, act: Callable[[], Any], said: str) -> HttpResponse:
    """This will do an act and lead back with its word; a refusal is said on the page it came from."""
    try:
        act()
    except Rejected as refused:
        keep_refusal(request, refused)
        return redirect(to)
    messages.success(request, said)
    return redirect(to)


def keep_refusal(request: HttpRequest, refused: Rejected) -> None:
    """This will carry a refusal over a redirect, in the page's words, with its faults."""
    language = "zh" if request.LANGUAGE_CODE.startswith("zh") else "en"  # type: ignore[attr-defined]
    parts = [refused.text("title", language), refused.text("detail", language),
             *(fault.text[0 if language == "zh" else 1] for fault in refused.errors), refused.text("next_step", language)]
    messages.error(request, " ".join(part for part in parts if part) + f" ({refused.code})")


# ---- resources -------------------------------------------------------------------------------------------------------------

@require_safe
@desk
def resources(request: HttpRequest) -> HttpResponse:
    """``/desk/resources/``: what do we hold, what is missing; import, mend, make a product."""
    rows = DataResource.objects.visible_to(request.user).filter(status=ShelfStatus.ACTIVE)
    query = request.GET.get("q", "").strip()[:100]
    if query:
        rows = rows.filter(Q(title__icontains=query) | Q(provider__icontains=query) | Q(code__iexact=query))
    if request.GET.get("missing"):
        rows = rows.exclude(missing=[])
    if (after := request.GET.get("after", "")).isascii() and after.isdigit() and len(after) < 16:
        rows = rows.filter(pk__lt=int(after))
    page = list(rows.order_by("-pk").prefetch_related("products")[: PAGE + 1])
    kept = request.GET.copy()
    if len(page) > PAGE:
        kept["after"] = str(page[PAGE - 1].pk)
    return render(request, "listings/resources.html", {
        "rows": page[:PAGE], "query": query, "only_missing": bool(request.GET.get("missing")),
        "forth": f"?{kept.urlencode()}" if len(page) > PAGE else "", "form": ProductForm(), "seller": mine(request)})


@require_POST
@desk
def import_rows(request: HttpRequest) -> HttpResponse:
    """A catalogue file brought in from the desk; the report is shown, row by row where something is wrong."""
    report, upload = Imported(), request.FILES.get("catalogue")
    if upload is None or upload.size is None or upload.size > _UPLOAD:
        messages.error(request, gettext("请选择一个不超过 16 MB 的目录文件"))
        return redirect("listings:resources")
    name = upload.name or "catalogue"
    try:
        import_file(file=read_file(name, upload.read(), cap=_UPLOAD), organization=mine(request), into=report, actor=actor(request),
                    clock=MARKET_CLOCK)
    except Unreadable as fault:
        report.refused.append(unread(name, fault))
    return render(request, "listings/import_report.html", {
        "report": report, "file_name": name, "refused": report.refused[:_SHOWN], "warnings": report.warnings[:_SHOWN],
        "unseen": max(0, len(report.refused) - _SHOWN) + max(0, len(report.warnings) - _SHOWN)}, status=422 if report.refused else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def resource(request: HttpRequest, code: str) -> HttpResponse:
    """``/desk/resources/<RES>/``: mend what the import left open."""
    one = get_object_or_404(DataResource.objects.visible_to(request.user), code=code)
    if request.method == "POST":
        changes = {name: request.POST[name] for name in ("title", "description", "provider", "theme", "keywords") if name in request.POST}
        return back(request, request.path, lambda: edit_resource(resource=one, changes=changes, actor=actor(request), clock=MARKET_CLOCK),
                    gettext("已保存"))
    return render(request, "listings/resource.html", {"resource": one, "products": one.products.all(),
                                                      "form": ProductForm(initial={"title_zh": one.title[:200]})})


@require_POST
@desk
def resource_product(request: HttpRequest, code: str = "") -> HttpResponse:
    """Makes a product (of a resource, or from scratch) and opens its listing's first draft."""
    source = get_object_or_404(DataResource.objects.visible_to(request.user), code=code) if code else None
    form = ProductForm(request.POST)
    if not form.is_valid():
        messages.error(request, gettext("产品须有名称与形态"))
        return redirect("listings:resources")
    by: dict[str, Any] = {"actor": actor(request), "clock": MARKET_CLOCK}
    try:
        product = create_product(organization=mine(request), resource=source, **form.cleaned_data, **by)
        version = open_listing(product=product, **by)
    except Rejected as refused:
        keep_refusal(request, refused)
        return redirect("listings:resources")
    messages.success(request, gettext("产品已建立，请填写挂牌草稿"))
    return redirect("listings:edit", code=version.listing.code)


# ---- rights ----------------------------------------------------------------------------------------------------------------

_RIGHTS = (Right.HOLD, Right.USE, Right.OPERATE)


def _by_product(owner: Organization) -> list[tuple[DataProduct, list[tuple[PropertyRight, int, bool]]]]:
    """The rights tree under its products: hold, use, operate, each with what was granted from it and whether it is our own."""
    trees: list[list[tuple[PropertyRight, int, bool]]] = []
    for right, level in rights_graph(owner):
        if not level:
            trees.append([])
        trees[-1].append((right, level, right.organization_id == owner.pk))
    trees.sort(key=lambda tree: (tree[0][0].product_id, _RIGHTS.index(Right(tree[0][0].right))))
    by_key: dict[int, tuple[DataProduct, list[tuple[PropertyRight, int, bool]]]] = {}
    for tree in trees:
        by_key.setdefault(tree[0][0].product_id, (tree[0][0].product, []))[1].extend(tree)
    return list(by_key.values())


def _declare(request: HttpRequest, good: dict[str, Any]) -> None:
    """The right with its deed, or neither."""
    by: dict[str, Any] = {"actor": actor(request), "clock": MARKET_CLOCK}
    with transaction.atomic():
        declare_right(product=good["product"], right=good["right"], origin=good["origin"], purposes=good["purposes"],
                      territory=good["territory"], sublicence_depth=min(good["sublicence_depth"] or 0, 9),
                      origin_note=good["origin_note"], scope_note=good["scope_note"], effective_to=day_end(good["effective_to"]),
                      proof=kept_proof(request), **by)


def kept_proof(request: HttpRequest) -> Deposit | None:
    """This will deposit the file of the field ``proof`` for the person's organisation; None where none was sent."""
    upload = request.FILES.get("proof")
    if upload is None:
        return None
    return deposit(upload, name=upload.name or "proof", owner=mine(request).code, at=MARKET_CLOCK.now())


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def rights(request: HttpRequest) -> HttpResponse:
    """``/desk/rights/``: by which right do we hold what, and what did we grant on."""
    owner = mine(request)
    products = DataProduct.objects.filter(Q(organization=owner) | Q(rights__organization=owner)).distinct()
    form = RightForm(request.POST if request.method == "POST" else None, request.FILES or None,
                     products=products.filter(organization=owner))
    refused: Rejected | None = None
    if request.method == "POST" and form.is_valid():
        try:
            _declare(request, form.cleaned_data)
        except Rejected as caught:
            refused = caught
        else:
            messages.success(request, gettext("权利已声明"))
            return redirect("listings:rights")
    groups = _by_product(owner)
    own = (right for _product, rows in groups for right, _level, ours in rows if ours and right.sublicence_depth)
    granting = next((right for right in own if right.code == request.GET.get("grant")), None)
    grant = GrantForm(initial={"purposes": granting.purposes, "territory": granting.territory} if granting else None)
    return render(request, "listings/rights.html",
                  {"groups": groups, "form": form, "grant": grant, "granting": granting, "refused": refused, "owner": owner,
                   **traced(owner, [product for product, _ in groups], request.GET.get("trace", ""))},
                  status=refused.status if refused else 400 if form.errors else 200)


@require_POST
@desk
def right_act(request: HttpRequest, code: str, act: str) -> HttpResponse:
    """One act on one right: grant, suspend, lift, or take back what was granted."""
    granted = Q(parent__organization=mine(request)) if act == "revoke" else Q(pk__in=())
    one = get_object_or_404(PropertyRight.objects.filter(Q(organization=mine(request)) | granted), code=code)
    by: dict[str, Any] = {"actor": actor(request), "clock": MARKET_CLOCK}
    if act == "grant":
        form = GrantForm(request.POST)
        if not form.is_valid():
            messages.error(request, gettext("请填写被授权机构、用途和地域"))
            return redirect("listings:rights")
        good = form.cleaned_data
        return back(request, "listings:rights", lambda: grant_right(
            parent=one, to=organization_by_code(good["to"].strip().upper()), purposes=good["purposes"], territory=good["territory"],
            sublicence_depth=min(good["sublicence_depth"] or 0, 9), exclusive=good["exclusive"], exclusive_fen=good["exclusive_fen"],
            effective_to=day_end(good["effective_to"]), **by), gettext("已授权"))
    acts: dict[str, tuple[Callable[[], Any], str]] = {
        "suspend": (lambda: suspend_right(right=one, **by), gettext("已暂停，由它派生的权利一并暂停")),
        "lift": (lambda: lift_right(right=one, **by), gettext("已恢复")),
        "revoke": (lambda: revoke_right(right=one, **by), gettext("已撤销，由它派生的权利一并停止")),
    }
    return back(request, "listings:rights", *acts[act])


# ---- registrations ---------------------------------------------------------------------------------------------------------

@require_http_methods(["GET", "HEAD", "POST"])
@desk
def registrations(request: HttpRequest) -> HttpResponse:
    """``/desk/registrations/``: registered until when, what waits for us; apply."""
    owner = mine(request)
    form = RegistrationForm(request.POST if request.method == "POST" else None, request.FILES or None,
                            products=DataProduct.objects.filter(organization=owner, status=ShelfStatus.ACTIVE))
    refused: Rejected | None = None
    if request.method == "POST" and form.is_valid():
        try:
            _apply(request, form)
        except Rejected as caught:
            refused = caught
        else:
            messages.success(request, gettext("登记申请已提交"))
            return redirect("listings:registrations")
    rows = [(one, [NEEDED[code] for code in missing_of(one)] if one.status in _WITH_APPLICANT else [])
            for one in Registration.objects.filter(Q(organization=owner) | Q(counterparty=owner, status=RegistrationStatus.CERTIFIED))
            .select_related("product", "certificate", "deposit", "counterparty").prefetch_related("rights", "objections")
            .order_by("-id")[:100]]
    kinds = [(kind.label, procedure.text) for kind, procedure in PROCEDURES.items()]
    return render(request, "listings/registrations.html", {"rows": rows, "form": form, "refused": refused, "kinds": kinds, "owner": owner},
                  status=refused.status if refused else 400 if form.errors else 200)


_WITH_APPLICANT = {RegistrationStatus.DRAFT, RegistrationStatus.RETURNED}


def _apply(request: HttpRequest, form: RegistrationForm) -> None:
    """Draft, proof and application in one go; where something is missing the draft stays, to be completed below."""
    by: dict[str, Any] = {"actor": actor(request), "clock": MARKET_CLOCK}
    good = form.cleaned_data
    other = organization_by_code(good["counterparty"].strip().upper()) if good["counterparty"].strip() else None
    one = draft_registration(product=good["product"], kind=good["kind"], regime=good["regime"], counterparty=other,
                             statement=good["statement"], special=good["special"], **by)
    if good["proof"]:
        attach_proof(registration=one, stream=good["proof"], name=good["proof"].name, **by)
    apply_registration(registration=one, **by)


@require_POST
@desk
def registration_act(request: HttpRequest, code: str, act: str) -> HttpResponse:
    """One act on one application: proof, apply, withdraw, reply to an objection."""
    one = get_object_or_404(Registration.objects.visible_to(request.user), code=code)
    by: dict[str, Any] = {"actor": actor(request), "clock": MARKET_CLOCK}
    proof = request.FILES.get("proof")
    if act == "proof" and proof is None:
        messages.error(request, gettext("请选择文件"))
        return redirect("listings:registrations")
    acts: dict[str, tuple[Callable[[], Any], str]] = {
        "proof": (lambda: attach_proof(registration=one, stream=proof, name=(proof.name if proof else "") or "proof", **by),
                  gettext("材料已存证")),
        "apply": (lambda: apply_registration(registration=one, **by), gettext("已提交")),
        "withdraw": (lambda: withdraw_registration(registration=one, **by), gettext("已撤回")),
        "reply": (lambda: reply_objection(
            objection=get_object_or_404(RegistrationObjection, registration=one, decided_at__isnull=True),
            reply=request.POST.get("reply", ""), **by), gettext("答复已送达")),
    }
    return back(request, "listings:registrations", *acts[act])
