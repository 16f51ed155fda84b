"""A product's lineage 权利谱系: from its sources over the products it is made of to itself, as a picture and as the same in a list.

Each place names who gave the data, who produced it, who processes it, and which right is held there (R7, B2). What the number of
a contract is stays its owner's; titles, parties and states are public, as the policy asks (来源可确认).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.utils.safestring import SafeString
from django.utils.timezone import localdate

from compliance.taxonomy import Right
from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from listings.drawing import Node, draw
from listings.forms import SourceForm
from listings.models import DataProduct, Listing, ProductInput, PropertyRight, Source
from listings.states import ListingStatus, RightStatus, SourceStatus
from participants.models import Organization
from participants.timers import after
from participants.words import speaks_chinese, spoken

__all__ = ["Line", "Lineage", "lineage_of", "soon", "traced"]

#: More inputs of one product than these are drawn as one box and told one by one.
LARGEST = 12


def soon(at: datetime) -> datetime:
    """This will return the instant before which a right or source that ends is shown as in danger."""
    return after("right.ending_soon", at)


@dataclass(frozen=True)
class Line:
    """One place of the lineage in words, with the page where it can be followed on."""

    title: str
    note: str
    rights: str = ""
    state: str = ""
    warn: bool = False
    href: str = ""
    into: str = ""


@dataclass(frozen=True)
class Lineage:
    """The picture ('' where there is nothing to draw), the same in lines, and whether anything in it stands still or ends soon."""

    picture: SafeString
    lines: list[Line]

    @property
    def danger(self) -> bool:
        return any(line.warn for line in self.lines)


@dataclass
class _Web:
    """Places found so far; ``distance`` counts from the product, and a place met again moves to its longest way."""

    at: datetime
    nodes: dict[str, Node] = field(default_factory=dict)
    lines: dict[str, Line] = field(default_factory=dict)

    def put(self, node: Node, line: Line) -> None:
        known = self.nodes.get(node.key)
        if known is not None:
            node = replace(known, column=max(known.column, node.column), feeds=tuple(dict.fromkeys(known.feeds + node.feeds)),
                           rights=tuple(dict.fromkeys(known.rights + node.rights)), warn=known.warn or node.warn)
            line = replace(self.lines[node.key], rights=_words(node.rights), warn=node.warn, state=self.lines[node.key].state or line.state)
        self.nodes[node.key], self.lines[node.key] = node, line


@covers("R7", "B2", "R37")
def lineage_of(product: DataProduct, *, at: datetime) -> Lineage:
    """This will gather and draw where a product comes from, level by level."""
    web = _Web(at)
    held = [one for one in product.rights.select_related("parent__organization") if one.status not in _GONE]
    own = [one for one in held if one.organization_id == product.organization_id]
    stopped = next((one for one in own if one.status != RightStatus.ACTIVE), None)
    certificate = product.certificates.order_by("-id").first()
    kinds = tuple(dict.fromkeys(one.right for one in own))
    here = spoken(("本产品", "This product"))
    state = str(stopped.get_status_display()) if stopped else ""
    web.put(Node("product", 0, here, certificate.code if certificate else product.code, ("operate",), own=True),
            Line(spoken((product.title_zh, product.title_en or product.title_zh)), certificate.code if certificate else product.code,
                 href=f"/verify/{certificate.code}" if certificate else ""))
    web.put(Node("holder", 1, product.organization.called, spoken(("加工与经营", "processing and operation")), kinds, ("product",),
                 warn=stopped is not None),
            Line(product.organization.called, spoken(("加工与经营", "processing and operation")), _words(kinds), state, stopped is not None,
                 into=here))
    _grantors(web, own)
    _inputs(web, product, "holder", 2)
    if not any("holder" in node.feeds for node in web.nodes.values()):
        _unnamed(web, product)
    return _drawn(web)


#: Rights that say nothing of what is held any more.
_GONE = {RightStatus.DRAFT, RightStatus.DISCARDED, RightStatus.TRANSFERRED, RightStatus.EXPIRED}


def _words(kinds: Iterable[str]) -> str:
    return ("、" if speaks_chinese() else ", ").join(str(Right(kind).label) for kind in kinds)


def _warning(web: _Web, status: str, label: str, ends: datetime | None) -> tuple[bool, str]:
    """Whether a place is in danger, and its state in words: stopped, or ending soon."""
    if status != RightStatus.ACTIVE:
        return True, label
    if ends is not None and ends < soon(web.at):
        day = localdate(ends).isoformat()
        return True, spoken((f"{day} 到期", f"ends {day}"))
    return False, ""


def _grantors(web: _Web, own: list[PropertyRight]) -> None:
    """Rights of the owner over this product that somebody else granted."""
    for one in own:
        if one.parent is None:
            continue
        warn, state = _warning(web, one.parent.status, str(one.parent.get_status_display()), one.effective_to)
        _put_right(web, f"grantor{one.parent.organization_id}", one.parent, one.right, "holder", 2, warn, state,
                   one.parent.organization.called)


def _put_right(web: _Web, key: str, right: PropertyRight, kind: str, into: str, distance: int, warn: bool, state: str,
               title: str, href: str = "") -> None:
    ground = right.origin_note or str(right.get_origin_display())
    note = f"{right.organization.called} · {ground}" if title != right.organization.called else ground
    web.put(Node(key, distance, title, state or note, (kind,), (into,), warn=warn),
            Line(title, note, _words((kind,)), state, warn, href, web.lines[into].title))


def _inputs(web: _Web, product: DataProduct, into: str, distance: int) -> None:
    """What a product is made of, and what that is made of in turn."""
    rows = list(ProductInput.objects.filter(product=product).select_related(
        "source__resource", "right__parent__organization", "right__product__organization").order_by("pk"))
    for row in rows:
        if row.source is not None:
            _put_source(web, row.source, into, distance)
        elif row.right is not None:
            _put_product(web, row.right, into, distance)
    if product.resource_id and product.resource and not any(row.source and row.source.resource_id == product.resource_id for row in rows):
        one = product.resource
        web.put(Node(f"resource{one.pk}", distance, one.title or one.code, one.code, ("hold",), (into,)),
                Line(one.title or one.code, f"{spoken(('数据资源', 'Data resource'))} {one.code}", _words(("hold",)),
                     into=web.lines[into].title))


def _put_source(web: _Web, one: Source, into: str, distance: int) -> None:
    warn, state = _warning(web, RightStatus.ACTIVE if one.status == SourceStatus.ACTIVE else one.status, str(one.get_status_display()),
                           one.effective_to)
    said = [str(one.get_kind_display())]
    if one.provider:
        said.append(spoken((f"提供方 {one.provider}", f"given by {one.provider}")))
    if one.generator:
        said.append(spoken((f"产生于 {one.generator}", f"produced by {one.generator}")))
    web.put(Node(one.code, distance, one.title, state or one.provider or said[0], ("hold",), (into,), warn=warn),
            Line(one.title, " · ".join([*said, one.code]), state=state, warn=warn, into=web.lines[into].title))


def _put_product(web: _Web, right: PropertyRight, into: str, distance: int) -> None:
    """Another product here, by the right in it that is held for making this one."""
    above = right.product
    warn, state = _warning(web, right.status, str(right.get_status_display()), right.effective_to)
    key = f"made{above.pk}"
    public = Listing.objects.filter(product=above, closed=False).exclude(status=ListingStatus.UNLISTED).first()
    title = spoken((above.title_zh, above.title_en or above.title_zh))
    origin = right.parent or right
    web.put(Node(key, distance, title, state or above.organization.called, (right.right,), (into,), warn=warn),
            Line(title, f"{origin.organization.called} · {right.code}", _words((right.right,)), state, warn,
                 f"/listings/{public.code}/" if public else "", web.lines[into].title))
    _inputs(web, above, key, distance + 1)


def _unnamed(web: _Web, product: DataProduct) -> None:
    """Nothing is on file: the holder's own statement stands for the source."""
    title = spoken(("数据来源", "Source"))
    note = product.source_statement or spoken(("自行产生", "self-generated"))
    web.put(Node("stated", 2, title, note, ("hold",), ("holder",)), Line(title, note, _words(("hold",)), into=web.lines["holder"].title))


