"""JSON lists of rows with Chinese headings, as crawled from regional open-data portals."""

from __future__ import annotations

import json
from collections.abc import Iterator

from listings.catalogues import CatalogueRow, Fault, Unreadable, catalogue
from listings.catalogues.headings import HEADINGS, is_chinese_row, row_of


@catalogue
class JsonRows:
    """``[{"标题": …, "提供单位": …}, …]``."""

    name = "cn-rows-json"

    def recognise(self, head: bytes, name: str) -> bool:
        text = head.decode("utf-8-sig", "ignore").lstrip()
        return text.startswith("[") and sum(f'"{heading}"' in text for heading in HEADINGS) >= 3

    def read(self, content: bytes, region: str) -> Iterator[CatalogueRow | Fault]:
        try:
            rows = json.loads(content.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise Unreadable(f"byte {error.start}", "not_utf8", "文件不是 UTF-8 编码") from error
        except json.JSONDecodeError as error:
            raise Unreadable(f"line {error.lineno}", "not_json", error.msg) from error
        except RecursionError as error:
            raise Unreadable("line 1", "too_deep", "嵌套过深") from error
        if not isinstance(rows, list):
            raise Unreadable("line 1", "not_a_list", "应为行的列表")
        unknown: set[str] = set()
        for number, raw in enumerate(rows, start=1):
            if not isinstance(raw, dict) or not is_chinese_row(list(raw)):
                yield Fault(number, "row_unknown", "不是已知标题的目录行", refused=True)
                continue
            for heading in raw.keys() - HEADINGS.keys() - unknown:
                unknown.add(heading)
                yield Fault(number, "heading_unknown", f"未识别的标题“{heading[:40]}”，该列未导入")
            yield row_of(number, raw)
