"""Questions about supply: may it be traded, who shares in it, what a page or a reviewer needs to see, what waits for whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from compliance.answers import answer_words
from compliance.queries import declaration_in_force, rule_set_at
from compliance.rules.base import Rule, evaluate, facts_of
from compliance.rules.vocabulary import read_facts, vocabulary
from evidence.prepared import ask, prepared, presence
from kit.coverage import covers
from listings.badges import Badge, badges_of
from listings.conformity import Part, conformity
from listings.content import Change, changes_between
from listings.grounds import grounds_of
from listings.models import (
    Contributor,
    DataProduct,
    Depth,
    Hold,
    Listing,
    ListingVersion,
    PropertyRight,
    Registration,
    RegistrationCertificate,
    Review,
    ScreeningRun,
)
from listings.states import RegistrationStatus, ReviewStatus, VersionStatus
from participants.models import Organization

__all__ = ["ProductPage", "ReviewFile", "RuleResult", "certificate_by_code", "consent_ended", "contributors",
           "diff_to_last_approved", "facts_read", "forbidding_hold",
           "last_approved",
           "notices_public", "obstacle", "open_reviews", "product_page", "registration_by_code", "review_file", "rights_graph",
           "rules_applied",
           "tradable"]


@covers("I16")
def tradable(listing: Listing, *, at: datetime) -> str:
    """This will return '' when the listing may be traded at ``at``, else the refusal's code; the same SQL function that bids ask."""
    return str(ask("SELECT listings_tradable(%s, %s)", [listing.pk, at])[0][0])


def obstacle(listing: Listing, *, version: ListingVersion | None = None, certificate: RegistrationCertificate | None = None,
             at: datetime) -> str:
    """This will return what keeps a listing from being on sale with this version and certificate (its own ones unless named), or ''."""
    return str(ask("SELECT listings_obstacle(%s, %s, %s, %s, %s, %s, %s)", [
        listing.pk, listing.organization_id, listing.code, listing.product_id, version.pk if version else listing.version_id,
        certificate.pk if certificate else listing.certificate_id, at])[0][0])


def contributors(version: ListingVersion) -> list[Contributor]:
    """This will list who shares in a version's proceeds, with their weights, heaviest first (ties by code)."""
    rows = _contributors(version.pk)
    return sorted(rows, key=lambda one: (-one.weight, one.organization.code))


@prepared
def _contributors(version: int) -> QuerySet[Contributor]:
    return Contributor.objects.filter(version=version).select_related("organization")


def consent_ended(version: ListingVersion) -> bool:
    """This will tell whether a consent that a listing rests on was withdrawn or has ended, and its hold is open: nothing is handed over."""
    return _consent_ended(version.listing_id)[0]


@presence
def _consent_ended(listing: int) -> list[QuerySet[Hold]]:
    return [Hold.objects.filter(listing=listing, reason_code="consent.ended", lifted_at__isnull=True)]


#: Holds that stop what was sold already, not only its further sale: the law, the classes or the rights behind it say no.
_FORBIDDING = ("negative_list", "personal.cell", "authorisation.ended", "right.stopped")


@covers("F6", "R14")
def forbidding_hold(version: ListingVersion) -> Hold | None:
    """This will return the hold under which nothing of a version may be used any more, for now; None where there is none."""
    return _forbidding.first(version.listing_id)


@prepared
def _forbidding(listing: int) -> QuerySet[Hold]:
    return Hold.objects.filter(listing=listing, reason_code__in=_FORBIDDING, lifted_at__isnull=True).order_by("placed_at")[:1]


# ---- the product page ------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class ProductPage:
    """Everything the public product page shows of supply; nothing secret (no reserve, no unmasked row)."""

    listing: Listing
    version: ListingVersion
    seller: Organization
    certificate: RegistrationCertificate | None
    rights: list[PropertyRight]
    contributors: list[Contributor]
    versions: list[ListingVersion]
    holds: list[Hold]
    screening: ScreeningRun | None
    refusal: str
    badges: list[Badge]
    report: list[Part]


