"""How much micro and small firms buy (R1): trades and money by the size each buyer had stated when it bought."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from kit.coverage import covers
from participants.sizes import SMALL

__all__ = ["FEWEST", "SmallBuyers", "small_buyers"]

#: Of fewer buyers than this nothing is told: a share would speak of single firms.
FEWEST = 5

_STATEMENT = """
SELECT coalesce(s.size, ''), count(*), sum(t.price_fen), count(DISTINCT t.buyer_id)
FROM trading_trade t
JOIN trading_tradestate x ON x.trade_id = t.id
LEFT JOIN listings_listing l ON l.id = t.listing_id
LEFT JOIN LATERAL (
    SELECT p.size FROM participants_sizestatement p
    WHERE p.organization_id = t.buyer_id AND p.stated_at <= t.executed_at AND p.effective_to > t.executed_at
    ORDER BY p.stated_at DESC, p.id DESC LIMIT 1
) s ON true
WHERE t.executed_at > %s AND t.executed_at <= %s AND x.status NOT IN ('cancelled', 'defaulted', 'unwound') AND l.closed IS NOT TRUE
GROUP BY 1
"""


@dataclass(frozen=True)
class SmallBuyers:
    """What micro and small firms bought of a period's trades, and how many trades had a buyer without a stated size."""

    trades: int
    fen: int
    small_trades: int
    small_fen: int
    unstated_trades: int

    @property
    def trades_bps(self) -> int | None:
        return self.small_trades * 10_000 // self.trades if self.trades else None

    @property
    def amount_bps(self) -> int | None:
        return self.small_fen * 10_000 // self.fen if self.fen else None

    @property
    def unstated_bps(self) -> int | None:
        return self.unstated_trades * 10_000 // self.trades if self.trades else None


@covers("R1")
def small_buyers(since: datetime, until: datetime) -> SmallBuyers | None:
    """This will add up the trades of a period by the size of the buyer; None where too few bought."""
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT, [since, until])
        rows = cursor.fetchall()
    if sum(buyers for _, _, _, buyers in rows) < FEWEST:
        return None
    small = [(count, int(fen)) for size, count, fen, _ in rows if size in SMALL]
    return SmallBuyers(sum(count for _, count, _, _ in rows), sum(int(fen) for _, _, fen, _ in rows), sum(count for count, _ in small),
                       sum(fen for _, fen in small), sum(count for size, count, _, _ in rows if not size))
