"""The first listing, coached (R120): the steps with what is missing at each, how long each takes by the figures in force, and how many
of those who began got how far, counted from rows.

Nothing is asked twice: what stands already is a step done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from compliance.models import Declaration
from compliance.queries import declaration_in_force
from compliance.states import DeclarationStatus
from kit.coverage import covers
from listings.completeness import missing_in
from listings.grounds import Pair
from listings.models import DataProduct, Listing, ListingVersion, PropertyRight, RegistrationCertificate
from listings.states import CertificateStatus, ListingStatus, RightStatus
from participants.models import Organization
from participants.queries import parameter

__all__ = ["FEWEST", "Reached", "Step", "drop_off", "first_steps", "newest_draft"]

#: Below so many organisations a step's share is not told: it would speak of single firms.
FEWEST = 5
_YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Step:
    """One step: whether it is done, what is missing, how long it takes, and the page where it is done."""

    key: str
    label: Pair
    done: bool
    missing: tuple[Pair, ...]
    takes: Pair
    href: str


@dataclass(frozen=True)
class Reached:
    """How many organisations got to a step, and the share of those before who did (None where too few are counted)."""

    key: str
    label: Pair
    organisations: int
    permille: int | None


LABELS: dict[str, Pair] = {
    "product": ("建立产品", "Make a product"), "rights": ("声明三项权利", "Declare the three rights"),
    "certificate": ("登记并取得凭证", "Register and be certified"), "declaration": ("签署声明承诺", "Sign the declaration"),
    "draft": ("填写挂牌、上传文件", "Fill in the listing, attach the file"), "submit": ("提交审核", "Submit for review"),
    "sale": ("上架", "On sale"),
}


def newest_draft(organization: Organization) -> ListingVersion | None:
    """This will return the organisation's newest version, whatever its state; None before the first listing."""
    rows = ListingVersion.objects.filter(organization=organization).select_related("listing__product", "listing__venue", "organization")
    return rows.order_by("-id").first()


@covers("R120")
def first_steps(organization: Organization, *, at: datetime) -> list[Step]:
    """This will tell where an organisation stands on its way to its first listing on sale."""
    version = newest_draft(organization)
    product = version.listing.product if version else DataProduct.objects.filter(organization=organization).order_by("-id").first()
    held = _rights(product)
    certified = product is not None and RegistrationCertificate.objects.filter(
        product=product, status=CertificateStatus.VALID, effective_to__gt=at).exists()
    lacks = tuple(one.text for one in missing_in(version)) if version else (("还没有挂牌草稿", "There is no draft yet"),)
    takes = _takes(organization, at)
    edit = f"/desk/listings/{version.listing.code}/edit/" if version else "/desk/resources/#new"
    on_sale = Listing.objects.filter(organization=organization, status=ListingStatus.LISTED).exists()
    declared = declaration_in_force(organization, version.listing.code if version else "", at) is not None
    return [
        _step("product", product is not None, ("还没有产品", "There is no product yet"), takes, "/desk/resources/#new"),
        _step("rights", held == 3, (f"已声明 {held} 项，共三项", f"{held} of three declared"), takes, "/desk/rights/"),
        _step("certificate", certified, ("没有有效的登记凭证", "No certificate in force"), takes, "/desk/registrations/"),
        _step("declaration", declared, ("没有有效的声明承诺", "No declaration in force"), takes, "/desk/declarations/"),
        Step("draft", LABELS["draft"], version is not None and not lacks, lacks, takes["draft"], edit),
        _step("submit", version is not None and version.submitted_at is not None, ("还没有提交", "Not submitted yet"), takes,
              f"{edit}#send" if version else edit),
        _step("sale", on_sale, ("还没有在售产品", "Nothing on sale yet"), takes, "/desk/listings/"),
    ]


def _takes(organization: Organization, at: datetime) -> dict[str, Pair]:
    """How long each step takes: the figures in force where somebody else acts, a usual time where the seller does."""

    def days(key: str, scope: str = "") -> int:
        return int(parameter(key, venue=organization.venue, at=at, scope=scope))

    accept, review = days("registration.accept_days"), days("registration.review_days")
    notice = days("registration.notice_days", "personal")
    amber, red = days("review.amber_days"), days("review.red_days")
    return {
        "product": ("约 5 分钟", "about 5 minutes"), "rights": ("约 5 分钟", "about 5 minutes"),
        "certificate": (f"受理至多 {accept} 个工作日，审查至多 {review} 个；公共和个人数据另公示 {notice} 个",
                        f"taken in within {accept} working days, reviewed within {review}; public and personal data: {notice} more"),
        "declaration": ("约 20 分钟，下次沿用本次回答", "about 20 minutes; the answers are used again"),
        "draft": ("约 30 分钟", "about 30 minutes"),
        "submit": (f"一人审核至多 {amber} 个工作日，两人审核至多各 {red} 个",
                   f"one reviewer: within {amber} working days; two: within {red} each"),
        "sale": ("审核通过即上架", "at once when approved"),
    }


def _step(key: str, done: bool, lacks: Pair, takes: dict[str, Pair], href: str) -> Step:
    return Step(key, LABELS[key], done, () if done else (lacks,), takes[key], href)


def _rights(product: DataProduct | None) -> int:
    if product is None:
        return 0
    held = PropertyRight.objects.filter(product=product, status=RightStatus.ACTIVE)
    return held.values("right").distinct().count()


# ---- how far others got --------------------------------------------------------------------------------------------------------------


def _products(since: datetime) -> set[int]:
    return set(DataProduct.objects.filter(created_at__gte=since).values_list("organization_id", flat=True))


def _righted(since: datetime) -> set[int]:
    rows = PropertyRight.objects.filter(created_at__gte=since).exclude(status=RightStatus.DRAFT)
    return set(rows.values_list("product__organization_id", flat=True))


def _certified(since: datetime) -> set[int]:
    return set(RegistrationCertificate.objects.filter(issued_at__gte=since).values_list("organization_id", flat=True))


def _declared(since: datetime) -> set[int]:
    rows = Declaration.objects.filter(signed_at__gte=since).exclude(status__in=[DeclarationStatus.DRAFT, DeclarationStatus.DISCARDED])
    return set(rows.values_list("organization_id", flat=True))


def _drafted(since: datetime) -> set[int]:
    rows = ListingVersion.objects.filter(created_at__gte=since).exclude(file_sha256="")
    return set(rows.values_list("organization_id", flat=True))


def _submitted(since: datetime) -> set[int]:
    return set(ListingVersion.objects.filter(submitted_at__gte=since).values_list("organization_id", flat=True))


def _sold(since: datetime) -> set[int]:
    return set(Listing.objects.filter(listed_at__gte=since).values_list("organization_id", flat=True))


_FUNNEL: dict[str, Callable[[datetime], set[int]]] = {
    "product": _products, "rights": _righted, "certificate": _certified, "declaration": _declared, "draft": _drafted,
    "submit": _submitted, "sale": _sold,
}


@covers("R120")
def drop_off(*, at: datetime) -> list[Reached]:
    """This will count, over a year, how many organisations reached each step having reached all before it."""
    rows, before = [], None
    for key, count in _FUNNEL.items():
        found = count(at - _YEAR)
        kept = found if before is None else before & found
        base = len(kept) if before is None else len(before)
        rows.append(Reached(key, LABELS[key], len(kept), 1000 * len(kept) // base if base >= FEWEST else None))
        before = kept
    return rows
