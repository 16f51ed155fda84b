"""Data sets out of a graph of DCAT or schema.org statements, whatever spelling it came in; tolerant, and every omission is said.

Not a format itself: RDF/XML, Turtle and JSON-LD parse their text and read the graph here.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from listings.catalogues import CatalogueRow, Fault, Unreadable
from listings.catalogues.dcat_terms import DX, PREFIXES, iri
from listings.catalogues.entries import Agent, Distribution, Entry, Term, is_address, row_of_entry, tidy, whole

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

__all__ = ["BASE", "MOST_BYTES", "graph_of", "rows_of"]

#: A graph takes some seventy times its text in memory; larger files are to be split.
MOST_BYTES = 3 * 1024 * 1024
#: What relative addresses are relative to, so that none becomes a path of this machine; taken off again.
BASE = "https://catalogue.invalid/"
_S, _OLD = PREFIXES["schema"], "http://schema.org/"


def _names(*prefixed: str) -> tuple[str, ...]:
    spelled = [iri(name) for name in prefixed]
    return (*spelled, *(name.replace(_S, _OLD) for name in spelled if name.startswith(_S)))


TYPES = _names("dcat:Dataset", "schema:Dataset")
TITLE, DESCRIPTION = _names("dct:title", "schema:name"), _names("dct:description", "schema:description")
LABELS = _names("skos:prefLabel", "rdfs:label", "dct:title", "foaf:name", "schema:name", "vcard:fn")
NAMES = _names("foaf:name", "schema:name", "rdfs:label", "skos:prefLabel", "vcard:fn", "dct:title")
IDENTIFIER, KEYWORD = _names("dct:identifier", "schema:identifier"), _names("dcat:keyword", "schema:keywords")
PUBLISHER, THEME = _names("dct:publisher", "schema:publisher"), _names("dcat:theme", "dct:subject")
FREQUENCY, LANGUAGE = _names("dct:accrualPeriodicity"), _names("dct:language", "schema:inLanguage")
ISSUED, MODIFIED = _names("dct:issued", "schema:datePublished", "dct:created"), _names("dct:modified", "schema:dateModified")
SPATIAL, TEMPORAL = _names("dct:spatial", "schema:spatialCoverage"), _names("dct:temporal")
LICENCE, ACCESS = _names("dct:license", "schema:license"), _names("dct:accessRights")
PROVENANCE, LANDING = _names("dct:provenance"), _names("dcat:landingPage", "schema:url")
PAGES, CONFORMS = _names("foaf:page", "foaf:homepage", "dct:references"), _names("dct:conformsTo")
VERSION, NOTES = _names("owl:versionInfo", "dcat:version", "schema:version"), _names("adms:versionNotes")
DISTRIBUTION = _names("dcat:distribution", "schema:distribution")
DISTRIBUTION_TYPES = _names("dcat:Distribution", "schema:DataDownload")
START, END = _names("dcat:startDate", "schema:startDate"), _names("dcat:endDate", "schema:endDate")
#: Persons to write to: personal data a catalogue has no need of.
CONTACTS = {
    *_names("dcat:contactPoint", "dct:creator", "dct:contributor", "schema:creator", "schema:author", "schema:contactPoint"),
    "http://www.w3.org/ns/prov#qualifiedAttribution",
}
_TAKEN = {
    *TITLE,
    *DESCRIPTION,
    *IDENTIFIER,
    *KEYWORD,
    *PUBLISHER,
    *THEME,
    *FREQUENCY,
    *LANGUAGE,
    *ISSUED,
    *MODIFIED,
    *SPATIAL,
    *TEMPORAL,
    *LICENCE,
    *ACCESS,
    *PROVENANCE,
    *LANDING,
    *PAGES,
    *CONFORMS,
    *VERSION,
    *NOTES,
    *DISTRIBUTION,
    iri("rdf:type"),
    *LABELS,
}


def graph_of(text: bytes, spelling: str) -> Graph:
    """This will parse a text of one spelling; whatever the parser raises is the caller's to place in the file."""
    import rdflib
    from rdflib import Graph

    rdflib.NORMALIZE_LITERALS = False  # an instant stays as it was written
    if len(text) > MOST_BYTES:
        raise Unreadable("line 1", "too_large", (f"超过 {MOST_BYTES} 字节，请拆分", f"over {MOST_BYTES} bytes; split the file"))
    logging.getLogger("rdflib.term").setLevel(logging.ERROR)  # a literal that is no date is our fault to tell, row by row
    graph = Graph(bind_namespaces="none")
    graph.parse(data=text, format=spelling, publicID=BASE)
    if home := _home_of(graph):
        graph = Graph(bind_namespaces="none")
        graph.parse(data=text, format=spelling, publicID=home)
    return graph


