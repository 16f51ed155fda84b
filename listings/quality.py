"""Quality reports 质量报告 (R25, W7, D3): by the venue's engine from the file, by accredited assessors beside it, each signed and numbered.

Where the two differ by more than ``TOLERANCE`` the page says so; neither is corrected by the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from compliance.models import Declaration
from compliance.states import DeclarationStatus
from evidence.canonical import canonical
from evidence.files import deposit
from evidence.models import Deposit
from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from listings.events import QualityReported
from listings.measuring import DIMENSIONS, METHOD, Dimension, Measured, age_dimension, dimensions_of, measure_csv
from listings.models import Listing, ListingVersion, QualityReport, ReportKind
from listings.states import ListingStatus
from listings.tables import text_of, typed_profile
from listings.values import clean_text
from participants.models import Admission, AdmissionStatus, Organization
from participants.operations import notify
from participants.permissions import require
from participants.queries import LOCAL, affiliated, venue_organization

__all__ = [
    "ASSESSOR_CLASSES",
    "TOLERANCE",
    "Compared",
    "accredited",
    "assess_quality",
    "compared",
    "file_measured",
    "measure_quality",
    "refresh_quality",
    "report_in_force",
    "reports_of",
]

#: A difference of two reports above this (permille) is shown as a disagreement.
TOLERANCE = 20
#: The classes of admission whose business it is to assess quality.
ASSESSOR_CLASSES = ("provider_quality", "merchant_assessment")
_PAPERS = frozenset(
    {"application/pdf", "text/plain", "application/json", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"}
)


def report_in_force(listing: Listing, file_sha256: str, *, kind: str = ReportKind.ENGINE) -> QualityReport | None:
    """This will return the newest report of a kind on this very file; None where there is none."""
    return (
        QualityReport.objects.filter(listing=listing, file_sha256=file_sha256, kind=kind)
        .select_related("maker")
        .order_by("-number")
        .first()
    )


def reports_of(listing: Listing) -> QuerySet[QualityReport]:
    """This will list all reports on a listing's files, newest first."""
    return QualityReport.objects.filter(listing=listing).select_related("maker", "version", "deposit").order_by("-number")


# ---- by the venue's engine ---------------------------------------------------------------------------------------------------


@covers("R25", "W7", "D3")
@operation("listings.quality.measure")
def measure_quality(*, version: ListingVersion, actor: Actor, clock: Clock) -> QualityReport:
    """This will read the version's file anew and put the engine's next report on file."""
    at = clock.now()
    require(actor, "listings.quality.measure", subject=version, at=at)
    if version.deposit is None or not version.file_sha256:
        raise Rejected("listings.quality.no_file", listing=version.listing.code)
    return file_measured(version, _measured(version, version.deposit), actor=actor, at=at)


def _measured(version: ListingVersion, held: Deposit) -> Measured:
    """The shape is told anew, so that a file profiled by an earlier edition is measured by this one."""
    shape = typed_profile(held)
    with text_of(held, shape.encoding) as lines:
        return measure_csv(lines, shape.profile.columns, shape.profile.scan)


def file_measured(version: ListingVersion, found: Measured, *, actor: Actor, at: datetime) -> QualityReport:
    """This will put what the engine measured on file as its next report, within the act that had it measured."""
    figures = dimensions_of(found, promise=version.update_frequency, today=at.astimezone(LOCAL).date())
    newest = {"newest": found.newest.isoformat()} if found.newest else {}
    rows = [one.as_json() | (newest if one.key == "timeliness" else {}) for one in figures]
    return _file(
        version,
        kind=ReportKind.ENGINE,
        maker=venue_organization(version.listing.venue),
        dimensions=rows,
        rows=found.rows,
        columns=found.per_column,
        method=METHOD,
        actor=actor,
        at=at,
    )


