"""A lot's terms and how it stands are two rows: a bid writes the narrow one, and reads it under the lock of the other."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from kit.coverage import covers
from tests.clones import HOUSE
from tests.trading.worlds import bid, make_buyer, make_listing, make_lot, open_lot, stand_still
from trading.models import Auction, Standing

#: What went from the one row to the other.
MOVED = "seq, tick_seq, voids, price_fen, leader_id, top_fen, second_fen, reserve_met"


def _asked(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def _migrated(to: str) -> None:
    done = subprocess.run([sys.executable, "manage.py", "migrate", "trading", to, "--verbosity", "0"], cwd=HOUSE,
                          env=os.environ | {"PYTHONWARNINGS": "ignore"}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


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


@covers("I10", "I11")
@pytest.mark.django_db(transaction=True)
def test_lots_that_run_keep_how_they_stand_when_the_schema_goes_back_and_forward() -> None:
    stand_still()
    a, b = make_buyer(), make_buyer()
    lot, untouched = open_lot(a, b), make_lot(make_listing())
    bid(lot, a, 5_000_000), bid(lot, b, 2_000_000)
    asked = f"SELECT {MOVED} FROM {{}} WHERE {{}} = %s"
    stood = {one.pk: _asked(asked.format("trading_standing", "auction_id"), one.pk) for one in (lot, untouched)}
    assert stood[lot.pk] != stood[untouched.pk]
    connection.close()
    _migrated("0032")
    assert {key: _asked(asked.format("trading_auction", "id"), key) for key in stood} == stood
    connection.close()
    _migrated("0033")
    assert {key: _asked(asked.format("trading_standing", "auction_id"), key) for key in stood} == stood
    placed = bid(Auction.objects.get(pk=lot.pk), b, 6_000_000)
    assert (placed.seq, placed.leads) == (3, True)