def _drawn(web: _Web) -> Lineage:
    far = max(node.column for node in web.nodes.values())
    order = sorted(web.nodes, key=lambda key: -web.nodes[key].column)
    shown = [replace(node, column=far - node.column) for node in _grouped([web.nodes[key] for key in order])]
    lines = [web.lines[key] for key in order]
    told = " → ".join(line.title for line in lines)
    return Lineage(draw(shown, spoken(("权利谱系：", "Lineage: ")) + told), lines)


def _grouped(nodes: list[Node]) -> list[Node]:
    """At most ``LARGEST`` boxes a level; the rest of a level is one box, the stopped ones before the others."""
    kept: list[Node] = []
    for column in sorted({node.column for node in nodes}, reverse=True):
        level = sorted((node for node in nodes if node.column == column), key=lambda node: not node.warn)
        kept += level[:LARGEST]
        if rest := level[LARGEST:]:
            feeds = tuple(dict.fromkeys(to for node in rest for to in node.feeds))
            kept.append(Node(f"rest{column}", column, spoken((f"另有 {len(rest)} 项来源", f"{len(rest)} more sources")), feeds=feeds))
    return kept


def traced(owner: Organization, products: Sequence[DataProduct], asked: str) -> dict[str, Any]:
    """This will gather what the desk shows of one product's lineage: the picture, its inputs, and what else may become one."""
    product = next((one for one in products if one.code == asked), None)
    if product is None:
        return {"traced": None}
    taken = list(ProductInput.objects.filter(product=product).select_related("source", "right__product").order_by("pk"))
    rights = PropertyRight.objects.filter(organization=owner, status=RightStatus.ACTIVE, right__in=["use", "operate"]).exclude(
        product=product).exclude(pk__in=[one.right_id for one in taken if one.right_id]).select_related("product")
    sources = Source.objects.filter(organization=owner, status=SourceStatus.ACTIVE).exclude(
        pk__in=[one.source_id for one in taken if one.source_id])
    return {"traced": product, "lineage": lineage_of(product, at=MARKET_CLOCK.now()), "inputs": taken,
            "may_take": [*sources.order_by("-pk")[:50], *rights.order_by("-pk")[:50]] if product.organization_id == owner.pk else [],
            "source_form": SourceForm(auto_id="source_%s") if product.organization_id == owner.pk else None}
