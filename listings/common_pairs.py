"""Which neighbouring characters so many listings hold that reading the newest rows is quicker than asking an index for all of them.

Only how a page is found hangs on this, never what is found: what the database's own statistics say, looked at now and then.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

__all__ = ["COMMON", "CommonPairs"]

#: A pair is common from this share of the rows on, and where at least so many rows hold it.
_SHARE, _ROWS = 0.004, 2000
#: How many rows that hold the pair are read at most for a page of twenty: the better ranks take only some of them, and what is found
#: ends the reading. And never more rows than so many.
_WANTED, _MOST = 800, 12_000


class CommonPairs:
    """The shares of the common pairs, read again after every ``every`` searches."""

    def __init__(self, every: int = 1000) -> None:
        self.every, self.left, self.shares = every, 0, dict[int, float]()

    def window(self, pairs: Sequence[int]) -> int:
        """This will say how many of the newest rows to read for a page of rows that hold every pair; 0 = ask the index at once."""
        if self.left <= 0:
            self.left, self.shares = self.every, _read()
        self.left -= 1
        share = min((self.shares.get(pair, 0.0) for pair in pairs), default=0.0)
        return min(_MOST, int(_WANTED / share)) if share else 0


def _read() -> dict[int, float]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT s.most_common_elems::text::integer[], s.most_common_elem_freqs, c.reltuples FROM pg_stats s JOIN pg_class c "
                       "ON c.oid = 'listings_listingindex'::regclass WHERE s.tablename = 'listings_listingindex' AND s.attname = 'grams'")
        row = cursor.fetchone()
    if not row or not row[0]:
        return {}
    # the list of shares ends with the least, the greatest, and that of rows without any
    return {pair: share for pair, share in zip(row[0], row[1], strict=False) if share >= _SHARE and share * row[2] >= _ROWS}


COMMON = CommonPairs()
