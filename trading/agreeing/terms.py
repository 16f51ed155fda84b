"""The typed terms of an agreement: written once, hashed, never changed; text and policy are rendered from them and from nothing else.

Whatever a version does not expressly allow is not allowed: training, tuning, publishing weights, owning outputs, sublicence, export.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from evidence.events import rfc3339
from kit.coverage import covers
from listings.licensing import ALLOWANCES, DEFAULT_TEMPLATE, RECIPROCAL
from trading.books import sha256_of

__all__ = ["FORMAT", "Terms", "read_terms", "terms_of", "until"]

FORMAT = "agreement-terms/3"
#: Formats of terms signed earlier, and what each did not hold yet: read and hashed as they were signed.
_BEFORE = {"agreement-terms/1": frozenset({"seller_name_en", "buyer_name_en", RECIPROCAL}), "agreement-terms/2": frozenset({RECIPROCAL})}


@dataclass(frozen=True)
class Terms:
    """One agreement, in types. ``summary`` is the hash of the trade's frozen summary: parties, fees and the table of duties."""

    agreement: str
    trade: str
    summary: str
    template: str
    seller: str
    seller_name: str
    buyer: str
    buyer_name: str
    listing: str
    version: str
    content_hash: str
    file_sha256: str
    title_zh: str
    title_en: str
    delivery_mode: str
    purposes: tuple[str, ...]
    forbidden: tuple[str, ...]
    regions: tuple[str, ...]
    term_from: str
    term_to: str | None
    seats: int | None
    calls: int | None
    rows: int | None
    train: bool
    fine_tune: bool
    publish_weights: bool
    own_outputs: bool
    derivatives: bool
    sublicence: bool
    export: bool
    price_fen: int
    price_basis: str
    notice_days: int
    seller_name_en: str = ""
    buyer_name_en: str = ""
    reciprocal: bool = False
    format: str = FORMAT

    def written(self) -> dict[str, Any]:
        """The terms as they are stored, hashed and signed."""
        held = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}
        return {name: value for name, value in held.items() if name not in _BEFORE.get(self.format, ())}

    @property
    def hash(self) -> str:
        return sha256_of(self.written())

    @property
    def starts(self) -> datetime:
        return datetime.fromisoformat(self.term_from)

    @property
    def ends(self) -> datetime | None:
        return datetime.fromisoformat(self.term_to) if self.term_to else None


def read_terms(written: Mapping[str, Any]) -> Terms:
    """This will read stored terms; a format or a term that is not known is refused by its name, never passed over."""
    form = written.get("format")
    known = {one.name for one in fields(Terms)} - _BEFORE.get(str(form), frozenset())
    if strange := sorted(set(written) - known):
        raise ValueError(f"the term {strange[0]} is not known here")
    if form not in {FORMAT, *_BEFORE}:
        raise ValueError(f"terms of the format {form} are not read here")
    given: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in written.items()}
    return Terms(**given)


def until(since: datetime, days: int | None) -> datetime | None:
    """When a term of so many days ends; None where there is no end."""
    return since + timedelta(days=days) if days else None


#: What a trade rests on -> how its price is said to have come about; anything else was a list price.
_PRICED = {"award": "auction", "deal": "negotiated", "barter": "barter"}


@covers("F1", "R42", "R5", "R45")
def terms_of(*, code: str, summary: Mapping[str, Any], summary_hash: str, title: tuple[str, str], since: datetime,
             notice_days: int) -> Terms:
    """This will write the terms of a trade's agreement from the summary that the trade froze."""
    sold: Mapping[str, Any] = summary["object"]
    use: Mapping[str, Any] = sold["use_terms"]
    seller, buyer = summary["seller"], summary["buyer"]
    ends = until(since, use.get("term_days"))
    price = int(summary["price_fen"])
    allowed: dict[str, Any] = {name: use.get(name) is True for name in ALLOWANCES}
    return Terms(
        agreement=code, trade=summary["trade"], summary=summary_hash, template=str(use.get("template") or DEFAULT_TEMPLATE),
        seller=seller["code"], seller_name=seller["name"], buyer=buyer["code"], buyer_name=buyer["name"], listing=sold["listing"],
        version=sold["version"], content_hash=sold["content_hash"], file_sha256=sold["file_sha256"], title_zh=title[0], title_en=title[1],
        delivery_mode=sold["delivery_mode"], purposes=_agreed_purposes(summary, use), forbidden=_words(use.get("forbidden")),
        regions=_words(use.get("regions")), term_from=rfc3339(since.astimezone(UTC)), term_to=rfc3339(ends) if ends else None,
        seats=use.get("seats"), calls=use.get("calls"), rows=use.get("rows"), price_fen=price,
        price_basis="free" if not price else _PRICED.get(str(summary["basis"]), "fixed"), notice_days=notice_days,
        seller_name_en=seller.get("name_en", ""), buyer_name_en=buyer.get("name_en", ""),
        reciprocal=use.get(RECIPROCAL) is True, **allowed)


def _agreed_purposes(summary: Mapping[str, Any], use: Mapping[str, Any]) -> tuple[str, ...]:
    """What the buyer ordered it for, else everything the version names."""
    return (str(summary["purpose"]),) if summary.get("purpose") else _words(use.get("purposes"))


def _words(given: Any) -> tuple[str, ...]:
    return tuple(str(one) for one in given or ())
