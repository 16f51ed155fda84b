"""Class and grade of what is offered: by the 27 cells, never below the scan or an earlier grade without a reviewer's record (W3, W4, T49).

What was once graded core stays out of the market whatever it is relabelled to; the database asks the same question.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from compliance.personal.suggest import Contradiction, Suggestion, contradictions, findings_of, suggest
from compliance.rules.classification import delivery_allowed
from compliance.rules.wording import say_value
from compliance.taxonomy import DataGrade, highest_grade
from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import FieldFault, Rejected
from listings.events import GradeSetAside
from listings.models import DataProduct, GradeStatement, ListingVersion
from listings.reach import admitted_modes
from listings.sectors import section_of
from listings.values import clean_text
from participants.permissions import require

__all__ = ["grade_so_far", "note_grade", "refuse_unfit_class", "set_aside_grade", "settle_grade", "suggestion_of"]

_CLASS = ("category", "stage", "grade")


def suggestion_of(version: ListingVersion) -> Suggestion:
    """This will suggest facts, class and grade of a draft from its scan and columns, each with its reason."""
    return suggest(findings_of(version.scan), [one["name"] for one in version.columns], rows=version.row_count or 0,
                   sector=section_of(version.sector))


def contradictions_of(version: ListingVersion) -> list[Contradiction]:
    """This will list what a version states below its scan."""
    return contradictions(findings_of(version.scan), version.facts, version.grade, rows=version.row_count or 0)


def grade_so_far(product: DataProduct) -> str:
    """This will return the highest grade a product was ever given since a reviewer last set one aside; '' before the first."""
    grades: list[str] = []
    for one in GradeStatement.objects.filter(product=product).order_by("id"):
        grades = [one.grade] if one.cause == "set_aside" else [*grades, one.grade]
    return highest_grade(grades) if grades else ""


def note_grade(version: ListingVersion, *, actor: Actor, at: datetime) -> None:
    """This will put a stated class and grade on file, once each time it changes."""
    last = GradeStatement.objects.filter(version=version).order_by("-id").first()
    said = (version.category, version.stage, version.grade)
    if version.grade and (last is None or (last.category, last.stage, last.grade) != said):
        GradeStatement.objects.create(product=version.listing.product, version=version, category=version.category, stage=version.stage,
                                      grade=version.grade, actor=actor.code, at=at)


def _relabelled(version: ListingVersion) -> bool:
    """Whether class, stage or grade differ from what was approved last, or the class from what was registered."""
    approved = ListingVersion.objects.filter(listing=version.listing, approved_at__isnull=False).order_by("-number").first()
    changed = approved is not None and any(getattr(approved, name) != getattr(version, name) for name in _CLASS)
    return changed or (version.certificate is not None and version.certificate.registration.regime != version.category)


@covers("T49", "W4", "B3", "R6", "R19")
def refuse_unfit_class(version: ListingVersion) -> tuple[bool, bool]:
    """This will refuse what its cell does not allow and what stands below scan or earlier grade unexplained; (contested, relabelled)."""
    _refuse_by_cell(version)
    before, contested = grade_so_far(version.listing.product), False
    if before == DataGrade.CORE and version.grade != DataGrade.CORE:
        raise Rejected("listings.version.core_relabelled", product=version.listing.product.code, listing=version.listing.code,
                       errors=[FieldFault("grade", "core_relabelled", (
                           "此前定为核心数据，不得改低", "Graded core before: it is not graded lower"))])
    if before and highest_grade([before, version.grade]) != version.grade:
        contested = True
        was = say_value("grade", before)
        _refuse_unexplained(version, [FieldFault("grade", "lowered", (f"此前定为{was[0]}", f"Graded {was[1]} before"))])
    if below := contradictions_of(version):
        contested = True
        _refuse_unexplained(version, [FieldFault(one.field, "below_scan", one.text) for one in below])
    return contested, _relabelled(version)


def _refuse_by_cell(version: ListingVersion) -> None:
    cell, allowed, reach = admitted_modes(version)
    in_cell = version.delivery_mode in delivery_allowed(cell, open_status=version.facts.get("public_open_status", ""))
    if reach is not None and in_cell and version.delivery_mode not in allowed:
        names = _named(allowed)
        raise Rejected("listings.version.reach_too_far", allowed=names, reach=reach.said, listing=version.listing.code, errors=[
            FieldFault("delivery_mode", "not_allowed", (f"{reach.said[0]}，逐条数据不得交出；可用：{names[0]}",
                                                        f"{reach.said[1]}: the rows do not leave; allowed: {names[1]}"))])
    if cell.outcome != "prohibited" and version.delivery_mode not in allowed:
        names = _named(allowed)
        raise Rejected("listings.version.delivery_not_allowed", allowed=names, article=cell.basis, listing=version.listing.code, errors=[
            FieldFault("delivery_mode", "not_allowed", (f"此类数据可用：{names[0]}（{cell.basis[0]}）",
                                                        f"Allowed for such data: {names[1]} ({cell.basis[1]})"))])


def _named(modes: Sequence[str]) -> tuple[str, str]:
    said = [say_value("delivery_mode", one) for one in modes]
    return "、".join(zh for zh, _ in said), ", ".join(en for _, en in said)


def _refuse_unexplained(version: ListingVersion, faults: list[FieldFault]) -> None:
    if not version.class_note:
        raise Rejected("listings.version.below_scan", listing=version.listing.code, errors=faults)


def settle_grade(version: ListingVersion, *, reason: str, actor: Actor, at: datetime) -> None:
    """This will put on file that a reviewer let a contested class or grade stand: what was said before counts no more."""
    if version.class_contested:
        GradeStatement.objects.create(product=version.listing.product, version=version, category=version.category, stage=version.stage,
                                      grade=version.grade, cause="set_aside", reason=reason, actor=actor.code, at=at)


@covers("T49")
@operation("listings.grade.set_aside")
def set_aside_grade(*, version: ListingVersion, grade: str, reason: str, actor: Actor, clock: Clock) -> GradeStatement:
    """This will let a regulator correct a grade that was given in error (core, mostly); nobody at the seller can."""
    at = clock.now()
    require(actor, "listings.grade.set_aside", subject=version, at=at)
    said = clean_text("reason", reason, 2000, "listings.review.rule_missing")
    if len(said) < 4 or grade not in DataGrade.values:
        raise Rejected("listings.review.rule_missing", minimum=4)
    product = version.listing.product
    before = grade_so_far(product)
    made = GradeStatement.objects.create(product=product, version=version, category=version.category, stage=version.stage, grade=grade,
                                         cause="set_aside", reason=said, actor=actor.code, at=at)
    record(GradeSetAside(subject=version.listing.code, product=product.code, before=before, grade=grade, reason=said), actor=actor, at=at)
    return made
