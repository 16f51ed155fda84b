"""The four badges 可用 可信 可流通 可追溯 (Data Twenty item 2) and the value layer (white paper 5.2.2), computed with the facts told.

A seller types none of it: a badge holds where every deciding fact behind it holds, and it names the first one that does not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from compliance.taxonomy import SERVICES, ProcessingStage
from kit.coverage import covers
from kit.rejected import refusal
from listings.grounds import Fact, Grounds, Pair, date_of
from listings.lineage import soon
from listings.models import ListingVersion, ProductKind
from listings.states import RightStatus

__all__ = ["BADGES", "Badge", "ValueLayer", "badges_of", "value_layer"]

#: A dimension of the file must reach this to be called usable (permille).
GOOD_PERMILLE = 950


@dataclass(frozen=True)
class Badge:
    """One badge with the facts behind it."""

    name: str
    label: Pair
    facts: tuple[Fact, ...]

    @property
    def holds(self) -> bool:
        return all(one.holds is not False for one in self.facts) and any(one.holds for one in self.facts)

    @property
    def fact(self) -> Pair:
        """The fact to show beside it: the first that does not hold, else the first remark, else the first of all."""
        wanting = [one for one in self.facts if one.holds is False] or [one for one in self.facts if one.holds is None]
        return (wanting or list(self.facts))[0].text


def _usable(on: Grounds) -> tuple[Fact, ...]:
    version = on.version
    facts = [
        _measured(version, name, words)
        for name, words in (("completeness", ("完整性", "complete")), ("consistency", ("一致性", "consistent")))
    ]
    terms = bool(version.use_terms.get("licence")) or all(version.use_terms.get(name) for name in ("purposes", "term_days", "regions"))
    facts.append(
        Fact(
            ("用途、期限、地域可由机器读取", "Purposes, term and territory are machine-readable")
            if terms
            else ("使用条款未写全", "The terms of use are incomplete"),
            terms,
            version.code,
        )
    )
    if on.report:
        facts.append(
            Fact(
                (f"质量报告第 {on.report.number} 号，与文件哈希一致", f"Quality report {on.report.number}, of this very file"),
                True,
                on.report.code,
            )
        )
    described = bool(version.columns)
    facts.append(
        Fact(
            (f"{len(version.columns)} 列有类型与统计", f"{len(version.columns)} columns with type and statistics")
            if described
            else ("没有列说明", "No description of columns"),
            described,
            version.code,
        )
    )
    return tuple(facts)


def _measured(version: ListingVersion, name: str, words: Pair) -> Fact:
    found = version.quality.get(name)
    if not isinstance(found, int):
        return Fact((f"没有可算{words[0]}的文件", f"No file to tell how {words[1]} it is"), False)
    figure = f"{found // 10}.{found % 10}%"
    return Fact((f"{words[0]} {figure}，由文件算出", f"{figure} {words[1]}, computed from the file"), found >= GOOD_PERMILLE, version.code)


def _trusted(on: Grounds) -> tuple[Fact, ...]:
    paper, promise = on.certificate, on.declaration
    proof = paper.registration.deposit if paper else None
    until = promise.effective_to if promise else None
    return (
        Fact(
            (f"登记凭证有效至 {date_of(paper.effective_to)}", f"Certificate until {date_of(paper.effective_to)}")
            if paper
            else ("没有有效的登记凭证", "No certificate in force"),
            paper is not None,
            paper.code if paper else "",
        ),
        Fact(
            ("来源与权属证明已存证", "Proof of source and rights is deposited")
            if proof
            else ("没有存证的来源证明", "No proof of the source is deposited"),
            proof is not None,
            paper.registration.code if paper else "",
        ),
        Fact(
            (f"声明承诺有效至 {date_of(until)}", f"Declaration in force until {date_of(until)}")
            if until
            else ("没有有效的声明承诺", "No declaration in force"),
            until is not None,
            promise.code if promise else "",
        ),
    )


def _tradable(on: Grounds) -> tuple[Fact, ...]:
    may = any(one.right == "operate" and one.status == RightStatus.ACTIVE for one in on.rights)
    facts = [
        Fact(("现在可以交易", "May be traded now"), True, on.listing.code)
        if not on.refusal
        else Fact(refusal(on.refusal).title, False, on.listing.code),
        Fact(
            ("登记了产品经营权", "The right to operate is registered") if may else ("没有有效的产品经营权", "No right to operate in force"),
            may,
        ),
    ]
    ends = sorted(one.effective_to for one in on.rights if one.effective_to)
    if ends and ends[0] < soon(on.at):
        days, several = max(0, (ends[0] - on.at).days), sum(one < soon(on.at) for one in ends)
        facts.append(
            Fact(
                (f"{several} 项权利将在 {days} 天起到期", f"{several} right{'s end' if several > 1 else ' ends'} from {days} days on"), None
            )
        )
    return tuple(facts)


def _traceable(on: Grounds) -> tuple[Fact, ...]:
    version, told = on.version, on.told
    same = told is not None and bool(version.content_hash) and told.payload.get("content_hash") == version.content_hash
    filed = bool(version.file_sha256) and told is not None and told.payload.get("file_sha256") == version.file_sha256
    entry = getattr(told, "entry", None)
    facts = [
        Fact((f"存证 {on.records} 条", f"{on.records} record{'' if on.records == 1 else 's'}"), on.records > 0, on.listing.code),
        Fact(
            ("本版内容的哈希与存证一致", "The version's hash equals the recorded one")
            if same
            else ("本版内容还没有存证", "The version is not in the record book"),
            same,
            version.code,
        ),
    ]
    if version.file_sha256:
        facts.append(
            Fact(
                ("文件的哈希与存证一致", "The file's hash equals the recorded one")
                if filed
                else ("文件的哈希还没有存证", "The file's hash is not in the record book"),
                filed,
                version.code,
            )
        )
    if same:
        facts.append(
            Fact((f"封存于第 {entry.position} 号", f"Sealed as entry {entry.position}"), True)
            if entry
            else Fact(("已记录，待封存", "Recorded, waiting to be sealed"), None)
        )
    return tuple(facts)


#: In the order of the policy's words.
BADGES: tuple[tuple[str, Pair, Callable[[Grounds], tuple[Fact, ...]]], ...] = (
    ("usable", ("可用", "Usable"), _usable),
    ("trusted", ("可信", "Trusted"), _trusted),
    ("tradable", ("可流通", "Tradable"), _tradable),
    ("traceable", ("可追溯", "Traceable"), _traceable),
)


@covers("R2", "R5")
def badges_of(on: Grounds) -> list[Badge]:
    """This will compute the four badges, each with the facts behind it."""
    return [Badge(name, label, facts(on)) for name, label, facts in BADGES]


@dataclass(frozen=True)
class ValueLayer:
    """Where a product stands between raw data and a service with experts' knowledge: 1 to 4, and why."""

    level: int
    label: Pair
    because: Pair


_LAYERS: dict[int, Pair] = {
    1: ("原始数据", "Raw data"),
    2: ("粗加工数据", "Coarsely processed data"),
    3: ("精加工数据产品", "Finely processed product"),
    4: ("融合专家经验的数据服务", "Service with experts' knowledge"),
}


@covers("W13")
def value_layer(version: ListingVersion, kind: str) -> ValueLayer | None:
    """This will place a version in one of four layers by its stage, kind and delivery; None while the stage is not stated."""
    if version.stage == ProcessingStage.RAW:
        level, because = 1, ("加工程度为原始数据", "its stage is raw")
    elif version.stage == ProcessingStage.INTERMEDIATE:
        level, because = 2, ("加工程度为中间品", "its stage is intermediate")
    elif version.stage != ProcessingStage.PRODUCT:
        return None
    elif kind in {ProductKind.REPORT, ProductKind.MODEL} or version.delivery_mode in SERVICES:
        level, because = 4, ("以模型、核验或报告形式提供结论，不交付数据行", "it delivers findings as a model, check or report, not rows")
    else:
        level, because = 3, ("加工程度为产品，交付的是数据", "its stage is product and it delivers data")
    return ValueLayer(level, _LAYERS[level], because)
