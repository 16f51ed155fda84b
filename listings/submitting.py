"""Submit 提交: complete, declared, registered, screened, and sent as deep as the facts ask for (数据二十条 八、十四、十五).

Every obstacle is a refusal that names its place in the form. Green versions are published in the same transaction.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from compliance.answers import unanswered
from compliance.models import CaseKind
from compliance.queries import declaration_in_force
from compliance.rules.classification import cell_of
from compliance.rules.personal_conditions import conditions_asked
from compliance.screening import Screening, screen
from evidence.operations import operation, record
from evidence.prepared import ask
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import FieldFault, Rejected
from kit.states import advance
from listings.anonymity import category_of, counts_as_personal
from listings.authorising import refuse_outside_authorisation
from listings.circulating import refuse_outside_cell
from listings.classifying import note_grade, refuse_unfit_class
from listings.completeness import missing_in
from listings.conditions import ask_conditions
from listings.consents import refuse_outside_consent
from listings.content import commitment_of, hash_of_content, profile_of
from listings.depth import DepthFacts, depth_of
from listings.drafting import locked_draft
from listings.events import VersionMoved, VersionSubmitted, named
from listings.models import Depth, Listing, ListingVersion, RegistrationCertificate, Review, RightOrigin, ScreeningRun
from listings.overdue import end_late
from listings.quality import refresh_quality
from listings.reach import reach_of_version
from listings.recognising import worst_elsewhere
from listings.redeclaring import foretell
from listings.science import refuse_unscientific
from listings.states import VERSION, CertificateStatus, ListingStatus, ReviewStatus, RightStatus, VersionStatus
from listings.whitelist import refuse_special_in_public
from participants.operations import notify
from participants.permissions import require
from participants.profiles import compliance_weak, projects_of, trusted
from participants.proofs import listing_limit
from participants.queries import add_working_days, parameter, refuse_unless_may
from participants.roles import Capability
from participants.timers import after

__all__ = ["depth_facts", "open_row", "screen_version", "store_screening", "submit_listing", "withdraw_version"]


def screen_version(version: ListingVersion, *, at: datetime) -> Screening:
    """This will ask the negative list in force about a version as it stands."""
    return screen(profile_of(version), at=at)


def store_screening(version: ListingVersion, answer: Screening, *, cause: str, at: datetime) -> ScreeningRun:
    """This will keep one answer of the list, append-only."""
    answered = answer.as_json()
    return ScreeningRun.objects.create(version=version, verdict=answered["verdict"], rule_set=answer.rule_set, hits=answered["hits"],
                                       missing=answered["missing"], facts=dict(profile_of(version).facts), cause=cause, at=at)


def valid_certificate(version: ListingVersion, *, at: datetime) -> RegistrationCertificate | None:
    """This will find the seller's certificate of the product in force; a licensee's is the licensee's."""
    return RegistrationCertificate.objects.filter(product=version.listing.product, organization=version.organization,
                                                  status=CertificateStatus.VALID, effective_to__gt=at).first()


def depth_facts(version: ListingVersion, answer: Screening, *, at: datetime) -> DepthFacts:
    """This will read what the depth of review depends on, from data in force."""
    facts, seller = version.facts, version.organization
    authorised = version.listing.product.rights.filter(status=RightStatus.ACTIVE,
                                                       origin__in=[RightOrigin.AUTHORISED, RightOrigin.OPEN]).exists()
    approved = ListingVersion.objects.filter(organization=seller, approved_at__isnull=False).exists()
    personal = (facts.get("contains_pi") is not False or facts.get("contains_spi") is True or bool(version.hints)
                or counts_as_personal(version))
    return DepthFacts(
        verdict=str(answer.verdict), hits=len(answer.suspicions), category=version.category, grade=version.grade, personal_data=personal,
        affects_public_safety=any(facts.get(name) is not False for name in ("harms_public_interest", "harms_national_security")),
        authorisation_registered=authorised, standing=seller.standing, band=seller.band, approved_before=approved,
        cell_depth=_cell_depth(version), far_reaching=_far_reaching(version),
        trusted=trusted(seller, at=at), compliance_weak=compliance_weak(seller, at=at),
        standing_elsewhere=worst_elsewhere(seller.uscc))


def _far_reaching(version: ListingVersion) -> bool:
    reach = reach_of_version(version) if version.stage and version.grade else None
    return reach is not None and reach.reviewed


def _cell_depth(version: ListingVersion) -> str:
    classed = version.category and version.stage and version.grade
    return cell_of(category_of(version), version.stage, version.grade).depth if classed else "green"


