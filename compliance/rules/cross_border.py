"""The cross-border decision table in the order of the law (Provisions on Cross-Border Data Flows 3 to 9; rules D).

Unknown facts are asked for in the order in which they matter, never guessed. Counts are natural persons, once each, since
1 January of the exporter's year, this export included; there is no floor for sensitive information.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from compliance.rules.base import Value
from compliance.rules.scenarios import EXEMPTIONS
from kit.coverage import covers

__all__ = ["MECHANISMS", "PAPERS", "PI_ASSESSMENT", "PI_CONTRACT", "SPI_ASSESSMENT", "ZONE_ROW", "Outcome", "Route", "Row", "duties",
           "papers_needed", "route", "table"]

PI_ASSESSMENT, SPI_ASSESSMENT, PI_CONTRACT = 1_000_000, 10_000, 100_000


class Outcome(StrEnum):
    BLOCKED = "blocked"
    LICENCE = "licence"
    ASSESSMENT = "assessment"
    CONTRACT_OR_CERTIFICATION = "contract_or_certification"
    EXEMPT = "exempt"
    NEEDS_INFO = "needs_info"


#: Outcomes that need papers before anything leaves, with their names.
MECHANISMS: dict[Outcome, tuple[str, str]] = {
    Outcome.LICENCE: ("出口许可", "export licence"),
    Outcome.ASSESSMENT: ("数据出境安全评估", "outbound security assessment"),
    Outcome.CONTRACT_OR_CERTIFICATION: ("标准合同备案或个人信息保护认证", "standard contract or certification"),
}


@dataclass(frozen=True)
class Route:
    """What the table says: the row that decided (1 to 12), its basis, or the fact to ask for."""

    outcome: Outcome
    row: int
    basis: tuple[str, str]
    missing: str = ""


_BASIS = {
    1: ("数据安全法 第21条；保守国家秘密法 第28条", "Data Security Law, art. 21; Law on Guarding State Secrets, art. 28"),
    2: ("数据安全法 第36条；个人信息保护法 第41条", "Data Security Law, art. 36; Personal Information Protection Law, art. 41"),
    3: ("两用物项出口管制条例 第17、27条", "Dual-Use Items Export Control Regulations, arts. 17, 27"),
    4: ("促进和规范数据跨境流动规定 第7条", "Provisions on Cross-Border Data Flows, art. 7"),
    5: ("促进和规范数据跨境流动规定 第7条", "Provisions on Cross-Border Data Flows, art. 7"),
    6: ("促进和规范数据跨境流动规定 第3条", "Provisions on Cross-Border Data Flows, art. 3"),
    7: ("促进和规范数据跨境流动规定 第4条", "Provisions on Cross-Border Data Flows, art. 4"),
    8: ("促进和规范数据跨境流动规定 第5条", "Provisions on Cross-Border Data Flows, art. 5"),
    9: ("促进和规范数据跨境流动规定 第6条", "Provisions on Cross-Border Data Flows, art. 6"),
    10: ("促进和规范数据跨境流动规定 第7条", "Provisions on Cross-Border Data Flows, art. 7"),
    11: ("促进和规范数据跨境流动规定 第8条", "Provisions on Cross-Border Data Flows, art. 8"),
    12: ("促进和规范数据跨境流动规定 第5条", "Provisions on Cross-Border Data Flows, art. 5"),
}


#: What each row asks, and what it then says.
_ASKED: dict[int, tuple[Outcome, tuple[str, str]]] = {
    1: (Outcome.BLOCKED, ("国家秘密、核心数据", "state secrets, core data")),
    2: (Outcome.BLOCKED, ("境外司法或执法机构要求，未经主管机关批准",
                          "a court or agency abroad asks, without approval of the authority here")),
    3: (Outcome.LICENCE, ("出口管制物项的数据", "data of export-controlled items")),
    4: (Outcome.ASSESSMENT, ("重要数据（已告知或公布）", "important data, notified or published")),
    5: (Outcome.ASSESSMENT, ("关键信息基础设施运营者的个人信息", "personal information of a critical infrastructure operator")),
    6: (Outcome.EXEMPT, ("不含个人信息和重要数据", "neither personal information nor important data")),
    7: (Outcome.EXEMPT, ("境外收集、境内处理，未加入境内个人信息", "collected abroad, processed here, nothing of persons here added")),
    8: (Outcome.EXEMPT, ("订立履行个人合同、人力资源、紧急情况所必需", "needed for a person's contract, for staff, in an emergency")),
    9: (Outcome.EXEMPT, ("自贸试验区负面清单之外", "outside the list of a free trade zone")),
    10: (Outcome.ASSESSMENT, (f"本年满 {PI_ASSESSMENT:,} 人，或敏感个人信息满 {SPI_ASSESSMENT:,} 人",
                              f"{PI_ASSESSMENT:,} persons this year, or {SPI_ASSESSMENT:,} with sensitive information")),
    11: (Outcome.CONTRACT_OR_CERTIFICATION, (f"本年满 {PI_CONTRACT:,} 人，或任何敏感个人信息",
                                             f"{PI_CONTRACT:,} persons this year, or anyone's sensitive information")),
    12: (Outcome.EXEMPT, (f"不足 {PI_CONTRACT:,} 人且无敏感个人信息", f"fewer than {PI_CONTRACT:,} persons, none of it sensitive")),
}
_SAID = {Outcome.BLOCKED: ("不得出境", "may not leave"), Outcome.EXEMPT: ("免予三种机制", "exempt from the three mechanisms"), **MECHANISMS}


#: The papers of a case by name; the mechanism says which it needs (W17; Provisions on Cross-Border Data Flows 7, 8).
PAPERS: dict[str, tuple[str, str]] = {
    "self_assessment": ("出境自评估或影响评估报告", "self-assessment or impact assessment"),
    "contract": ("与接收方订立的合同或认证文件", "contract with the recipient, or its certification"),
    "leak_plan": ("泄露应急预案", "plan for a leak"),
    "committee": ("出境合规委员会意见", "opinion of the compliance committee"),
    "licence": ("出口许可证", "export licence"),
    "extension": ("延长申请与情况变化说明", "request to extend, with what has changed"),
    "zone_list": ("自贸试验区清单对照表（片区、版本、场景、字段、人数）",
                  "comparison with the zone's list: zone, edition, scene, fields, persons"),
}
#: The row that rests on a free trade zone's list: scene, field and count are compared by a person before anything leaves (rules B.3).
ZONE_ROW = 9
_NEEDED = {Outcome.LICENCE: ("licence", "leak_plan"), Outcome.ASSESSMENT: ("self_assessment", "contract", "leak_plan", "committee"),
           Outcome.CONTRACT_OR_CERTIFICATION: ("self_assessment", "contract", "leak_plan")}


@covers("W17")
def papers_needed(outcome: Outcome, row: int = 0) -> tuple[str, ...]:
    """This will name the papers that a mechanism, or a claim to stand outside a zone's list, cannot be assessed without."""
    return ("zone_list",) if row == ZONE_ROW else _NEEDED.get(outcome, ())