def refresh_quality(version: ListingVersion, *, actor: Actor, at: datetime) -> QualityReport | None:
    """This will put the next number on file where the update promise or the day changed how fresh the file is; the file is not read."""
    last = report_in_force(version.listing, version.file_sha256)
    if last is None:
        return None
    was = next(one for one in last.dimensions if one["key"] == "timeliness")
    newest = datetime.fromisoformat(was["newest"]).date() if was.get("newest") else None
    now = age_dimension(newest, version.update_frequency, at.astimezone(LOCAL).date())
    if now.permille == was["permille"]:
        return None
    fresh = now.as_json() | ({"newest": was["newest"]} if newest else {})
    rows = [fresh if one["key"] == "timeliness" else one for one in last.dimensions]
    return _file(
        version,
        kind=ReportKind.ENGINE,
        maker=last.maker,
        dimensions=rows,
        rows=last.rows_read,
        columns=last.columns,
        method=last.method,
        actor=actor,
        at=at,
    )


def _file(
    version: ListingVersion,
    *,
    kind: str,
    maker: Organization,
    dimensions: list[dict[str, Any]],
    rows: int,
    columns: Sequence[Any],
    method: str,
    paper: Deposit | None = None,
    actor: Actor,
    at: datetime,
) -> QualityReport:
    """Signed: who, when and the hash of all it says stand in the record book."""
    listing = Listing.objects.select_for_update(no_key=True, of=("self",)).get(pk=version.listing_id)
    number = listing.quality_reports.count() + 1
    body = {
        "listing": listing.code,
        "number": number,
        "kind": str(kind),
        "maker": maker.code,
        "file": version.file_sha256,
        "rows": rows,
        "dimensions": dimensions,
        "columns": list(columns),
        "method": method,
        "document": paper.sha256 if paper else "",
    }
    made = QualityReport.objects.create(
        code=new_code("QLR"),
        listing=listing,
        version=version,
        number=number,
        kind=kind,
        maker=maker,
        file_sha256=version.file_sha256,
        rows_read=rows,
        dimensions=dimensions,
        columns=list(columns),
        method=method,
        deposit=paper,
        content_hash=hashlib.sha256(canonical(body)).hexdigest(),
        signed_by=actor.code,
        at=at,
    )
    record(
        QualityReported(
            subject=listing.code,
            report=made.code,
            number=number,
            version_code=version.code,
            maker=maker.code,
            by=str(kind),
            file_sha256=made.file_sha256,
            content_hash=made.content_hash,
            permille={one["key"]: one["permille"] for one in dimensions},
        ),
        actor=actor,
        at=at,
    )
    return made


# ---- by an accredited assessor -------------------------------------------------------------------------------------------------


def accredited(organization: Organization, *, at: datetime) -> bool:
    """This will tell whether an organisation is admitted as an assessor of quality at ``at``."""
    held = Admission.objects.filter(
        organization=organization, category__in=ASSESSOR_CLASSES, status=AdmissionStatus.ADMITTED, effective_from__lte=at
    )
    return held.exclude(effective_to__lte=at).exists()


@covers("R25", "R88", "W7", "D3")
def assess_quality(
    *, listing: Listing, figures: Mapping[str, tuple[int, int]], method: str, stream: Any, name: str, actor: Actor, clock: Clock
) -> QualityReport:
    """This will put an assessor's signed report beside the engine's: per dimension how many passed of how many checked."""
    with transaction.atomic():
        at = clock.now()
        require(actor, "listings.quality.assess", subject=None, at=at)
        maker = Organization.objects.get(pk=actor.organization_id or 0)
        version = _assessable(listing, maker, at)
        rows, said = _figures(figures), clean_text("method", method, 400, "listings.quality.figures_faulty")
        if len(said) < 10:
            raise Rejected(
                "listings.quality.figures_faulty",
                errors=[
                    FieldFault(
                        "method",
                        "too_short",
                        ("写明抽样与对照方法（至少 10 个字）", "Say what was drawn and compared with (at least 10 characters)"),
                    )
                ],
            )
        if not name:
            raise Rejected(
                "listings.quality.figures_faulty",
                errors=[FieldFault("document", "required", ("请附已签署的报告", "Attach the signed report"))],
            )
        paper = deposit(stream, name=name, owner=maker.code, at=at, allowed=_PAPERS)
        return _assess(version=version, maker=maker, rows=rows, method=said, paper=paper, actor=actor, clock=clock)


