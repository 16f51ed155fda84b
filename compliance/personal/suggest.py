"""What a scan suggests: facts, class and grade, each with the column that caused it; and which statements it contradicts (B4, W4).

It never decides. What cells show binds the seller until a reviewer has put on record that it is a false alarm; what only a
heading suggests asks a question.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from compliance.personal.kinds import Weight, kind
from compliance.personal.scan import Finding
from compliance.rules.grading_profiles import Profile, items_for
from compliance.taxonomy import DataCategory, DataGrade, highest_grade
from kit.coverage import covers

__all__ = ["Because", "Contradiction", "Suggestion", "contradictions", "findings_of", "suggest"]

#: From so many persons on, the duties of important data apply (Network Data Security Regulations 28; NL-R-03).
MANY_PERSONS = 10_000_000
#: What firms have as well: a person's only beside what names a person.
_CONTACTS = frozenset({"phone", "email", "address", "ip_address"})
Pair = tuple[str, str]


@dataclass(frozen=True)
class Because:
    """Why something is suggested: the column, what was found there, and the clause, in both languages."""

    column: str
    text: Pair
    basis: Pair


@dataclass(frozen=True)
class Suggestion:
    """Facts, class ('' where the scan has no opinion), grade and level within general data, with reasons; for a person to decide."""

    facts: Mapping[str, bool]
    category: str
    grade: str
    level: int
    because: tuple[Because, ...]


@dataclass(frozen=True)
class Contradiction:
    """A statement that stands below what the cells show: the field, the column and the kind found in it."""

    field: str
    column: str
    kind: str
    count: int

    @property
    def text(self) -> Pair:
        zh, en = kind(self.kind).text
        return (f"列“{self.column}”有 {self.count} 个单元格像{zh}", f"Column “{self.column}” holds {self.count} cells that look like: {en}")


def findings_of(rows: Iterable[Mapping[str, Any]]) -> list[Finding]:
    """This will read findings back from the shape they are kept in."""
    return [Finding(row["column"], row["kind"], row["count"], row["filled"], row["by"], tuple(row["examples"])) for row in rows]


def _personal(findings: Sequence[Finding], *, cells_only: bool = False) -> list[Finding]:
    """Findings that speak of persons: contacts alone may be a firm's."""
    seen = [one for one in findings if one.weight is not Weight.ORGANISATION and (one.by == "cells" or not cells_only)]
    named = any(one.kind not in _CONTACTS for one in seen)
    return [one for one in seen if named or one.kind not in _CONTACTS]


@covers("B4", "W4", "W5")
def suggest(findings: Sequence[Finding], columns: Sequence[str], *, rows: int = 0, sector: str = "",
            profiles: Sequence[Profile] = ()) -> Suggestion:
    """This will suggest facts, class and grade from what a scan found and what the columns are called, by the sector's profile."""
    personal = _personal(findings)
    sensitive = [one for one in personal if one.weight is Weight.SENSITIVE]
    because = [Because(one.column, kind(one.kind).text, kind(one.kind).basis) for one in personal]
    grades, levels = [DataGrade.GENERAL.value], [kind(one.kind).level for one in personal]
    if personal and rows >= MANY_PERSONS:
        grades.append(DataGrade.IMPORTANT)
        because.append(Because(personal[0].column, (f"涉及 {rows:,} 人", f"{rows:,} persons"),
                               ("网络数据安全管理条例 第28条", "Network Data Security Regulations, art. 28")))
    for column, item in items_for(columns, sector, profiles):
        grades.append(item.grade)
        levels.append(item.level)
        because.append(Because(column, item.text, item.basis))
    facts = {name: True for name, holds in (("contains_pi", personal), ("contains_spi", sensitive)) if holds}
    return Suggestion(facts, DataCategory.PERSONAL if personal else "", highest_grade(grades), max(levels, default=1), tuple(because))


@covers("W4")
def contradictions(findings: Sequence[Finding], stated: Mapping[str, Any], grade: str, *, rows: int = 0) -> list[Contradiction]:
    """This will list the statements that stand below what the cells show; a heading alone contradicts nobody."""
    personal = _personal(findings, cells_only=True)
    found = [Contradiction("facts.contains_pi", one.column, one.kind, one.count) for one in personal if stated.get("contains_pi") is False]
    found += [Contradiction("facts.contains_spi", one.column, one.kind, one.count) for one in personal
              if one.weight is Weight.SENSITIVE and stated.get("contains_spi") is False]
    if personal and rows >= MANY_PERSONS and grade == DataGrade.GENERAL:
        found.append(Contradiction("grade", personal[0].column, personal[0].kind, personal[0].count))
    return found