@dataclass(frozen=True)
class Row:
    """One row of the table in words: its number, what it asks, what follows, its clause."""

    number: int
    outcome: Outcome
    asks: tuple[str, str]
    says: tuple[str, str]
    basis: tuple[str, str]


def table() -> list[Row]:
    """This will return the twelve rows in the order in which they are asked."""
    return [Row(number, outcome, asks, _SAID[outcome], _BASIS[number]) for number, (outcome, asks) in _ASKED.items()]


#: What stays owed when personal information leaves by whatever row, exempt ones included (PIPL 38, 39, 55).
_DUTIES: tuple[tuple[str, str], ...] = (
    ("告知个人接收方、目的、方式、种类与行使权利的途径（个人信息保护法 第39条）",
     "Tell the persons who receives it, for what, how, which kinds, and how to exercise their rights (PIPL, art. 39)"),
    ("个人信息保护影响评估，报告与记录至少保存三年（个人信息保护法 第55、56条）",
     "An impact assessment; report and record kept three years at least (PIPL, arts. 55, 56)"),
    ("接收方的保护水平不低于境内（个人信息保护法 第38条）", "The recipient protects it no less than at home (PIPL, art. 38)"),
)
_SEPARATE = ("以同意为依据的，取得单独同意（个人信息保护法 第39条）", "Where consent is the basis, separate consent (PIPL, art. 39)")
_LICENSED = ("许可文件与记录至少保存五年（两用物项出口管制条例 第27条）",
             "Licence papers kept five years at least (Dual-Use Regulations, art. 27)")
