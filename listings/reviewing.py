"""The review desk 审核: rows are claimed, decided with rule and reason, recused, released; two different persons where it is red.

One returning is enough; approving or refusing a red version takes both, and a third, final row when they differ (lifecycles §1).
The database refuses the same real person twice, whatever account is used (I18).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, QuerySet

from compliance.models import CaseKind
from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from kit.states import advance
from listings.classifying import settle_grade
from listings.conditions import settle_records
from listings.events import ReviewMoved, VersionMoved, named
from listings.models import Depth, ListingVersion, Review, Verdict
from listings.overdue import end_late
from listings.publishing import approve_version
from listings.states import REVIEW, VERSION, ReviewStatus, VersionStatus
from listings.submitting import open_row
from listings.values import clean_text, clean_words
from participants.deputies import grants, principals_of, stands_between
from participants.models import Membership, Organization, User
from participants.operations import notify
from participants.permissions import require
from participants.predicates import in_force
from participants.queries import add_working_days, affiliated, parameter, tied_to

__all__ = ["barred", "claim_review", "decide_review", "idle_rows", "note_draft", "recuse_review", "refuse_conflict", "release_idle",
           "release_review"]

_WEAK = "listings.review.rule_missing"
MINIMUM_REASON = 4


def _locked(review: Review) -> Review:
    """The version's row first, then the review's: two deciders of one version never cross."""
    ListingVersion.objects.select_for_update(no_key=True).get(pk=review.version_id)
    return (Review.objects.select_for_update(of=("self",), no_key=True)
            .select_related("version__listing__venue", "version__listing__product", "version__organization__venue",
                            "reviewer").get(pk=review.pk))


def _tell(word: str, row: Review, *, actor: Actor, at: datetime) -> None:
    record(named(ReviewMoved, f"listings.listing.review_{word}")(
        subject=row.version.listing.code, version_code=row.version.code, order=row.order, reviewer=actor.person, verdict=row.verdict,
        rules=row.rules, reason=row.reason, conditions=list(row.conditions)), actor=actor, at=at)


def _step(row: Review, action: str) -> None:
    row.status = advance(REVIEW, ReviewStatus(row.status), action, subject=f"{row.version.code}/{row.order}",
                         code="listings.review.illegal_move")


def refuse_conflict(seller: Organization, actor: Actor, at: datetime) -> None:
    """This will bar whoever is tied to the seller by ownership or office, as is who stands in for such a person (R53)."""
    assert actor.user_id is not None and actor.organization_id is not None, "a reviewer is signed in for an organisation"
    works_there = Membership.objects.filter(in_force(at), person__in=_duties_of(_person(actor), at), organization=seller).exists()
    mine = Organization.objects.get(pk=actor.organization_id)
    if works_there or affiliated(mine, seller, at=at):
        raise Rejected("listings.review.conflict")


def _person(actor: Actor) -> int | None:
    """The key of the real person behind the account."""
    if actor.user_id is None:
        return None
    return User.objects.filter(pk=actor.user_id).values_list("person_id", flat=True).first()


def _duties_of(person: int | None, at: datetime) -> set[int]:
    """A person's key and those he stands in for."""
    return principals_of(person, at) | ({person} if person else set())


def _refuse_same_eyes(row: Review, actor: Actor, at: datetime) -> None:
    """A deputy and who he stands in for are one pair of eyes: they never hold two rows of one version."""
    me = _person(actor)
    if any(stands_between(me, other, at) for other in _others(row)):
        raise Rejected("listings.review.deputy")


def _others(row: Review) -> list[int]:
    return list(Review.objects.filter(version=row.version_id, person__isnull=False).exclude(pk=row.pk).values_list("person_id", flat=True))


@covers("I18", "R53")
def barred(rows: Iterable[Review], actor: Actor, at: datetime) -> set[int]:
    """This will return the keys of those rows that the actor may not take whatever his role: the seller is tied to him, or another
    row of the version is his own, or his deputy's, or who he stands in for.
    """
    found, me = list(rows), _person(actor)
    if me is None or actor.organization_id is None or not found:
        return set()
    ties = tied_to(Organization.objects.get(pk=actor.organization_id), at=at)
    ties |= set(Membership.objects.filter(in_force(at), person__in=_duties_of(me, at)).values_list("organization_id", flat=True))
    eyes = _duties_of(me, at) | set(grants(at).filter(principal=me).values_list("person_id", flat=True))
    seen = set(Review.objects.filter(version__in={row.version_id for row in found}, person__in=eyes)
               .exclude(pk__in=[row.pk for row in found]).values_list("version_id", flat=True))
    return {row.pk for row in found if row.version_id in seen or row.version.organization_id in ties}


