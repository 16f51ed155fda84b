"""A defect notice by its fields 缺陷通知 (F11): what kind, where, what was found; each filled row is one line of the list."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

__all__ = ["DEFECT_KINDS", "DEFECT_ROWS", "defects_in"]

DEFECT_KINDS = {"missing": _("缺少数据"), "wrong": _("数值有误"), "format": _("格式不符"), "stale": _("不够新"), "other": _("其他")}
DEFECT_ROWS = range(3)


def defects_in(posted: Mapping[str, str]) -> list[str]:
    """This will read a notice: the rows of fields first, then one defect a line."""
    rows = []
    for number in DEFECT_ROWS:
        where, found = (" ".join(posted.get(f"{name}{number}", "").split())[:180] for name in ("where", "found"))
        if found:
            kind = DEFECT_KINDS.get(posted.get(f"kind{number}", ""), DEFECT_KINDS["other"])
            rows.append(f"{kind}{f' · {where}' if where else ''}：{found}")
    return rows + [line for line in posted.get("defects", "").splitlines() if line.strip()]
