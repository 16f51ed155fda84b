"""Two benchmarks write the rows they ask past the operations; when a table gets a column it must say so here."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.test import Client

from benchmarks import desk, lists
from kit.coverage import covers
from listings.models import Listing
from tests.clones import mine
from trading.models import SurveillanceAlert, Trade

pytestmark = pytest.mark.django_db(transaction=True)
#: More than two pages of a list.
ROWS = 130


@pytest.fixture
def filled(monkeypatch: pytest.MonkeyPatch) -> None:
    one = mine()
    monkeypatch.setattr(desk, "ROWS", ROWS)
    desk.fill(SimpleNamespace(admin_url=one.admin_url, name=one.database_url.rpartition("/")[2]))  # type: ignore[arg-type]


@covers("H3")
@pytest.mark.usefixtures("filled")
def test_a_tiny_desk_is_filled_and_every_list_keeps_its_budget_at_the_top_and_deep_down() -> None:
    assert (Trade.objects.count(), SurveillanceAlert.objects.count()) == (ROWS, ROWS)
    client = Client()
    client.force_login(desk.officer(), backend="django.contrib.auth.backends.ModelBackend")
    for path in ("/admin/watch/trades/", "/admin/watch/trades/?after=TRD-0000000061", "/admin/watch/trades/?party=ORG-D000000001",
                 "/admin/alerts/?show=all", "/admin/alerts/?show=all&after=ALR-0000000061", "/admin/queue/trades/",
                 "/admin/queue/alerts/?q=x", "/admin/"):
        number, counts = desk.statements(desk.asker(path, client))
        assert number <= desk.MOST and not counts, (path, number, counts)


def test_the_list_benchmark_fills_and_grows_and_its_list_is_told() -> None:
    one = mine()
    ground = SimpleNamespace(admin_url=one.admin_url, name=one.database_url.rpartition("/")[2])
    lists.fill(ground, ROWS)  # type: ignore[arg-type]
    lists.fill(ground, ROWS + 20, begun=ROWS)  # type: ignore[arg-type]
    assert Listing.objects.count() == ROWS + 20
    assert len(Client().get("/api/listings/?limit=50").json()["items"]) == 50
