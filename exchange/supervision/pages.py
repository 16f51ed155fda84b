"""Pages of the desk: my next case, a queue, a case, a trade under review. Anyone without an overseeing role is sent away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from compliance.models import Case, Complaint, ConductCase, Dispute, Filing, Restoration
from compliance.states import ConductStatus, RestorationStatus
from evidence.clock import MARKET_CLOCK
from evidence.files import open_deposit
from exchange.navigation import Door, Wing, folded
from exchange.supervision import acts, credit_acts, credit_files, files, letters, queues
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import Condition, ListingVersion, Registration, RegistrationObjection, Review
from listings.objections import UPHOLD
from listings.reviewing import barred
from listings.states import RegistrationStatus, ReviewStatus
from participants.actors import actor_of
from participants.models import Approval, ApprovalStatus, Organization
from participants.permissions import allowed, refuse_outside, require
from participants.reads import note_read
from trading.models import Trade

__all__ = ["case", "index", "objection_evidence", "trade_review"]

View = Callable[..., HttpResponse | FileResponse | StreamingHttpResponse]


def overseer(view: View) -> View:
    """Lets in whoever holds a role of oversight now; visitors sign in first, others are refused."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse | FileResponse | StreamingHttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        actor = actor_of(request.user)
        now = MARKET_CLOCK.now()
        require(actor, "exchange.desk.enter", at=now)
        return view(request, *args, actor=actor, now=now, **kwargs)

    return guarded


def _rail(found: queues.Queues, current: str) -> list[Wing]:
    counted = queues.counts(found)
    doors = [Door(gettext_lazy("我的待办"), reverse("admin:index"), current == "index")]
    for kind, (title, _reader) in queues.QUEUES.items():
        number, hot = counted[kind]
        more = "+" if kind == "trades" and number == queues.SHOWN else ""
        doors.append(Door(title, reverse("admin:queue", args=[kind]), current == kind, f"{number}{more}" if number else "", hot))
    from exchange.navigation import doors_of

    market = doors_of(
        [
            (gettext_lazy("市场行情"), "exchange:board"),
            (gettext_lazy("竞价日历"), "trading:calendar"),
            (gettext_lazy("公告与处置"), "exchange:bulletins"),
        ]
    )
    rules = doors_of([(gettext_lazy("规则"), "compliance:rulebook"), (gettext_lazy("负面清单"), "compliance:negative_list")])
    watching = doors_of(
        [
            (gettext_lazy("全部预警"), "admin:alerts"),
            (gettext_lazy("规则与阈值"), "admin:watch"),
            (gettext_lazy("集中度与合并测算"), "admin:concentration"),
            (gettext_lazy("全部成交"), "admin:trades"),
        ]
    )
    registers = doors_of(
        [
            (gettext_lazy("机构"), "admin:participants_organization_changelist"),
            (gettext_lazy("信用状态"), "admin:participants_standingchange_changelist"),
            (gettext_lazy("参数"), "admin:participants_parameter_changelist"),
            (gettext_lazy("工作日历"), "admin:participants_calendarday_set"),
            (gettext_lazy("材料"), "admin:participants_proof_changelist"),
            (gettext_lazy("安全审查"), "admin:participants_securityreview_changelist"),
            (gettext_lazy("承继"), "admin:participants_succession_changelist"),
            (gettext_lazy("补贴资金"), "settlement:subsidy_desk"),
            (gettext_lazy("负面清单各版"), "admin:compliance_negativelistversion_changelist"),
            (gettext_lazy("起草清单"), "admin:compliance_negativelistversion_begin"),
            (gettext_lazy("规则核对"), "admin:compliance_rulecheck_due"),
            (gettext_lazy("重新判定"), "admin:listings_rescreening_changelist"),
            (gettext_lazy("管控名单"), "admin:compliance_controllist_changelist"),
            (gettext_lazy("导入名单"), "admin:compliance_controllist_import"),
            (gettext_lazy("对等立场"), "admin:compliance_jurisdictionstance_set"),
            (gettext_lazy("泄露比对"), "admin:delivery_leakcheck_begin"),
            (gettext_lazy("移送"), "admin:delivery_referral_changelist"),
            (gettext_lazy("议价"), "admin:trading_negotiation_changelist"),
            (gettext_lazy("询价"), "admin:trading_rfq_changelist"),
            (gettext_lazy("报价"), "admin:trading_quote_changelist"),
            (gettext_lazy("函件模板"), "admin:letters"),
            (gettext_lazy("代理与限时授权"), "admin:deputies"),
            (gettext_lazy("运营台"), "admin:console"),
            (gettext_lazy("境外认证与公司规则"), "admin:compliance_exportrecognition_desk"),
        ]
    )
    wings = [
        Wing(gettext_lazy("队列"), doors),
        Wing(gettext_lazy("监测"), watching),
        Wing(gettext_lazy("台账"), registers),
        Wing(gettext_lazy("市场"), market),
        Wing(gettext_lazy("规则"), rules),
    ]
    return folded([wing for wing in wings if wing.doors])


