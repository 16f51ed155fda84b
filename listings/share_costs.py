"""The permitted revenue of a public product as it is typed and told: cost by head, subsidy, return, tax (R76, F.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kit.money import parse_yuan, yuan
from kit.rejected import FieldFault, Rejected
from listings.share_terms import COST_HEADS, CostPlus, TermsFault, read

__all__ = ["PERIOD_WORDS", "bps", "cost_fields", "cost_sentence", "cost_typed", "fen", "whole"]

#: How the rest goes, as the form and the page say it; empty: with every trade.
PERIOD_WORDS = {"": ("随每笔成交分配", "With every trade"), "1": ("每月一期", "Once a month"), "3": ("每季一期", "Once a quarter"),
                "6": ("每半年一期", "Once half a year"), "12": ("每年一期", "Once a year")}
_OTHERS = ("subsidy_fen", "tax_fen")


def _fault(field: str, zh: str, en: str) -> Rejected:
    return Rejected("listings.share.faulty", listing="", errors=[FieldFault(field, "unreadable", (zh, en))])


def whole(text: str, field: str) -> int:
    """This will read a whole number as it was typed."""
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise _fault(field, "应为整数", "A whole number is expected")
    return int(text)


def fen(text: str) -> int:
    """This will read an amount in yuan as it was typed."""
    try:
        return parse_yuan(text)
    except ValueError as fault:
        raise _fault("first", "金额无法识别", str(fault)) from fault


def bps(text: str) -> int:
    """This will read a percentage of at most two decimals as it was typed."""
    front, _, part = text.strip().removesuffix("%").partition(".")
    if not (f"{front}{part}".isascii() and f"{front}{part}".isdigit() and len(front) <= 3 and len(part) <= 2):
        raise _fault("first", "比例无法识别", "The rate cannot be read")
    return int(front or 0) * 100 + int(part.ljust(2, "0") or 0)


def cost_typed(sent: Mapping[str, str]) -> list[dict[str, Any]]:
    """This will read the permitted revenue of the form; nothing where no operator is named."""
    party = sent.get("cost_party", "").strip().upper()
    if not party:
        return []
    heads = [[head, fen(sent[f"cost_{head}"])] for head in COST_HEADS if sent.get(f"cost_{head}", "").strip()]
    return [{"kind": "cost_plus", "party": party, "heads": heads, **{name: fen(sent.get(name) or "0") for name in _OTHERS},
             "rate_bps": bps(sent.get("rate_bps") or "0"), "bond_bps": bps(sent.get("bond_bps") or "0")}]


def cost_fields(sent: Mapping[str, str] | None, first: list[dict[str, Any]]) -> dict[str, Any]:
    """This will give the form's fields as they were sent, else as the last agreement has them."""
    if sent is not None:
        told = {name: sent.get(name, "") for name in ("cost_party", "rate_bps", "bond_bps", *_OTHERS)}
        return told | {"heads": [(head, words, sent.get(f"cost_{head}", "")) for head, words in COST_HEADS.items()]}
    row = next((one for one in first if one["kind"] == "cost_plus"), None)
    stand = dict(map(tuple, row["heads"])) if row else {}  # type: ignore[arg-type]
    told = {"cost_party": row["party"] if row else "", **{name: f"{row[name] / 100:.2f}" if row else "" for name in (
        "rate_bps", "bond_bps", *_OTHERS)}}
    return told | {"heads": [(head, words, f"{stand[head] // 100}.{stand[head] % 100:02d}" if head in stand else "")
                             for head, words in COST_HEADS.items()]}


def cost_sentence(row: Mapping[str, Any]) -> tuple[str, str]:
    """This will tell a permitted revenue as a sentence in both languages."""
    try:
        (one,) = read([row])
    except TermsFault:
        return "", ""
    assert isinstance(one, CostPlus)
    zh = "、".join(f"{COST_HEADS[head][0]} {yuan(amount)}" for head, amount in one.heads)
    en = ", ".join(f"{COST_HEADS[head][1].lower()} {yuan(amount)}" for head, amount in one.heads)
    return (f"成本加成：{zh}；扣补贴 {yuan(one.subsidy_fen)}，收益率 {one.rate_bps / 100:g}%，税金 {yuan(one.tax_fen)}，"
            f"准许收入 {yuan(one.most_fen)}，以外归公共财政",
            f"Cost plus: {en}; less subsidy {yuan(one.subsidy_fen)}, return {one.rate_bps / 100:g}%, tax {yuan(one.tax_fen)}: "
            f"{yuan(one.most_fen)} permitted, the rest is the treasury's")
