"""The broker dies, comes back empty, takes no writes or is full in the middle of settling: nothing is lost, trading goes on (T25).

The mutant is ``test_without_a_sweeper_an_emptied_broker_loses_settlements``: who trusts the broker loses what it held.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from kombu.exceptions import OperationalError
from redis import RedisError

from evidence import operations as evidence
from evidence.models import Entry, Record
from exchange.celery import app
from kit.coverage import covers
from participants.models import User
from settlement.models import SettlementCycle
from settlement.tasks import run_cycle, settle_cycle
from tests.concurrency.test_settlement_survives import cycles_of, settled, settled_exactly_once, slowly
from tests.concurrency.workers import KilledWorker, PrivateBroker, until
from tests.trading.worlds import make_buyer, open_lot
from trading import ticks
from trading.models import Bid

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]


@pytest.fixture
def broker(settings: Any) -> Iterator[PrivateBroker]:
    """A broker of this test's own, which this process and its workers ring."""
    own = PrivateBroker()
    own.start()
    before = app.conf.broker_url

    def ring_at(address: str) -> None:
        app.conf.broker_url = address
        app.amqp._producer_pool = app._pool = None
        ticks._redis.cache_clear()

    settings.REDIS_URL = own.url
    settings.CACHES = settings.CACHES | {"default": settings.CACHES["default"] | {"LOCATION": own.url}}
    ring_at(own.url)
    yield own
    ring_at(before)
    own.kill()


BREAKS: dict[str, tuple[Callable[[PrivateBroker], Any], Callable[[PrivateBroker], Any]]] = {
    "killed, and back empty": (PrivateBroker.kill, PrivateBroker.start),
    "without writes": (lambda one: one.say("REPLICAOF", "127.0.0.1", "1"), lambda one: one.say("REPLICAOF", "NO", "ONE")),
    "full": (lambda one: one.say("CONFIG", "SET", "maxmemory", "1"), lambda one: one.say("CONFIG", "SET", "maxmemory", "0")),
}


def bids_over_http(buyer: Any, lot: Any, key: str) -> int:
    """What a buyer's browser or program gets for a bid, answered by the web alone."""
    client = Client()
    client.force_login(User.objects.get(pk=buyer.user_id), backend="django.contrib.auth.backends.ModelBackend")
    return client.post(f"/api/lots/{lot.code}/bids/", {"maximum_fen": lot.start_price_fen}, content_type="application/json",
                       headers={"Idempotency-Key": key}).status_code


def ring() -> None:
    """Stands for the beat, which rings whether or not anybody hears it."""
    evidence._quiet_until = 0.0
    evidence.nudge()
    with contextlib.suppress(OperationalError, RedisError):
        run_cycle.apply_async(retry=False)


@covers("T25", "M8", "M10")
@pytest.mark.parametrize("name", BREAKS)
def test_whatever_becomes_of_the_broker_bids_are_taken_and_every_trade_is_settled_once(
        name: str, broker: PrivateBroker, superuser_connection: Any) -> None:
    break_it, mend_it = BREAKS[name]
    count = 60
    cycles = cycles_of(count, 10)
    buyer = make_buyer()
    lot = open_lot(buyer)
    slowly(superuser_connection, 0.3)
    for cycle in cycles:
        settle_cycle.delay(cycle=cycle.pk)
    worker = KilledWorker(broker=broker.url)
    worker.start()
    try:
        assert until(lambda: settled() > 0, 180), "nothing was settled"
        break_it(broker)
        assert settled() < count
        assert bids_over_http(buyer, lot, "broken-000001") == 201 and Bid.objects.count() == 1
        ring()
        time.sleep(0.5)
        mend_it(broker)
        rung_at = 0.0

        def finished() -> bool:
            nonlocal rung_at
            worker.keep_up()
            if time.monotonic() > rung_at:
                ring()
                rung_at = time.monotonic() + 3
            open_cycles = SettlementCycle.objects.filter(pk__in=[one.pk for one in cycles]).exclude(status="closed")
            return not open_cycles.exists() and Entry.objects.count() == Record.objects.count()

        assert until(finished, 240, every=0.2), (settled(), Record.objects.count(), Entry.objects.count())
    finally:
        worker.kill()
    settled_exactly_once(count)
