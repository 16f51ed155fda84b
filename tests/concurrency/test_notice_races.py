"""Whoever holds a party's row and then tells it something never waits in a ring with whoever has told it and is about to commit (T8).

A notice names the party by a foreign key that is asked at the commit, when the teller already has the party's series of notices.
"""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import OperationalError, transaction

from evidence.clock import MARKET_CLOCK as CLOCK
from kit.coverage import covers
from participants.models import Notice, Organization
from participants.notices import notify
from tests.factories import make_organization
from tests.threads import together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]


def told(party: Organization) -> None:
    notify(organization=party, kind="of.a.test", text=("测试", "a test"), at=CLOCK.now())


def raced(party: Organization, **lock: Any) -> list[Any]:
    """One tells and then commits; the other has locked the party's row before that commit and tells it, too."""
    both = threading.Barrier(2, timeout=20)

    def teller() -> None:
        with transaction.atomic():
            told(party)
            both.wait()

    def holder() -> None:
        with transaction.atomic():
            Organization.objects.select_for_update(**lock).get(pk=party.pk)
            both.wait()
            told(party)

    return together([teller, holder])


@covers("T8")
def test_a_notice_under_way_and_a_party_held_for_a_change_both_come_through() -> None:
    party = make_organization()
    assert raced(party, no_key=True) == [None, None]
    assert list(Notice.objects.filter(organization=party).order_by("seq").values_list("seq", flat=True)) == [1, 2]


def test_the_naive_lock_on_the_whole_row_ends_in_a_deadlock() -> None:
    ended = raced(make_organization())
    assert any(isinstance(one, OperationalError) for one in ended), ended
