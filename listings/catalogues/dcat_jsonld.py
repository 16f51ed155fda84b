"""DCAT in JSON-LD. A context that stands elsewhere is never fetched: the plain names of DCAT are put in its place, and that is said."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from kit.coverage import covers
from listings.catalogues import CatalogueRow, Fault, Unreadable, catalogue
from listings.catalogues.dcat_graph import graph_of, rows_of
from listings.catalogues.dcat_terms import CONTEXT
from listings.catalogues.texts import json_of

_MARKS = re.compile(rb'"@(?:context|graph|id|type)"\s*:')


@catalogue
class DcatJsonLd:
    """``{"@context": {…}, "@graph": [{"@type": "dcat:Dataset", …}]}`` or expanded, ``[{"@id": …, "@type": […]}]``."""

    name = "dcat-jsonld"

    def recognise(self, head: bytes, name: str) -> bool:
        start = head.decode("utf-8-sig", "ignore").lstrip()[:1]
        return (
            start in {"{", "["} and _MARKS.search(head) is not None and b"project-open-data.cio.gov/v1.1/schema/catalog.jsonld" not in head
        )

    @covers("D6", "T53")
    def read(self, content: bytes, region: str) -> Iterator[CatalogueRow | Fault]:
        value = json_of(content)
        elsewhere: list[str] = []
        try:
            local = _without_remote(value, elsewhere)
            graph = graph_of(json.dumps(local, ensure_ascii=False).encode(), "json-ld")
        except Unreadable:
            raise
        except Exception as fault:  # whatever a stranger's context makes of the parser is this file's fault, never ours
            raise Unreadable("line 1", "not_jsonld", f"{type(fault).__name__}: {fault}"[:200]) from fault
        for address in dict.fromkeys(elsewhere):
            yield Fault(
                0,
                "context_not_fetched",
                (
                    f"未读取远程上下文 {address[:120]}，按 DCAT 通用名称解释",
                    f"the context {address[:120]} was not fetched; read with the plain names of DCAT",
                ),
            )
        yield from rows_of(graph)


def _without_remote(value: Any, elsewhere: list[str]) -> Any:
    """The same document with every remote context, wherever it stands, replaced."""
    if isinstance(value, list):
        return [_without_remote(one, elsewhere) for one in value]
    if not isinstance(value, dict):
        return value
    found = {}
    for name, inner in value.items():
        if name == "@import":
            elsewhere.append(str(inner))
            continue
        found[name] = _local(inner, elsewhere) if name == "@context" else _without_remote(inner, elsewhere)
    return found


def _local(context: Any, elsewhere: list[str]) -> Any:
    if isinstance(context, list):
        return [_local(one, elsewhere) for one in context]
    if isinstance(context, str):
        elsewhere.append(context)
        return CONTEXT
    return _without_remote(context, elsewhere)
