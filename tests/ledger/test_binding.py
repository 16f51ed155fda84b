"""The trap of bound literals: with ``server_side_binding`` a bare amount above 2^31 fen wraps around without an error. It stays off."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.models import F

from evidence.clock import MARKET_CLOCK as CLOCK
from kit.actors import SYSTEM
from settlement.models import SettlementCycle
from settlement.operations import open_cycle
from tests.factories import venue

pytestmark = pytest.mark.django_db(transaction=True)
#: 30 million yuan
AMOUNT = 3_000_000_000


def added(wrapper: Any) -> int:
    """What the database answers to ``F(amount) + 3_000_000_000`` over this connection."""
    asked = SettlementCycle.objects.annotate(more=F("total_fen") + AMOUNT).values_list("more", flat=True)
    text, values = asked.query.get_compiler(connection=wrapper).as_sql()
    with wrapper.cursor() as cursor:
        cursor.execute(text, values)
        return int(cursor.fetchone()[0])


def test_a_large_amount_added_to_a_column_arrives_whole() -> None:
    cycle = open_cycle(venue=venue(), actor=SYSTEM, clock=CLOCK)
    assert added(connection) == AMOUNT
    SettlementCycle.objects.filter(pk=cycle.pk).update(total_fen=F("total_fen") + AMOUNT)
    assert SettlementCycle.objects.get(pk=cycle.pk).total_fen == AMOUNT
    assert SettlementCycle.objects.filter(total_fen__gte=F("total_fen") - AMOUNT + AMOUNT).count() == 1


def test_the_house_does_not_bind_on_the_server() -> None:
    assert not connection.settings_dict["OPTIONS"].get("server_side_binding"), "amounts above 2^31 fen would wrap around silently"


def test_bound_on_the_server_the_same_amount_wraps_around_without_an_error() -> None:
    """The mutant: the switch that is said to make everything faster."""
    open_cycle(venue=venue(), actor=SYSTEM, clock=CLOCK)
    trapped = connection.copy()
    trapped.settings_dict = {**connection.settings_dict, "OPTIONS": {**connection.settings_dict["OPTIONS"], "server_side_binding": True}}
    try:
        assert added(trapped) == AMOUNT - 2**32
    finally:
        trapped.close()