def _shown(
    request: HttpRequest, template: str, actor: Actor, now: datetime, current: str, context: Mapping[str, Any], status: int = 200,
    *, found: queues.Queues | None = None,
) -> HttpResponse:
    base = {"rail": _rail(found or queues.every(actor, now), current), "rail_name": _("监管台"), "actor": actor}
    return render(request, f"exchange/supervision/{template}", {**base, **context}, status=status)


@require_safe
@overseer
def index(request: HttpRequest, *, actor: Actor, now: datetime) -> HttpResponse:
    """My next case by deadline, then the rest of what I can act on."""
    found = queues.every(actor, now)
    work = queues.mine(found)
    context = {"next": work[0] if work else None, "work": work[:40], "total": len(work)}
    return _shown(request, "index.html", actor, now, "index", context, found=found)


# ---- case pages ------------------------------------------------------------------------------------------------------


def _review_row(version: ListingVersion, actor: Actor) -> Review | None:
    """The row this person works on, else the one that waits."""
    rows = list(version.reviews.select_related("reviewer__person").order_by("order", "id"))
    mine = [row for row in rows if row.reviewer_id == actor.user_id and row.status == ReviewStatus.ASSIGNED]
    waiting = [row for row in rows if row.status in {ReviewStatus.WAITING, ReviewStatus.ASSIGNED}]
    found = mine or waiting
    return found[0] if found else None


Kind = tuple[
    str, str, Callable[[str], Any], Callable[[Any, Actor], Any], Mapping[str, acts.Act], Callable[[Any, Actor, datetime], dict[str, Any]]
]
#: prefix of the code -> (queue, template, how it is found, what is acted on, acts, what the page shows)
KINDS: dict[str, Kind] = {
    "LSV": (
        "reviews",
        "review.html",
        lambda code: ListingVersion.objects.select_related("organization", "listing").filter(code=code).first(),
        _review_row,
        acts.REVIEW_ACTS,
        files.review_file,
    ),
    "CDT": (
        "conditions",
        "condition.html",
        lambda code: Condition.objects.select_related("version__organization", "version__listing", "deposit", "decided_by__person")
        .filter(code=code)
        .first(),
        lambda one, actor: one,
        acts.CONDITION_ACTS,
        files.condition_file,
    ),
    "REG": (
        "registrations",
        "registration.html",
        lambda code: Registration.objects.select_related("organization", "product", "venue").filter(code=code).first(),
        lambda one, actor: one,
        acts.REGISTRATION_ACTS,
        files.registration_file,
    ),
    "FIL": (
        "filings",
        "filing.html",
        lambda code: Filing.objects.select_related("reporter", "counterparty").filter(code=code).first(),
        lambda one, actor: one,
        acts.FILING_ACTS,
        files.filing_file,
    ),
    "CND": (
        "conduct",
        "conduct.html",
        lambda code: ConductCase.objects.select_related("organization").filter(code=code).first(),
        lambda one, actor: one,
        credit_acts.CONDUCT_ACTS,
        credit_files.conduct_file,
    ),
    "RST": (
        "restorations",
        "restoration.html",
        lambda code: Restoration.objects.select_related("organization", "finding__case").filter(code=code).first(),
        lambda one, actor: one,
        credit_acts.RESTORATION_ACTS,
        credit_files.restoration_file,
    ),
    "CMP": (
        "complaints",
        "complaint.html",
        lambda code: Complaint.objects.filter(code=code).first(),
        lambda one, actor: one,
        credit_acts.COMPLAINT_ACTS,
        credit_files.complaint_file,
    ),
    "DSP": (
        "disputes",
        "dispute.html",
        lambda code: Dispute.objects.select_related("opener", "respondent", "arbitrator").filter(code=code).first(),
        lambda one, actor: one,
        credit_acts.DISPUTE_ACTS,
        credit_files.dispute_file,
    ),
    "CASE": (
        "cases",
        "case.html",
        lambda code: Case.objects.select_related("organization", "assignee__person").filter(code=code).first(),
        lambda one, actor: one,
        acts.CASE_ACTS,
        files.case_file,
    ),
}


