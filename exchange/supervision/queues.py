"""The desk's queues: what waits, for whom, until when, gathered from the rooms and sorted by deadline."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from compliance import queries as compliance
from compliance.catalogue import conducts
from compliance.models import Case, ConductCase
from compliance.states import CaseStatus, ConductStatus
from evidence.clock import MARKET_CLOCK
from exchange.supervision.fields import alerts_kept, kept
from exchange.words import tone_of
from kit.actors import Actor
from listings.models import Condition, Registration, RegistrationObjection, Review
from listings.proving import UNDER_WAY
from listings.queries import open_reviews
from listings.reviewing import barred
from listings.states import ConditionStatus, RegistrationStatus, VersionStatus
from participants.models import Admission, AdmissionObjection, AdmissionObjectionStatus, AdmissionStatus, Organization
from participants.predicates import Standpoint, standpoint
from participants.roles import Role
from trading.models import SurveillanceAlert, Trade
from trading.states import AlertStatus

__all__ = ["QUEUES", "SHOWN", "Queues", "Work", "counts", "every", "mine", "party_words", "queue"]

Pair = tuple[str, str]
LARGEST = 200
#: Trades without a review that the queue shows.
SHOWN = 50


@dataclass(frozen=True)
class Work:
    """One thing that waits: its code, title, party, state, deadline, who holds it, and whether this actor may take it."""

    queue: str
    code: str
    title: Pair
    party: Pair
    state: str
    tone: str
    due_at: datetime | None
    holder: str = ""
    open_to_me: bool = True
    held_by_me: bool = False
    note: Pair = ("", "")
    key: int = 0

    @property
    def href(self) -> str:
        """Where it is worked on."""
        if self.queue == "admissions":
            return reverse("admin:participants_admission_decide", args=[self.key])
        if self.queue == "alerts":
            return reverse("admin:alert", args=[self.code])
        return reverse("admin:trade_review" if self.queue == "trades" else "admin:case", args=[self.code])


def party_words(organization: object) -> Pair:
    """This will name a party in both languages, short."""
    name = str(getattr(organization, "short_name", "") or "")
    return (name, str(getattr(organization, "short_name_en", "") or name))


#: What a review row needs, and who may take it.
NEEDS: dict[str, tuple[str, Pair]] = {
    "compliance_officer": (Role.COMPLIANCE_OFFICER, ("单人审核", "one reviewer")),
    "review_first": (Role.REGULATOR, ("双人审核·初审", "two reviewers, first")),
    "review_second": (Role.REGULATOR, ("双人审核·复审", "two reviewers, second")),
}


def may_take(row: Review, who: Standpoint) -> bool:
    """This will tell whether somebody with these roles could take the row; the operation decides."""
    role, _words = NEEDS.get(row.needs, ("", ("", "")))
    return role in who.roles and (row.needs == "compliance_officer" or row.needs in who.capabilities)


def _reviews(actor: Actor, who: Standpoint) -> Iterator[Work]:
    rows = list(kept("reviews", open_reviews(), actor, who)[:LARGEST])
    closed = barred([row for row in rows if row.status == "waiting" and may_take(row, who)], actor, MARKET_CLOCK.now())
    for row in rows:
        version = row.version
        mine_now = row.reviewer_id is not None and row.reviewer_id == actor.user_id
        holder = row.reviewer.person.name if row.reviewer and row.reviewer.person else ""
        yield Work(
            "reviews",
            version.code,
            (version.title_zh, version.title_en or version.title_zh),
            party_words(version.organization),
            str(row.get_status_display()),
            "bad" if row.escalated_at else "wait" if row.status == "waiting" else "info",
            row.due_at,
            holder,
            mine_now or (row.status == "waiting" and may_take(row, who) and row.pk not in closed),
            mine_now,
            NEEDS.get(row.needs, ("", ("", "")))[1],
        )


def _conditions(actor: Actor, who: Standpoint) -> Iterator[Work]:
    rows = Condition.objects.filter(status=ConditionStatus.PROVIDED, version__status__in=[*UNDER_WAY, VersionStatus.DRAFT]).exclude(
        proof="record", version__status=VersionStatus.SUBMITTED)  # what the record shows is decided with the version
    for one in kept("conditions", rows, actor, who).select_related("version__organization").order_by("due_at", "id")[:LARGEST]:
        title = tuple(f"{what}：{of}" for what, of in zip(one.text, one.version.titles, strict=True))
        yield Work(
            "conditions",
            one.code,
            (title[0], title[1]),
            party_words(one.version.organization),
            str(one.get_status_display()),
            "info",
            one.due_at,
            open_to_me=bool(who.roles & {Role.COMPLIANCE_OFFICER, Role.REGULATOR}),
        )


def _registrations(actor: Actor, who: Standpoint) -> Iterator[Work]:
    states = [RegistrationStatus.APPLIED, RegistrationStatus.IN_REVIEW, RegistrationStatus.OBJECTED]
    disputed = Exists(RegistrationObjection.objects.filter(registration=OuterRef("pk"), decided_at__isnull=True))
    found = Registration.objects.filter(Q(status__in=states) | disputed)
    rows = kept("registrations", found, actor, who).select_related("product", "organization").order_by("due_at", "id")
    desk = bool(who.roles & {Role.COMPLIANCE_OFFICER, Role.VENUE_OPERATOR, Role.REGULATOR})
    for one in rows[:LARGEST]:
        yield Work(
            "registrations",
            one.code,
            (one.product.title_zh, one.product.title_en or one.product.title_zh),
            party_words(one.organization),
            str(one.get_status_display()),
            "bad" if one.escalated_at else tone_of(one.status),
            one.due_at,
            open_to_me=desk,
        )


def _filings(actor: Actor, who: Standpoint) -> Iterator[Work]:
    for one in list(kept("filings", compliance.waiting_filings(), actor, who))[:LARGEST]:
        able = Role.REGULATOR in who.roles if one.red else Role.COMPLIANCE_OFFICER in who.roles
        note: Pair = ("双人核验", "two reviewers") if one.red else ("单人核验", "one reviewer")
        yield Work(
            "filings",
            one.code,
            (one.title, one.title),
            party_words(one.reporter),
            str(one.get_status_display()),
            "info",
            one.due_at,
            open_to_me=able,
            note=note,
        )


def _trades(actor: Actor, who: Standpoint) -> Iterator[Work]:
    """Trades nobody has reviewed yet, the newest first; a review is a case of kind ``trade_review``."""
    reviewed = Exists(Case.objects.filter(kind="trade_review", subject_code=OuterRef("code")))
    rows = Trade.objects.select_related("seller", "state", "version").filter(~reviewed).order_by("-executed_at", "-id")
    for one in kept("trades", rows, actor, who)[:SHOWN]:
        yield Work(
            "trades",
            one.code,
            one.titles,
            party_words(one.seller),
            str(one.state.get_status_display()),
            tone_of(one.state.status),
            None,
            open_to_me=Role.REGULATOR in who.roles,
        )


def _conduct(actor: Actor, who: Standpoint) -> Iterator[Work]:
    active = {ConductStatus.ACCUSED, ConductStatus.DECIDING, ConductStatus.OBJECTED}
    ended = [ConductStatus.DISMISSED, ConductStatus.EXEMPTED, ConductStatus.ANNULLED, ConductStatus.FINAL]
    named = conducts()
    rows = ConductCase.objects.exclude(status__in=ended).select_related("organization").order_by("due_at", "id")
    for one in kept("conduct", rows, actor, who)[:LARGEST]:
        yield Work(
            "conduct",
            one.code,
            named[one.conduct].text if one.conduct in named else (one.conduct, one.conduct),
            party_words(one.organization),
            str(one.get_status_display()),
            "wait",
            one.due_at,
            open_to_me=one.status in active and bool(who.roles & {Role.REGULATOR, Role.COMPLIANCE_OFFICER}),
        )


def _cases(actor: Actor, who: Standpoint) -> Iterator[Work]:
    rows = Case.objects.by_deadline().select_related("organization", "assignee__person")
    for one in kept("cases", rows, actor, who)[:LARGEST]:
        holder = one.assignee.person.name if one.assignee and one.assignee.person else ""
        due_at = one.answer_due_at if one.status == CaseStatus.WAITING_ON_PARTY else one.due_at
        yield Work(
            "cases",
            one.code,
            (one.title_zh, one.title_en),
            party_words(one.organization),
            str(one.get_status_display()),
            tone_of(one.status),
            due_at,
            holder,
            one.assignee_id in {None, actor.user_id},
            one.assignee_id == actor.user_id,
            (str(one.get_kind_display()), one.kind.replace("_", " ")),
        )


def _admissions(actor: Actor, who: Standpoint) -> Iterator[Work]:
    """Applications that wait, and the authority's: open objections to a refused one, by their own deadline; late ones are red."""
    objected = AdmissionObjection.objects.filter(admission=OuterRef("pk"), status=AdmissionObjectionStatus.OPEN)
    rows = Admission.objects.select_related("organization").annotate(
        objected_by=Subquery(objected.values("due_at")[:1]), objection_late=Exists(objected.filter(flagged_at__isnull=False)))
    rows = rows.filter(Q(status__in=[AdmissionStatus.SUBMITTED, AdmissionStatus.IN_REVIEW]) | Q(objected_by__isnull=False))
    for one in kept("admissions", rows, actor, who).order_by(Coalesce("objected_by", "due_at"), "id")[:LARGEST]:
        zh, en = one.organization.name, one.organization.name_en or one.organization.name
        if one.objected_by is None:
            title, state = (f"{zh}：{one.get_role_display()}", f"{en}: {one.role}"), str(one.get_status_display())
            tone = "bad" if one.flagged_at else "info"
            mine = Role.COMPLIANCE_OFFICER in who.roles
        else:
            title, state = (f"{zh}：对不予准入的异议", f"{en}: objection to a refusal"), str(AdmissionObjectionStatus.OPEN.label)
            tone = "bad" if one.objection_late else "wait"
            mine = Role.REGULATOR in who.roles and one.refused_by_id != actor.user_id
        yield Work("admissions", one.code, title, party_words(one.organization), state, tone, one.objected_by or one.due_at,
                   open_to_me=mine, key=one.pk)


