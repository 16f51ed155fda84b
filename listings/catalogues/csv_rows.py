"""CSV row catalogues with Chinese headings, in UTF-8 or GB 18030."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from listings.catalogues import CatalogueRow, Fault, Unreadable, catalogue
from listings.catalogues.headings import HEADINGS, is_chinese_row, row_of, unknown_heading


def _decode(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable("line 1", "not_text", ("文件既不是 UTF-8 也不是 GB 18030 编码", "neither UTF-8 nor GB 18030"))


@catalogue
class CsvRows:
    """``标题,提供单位,…`` with one row a line."""

    name = "cn-rows-csv"

    def recognise(self, head: bytes, name: str) -> bool:
        if not name.lower().endswith(".csv"):
            return False
        for encoding in ("utf-8-sig", "gb18030"):
            first = head.decode(encoding, "ignore").splitlines()[:1]
            if first and is_chinese_row(next(csv.reader(first), [])):
                return True
        return False

    def read(self, content: bytes, region: str) -> Iterator[CatalogueRow | Fault]:
        reader = csv.reader(io.StringIO(_decode(content), newline=""))
        try:
            headings = [one.strip() for one in next(reader)]
            for heading in [one for one in headings if one not in HEADINGS]:
                yield Fault(0, "heading_unknown", unknown_heading(heading))
            for number, cells in enumerate(reader, start=1):
                if not any(cells):
                    continue
                if len(cells) != len(headings):
                    yield Fault(
                        number,
                        "row_ragged",
                        (f"应有 {len(headings)} 列，实有 {len(cells)} 列", f"{len(headings)} columns are needed, {len(cells)} are there"),
                        refused=True,
                        line=reader.line_num,
                    )
                    continue
                yield row_of(number, dict(zip(headings, cells, strict=True)))
        except csv.Error as error:
            raise Unreadable(f"line {reader.line_num}", "not_csv", str(error)) from error
