"""What passes on of supply (R39): resources, rights and where they come from, registrations, listings, consents, authorisations.

All that is held about one product goes together, and so do products that are made of one source or of each other. What people
consented to goes with the data and each is told; without an heir it ends, and whoever received the data deletes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db.models import Q

from kit.actors import SYSTEM
from kit.clock import FixedClock
from kit.coverage import covers
from listings.consents import end_with_holder, tell_consent
from listings.models import (
    Authorisation,
    Consent,
    Contributor,
    Correction,
    DataProduct,
    DataResource,
    GuidedPrice,
    Listing,
    ListingVersion,
    OptOut,
    Principal,
    ProductInput,
    PropertyRight,
    Question,
    Registration,
    RegistrationCertificate,
    ShareParty,
    Source,
    SourceRequest,
    SubjectRequest,
)
from listings.states import (
    AuthorisationStatus,
    CertificateStatus,
    ConsentStatus,
    CorrectionStatus,
    ListingStatus,
    MandateStatus,
    OptOutStatus,
    QuestionStatus,
    RegistrationStatus,
    RequestStatus,
    RightStatus,
    ShelfStatus,
    SourceStatus,
    SubjectRequestStatus,
    VersionStatus,
)
from participants.estates import Held, Obstacle, Passing, estate, follows, hinders, obstacle, tied, winds_up
from participants.models import Membership, Organization
from participants.notices import notify
from participants.predicates import in_force
from participants.queries import may
from participants.roles import Capability, Role

__all__: list[str] = []

_RIGHTS = (RightStatus.DRAFT, RightStatus.ACTIVE, RightStatus.SUSPENDED)
_CERTIFIED = (CertificateStatus.VALID, CertificateStatus.FROZEN)
_APPLYING = (RegistrationStatus.DRAFT, RegistrationStatus.APPLIED, RegistrationStatus.RETURNED, RegistrationStatus.IN_REVIEW,
             RegistrationStatus.IN_NOTICE, RegistrationStatus.OBJECTED)
_ON_SALE = (ListingStatus.LISTED, ListingStatus.SUSPENDED)
_CURRENT = (VersionStatus.DRAFT, VersionStatus.SUBMITTED, VersionStatus.RETURNED, VersionStatus.APPROVED, VersionStatus.PUBLISHED)
_TO_ANSWER = (CorrectionStatus.OPEN, CorrectionStatus.OVERDUE, CorrectionStatus.ACCEPTED)
_GRANTED = (AuthorisationStatus.FILED, AuthorisationStatus.IN_FORCE)


@estate("listings.resources", "数据资源", "Data resources", ends=True)
def _resources(of: Organization) -> Iterator[Held]:
    for one in DataResource.objects.filter(organization=of):
        yield Held(one.code, one.code, one.title, "listings_dataresource", "organization_id", one.pk, live=one.status == ShelfStatus.ACTIVE)


@estate("listings.products", "数据产品", "Data products", ends=True)
def _products(of: Organization) -> Iterator[Held]:
    for one in DataProduct.objects.filter(organization=of):
        yield Held(one.code, one.code, one.title_zh, "listings_dataproduct", "organization_id", one.pk,
                   live=one.status == ShelfStatus.ACTIVE)


@estate("listings.rights", "数据产权", "Rights in data", ends=True)
def _rights(of: Organization) -> Iterator[Held]:
    for one in PropertyRight.objects.filter(organization=of, status__in=_RIGHTS).select_related("product"):
        yield Held(one.product.code, one.code, one.product.title_zh, "listings_propertyright", "organization_id", one.pk,
                   live=one.status != RightStatus.DRAFT)


@estate("listings.sources", "来源", "Sources")
def _sources(of: Organization) -> Iterator[Held]:
    for one in Source.objects.filter(organization=of, status=SourceStatus.ACTIVE):
        yield Held(one.code, one.code, one.title, "listings_source", "organization_id", one.pk)


@estate("listings.registrations", "登记与登记凭证", "Registrations and certificates", ends=True)
def _registrations(of: Organization) -> Iterator[Held]:
    rows = Registration.objects.filter(Q(status__in=_APPLYING) | Q(certificate__status__in=_CERTIFIED)).select_related("product")
    for one in rows.filter(organization=of):
        yield Held(one.product.code, one.code, one.product.title_zh, "listings_registration", "organization_id", one.pk)
    for one in rows.filter(counterparty=of):
        yield Held(one.product.code, one.code, one.product.title_zh, "listings_registration", "counterparty_id", one.pk)
    for row in RegistrationCertificate.objects.filter(organization=of, status__in=_CERTIFIED).select_related("product"):
        yield Held(row.product.code, row.code, row.product.title_zh, "listings_registrationcertificate", "organization_id", row.pk)


@estate("listings.answers", "待答复的提问与更正建议", "Questions and corrections to answer", ends=True)
def _answers(of: Organization) -> Iterator[Held]:
    """Who answers for a listing answers what was asked of it; what was said already stays said by who said it."""
    for one in Question.objects.filter(organization=of, status=QuestionStatus.OPEN).select_related("listing__product"):
        yield Held(one.listing.product.code, one.code, "", "listings_question", "organization_id", one.pk,
                   live=one.listing.status in _ON_SALE)
    suggested = Correction.objects.filter(organization=of, status__in=_TO_ANSWER).select_related("listing__product")
    for row in suggested:
        yield Held(row.listing.product.code, row.code, "", "listings_correction", "organization_id", row.pk,
                   live=row.listing.status in _ON_SALE)


@estate("listings.listings", "挂牌", "Listings", ends=True)
def _listings(of: Organization) -> Iterator[Held]:
    for one in Listing.objects.filter(organization=of).select_related("product"):
        yield Held(one.product.code, one.code, one.product.title_zh, "listings_listing", "organization_id", one.pk,
                   live=one.status in _ON_SALE)
    for row in ListingVersion.objects.filter(organization=of).select_related("listing__product"):
        yield Held(row.listing.product.code, row.listing.code, "", "listings_listingversion", "organization_id", row.pk,
                   live=row.listing.status in _ON_SALE and row.status in _CURRENT)


@estate("listings.contributions", "收益分配份额", "Shares in proceeds")
def _contributions(of: Organization) -> Iterator[Held]:
    for one in Contributor.objects.filter(organization=of).select_related("version__listing__product"):
        listing = one.version.listing
        yield Held(listing.product.code, listing.code, listing.product.title_zh, "listings_contributor", "organization_id", one.pk,
                   live=listing.status in _ON_SALE and one.version.status in _CURRENT and listing.organization_id != of.pk)


@estate("listings.share_agreements", "收益分配协议", "Share agreements")
def _share_agreements(of: Organization) -> Iterator[Held]:
    for one in ShareParty.objects.filter(organization=of, agreement__status__in=["proposed", "disputed", "answered", "in_force", "replaced"]
                                         ).select_related("agreement__version__listing__product"):
        listing = one.agreement.version.listing
        yield Held(listing.product.code, one.agreement.code, listing.product.title_zh, "listings_shareparty", "organization_id", one.pk)


@estate("listings.authorisations", "公共数据授权运营", "Authorisations to run public data")
def _authorisations(of: Organization) -> Iterator[Held]:
    for one in Authorisation.objects.filter(Q(organization=of) | Q(grantor=of), status__in=_GRANTED):
        column, other = ("organization_id", one.grantor_id) if one.organization_id == of.pk else ("grantor_id", one.organization_id)
        yield Held(one.code, one.code, one.subject_zh, "listings_authorisation", column, one.pk, other=other)


@estate("listings.consents", "个人同意与个人的请求", "Consents, and what people asked", ends=True)
def _consents(of: Organization) -> Iterator[Held]:
    for one in Consent.objects.filter(organization=of, status=ConsentStatus.ACTIVE).select_related("product"):
        yield Held(one.product.code, one.code, one.product.title_zh, "listings_consent", "organization_id", one.pk)
    open_ones = SubjectRequest.objects.filter(organization=of, status__in=[SubjectRequestStatus.OPEN, SubjectRequestStatus.LATE])
    for row in open_ones.select_related("consent__product"):
        yield Held(row.consent.product.code, row.code, "", "listings_subjectrequest", "organization_id", row.pk)
    for out in OptOut.objects.filter(organization=of, status__in=[OptOutStatus.OPEN, OptOutStatus.LATE]).select_related("product"):
        yield Held(out.product.code, out.code, "", "listings_optout", "organization_id", out.pk)


@estate("listings.mandates", "受托的个人", "People it is trustee of")
def _mandates(of: Organization) -> Iterator[Held]:
    for one in Principal.objects.filter(organization=of, status=MandateStatus.ACTIVE):
        yield Held(one.code, one.code, one.reference, "listings_principal", "organization_id", one.pk)
        for given in Consent.objects.filter(trustee=of, subject=one.subject_id, status=ConsentStatus.ACTIVE):
            yield Held(one.code, given.code, "", "listings_consent", "trustee_id", given.pk)


@estate("listings.source_requests", "数据来源者请求", "Requests of data sources")
def _source_requests(of: Organization) -> Iterator[Held]:
    rows = SourceRequest.objects.filter(status__in=[RequestStatus.FILED, RequestStatus.OVERDUE]).select_related("product")
    for one in rows.filter(Q(organization=of) | Q(requested_by=of) | Q(recipient=of)):
        for column in ("organization_id", "requested_by_id", "recipient_id"):
            if getattr(one, column) == of.pk:
                yield Held(one.product.code if column == "organization_id" else one.code, one.code, one.product.title_zh,
                           "listings_sourcerequest", column, one.pk)


@tied("listings.lineage")
def _lineage(of: Organization) -> Iterator[tuple[str, str]]:
    """A product and what it is made of are not parted: the database asks one owner of both."""
    for one in ProductInput.objects.filter(product__organization=of).select_related("product", "source", "right__product"):
        if one.source is not None:
            yield one.product.code, one.source.code
        elif one.right is not None:
            yield one.product.code, one.right.product.code
    yield from DataProduct.objects.filter(organization=of, resource__isnull=False).values_list("code", "resource__code")
    yield from Source.objects.filter(organization=of, resource__isnull=False).values_list("code", "resource__code")
    for listing in Listing.objects.filter(organization=of).select_related("product"):  # declarations name the listing
        yield listing.code, listing.product.code
    yield from ListingVersion.objects.filter(organization=of, authorisation__isnull=False).values_list("listing__product__code",
                                                                                                        "authorisation__code")
    for price in GuidedPrice.objects.filter(authorisation__organization=of).select_related("product", "authorisation"):
        yield price.product.code, price.authorisation.code


@covers("R39")
@hinders("listings.supply")
def _in_the_way(passing: Passing) -> Iterable[Obstacle]:
    """Who takes over may list, has promised what a listing rests on, and holds nothing twice."""
    if passing.succession.heirs.exists():
        yield from _not_ready(passing)
        yield from _twice(passing)
        return
    weighty = ListingVersion.objects.filter(organization=passing.predecessor, grade__in=["important", "core"]).select_related("listing")
    if not passing.succession.disposal_plan:
        for code in sorted(set(weighty.values_list("listing__code", flat=True))):
            yield obstacle(code, "重要数据无人承继，须附处置方案", "important data that nobody takes over needs a disposal plan")


def _not_ready(passing: Passing) -> Iterator[Obstacle]:
    from compliance.queries import declaration_in_force

    rows = passing.rows("listings_listing")
    on_sale = Listing.objects.filter(pk__in=[one.key for one in rows], status=ListingStatus.LISTED).in_bulk()
    for one in rows:
        heir = passing.heir_of(one.unit)
        if heir is None or one.key not in on_sale:
            continue
        if may(heir, Capability.LIST, at=passing.at):
            yield obstacle(one.code, f"{heir.short_name} 没有挂牌资格", f"{heir.short_name_en or heir.short_name} may not list")
        since = on_sale[one.key].declare_since
        own = declaration_in_force(passing.predecessor, one.code, passing.at, since=since)
        if not (own and own.subject) and declaration_in_force(heir, one.code, passing.at, since=since) is None:
            yield obstacle(one.code, f"{heir.short_name} 尚未签署声明承诺",
                           f"{heir.short_name_en or heir.short_name} has signed no declaration for it")


def _twice(passing: Passing) -> Iterator[Obstacle]:
    for one in passing.held:
        heir = passing.heir_of(one.unit)
        if heir is None:
            continue
        if one.table == "listings_registrationcertificate":
            row = RegistrationCertificate.objects.get(pk=one.key)
            if RegistrationCertificate.objects.filter(product=row.product_id, organization=heir, status__in=_CERTIFIED).exists():
                yield obstacle(one.code, "承继方对同一产品已有有效凭证，应先注销其一", "the heir has a certificate of this product already")
        elif one.table == "listings_contributor":
            if Contributor.objects.filter(version__contributors__pk=one.key, organization=heir).exists():
                yield obstacle(one.code, "承继方在同一分配方案中已有份额，应先修订", "the heir shares in it already: revise them first")
        elif one.table == "listings_dataresource":
            mine = DataResource.objects.get(pk=one.key)
            if DataResource.objects.filter(organization=heir, region=mine.region, identity=mine.identity).exists():
                yield obstacle(one.code, "承继方已有同一数据资源", "the heir holds the same resource already")


@covers("R39", "R27", "B9")
@follows("listings.people_and_search")
def _follow(passing: Passing) -> None:
    """Whoever consented is told who holds the data now; what search reads of the listings names their new seller."""
    from listings.search import index_listing

    told: dict[int, int] = {}
    for line in passing.rows("listings_consent", "organization_id"):
        one = Consent.objects.select_related("product", "organization", "trustee", "subject").get(pk=line.key)
        tell_consent("passed_on", one, actor=SYSTEM, at=passing.at)
        for key in _told_for(one, passing.at):
            told[key] = told.get(key, 0) + 1
    for key, count in sorted(told.items()):
        notify(organization=Organization.objects.get(pk=key), kind="listings.consent.passed_on", subject=passing.succession.code,
               href="/desk/consents/", at=passing.at,
               text=(f"{passing.predecessor.short_name} 的 {count} 份个人同意由承继方继续履行，可随时撤回。",
                     f"{count} consents given to {passing.predecessor.short_name_en or passing.predecessor.short_name} pass to its "
                     "successor; they may be withdrawn at any time."))
    for line in passing.rows("listings_authorisation", "organization_id"):
        granted = Authorisation.objects.select_related("grantor", "organization").get(pk=line.key)
        notify(organization=granted.grantor, kind="listings.authorisation.passed_on", subject=granted.code, tone="wait", at=passing.at,
               href="/desk/authorisations/",
               text=(f"授权 {granted.code} 的运营机构承继为 {granted.organization.short_name}。",
                     f"The operator of {granted.code} is now {granted.organization.short_name_en or granted.organization.short_name}."))
    for listing in Listing.objects.filter(pk__in=[one.key for one in passing.rows("listings_listing")], status__in=_ON_SALE).order_by("pk"):
        index_listing(listing)


def _told_for(one: Consent, at: datetime) -> set[int]:
    """Where the person reads it: at the trustee that gave it, else in every organisation for which the person acts as a data subject."""
    if one.trustee_id:
        return {one.trustee_id}
    rows = Membership.objects.filter(in_force(at), person=one.subject, role=Role.DATA_SUBJECT)
    return set(rows.values_list("organization_id", flat=True))


@covers("R39", "R29")
@winds_up("listings.supply")
def _wind_up(passing: Passing) -> None:
    """Nobody takes over: consents end and whoever received the data deletes it, listings end, rights are revoked, shelves are closed."""
    from listings.certificates import step
    from listings.publishing import delist
    from listings.registering import withdraw_registration
    from listings.rights import revoke_right

    ends, at, clock = passing.predecessor, passing.at, FixedClock(passing.at)
    for consent in Consent.objects.filter(organization=ends, status=ConsentStatus.ACTIVE).order_by("pk"):
        end_with_holder(consent=consent, at=at)
    for registration in Registration.objects.filter(organization=ends, status__in=_APPLYING).order_by("pk"):
        withdraw_registration(registration=registration, actor=SYSTEM, clock=clock)
    for listing in Listing.objects.filter(organization=ends, status__in=_ON_SALE).order_by("pk"):
        delist(listing=listing, reason=f"承继 {passing.succession.code}：机构终止，无承继方", actor=SYSTEM, clock=clock)
    for right in PropertyRight.objects.filter(organization=ends, status__in=[RightStatus.ACTIVE, RightStatus.SUSPENDED]).order_by("pk"):
        revoke_right(right=right, cause_code=passing.succession.code, actor=SYSTEM, clock=clock)
    for certificate in RegistrationCertificate.objects.filter(organization=ends, status__in=_CERTIFIED).order_by("pk"):
        act, word = ("cancel", "cancelled") if certificate.status == CertificateStatus.VALID else ("revoke", "revoked")
        step(certificate, act, word, cause=passing.succession.code, actor=SYSTEM, at=at)
    DataProduct.objects.filter(organization=ends).update(status=ShelfStatus.ARCHIVED)
    DataResource.objects.filter(organization=ends).update(status=ShelfStatus.ARCHIVED)
