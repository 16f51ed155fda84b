"""Who answers for what in a trade 合规责任分配 (R104): the table of duties as data, and the rows of it that one agreement freezes.

What an agreement says it says for good: its rows hold party, words and article, so that a later edition changes nothing signed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from compliance.taxonomy import DataCategory, DataGrade
from kit.coverage import covers
from participants.models import Organization
from participants.queries import LOCAL
from participants.roles import OrganizationKind

__all__ = ["PARTIES", "WHEN", "Deal", "Duty", "duties_of", "editions"]

#: Who answers, in words.
PARTIES = {"seller": ("卖方", "Seller"), "buyer": ("买方", "Buyer"), "each": ("双方各自", "Each side"), "venue": ("本所", "The venue")}


@dataclass(frozen=True)
class Deal:
    """What decides which duties a trade has."""

    facts: Mapping[str, Any]
    category: str
    grade: str
    buyer: Organization
    price_fen: int
    on_exchange: bool
    seats: int | None = None

    @property
    def personal(self) -> bool:
        """Anything not stated to be without personal data counts as personal."""
        return self.facts.get("contains_pi") is not False

    @property
    def important(self) -> bool:
        return self.grade == DataGrade.IMPORTANT


#: When a duty applies: a question of its own for each word of the file.
WHEN: dict[str, Callable[[Deal], bool]] = {
    "always": lambda deal: True, "on_exchange": lambda deal: deal.on_exchange, "off_exchange": lambda deal: not deal.on_exchange,
    "paid": lambda deal: deal.price_fen > 0, "on_exchange_paid": lambda deal: deal.on_exchange and deal.price_fen > 0,
    "seats": lambda deal: deal.seats is not None, "personal": lambda deal: deal.personal, "important": lambda deal: deal.important,
    "sensitive": lambda deal: deal.personal or deal.important, "public": lambda deal: deal.category == DataCategory.PUBLIC,
    "abroad": lambda deal: deal.buyer.kind == OrganizationKind.FOREIGN,
}


@dataclass(frozen=True)
class Duty:
    """One duty: who answers for it, when it applies, in what words, by which article."""

    key: str
    party: str
    when: str
    text: tuple[str, str]
    article: str


@cache
def editions() -> tuple[tuple[str, date, tuple[Duty, ...]], ...]:
    """This will read every edition of the table, oldest first; a word that is not known is a fault of the file."""
    rows = yaml.safe_load((Path(__file__).resolve().parent / "data" / "duties.yaml").read_text(encoding="utf-8"))["editions"]
    read = [(row["edition"], row["from"], tuple(Duty(one["key"], one["party"], one["when"], (one["zh"], one["en"]), one["article"])
                                                for one in row["duties"])) for row in rows]
    for name, _day, duties in read:
        if len({one.key for one in duties}) != len(duties) or any(one.party not in PARTIES or one.when not in WHEN for one in duties):
            raise ValueError(f"duties {name}: a key stands twice, or a party or a time is not known")
    return tuple(sorted(read, key=lambda one: one[1]))


@covers("R104")
def duties_of(deal: Deal, *, at: datetime) -> dict[str, Any]:
    """This will write the table that an agreement of this deal freezes: the edition in force, and each duty that applies."""
    day = at.astimezone(LOCAL).date()
    name, _since, rows = [one for one in editions() if one[1] <= day][-1]
    return {"edition": name, "duties": [{"duty": one.key, "party": one.party, "zh": one.text[0], "en": one.text[1], "article": one.article}
                                        for one in rows if WHEN[one.when](deal)]}
