"""The scenes in which data leave (R63; Data Twenty 11), and where each stands in the cross-border table (Provisions 3 to 5).

A scene is what the deal is; an exemption is what the law grants it. Who claims an exemption names a scene that has it: buying across
the border needs the buyer's address, managing a supply chain does not. Where data were collected (4) and which zone they leave from (6)
hang on no scene.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kit.coverage import covers

__all__ = ["EXEMPTIONS", "SCENARIOS", "Scenario", "exemption_stands"]

Pair = tuple[str, str]
#: exemption -> the row of the table it stands in.
EXEMPTIONS: Mapping[str, int] = {"trade_no_pi": 6, "foreign_origin": 7, "contract_necessity": 8, "hr": 8, "emergency": 8,
                                 "ftz_outside_list": 9}
_ANYWHERE = frozenset({"none", "foreign_origin", "ftz_outside_list"})
_ART_3 = ("促进和规范数据跨境流动规定 第3条", "Provisions on Cross-Border Data Flows, art. 3")
_ART_4 = ("促进和规范数据跨境流动规定 第4条", "Provisions on Cross-Border Data Flows, art. 4")
_ART_5_1 = ("促进和规范数据跨境流动规定 第5条第1项", "Provisions on Cross-Border Data Flows, art. 5(1)")
_D20 = ("数据二十条 第十一条", "Data Twenty, item 11")


@dataclass(frozen=True)
class Scenario:
    """One scene: its name, the exemptions it may claim, the rows they stand in, its clause."""

    text: Pair
    exemptions: frozenset[str]
    basis: Pair

    @property
    def rows(self) -> list[int]:
        """The rows of the table in which it may be exempt by what it is."""
        return sorted({EXEMPTIONS[one] for one in self.exemptions})


def _scene(zh: str, en: str, basis: Pair, *exemptions: str) -> Scenario:
    return Scenario((zh, en), frozenset(exemptions), basis)


SCENARIOS: Mapping[str, Scenario] = {
    "ecommerce": _scene("跨境电商", "cross-border e-commerce", _ART_5_1, "contract_necessity", "trade_no_pi"),
    "payment": _scene("跨境支付", "cross-border payment", _ART_5_1, "contract_necessity"),
    "supply_chain": _scene("供应链管理", "supply-chain management", _ART_3, "trade_no_pi"),
    "outsourcing": _scene("服务外包", "service outsourcing", _ART_4, "foreign_origin"),
    "travel": _scene("机票酒店预订、签证、考试", "bookings, visas, examinations", _ART_5_1, "contract_necessity"),
    "hr": _scene("跨境人力资源管理", "cross-border human resources",
                 ("促进和规范数据跨境流动规定 第5条第2项", "Provisions on Cross-Border Data Flows, art. 5(2)"), "hr"),
    "emergency": _scene("紧急情况保护人身财产", "emergency for life, health or property",
                        ("促进和规范数据跨境流动规定 第5条第3项", "Provisions on Cross-Border Data Flows, art. 5(3)"), "emergency"),
    "trade": _scene("国际贸易与运输", "international trade and transport", _ART_3, "trade_no_pi"),
    "research": _scene("学术合作", "academic cooperation", _ART_3, "trade_no_pi"),
    "manufacturing": _scene("跨国生产制造", "cross-border manufacturing", _ART_3, "trade_no_pi"),
    "marketing": _scene("市场营销", "marketing", _ART_3, "trade_no_pi"),
    "other": _scene("其他", "other", _D20),
}


@covers("R63")
def exemption_stands(scenario: str, exemption: str) -> bool:
    """This will tell whether a scene may claim an exemption."""
    return exemption in _ANYWHERE or exemption in SCENARIOS[scenario].exemptions
