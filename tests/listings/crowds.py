"""Many listings on sale, copied row by row from one that went the whole way: for what must hold of thousands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kit.ids import new_code
from listings.content import hash_of_content
from listings.models import Contributor, Listing, ListingVersion, PropertyRight, Registration, RegistrationCertificate, ScreeningRun

__all__ = ["crowd"]


def _copies(row: Any, count: int, **fields: Any) -> list[Any]:
    """Unsaved copies of a row; a field given as a function is asked for each by its number."""
    made = []
    for number in range(count):
        values = {one.attname: getattr(row, one.attname) for one in row._meta.concrete_fields if not one.primary_key}
        values |= {name: value(number) if callable(value) else value for name, value in fields.items()}
        made.append(type(row)(**values))
    return made


def _code(prefix: str) -> Callable[[int], str]:
    return lambda _: new_code(prefix)


def crowd(listing: Listing, count: int, facts: Callable[[int], dict[str, Any]] = lambda _: {}, *,
          hashed: bool = False) -> list[Listing]:
    """``count`` further listings of the same seller, each with product, rights, certificate and version of its own; ``facts`` differ.

    ``hashed`` gives each its own content's hash (slow), where what was approved is looked at.
    """
    product, version, certificate = listing.product, listing.version, listing.certificate
    assert version is not None and certificate is not None
    products = type(product).objects.bulk_create(_copies(product, count, code=_code("PRD")))
    for right in PropertyRight.objects.filter(product=product):
        PropertyRight.objects.bulk_create(_copies(right, count, code=_code("RGT"), product_id=lambda n: products[n].pk, status="draft"))
    PropertyRight.objects.filter(product__in=products).update(status="active")
    registrations = Registration.objects.bulk_create(_copies(
        Registration.objects.get(pk=certificate.registration_id), count, code=_code("REG"), product_id=lambda n: products[n].pk,
        status="draft"))
    certificates = RegistrationCertificate.objects.bulk_create(_copies(
        certificate, count, code=_code("CRT"), product_id=lambda n: products[n].pk, registration_id=lambda n: registrations[n].pk))
    listings = Listing.objects.bulk_create(_copies(
        listing, count, code=_code("LST"), product_id=lambda n: products[n].pk, certificate_id=lambda n: certificates[n].pk,
        version_id=None, status="unlisted"))
    versions = ListingVersion.objects.bulk_create(_copies(
        version, count, code=_code("VER"), listing_id=lambda n: listings[n].pk, certificate_id=lambda n: certificates[n].pk, status="draft",
        facts=lambda n: {**version.facts, **facts(n)}))
    Contributor.objects.bulk_create([Contributor(version=one, organization_id=version.organization_id, weight=1) for one in versions])
    run = ScreeningRun.objects.get(version=version, cause="submit")
    ScreeningRun.objects.bulk_create(_copies(run, count, version_id=lambda n: versions[n].pk, facts=lambda n: {**run.facts, **facts(n)}))
    for one in ListingVersion.objects.filter(pk__in=[one.pk for one in versions] if hashed else []):
        ListingVersion.objects.filter(pk=one.pk).update(content_hash=hash_of_content(one))
    for status in ("submitted", "approved", "published"):
        ListingVersion.objects.filter(pk__in=[one.pk for one in versions]).update(status=status)
    for one, its in zip(listings, versions, strict=True):
        one.version, one.status = its, "listed"
    Listing.objects.bulk_update(listings, ["version", "status"], batch_size=500)
    return listings
