"""Value of a data asset by cost, income and market methods (W19): pure functions, whole fen, each factor with its effect.

An appraised value informs a price and is disclosed; it is never a ledger amount and never booked (财会〔2023〕11号; rules G). The
three methods are those of the asset valuation standards: what making it again would cost, what it will earn, what the like of it fetched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from kit.coverage import covers

__all__ = ["ADJUSTMENTS", "METHODS", "Comparable", "Cost", "Income", "Step", "Valuation", "Valued", "by_cost", "by_income", "by_market",
           "valued"]

Pair = tuple[str, str]
METHODS: dict[str, Pair] = {"cost": ("成本法", "Cost method"), "income": ("收益法", "Income method"), "market": ("市场法", "Market method")}
#: By what a comparable differs, in the order in which it is adjusted.
ADJUSTMENTS: dict[str, Pair] = {"quality": ("质量修正", "Quality"), "time": ("时间修正", "Time"),
                                "scope": ("权利范围修正", "Scope of rights")}
_COSTS: dict[str, Pair] = {"acquisition_fen": ("取得成本", "Acquisition"), "processing_fen": ("加工成本", "Processing"),
                           "storage_fen": ("存储与安全成本", "Storage and security"), "other_fen": ("间接成本", "Indirect costs")}


@dataclass(frozen=True)
class Cost:
    """What making the asset again would cost, the maker's profit on it, its quality against the usual, what it has aged."""

    acquisition_fen: int
    processing_fen: int
    storage_fen: int
    other_fen: int
    profit_bps: int
    quality_bps: int
    obsolescence_bps: int


@dataclass(frozen=True)
class Income:
    """What the business will earn year by year, which part of it the data bring, and the rate of discount."""

    incomes_fen: tuple[int, ...]
    share_bps: int
    rate_bps: int


@dataclass(frozen=True)
class Comparable:
    """A trade of something alike, and by how much it is better (plus) or worse than this; basis points, in the order of ADJUSTMENTS."""

    price_fen: int
    adjustments_bps: tuple[int, int, int]


@dataclass(frozen=True)
class Step:
    """One factor: what it changes, in fen, and what stands after it."""

    text: Pair
    effect_fen: int
    total_fen: int


@dataclass(frozen=True)
class Valued:
    """What one method says, step by step; ``weight`` of 100 in the conclusion."""

    method: str
    fen: int
    steps: tuple[Step, ...]
    weight: int = 0


@dataclass(frozen=True)
class Valuation:
    """What an appraiser puts in; a method that is not used is None and weighs nothing. The weights sum to 100."""

    base_date: str
    purpose: str
    cost: Cost | None
    income: Income | None
    market: tuple[Comparable, ...]
    weights: tuple[int, int, int]

    def faults(self) -> list[Pair]:
        """This will say what keeps these figures from giving a value."""
        used = [self.cost is not None, self.income is not None, bool(self.market)]
        found = []
        if sum(self.weights) != 100 or min(self.weights) < 0:
            found.append(("三种方法的权重之和须为 100", "The weights of the three methods sum to 100"))
        if any(weight and not on for weight, on in zip(self.weights, used, strict=True)):
            found.append(("未采用的方法不能有权重", "A method that is not used weighs nothing"))
        return found


def _nearest(value: Fraction) -> int:
    """Half a fen is rounded up."""
    return (value + Fraction(1, 2)).__floor__()


def _chain(start: int, factors: Sequence[tuple[Pair, int]]) -> list[Step]:
    """Multiplies by (1 + bps) one after the other and says what each changes."""
    steps, total = [], start
    for text, bps in factors:
        after = _nearest(Fraction(total * (10_000 + bps), 10_000))
        steps.append(Step(text, after - total, after))
        total = after
    return steps


@covers("W19")
def by_cost(given: Cost) -> Valued:
    """This will add the costs up, add the profit, weigh by quality, take off what it has aged."""
    steps, total = [], 0
    for name, text in _COSTS.items():
        total += getattr(given, name)
        steps.append(Step(text, getattr(given, name), total))
    steps += _chain(total, [(("合理利润", "Profit"), given.profit_bps), (("质量系数", "Quality coefficient"), given.quality_bps - 10_000),
                            (("贬值", "Obsolescence"), -given.obsolescence_bps)])
    return Valued("cost", steps[-1].total_fen, tuple(steps))


@covers("W19")
def by_income(given: Income) -> Valued:
    """This will discount the data's part of each year's income to today and add it up; each year is rounded, so the rows sum."""
    steps, total = [], 0
    for year, fen in enumerate(given.incomes_fen, 1):
        worth = _nearest(Fraction(fen * given.share_bps, 10_000) / Fraction(10_000 + given.rate_bps, 10_000) ** year)
        total += worth
        steps.append(Step((f"第 {year} 年", f"Year {year}"), worth, total))
    return Valued("income", total, tuple(steps))


@covers("W19")
def by_market(given: Sequence[Comparable]) -> Valued:
    """This will bring each comparable's price to this asset's quality, time and scope, and take the mean."""
    steps, ends = [], []
    for number, one in enumerate(given, 1):
        first = Step((f"可比案例 {number}", f"Comparable {number}"), one.price_fen, one.price_fen)
        rows = [first, *_chain(one.price_fen, list(zip(ADJUSTMENTS.values(), one.adjustments_bps, strict=True)))]
        steps += rows
        ends.append(rows[-1].total_fen)
    mean = _nearest(Fraction(sum(ends), len(ends)))
    return Valued("market", mean, (*steps, Step(("平均", "Mean"), mean - ends[-1], mean)))


@covers("W19")
def valued(given: Valuation) -> dict[str, Any]:
    """This will compute what is used and conclude by weight; the answer, with its inputs, is what the report signs."""
    asked = [(by_cost(given.cost) if given.cost else None), by_income(given.income) if given.income else None,
             by_market(given.market) if given.market else None]
    used = [(one, weight) for one, weight in zip(asked, given.weights, strict=True) if one is not None]
    concluded = _nearest(Fraction(sum(one.fen * weight for one, weight in used), 100))
    rows = [{"method": one.method, "fen": one.fen, "weight": weight, "steps": [[*step.text, step.effect_fen, step.total_fen]
                                                                               for step in one.steps]} for one, weight in used]
    return {"base_date": given.base_date, "purpose": given.purpose, "fen": concluded, "methods": rows, "inputs": _inputs(given)}


def _inputs(given: Valuation) -> dict[str, Any]:
    return {"cost": asdict(given.cost) if given.cost else None,
            "income": asdict(given.income) | {"incomes_fen": list(given.income.incomes_fen)} if given.income else None,
            "market": [[one.price_fen, *one.adjustments_bps] for one in given.market], "weights": list(given.weights)}
