"""Small supply worlds: a product, a right, a registered product, a listing on sale; rows written as the operations would."""

from __future__ import annotations

from typing import Any

from kit.ids import new_code
from listings.models import DataProduct, PropertyRight
from participants.models import Organization
from tests.factories import NOW, make_organization

__all__ = ["make_product", "make_right"]


def make_product(organization: Organization | None = None, **fields: Any) -> DataProduct:
    """A product of a merchant (made unless given)."""
    return DataProduct.objects.create(**{
        "code": new_code("PRD"), "organization": organization or make_organization(), "title_zh": "港口集装箱吞吐量日度数据",
        "title_en": "Daily container throughput", "source_statement": "自有业务系统产生", "created_at": NOW, **fields})


def make_right(product: DataProduct, right: str, *, holder: Organization | None = None, **fields: Any) -> PropertyRight:
    """An active right of the product's organisation (or ``holder``): any purpose, whole country, unless said otherwise."""
    row = PropertyRight.objects.create(**{
        "code": new_code("RGT"), "organization": holder or product.organization, "product": product, "right": right,
        "origin": "self_generated", "purposes": ["*"], "territory": ["*"], "effective_from": NOW, "created_at": NOW, **fields})
    row.status = "active"
    row.save(update_fields=["status"])
    return row
