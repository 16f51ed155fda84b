"""The stage of a replay: a venue of the simulation profile, one listing on sale, buyers that exist for the replay only.

Rows are written directly because this database is thrown away: the supply side is scenery, the floor is real.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from compliance.models import Declaration
from evidence.clock import MARKET_CLOCK
from kit.actors import SYSTEM, Actor
from kit.ids import new_code
from listings.models import DataProduct, Listing, ListingVersion, Registration, RegistrationCertificate
from participants.actors import actor_of
from participants.models import Admission, Membership, Organization, Person, User
from participants.operations import open_venue
from participants.roles import OrganizationKind, Role, VenueLevel

__all__ = ["Stage"]

_AGES = timedelta(days=365 * 200)


class Stage:
    """Everything a lot needs before it can be announced."""

    def __init__(self, *, at: datetime) -> None:
        self.at = at
        self.venue = open_venue(
            code="REPLAY", name=("回放场所", "Replay venue"), level=VenueLevel.REGIONAL,
            filing_number="replay", rulebook_version="replay", actor=SYSTEM, clock=MARKET_CLOCK)
        self.seller = self._party(Role.DATA_MERCHANT)
        self.listing = self._listing(Organization.objects.get(pk=self.seller.organization_id or 0))
        self._buyers: list[Actor] = []

    def buyers(self, count: int) -> list[Actor]:
        """This will return ``count`` buyers, making more when the pool is too small."""
        while len(self._buyers) < count:
            self._buyers.append(self._party(Role.BUYER))
        return self._buyers[:count]

    def _party(self, role: str) -> Actor:
        code = new_code("ORG")
        organization = Organization.objects.create(
            code=code, venue=self.venue, name=f"回放参与方 {code}", short_name=code, name_key=code.lower(),
            kind=OrganizationKind.ENTERPRISE, created_at=self.at)
        Admission.objects.create(code=new_code("ADM"), organization=organization, role=role, status="admitted", effective_from=self.at,
                                 created_at=self.at)
        person = Person.objects.create(code=new_code("PSN"), name=code, real_name_key=code)
        Membership.objects.create(person=person, organization=organization, role=role, effective_from=self.at)
        return actor_of(User.objects.create(username=code, person=person, acting_for=organization))

    def _listing(self, owner: Organization) -> Listing:
        at, ends = self.at, self.at + _AGES
        product = DataProduct.objects.create(code=new_code("PRD"), organization=owner, title_zh="回放标的", title_en="Replayed lot",
                                             source_statement="replay", created_at=at)
        registration = Registration.objects.create(code=new_code("REG"), venue=self.venue, organization=owner, product=product,
                                                   regime="enterprise", created_at=at)
        certificate = RegistrationCertificate.objects.create(
            code=new_code("CRT"), registration=registration, organization=owner, product=product, content={}, content_hash="0" * 64,
            issued_at=at, effective_to=ends)
        listing = Listing.objects.create(code=new_code("LST"), venue=self.venue, organization=owner, product=product,
                                         certificate=certificate, created_at=at)
        version = ListingVersion.objects.create(
            code=new_code("LSV"), organization=owner, listing=listing, number=1, title_zh="回放标的", title_en="Replayed lot",
            category="enterprise", stage="product", grade="general", certificate=certificate, content_hash="1" * 64, sale_mode="auction",
            price_fen=1, screening={"verdict": "pass"}, created_at=at, updated_at=at)
        for status in ("submitted", "approved", "published"):
            version.status = status
            version.save(update_fields=["status"])
        declaration = Declaration.objects.create(
            code=new_code("DCL"), organization=owner, subject="", template="merchant", template_version="1", template_hash="2" * 64,
            document_hash="3" * 64, signed_by="PSN-REPLAY", signed_at=at, effective_from=at, effective_to=ends, created_at=at)
        declaration.status = "in_force"
        declaration.save(update_fields=["status"])
        listing.version, listing.status, listing.listed_at = version, "listed", at
        listing.save(update_fields=["version", "status", "listed_at"])
        return listing
