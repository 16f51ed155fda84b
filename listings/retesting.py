"""A re-identification test that failed, and the way back 重新识别测试 (R32): decided at the desk like any proof, it changes the fact.

From then on the product counts as personal information: what is on sale is judged anew in the same transaction, taken off where the list,
the conditions or its cell now ask for more, and found under personal data. A later test of the file that passes turns all of it back.
"""

from __future__ import annotations

from datetime import datetime

from evidence.operations import operation
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import FieldFault, Rejected
from listings.anonymity import TEST, TEST_RULES, counts_as_personal
from listings.conditions import ask, move, tell
from listings.models import Condition, ListingVersion
from listings.proving import MINIMUM, OPEN, WEAK, locked_condition, refuse_moot
from listings.rescreening import rejudge_product
from listings.reviewing import refuse_conflict
from listings.states import ConditionStatus, VersionStatus
from listings.values import clean_text
from participants.notices import Note, notify_all
from participants.permissions import require

__all__ = ["fail_test", "open_retest"]


@covers("R32", "W6")
@operation("listings.condition.fail")
def fail_test(*, condition: Condition, reason: str, actor: Actor, clock: Clock) -> Condition:
    """This will put on file that a test re-identified persons, also after a report was accepted: the product counts as personal."""
    at = clock.now()
    require(actor, "listings.condition.decide", subject=condition, at=at)
    held = locked_condition(condition)
    refuse_moot(held)
    refuse_conflict(held.version.organization, actor, at)
    if held.condition != TEST:
        raise Rejected("listings.condition.no_test", condition=held.text)
    if held.provided_by_id == actor.user_id:
        raise Rejected("listings.condition.same_person")
    said = clean_text("reason", reason, 2000, WEAK)
    if len(said) < MINIMUM:
        raise Rejected(WEAK, minimum=MINIMUM, errors=[FieldFault("reason", "missing", ("请填写", "Please fill in"))])
    if held.status == ConditionStatus.MET:
        held = _disproved(held, at)
    move(held, "fail")
    held.decided_by_id, held.decided_at, held.reason, held.due_at = actor.user_id, at, said, None
    held.save()
    tell("failed", held, actor=actor, at=at, reason=said)
    _open(held.version, at=at)
    rejudge_product(held.version.listing.product, at=at)
    zh, en = held.version.titles
    notify_all([Note(held.version.organization, "listings.condition.moved", (
        f"《{zh}》的重新识别测试未通过，自此按个人信息对待：{said}。出路：对该文件重做测试并通过，或按个人信息办理。",
        f"“{en}” failed its re-identification test and counts as personal information from now on: {said}. Way back: a later test of the "
        "file that passes, or what personal information needs."), "bad", held.code,
        f"/desk/listings/{held.version.listing.code}/edit/#conditions")], at=at)
    return held


def _disproved(met: Condition, at: datetime) -> Condition:
    """The row of a test that speaks against an accepted report: the report's own row and its decision stand as they are."""
    if Condition.objects.filter(version=met.version_id, condition=TEST, status__in=OPEN).exists():
        move(met, "fail")  # refused: a newer report is under way, its own row is decided
    made = ask(met.version, TEST, met.rules, before=met, at=at)
    made.file_sha256 = met.file_sha256
    made.save()
    tell("asked", made, actor=SYSTEM, at=at)
    return made


def _open(version: ListingVersion, *, at: datetime) -> Condition:
    """The row in which the next report is handed in: no deadline runs, since what personal information needs is the other way."""
    made = ask(version, TEST, TEST_RULES, at=at)
    made.due_at = None
    made.save()
    tell("asked", made, actor=SYSTEM, at=at)
    return made


@covers("R32")
@operation("listings.condition.retest")
def open_retest(*, version: ListingVersion, actor: Actor, clock: Clock) -> Condition:
    """This will let the seller of what counts as personal hand in a test of a draft's own file before it is submitted."""
    at = clock.now()
    held = ListingVersion.objects.select_for_update(of=("self",), no_key=True).select_related(
        "listing__product", "listing__venue", "organization").get(pk=version.pk)
    require(actor, "listings.condition.provide", subject=Condition(version=held), at=at)
    if held.status != VersionStatus.DRAFT or not held.file_sha256 or not counts_as_personal(held):
        raise Rejected("listings.condition.no_retest", version=held.code, listing=held.listing.code)
    if Condition.objects.filter(version=held, condition=TEST, status__in=OPEN).exists():
        raise Rejected("listings.condition.no_retest", version=held.code, listing=held.listing.code)
    return _open(held, at=at)