@covers("I18", "R53")
@operation("listings.review.claim")
def claim_review(*, review: Review, actor: Actor, clock: Clock) -> Review:
    """This will take a waiting row: by who holds what the row needs, is not tied to the seller, and has no other row of this version."""
    at = clock.now()
    require(actor, "listings.review.claim", subject=review, at=at)
    row = _locked(review)
    refuse_conflict(row.version.organization, actor, at)
    _refuse_same_eyes(row, actor, at)
    _step(row, "claim")
    row.reviewer_id, row.claimed_at = actor.user_id, at
    try:
        with transaction.atomic():
            row.save(update_fields=["status", "reviewer", "person", "claimed_at"])
    except IntegrityError as refused:
        raise Rejected("listings.review.same_person") from refused
    _tell("assigned", row, actor=actor, at=at)
    return row


def _mine(row: Review, actor: Actor) -> None:
    if row.status == ReviewStatus.ASSIGNED and row.reviewer_id != actor.user_id:
        raise Rejected("listings.review.not_yours", holder=row.reviewer.username if row.reviewer else "-")


@operation("listings.review.release")
def release_review(*, review: Review, actor: Actor, clock: Clock) -> Review:
    """This will put a claimed row back: by its reviewer, or by the clock when half its time passed untouched."""
    at = clock.now()
    require(actor, "listings.review.release", subject=review, at=at)
    row = _locked(review)
    if not actor.is_system:
        _mine(row, actor)
    _step(row, "release")
    row.reviewer, row.person, row.claimed_at, row.drafted_at = None, None, None, None
    row.save(update_fields=["status", "reviewer", "person", "claimed_at", "drafted_at"])
    _tell("released", row, actor=actor, at=at)
    return row


@operation("listings.review.recuse")
def recuse_review(*, review: Review, reason: str, actor: Actor, clock: Clock) -> Review:
    """This will stand back from a row for a stated reason; a new row of the same order waits for somebody else."""
    at = clock.now()
    require(actor, "listings.review.decide", subject=review, at=at)
    row = _locked(review)
    _mine(row, actor)
    _step(row, "recuse")
    row.reason = clean_text("reason", reason, 2000, _WEAK)
    row.save(update_fields=["status", "reason"])
    _tell("recused", row, actor=actor, at=at)
    return Review.objects.create(version=row.version, order=row.order, needs=row.needs, opened_at=at, due_at=row.due_at)


@operation("listings.review.draft")
def note_draft(*, review: Review, verdict: str, reason: str, actor: Actor, clock: Clock) -> Review:
    """This will keep the reviewer's own draft; from then on the earlier rows' opinions are shown to him, not before."""
    at = clock.now()
    require(actor, "listings.review.decide", subject=review, at=at)
    row = _locked(review)
    _mine(row, actor)
    if row.status != ReviewStatus.ASSIGNED:
        _step(row, "draft")
    row.verdict, row.reason, row.drafted_at = Verdict(verdict), clean_text("reason", reason, 5000, _WEAK), at
    row.save(update_fields=["verdict", "reason", "drafted_at"])
    _tell("drafted", row, actor=actor, at=at)
    return row


@covers("I18", "R3", "C3")
@operation("listings.review.decide")
def decide_review(*, review: Review, verdict: str, rules: Sequence[str], reason: str, conditions: Sequence[str] = (),
                  class_record: str = "", actor: Actor, clock: Clock) -> Review:
    """This will decide a row with at least one rule and a reason, and carry out what the rows together now mean.

    ``class_record`` is the reviewer's finding where class or grade stand below the scan or an earlier grade (W4).
    """
    at = clock.now()
    require(actor, "listings.review.decide", subject=review, at=at)
    row = _locked(review)
    _mine(row, actor)
    refuse_conflict(row.version.organization, actor, at)
    _refuse_same_eyes(row, actor, at)
    row.verdict, row.reason = Verdict(verdict), clean_text("reason", reason, 5000, _WEAK)
    row.rules, row.conditions = clean_words("rules", list(rules), _WEAK), clean_words("conditions", list(conditions), _WEAK)
    if not row.rules or len(row.reason) < MINIMUM_REASON:
        raise Rejected(_WEAK, minimum=MINIMUM_REASON)
    row.class_record = clean_text("class_record", class_record, 2000, _WEAK)
    if row.version.class_contested and _yes(row.verdict) and len(row.class_record) < MINIMUM_REASON:
        raise Rejected("listings.review.class_record_missing", minimum=MINIMUM_REASON)
    _step(row, "decide")
    row.decided_at = at
    try:
        with transaction.atomic():
            row.save(update_fields=["status", "verdict", "reason", "rules", "conditions", "class_record", "decided_at", "person"])
    except IntegrityError as refused:
        raise Rejected("listings.review.same_person") from refused
    _tell("decided", row, actor=actor, at=at)
    if row.escalated_at is not None:
        end_late(CaseKind.VERSION_REVIEW, row.version.code, actor=actor, at=at)
    _carry_out(row, actor=actor, at=at)
    return row


