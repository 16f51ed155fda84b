"""What a run has counted: sums and histograms only, so that memory does not grow with the days; metrics of the regulator from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from simulation.wide.columns import concentration, gini, hhi, wilson

__all__ = ["COUNTS", "DAILY", "METRICS", "Metric", "Tally", "metric", "metrics_of"]

Column = np.ndarray[Any, Any]
#: Sixteen steps to a doubling: a quantile is read to within 4.5 %.
_STEPS, _BINS = 16, 768
COUNTS = ("on_trades", "on_fen", "off_trades", "off_fen", "wash_trades", "wash_fen", "wash_found", "fees_fen", "fines_fen", "held_fen",
          "undistributed_fen", "brokered_fen", "paid_out_fen", "settled", "defaults", "off_defaults", "lost_fen",
          "complaints", "cheated", "cheats_found", "inspected", "bans", "exits", "unserved", "barred", "cross_trades",
          "lots", "lots_sold", "lot_fen", "lot_list_fen", "posted_offers", "posted_sold", "opted_out", "withdrawn",
          "sought", "sought_washers", "late", "offenders", "repeaters", "repaired", "cheaters", "cheaters_found")
#: Whose data a product is about, in the order of the tally's rows.
CATEGORIES: tuple[tuple[str, str, str], ...] = (("enterprise", "企业数据", "enterprise data"), ("public", "公共数据", "public data"))
#: Days between a first cheat and its finding that are told apart; longer ones are counted as the last.
_MOST_DELAY = 512
DAILY = ("on_fen", "off_fen", "on_trades", "off_trades", "defaults", "complaints")


@dataclass
class Tally:
    """The counts of one shard or of all; tallies are added in the order of the shards."""

    days: int
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    daily: Column = field(default_factory=lambda: np.zeros((0, 0), dtype=np.int64))
    prices: Column = field(default_factory=lambda: np.zeros((2, len(CATEGORIES), _BINS), dtype=np.int64))
    moments: Column = field(default_factory=lambda: np.zeros((2, len(CATEGORIES), 3)))
    hours: Column = field(default_factory=lambda: np.zeros(_BINS, dtype=np.int64))
    delays: Column = field(default_factory=lambda: np.zeros(_MOST_DELAY, dtype=np.int64))
    sales: list[Column] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not self.daily.size:
            self.daily = np.zeros((self.days, len(DAILY)), dtype=np.int64)

    def add(self, name: str, amount: Any) -> None:
        self.counts[name] += int(amount)

    def saw_prices(self, channel: int, fen: Column, to_list: Column, public: Column) -> None:
        """Prices go to the histogram of their channel and category; dispersion is measured on the price over the list price, so that size
        does not hide it."""
        for place, here in enumerate((~public, public)):
            ratio = to_list[here]
            self.prices[channel, place] += np.bincount(_bins(fen[here]), minlength=_BINS)
            self.moments[channel, place] += (ratio.size, float(ratio.sum()), float((ratio * ratio).sum()))

    def saw_delays(self, days: Column) -> None:
        """Days from a seller's first cheat to the first that was found out; whoever was not found out yet is counted apart."""
        self.delays += np.bincount(np.clip(days, 0, _MOST_DELAY - 1), minlength=_MOST_DELAY)

    def saw_hours(self, hours: Column) -> None:
        self.hours += np.bincount(_bins(hours * 60), minlength=_BINS)

    def merged(self, other: Tally) -> Tally:
        return Tally(self.days, {name: self.counts[name] + other.counts[name] for name in COUNTS}, self.daily + other.daily,
                     self.prices + other.prices, self.moments + other.moments, self.hours + other.hours, self.delays + other.delays,
                     self.sales + other.sales)


def _bins(values: Column) -> Column:
    found: Column = np.clip(np.log2(np.maximum(values, 1)) * _STEPS, 0, _BINS - 1).astype(np.int64)
    return found


def quantile(counts: Column, part: float) -> float:
    """This will read a quantile from a histogram: the middle of its bin, on the logarithm."""
    whole = int(counts.sum())
    if not whole:
        return 0.0
    place = int(np.searchsorted(np.cumsum(counts), part * whole, side="left"))
    return float(2 ** ((place + 0.5) / _STEPS))


def middle_day(delays: Column) -> float:
    """This will return the median of whole days, counted exactly."""
    whole = int(delays.sum())
    return float(np.searchsorted(np.cumsum(delays), whole / 2, side="left")) if whole else 0.0


def _rate(hits: int, tries: int, per: int = 1) -> float:
    return hits * per / tries if tries else 0.0


