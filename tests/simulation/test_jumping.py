"""Time acceleration (CAP-I3): ×N and jumps outside production, deadlines in their order; a production installation refuses in words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from evidence.clock import MARKET_CLOCK, set_market_clock
from kit.coverage import covers
from tests.trading import worlds
from trading.models import Auction

pytestmark = pytest.mark.django_db


def instants(kind: str) -> list[object]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT at FROM evidence_record WHERE kind = %s ORDER BY at", [kind])
        return [row[0] for row in cursor.fetchall()]


@covers("CAP-I3")
def test_a_jump_in_order_opens_and_closes_a_lot_at_its_own_instants_and_a_plain_one_after_the_jump(floor) -> None:
    lot = worlds.make_lot()
    call_command("move_clock", "12d", "--in-order", "--rate", "0")
    lot = Auction.objects.get(pk=lot.pk)
    assert instants("trading.auction.opened") == [lot.opens_at]
    assert instants("trading.auction.failed") == [lot.closes_at], "closed at its hammer, not when the clock had arrived"
    assert MARKET_CLOCK.now() > lot.closes_at


@covers("CAP-I3")
def test_the_clock_runs_so_many_times_faster_and_stands_still_at_nought(floor) -> None:
    before = MARKET_CLOCK.now()
    call_command("move_clock", "3h", "--rate", "0")
    assert MARKET_CLOCK.now() == MARKET_CLOCK.now() == before + timedelta(hours=3)
    call_command("move_clock", "0s", "--rate", "3600")
    at = MARKET_CLOCK.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.05)")
    assert timedelta(minutes=2) < MARKET_CLOCK.now() - at < timedelta(hours=3)
    set_market_clock(MARKET_CLOCK.now() + timedelta(seconds=1), 0)


@covers("CAP-I3")
@pytest.mark.parametrize("words", [("8d",), ("8d", "--in-order"), ("0s", "--rate", "60")])
def test_in_production_the_clock_is_not_moved_and_the_words_say_why_and_what_instead(settings, floor, words: tuple[str, ...]) -> None:
    settings.PRODUCTION = True
    before = MARKET_CLOCK.now()
    with pytest.raises(CommandError, match=r"production installation is not moved: its deadlines.*demonstration installation"):
        call_command("move_clock", *words)
    assert MARKET_CLOCK.now() == before


@covers("CAP-I3")
def test_a_run_through_the_rooms_is_refused_in_production_in_words(settings) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match=r"production installation lives its own only.*simulate wide"):
        call_command("simulate", "baseline", "--days", "1")


@pytest.mark.parametrize("rate", ["-1", "86401"])
def test_a_rate_has_bounds(floor, rate: str) -> None:
    with pytest.raises(CommandError, match="from 0"):
        call_command("move_clock", "0s", f"--rate={rate}")
