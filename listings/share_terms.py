"""What is due to a party of a share agreement before the rest goes by weight: plain data, read and checked (Data Twenty article 12).

A fixed fee of every trade, a royalty by tiers of what came in, a milestone once; of public data the permitted revenue of its operator.
``settlement.sharing.terms`` divides by them. What is left goes by weight, trade by trade or out of a pool, once a period.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from compliance.rules.public_price import highest_rate_bps, permitted_revenue

__all__ = ["COST_HEADS", "PERIODS", "SHORTAGES", "CostPlus", "Fixed", "Milestone", "Royalty", "Term", "TermsFault", "check", "read",
           "read_rest", "written"]

WHOLE_BPS = 10_000
#: What may decide where more is due than there is.
SHORTAGES = ("proportional", "talmud", "cea", "cel")
#: Over how many months a pool gathers before it is divided.
PERIODS = (1, 3, 6, 12)
#: What a public product may cost, by the heads a data resource is booked under (财会〔2023〕11号 二).
COST_HEADS = {
    "collection": ("采集与汇聚", "Collection"), "cleaning": ("脱敏与清洗", "Masking and cleaning"), "labelling": ("标注", "Labelling"),
    "integration": ("整合", "Integration"), "analysis": ("分析与可视化", "Analysis and visualisation"),
    "security": ("安全管理", "Security"), "registration": ("权属鉴证与登记", "Rights and registration"),
    "quality": ("质量评估", "Quality assessment"), "operation": ("运行维护", "Operation"), "labour": ("人工", "Labour"),
}


class TermsFault(ValueError):
    """Terms that cannot be carried out; ``code`` is stable."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True)
class Fixed:
    """So many fen of every trade."""

    party: str
    fen: int

    def due(self, pot_fen: int, before_fen: int) -> Fraction:
        return Fraction(self.fen)


@dataclass(frozen=True)
class Royalty:
    """A rate of what comes in, by tiers of what came in so far: (up to fen, basis points); the last tier has no end (None)."""

    party: str
    tiers: tuple[tuple[int | None, int], ...]

    def due(self, pot_fen: int, before_fen: int) -> Fraction:
        owed, low = Fraction(0), 0
        for up_to, bps in self.tiers:
            high = before_fen + pot_fen if up_to is None else min(up_to, before_fen + pot_fen)
            owed += Fraction(max(0, high - max(low, before_fen)) * bps, WHOLE_BPS)
            low = low if up_to is None else up_to
        return owed


@dataclass(frozen=True)
class Milestone:
    """So many fen, once: with the trade by which what came in reaches ``at_fen``."""

    party: str
    at_fen: int
    fen: int

    def due(self, pot_fen: int, before_fen: int) -> Fraction:
        return Fraction(self.fen if before_fen < self.at_fen <= before_fen + pot_fen else 0)


@dataclass(frozen=True)
class CostPlus:
    """All that comes in until the operator of public data has its permitted revenue; what comes in later is for the others (R76, F.3).

    Permitted is the cost net of subsidy, a return on that, and tax; the return is at most the ten-year bond's yield and six points.
    """

    party: str
    heads: tuple[tuple[str, int], ...]
    subsidy_fen: int
    rate_bps: int
    bond_bps: int
    tax_fen: int

    @property
    def cost_fen(self) -> int:
        return sum(fen for _, fen in self.heads)

    @property
    def most_fen(self) -> int:
        return permitted_revenue(cost_fen=self.cost_fen, subsidy_fen=self.subsidy_fen, rate_bps=self.rate_bps, tax_fen=self.tax_fen).fen

    def due(self, pot_fen: int, before_fen: int) -> Fraction:
        return Fraction(min(self.most_fen, before_fen + pot_fen) - min(self.most_fen, before_fen))


Term = Fixed | Royalty | Milestone | CostPlus


def read(rows: Iterable[Mapping[str, Any]]) -> list[Term]:
    """This will read what ``written`` wrote, or what a person sent."""
    try:
        found = [_read(one) for one in rows]
    except TermsFault:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise TermsFault("settlement.share.unreadable", f"not the terms of an agreement: {fault}") from fault
    check(found)
    return found