def _refuse_incomplete(version: ListingVersion) -> None:
    lacks = missing_in(version)
    if lacks:
        raise Rejected("listings.version.incomplete", count=len(lacks), listing=version.listing.code,
                       errors=[FieldFault(one.field, "missing", one.text) for one in lacks])


@covers("R48")
def _refuse_over_limit(listing: Listing, at: datetime) -> None:
    """How many products one seller may have on sale rises with its certificates in force."""
    on_sale = Listing.objects.filter(organization=listing.organization, status__in=[ListingStatus.LISTED, ListingStatus.SUSPENDED])
    limit = listing_limit(listing.organization, at=at)
    if on_sale.exclude(pk=listing.pk).count() >= limit:
        raise Rejected("listings.version.over_limit", limit=limit)


@covers("R91")
def _refuse_contractor(version: ListingVersion) -> None:
    """Whoever builds a government system may not sell what flows through it, during the project and after."""
    stated = version.facts.get("from_government_project")
    projects = projects_of(version.organization)
    named = "、".join(one.project for one in projects) or "—"
    if stated is True:
        raise Rejected("listings.version.contractor", listing=version.listing.code, projects=named)
    if stated is None and projects:
        raise Rejected("listings.version.contractor_asked", listing=version.listing.code, projects=named,
                       errors=unanswered(["from_government_project"])["errors"])


@covers("R9", "R71")
def _refuse_unsigned(version: ListingVersion) -> None:
    """Where others share in the price, each has signed; the database asks the same again when it goes on sale."""
    if code := ask("SELECT listings_share_obstacle(%s)", [version.pk])[0][0]:
        raise Rejected(code, listing=version.listing.code)


def _refuse_verdict(version: ListingVersion, answer: Screening) -> None:
    common: dict[str, Any] = {"listing": version.listing.code, "rule_set": answer.rule_set}
    if answer.verdict == "prohibited":
        fired = [rule for rule in answer.fired if rule.bars]
        raise Rejected("listings.version.prohibited", rules=("、".join(f"{one.id} {one.name[0]}" for one in fired),
                                                             ", ".join(f"{one.id} {one.name[1]}" for one in fired)), **common,
                       errors=[FieldFault("facts", one.id, (f"{one.name[0]}（{'；'.join(zh for zh, _ in one.basis)}）",
                                                            f"{one.name[1]} ({'; '.join(en for _, en in one.basis)})")) for one in fired])
    if answer.verdict == "needs_info":
        raise Rejected("listings.version.needs_info", **common, **unanswered(answer.missing))


@covers("R3", "R40", "R84", "D2", "D5")
@operation("listings.version.submit")
def submit_listing(*, version: ListingVersion, edit_version: int | None = None, publish_at: datetime | None = None, actor: Actor,
                   clock: Clock) -> ListingVersion:
    """This will submit a draft: frozen with its hash, its screening and its depth; green ones are on sale when this returns."""
    at = clock.now()
    require(actor, "listings.version.submit", subject=version, at=at)
    held = locked_draft(version, edit_version)
    seller, listing = held.organization, held.listing
    refuse_unless_may(seller, Capability.LIST, at=at)
    if other := listing.versions.filter(status__in=[VersionStatus.SUBMITTED, VersionStatus.APPROVED]).first():
        raise Rejected("listings.version.under_way", version=other.code)
    latest = after("listing.publish_window", at)
    if publish_at is not None and not at <= publish_at <= latest:
        raise Rejected("listings.version.publish_date", latest=latest.isoformat())
    _refuse_incomplete(held)
    _refuse_unsigned(held)
    _refuse_over_limit(listing, at)
    _refuse_contractor(held)
    held.certificate = valid_certificate(held, at=at)
    if held.certificate is None:
        raise Rejected("listings.version.certificate_missing", product=listing.product.code)
    if declaration_in_force(seller, listing.code, at) is None:
        raise Rejected("listings.declaration.missing")
    answer = screen_version(held, at=at)
    _refuse_verdict(held, answer)
    held.class_contested, relabelled = refuse_unfit_class(held)
    refuse_outside_cell(held)
    refuse_unscientific(held, at=at)
    refuse_special_in_public(held)
    refuse_outside_authorisation(held, at=at)
    refuse_outside_consent(held)
    depth, reasons = depth_of(replace(depth_facts(held, answer, at=at), contested=held.class_contested, relabelled=relabelled))
    _freeze(held, answer, depth, reasons, publish_at, actor=actor, at=at)
    _tell_submitted(held, answer, actor=actor, at=at)
    refresh_quality(held, actor=actor, at=at)
    _supersede_returned(held, actor=actor, at=at)
    _send(held, actor=actor, at=at)
    return held


