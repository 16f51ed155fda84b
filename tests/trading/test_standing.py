"""A lot's terms and how it stands are two rows: a bid writes the narrow one, and reads it under the lock of the other."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from kit.coverage import covers
from tests.trading.worlds import bid, make_buyer, make_lot, open_lot, stand_still
from trading.models import Standing


def _asked(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


@pytest.mark.django_db
def test_a_lot_stands_from_its_first_moment_and_its_standing_is_never_deleted() -> None:
    stand_still()
    lot = make_lot()
    assert (lot.seq, lot.price_fen, lot.leader, lot.reserve_met) == (0, None, None, False)
    with pytest.raises(DatabaseError), transaction.atomic():
        Standing.objects.filter(auction=lot).delete()


@covers("B5")
@pytest.mark.django_db
def test_a_bid_writes_no_terms_and_the_naive_row_of_both_would_be_written_by_each() -> None:
    """A version of the terms for every bid is what a long reader keeps; the narrow row has versions, and nothing refers to it."""
    stand_still()
    a, b = make_buyer(), make_buyer()
    lot = open_lot(a, b)
    terms = _asked("SELECT ctid, xmin FROM trading_auction WHERE id = %s", lot.pk)
    before = _asked("SELECT ctid FROM trading_standing WHERE auction_id = %s", lot.pk)
    bid(lot, a, 2_000_000), bid(lot, b, 3_000_000), bid(lot, a, 4_000_000)
    assert _asked("SELECT ctid, xmin FROM trading_auction WHERE id = %s", lot.pk) == terms
    assert _asked("SELECT ctid FROM trading_standing WHERE auction_id = %s", lot.pk) != before, "what stands beside it does move"
    assert _asked("SELECT count(*) FROM pg_constraint WHERE confrelid = 'trading_standing'::regclass") == [(0,)]
    assert _asked("SELECT count(*) FROM pg_index WHERE indrelid = 'trading_standing'::regclass") == [(1,)]