@operation("listings.quality.assess")
def _assess(
    *, version: ListingVersion, maker: Organization, rows: list[dict[str, Any]], method: str, paper: Deposit, actor: Actor, clock: Clock
) -> QualityReport:
    at = clock.now()
    made = _file(
        version,
        kind=ReportKind.ASSESSOR,
        maker=maker,
        dimensions=rows,
        rows=max((one["checked"] for one in rows), default=0),
        columns=[],
        method=method,
        paper=paper,
        actor=actor,
        at=at,
    )
    notify(
        organization=version.organization,
        kind="listings.quality.reported",
        subject=version.listing.code,
        at=at,
        href=f"/listings/{version.listing.code}/quality/",
        text=(
            f"{maker.name}为《{version.title_zh}》提交了质量评价报告",
            f"{maker.name_en or maker.name} filed a quality report on “{version.title_en or version.title_zh}”",
        ),
    )
    return made


def _assessable(listing: Listing, maker: Organization, at: datetime) -> ListingVersion:
    """Published and on file; the assessor accredited, bound by its own declaration, and no relative of the seller."""
    version = listing.version
    if version is None or listing.status != ListingStatus.LISTED or not version.file_sha256:
        raise Rejected("listings.quality.no_file", listing=listing.code)
    if not accredited(maker, at=at):
        raise Rejected("listings.quality.not_accredited")
    if maker.pk == listing.organization_id or affiliated(maker, listing.organization, at=at):
        raise Rejected(
            "listings.quality.conflict",
            assessor=(maker.name, maker.name_en or maker.name),
            seller=(listing.organization.name, listing.organization.name_en or listing.organization.name),
        )
    if not Declaration.objects.filter(
        organization=maker, template="third_party", status=DeclarationStatus.IN_FORCE, effective_from__lte=at, effective_to__gt=at
    ).exists():
        raise Rejected("listings.quality.undeclared")
    return version


def _figures(figures: Mapping[str, tuple[int, int]]) -> list[dict[str, Any]]:
    """The six in their order; what was not checked stands as 0 of 0."""
    faults = [FieldFault(key, "unknown", ("没有这个维度", "there is no such dimension")) for key in figures if key not in DIMENSIONS]
    faults += [
        FieldFault(key, "out_of_range", ("通过数须在 0 与核对数之间", "Passed lies between 0 and checked"))
        for key, (passed, checked) in figures.items()
        if not 0 <= passed <= checked <= 10**12
    ]
    rows = [Dimension(key, *figures.get(key, (0, 0))) for key in DIMENSIONS]
    if not faults and not any(one.checked for one in rows):
        faults.append(FieldFault("completeness", "required", ("至少核对一个维度", "Check at least one dimension")))
    if faults:
        raise Rejected("listings.quality.figures_faulty", errors=faults)
    return [one.as_json() for one in rows]


# ---- side by side ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Compared:
    """One dimension by the engine and by each assessor (newest report of each); ``apart`` where they disagree."""

    key: str
    engine: Mapping[str, Any] | None
    assessors: tuple[tuple[QualityReport, Mapping[str, Any]], ...]

    @property
    def apart(self) -> bool:
        figures = [one["permille"] for one in (self.engine, *(row for _, row in self.assessors)) if one and one["permille"] is not None]
        return len(figures) > 1 and max(figures) - min(figures) > TOLERANCE


@covers("R25", "D3")
def compared(listing: Listing, file_sha256: str) -> list[Compared]:
    """This will set the reports on one file side by side, dimension by dimension; empty while nothing was measured."""
    engine, newest = None, dict[int, QualityReport]()
    for one in reports_of(listing).filter(file_sha256=file_sha256):
        if one.kind == ReportKind.ENGINE:
            engine = engine or one
        else:
            newest.setdefault(one.maker_id, one)
    if engine is None and not newest:
        return []
    return [
        Compared(key, _row(engine, key) if engine else None, tuple((one, _row(one, key)) for one in newest.values())) for key in DIMENSIONS
    ]


def _row(report: QualityReport, key: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in report.dimensions if one["key"] == key)
    return found
