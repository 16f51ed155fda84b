"""DCAT in RDF/XML. A document type is refused: entities of a stranger's file are never expanded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.sax import SAXParseException

from kit.coverage import covers
from listings.catalogues import CatalogueRow, Fault, Unreadable, catalogue
from listings.catalogues.dcat_graph import graph_of, rows_of

_DOCTYPE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.I)


@catalogue
class DcatXml:
    """``<rdf:RDF …><dcat:Catalog>…``"""

    name = "dcat-xml"

    def recognise(self, head: bytes, name: str) -> bool:
        return b"<rdf:RDF" in head or (b"http://www.w3.org/1999/02/22-rdf-syntax-ns#" in head and head.lstrip()[:1] == b"<")

    @covers("T50")
    def read(self, content: bytes, region: str) -> Iterator[CatalogueRow | Fault]:
        from rdflib.exceptions import ParserError

        if found := _DOCTYPE.search(content.replace(b"\0", b"")):
            line = content[: found.start()].count(10) + 1
            raise Unreadable(f"line {line}", "doctype", ("不接受 DOCTYPE 与实体声明", "a document type or entity is not taken"))
        try:
            graph = graph_of(content, "xml")
        except SAXParseException as fault:
            raise Unreadable(f"line {fault.getLineNumber()}", "not_xml", fault.getMessage()) from fault
        except (ParserError, AssertionError, ValueError, RecursionError) as fault:
            if isinstance(fault, Unreadable):
                raise
            raise Unreadable("line 1", "not_rdf", str(fault)[:200]) from fault
        yield from rows_of(graph)
