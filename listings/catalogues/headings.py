"""Chinese headings of open-data portals: the same field under another heading in every region (8 regions, 12 fields).

Not a format itself: the row formats (JSON lists, CSV) turn their rows into catalogue rows here.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from listings.catalogues import CatalogueRow, Fault, Text, hash_of
from listings.catalogues.entries import LIMITS

__all__ = ["HEADINGS", "is_chinese_row", "row_of", "unknown_heading"]

#: heading -> our field; an empty field name means: known and left out on purpose.
HEADINGS: dict[str, str] = {
    "标题": "title", "名称": "title", "资源名称": "title", "目录名称": "title",
    "提供单位": "provider", "数源单位": "provider", "提供机构": "provider", "机构分类": "provider", "来源部门": "provider",
    "开放主题": "theme", "所属领域": "theme", "数据领域": "theme", "领域名称": "theme", "重点领域": "theme", "所属主题": "theme",
    "开放领域": "industry", "行业分类": "industry", "所属行业": "industry",
    "发布时间": "published_on", "发布日期": "published_on", "数据集创建时间": "published_on",
    "更新时间": "updated_on", "更新日期": "updated_on", "数据集更新时间": "updated_on", "最后更新": "updated_on",
    "开放类型": "openness", "开放条件": "openness", "开放状态": "openness",
    "更新频率": "frequency", "更新周期": "frequency",
    "描述": "description", "摘要": "description", "摘要信息": "description", "数据简介": "description",
    "关键词": "keywords", "标签": "keywords",
    "资源格式": "formats", "数据格式": "formats",
    "数据量": "row_count",
    "详情页网址": "source_url", "url": "source_url",
    # Telephone numbers and mailboxes of clerks are personal data a catalogue has no need of: counted in the row's hash, never kept.
    "联系电话": "", "联系方式": "", "部门电话": "", "部门邮箱": "",
}
_SPACES = re.compile(r"[\s　]+")
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})")


def unknown_heading(heading: str) -> Text:
    """This will say that a column was not taken."""
    return f"未识别的标题“{heading[:40]}”，该列未导入", f"unknown heading “{heading[:40]}”; its column is not taken"


def is_chinese_row(headings: list[str]) -> bool:
    """This will tell whether these headings are of a Chinese row catalogue: at least three known ones, a title among them."""
    known = [HEADINGS[one] for one in headings if one in HEADINGS]
    return len(known) >= 3 and "title" in known


def row_of(number: int, raw: Mapping[str, Any]) -> CatalogueRow:
    """This will turn one raw row into our words; what cannot be read becomes a fault of the row, never an exception."""
    faults: list[Fault] = []
    values: dict[str, Any] = {}
    for heading, value in raw.items():
        name = HEADINGS.get(heading)
        if name:
            values.setdefault(name, value)
    fields: dict[str, Any] = {name: _text(values.get(name), name, number, faults) for name in (*LIMITS, "description", "keywords")}
    for name in ("published_on", "updated_on"):
        fields[name] = _date(values.get(name), name, number, faults)
    if not fields["title"]:
        faults.append(Fault(number, "title_missing", ("标题为空：已建资源，补全标题前不能挂牌",
                                                     "no title: the resource is made, and cannot be listed before it has one")))
    row_hash = hash_of({str(key): value for key, value in raw.items()})
    url = fields["source_url"]
    return CatalogueRow(row=number, identity=hash_of(f"url:{url}") if url else hash_of(f"row:{row_hash}"), row_hash=row_hash,
                        formats=_formats(values.get("formats")), row_count=_count(values.get("row_count")), faults=tuple(faults), **fields)


def _text(value: Any, name: str, row: int, faults: list[Fault]) -> str:
    if value is None:
        return ""
    text = "、".join(str(one) for one in value) if isinstance(value, list | tuple) else str(value)
    text = _SPACES.sub(" ", text.replace("\\n", " ").replace("\x00", "")).strip()
    limit = LIMITS.get(name)
    if limit and len(text) > limit:
        faults.append(Fault(row, f"{name}_shortened", (f"超过 {limit} 字，已截短", f"over {limit} characters; cut")))
        text = text[:limit]
    return text


def _date(value: Any, name: str, row: int, faults: list[Fault]) -> date | None:
    if value in (None, "", "None"):
        return None
    found = _DATE.search(str(value))
    try:
        if found:
            return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        pass
    faults.append(Fault(row, f"{name}_unreadable", (f"日期无法识别：{str(value)[:40]}", f"no day in {str(value)[:40]}")))
    return None


def _formats(value: Any) -> tuple[str, ...]:
    """Formats come as a list, as the text of a Python list, or as a text with separators."""
    if isinstance(value, str) and value.startswith("["):
        try:
            value = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            value = value.strip("[]")
    if isinstance(value, str):
        value = re.split(r"[,，、;；/\s]+", value)
    names = [str(one).strip().strip("'\"").lower()[:40] for one in value or []]
    return tuple(dict.fromkeys(one for one in names if one))


def _count(value: Any) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value if 0 <= value < 2**53 else None
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,15}", value.strip()):
        return int(value)
    return None