@covers("R2", "R5", "R21", "R41")
def product_page(listing: Listing, *, at: datetime) -> ProductPage | None:
    """This will gather the public page of a listing; None while nothing of it was ever published."""
    version = listing.version
    if version is None:
        return None
    on = grounds_of(listing, version, refusal=tradable(listing, at=at), at=at)
    return ProductPage(
        listing=listing, version=version, seller=listing.organization, certificate=listing.certificate, rights=list(on.rights),
        contributors=contributors(version), holds=list(on.holds), screening=on.run, refusal=on.refusal,
        versions=list(listing.versions.filter(status__in=[VersionStatus.PUBLISHED, VersionStatus.SUPERSEDED]).order_by("-number")),
        badges=badges_of(on), report=conformity(on))


@dataclass(frozen=True)
class RuleResult:
    """One rule of the negative list and what it said of a version: fired, not, or unknown for want of a fact."""

    rule: Any
    fired: bool | None
    term_hits: list[dict[str, Any]]
    facts: list[tuple[tuple[str, str], Any]] = field(default_factory=list)

    @property
    def way(self) -> list[tuple[str, str]]:
        """What mends it, and under which conditions a restricted rule lets it pass."""
        words = vocabulary()
        return [*(words.remedies[code] for code in self.rule.remedy), *(words.conditions[code] for code in self.rule.conditions)]


def facts_read(rule: Rule, facts: Mapping[str, Any]) -> list[tuple[tuple[str, str], Any]]:
    """This will say what was stated of each fact a rule asks for: its name in both languages, and the answer in words or None."""
    known = vocabulary().facts
    return [(known[name].text, answer_words(name, facts[name]) if facts.get(name) is not None else None)
            for name in sorted(facts_of(rule.when))]


@covers("R84")
def rules_applied(run: ScreeningRun) -> list[RuleResult]:
    """This will say for every rule of the list at that instant what it answered, fired ones first."""
    facts = read_facts(run.facts)
    hits: dict[str, list[dict[str, Any]]] = {}
    for hit in run.hits:
        if hit.get("kind") == "term":
            hits.setdefault(hit["rule"], []).append(hit)
    results = [RuleResult(rule, evaluate(rule.when, facts), hits.get(rule.id, []), facts_read(rule, run.facts))
               for rule in rule_set_at(run.at).rules]
    return sorted(results, key=lambda one: (one.fired is not True, not one.term_hits, one.fired is not None, one.rule.id))


def rights_graph(organization: Organization) -> list[tuple[PropertyRight, int]]:
    """This will list an organisation's rights and all that grew from them, each with its depth in the tree."""
    roots = list(PropertyRight.objects.filter(organization=organization).select_related("product", "organization",
        "parent").order_by("code"))
    children: dict[int, list[PropertyRight]] = {}
    layer = [one.pk for one in roots]
    seen = set(layer)
    while layer:
        grown = list(PropertyRight.objects.filter(parent_id__in=layer).select_related("product", "organization", "parent").order_by("code"))
        for one in grown:
            children.setdefault(one.parent_id or 0, []).append(one)
        layer = [one.pk for one in grown if one.pk not in seen]
        seen.update(layer)
    ordered: list[tuple[PropertyRight, int]] = []
    below = {one.pk for rows in children.values() for one in rows}
    for root in roots:
        if root.pk not in below:
            _walk(root, 0, children, ordered)
    return ordered


def _walk(right: PropertyRight, depth: int, children: dict[int, list[PropertyRight]], into: list[tuple[PropertyRight, int]]) -> None:
    into.append((right, depth))
    for child in children.get(right.pk, []):
        _walk(child, depth + 1, children, into)


# ---- registration ----------------------------------------------------------------------------------------------------------