def _home_of(graph: Graph) -> str:
    """Where addresses are relative and the file does not say to what, they are relative to its catalogue's own address."""
    from rdflib import RDF, URIRef

    if not any(isinstance(node, URIRef) and node.startswith(BASE) for triple in graph for node in triple):
        return ""
    named = sorted(str(node) for node in graph.subjects(RDF.type, URIRef(iri("dcat:Catalog"))) if isinstance(node, URIRef))
    return f"{named[0].rstrip('/')}/" if named and is_address(named[0]) and not named[0].startswith(BASE) else ""


def rows_of(graph: Graph) -> Iterator[CatalogueRow | Fault]:
    """This will yield a row for each data set, in the order of their addresses, and one fault for each kind of thing left out."""
    from rdflib import RDF, URIRef

    found = {node for kind in TYPES for node in graph.subjects(RDF.type, URIRef(kind))}
    if not found:
        raise Unreadable("file", "no_dataset", ("没有数据集（dcat:Dataset）", "it describes no data set (dcat:Dataset)"))
    reader = _Reader(graph)
    entries = sorted(((reader.entry(node), node) for node in found), key=lambda pair: (pair[0].iri, repr(pair[0].as_json())))
    for number, (entry, node) in enumerate(entries, start=1):
        reader.faults = []
        typed = reader.typed_distributions(node, number)
        yield replace(row_of_entry(number, entry, key=entry.identifier, faults=reader.faults), distributions=typed)
    yield from reader.omissions(found)


