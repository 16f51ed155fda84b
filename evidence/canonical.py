"""The canonical form of JSON (RFC 8785, JCS): the bytes that are hashed and signed, the same for every reader.

Facts hold no fractions (``evidence.events`` refuses them); ``number`` still writes any double as RFC 8785 asks, so that
documents of others can be checked too.
"""

from __future__ import annotations

import json
import math
from typing import Any

__all__ = ["canonical", "number"]

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
_ESCAPES |= {chr(code): f"\\u{code:04x}" for code in range(0x20) if chr(code) not in _ESCAPES}
_TABLE = str.maketrans(_ESCAPES)
#: Writes the same bytes for what ``_simple`` lets through, several times faster: most facts are such.
_QUICK = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False)


def canonical(value: Any) -> bytes:
    """This will return the canonical UTF-8 bytes; ``ValueError`` for NaN, infinities, lone surrogates and foreign types."""
    try:
        return (_QUICK.encode(value) if _simple(value) else _text_of(value)).encode("utf-8")
    except UnicodeEncodeError as fault:
        raise ValueError("a lone surrogate has no canonical form") from fault


def _simple(value: Any) -> bool:
    """Whether sorting by code points and plain ``str(int)`` are what RFC 8785 asks for here."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return True
    if kind is int:
        return bool(-(2**53) <= value <= 2**53)
    if kind is dict:
        return all(type(name) is str and name.isascii() and _simple(one) for name, one in value.items())
    return kind is list and all(_simple(one) for one in value)


def _text_of(value: Any) -> str:
    parts: list[str] = []
    _write(value, parts)
    return "".join(parts)


def number(value: float) -> str:
    """This will write a number as ECMAScript does (shortest digits that read back the same)."""
    if isinstance(value, int):
        if abs(value) <= 2**53:
            return str(value)
        value = float(value)
    if math.isnan(value) or math.isinf(value):
        raise ValueError("NaN and infinity have no canonical form")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    point = len(whole) + int(exponent or 0)
    digits = whole + fraction
    stripped = digits.lstrip("0")
    point -= len(digits) - len(stripped)
    return sign + _place(stripped.rstrip("0"), point)


def _place(digits: str, point: int) -> str:
    """ECMA-262 Number::toString: ``point`` is where the decimal point falls, counted from the first digit."""
    count = len(digits)
    if count <= point <= 21:
        return digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    power = point - 1
    tail = f".{digits[1:]}" if count > 1 else ""
    return f"{digits[0]}{tail}e{'+' if power >= 0 else '-'}{abs(power)}"


def _write(value: Any, parts: list[str]) -> None:
    if value is None:
        parts.append("null")
    elif value is True:
        parts.append("true")
    elif value is False:
        parts.append("false")
    elif isinstance(value, str):
        parts.append(f'"{value.translate(_TABLE)}"')
    elif isinstance(value, (int, float)):
        parts.append(number(value))
    elif isinstance(value, dict):
        _write_object(value, parts)
    elif isinstance(value, (list, tuple)):
        _write_list(value, parts)
    else:
        raise ValueError(f"{type(value).__name__} has no canonical form")


def _write_object(value: dict[str, Any], parts: list[str]) -> None:
    """Members are sorted by the UTF-16 code units of their names."""
    parts.append("{")
    for index, name in enumerate(sorted(value, key=lambda text: text.encode("utf-16-be", "surrogatepass"))):
        parts.append(("," if index else "") + f'"{name.translate(_TABLE)}":')
        _write(value[name], parts)
    parts.append("}")


def _write_list(value: list[Any] | tuple[Any, ...], parts: list[str]) -> None:
    parts.append("[")
    for index, one in enumerate(value):
        if index:
            parts.append(",")
        _write(one, parts)
    parts.append("]")