def _freeze(held: ListingVersion, answer: Screening, depth: str, reasons: list[str], publish_at: datetime | None, *, actor: Actor,
            at: datetime) -> None:
    held.status = advance(VERSION, VersionStatus(held.status), "submit", subject=held.code, code="listings.version.illegal_move")
    held.content_hash = hash_of_content(held)
    held.depth, held.depth_reasons, held.screening = Depth(depth), reasons, _kept(answer)
    held.submitted_at = at
    held.publish_at = publish_at
    held.due_at = None
    held.save(update_fields=["status", "certificate", "class_contested",
                             "content_hash", "depth", "depth_reasons", "screening", "submitted_at",
                             "publish_at", "due_at"])
    note_grade(held, actor=actor, at=at)
    store_screening(held, answer, cause="submit", at=at)
    ask_conditions(held, answer, at=at)


def _kept(answer: Screening) -> dict[str, Any]:
    """The answer as it stays with the version; the conditions beside it, which the database asks for before the version is on sale."""
    asked = list(conditions_asked(answer))
    return answer.as_json() | ({"conditions": asked} if asked else {})


def _tell_submitted(held: ListingVersion, answer: Screening, *, actor: Actor, at: datetime) -> None:
    assert held.certificate is not None
    record(VersionSubmitted(
        subject=held.listing.code, version_code=held.code, content_hash=held.content_hash, file_sha256=held.file_sha256, depth=held.depth,
        depth_reasons=held.depth_reasons, verdict=str(answer.verdict), rule_set=answer.rule_set,
        hits=[f"{hit.kind}:{hit.rule}" for hit in answer.hits], certificate=held.certificate.code, reserve=commitment_of(held)),
        actor=actor, at=at)


def _supersede_returned(held: ListingVersion, *, actor: Actor, at: datetime) -> None:
    """A returned version is done with when its revision is submitted."""
    for earlier in held.listing.versions.select_for_update(no_key=True).filter(status=VersionStatus.RETURNED):
        earlier.status = advance(VERSION, VersionStatus(earlier.status), "withdraw", subject=earlier.code,
                                 code="listings.version.illegal_move")
        earlier.due_at = None
        earlier.save(update_fields=["status", "due_at"])
        record(named(VersionMoved, "listings.listing.revised")(
            subject=held.listing.code, version_code=earlier.code, content_hash=earlier.content_hash, reason=held.code), actor=actor, at=at)


def _send(held: ListingVersion, *, actor: Actor, at: datetime) -> None:
    """Green goes through at once; amber waits for the compliance officer, red for the first regulator."""
    from listings.publishing import approve_version

    if held.depth == Depth.GREEN:
        approve_version(version=held, conditions=[], actor=SYSTEM, at=at)
        return
    open_row(held, 1, at=at)
    foretell(held, at=at)
    notify(organization=held.organization, kind="listings.listing.submitted", subject=held.listing.code, href="/desk/listings/", at=at,
           due_at=held.due_at, text=(f"《{held.title_zh}》已提交审核", f"“{held.title_en or held.title_zh}” was submitted for review"))


def open_row(version: ListingVersion, order: int, *, at: datetime) -> Review:
    """This will open the next row of a review with its deadline, running from now."""
    amber = version.depth == Depth.AMBER
    needs = "compliance_officer" if amber else "review_first" if order == 1 else "review_second"
    length = int(parameter("review.amber_days" if amber else "review.red_days", venue=version.listing.venue, at=at))
    due_at = add_working_days(version.listing.venue, at, length)
    row = Review.objects.create(version=version, order=order, needs=needs, opened_at=at, due_at=due_at)
    version.due_at = due_at
    version.save(update_fields=["due_at"])
    return row


@operation("listings.version.withdraw")
def withdraw_version(*, version: ListingVersion, actor: Actor, clock: Clock) -> ListingVersion:
    """This will take a submitted, returned or approved version back; open review rows become void."""
    at = clock.now()
    require(actor, "listings.version.withdraw", subject=version, at=at)
    held = ListingVersion.objects.select_for_update(of=("self",), no_key=True).select_related("listing").get(pk=version.pk)
    held.status = advance(VERSION, VersionStatus(held.status), "withdraw", subject=held.code, code="listings.version.illegal_move")
    held.due_at = None
    held.save(update_fields=["status", "due_at"])
    for row in held.reviews.select_for_update(no_key=True).filter(status__in=[ReviewStatus.WAITING, ReviewStatus.ASSIGNED]):
        row.status = ReviewStatus.VOID
        row.save(update_fields=["status"])
        if row.escalated_at is not None:
            end_late(CaseKind.VERSION_REVIEW, held.code, actor=actor, at=at)
    record(named(VersionMoved, "listings.listing.withdrawn")(
        subject=held.listing.code, version_code=held.code, content_hash=held.content_hash), actor=actor, at=at)
    return held
