"""One version, many hands: approve, withdraw and return at once leave exactly one legal edge (T9); two editors never overwrite (T8)."""

from __future__ import annotations

import os
import threading
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from evidence.models import Record
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import Listing, ListingVersion, Review
from listings.operations import claim_review, decide_review, save_draft, submit_listing, withdraw_version
from listings.publishing import locked_listing
from listings.states import VERSION
from participants.roles import Role
from tests.factories import make_actor
from tests.listings.worlds import make_draft, make_seller
from tests.threads import together

FULL = os.environ.get("FULL") == "1"
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]


@covers("T9", "I17")
def test_approve_withdraw_and_return_at_once_leave_exactly_one_outcome() -> None:
    rounds = 200 if FULL else 20
    print(f"T9: {rounds} rounds of approve, return and withdraw at once")
    officer = make_actor(Role.COMPLIANCE_OFFICER)
    sellers = [make_seller() for _ in range(0, rounds, 20)]  # one may have twenty products on sale
    for number in range(rounds):
        seller = sellers[number // 20]
        version = submit_listing(version=make_draft(seller, stage="intermediate", keywords="机密★"), actor=seller.actor, clock=seller.clock)
        assert version.depth == "amber"
        row = claim_review(review=Review.objects.get(version=version), actor=officer, clock=seller.clock)
        fields: dict[str, Any] = {"rules": ["NL-R-06"], "reason": "依据充分完整", "actor": officer, "clock": seller.clock}
        answers = together([
            lambda row=row, fields=fields: decide_review(review=row, verdict="approve", **fields),
            lambda row=row, fields=fields: decide_review(review=row, verdict="return", **fields),
            lambda version=version, seller=seller: withdraw_version(version=version, actor=seller.actor, clock=seller.clock),
        ])
        faults = [one for one in answers if isinstance(one, Exception)]
        assert all(isinstance(one, Rejected) for one in faults), faults
        version.refresh_from_db()
        told = list(Record.objects.filter(subject=version.listing.code, payload__version_code=version.code, kind__in=[
            "listings.listing.approved", "listings.listing.returned", "listings.listing.withdrawn"]).order_by("at", "id")
            .values_list("kind", flat=True))
        outcomes = {"listings.listing.approved", "listings.listing.returned", "listings.listing.withdrawn"}
        assert set(told) <= outcomes and 1 <= len(told) <= 2, told
        if len(told) == 2:
            assert "listings.listing.withdrawn" in told, "only a returned version can be withdrawn as well"
        assert version.status in {following for _, following in VERSION.items()}


@covers("T8")
def test_of_two_editors_at_once_one_is_told_that_somebody_saved() -> None:
    rounds = 50 if FULL else 10
    print(f"T8: {rounds} rounds of two editors at once")
    seller = make_seller()
    draft = make_draft(seller)
    for number in range(rounds):
        held = ListingVersion.objects.get(pk=draft.pk)
        answers = together([
            lambda held=held, name=name: save_draft(version=held, edit_version=held.edit_version, changes={"title_zh": name},
                                                    actor=seller.actor,
                                                    clock=seller.clock)
            for name in (f"甲的修改第{number}次", f"乙的修改第{number}次")])
        refused = [one for one in answers if isinstance(one, Rejected)]
        saved = [one for one in answers if isinstance(one, ListingVersion)]
        assert len(saved) == 1 and [one.code for one in refused] == ["listings.version.stale"], answers
        assert ListingVersion.objects.get(pk=draft.pk).title_zh == saved[0].title_zh


def test_saving_without_the_version_column_overwrites() -> None:
    """The mutant of T8: read, change, write."""
    seller = make_seller()
    draft = make_draft(seller)
    barrier = threading.Barrier(2)

    def naive(name: str) -> bool:
        held = ListingVersion.objects.get(pk=draft.pk)
        barrier.wait()
        held.title_zh = name
        held.save(update_fields=["title_zh"])
        return True

    assert together([lambda: naive("甲的修改"), lambda: naive("乙的修改")]) == [True, True], "both believe they saved"


def _asked_beside(listing: Listing, strength: str) -> Any:
    """What another connection gets that asks for the row and does not wait."""

    def ask() -> bool:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SELECT 1 FROM listings_listing WHERE id = %s FOR {strength} NOWAIT", [listing.pk])
            return cursor.fetchone() is not None

    return together([ask])[0]


@covers("T8")
def test_a_trade_that_names_a_listing_at_its_commit_does_not_wait_for_whoever_changes_the_listing() -> None:
    """The foreign key asks for the row at the commit, when the trade holds other locks: to wait there is half of a deadlock."""
    listing = make_draft(make_seller()).listing
    with transaction.atomic():
        locked_listing(listing)
        assert _asked_beside(listing, "KEY SHARE") is True
        assert isinstance(_asked_beside(listing, "NO KEY UPDATE"), OperationalError), "two who change it still take turns"


def test_the_naive_lock_on_the_whole_row_keeps_the_trade_waiting() -> None:
    listing = make_draft(make_seller()).listing
    with transaction.atomic():
        Listing.objects.select_for_update().get(pk=listing.pk)
        assert isinstance(_asked_beside(listing, "KEY SHARE"), OperationalError)