def read_rest(rest: Mapping[str, Any]) -> dict[str, Any]:
    """This will read how the rest is divided: {} trade by trade, ``period_months`` out of a pool; ``contribution`` names the reckoning."""
    found = dict(rest)
    if set(found) - {"period_months", "contribution"}:
        raise TermsFault("settlement.share.unknown_rule", "the rest goes by weight, in periods or by a reckoned contribution")
    months = found.get("period_months")
    if "period_months" in found and (isinstance(months, bool) or months not in PERIODS):
        raise TermsFault("settlement.share.bad_periods", f"a pool's period is {', '.join(map(str, PERIODS))} months")
    if "contribution" in found and (not isinstance(found["contribution"], Mapping) or set(found["contribution"]) != {
            "code", "inputs_sha256", "method"}):
        raise TermsFault("settlement.share.unreadable", "a contribution is named by its code, the hash of its inputs and its method")
    return found


def written(first: Sequence[Term]) -> list[dict[str, Any]]:
    """This will write terms as they are stored and hashed."""
    return [_cost_plus(one) if isinstance(one, CostPlus) else {"kind": type(one).__name__.lower(), "party": one.party, **(
        {"tiers": [list(tier) for tier in one.tiers]} if isinstance(one, Royalty) else {"fen": one.fen}),
        **({"at_fen": one.at_fen} if isinstance(one, Milestone) else {})} for one in first]


def _cost_plus(one: CostPlus) -> dict[str, Any]:
    return {"kind": "cost_plus", "party": one.party, "heads": [list(head) for head in one.heads], "subsidy_fen": one.subsidy_fen,
            "rate_bps": one.rate_bps, "bond_bps": one.bond_bps, "tax_fen": one.tax_fen}


def check(first: Iterable[Term]) -> None:
    """This will refuse amounts that are not whole fen, rates above the whole, tiers that do not rise, a return above what is allowed."""
    rows = list(first)
    for one in rows:
        _check(one)
    if len(rows) > 1 and any(isinstance(one, CostPlus) for one in rows):
        raise TermsFault("settlement.share.cost_plus_alone", "beside a permitted revenue nothing else is due first: write it as a cost")


def _read(one: Mapping[str, Any]) -> Term:
    kind, party = one["kind"], str(one["party"])
    if kind == "fixed":
        return Fixed(party, one["fen"])
    if kind == "milestone":
        return Milestone(party, one["at_fen"], one["fen"])
    if kind == "royalty":
        return Royalty(party, tuple((up_to, bps) for up_to, bps in one["tiers"]))
    if kind == "cost_plus":
        return CostPlus(party, tuple((str(head), fen) for head, fen in one["heads"]), one["subsidy_fen"], one["rate_bps"], one["bond_bps"],
                        one["tax_fen"])
    raise TermsFault("settlement.share.unknown_rule", "what is due first is fixed, royalty, milestone or cost_plus")


def _whole(*values: Any) -> bool:
    return all(isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 for value in values)


def _check(one: Term) -> None:
    fault = ""
    if isinstance(one, CostPlus):
        fault = _fault_of_cost(one)
    elif isinstance(one, Royalty):
        limits = [up_to for up_to, _ in one.tiers[:-1]]
        whole = [limit for limit in limits if limit is not None and _whole(limit)]
        if not one.tiers or one.tiers[-1][0] is not None or len(whole) < len(limits) or whole != sorted(set(whole)):
            fault = "tiers rise and the last has no end"
        elif not all(_whole(bps) and bps <= WHOLE_BPS for _, bps in one.tiers):
            fault = "a royalty is 0 to 10000 basis points"
    elif not _whole(one.fen, *((one.at_fen,) if isinstance(one, Milestone) else ())):
        fault = "an amount is a whole number of fen"
    if fault:
        raise TermsFault("settlement.share.bad_terms", f"{one.party}: {fault}")


def _fault_of_cost(one: CostPlus) -> str:
    heads = [head for head, _ in one.heads]
    if not heads or len(set(heads)) < len(heads) or set(heads) - set(COST_HEADS):
        return f"costs stand under one head each, of {', '.join(COST_HEADS)}"
    if not _whole(*(fen for _, fen in one.heads), one.subsidy_fen, one.tax_fen, one.rate_bps, one.bond_bps):
        return "an amount is a whole number of fen, a rate of basis points"
    if one.subsidy_fen > one.cost_fen:
        return "a subsidy is at most the cost"
    if one.rate_bps > highest_rate_bps(one.bond_bps):
        return f"the return is at most {highest_rate_bps(one.bond_bps)} basis points: the bond's yield and six points"
    return ""
