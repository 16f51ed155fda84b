"""The security review 安全审查 of a party controlled from abroad (R65, R107): new business waits until the authority has decided.

Ownership opens it, no deadline ends it; while it is open the party's capabilities to list and to bid are on hold.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from evidence.operations import operation, record, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.states import advance
from participants.capabilities import hold_capability, lift_holds
from participants.events import security_review_moved
from participants.models import Admission, AdmissionStatus, Organization, SecurityReview, SecurityReviewStatus
from participants.notices import notify
from participants.permissions import require
from participants.queries import parameter
from participants.roles import Capability, OrganizationKind
from participants.states import SECURITY_REVIEW

__all__ = ["HELD", "decide_security_review", "flag_security_reviews", "foreign_among", "open_security_review", "review_foreign_control",
           "review_owed"]

#: what waits for the authority: new business; duties taken on and money earned go on
HELD = (Capability.LIST, Capability.BID)
_CODE = "security_review"
_BASIS = "数据二十条 第十一条（R65、R107）"


def foreign_among(organization: Organization, controllers: Collection[Organization]) -> list[str]:
    """This will return the codes of who is abroad: the organisation itself, and those that control it."""
    return sorted(one.code for one in [organization, *controllers] if one.kind == OrganizationKind.FOREIGN)


def review_owed(organization: Organization, owners: Collection[str]) -> bool:
    """This will tell whether the authority has not yet cleared the party under these owners abroad."""
    if not owners:
        return False
    newest = SecurityReview.objects.filter(organization=organization).order_by("-opened_at", "-pk").first()
    return newest is None or newest.status != SecurityReviewStatus.CLEARED or not set(owners) <= set(newest.owners)


def _note(held: SecurityReview, act: str, *, actor: Actor, at: datetime) -> SecurityReview:
    record(security_review_moved(act)(subject=held.code, organization=held.organization.code, owners=held.owners, cause=held.cause,
                                      to_status=held.status, reason=held.reason), actor=actor, at=at)
    return held


@covers("R65", "R107")
@operation("participants.security_review.open")
def open_security_review(*, organization: Organization, owners: Collection[str], cause: str, at: datetime) -> SecurityReview:
    """This will open the review, or return the open one with the owners added; called down by whatever showed the control."""
    found = SecurityReview.objects.select_for_update(of=("self",), no_key=True).filter(organization=organization,
                                                                          status=SecurityReviewStatus.OPEN).first()
    if found is not None:
        if fresh := set(owners) - set(found.owners):
            found.owners = sorted({*found.owners, *fresh})
            found.save(update_fields=["owners"])
            return _note(found, "open", actor=SYSTEM, at=at)
        unchanged(at=at)
        return found
    days = int(parameter("security_review.flag_days", venue=organization.venue, at=at))
    made = SecurityReview.objects.create(code=new_code("SCR"), organization=organization, owners=sorted(owners), cause=cause, opened_at=at,
                                         due_at=at + timedelta(days=days))
    _note(made, "open", actor=SYSTEM, at=at)
    for capability in HELD:
        hold_capability(organization=organization, capability=capability, reason_code=_CODE, reason=f"安全审查 {made.code}", basis=_BASIS,
                        actor=SYSTEM, at=at)
    notify(organization=organization, kind="participants.security_review.opened", tone="held", subject=made.code,
           href="/desk/organisation/", at=at,
           text=("贵机构受境外主体控制，已纳入安全审查；审查结束前暂停新增挂牌与竞买，既有义务照常履行。由监管机构决定。",
                 "Your organisation is controlled from abroad and is under security review. New listings and bids wait until the "
                 "authority has decided; duties already taken on go on."))
    return made


def review_foreign_control(*, organization: Organization, controllers: Collection[Organization], cause: str, at: datetime
                           ) -> SecurityReview | None:
    """This will open a review of an admitted party that came under control from abroad; None where there is nothing to review."""
    admitted = Admission.objects.filter(organization=organization, status=AdmissionStatus.ADMITTED).exists()
    owners = foreign_among(organization, controllers)
    if not admitted or not review_owed(organization, owners):
        return None
    return open_security_review(organization=organization, owners=owners, cause=cause, at=at)


@covers("R65", "R107")
@operation("participants.security_review.decide")
def decide_security_review(*, review: SecurityReview, clear: bool, reason: str, actor: Actor, clock: Clock) -> SecurityReview:
    """This will end a review; the authority only. Cleared, the party's holds are lifted; barred, they stay."""
    at = clock.now()
    require(actor, "participants.security_review.decide", subject=review, at=at)
    return end_review(review=review, clear=clear, reason=reason, actor=actor, at=at)


def end_review(*, review: SecurityReview, clear: bool, reason: str, actor: Actor, at: datetime) -> SecurityReview:
    """This will write the decision in the caller's act."""
    held = SecurityReview.objects.select_for_update(of=("self",), no_key=True).select_related("organization__venue").get(pk=review.pk)
    word = "clear" if clear else "bar"
    held.status = advance(SECURITY_REVIEW, SecurityReviewStatus(held.status), word, subject=held.code,
                          code="participants.security_review.illegal_move")
    held.reason, held.decided_at, held.decided_by = reason, at, actor.code
    held.save()
    _note(held, word, actor=actor, at=at)
    if clear:
        lift_holds(organization=held.organization, reason_code=_CODE, reason=reason, actor=actor, at=at)
    notify(organization=held.organization, kind=f"participants.security_review.{held.status}", tone="ok" if clear else "bad",
           subject=held.code, href="/desk/organisation/", at=at,
           text=((f"安全审查已放行：{reason}", f"The security review is cleared: {reason}") if clear else
                 (f"安全审查不予放行：{reason}", f"The security review bars new business: {reason}")))
    return held


@operation("participants.security_review.flag")
def _flag(*, held: SecurityReview, actor: Actor, at: datetime) -> None:
    require(actor, "participants.admission.lapse", at=at)
    days = int(parameter("security_review.flag_days", venue=held.organization.venue, at=at))
    held.due_at = at + timedelta(days=days)
    held.save(update_fields=["due_at"])
    _note(held, "flag", actor=actor, at=at)


def flag_security_reviews(*, clock: Clock) -> int:
    """This will flag every review that is late, again each term; none ends by itself. Returns how many."""
    at = clock.now()
    late = list(SecurityReview.objects.filter(status=SecurityReviewStatus.OPEN, due_at__lte=at).select_related("organization__venue"))
    for one in late:
        _flag(held=one, actor=SYSTEM, at=at)
    return len(late)
