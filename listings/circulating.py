"""How a listing circulates: it fits its cell of mode × channel when it is submitted, and the database asks the same (R43)."""

from __future__ import annotations

from compliance.rules.circulation import Flow, Licence, circulation, refuse_unless_admitted
from compliance.taxonomy import Channel, CirculationMode, DataCategory, DataGrade, DeliveryMode, OpenStatus
from kit.coverage import covers
from kit.rejected import FieldFault, Rejected
from listings.anonymity import counts_as_personal
from listings.models import DataProduct, Listing, ListingVersion

__all__ = ["licence_of", "refuse_grant_of_open", "refuse_outside_cell"]

Pair = tuple[str, str]


@covers("R43", "W10")
def refuse_outside_cell(version: ListingVersion) -> Flow:
    """This will refuse a version whose price, sale or kind of data its way of circulation does not admit, by the cell's name."""
    flow = refuse_unless_admitted(version.circulation, Channel.ON_EXCHANGE, "list", listing=version.listing.code)
    common = {"cell": flow.name, "text": flow.text, "article": flow.basis, "listing": version.listing.code}
    if faults := _of_money(version, flow):
        raise Rejected("listings.circulation.money", errors=faults, **common)
    if version.circulation == CirculationMode.OPEN and (faults := _of_openness(version)):
        raise Rejected("listings.circulation.not_openable", errors=faults, **common)
    return flow


def _of_money(version: ListingVersion, flow: Flow) -> list[FieldFault]:
    faults = []
    if version.sale_mode not in flow.sales:
        faults.append(FieldFault("sale_mode", "not_of_cell", ("此流通方式不用这种出售方式", "Not a way of sale of this circulation")))
    if flow.money == "none" and version.price_fen != 0:
        faults.append(FieldFault("price_fen", "not_of_cell", ("此流通方式价格为零", "The price is zero in this circulation")))
    if flow.money == "right" and version.price_fen is not None:
        faults.append(FieldFault("price_fen", "not_of_cell", ("交换不填价格", "An exchange states no price")))
    return faults


def _of_openness(version: ListingVersion) -> list[FieldFault]:
    stated = version.facts
    checks: list[tuple[bool, str, Pair]] = [
        (version.delivery_mode == DeliveryMode.DOWNLOAD, "delivery_mode", ("开放数据以下载交付", "Open data is delivered by download")),
        (version.grade == DataGrade.GENERAL, "grade", ("只有一般数据可以开放", "Only general data may be opened")),
        (version.category != DataCategory.PERSONAL and stated.get("contains_pi") is False and not counts_as_personal(version),
         "facts.contains_pi",
         ("不含个人信息的才可以开放", "Only what holds no personal information may be opened")),
        (version.category != DataCategory.PUBLIC or stated.get("public_open_status") == OpenStatus.UNCONDITIONAL,
         "facts.public_open_status", ("公共数据须已依法无条件开放", "Public data must be open by law without conditions")),
    ]
    return [FieldFault(field, "not_openable", text) for fits, field, text in checks if not fits]


def licence_of(version: ListingVersion) -> Licence:
    """This will return the licence of an open version."""
    return circulation().licences[version.use_terms["licence"]]


@covers("R43")
def refuse_grant_of_open(product: DataProduct) -> None:
    """This will refuse to grant one organisation what is open to everyone: a grant would say that the others may not."""
    rows = Listing.objects.listed().filter(product=product, version__circulation=CirculationMode.OPEN)
    if listing := rows.first():
        refuse_unless_admitted(CirculationMode.OPEN, Channel.ON_EXCHANGE, "grant", listing=listing.code)
