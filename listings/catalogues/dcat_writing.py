"""Entries as DCAT-AP: one nested description for each data set, written as JSON-LD or as Turtle. Plain Python, piece by piece.

A description is JSON with prefixed names; what several data sets share (a publisher, a theme, a language) stands once, beside them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from listings.catalogues.dcat_terms import PREFIXES
from listings.catalogues.entries import Agent, Distribution, Entry, Term, Words

__all__ = ["Catalog", "as_jsonld", "as_turtle"]

Node = dict[str, Any]
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_TAG = re.compile(r"[a-z]{1,8}(?:-[a-z0-9]{1,8})*", re.I)


@dataclass(frozen=True)
class Catalog:
    """The catalogue that the entries belong to."""

    iri: str
    titles: Words
    descriptions: Words
    publisher: Agent
    homepage: str
    languages: tuple[Term, ...] = ()
    licence: Term | None = None
    taxonomy: Term | None = None
    modified: str = ""


@dataclass
class _Sheet:
    """Builds nodes; ``shared`` collects what was named for the first time and stands beside them."""

    seen: set[str] = field(default_factory=set)
    shared: list[Node] = field(default_factory=list)

    def thing(self, kind: str, term: Term | None, label: str = "rdfs:label") -> Any:
        if term is None:
            return None
        node = _node(term.iri, kind, **{label: _texts(term.words)})
        return self.named(node) if term.iri else node

    def named(self, node: Node) -> Node:
        if node["@id"] not in self.seen:
            self.seen.add(node["@id"])
            self.shared.append(node)
        return {"@id": node["@id"]}

    def agent(self, agent: Agent | None) -> Any:
        if agent is None:
            return None
        node = _node(
            agent.iri,
            "foaf:Agent",
            **{
                "dct:identifier": agent.identifier or None,
                "foaf:name": _texts(agent.names),
                "dct:type": self.thing("skos:Concept", agent.kind, "skos:prefLabel"),
            },
        )
        return self.named(node) if agent.iri else node

    def page(self, address: str) -> Node:
        return self.named(_node(address, "foaf:Document"))

    def distribution(self, one: Distribution) -> Node:
        # Size and hash are in our own words: the shapes of 2.1.1 and 3.0.0 want different types of a size, and 2.1.1 knows SHA-1 only.
        node = _node(
            one.iri,
            "dcat:Distribution",
            **{
                "dcat:accessURL": _link(one.access_url),
                "dcat:downloadURL": _link(one.download_url),
                "dct:title": _texts(one.titles),
                "dct:description": _texts(one.descriptions),
                "dct:format": self.thing("dct:MediaTypeOrExtent", one.format),
                "dcat:mediaType": self.thing("dct:MediaType", one.media_type),
                "dx:sha256": one.sha256 or None,
                "dx:byteSize": one.bytes,
                "dct:license": self.thing("dct:LicenseDocument", one.licence),
                "dct:rights": self.thing("dct:RightsStatement", one.rights),
                "dcatap:availability": self.thing("skos:Concept", one.availability, "skos:prefLabel"),
                "dct:issued": _instant(one.issued),
                "dct:modified": _instant(one.modified),
            },
        )
        return self.named(node) if one.iri else node

    def dataset(self, one: Entry) -> Node:
        start, end = one.temporal
        period = {"@type": "dct:PeriodOfTime", "dcat:startDate": _instant(start), "dcat:endDate": _instant(end)} if start or end else None
        return _node(
            one.iri,
            "dcat:Dataset",
            **{
                "dct:identifier": one.identifier or None,
                "dct:title": _texts(one.titles),
                "dct:description": _texts(one.descriptions),
                "dcat:keyword": [_text(language, text) for language, text in one.keywords],
                "dct:publisher": self.agent(one.publisher),
                "dcat:theme": [self.thing("skos:Concept", theme, "skos:prefLabel") for theme in one.themes],
                "dct:accrualPeriodicity": self.thing("dct:Frequency", one.frequency),
                "dct:issued": _instant(one.issued),
                "dct:modified": _instant(one.modified),
                "dct:language": [self.thing("dct:LinguisticSystem", language) for language in one.languages],
                "dct:spatial": [self.thing("dct:Location", place) for place in one.spatial],
                "dct:temporal": _dropped(period),
                "dct:license": self.thing("dct:LicenseDocument", one.licence),
                "dct:accessRights": self.thing("dct:RightsStatement", one.access_rights),
                "dct:provenance": {"@type": "dct:ProvenanceStatement", "rdfs:label": _texts(one.provenance)} if one.provenance else None,
                "dcat:landingPage": [self.page(address) for address in one.landing_pages],
                "foaf:page": [self.page(address) for address in one.documents],
                "dct:conformsTo": [self.thing("dct:Standard", standard) for standard in one.conforms_to],
                "owl:versionInfo": one.version or None,
                "adms:versionNotes": _texts(one.version_notes),
                "dcat:distribution": [self.distribution(each) for each in one.distributions],
                **_offer(one.offer),
            },
        )

    def catalog(self, one: Catalog, datasets: Iterable[str]) -> Node:
        return _node(
            one.iri,
            "dcat:Catalog",
            **{
                "dct:title": _texts(one.titles),
                "dct:description": _texts(one.descriptions),
                "dct:publisher": self.agent(one.publisher),
                "foaf:homepage": self.page(one.homepage),
                "dct:license": self.thing("dct:LicenseDocument", one.licence),
                "dct:language": [self.thing("dct:LinguisticSystem", language) for language in one.languages],
                "dcat:themeTaxonomy": self.thing("skos:ConceptScheme", one.taxonomy, "dct:title"),
                "dct:modified": _instant(one.modified),
                "dcat:dataset": [_link(each) for each in datasets],
            },
        )


def _node(address: str, kind: str, **named: Any) -> Node:
    kept = {name: value for name, value in named.items() if value not in (None, [], "")}
    return ({"@id": _address(address)} if address else {}) | {"@type": kind} | kept


def _dropped(node: Node | None) -> Node | None:
    return None if node is None else {name: value for name, value in node.items() if value is not None}


def _text(language: str, text: str) -> Any:
    return {"@value": text, "@language": language} if _TAG.fullmatch(language) else text


def _texts(texts: Words) -> list[Any]:
    return [_text(language, text) for language, text in texts.items()]


def _link(address: str) -> Node | None:
    return {"@id": _address(address)} if address else None


def _instant(value: str) -> Any:
    if _INSTANT.fullmatch(value):
        return {"@value": value, "@type": "xsd:dateTime"}
    return {"@value": value, "@type": "xsd:date"} if _DAY.fullmatch(value) else value or None


def _offer(offer: Mapping[str, Any]) -> Node:
    """Texts and whole numbers as they are; lists and objects as JSON text, which loses nothing and is compared as text."""
    return {
        f"dx:{name}": {"@value": json.dumps(value, ensure_ascii=False, sort_keys=True), "@type": "rdf:JSON"}
        if isinstance(value, dict | list | bool)
        else value
        for name, value in offer.items()
    }


# ---- the two spellings -----------------------------------------------------------------------------------------------------


def _nodes(catalog: Catalog, entries: Iterable[Entry]) -> Iterator[Node]:
    """The data sets, then the catalogue that names them; whatever is shared comes right after its first use."""
    sheet, names = _Sheet(), []
    for entry in entries:
        names.append(entry.iri)
        yield sheet.dataset(entry)
        yield from sheet.shared
        sheet.shared.clear()
    yield sheet.catalog(catalog, names)
    yield from sheet.shared


def as_jsonld(catalog: Catalog, entries: Iterable[Entry]) -> Iterator[str]:
    """This will write JSON-LD in pieces, its context inside."""
    yield json.dumps({"@context": PREFIXES})[:-1] + ', "@graph": [\n'
    for number, node in enumerate(_nodes(catalog, entries)):
        yield (",\n" if number else "") + json.dumps(node, ensure_ascii=False)
    yield "\n]}\n"


def as_turtle(catalog: Catalog, entries: Iterable[Entry]) -> Iterator[str]:
    """This will write Turtle in pieces."""
    yield "".join(f"@prefix {prefix}: <{full}> .\n" for prefix, full in PREFIXES.items())
    for node in _nodes(catalog, entries):
        yield f"\n<{node['@id']}> {_described(node)} .\n"


def _described(node: Node) -> str:
    parts = [f"a {node['@type']}"]
    for name, value in node.items():
        if not name.startswith("@"):
            values = value if isinstance(value, list) else [value]
            parts.append(f"{name} {', '.join(_object(one) for one in values)}")
    return " ;\n    ".join(parts)


def _object(value: Any) -> str:
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return _quoted(value)
    if "@value" in value:
        mark = f"@{value['@language']}" if "@language" in value else f"^^{value['@type']}"
        return _quoted(value["@value"]) + mark
    return f"<{value['@id']}>" if "@id" in value else f"[ {_described(value)} ]"


def _quoted(text: str) -> str:
    return '"' + "".join(_ESCAPES.get(one, one if one >= " " else f"\\u{ord(one):04X}") for one in text) + '"'


def _address(address: str) -> str:
    """An address as both spellings take it: what may not stand in one is percent-encoded."""
    return quote(address, safe="%/:=&?~#+!$,;'@()*[].-_")
