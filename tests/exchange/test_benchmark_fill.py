"""The settlement benchmark writes its rows past the operations; when a table gets a column it must say so here, not months later."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks import settlement
from settlement.models import Settlement, SettlementCycle
from tests.clones import mine

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ground() -> Any:
    one = mine()
    found = SimpleNamespace(admin_url=one.admin_url, app_url=one.database_url, owner_url=one.database_owner_url, facts=dict)
    settlement._admin(found, settlement.FLOOR_TABLES)  # type: ignore[arg-type]
    return found


def test_a_tiny_cycle_of_the_benchmark_is_filled_settled_and_sound(ground: Any) -> None:
    parties = settlement._parties(ground)
    cycle = settlement._due(ground, parties, 12)
    settlement._whole(cycle)
    assert SettlementCycle.objects.get(pk=cycle).status == "closed"
    assert settlement._sound(ground) == {"ledger sum": 0, "trades settled": 12, "transfers": 12, "escrows left": 0}
    assert Settlement.objects.filter(status="settled").count() == 12


def test_its_floor_still_fits_the_tables(ground: Any) -> None:
    """COPY of ready rows and the one prepared statement name columns of the ledger."""
    assert settlement._copying(ground, 10) > 0
    settlement._admin(ground, "TRUNCATE bench_transfer, bench_posting")
    settlement._admin(ground, "INSERT INTO bench_trade VALUES (1, 'due', 100, 1600)")
    worker = settlement._floor(ground, 0)
    assert worker.act() == 1
    worker.close()
    assert settlement._admin(ground, "SELECT count(*), sum(amount_fen)::bigint FROM bench_posting") == [(6, -1_000_000 + 1_000_000)]
