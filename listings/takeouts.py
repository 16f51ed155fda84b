"""What a supplier takes along of its supply: resources, products, rights, certificates, listings and every version, with their files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evidence.models import Deposit
from listings.models import (
    Contributor,
    DataProduct,
    DataResource,
    Listing,
    ListingVersion,
    PropertyRight,
    Registration,
    RegistrationCertificate,
)
from participants.models import Organization
from participants.takeouts import carries, takes_out, told

__all__: list[str] = []

_OWN = (("resources", "数据资源", "Resources", DataResource), ("products", "数据产品", "Products", DataProduct),
        ("rights", "数据产权", "Rights", PropertyRight), ("registrations", "登记", "Registrations", Registration),
        ("certificates", "登记凭证", "Certificates", RegistrationCertificate), ("listings", "挂牌", "Listings", Listing),
        ("versions", "挂牌版本", "Listing versions", ListingVersion))


def _told_by(model: Any) -> Any:
    def rows(of: Organization) -> Iterator[dict[str, Any]]:
        for one in model.objects.filter(organization=of).order_by("pk"):
            yield told(one)

    return rows


for _name, _zh, _en, _model in _OWN:
    takes_out(_name, _zh, _en)(_told_by(_model))


@takes_out("contributions", "分配份额", "Shares in proceeds")
def _contributions(of: Organization) -> Iterator[dict[str, Any]]:
    for one in Contributor.objects.filter(version__organization=of).select_related("version", "organization").order_by("pk"):
        yield told(one)


@carries("listings")
def _files(of: Organization) -> Iterator[Deposit]:
    for one in ListingVersion.objects.filter(organization=of, deposit__isnull=False).select_related("deposit").order_by("-pk"):
        assert one.deposit is not None
        yield one.deposit
