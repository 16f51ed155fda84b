"""Uses beyond the licence, read from the meters once a day: what a gate let through by whatever way becomes one alert."""

from __future__ import annotations

import pytest

from delivery.models import DataUse
from delivery.overusing import measured_uses, watch_overuse
from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from tests.delivery.calls import api_delivered, called, keyed
from trading.models import SurveillanceAlert
from trading.surveillance.evasion import Use

pytestmark = pytest.mark.django_db


@covers("H4", "R47")
def test_uses_within_the_grant_raise_nothing() -> None:
    one, _seller, buyer = api_delivered(calls=3)
    key = keyed(one, buyer).key
    called(key, buyer, "call-000001")
    assert list(measured_uses(MARKET_CLOCK.now())) == [Use(one.trade.code, one.trade.buyer.code, 3, 1)]
    assert watch_overuse(clock=MARKET_CLOCK) == 0


@covers("H4", "R47")
def test_what_went_past_the_gate_is_found_once() -> None:
    """Four calls served of three granted: a row that a gate never saw, as a fault or a hand in the database leaves it."""
    one, _seller, buyer = api_delivered(calls=3)
    key = keyed(one, buyer).key
    for number in range(1, 4):
        called(key, buyer, f"call-00000{number}")
    last = DataUse.objects.filter(delivery=one).order_by("-number").first()
    assert last is not None
    DataUse.objects.create(delivery=one, key=key, request="past-the-gate", asked_sha256="0" * 64, number=4, rows=last.rows,
                           rows_total=last.rows_total + last.rows, prints=bytes(last.prints), at=last.at)
    assert watch_overuse(clock=MARKET_CLOCK) == 1 and watch_overuse(clock=MARKET_CLOCK) == 0
    alert = SurveillanceAlert.objects.get(rule="overuse")
    assert (alert.parties, alert.objects_told, alert.figures) == ([one.trade.buyer.code], [one.trade.code], {"granted": 3, "used": 4})


@covers("H4")
def test_what_is_not_bounded_is_not_measured() -> None:
    one, _seller, buyer = api_delivered()
    called(keyed(one, buyer).key, buyer)
    assert list(measured_uses(MARKET_CLOCK.now())) == []