@dataclass
class _Reader:
    """Reads values of one graph; addresses relative to ``BASE`` are given back as they stood."""

    graph: Graph

    def __post_init__(self) -> None:
        self.faults: list[Fault] = []
        self.kept: dict[Node, dict[str, list[Node]]] = {}

    def values(self, node: Node, names: tuple[str, ...]) -> list[Node]:
        told = self.told(node)
        return [value for name in names for value in told.get(name, ())]

    def told(self, node: Node) -> dict[str, list[Node]]:
        """All that is said of a node, read once; a few nodes are kept, since a data set is read as a whole."""
        if node not in self.kept:
            if len(self.kept) > 64:
                self.kept.clear()
            found: dict[str, list[Node]] = {}
            for name, value in self.graph.predicate_objects(node):
                found.setdefault(str(name), []).append(value)
            self.kept[node] = found
        return self.kept[node]

    def address(self, node: Node) -> str:
        from rdflib import URIRef

        return str(node).removeprefix(BASE) if isinstance(node, URIRef) else ""

    def words(self, node: Node, names: tuple[str, ...], *, lines: bool = False) -> dict[str, str]:
        """Literals by language; the first of the names that says anything speaks; of two texts in one language the longer stays."""
        from rdflib import Literal

        for name in names:
            found: dict[str, str] = {}
            for value in self.values(node, (name,)):
                if isinstance(value, Literal) and (text := tidy(str(value), lines=lines)):
                    language = (value.language or "").lower()
                    found[language] = max(found.get(language, ""), text, key=lambda one: (len(one), one))
            if found:
                return dict(sorted(found.items()))
        return {}

    def text(self, node: Node, names: tuple[str, ...]) -> str:
        return min((tidy(str(value)) for value in self.values(node, names)), default="")

    def term(self, node: Node) -> Term:
        from rdflib import Literal

        if isinstance(node, Literal):
            return Term("", {(node.language or "").lower(): tidy(str(node))})
        return Term(self.address(node), self.words(node, LABELS))

    def terms(self, node: Node, names: tuple[str, ...]) -> tuple[Term, ...]:
        found = [one for one in map(self.term, self.values(node, names)) if one.iri or one.words]
        return tuple(sorted(found, key=lambda one: (one.iri, sorted(one.words.items()))))

    def one_term(self, node: Node, *names: str) -> Term | None:
        return next(iter(self.terms(node, names)), None)

    def links(self, node: Node, names: tuple[str, ...]) -> tuple[str, ...]:
        found = {self.address(value) or tidy(str(value)) for value in self.values(node, names)}
        return tuple(sorted(one for one in found if is_address(one)))

    def link(self, node: Node, *names: str) -> str:
        return next(iter(self.links(node, names)), "")

    def agent(self, node: Node) -> Agent | None:
        from rdflib import Literal

        values = sorted(self.values(node, PUBLISHER), key=str)
        if not values:
            return None
        one = values[0]
        if isinstance(one, Literal):
            return Agent(names={"": tidy(str(one))})
        names = self.words(one, NAMES)
        return Agent(self.address(one), self.text(one, _names("dct:identifier")), names, self.one_term(one, *_names("dct:type")))

    def distribution(self, node: Node) -> Distribution:
        size = self.text(node, _names("dx:byteSize", "dcat:byteSize", "schema:contentSize"))
        checksum = next(iter(self.values(node, _names("spdx:checksum"))), None)
        digest = self.text(checksum if checksum is not None else node, _names("spdx:checksumValue", "dx:sha256")).lower()
        return Distribution(
            iri=self.address(node),
            access_url=self.link(node, *_names("dcat:accessURL")),
            download_url=self.link(node, *_names("dcat:downloadURL", "schema:contentUrl")),
            titles=self.words(node, TITLE),
            descriptions=self.words(node, DESCRIPTION, lines=True),
            format=self.one_term(node, *_names("dct:format", "schema:encodingFormat")),
            media_type=self.one_term(node, *_names("dcat:mediaType")),
            bytes=whole(size),
            sha256=digest if len(digest) == 64 else "",
            licence=self.one_term(node, *LICENCE),
            rights=self.one_term(node, *_names("dct:rights")),
            availability=self.one_term(node, *_names("dcatap:availability")),
            issued=self.text(node, ISSUED),
            modified=self.text(node, MODIFIED),
        )

    def entry(self, node: Node) -> Entry:
        """This will read one data set in full."""
        period = next(iter(self.values(node, TEMPORAL)), None)
        statement = next(iter(self.values(node, PROVENANCE)), None)
        distributions = [self.distribution(value) for value in self.values(node, DISTRIBUTION)]
        return Entry(
            iri=self.address(node),
            identifier=self.text(node, IDENTIFIER),
            titles=self.words(node, TITLE) or self.words(node, LABELS),
            descriptions=self.words(node, DESCRIPTION, lines=True),
            keywords=self.keywords(node),
            publisher=self.agent(node),
            themes=self.terms(node, THEME),
            frequency=self.one_term(node, *FREQUENCY),
            issued=self.text(node, ISSUED),
            modified=self.text(node, MODIFIED),
            languages=self.terms(node, LANGUAGE),
            spatial=self.terms(node, SPATIAL),
            temporal=(self.text(period, START), self.text(period, END)) if period is not None else ("", ""),
            licence=self.one_term(node, *LICENCE),
            access_rights=self.one_term(node, *ACCESS),
            provenance=self.term(statement).words if statement is not None else {},
            landing_pages=self.links(node, LANDING),
            documents=self.links(node, PAGES),
            conforms_to=self.terms(node, CONFORMS),
            version=self.text(node, VERSION),
            version_notes=self.words(node, NOTES),
            offer=self.offer(node),
            distributions=tuple(sorted(distributions, key=lambda one: (one.iri, one.access_url, one.download_url, repr(one)))),
        )

    def keywords(self, node: Node) -> tuple[tuple[str, str], ...]:
        found = {((getattr(value, "language", "") or "").lower(), tidy(str(value))) for value in self.values(node, KEYWORD)}
        return tuple(sorted(pair for pair in found if pair[1]))

    def offer(self, node: Node) -> dict[str, Any]:
        """What only an exchange says: texts, whole numbers, and JSON texts."""
        found: dict[str, Any] = {}
        for name, value in self.graph.predicate_objects(node):
            if str(name).startswith(DX):
                plain, text = value.toPython() if hasattr(value, "toPython") else None, str(value)
                whole = isinstance(plain, int) and not isinstance(plain, bool)
                found[str(name).removeprefix(DX)[:60]] = plain if whole else _json(text) if _is_json(value) else tidy(text)
        return dict(sorted(found.items()))

    def typed_distributions(self, node: Node, number: int) -> int:
        """How many of a data set's distributions are declared as such; the others are taken too, and told."""
        from rdflib import RDF

        kinds = [{str(kind) for kind in self.graph.objects(one, RDF.type)} for one in self.values(node, DISTRIBUTION)]
        typed = sum(bool(found & {*DISTRIBUTION_TYPES}) for found in kinds)
        if typed < len(kinds):
            count = len(kinds) - typed
            self.faults.append(
                Fault(
                    number,
                    "distribution_untyped",
                    (
                        f"{count} 个分发未声明为 dcat:Distribution，已收入详情",
                        f"{count} not declared as dcat:Distribution; kept in the details",
                    ),
                )
            )
        return typed

    def omissions(self, found: set[Node]) -> Iterator[Fault]:
        """This will tell, once for each, what of the data sets and of the file was not taken."""
        from rdflib import RDF, URIRef

        left = Counter(str(name) for node in found for name in self.graph.predicates(node) if str(name) not in _TAKEN)
        contacts = sum(left.pop(name, 0) for name in list(left) if name in CONTACTS)
        if contacts:
            yield Fault(0, "contact_left_out", (f"联系人信息 {contacts} 处未导入", f"{contacts} contact persons were not taken"))
        for name, count in sorted(left.items()):
            if not name.startswith(DX):
                yield Fault(
                    0, "property_left_out", (f"属性 {_short(name)} 未导入（{count} 处）", f"{_short(name)} was not taken ({count})")
                )
        loose = {node for kind in DISTRIBUTION_TYPES for node in self.graph.subjects(RDF.type, URIRef(kind))}
        loose -= {value for node in found for value in self.values(node, DISTRIBUTION)}
        if loose:
            yield Fault(
                0,
                "distribution_unattached",
                (f"{len(loose)} 个分发不属于任何数据集，未导入", f"{len(loose)} distributions belong to no data set and were not taken"),
            )
        services = len(set(self.graph.subjects(RDF.type, URIRef(iri("dcat:DataService")))))
        if services:
            yield Fault(0, "service_left_out", (f"{services} 个数据服务不是资源，未导入", f"{services} data services are no resources"))


def _is_json(value: Any) -> bool:
    return str(getattr(value, "datatype", "")) == iri("rdf:JSON")


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return tidy(text)


def _short(name: str) -> str:
    for prefix, full in PREFIXES.items():
        if name.startswith(full):
            return f"{prefix}:{name.removeprefix(full)}"[:80]
    return name[:80]
