"""The demo's history is lived through the real operations, the same for the same seed, and breaks no invariant."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection

from evidence.clock import MARKET_CLOCK
from evidence.invariants import check_all
from simulation.clock import present
from simulation.scenarios.house import open_house
from tests import clones

pytestmark = pytest.mark.django_db(transaction=True)


def facts() -> Counter[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, count(*) FROM evidence_record GROUP BY 1")
        return Counter(dict(cursor.fetchall()))


def test_five_days_are_lived_and_the_clock_runs_on() -> None:
    opened = open_house(days=5)
    assert opened.acts > 300 and opened.days == 5
    assert opened.lived_to <= MARKET_CLOCK.now() <= present() + timedelta(seconds=1)
    kinds = facts()
    assert kinds["listings.listing.published"] >= 20 and kinds["participants.admission.admitted"] == 24
    assert check_all().violations == []


def test_the_same_seed_lives_the_same_facts() -> None:
    open_house(days=3)
    once = facts()
    clones.renew_clone()
    open_house(days=3)
    assert facts() == once
