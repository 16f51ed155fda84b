"""The invariants of bargains and requests hold over every way they end, and find each violation planted past the triggers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction

from evidence.clock import MARKET_CLOCK
from evidence.invariants import MovesAreTold, registered
from kit.coverage import covers
from tests.trading.deals import asked, bargain, closed, negotiable, quoted, terms
from tests.trading.worlds import make_buyer, move, stand_still
from trading import tasks
from trading.invariants import TalksCanBeRebuilt, TradesRestOnSomething
from trading.operations import (
    accept_offer,
    award_rfq,
    cancel_rfq,
    counter_offer,
    decline_offer,
    next_round,
    reject_quotes,
    withdraw_offer,
    withdraw_quote,
)

TABLES = {"trading_negotiation", "trading_rfq", "trading_quote", "trading_tradestate"}


def talked() -> None:
    """Bargains and requests ended in every way there is, and one of each still open."""
    stand_still()
    by = {"clock": MARKET_CLOCK}
    for end in ("accept", "decline", "withdraw", "expire"):
        one, seller, buyer = bargain(600_000)
        counter_offer(negotiation=one, terms=terms(700_000), actor=seller, **by)
        if end == "accept":
            accept_offer(negotiation=one, seen=2, actor=buyer, **by)
        elif end == "decline":
            decline_offer(negotiation=one, actor=buyer, **by)
        elif end == "withdraw":
            withdraw_offer(negotiation=one, actor=seller, **by)
    move(days=7)
    tasks.end_talks()
    for end in ("award", "reject", "lapse", "cancel", "none"):
        rfq, buyer = asked()
        if end == "none":
            quote, seller = quoted(rfq)
            withdraw_quote(quote=quote, actor=seller, **by)
        else:
            quoted(rfq, 900_000)
            quote, _ = quoted(rfq, 800_000)
        if end == "cancel":
            cancel_rfq(rfq=rfq, reason="x", actor=buyer, **by)
            continue
        closed(rfq)
        if end == "reject":
            next_round(rfq=rfq, closes_at=MARKET_CLOCK.now() + timedelta(hours=3), actor=buyer, **by)
            closed(rfq, hours=3)
            reject_quotes(rfq=rfq, reason="x", actor=buyer, **by)
        elif end == "award":
            award_rfq(rfq=rfq, quote=quote, actor=buyer, **by)
    move(days=21)
    tasks.end_talks()
    bargain(listing=negotiable(), buyer=make_buyer())
    quoted(asked()[0])


def found() -> list[str]:
    told = [one for one in registered() if issubclass(one, MovesAreTold) and one.table in TABLES]
    assert len(told) == len(TABLES)
    return [text for one in (*told, TalksCanBeRebuilt, TradesRestOnSomething) for text in one().check()]


@covers("F3", "I17", "I27")
@pytest.mark.django_db
def test_every_way_a_deal_ends_leaves_its_rows_and_the_record_book_in_agreement() -> None:
    talked()
    assert found() == []


PLANTED = [
    "UPDATE trading_negotiation SET price_fen = price_fen + 1 WHERE status = 'accepted'",
    "UPDATE trading_negotiation SET turn = 'buyer' WHERE status = 'offered'",
    "UPDATE trading_negotiationoffer SET by = 'buyer' WHERE seq = 2",
    "DELETE FROM trading_negotiationoffer WHERE seq = 2",
    "UPDATE trading_negotiation SET status = 'withdrawn' WHERE status = 'declined'",
    "UPDATE trading_quote SET price_fen = price_fen - 1 WHERE status = 'won'",
    "UPDATE trading_quote SET status = 'standing' WHERE status = 'lost'",
    "UPDATE trading_quote SET status = 'lost' WHERE status = 'won'",
    "UPDATE trading_rfq SET status = 'cancelled' WHERE status = 'failed'",
]


@covers("I17", "I27")
@pytest.mark.django_db(transaction=True)
def test_each_planted_violation_is_found(as_superuser: None) -> None:
    talked()
    assert found() == []
    for planted in PLANTED:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL session_replication_role = replica")
                cursor.execute(planted)
                assert cursor.rowcount, planted
            assert found(), planted
            transaction.set_rollback(True)
