"""What each supplier discloses of itself every quarter 定期披露 (Data Twenty item 15, R92): holdings, deals in sums, exclusive deals.

Computed from dated rows for a quarter that is over, so that it reads the same whenever it is read; nothing is typed in. Sums of fewer than
three deals, or with fewer than three counterparties, would tell one deal's price: they are withheld. Exclusive grants are told one by one,
without the other side.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Q

from evidence.models import Record
from kit.coverage import covers
from listings.models import DataProduct, PropertyRight, RegistrationCertificate
from listings.states import RightStatus
from participants.models import Organization
from participants.queries import LOCAL
from trading.models import Trade
from trading.states import TradeStatus

__all__ = ["FEWEST", "Disclosure", "Exclusive", "Quarter", "closed_quarters", "disclosing", "disclosure_of", "quarter_named"]

#: With fewer deals or counterparties no sum is told.
FEWEST = 3
#: What ends a certificate, as the record book tells it.
_ENDED = tuple(f"listings.certificate.{one}" for one in ("replaced", "expired", "cancelled", "revoked"))
_UNDONE = (TradeStatus.CANCELLED, TradeStatus.DEFAULTED, TradeStatus.UNWOUND)


@dataclass(frozen=True)
class Quarter:
    """A quarter by the market's calendar, half-open."""

    year: int
    number: int

    @property
    def name(self) -> str:
        return f"{self.year}Q{self.number}"

    @property
    def begins(self) -> datetime:
        return datetime(self.year, 3 * self.number - 2, 1, tzinfo=LOCAL).astimezone(UTC)

    @property
    def ends(self) -> datetime:
        return self.next.begins

    @property
    def next(self) -> Quarter:
        return Quarter(self.year + 1, 1) if self.number == 4 else Quarter(self.year, self.number + 1)

    @property
    def before(self) -> Quarter:
        return Quarter(self.year - 1, 4) if self.number == 1 else Quarter(self.year, self.number - 1)


@dataclass(frozen=True)
class Exclusive:
    """One exclusive grant that ran in the quarter: of what, which right, until when."""

    title: tuple[str, str]
    right: str
    until: datetime | None


@dataclass(frozen=True)
class Disclosure:
    """One supplier's quarter; ``sum_fen`` is None where it is withheld."""

    organization: Organization
    quarter: Quarter
    holdings: dict[str, int]
    on_exchange: int
    off_exchange: int
    counterparties: int
    sum_fen: int | None
    exclusives: tuple[Exclusive, ...]

    @property
    def deals(self) -> int:
        return self.on_exchange + self.off_exchange

    @property
    def withheld(self) -> bool:
        return self.deals > 0 and self.sum_fen is None


def closed_quarters(at: datetime, *, count: int = 4) -> list[Quarter]:
    """This will return the last quarters that are over, the newest first."""
    day = at.astimezone(LOCAL)
    found = [Quarter(day.year, (day.month + 2) // 3).before]
    while len(found) < count:
        found.append(found[-1].before)
    return found


def quarter_named(name: str, at: datetime) -> Quarter | None:
    """This will read ``2026Q3``; None when it is no quarter, or not over yet."""
    year, _, number = name.partition("Q")
    if not (year.isascii() and year.isdigit() and len(year) == 4 and number in {"1", "2", "3", "4"} and 2000 <= int(year) <= 2200):
        return None
    one = Quarter(int(year), int(number))
    return one if one.ends <= at else None


def disclosing() -> list[Organization]:
    """This will list whoever has or had something registered in public, by name."""
    rows = RegistrationCertificate.objects.exclude(product__in=DataProduct.objects.withheld_from(None))
    return list(Organization.objects.filter(pk__in=rows.values("organization")).order_by("short_name", "pk"))


@covers("R92")
def disclosure_of(organization: Organization, quarter: Quarter) -> Disclosure:
    """This will compute what one supplier discloses of one quarter."""
    hidden = DataProduct.objects.withheld_from(None)
    held = RegistrationCertificate.objects.filter(organization=organization, issued_at__lt=quarter.ends, effective_to__gt=quarter.ends)
    ended = Record.objects.filter(kind__in=_ENDED, at__lt=quarter.ends, subject__in=held.values("code")).values("subject")
    held = held.exclude(code__in=ended).exclude(product__in=hidden)
    holdings = Counter(held.values_list("registration__regime", flat=True))
    trades = Trade.objects.filter(seller=organization, executed_at__gte=quarter.begins, executed_at__lt=quarter.ends)
    trades = trades.exclude(state__status__in=_UNDONE).exclude(listing__closed=True)
    rows = list(trades.values_list("channel", "buyer_id", "price_fen"))
    others = len({buyer for _, buyer, _ in rows})
    told = len(rows) >= FEWEST and others >= FEWEST
    on_exchange = sum(channel == "on_exchange" for channel, _, _ in rows)
    return Disclosure(organization, quarter, dict(sorted(holdings.items())), on_exchange, len(rows) - on_exchange, others,
                      sum(fen for _, _, fen in rows) if told else None, tuple(_exclusives(organization, quarter)))


def _exclusives(organization: Organization, quarter: Quarter) -> list[Exclusive]:
    """Grants that gave one other side alone a right of this supplier's, in force at some time of the quarter."""
    rows = PropertyRight.objects.filter(exclusive=True, parent__organization=organization, effective_from__lt=quarter.ends)
    rows = rows.filter(Q(effective_to__isnull=True) | Q(effective_to__gt=quarter.begins)).exclude(status=RightStatus.DRAFT)
    rows = rows.exclude(product__in=DataProduct.objects.withheld_from(None)).select_related("product").order_by("effective_from", "pk")
    return [Exclusive((one.product.title_zh, one.product.title_en or one.product.title_zh), one.right, one.effective_to) for one in rows]