def _alerts(actor: Actor, who: Standpoint) -> Iterator[Work]:
    """Open alerts by deadline; who only enters the desk sees none of them."""
    if not who.roles & {Role.SURVEILLANCE, Role.REGULATOR, Role.AUDITOR}:
        return
    able = bool(who.roles & {Role.SURVEILLANCE, Role.REGULATOR})
    rows = SurveillanceAlert.objects.filter(status__in=[AlertStatus.RAISED, AlertStatus.IN_ANALYSIS]).select_related("assignee__person")
    found = list(alerts_kept(rows, actor, who).order_by("due_at", "id")[:LARGEST])
    codes = {one.parties[0] for one in found}
    parties = {one.code: one for one in Organization.objects.filter(code__in=codes)}
    for one in found:
        holder = one.assignee.person.name if one.assignee and one.assignee.person else ""
        mine = one.assignee_id == actor.user_id
        yield Work("alerts", one.code, one.titles, party_words(parties.get(one.parties[0])), str(one.get_status_display()),
                   "bad" if one.overdue else "wait" if one.status == AlertStatus.RAISED else "info", one.due_at, holder,
                   able and (one.assignee_id is None or mine), mine)


def _restorations(actor: Actor, who: Standpoint) -> Iterable[Work]:
    from exchange.supervision.credit_queues import restorations

    return restorations(actor, who)


