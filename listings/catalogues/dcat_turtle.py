"""DCAT in Turtle."""

from __future__ import annotations

import re
from collections.abc import Iterator

from listings.catalogues import CatalogueRow, Fault, Unreadable, catalogue
from listings.catalogues.dcat_graph import graph_of, rows_of

_PREFIX = re.compile(rb"^\s*(?:#[^\n]*\n\s*)*@?(?:prefix|base)\s", re.I)


@catalogue
class DcatTurtle:
    """``@prefix dcat: <http://www.w3.org/ns/dcat#> . … a dcat:Dataset …``"""

    name = "dcat-turtle"

    def recognise(self, head: bytes, name: str) -> bool:
        return name.lower().endswith((".ttl", ".turtle", ".n3", ".nt")) or _PREFIX.match(head) is not None

    def read(self, content: bytes, region: str) -> Iterator[CatalogueRow | Fault]:
        from rdflib.plugins.parsers.notation3 import BadSyntax

        try:
            graph = graph_of(content, "turtle")
        except BadSyntax as fault:
            raise Unreadable(f"line {fault.lines + 1}", "not_turtle", str(fault._why)[:200]) from fault
        except UnicodeDecodeError as fault:
            raise Unreadable(f"line {content[: fault.start].count(10) + 1}", "not_utf8", ("不是 UTF-8 编码", "not UTF-8")) from fault
        except RecursionError as fault:
            raise Unreadable("line 1", "too_deep", ("嵌套过深", "nested too deep")) from fault
        yield from rows_of(graph)