def _yes(verdict: str) -> bool:
    return verdict in {Verdict.APPROVE, Verdict.APPROVE_WITH_CONDITIONS}


def _carry_out(row: Review, *, actor: Actor, at: datetime) -> None:
    """One return suffices; amber and the third row are final; red takes two, and a third where they differ."""
    version = row.version
    if row.verdict == Verdict.RETURN:
        _return(row, actor=actor, at=at)
    elif version.depth == Depth.AMBER or row.order == 3:
        _finish(row, actor=actor, at=at)
    elif row.order == 1:
        open_row(version, 2, at=at)
    else:
        first = Review.objects.get(version=version, order=1, status=ReviewStatus.DECIDED)
        if _yes(first.verdict) == _yes(row.verdict):
            _finish(row, actor=actor, at=at, earlier=first)
        else:
            open_row(version, 3, at=at)


def _finish(row: Review, *, actor: Actor, at: datetime, earlier: Review | None = None) -> None:
    rows = [one for one in (earlier, row) if one]
    rules = sorted({rule for one in rows for rule in one.rules})
    if _yes(row.verdict):
        conditions = list(dict.fromkeys(condition for one in rows for condition in one.conditions))
        settle_grade(row.version, reason=row.class_record, actor=actor, at=at)
        settle_records(row.version, reason=row.reason, actor=actor, at=at)
        approve_version(version=row.version, conditions=conditions, rules=rules, reason=row.reason, actor=actor, at=at)
    else:
        _end(row, "refuse", "refused", rules, ("不予通过", "was refused"), actor=actor, at=at)


def _return(row: Review, *, actor: Actor, at: datetime) -> None:
    """The reviewers' clock stops; the seller has the venue's days to revise."""
    for other in row.version.reviews.filter(status__in=[ReviewStatus.WAITING, ReviewStatus.ASSIGNED]).exclude(pk=row.pk):
        other.status = ReviewStatus.VOID
        other.save(update_fields=["status"])
    length = int(parameter("review.return_days", venue=row.version.listing.venue, at=at))
    row.version.due_at = add_working_days(row.version.listing.venue, at, length)
    _end(row, "return", "returned", row.rules, ("退回补正", "was returned for correction"), actor=actor, at=at, due_at=row.version.due_at)


def _end(row: Review, action: str, word: str, rules: Sequence[str], said: tuple[str, str], *, actor: Actor, at: datetime,
         due_at: datetime | None = None) -> None:
    version = row.version
    version.status = advance(VERSION, VersionStatus(version.status), action, subject=version.code, code="listings.version.illegal_move")
    version.reason, version.due_at = row.reason, due_at
    version.save(update_fields=["status", "reason", "due_at"])
    record(named(VersionMoved, f"listings.listing.{word}")(
        subject=version.listing.code, version_code=version.code, content_hash=version.content_hash, reason=row.reason, rules=list(rules)),
        actor=actor, at=at)
    notify(organization=version.organization, kind=f"listings.listing.{word}", subject=version.listing.code,
           tone="wait" if due_at else "bad",
           href=f"/desk/listings/{version.listing.code}/edit/", due_at=due_at, at=at,
           text=(f"《{version.title_zh}》{said[0]}：{row.reason}", f"“{version.title_en or version.title_zh}” {said[1]}: {row.reason}"))


def release_idle(*, version: ListingVersion, clock: Clock) -> Review | None:
    """This will put a version's row back that was claimed and left untouched for half of the time then left; the clock's act."""
    row = idle_rows(clock.now()).filter(version=version).first()
    return release_review(review=row, actor=SYSTEM, clock=clock) if row is not None else None


def idle_rows(at: datetime) -> QuerySet[Review]:
    """This will find the claimed rows without a draft whose holder let half of his time pass; who took over a late one is left to it."""
    half = ExpressionWrapper(F("claimed_at") + (F("due_at") - F("claimed_at")) / 2, output_field=DateTimeField())
    return Review.objects.filter(status=ReviewStatus.ASSIGNED, drafted_at__isnull=True, due_at__gt=F("claimed_at")).annotate(
        half_at=half).filter(half_at__lte=at)