def _complaints(actor: Actor, who: Standpoint) -> Iterable[Work]:
    from exchange.supervision.credit_queues import complaints

    return complaints(actor, who)


def _disputes(actor: Actor, who: Standpoint) -> Iterable[Work]:
    from exchange.supervision.credit_queues import disputes

    return disputes(actor, who)


Reader = Callable[[Actor, Standpoint], Iterable[Work]]
#: Each queue's rows as one reader sees them.
Queues = Mapping[str, list[Work]]
#: queue -> (title, reader)
QUEUES: dict[str, tuple[str | Promise, Reader]] = {
    "reviews": (_("挂牌审核"), _reviews),
    "conditions": (_("限制性条件"), _conditions),
    "registrations": (_("登记审核"), _registrations),
    "filings": (_("场外备案"), _filings),
    "trades": (_("交易复核"), _trades),
    "conduct": (_("失信认定"), _conduct),
    "restorations": (_("信用修复"), _restorations),
    "complaints": (_("举报投诉"), _complaints),
    "disputes": (_("争议调解"), _disputes),
    "admissions": (_("准入审核"), _admissions),
    "cases": (_("案件"), _cases),
    "alerts": (pgettext_lazy("queue", "监测预警"), _alerts),
}


def queue(kind: str, actor: Actor, at: datetime) -> list[Work]:
    """This will list one queue, the nearest deadline first."""
    return list(QUEUES[kind][1](actor, standpoint(actor, at)))


def every(actor: Actor, at: datetime) -> Queues:
    """This will read all queues once, for a page that lists some and counts all."""
    who = standpoint(actor, at)
    return {kind: list(reader(actor, who)) for kind, (_title, reader) in QUEUES.items()}


def mine(found: Queues) -> list[Work]:
    """This will list what their reader can act on now, over all queues but the open-ended one of trades, by deadline."""
    open_ones = [work for kind, rows in found.items() if kind != "trades" for work in rows if work.open_to_me]
    return sorted(open_ones, key=lambda work: (work.due_at is None, work.due_at, work.code))


def counts(found: Queues) -> dict[str, tuple[int, bool]]:
    """This will count each queue, and say whether something in it waits for its reader."""
    return {kind: (len(rows), any(work.open_to_me for work in rows) and kind != "trades") for kind, rows in found.items()}
