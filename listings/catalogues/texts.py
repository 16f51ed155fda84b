"""Reading JSON and YAML that strangers wrote: bounded, without references, every fault with its line. Not a format itself."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from kit.coverage import covers
from listings.catalogues import Unreadable

__all__ = ["MOST_JSON", "json_of", "yaml_of"]

#: Objects take some ten times their text in memory.
MOST_JSON = 32 * 1024 * 1024


def json_of(content: bytes) -> Any:
    """This will read a JSON document, or raise ``Unreadable`` with the line."""
    if len(content) > MOST_JSON:
        raise Unreadable("line 1", "too_large", (f"超过 {MOST_JSON} 字节，请拆分", f"over {MOST_JSON} bytes; split the file"))
    try:
        return json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as fault:
        line = content[: fault.start].count(10) + 1
        raise Unreadable(f"line {line}", "not_utf8", ("文件不是 UTF-8 编码", "the file is not UTF-8")) from fault
    except json.JSONDecodeError as fault:
        raise Unreadable(f"line {fault.lineno}", "not_json", f"{fault.msg} (column {fault.colno})") from fault
    except RecursionError as fault:
        raise Unreadable("line 1", "too_deep", ("嵌套过深", "nested too deep")) from fault
    except ValueError as fault:
        raise Unreadable("line 1", "not_json", str(fault)[:200]) from fault


_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ANCHOR = re.compile(rb"(?:^|[\s,\[{:-])&[^\s,\]}]")


def _refuse_references(content: bytes) -> None:
    """A reference can make a small text unfold without end; a text without anchors has none."""
    if _ANCHOR.search(content):
        for event in yaml.parse(content, Loader=_LOADER):
            if isinstance(event, yaml.AliasEvent):
                where = event.start_mark.line + 1 if event.start_mark else 1
                raise Unreadable(f"line {where}", "yaml_reference", ("不接受引用（*）", "a reference (*) is not taken"))


@covers("T50")
def yaml_of(content: bytes) -> Any:
    """This will read one YAML document, or raise ``Unreadable`` with the line."""
    try:
        text = content.decode("utf-8-sig")
        _refuse_references(content)
        return yaml.load(text, Loader=_LOADER)  # noqa: S506 (the safe loader, in C where there is one)
    except UnicodeDecodeError as fault:
        raise Unreadable("line 1", "not_utf8", ("文件不是 UTF-8 编码", "the file is not UTF-8")) from fault
    except yaml.MarkedYAMLError as fault:
        line = fault.problem_mark.line + 1 if fault.problem_mark else 1
        raise Unreadable(f"line {line}", "not_yaml", str(fault.problem)) from fault
    except (yaml.YAMLError, RecursionError, ValueError) as fault:
        if isinstance(fault, Unreadable):
            raise
        raise Unreadable("line 1", "not_yaml", str(fault)[:200]) from fault
