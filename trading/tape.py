"""The public tape: what everybody may know of a trade, read as plain values, for a list that is asked for often (R43, R103)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import QuerySet

from evidence.prepared import prepared_rows
from kit.coverage import covers
from listings.plans import plan_in, rates_of
from trading.models import Channel, Trade
from trading.queries import recent_trades

__all__ = ["TapeRow", "tape_rows"]


class TapeRow(NamedTuple):
    """One trade on the tape. Each field is public by the table of secrecy, or says in words what a public one is."""

    pk: int
    code: str
    channel: str
    basis: str
    title: str
    title_en: str
    price_fen: int
    executed_at: datetime
    listing: str
    pilot: str
    unit_rates: tuple[int, int] | None


#: Columns in the order of the row; the last is the price plan that the unit rates are read from.
_COLUMNS = ("pk", "code", "channel", "basis", "title", "version__title_en", "price_fen", "executed_at", "listing__code", "agreement__pilot",
            "version__use_terms__plan")


#: Beyond every key; and as many rows as are read at most: a page and the first row of the next.
_ALL, _MOST = 2**62, 51


def _newest(channel: str, before: int) -> QuerySet[Trade, Any]:
    rows: QuerySet[Trade] = recent_trades().select_related(None)
    rows = rows.filter(channel=channel) if channel else rows
    return rows.filter(pk__lt=before).order_by("-id").values_list(*_COLUMNS)[:_MOST]


@prepared_rows
def _of_both(before: int) -> QuerySet[Trade, Any]:
    return _newest("", before)


@prepared_rows
def _of_one(channel: str, before: int) -> QuerySet[Trade, Any]:
    return _newest(channel, before)


@covers("R43", "R103")
def tape_rows(channel: str = "", before: int | None = None, limit: int = 50) -> list[TapeRow]:
    """This will read the newest trades of a channel, or those before one, in the order they were written down."""
    assert limit <= _MOST, "one page and the first row of the next"
    last = _ALL if before is None else before
    found = _of_one(channel, last) if channel in Channel.values else _of_both(last)
    return list(_read(found[:limit]))


def _read(found: Any) -> Iterator[TapeRow]:
    for pk, code, channel, basis, title, title_en, price_fen, at, listing, pilot, plan in found:
        rates = rates_of(plan_in({"plan": plan})) if plan else None
        yield TapeRow(pk, code, channel, basis, title, title_en or "", price_fen, at, listing or "", pilot or "", rates)