@covers("R30")
def notices_public(*, user: Any, at: datetime) -> QuerySet[Registration]:
    """This will list what is in public notice, and what was just certified and is still open to objection, ending soonest first."""
    running = Q(status__in=[RegistrationStatus.IN_NOTICE, RegistrationStatus.OBJECTED])
    fresh = Q(status=RegistrationStatus.CERTIFIED, certificate__objection_to__gt=at)
    rows = Registration.objects.filter(running | fresh).exclude(product__in=DataProduct.objects.withheld_from(user))
    return rows.select_related("product", "organization", "certificate").order_by("notice_to", "id")


@covers("R30")
def registration_by_code(code: str, *, user: Any) -> Registration | None:
    """This will find a registration that the public may see: in notice, objected or decided, and of nothing withheld from the reader."""
    seen = [RegistrationStatus.IN_NOTICE, RegistrationStatus.OBJECTED, RegistrationStatus.CERTIFIED]
    rows = Registration.objects.filter(code=code, status__in=seen).exclude(product__in=DataProduct.objects.withheld_from(user))
    return rows.select_related("product", "organization", "certificate").first()


def certificate_by_code(code: str) -> RegistrationCertificate | None:
    """This will find a certificate for the verification page, whatever its state."""
    return (RegistrationCertificate.objects.filter(code=code)
            .select_related("registration", "organization", "product", "registration__deposit").first())


# ---- the review desk -------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class ReviewFile:
    """What a reviewer reads: the version, its difference, screening, rights, certificate, declaration, seller, and the other rows.

    ``opinions`` holds the earlier rows a reader may see; ``hidden`` counts those still closed until his own draft stands.
    """

    version: ListingVersion
    changes: list[Change]
    before: ListingVersion | None
    screening: ScreeningRun | None
    rules: list[RuleResult]
    rights: list[PropertyRight]
    certificate: RegistrationCertificate | None
    declaration: Any
    contributors: list[Contributor]
    seller: Organization
    opinions: list[Review]
    hidden: int
    row: Review | None


def last_approved(version: ListingVersion) -> ListingVersion | None:
    """This will find the newest earlier version of the listing that was approved."""
    return version.listing.versions.filter(approved_at__isnull=False, number__lt=version.number).order_by("-number").first()


def diff_to_last_approved(version: ListingVersion) -> list[Change]:
    """This will list what differs from the last approved version, weighty fields first."""
    return changes_between(last_approved(version), version)


@covers("C7", "R85")
def review_file(version: ListingVersion, *, reader_id: int | None = None, at: datetime) -> ReviewFile:
    """This will gather a version's file for the desk; a later row sees earlier opinions only after its own draft (red reviews)."""
    version = (ListingVersion.objects.select_related("listing__product", "listing__venue", "organization",
                                                     "certificate").get(pk=version.pk))
    rows = list(version.reviews.select_related("reviewer__person").order_by("order", "id"))
    mine = next((one for one in rows if one.reviewer_id == reader_id and one.status == ReviewStatus.ASSIGNED), None)
    closed = mine is not None and version.depth == Depth.RED and mine.drafted_at is None
    others = [one for one in rows if one is not mine and one.status in {ReviewStatus.DECIDED, ReviewStatus.RECUSED}]
    run = version.screenings.order_by("-at", "-id").first()
    return ReviewFile(
        version=version, changes=diff_to_last_approved(version), before=last_approved(version), screening=run,
        rules=rules_applied(run) if run else [], certificate=version.certificate, contributors=contributors(version),
        rights=list(version.listing.product.rights.select_related("organization", "parent").order_by("right", "code")),
        declaration=declaration_in_force(version.organization, version.listing.code, at, since=version.listing.declare_since),
        seller=version.organization,
        opinions=[] if closed else others, hidden=len(others) if closed else 0, row=mine)


def open_reviews(*, needs: list[str] | None = None) -> QuerySet[Review]:
    """This will list the rows that wait or are worked on, by deadline: the desk's queue."""
    rows = Review.objects.filter(status__in=[ReviewStatus.WAITING, ReviewStatus.ASSIGNED])
    if needs is not None:
        rows = rows.filter(needs__in=needs)
    return rows.select_related("version__listing__product", "version__organization", "reviewer__person").order_by("due_at", "id")
