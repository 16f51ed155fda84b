"""What a listing rests on at an instant: gathered once, read by the four badges and by the three-part report. Nothing here is typed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from compliance.models import Declaration
from compliance.queries import declaration_in_force
from evidence.models import Record
from listings.anonymity import counts_as_personal
from listings.models import Hold, Listing, ListingVersion, PropertyRight, QualityReport, RegistrationCertificate, ScreeningRun
from listings.quality import report_in_force
from listings.states import CertificateStatus, RightStatus
from participants.queries import LOCAL

__all__ = ["Fact", "Grounds", "Pair", "date_of", "grounds_of"]

Pair = tuple[str, str]


@dataclass(frozen=True)
class Fact:
    """One fact, in both languages; ``holds`` is None for a remark that decides nothing; ``code`` names the paper it is read from."""

    text: Pair
    holds: bool | None
    code: str = ""


@dataclass(frozen=True)
class Grounds:
    """The rows a listing rests on; ``refusal`` is what stands in the way of trading it now, or ''."""

    listing: Listing
    version: ListingVersion
    rights: tuple[PropertyRight, ...]
    holds: tuple[Hold, ...]
    run: ScreeningRun | None
    declaration: Declaration | None
    told: Record | None
    records: int
    report: QualityReport | None
    refusal: str
    at: datetime

    @property
    def certificate(self) -> RegistrationCertificate | None:
        """The certificate it cites while that one is valid, else None."""
        held = self.listing.certificate
        return held if held is not None and held.status == CertificateStatus.VALID and self.at < held.effective_to else None

    @cached_property
    def proven(self) -> dict[str, str]:
        """The version's conditions with a proof in force, each with the code of its decision."""
        met = self.version.asked.filter(status="met")
        return {one.condition: one.code for one in met if one.effective_to is None or self.at < one.effective_to}

    @cached_property
    def personal(self) -> bool:
        """Whether a failed re-identification test makes it personal information."""
        return counts_as_personal(self.version)

    def says(self, fact: str) -> object:
        """What the seller states for the screening; None where nothing is stated."""
        return self.version.facts.get(fact)


def grounds_of(listing: Listing, version: ListingVersion, *, refusal: str, at: datetime) -> Grounds:
    """This will gather what a version of a listing rests on at ``at``."""
    rights = listing.product.rights.filter(status__in=[RightStatus.ACTIVE, RightStatus.SUSPENDED]).select_related("organization", "parent")
    told = Record.objects.filter(subject=listing.code, kind="listings.listing.submitted", payload__version_code=version.code)
    return Grounds(
        listing=listing,
        version=version,
        rights=tuple(rights.order_by("right", "code")),
        holds=tuple(listing.holds.filter(lifted_at__isnull=True).order_by("placed_at")),
        run=version.screenings.order_by("-at", "-id").first(),
        declaration=declaration_in_force(listing.organization, listing.code, at, since=listing.declare_since),
        told=told.select_related("entry").first(),
        records=Record.objects.filter(subject=listing.code).count(),
        report=report_in_force(listing, version.file_sha256) if version.file_sha256 else None,
        refusal=refusal,
        at=at,
    )


def date_of(at: datetime) -> str:
    """This will write the local day of an instant."""
    return at.astimezone(LOCAL).date().isoformat()