def _permission(prefix: str, subject: Any, target: Any) -> str:
    """The permission that the open decision of a case asks for; who lacks it reads the file without a form that would refuse."""
    if prefix == "FIL":
        second = Approval.objects.filter(subject=subject.code, status=ApprovalStatus.PENDING).exists()
        return f"compliance.filing.verify{('_second' if second else '_first') if subject.red else ''}"
    if prefix == "CND":
        return "compliance.conduct.notify" if subject.status == ConductStatus.ACCUSED else "compliance.conduct.decide"
    if prefix == "RST":
        return f"compliance.restoration.{'accept' if subject.status == RestorationStatus.APPLIED else 'decide'}"
    if prefix in {"CMP", "DSP"}:
        return "compliance.complaint.handle" if prefix == "CMP" else "compliance.dispute.mediate"
    if prefix == "REG":
        return _registration_permission(subject)
    return {"LSV": "listings.review.claim", "CDT": "listings.condition.decide"}.get(prefix, "compliance.case.work")


def _registration_permission(one: Registration) -> str:
    """Objections are an officer's, a proposal to uphold one is a regulator's; a certificate is frozen by either, revoked by the latter."""
    if Approval.objects.filter(act=UPHOLD, subject=one.code, status=ApprovalStatus.PENDING).exists():
        return UPHOLD
    if one.objections.filter(decided_at__isnull=True).exists():
        return "listings.registration.decide_objection"
    return "listings.certificate.freeze" if one.status == RegistrationStatus.CERTIFIED else "listings.registration.decide"


@require_http_methods(["GET", "HEAD", "POST"])
@overseer
def case(request: HttpRequest, code: str, *, actor: Actor, now: datetime) -> HttpResponse:
    """The whole file of one case, and the decision. A refused act shows the file again with rule and way out, what was typed kept."""
    kind = KINDS.get(code.split("-")[0])
    subject = kind[2](code) if kind else None
    if kind is None or subject is None:
        raise Http404(code)
    refuse_outside(actor, subject, now)
    current, template, _find, target_of, table, file_of = kind
    rejected = None
    if request.method == "POST":
        act, target = table.get(request.POST.get("act", "")), target_of(subject, actor)
        if act is None or target is None:
            raise Http404(code)
        try:
            act(target, request.POST, actor)
        except Rejected as fault:
            rejected, subject = fault, kind[2](code)
        else:
            messages.success(request, _("已记录，并写入存证总链。"))
            return redirect("admin:case", code=code)
    target = target_of(subject, actor)
    context = {
        "code": code,
        "subject": subject,
        "target": target,
        "may_act": allowed(actor, _permission(code.split("-")[0], subject, target), subject=target, at=now),
        "stands_back": isinstance(target, Review) and bool(barred([target], actor, now)),
        "rejected": rejected,
        "may_bundle": allowed(actor, "exchange.case.bundle", at=now),
        "typed": request.POST or letters.typed_from(request, subject, now),
        "letters": letters.offered(now),
        **file_of(subject, actor, now),
    }
    return _shown(request, template, actor, now, current, context, rejected.status if rejected else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@overseer
def trade_review(request: HttpRequest, code: str, *, actor: Actor, now: datetime) -> HttpResponse:
    """A trade on one page: price replayed, parties, declaration, screening, money, delivery, evidence; and the verdict."""
    rows = Trade.objects.select_related(
        "state", "seller", "buyer", "listing", "version__certificate", "award__auction", "award__bidder", "report"
    )
    trade = rows.filter(code=code).first()
    if trade is None:
        raise Http404(code)
    refuse_outside(actor, trade, now)
    for party in (trade.seller, trade.buyer):
        note_read(owner=party, kind="trade", subject=trade.code, ground="exchange.desk.enter", actor=actor, clock=MARKET_CLOCK)
    rejected = None
    if request.method == "POST":
        if request.POST.get("verdict") not in acts.VERDICTS:
            raise Http404(code)
        try:
            acts.review_trade(trade, request.POST, actor)
        except Rejected as fault:
            rejected = fault
        else:
            messages.success(request, _("复核结论已记录，并写入存证总链。"))
            return redirect("admin:trade_review", code=code)
    may_act = allowed(actor, "compliance.case.work", at=now)
    context = {"trade": trade, "may_act": may_act, "rejected": rejected, "typed": request.POST, **files.trade_file(trade, now)}
    return _shown(request, "trade.html", actor, now, "trades", context, rejected.status if rejected else 200)


@require_safe
@never_cache
@overseer
@covers("R10", "B6")
def objection_evidence(request: HttpRequest, code: str, key: int, *, actor: Actor, now: datetime) -> FileResponse:
    """Hands out what an objector deposited, to whoever decides on it or reads files by duty."""
    require(actor, "listings.registration.read_evidence", at=now)
    one = RegistrationObjection.objects.filter(pk=key, registration__code=code, deposit__isnull=False).select_related("deposit").first()
    if one is None or one.deposit is None:
        raise Http404(code)
    note_read(owner=Organization.objects.filter(code=one.deposit.owner).first(), kind="objection", subject=code,
              ground="listings.registration.read_evidence", actor=actor, clock=MARKET_CLOCK)
    return FileResponse(open_deposit(one.deposit), as_attachment=True, filename=one.deposit.name)