def _variation(moments: Column) -> float:
    many, total, squares = (float(one) for one in moments)
    if many < 2 or total <= 0:
        return 0.0
    mean = total / many
    return float(max(0.0, squares / many - mean * mean) ** 0.5 / mean)


@dataclass(frozen=True)
class Metric:
    """One figure of the report: its words, its unit and how it is read from a tally. ``blank``: nought means that there was nothing to
    measure, and is shown as a dash."""

    key: str
    zh: str
    en: str
    unit: str
    read: Callable[[Tally], float]
    blank: bool = False


METRICS: dict[str, Metric] = {}


Read = Callable[[Tally], float]


def metric(key: str, zh: str, en: str, unit: str = "", *, blank: bool = False) -> Callable[[Read], Read]:
    """This will enter a metric; a plugin adds its own the same way. A name is given once."""

    def enter(read: Read) -> Read:
        if key in METRICS and METRICS[key].read.__module__ != read.__module__:
            raise ValueError(f"{key}: a metric of this name stands already")
        METRICS[key] = Metric(key, zh, en, unit, read, blank)
        return read

    return enter


def _share(one: Tally, above: str, below: tuple[str, ...], per: int = 1) -> float:
    return _rate(one.counts[above], sum(one.counts[name] for name in below), per)


metric("turnover_fen", "场内成交额", "turnover on the exchange", "fen")(lambda t: t.counts["on_fen"])
metric("trades", "场内成交笔数", "trades on the exchange")(lambda t: t.counts["on_trades"])
metric("on_exchange_share", "场内占比（按金额）", "share of value traded on the exchange", "share")(
    lambda t: _share(t, "on_fen", ("on_fen", "off_fen")))
metric("on_exchange_trades", "场内占比（按笔数）", "share of deals made on the exchange", "share")(
    lambda t: _share(t, "on_trades", ("on_trades", "off_trades")))
metric("price_cv_on", "场内价格离散（变异系数）", "dispersion of prices on the exchange (coefficient of variation)")(
    lambda t: _variation(t.moments[0].sum(axis=0)))
metric("price_cv_off", "场外价格离散（变异系数）", "dispersion of prices outside (coefficient of variation)")(
    lambda t: _variation(t.moments[1].sum(axis=0)))
metric("price_p90_p10", "场内价格九一分位比", "ninth over first decile of prices on the exchange", blank=True)(
    lambda t: _deciles(t.prices[0].sum(axis=0)))
metric("price_p90_p10_off", "场外价格九一分位比", "ninth over first decile of prices outside", blank=True)(
    lambda t: _deciles(t.prices[1].sum(axis=0)))


def _deciles(counts: Column) -> float:
    return quantile(counts, 0.9) / max(quantile(counts, 0.1), 1.0)


def _by_category(channel: int, place: int) -> None:
    """Dispersion of one channel and one category: two markets that are each narrow can look wide together."""
    (key, zh, en), (mark, where_zh, where_en) = CATEGORIES[place], (("on", "场内", "on the exchange"), ("off", "场外", "outside"))[channel]
    metric(f"price_cv_{mark}_{key}", f"{where_zh}{zh}价格离散（变异系数）",
           f"dispersion of prices of {en} {where_en} (coefficient of variation)", blank=True)(
        lambda t: _variation(t.moments[channel, place]))
    metric(f"price_p90_p10_{mark}_{key}", f"{where_zh}{zh}价格九一分位比", f"ninth over first decile of prices of {en} {where_en}",
           blank=True)(lambda t: _deciles(t.prices[channel, place]))


for _channel in range(2):
    for _place in range(len(CATEGORIES)):
        _by_category(_channel, _place)
metric("median_price_fen", "场内成交价中位数", "median price on the exchange", "fen", blank=True)(
    lambda t: round(quantile(t.prices[0].sum(axis=0), 0.5)))
metric("firm_price", "按明示标价成交的占比", "share of trades at a firm list price", "share")(
    lambda t: _share(t, "posted_sold", ("posted_sold", "lots_sold")))
metric("auction_price_to_list", "拍卖成交价与标价之比", "auction price over list price", "share", blank=True)(
    lambda t: _share(t, "lot_fen", ("lot_list_fen",)))
metric("auction_sold", "拍卖成交率", "share of lots sold", "share")(lambda t: _share(t, "lots_sold", ("lots",)))
metric("hhi", "集中度（HHI）", "concentration of sellers (HHI)")(lambda t: hhi(np.concatenate(t.sales)) if t.sales else 0)
metric("cr4", "前四家卖方份额", "share of the four largest sellers", "share")(
    lambda t: concentration(np.concatenate(t.sales)) if t.sales else 0.0)
