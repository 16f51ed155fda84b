"""The demo's history is lived through the real operations, the same for the same seed, and breaks no invariant."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from threading import Event, Timer

import pytest
from django.db import connection

from compliance.models import (
    Case,
    Complaint,
    CovenantBreach,
    CovenantSignature,
    DisputeMediator,
    Engagement,
    JointCase,
    LetterTemplate,
)
from evidence.clock import MARKET_CLOCK
from evidence.invariants import check_all
from listings.models import Consent, ListingVersion, Pilot, RegistrationObjection
from participants.models import TimedGrant
from simulation import clock
from simulation.agents.episodes import MENDED
from simulation.clock import last_recorded_at
from simulation.market import Market
from simulation.scenarios import house
from simulation.scenarios.going_on import GoingOn
from simulation.scenarios.house import open_house
from simulation.scenarios.opening import ACT_BUDGET, DAYS
from tests import clones
from trading.models import VenuePilot

pytestmark = pytest.mark.django_db(transaction=True)


#: A Wednesday evening in Shanghai: offices work on the days before it, whatever day the tests run.
WEDNESDAY = datetime(2026, 11, 18, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _wednesday(monkeypatch) -> None:
    for module in (clock, house):
        monkeypatch.setattr(module, "present", lambda: WEDNESDAY)


def facts() -> Counter[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, count(*) FROM evidence_record WHERE kind <> 'simulation.market.lived' GROUP BY 1")
        return Counter(dict(cursor.fetchall()))


def subjects() -> set[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, subject FROM evidence_record WHERE kind <> 'simulation.market.lived'")
        return set(cursor.fetchall())


def test_the_same_seed_lives_the_same_facts_and_a_start_with_nothing_missing_adds_none() -> None:
    first = open_house(days=2)
    assert first.acts > 50 and first.days == 2
    assert WEDNESDAY == first.lived_to <= MARKET_CLOCK.now() <= WEDNESDAY + timedelta(minutes=1)
    once, of = facts(), subjects()
    assert open_house(days=2).acts == 0
    assert facts() == once
    clones.renew_clone()
    open_house(days=2)
    assert facts() == once
    assert subjects() == of, "codes are drawn from the seed: who is sampled falls the same way again"


def test_a_market_is_lived_keeps_every_invariant_and_goes_on_trading() -> None:
    opened = open_house(days=15)
    kinds = facts()
    assert kinds["participants.admission.admitted"] == 25 and kinds["listings.listing.published"] >= 20
    assert kinds["listings.authorisation.confirmed"] == 2 and kinds["listings.principal.taken_on"] == 5
    assert kinds["participants.size.stated"] == 7, "firms state their size, so that small firms can be counted"
    assert kinds["trading.auction.announced"] >= 5 and opened.market is not None
    assert check_all().violations == []
    _the_desks_pages_have_something_to_show()

    trading = GoingOn(stopping := Event(), pace_s=0.2)
    Timer(12, stopping.set).start()
    trading.run()
    assert trading.market.acts > 0 and trading.engine is not None
    assert facts()["trading.bidder.registered"] + facts()["trading.bid.placed"] > (
        kinds["trading.bidder.registered"] + kinds["trading.bid.placed"])


def _the_desks_pages_have_something_to_show() -> None:
    """Each page of the desk: covenant, mediation, letters, complaints, joint work, pilot, grants; nothing is late that nobody took."""
    assert CovenantSignature.objects.filter(status="signed").count() >= 3 and CovenantBreach.objects.filter(status="upheld").exists()
    assert DisputeMediator.objects.filter(agreed_at__isnull=False).exists()
    assert LetterTemplate.objects.filter(effective_from__isnull=False).count() == 3
    assert LetterTemplate.objects.filter(effective_from__isnull=True).count() == 1, "one waits for its second person"
    assert set(JointCase.objects.values_list("status", flat=True)) == {"concluded", "running"}
    assert {"closed", "handling", "received"} <= set(Complaint.objects.values_list("status", flat=True))
    assert VenuePilot.objects.get().status == "running" and TimedGrant.objects.count() == 2
    assert Case.objects.filter(kind="trade_review", status="closed").exists()
    late = Case.objects.exclude(status="closed").filter(due_at__lte=WEDNESDAY, assignee__isnull=True)
    assert [(one.code, one.kind, one.title_zh) for one in late] == [], "what is overdue is in somebody's hands"
    named = Case.objects.exclude(kind="trade_review")  # a trade outside the exchange has the one title its reporter gave
    assert [one.title_en for one in named if any("\u4e00" <= letter <= "\u9fff" for letter in one.title_en)] == []


def test_a_start_after_a_pause_lives_the_days_that_were_missed(monkeypatch) -> None:
    for module in (clock, house):
        monkeypatch.setattr(module, "present", lambda: WEDNESDAY - timedelta(days=1))
    open_house(days=1)
    before = last_recorded_at()
    for module in (clock, house):
        monkeypatch.setattr(module, "present", lambda: WEDNESDAY)
    missed = open_house(days=1)
    assert before is not None and missed.lived_from == before and missed.days == 1 and missed.acts > 0
    assert MARKET_CLOCK.now() >= missed.lived_to


def test_an_opening_broken_off_goes_on_where_it_stands(monkeypatch) -> None:
    def break_off(day: int, days: int, market: Market) -> None:
        if day == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        open_house(days=3, progress=break_off)
    assert not house.opening_is_complete()
    done = facts()
    open_house(days=3)
    assert house.opening_is_complete()
    assert facts()["participants.admission.admitted"] == 25
    assert all(facts()[kind] >= count for kind, count in done.items())


@pytest.mark.fault
def test_the_whole_opening_stays_in_its_budget_and_leaves_nothing_to_find() -> None:
    opened = open_house()
    print(f"{opened.days} days, {opened.acts} acts, {opened.refused} refused")
    assert opened.days == DAYS and opened.acts <= ACT_BUDGET
    kinds = facts()
    print(kinds)
    assert kinds["trading.trade.executed"] >= 100 and kinds["trading.bid.placed"] >= 1_000
    assert check_all().violations == []
    mended = ListingVersion.objects.filter(file_name__in=MENDED).order_by("number").values_list("number", "status")
    assert list(mended) == [(1, "withdrawn"), (2, "published")], "refused, mended, on sale"
    assert [one.registration.status for one in RegistrationObjection.objects.filter(reply__gt="")] == ["objected"]
    assert sorted(Consent.objects.values_list("status", flat=True)) == ["active", "withdrawn"]
    assert list(Pilot.objects.values_list("status", flat=True)) == ["running"]
    assert list(Engagement.objects.values_list("status", "paid_fen")) == [("completed", 291_000)], "3,000 yuan less 3 percent"
