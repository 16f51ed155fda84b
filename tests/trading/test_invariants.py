"""Each invariant of the floor finds the violation it is for (planted past the triggers by the superuser)."""

from __future__ import annotations

from contextlib import suppress

import pytest
from django.db import connection, transaction

from kit.coverage import covers
from tests.trading.worlds import bid, make_buyer, move, open_lot, stand, stand_still
from trading import invariants, tasks

ALL = [invariants.NumbersAreGapless, invariants.PricesFollowFromBids, invariants.EndsMoveForward, invariants.NoMoreAwardsThanLots,
       invariants.AwardsFollowFromBids, invariants.TradesRestOnSomething, invariants.LotsCanBeRebuilt]


def some_floor() -> None:
    """One lot awarded, one running, one with a barred bidder."""
    from evidence import operations as evidence

    stand_still()
    a, b, c = make_buyer(), make_buyer(), make_buyer()
    sold = open_lot(a, b)
    bid(sold, a, 5_000_000), bid(sold, b, 2_000_000), bid(sold, b, 3_000_000)
    move(hours=24)
    tasks.close_due()
    running = open_lot(a, b, c)
    bid(running, a, 5_000_000), bid(running, c, 4_000_000)
    move(minutes=1)
    stand(c, "suspended")
    evidence.drain()
    move(minutes=1)
    bid(running, b, 2_000_000)


@pytest.mark.django_db
def test_a_sound_floor_violates_nothing() -> None:
    some_floor()
    assert [text for one in ALL for text in one().check()] == []


PLANTED = [
    (invariants.NumbersAreGapless, "UPDATE trading_bid SET seq = 9 WHERE seq = 3"),
    (invariants.NumbersAreGapless, "DELETE FROM trading_tick WHERE seq = 2"),
    (invariants.PricesFollowFromBids, "UPDATE trading_bid SET maximum_fen = 4500000 WHERE maximum_fen = 3000000"),
    (invariants.PricesFollowFromBids, "UPDATE trading_bid SET price_after_fen = price_after_fen - 1 WHERE seq = 2"),
    (invariants.PricesFollowFromBids, "UPDATE trading_bid SET maximum_fen = 1 WHERE seq = 2"),
    (invariants.EndsMoveForward, "UPDATE trading_bid SET at = at + interval '30 days', closes_after = closes_after + interval '31 days'"),
    (invariants.EndsMoveForward, "UPDATE trading_tick SET closes_at = closes_at - interval '1 second' WHERE seq = 4"),
    (invariants.EndsMoveForward, "UPDATE trading_auction SET closes_at = closes_at + interval '2 hours' WHERE status = 'open'"),
    (invariants.EndsMoveForward, "UPDATE trading_award SET at = at - interval '2 hours'"),
    (invariants.NoMoreAwardsThanLots, "UPDATE trading_auction SET status = 'failed' WHERE status = 'awarded'"),
    (invariants.NoMoreAwardsThanLots, "UPDATE trading_auction SET status = 'awarded' WHERE status = 'open'"),
    (invariants.NoMoreAwardsThanLots, "UPDATE listings_listingversion SET quota = 0"),
    (invariants.AwardsFollowFromBids, "UPDATE trading_award SET price_fen = price_fen + 1"),
    (invariants.AwardsFollowFromBids, "UPDATE trading_trade SET price_fen = price_fen - 1"),
    (invariants.TradesRestOnSomething, "UPDATE trading_trade SET agreement = jsonb_set(agreement, '{price_fen}', '1')"),
    (invariants.TradesRestOnSomething, "DELETE FROM trading_tradestate"),
    (invariants.TradesRestOnSomething, "UPDATE trading_agreement SET terms = jsonb_set(terms, '{seats}', '99')"),
    (invariants.TradesRestOnSomething, "UPDATE trading_agreement SET terms_hash = repeat('0', 64)"),
    (invariants.LotsCanBeRebuilt, "UPDATE trading_standing SET top_fen = top_fen + 1"),
    (invariants.LotsCanBeRebuilt, "UPDATE trading_standing SET reserve_met = false"),
    (invariants.LotsCanBeRebuilt, "UPDATE trading_tick SET price_fen = 1"),
]


class Undone(Exception):
    """Ends a planted transaction."""


@covers("I10", "I11", "I12", "I13", "I14", "I19", "I27")
@pytest.mark.django_db(transaction=True)
def test_every_planted_violation_is_found(as_superuser: None) -> None:
    some_floor()
    missed = []
    for one, edit in PLANTED:
        with suppress(Undone), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(edit)
            assert cursor.rowcount > 0, edit
            if not list(one().check()):
                missed.append(edit)
            raise Undone
    assert missed == []