metric("first_sale", "已有成交的卖方占比", "share of sellers that have sold at all", "share")(
    lambda t: float((np.concatenate(t.sales) > 0).mean()) if t.sales else 0.0)
metric("gini", "卖方收入基尼系数", "Gini coefficient of sellers' income")(
    lambda t: gini(np.concatenate(t.sales)) if t.sales else 0.0)
metric("settle_hours_median", "结算用时中位数（小时）", "median hours to settle", "hours", blank=True)(
    lambda t: quantile(t.hours, 0.5) / 60)
metric("settle_hours_p95", "结算用时九五分位（小时）", "95th percentile of hours to settle", "hours", blank=True)(
    lambda t: quantile(t.hours, 0.95) / 60)
metric("settled_late", "超过验收期才结算的占比", "share of deals settled after the term of acceptance", "share")(
    lambda t: _rate(t.counts["late"], t.counts["on_trades"] - t.counts["wash_trades"]))
metric("default_rate", "违约率", "rate of default", "share")(lambda t: _share(t, "defaults", ("settled", "defaults")))
metric("complaints_per_1000", "每千笔投诉", "complaints per thousand trades")(
    lambda t: _share(t, "complaints", ("settled", "defaults"), 1000))
metric("cheat_rate", "造假交易占比", "share of cheated trades", "share")(lambda t: _share(t, "cheated", ("settled",)))
metric("detection_rate", "造假查实率", "share of cheats that are found", "share")(
    lambda t: _share(t, "cheats_found", ("cheated",)))
metric("detection_days", "首次造假至首次查实的天数（中位数，仅计已查实者）",
       "median days from a seller's first cheat to the first that is found, of sellers found out", "days")(lambda t: middle_day(t.delays))
metric("cheats_at_large", "造假而未被查实的卖方占比", "share of cheating sellers not found out by the end", "share")(
    lambda t: _rate(t.counts["cheaters"] - t.counts["cheaters_found"], t.counts["cheaters"]))
metric("repair_rate", "受罚后恢复经营的占比", "share of punished sellers that may sell again at the end", "share")(
    lambda t: _share(t, "repaired", ("offenders",)))
metric("recidivism", "受罚后再犯的占比", "share of punished sellers punished again", "share")(
    lambda t: _share(t, "repeaters", ("offenders",)))
metric("wash_share", "假成交占成交额", "wash trades in turnover", "share")(lambda t: _share(t, "wash_fen", ("on_fen",)))
metric("wash_attention", "找上自买自卖数商的买方占比", "share of buyers who turn to merchants that trade with themselves", "share")(
    lambda t: _share(t, "sought_washers", ("sought",)))
metric("lost_fen", "买方损失", "lost by buyers", "fen")(lambda t: t.counts["lost_fen"])
metric("fees_fen", "平台服务费收入", "fees taken", "fen")(lambda t: t.counts["fees_fen"])
metric("fines_fen", "罚款", "fines", "fen")(lambda t: t.counts["fines_fen"])
metric("undistributed_fen", "未分配收益", "income not distributed", "fen")(lambda t: t.counts["undistributed_fen"])
metric("barred_demand", "被负面清单拦下的购买意向", "demand barred by the negative list")(lambda t: t.counts["barred"])
metric("cross_border_trades", "出境成交笔数", "cross-border trades")(lambda t: t.counts["cross_trades"])


def metrics_of(one: Tally) -> dict[str, float]:
    """This will read every metric; floats to nine digits, so that a hash is the same on every machine."""
    return {key: value if isinstance(value := each.read(one), int) else float(f"{value:.9g}") for key, each in METRICS.items()}


def intervals_of(one: Tally) -> dict[str, list[float] | None]:
    """This will return the 95 % interval of every rate; None where there were too few trials to tell a rate."""
    counts = one.counts
    tries = counts["settled"] + counts["defaults"]
    found = {"default_rate": wilson(counts["defaults"], tries), "complaints_per_1000": wilson(counts["complaints"], tries),
             "detection_rate": wilson(counts["cheats_found"], counts["cheated"]),
             "cheats_at_large": wilson(counts["cheaters"] - counts["cheaters_found"], counts["cheaters"]),
             "repair_rate": wilson(counts["repaired"], counts["offenders"]),
             "recidivism": wilson(counts["repeaters"], counts["offenders"])}
    return {key: None if pair is None else [float(f"{end * (1000 if key.endswith('1000') else 1):.9g}") for end in pair]
            for key, pair in found.items()}
