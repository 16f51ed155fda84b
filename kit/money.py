"""Money is whole fen (1 yuan = 100 fen) in plain ``int``; rates are basis points. No float ever."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

__all__ = ["MAX_FEN", "bps_of", "nice_top", "parse_fen", "parse_yuan", "split", "yuan"]

#: Largest amount taken anywhere: 2^53 - 1, so that it is exact in JSON for every reader.
MAX_FEN = 2**53 - 1

_DIGITS = re.compile(r"(0|[1-9][0-9]{0,15})", re.ASCII)
_YUAN = re.compile(r"(?:¥\s?)?((?:0|[1-9][0-9]{0,2}(?:,[0-9]{3})+|[1-9][0-9]{0,13}))(?:\.([0-9]{1,2}))?", re.ASCII)


def parse_fen(value: object) -> int:
    """This will read a whole number of fen from an ``int`` or plain ASCII digits.

    Raises ``ValueError`` for everything else: bool, float, signs, full-width or Arabic digits, ``1e3``, ``1_000``.
    """
    if isinstance(value, bool):
        raise ValueError("an amount is a whole number of fen, not true or false")
    if isinstance(value, int):
        amount = value
    elif isinstance(value, str) and _DIGITS.fullmatch(value):
        amount = int(value)
    else:
        raise ValueError("an amount is a whole number of fen in plain digits")
    if not 0 <= amount <= MAX_FEN:
        raise ValueError(f"an amount lies between 0 and {MAX_FEN} fen")
    return amount


def parse_yuan(text: str) -> int:
    """This will read yuan as people type them (``1,290,000`` or ``1290000.50``) and return fen; else ``ValueError``."""
    found = _YUAN.fullmatch(text.strip())
    if not found:
        raise ValueError("an amount in yuan has digits, at most two decimals, and commas only between thousands")
    return parse_fen(int(found[1].replace(",", "")) * 100 + int((found[2] or "").ljust(2, "0") or 0))


def yuan(fen: int) -> str:
    """This will write fen as ``¥1,290,000`` or, where there are odd fen, ``¥1,290,000.05``; minus is U+2212."""
    sign = "−" if fen < 0 else ""
    whole, odd = divmod(abs(fen), 100)
    return f"{sign}¥{whole:,}" + (f".{odd:02d}" if odd else "")


def bps_of(amount_fen: int, bps: int) -> int:
    """This will return ``bps`` basis points of an amount, rounded half up to whole fen (fees, levies, deposits)."""
    assert amount_fen >= 0 and bps >= 0
    return (amount_fen * bps + 5000) // 10000


def split(total_fen: int, weights: Mapping[str, int | Fraction]) -> dict[str, int]:
    """This will divide ``total_fen`` by weights so that the parts sum exactly (largest remainder, Hamilton 1792).

    Each part is within one fen of its exact share. Ties of remainders go to the larger weight, then to the
    smaller key, so the result does not depend on the order given. Weights are >= 0 and not all zero.
    """
    assert total_fen >= 0 and weights, "a split needs an amount and at least one party"
    exact = {key: Fraction(weight) for key, weight in weights.items()}
    whole = sum(exact.values())
    if whole <= 0 or min(exact.values()) < 0:
        raise ValueError("weights are zero or more and at least one is above zero")
    parts, remainders = {}, {}
    for key, weight in exact.items():
        share = total_fen * weight / whole
        parts[key] = share.numerator // share.denominator
        remainders[key] = share - parts[key]
    left = total_fen - sum(parts.values())
    for key in sorted(exact, key=lambda k: (-remainders[k], -exact[k], k))[:left]:
        parts[key] += 1
    return parts


def nice_top(largest: int, parts: int = 4) -> int:
    """This will return the smallest round top (1, 2, 2.5, 5 × 10^n per part) that holds ``largest``; at least 1 per part."""
    part = max(1, -(-largest // parts))
    size: int = 10 ** (len(str(part)) - 1)
    for tenths in (10, 20, 25, 50, 100):
        if (candidate := size * tenths // 10) >= part and candidate:
            return candidate * parts
    return size * 10 * parts
