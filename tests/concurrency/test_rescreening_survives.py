"""A changed rule reaches everything on sale though workers are killed and the broker is emptied on the way (R4, T24, T48).

500 listings here, 5,000 with FULL=1; how long it takes is printed, never asserted. The mutant keeps its work in messages.
"""

from __future__ import annotations

import os
import time
from typing import Any

import pytest

from evidence.operations import drain
from kit.coverage import covers
from listings.models import Hold, Listing, Rescreening, RescreenSlice, ScreeningRun
from listings.rescreening import progress_of, still_to_judge
from listings.tasks import rescreen
from participants.models import Notice
from tests.concurrency.workers import KilledWorker, flush_broker, left_by_the_forgetful, until
from tests.listings.crowds import crowd
from tests.listings.test_rescreening import enacted
from tests.listings.worlds import make_listed, make_seller

FULL = os.environ.get("FULL") == "1"
COUNT = 5000 if FULL else 500
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]


def slowly(superuser: Any, seconds: float) -> None:
    """Each slice takes a moment before it commits, so that a kill falls into the middle of one."""
    superuser.execute(
        f"CREATE FUNCTION test_slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep({seconds}); RETURN NULL; END $$;"
        "CREATE TRIGGER test_slow AFTER INSERT ON listings_hold FOR EACH STATEMENT EXECUTE FUNCTION test_slow()")


def judged() -> int:
    return sum(RescreenSlice.objects.values_list("judged", flat=True))


@covers("R4", "R84", "T48", "T24", "T25", "I16")
def test_every_listing_is_judged_once_though_workers_are_killed_and_the_broker_emptied(superuser_connection: Any) -> None:
    seller = make_seller()
    first = make_listed(seller)
    crowd(first, COUNT - 1, lambda n: {"source_type": "self_generated" if n % 2 else "purchased"})
    version = enacted(seller.clock)
    slowly(superuser_connection, 0.3)
    drain()
    worker, kills, rung_at, began = KilledWorker(), 0, 0.0, time.monotonic()

    def rung() -> None:
        """Stands for the beat."""
        nonlocal rung_at
        if time.monotonic() > rung_at:
            rescreen.apply_async(expires=5)
            rung_at = time.monotonic() + 5

    def reached(count: int) -> bool:
        rung()
        return judged() >= count

    def finished() -> bool:
        rung()
        return Rescreening.objects.filter(finished_at__isnull=False).exists()

    worker.start()
    try:
        for wanted in range(1, 4):
            assert until(lambda wanted=wanted: reached(COUNT * wanted // 8), 240), judged()
            worker.kill()
            kills += 1
            if kills == 2:
                flush_broker()
            worker.start()
        assert until(finished, 240, every=0.2), judged()
    finally:
        worker.kill()
    run = Rescreening.objects.get()
    print(f"{COUNT} listings judged in {time.monotonic() - began:.1f} s with {kills} kills, {run.slices.count()} slices")
    held = len(range(0, COUNT - 1, 2))
    assert (run.total, judged(), still_to_judge("2026.2").count()) == (COUNT, COUNT, 0), "each once, none left, none twice"
    assert ScreeningRun.objects.filter(cause=version.code).count() == COUNT
    assert Hold.objects.filter(reason_code="negative_list").count() == held == progress_of(run).held
    assert Listing.objects.filter(status="suspended").count() == held
    assert Notice.objects.filter(kind="listings.listing.suspended").count() == held, "told once each"


def test_a_worker_that_keeps_its_work_in_messages_loses_it(superuser_connection: Any) -> None:
    """The mutant: what the killed worker had taken is judged by nobody, and nothing says so."""
    kept = left_by_the_forgetful(superuser_connection, 400, part=100, seen_first=20)
    assert 20 < kept < 400, "the naive variant must lose listings, or the test above shows nothing"
