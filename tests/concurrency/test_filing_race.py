"""Confirm, withdraw and expire at the same moment: one leaves the state, each act taken is a legal edge and recorded once (T9)."""

from __future__ import annotations

import os
import threading
from typing import Any

import pytest
from django.db import IntegrityError

from compliance import filings
from compliance.models import Filing
from compliance.operations import confirm_filing, lapse_filing, withdraw_filing
from evidence.models import Record
from kit.clock import FixedClock
from kit.coverage import covers
from kit.rejected import Rejected
from tests.compliance.worlds import filed
from tests.threads import together

FULL = os.environ.get("FULL") == "1"
ROUNDS = 200 if FULL else 20
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]
MOVES = ("compliance.filing.confirmed", "compliance.filing.withdrawn", "compliance.filing.lapsed")


def _race() -> tuple[Filing, list[Any], int]:
    filing, selling, buying = filed()
    at = FixedClock(filing.due_at)
    results = together([lambda: confirm_filing(filing=filing, actor=buying, clock=at),
                        lambda: withdraw_filing(filing=filing, actor=selling, clock=at),
                        lambda: lapse_filing(filing=filing, clock=at)])
    edges = Record.objects.filter(subject=filing.code, kind__in=MOVES).count()
    return Filing.objects.get(pk=filing.pk), results, edges


@covers("T9", "I17")
def test_of_three_simultaneous_acts_exactly_one_is_taken_and_what_follows_is_lawful() -> None:
    print(f"T9: {ROUNDS} rounds of confirm, withdraw and expire at once")
    for _ in range(ROUNDS):
        filing, results, edges = _race()
        done = [result for result in results if isinstance(result, Filing)]
        refused = [result for result in results if isinstance(result, Rejected)]
        assert len(done) == edges and len(done) + len(refused) == 3, results
        assert filing.status in {one.status for one in done}
        # One of the three leaves "filed"; a lapse only returns the report, and what is returned may still be withdrawn.
        if isinstance(results[2], Filing) and isinstance(results[1], Filing):
            assert (results[2].status, filing.status, edges) == ("returned", "withdrawn", 2), results
        else:
            assert edges == 1, results


def test_without_the_lock_only_the_database_stands_between_and_without_both_two_edges_are_taken(
        monkeypatch: pytest.MonkeyPatch, superuser_connection: Any) -> None:
    """The mutant: read without locking, think, write."""
    barrier = threading.Barrier(3, timeout=60)

    def unlocked(one: Any) -> Any:
        found = type(one).objects.get(pk=one.pk)
        barrier.wait()
        return found

    monkeypatch.setattr(filings, "locked", unlocked)
    _, results, edges = _race()
    assert edges < 3 and any(isinstance(result, IntegrityError) for result in results), "a lapse and a withdrawal may follow each other"
    barrier.reset()
    superuser_connection.execute("ALTER TABLE compliance_filing DISABLE TRIGGER ALL")
    assert _race()[2] == 3
