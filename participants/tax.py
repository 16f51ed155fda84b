"""Value-added tax inside a price 增值税: the seller states as which taxpayer it sells, the law's dated rates say what part is tax.

Prices here are stated with tax, so nothing is added to a total; the amount is shown apart, as the law asks of a trade's papers
(增值税法 第7条). A price and an instant give one amount: quote, order, statement and accounting pack ask the same function.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from evidence.operations import operation, record, unchanged
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from participants.events import TaxpayerStated
from participants.models import Organization, TaxpayerKind, TaxStatement
from participants.permissions import require

__all__ = ["UNSTATED", "Rate", "Tax", "included", "kind_of", "kinds_of", "rates", "state_taxpayer", "tax_for", "tax_on", "vat_rate"]

_DATA = Path(__file__).resolve().parent / "data" / "vat.yaml"
_CHINA = ZoneInfo("Asia/Shanghai")
#: Who has not stated otherwise: a taxpayer is small-scale until it registers as a general one (增值税法 第9条).
UNSTATED = TaxpayerKind.SMALL


@dataclass(frozen=True)
class Rate:
    """One line of the law: of a kind of taxpayer, from a day (half-open) and by an article."""

    kind: str
    bps: int
    begins: date
    ends: date | None
    article: str


@dataclass(frozen=True)
class Tax:
    """The tax inside one price."""

    rate: Rate
    fen: int

    @property
    def kind_text(self) -> tuple[str, str]:
        words = _data()["kinds"][self.rate.kind]
        return words["zh"], words["en"]


@cache
def _data() -> Mapping[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(_DATA.read_text(encoding="utf-8"))
    return loaded


@cache
def rates() -> tuple[Rate, ...]:
    """This will read the rates, in the order of the file."""
    return tuple(Rate(one["kind"], one["bps"], one["from"], one["to"], one["article"]) for one in _data()["rates"])


def vat_rate(kind: str, at: datetime) -> Rate | None:
    """This will return the rate in force for a kind of taxpayer; None before the table begins."""
    day = at.astimezone(_CHINA).date()
    return next((one for one in rates() if one.kind == kind and one.begins <= day and (one.ends is None or day < one.ends)), None)


def included(price_fen: int, bps: int) -> int:
    """This will return the tax inside a price stated with tax, rounded half up: 106.00 at 6 % holds 6.00."""
    assert price_fen >= 0 and bps >= 0
    whole = 10_000 + bps
    return (2 * price_fen * bps + whole) // (2 * whole)


def kind_of(organization_id: int, at: datetime) -> TaxpayerKind:
    """This will return the standing in force at an instant, as stated, else that of whoever stated nothing."""
    held = TaxStatement.objects.filter(organization_id=organization_id, effective_from__lte=at).order_by("-effective_from", "-pk").first()
    return TaxpayerKind(held.kind) if held else UNSTATED


def kinds_of(organization_ids: Iterable[int], at: datetime) -> dict[int, TaxpayerKind]:
    """This will return the standing of several at once, each as ``kind_of`` would."""
    asked = set(organization_ids)
    rows = TaxStatement.objects.filter(organization_id__in=asked, effective_from__lte=at).order_by(
        "organization_id", "-effective_from", "-pk").distinct("organization_id").values_list("organization_id", "kind")
    return dict.fromkeys(asked, UNSTATED) | {key: TaxpayerKind(kind) for key, kind in rows}


@covers("G2", "I7")
def tax_on(price_fen: int, *, seller_id: int, at: datetime) -> Tax | None:
    """This will return the tax inside a seller's price at an instant; None where nothing is charged or no rate is known."""
    return tax_for(price_fen, kind_of(seller_id, at), at)


def tax_for(price_fen: int, kind: TaxpayerKind, at: datetime) -> Tax | None:
    """This will return the tax inside the price of a seller of this standing."""
    rate = vat_rate(kind, at)
    return Tax(rate, included(price_fen, rate.bps)) if rate is not None and price_fen else None


def next_day(at: datetime) -> datetime:
    """This will return the first instant of the next day in Beijing: no trade is made while its rate changes."""
    return datetime.combine(at.astimezone(_CHINA).date() + timedelta(days=1), time(), _CHINA)


@covers("G2")
@operation("participants.taxpayer.state")
def state_taxpayer(*, organization: Organization, kind: str, actor: Actor, clock: Clock) -> TaxStatement | None:
    """This will state as which taxpayer the organisation sells from the next day on; trades already made keep their rate."""
    at = clock.now()
    require(actor, "participants.taxpayer.state", subject=organization, at=at)
    if kind not in TaxpayerKind.values:
        raise Rejected("participants.taxpayer.unknown")
    Organization.objects.select_for_update(of=("self",), no_key=True).get(pk=organization.pk)
    last = TaxStatement.objects.filter(organization=organization).order_by("-effective_from", "-pk").first()
    if last is not None and last.kind == kind:
        unchanged(at=at)
        return last
    assert actor.user_id is not None, "a standing is stated by a person"
    made = TaxStatement.objects.create(organization=organization, kind=kind, effective_from=next_day(at), stated_by_id=actor.user_id,
                                       stated_at=at)
    record(TaxpayerStated(subject=organization.code, kind_of_taxpayer=kind, effective_from=made.effective_from), actor=actor, at=at)
    return made
