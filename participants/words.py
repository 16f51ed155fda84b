"""Which of two texts a page shows: texts that are data stand as (zh, en), the page's language picks."""

from __future__ import annotations

from django.utils.translation import get_language

__all__ = ["speaks_chinese", "spoken"]


def speaks_chinese() -> bool:
    """This will tell whether the page is shown in Chinese."""
    return (get_language() or "zh").startswith("zh")


def spoken(pair: tuple[str, str]) -> str:
    """This will return the text of a (zh, en) pair in the page's language."""
    return pair[0 if speaks_chinese() else 1]
