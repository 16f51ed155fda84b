"""The public catalogue of an exchange like this one, as its ``export_catalogue --format json`` writes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from listings.catalogues import CatalogueRow, Fault, Unreadable, catalogue
from listings.catalogues.entries import Entry, row_of_entry
from listings.catalogues.texts import json_of

__all__ = ["KIND"]

KIND = "data-exchange/catalogue/1"


@catalogue
class ExchangeJson:
    """``{"kind": "data-exchange/catalogue/1", "catalogue": {…}, "entries": [{"identifier": "LST-…", …}]}``."""

    name = "exchange-json"

    def recognise(self, head: bytes, name: str) -> bool:
        return KIND.encode() in head[:300]

    def read(self, content: bytes, region: str) -> Iterator[CatalogueRow | Fault]:
        whole = json_of(content)
        rows = whole.get("entries") if isinstance(whole, Mapping) else None
        if not isinstance(rows, list):
            raise Unreadable("line 1", "no_entries", ("没有 entries 列表", "there is no list called entries"))
        for number, raw in enumerate(rows, start=1):
            try:
                if not isinstance(raw, Mapping):
                    raise ValueError("an entry is an object")
                entry = Entry.of_json(raw)
            except ValueError as fault:
                yield Fault(number, "row_unknown", str(fault)[:200], refused=True)
                continue
            yield row_of_entry(number, entry, key=entry.identifier)
