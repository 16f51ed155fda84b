"""JSON lists of rows with Chinese headings, as crawled from regional open-data portals."""

from __future__ import annotations

from collections.abc import Iterator

from listings.catalogues import CatalogueRow, Fault, Unreadable, catalogue
from listings.catalogues.headings import HEADINGS, is_chinese_row, row_of, unknown_heading
from listings.catalogues.texts import json_of


@catalogue
class JsonRows:
    """``[{"标题": …, "提供单位": …}, …]``."""

    name = "cn-rows-json"

    def recognise(self, head: bytes, name: str) -> bool:
        text = head.decode("utf-8-sig", "ignore").lstrip()
        return text.startswith("[") and sum(f'"{heading}"' in text for heading in HEADINGS) >= 3

    def read(self, content: bytes, region: str) -> Iterator[CatalogueRow | Fault]:
        rows = json_of(content)
        if not isinstance(rows, list):
            raise Unreadable("line 1", "not_a_list", ("应为行的列表", "a list of rows is needed"))
        unknown: set[str] = set()
        for number, raw in enumerate(rows, start=1):
            if not isinstance(raw, dict) or not is_chinese_row(list(raw)):
                yield Fault(number, "row_unknown", ("不是已知标题的目录行", "no row with known headings"), refused=True)
                continue
            for heading in raw.keys() - HEADINGS.keys() - unknown:
                unknown.add(heading)
                yield Fault(number, "heading_unknown", unknown_heading(heading))
            yield row_of(number, raw)
