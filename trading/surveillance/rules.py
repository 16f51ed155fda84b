"""The rules of surveillance as data: what each asks, on what basis, from which score on it speaks, how rare the thing is.

Scores, thresholds and base rates are whole parts per million, so that an alert can be written down and computed again. A rule that
fires is a question for a person, never a finding (R83, R85).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kit.coverage import covers

__all__ = ["MILLION", "RULES", "Found", "Rule", "above", "per_cent", "precision_ppm", "subject_of"]

MILLION = 1_000_000
Pair = tuple[str, str]


@dataclass(frozen=True)
class Rule:
    """One test: ``direct`` ones look at who stands on both sides, the others at a pattern that honest trade shows too, only rarely.

    ``conduct`` is what the catalogue of conduct calls it if a person confirms it; empty where the person has to say.
    """

    id: str
    version: str
    text: Pair
    asks: Pair
    basis: str
    threshold_ppm: int
    base_rate_ppm: int
    conduct: str
    direct: bool = False


@dataclass(frozen=True)
class Found:
    """What a rule found: about whom, in which objects, how strongly, and the figures that a person checks it by."""

    rule: str
    parties: tuple[str, ...]
    objects: tuple[str, ...]
    score_ppm: int
    figures: Mapping[str, Any] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        return subject_of(self.parties)

    @property
    def inputs_hash(self) -> str:
        """The hash by which the same inputs are known again, whichever pass finds them."""
        return hashlib.sha256("|".join((self.rule, *sorted(self.parties), "", *sorted(self.objects))).encode()).hexdigest()


def per_cent(ppm: int | None) -> str:
    """This will write parts per million as people read them: 0.3%, 75%, 42.5%."""
    return "—" if ppm is None else f"{ppm / 10_000:.2f}".rstrip("0").rstrip(".") + "%"


def subject_of(parties: Iterable[str]) -> str:
    """This will name a group of parties, in whatever order they are given."""
    return hashlib.sha256("+".join(sorted(parties)).encode()).hexdigest()[:16]


@covers("H4")
def above(found: Iterable[Found], thresholds: Mapping[str, int]) -> list[Found]:
    """This will keep what reaches its rule's threshold, the strongest first."""
    kept = [one for one in found if one.score_ppm >= thresholds.get(one.rule, RULES[one.rule].threshold_ppm)]
    return sorted(kept, key=lambda one: (-one.score_ppm, one.rule, one.parties))


def precision_ppm(base_rate_ppm: int, hit_ppm: int, false_alarm_ppm: int) -> int:
    """This will say what share of alerts is right, of a test that finds ``hit`` of the guilty and ``false_alarm`` of the innocent.

    With one auction of 333 shilled and a test that is right 95 times in 100 both ways, 5.4 % of the alerts are.
    """
    right = base_rate_ppm * hit_ppm
    wrong = (MILLION - base_rate_ppm) * false_alarm_ppm
    return right * MILLION // (right + wrong) if right + wrong else 0


def _rule(key: str, zh: str, en: str, asks_zh: str, asks_en: str, basis: str, threshold: int, rare: int, conduct: str,
          direct: bool = False, version: str = "2026.1") -> Rule:
    return Rule(key, version, (zh, en), (asks_zh, asks_en), basis, threshold, rare, conduct, direct)


_WASH, _CARTEL, _COPY = "数据二十条 第十四条；反不正当竞争法 第9条", "反垄断法 第17条、第19条", "反不正当竞争法 第13条"

RULES: dict[str, Rule] = {one.id: one for one in (
    _rule("same_owner", "同一受益所有人自买自卖", "Same beneficial owner on both sides",
          "买卖双方是否受同一人控制", "Whether one person controls seller and buyer", _WASH, 900_000, 3_000, "wash_trade", True),
    _rule("round_trip", "往返对敲", "Round trips",
          "甲卖给乙、乙又卖给甲，金额相当", "Whether A sells to B and B sells back for about as much", _WASH, 750_000, 3_000,
          "wash_trade", True),
    _rule("cycle", "资金回环", "Circles of trades",
          "成交是否首尾相接，资金回到起点", "Whether trades close a circle and the money comes back", _WASH, 750_000, 1_000,
          "wash_trade", True),
    _rule("shared_sign_in", "共用设备或地址", "Shared devices or addresses",
          "两方的登录是否来自同一设备或网络地址", "Whether both sign in from one device or address", _WASH, 800_000, 2_000,
          "wash_trade", True),
    _rule("shill", "托儿抬价", "Shill bidding",
          "竞买人是否总在同一卖方处抬价而不赢", "Whether a bidder lifts one seller's prices and does not win", "拍卖法 第37条", 420_000,
          3_000, "collusion", version="2026.2"),
    _rule("rotation", "轮流中标", "Rotation of winners",
          "同一组竞买人是否按次序轮流中标", "Whether the same bidders win by turns, in order", _CARTEL, 990_000, 1_000, "collusion"),
    _rule("close_bids", "报价过近", "Bids too close",
          "输家报价是否紧贴而赢家拉开", "Whether losing bids lie close together and the winner apart", _CARTEL, 750_000, 5_000,
          "collusion"),
    _rule("price_outlier", "价格异常", "Price outlier",
          "成交价是否远离本所同类历史", "Whether a price is far from the venue's own history of the like", "价格法 第14条", 600_000, 5_000,
          ""),
    _rule("unround", "价格缺少整数", "Too few round prices",
          "一方的成交价是否比市场少见整数", "Whether a party's prices are round less often than the market's", _WASH, 999_000, 10_000,
          "wash_trade"),
    _rule("concentration", "成交突然集中", "Sudden concentration",
          "一方占某市场成交的份额是否突然上升", "Whether a party's share of a market jumps", "反垄断法 第22条", 999_000, 10_000,
          ""),
    _rule("off_venue", "绕开场内", "Evasion of the venue",
          "场内洽谈终止后是否转到场外成交", "Whether talks ended here become trades elsewhere", "数据二十条 第九条", 750_000, 10_000,
          "off_exchange_evasion"),
    _rule("replica", "复制他人产品", "Replica of a listing",
          "上架内容是否与他人先上架的产品相同", "Whether a listing repeats what somebody else listed before", _COPY, 800_000, 10_000,
          "forged_right"),
    _rule("overuse", "超出许可使用", "Use beyond the licence",
          "使用次数是否超过许可", "Whether uses exceed what was granted", "民法典 第872条", 100_000, 20_000, "use_beyond_quantity"),
)}
