"""What a product delivered by a call must tell before it is listed: its interface, as OpenAPI 3 in JSON (Data Twenty item 8, R46).

Interfaces are standardised so that a buyer can build against one before buying. The text is read, never run and never followed: a reference
leads only into the text itself, nothing is fetched.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from kit.coverage import covers

__all__ = ["Call", "read_interface"]

_VERBS = ("get", "post", "put", "patch", "delete")
_MOST = 200


@dataclass(frozen=True)
class Call:
    """One call of the interface: verb, path, and what it says it does."""

    verb: str
    path: str
    summary: str


@covers("R46")
def read_interface(text: str) -> list[Call]:
    """This will return the calls that a description offers; a ``ValueError`` says in both languages what is wrong with it."""
    document = _document(text)
    paths = document.get("paths")
    if not isinstance(paths, dict) or not paths:
        raise ValueError("接口说明没有 paths：至少描述一个调用", "The description has no paths: describe one call at least")
    found = [_call(verb, path, one) for path, verbs in paths.items() for verb, one in _calls(path, verbs)]
    if not found:
        raise ValueError("接口说明没有任何调用", "The description has no call in it")
    if len(found) > _MOST:
        raise ValueError(f"调用不超过 {_MOST} 个", f"{_MOST} calls at most")
    return found


def _document(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as fault:
        line = getattr(fault, "lineno", 1)
        raise ValueError(f"不是有效的 JSON（第 {line} 行）", f"It is no JSON (line {line})") from fault
    if not isinstance(document, dict) or not str(document.get("openapi", "")).startswith("3."):
        raise ValueError("应为 OpenAPI 3 说明（openapi 字段以 3. 开头）", "It should be OpenAPI 3 (its field openapi begins with 3.)")
    return document


def _calls(path: str, verbs: Any) -> list[tuple[str, Any]]:
    if not path.startswith("/") or not isinstance(verbs, dict):
        raise ValueError(f"路径 {path[:40]} 应以 / 开头并列出方法", f"Path {path[:40]} should begin with / and list its verbs")
    return [(verb, one) for verb, one in verbs.items() if verb in _VERBS]


def _call(verb: str, path: str, one: Any) -> Call:
    if not isinstance(one, dict) or not isinstance(one.get("responses"), dict) or not one["responses"]:
        where = f"{verb.upper()} {path[:40]}"
        raise ValueError(f"{where} 没有说明返回内容（responses）", f"{where} does not say what it answers (responses)")
    return Call(verb.upper(), path, str(one.get("summary", ""))[:200])
