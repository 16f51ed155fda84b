"""Reading what people type: texts without invisible characters, whole numbers, closed words. Each fault names its field."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any

from kit.composing import normalized
from kit.money import MAX_FEN
from kit.rejected import FieldFault, Rejected

__all__ = ["clean_choice", "clean_fen", "clean_text", "clean_whole", "clean_words"]


def _refuse(code: str, field: str, fault: str, zh: str, en: str) -> Rejected:
    return Rejected(code, errors=[FieldFault(field, fault, (zh, en))])


def clean_text(field: str, value: Any, longest: int, code: str) -> str:
    """This will return a text as kept: NFC, no control or invisible characters, at most ``longest`` characters (T55)."""
    if not isinstance(value, str):
        raise _refuse(code, field, "not_text", "应为文字", "A text is expected")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise _refuse(code, field, "not_text", "含有无法保存的字符", "Holds characters that cannot be kept") from error
    text = "".join(one for one in normalized("NFC", value.replace("\r\n", "\n"))
                   if one in "\n\t" or unicodedata.category(one) not in {"Cc", "Cf"}).strip()
    if len(text) > longest:
        raise _refuse(code, field, "too_long", f"不超过 {longest} 字", f"At most {longest} characters")
    return text


def clean_choice(field: str, value: Any, values: Iterable[str], code: str) -> str:
    """This will return one of the closed words, or '' for not yet chosen."""
    if value in ("", None):
        return ""
    if not isinstance(value, str) or value not in set(values):
        raise _refuse(code, field, "unknown", "不是可选的值", "Not one of the values offered")
    return value


def clean_whole(field: str, value: Any, code: str, *, most: int = 2**31 - 1, least: int = 0) -> int | None:
    """This will return a whole number in range, or None for not stated; no bool, no float, no text."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise _refuse(code, field, "out_of_range", f"应为 {least} 至 {most} 的整数", f"A whole number from {least} to {most}")
    return value


def clean_fen(field: str, value: Any, code: str) -> int | None:
    """This will return an amount in fen, or None for not stated."""
    return clean_whole(field, value, code, most=MAX_FEN)


def clean_words(field: str, value: Any, code: str, *, known: Iterable[str] | None = None, most: int = 50) -> list[str]:
    """This will return a list of short words, each once, in the order given."""
    if not isinstance(value, list | tuple) or len(value) > most:
        raise _refuse(code, field, "not_a_list", "应为一组词", "A list of words is expected")
    words = list(dict.fromkeys(clean_text(field, one, 60, code) for one in value))
    allowed = set(known) if known is not None else None
    if allowed is not None and any(one not in allowed for one in words):
        raise _refuse(code, field, "unknown", "含有不可选的值", "Holds a value that is not offered")
    return [one for one in words if one]
