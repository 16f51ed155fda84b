"""Resources and products 数据资源、数据产品: mending what an import left incomplete, making a product of a resource."""

from __future__ import annotations

from typing import Any

from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from listings.events import ProductCreated, ResourceEdited
from listings.models import DataProduct, DataResource, ProductKind
from listings.values import clean_text
from participants.models import Organization
from participants.permissions import require

__all__ = ["create_product", "edit_resource"]

#: What a holder may change of a resource, with the longest text taken.
EDITABLE = {"title": 400, "description": 20_000, "provider": 200, "theme": 200, "industry": 200, "keywords": 2000, "frequency": 40}


@covers("T40")
@operation("listings.resource.edit")
def edit_resource(*, resource: DataResource, changes: dict[str, Any], actor: Actor, clock: Clock) -> DataResource:
    """This will change the named texts of a resource and work out anew what a listing of it would still need."""
    at = clock.now()
    require(actor, "listings.resource.edit", subject=resource, at=at)
    held = DataResource.objects.select_for_update(no_key=True).get(pk=resource.pk)
    faults = [FieldFault(name, "unknown", ("不可修改", "This field is not changed here")) for name in changes if name not in EDITABLE]
    if faults:
        raise Rejected("listings.resource.field_faulty", errors=faults)
    for name, value in changes.items():
        setattr(held, name, clean_text(name, value, EDITABLE[name], "listings.resource.field_faulty"))
    held.missing = [] if held.title else ["title"]
    held.save(update_fields=[*changes, "missing"])
    record(ResourceEdited(subject=held.code, changed=sorted(changes)), actor=actor, at=at)
    return held


@covers("R6")
@operation("listings.product.create")
def create_product(*, organization: Organization, title_zh: str, title_en: str = "", kind: str = ProductKind.DATASET,
                   source_statement: str = "",
                   resource: DataResource | None = None, actor: Actor, clock: Clock) -> DataProduct:
    """This will make a product of an organisation, from one of its resources or from scratch."""
    at = clock.now()
    require(actor, "listings.product.create", subject=resource or organization, at=at)
    title = clean_text("title_zh", title_zh, 200, "listings.version.field_faulty")
    if not title:
        raise Rejected("listings.product.title_missing")
    product = DataProduct.objects.create(
        code=new_code("PRD"), organization=organization, resource=resource, kind=ProductKind(kind), title_zh=title,
        title_en=clean_text("title_en", title_en, 240, "listings.version.field_faulty"),
        source_statement=clean_text("source_statement", source_statement, 20_000, "listings.version.field_faulty"), created_at=at)
    record(ProductCreated(subject=product.code, resource=resource.code if resource else "", product_kind=kind), actor=actor, at=at)
    return product