_ASSESSED = ("不超出评估通过的目的、方式、范围、种类和规模（网络数据安全管理条例 第38条）",
             "Never beyond the purpose, mode, scope, kinds and size assessed (Network Data Security Regulations, art. 38)")


@covers("R64")
def duties(outcome: Outcome, facts: Mapping[str, Value]) -> list[tuple[str, str]]:
    """This will list what stays owed beside the mechanism, also where the row exempts from all three."""
    owed = list(_DUTIES) if facts.get("contains_pi") is not False else []
    if owed and facts.get("legal_basis") in {"consent", "separate_consent"}:
        owed.append(_SEPARATE)
    return owed + {Outcome.LICENCE: [_LICENSED], Outcome.ASSESSMENT: [_ASSESSED]}.get(outcome, [])


class _Unknown(Exception):
    """A fact that matters here and was not stated."""


class _Asked:
    def __init__(self, facts: Mapping[str, Value]) -> None:
        self.facts = facts

    def __getitem__(self, name: str) -> Any:
        if name not in self.facts:
            raise _Unknown(name)
        return self.facts[name]


def route(facts: Mapping[str, Value], *, foreign_request: bool = False) -> Route:
    """This will decide by the first row that fits; facts are those of the negative list."""
    try:
        return _barred(_Asked(facts), foreign_request) or _personal(_Asked(facts))
    except _Unknown as unknown:
        return Route(Outcome.NEEDS_INFO, 0, ("", ""), str(unknown))


def _row(outcome: Outcome, row: int) -> Route:
    return Route(outcome, row, _BASIS[row])


def _barred(facts: _Asked, foreign_request: bool) -> Route | None:
    """Rows 1 to 5: what may not leave, or only with a licence or an assessment."""
    if facts["state_secret"] or facts["grade"] == "core":
        return _row(Outcome.BLOCKED, 1)
    if foreign_request:
        return _row(Outcome.BLOCKED, 2)
    if facts["export_controlled"]:
        return _row(Outcome.LICENCE, 3)
    if facts["grade"] == "important":
        return _row(Outcome.ASSESSMENT, 4)
    if facts["contains_pi"] and facts["is_ciio"]:
        return _row(Outcome.ASSESSMENT, 5)
    return None


def _personal(facts: _Asked) -> Route:
    """Rows 6 to 12: exemptions first, then the counts."""
    if not facts["contains_pi"]:
        return _row(Outcome.EXEMPT, 6)
    row = EXEMPTIONS.get(facts["export_exemption"], 0)
    if row > 6:  # row 6 is for what holds no personal information: claimed for what does, it exempts from nothing
        return _row(Outcome.EXEMPT, row)
    persons, sensitive = facts["ytd_pi_out"], facts["ytd_spi_out"]
    if persons >= PI_ASSESSMENT or sensitive >= SPI_ASSESSMENT:
        return _row(Outcome.ASSESSMENT, 10)
    if persons >= PI_CONTRACT or sensitive > 0:
        return _row(Outcome.CONTRACT_OR_CERTIFICATION, 11)
    return _row(Outcome.EXEMPT, 12)
