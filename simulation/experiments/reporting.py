"""The report of an experiment: mean and interval of every metric and arm, the difference by seed, and what it says in plain words.

The figures are those of ``simulation.wide.arms``: the same plan run by ``manage.py experiment`` has the same result hash.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kit.coverage import covers
from kit.money import yuan
from simulation.experiments.planning import plan_of
from simulation.models import Experiment
from simulation.wide.arms import Plan, told_of
from simulation.wide.parameters import parameters, scenarios
from simulation.wide.tally import METRICS

__all__ = [
    "CHARTED",
    "Finding",
    "arm_words",
    "axis_figure",
    "citation_of",
    "figure",
    "findings",
    "level",
    "parameter_rows",
    "policy_value",
    "report_of",
    "short_name",
    "unit_words",
]

Pair = tuple[str, str]
#: What the report draws first, in the regulator's order.
CHARTED = ("turnover_fen", "price_cv_on", "hhi", "gini", "settle_hours_median", "default_rate", "complaints_per_1000", "detection_rate")
#: What the findings speak of besides.
_SPOKEN = (*CHARTED, "on_exchange_share", "cheat_rate", "detection_days", "cheats_at_large", "recidivism", "repair_rate", "wash_share",
           "lost_fen", "fees_fen", "auction_price_to_list", "undistributed_fen", "barred_demand")


#: What is told of cheats and their sellers: where nobody cheats any more, it did not fall.
_OF_CHEATS = frozenset({"detection_rate", "detection_days", "cheats_at_large", "recidivism", "repair_rate"})


@dataclass(frozen=True)
class Finding:
    """One sentence of the report: which arm and metric, whether the interval leaves zero out, and in which direction it lies."""

    arm: int
    metric: str
    clear: bool
    rises: bool
    text: Pair


@covers("CAP-I2", "CAP-I3")
def report_of(experiment: Experiment) -> dict[str, Any]:
    """This will write the report from the kept runs, each arm's in the order of replications."""
    plan = plan_of(experiment)
    kept = experiment.replicas.order_by("number").values_list("arm__number", "result")
    runs: list[list[dict[str, Any]]] = [[] for _ in plan.arms]
    for arm, told in kept.iterator(chunk_size=100):
        assert told is not None, "a report is written once every run is kept"
        runs[arm].append({"metrics": told["metrics"], "result_hash": told["result_hash"]})
    assert all(len(one) == plan.replications for one in runs), "each arm has all its runs"
    return told_of(plan, runs)


def citation_of(experiment: Experiment) -> str:
    """This will write the line by which a report is cited."""
    return (f"Data exchange laboratory {experiment.version}, experiment {experiment.code}, scenario {experiment.scenario}, "
            f"{len(experiment.told['arms'])} arms x {experiment.replications} replications, {experiment.agents} agents, "
            f"{experiment.days} days, seed {experiment.seed}, sha256:{experiment.result_hash[:16]}")


_UNITS: Mapping[str, Pair] = {"fen": ("元", "yuan"), "share": ("占比（%）", "share, per cent"), "hours": ("小时", "hours"),
                              "days": ("天", "days")}
#: What is counted where a metric has no unit of measure.
_COUNTED: Mapping[str, Pair] = {
    "hhi": ("点（0 至 10,000）", "points, 0 to 10,000"), "gini": ("0 为均等，1 为独占", "0 equal, 1 one has all"),
    "complaints_per_1000": ("每千笔", "per thousand trades")}


def unit_words(metric: str) -> Pair:
    """This will say what stands on the axis of a metric's picture."""
    if metric in _COUNTED:
        return _COUNTED[metric]
    return _UNITS.get(METRICS[metric].unit if metric in METRICS else "", ("无单位", "no unit"))


#: One million yuan, in fen.
_MILLION_YUAN = 100_000_000


def figure(metric: str, value: float) -> Pair:
    """This will write a figure of a metric in its unit: yuan, per cent, hours or a plain number."""
    unit = METRICS[metric].unit if metric in METRICS else ""
    if unit == "fen":
        text = yuan(round(value))
        return text, text
    if unit == "share":
        return f"{100 * value:.2f} %", f"{100 * value:.2f} %"
    if unit == "hours":
        return f"{value:,.1f} 小时", f"{value:,.1f} hours"
    if unit == "days":
        return f"{value:,.1f} 天", f"{value:,.1f} days"
    text = f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.3f}".rstrip("0").rstrip(".")
    return text, text


def level(metric: str, value: float) -> Pair:
    """This will write what a metric came to; a dash where nought only means that there was nothing to measure."""
    return ("—", "—") if not value and metric in METRICS and METRICS[metric].blank else figure(metric, value)


