"""Trying before buying: once per buyer organisation, for the trial's own days, people and price (R1).

Worked example: 14 days for two people at nothing; afterwards the licence at 8,000 yuan is bought like any other.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from ledger.accounts import AccountKind
from ledger.operations import account
from ledger.queries import balance
from listings.models import Listing
from listings.trials import Trial, read_trial, trial_in
from tests.threads import together
from tests.trading.test_pages import shown, signed_in
from tests.trading.test_purchases import buy, fresh, on_sale
from tests.trading.worlds import make_buyer, seller_of, stand_still
from trading.models import Trade, TrialUse
from trading.trials import take_trial, tried

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]
OFFER = {"days": 14, "seats": 2, "rows": None, "price_fen": 0}


def offered(**more: Any) -> Listing:
    return on_sale(use_terms={"trial": OFFER | more, "term_days": 365})


def take(listing: Listing, buyer: Actor) -> Trade:
    held = fresh(listing)
    assert held.version is not None
    return take_trial(listing=held, version=held.version.code, actor=buyer, clock=MARKET_CLOCK)


@covers("R1", "F1")
def test_the_worked_example_is_tried_once_and_bought_afterwards() -> None:
    listing, buyer = offered(), make_buyer(800_000)
    trade = take(listing, buyer)
    assert (trade.price_fen, trade.state.status) == (0, "funded")
    assert trade.deed.term_to == trade.deed.term_from + timedelta(days=14)
    licensed = trade.agreement["object"]["use_terms"]
    assert (licensed["term_days"], licensed["seats"], "trial" in licensed) == (14, 2, False)
    assert tried(listing, buyer.organization_id) and Record.objects.filter(kind="trading.trial.taken", subject=trade.code).count() == 1
    with pytest.raises(Rejected, match=r"trial\.tried"):
        take(listing, buyer)
    assert Trade.objects.count() == 1, "a refused trial leaves no trade"
    assert buy(fresh(listing), buyer).price_fen == 800_000
    assert take(listing, make_buyer()).price_fen == 0, "once for each organisation"


@covers("R1")
def test_a_trial_may_have_a_price_and_asks_what_a_purchase_asks() -> None:
    listing, buyer = offered(price_fen=5_000), make_buyer(5_000)
    with pytest.raises(Rejected, match=r"permission\.denied"):
        take(listing, seller_of(listing))
    trade = take(listing, buyer)
    assert balance(account(trade.code, AccountKind.ESCROW)).posted_fen == 5_000
    with pytest.raises(Rejected, match=r"trial\.not_offered"):
        take(on_sale(), buyer)
    with pytest.raises(Rejected, match=r"trial\.other_version"):
        take_trial(listing=offered(), version="LSV-OTHER", actor=make_buyer(), clock=MARKET_CLOCK)


@covers("R1")
@pytest.mark.parametrize("wrong", [7, {}, {"days": 0}, {"days": 91}, {"days": True}, {"days": 1, "seats": 0}, {"days": 1, "price_fen": -1},
                                   {"days": 1, "rows": 0}, {"days": 1, "more": 1}])
def test_what_is_no_trial_is_refused_in_both_languages(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r".") as no:
        read_trial(wrong)
    assert len(no.value.args) == 2
    assert trial_in({"trial": OFFER}) == Trial(14, 2) and trial_in({}) is None


@covers("R1", "C7")
def test_the_order_page_offers_it_until_it_was_taken() -> None:
    listing, buyer = offered(), make_buyer()
    client, address = signed_in(buyer), f"/listings/{listing.code}/buy/"
    assert "先试用" in shown(client, address)
    assert listing.version is not None
    assert client.post(address, {"act": "trial", "version": listing.version.code}).status_code == 302
    assert "先试用" not in shown(client, address)


@covers("R1")
def test_the_database_keeps_who_tried() -> None:
    take(offered(), make_buyer())
    for change in (lambda: TrialUse.objects.update(at=MARKET_CLOCK.now()), lambda: TrialUse.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@covers("T9", "R1")
@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
def test_two_trials_at_once_are_one() -> None:
    stand_still()
    listing, buyer = offered(), make_buyer()
    results = together([lambda: take(listing, buyer)] * 2)
    assert sum(isinstance(one, Trade) for one in results) == 1, results
    assert Trade.objects.filter(buyer_id=buyer.organization_id).count() == 1


@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
def test_without_the_key_and_the_lock_both_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: who tried is looked up beforehand, as the page does, and not written under a key."""
    from threading import Barrier

    from trading import trials

    stand_still()
    listing, buyer = offered(), make_buyer()
    barrier = Barrier(2, timeout=60)

    def looked_up(held: Listing) -> Listing:
        assert not TrialUse.objects.filter(listing=held, buyer_id=buyer.organization_id).exists()
        barrier.wait()
        return fresh(held)

    monkeypatch.setattr(trials, "lock_stock", looked_up)
    monkeypatch.setattr(trials, "TrialUse", type("Rows", (), {"objects": type("None", (), {"create": staticmethod(lambda **row: None)})}))
    together([lambda: take(listing, buyer)] * 2)
    assert Trade.objects.filter(buyer_id=buyer.organization_id).count() == 2