def axis_figure(metric: str, value: float) -> Pair:
    """This will write a figure for the margin of a picture, which holds no more than eleven signs: large money in 万元 or millions."""
    if METRICS[metric].unit == "fen" and abs(value) >= _MILLION_YUAN:
        return f"{value / 1_000_000:,.0f} 万元", f"¥{value / _MILLION_YUAN:,.1f} m"
    return figure(metric, value)


_FORMATS = (("一价密封", "first price"), ("二价密封", "second price"), ("英式", "English"), ("荷式", "Dutch"))


def policy_value(name: str, value: int) -> Pair:
    """This will write a policy's value as people read it: basis points as per cent, a switch as yes or no."""
    if name.endswith("_bps"):
        text = f"{value / 100:.2f}".rstrip("0").rstrip(".") + " %"
        return text, text
    if name == "auction_format":
        return _FORMATS[value - 1]
    one = parameters()[name]
    if (one.least, one.most) == (0, 1):
        return (("否", "no"), ("是", "yes"))[value]
    return str(value), str(value)


_SHORT: dict[str, Pair] = {
    "fee_bps": ("服务费", "fee"), "reserve_bps": ("保留价", "reserve"), "auction_format": ("拍卖方式", "auction"),
    "inspection_bps": ("抽查率", "inspection"), "penalty_margins": ("罚款倍数", "fine in margins"),
    "ban_deals": ("暂停笔数", "banned deals"),
    "holdback_bps": ("暂存价款", "holdback"), "cross_border_barred": ("禁止出境", "export barred"),
    "barred_share_bps": ("清单禁止比例", "barred by the list"), "robust_sharing": ("相似折减", "shares reduced by likeness"),
    "public_price_bps": ("公共数据指导价", "guided price"), "reputation": ("找哪家数商", "whom buyers turn to")}


def short_name(name: str) -> Pair:
    """This will return a policy's short name; each policy has one."""
    return _SHORT[name]


def arm_words(changes: Mapping[str, int]) -> Pair:
    """This will say what an arm changes; one that changes nothing is the scenario as it is."""
    if not changes:
        return "情景原状", "the scenario as it is"
    said = [(short_name(name), policy_value(name, value)) for name, value in sorted(changes.items())]
    return "、".join(f"{name[0]} {value[0]}" for name, value in said), ", ".join(f"{name[1]} {value[1]}" for name, value in said)


@covers("CAP-I2")
def findings(report: Mapping[str, Any]) -> list[Finding]:
    """This will say in plain words what differs from the first arm and what cannot be told apart; the clear ones first."""
    found = [one for place in range(1, len(report["arms"])) for one in _of_arm(report["arms"], place, report["replications"])]
    return sorted(found, key=lambda one: (one.arm, not one.clear))


def _of_arm(arms: Sequence[Mapping[str, Any]], place: int, replications: int) -> Iterator[Finding]:
    arm, said = arms[place], arm_words(arms[place]["changes"])
    for name in _SPOKEN:
        if name not in arm["metrics"]:
            continue
        apart, before, now = arm["against_first"][name], arms[0]["metrics"][name]["mean"], arm["metrics"][name]["mean"]
        low, high = apart["low"], apart["high"]
        if low == high == 0:
            continue  # the policy does not touch it
        if name in _OF_CHEATS and not all(one["metrics"]["cheat_rate"]["mean"] for one in (arms[0], arm)):
            continue  # where nobody cheats, nothing was there to find
        clear, rises, words = not low <= 0 <= high, apart["mean"] > 0, METRICS[name]
        was, is_now = figure(name, before), figure(name, now)
        ends = figure(name, low), figure(name, high)
        if clear:
            text = (f"{said[0]}：{words.zh}{'升高' if rises else '降低'}，由 {was[0]} 变为 {is_now[0]}"
                    f"（差的 95% 区间 {ends[0][0]} 至 {ends[1][0]}）。",
                    f"{said[1]}: {words.en} {'rises' if rises else 'falls'} from {was[1]} to {is_now[1]} (95 % interval of the difference "
                    f"{ends[0][1]} to {ends[1][1]}).")
        else:
            text = (f"{said[0]}：{words.zh}看不出差别（{replications} 次重复，差的 95% 区间 {ends[0][0]} 至 {ends[1][0]}，含零）。",
                    f"{said[1]}: no difference in {words.en} can be told ({replications} replications, 95 % interval {ends[0][1]} to "
                    f"{ends[1][1]}, which holds zero).")
        yield Finding(place, name, clear, rises, text)


def parameter_rows(plan: Plan) -> list[tuple[str, Pair, list[int], Pair]]:
    """This will list each policy that some arm changes: its name, words, value in every arm, source."""
    names = sorted({name for arm in plan.arms for name in arm})
    usual = {name: scenarios()[plan.scenario].sets.get(name, parameters()[name].value) for name in names}
    return [(name, (parameters()[name].zh, parameters()[name].en), [arm.get(name, usual[name]) for arm in plan.arms],
             parameters()[name].sources) for name in names]
