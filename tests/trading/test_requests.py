"""Requests for quotes: sealed until the round is over, compared, countered by a further round, awarded once or ended without.

Worked example: three sellers quote 9,000, 8,000 and 8,500; the buyer counters with 7,500; the second comes down to 7,600 and is awarded.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from evidence.operations import operation
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import Listing
from listings.search import index_listing
from participants.models import Notice, Organization, OwnershipStake
from tests.factories import make_organization
from tests.threads import together
from tests.trading.deals import PRICE, asked, closed, negotiable, quoted
from tests.trading.worlds import make_buyer, make_listing, move, seller_of, stand
from trading import tasks
from trading.models import Quote, Rfq, Trade
from trading.operations import award_rfq, cancel_rfq, give_quote, next_round, open_rfq, reject_quotes, withdraw_quote
from trading.operations.dealing import form_trade
from trading.requests import board, budget_shown, compared, quotes_for, standing_quotes, suggested, terms_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]


def refused(code: str, act: Callable[..., Any], **given: Any) -> None:
    with pytest.raises(Rejected) as caught:
        act(**given, clock=MARKET_CLOCK)
    assert caught.value.code == code


@covers("CAP-E4", "I19")
def test_the_worked_example_with_its_counter_offer() -> None:
    rfq, buyer = asked(budget_fen=900_000)
    (_, _), (second, b), (third, c) = quoted(rfq, 900_000), quoted(rfq, 800_000), quoted(rfq, 850_000)
    held = closed(rfq)
    assert held.status == "evaluating" and held.due_at is not None
    next_round(rfq=held, closes_at=MARKET_CLOCK.now() + timedelta(hours=24), target_fen=750_000, message="请按目标价调整", actor=buyer,
               clock=MARKET_CLOCK)
    better = give_quote(rfq=rfq, listing=second.listing, price_fen=760_000, actor=b, clock=MARKET_CLOCK)
    held = closed(rfq, hours=24)
    rows = compared(held, quotes_for(held, buyer.organization_id), at=MARKET_CLOCK.now())
    assert [(row.place, row.quote.price_fen, row.over_fen) for row in rows] == [
        (1, 760_000, 10_000), (2, 850_000, 100_000), (3, 900_000, 150_000)]
    award_rfq(rfq=held, quote=better, actor=buyer, clock=MARKET_CLOCK)
    held.refresh_from_db()
    assert (held.status, held.trade.price_fen, held.trade.state.status) == ("awarded", 760_000, "executed")  # type: ignore[union-attr]
    third.refresh_from_db()
    second.refresh_from_db()
    assert (third.status, second.status) == ("lost", "withdrawn")
    assert Notice.objects.filter(organization_id=c.organization_id, subject=rfq.code, text_en__contains="another quote was chosen").exists()
    told = Record.objects.filter(subject=rfq.code).values_list("kind", flat=True)
    assert sorted(told) == ["trading.rfq.awarded", "trading.rfq.closed", "trading.rfq.closed", "trading.rfq.opened", "trading.rfq.reopened"]


@covers("T39", "R103")
def test_nobody_reads_a_quote_before_the_round_is_over_not_even_in_the_record_book() -> None:
    rfq, buyer = asked()
    quote, seller = quoted(rfq, 812_345)
    assert quotes_for(rfq, buyer.organization_id) == []
    assert [one.pk for one in quotes_for(rfq, seller.organization_id)] == [quote.pk]
    assert quotes_for(rfq, make_buyer().organization_id) == []
    assert all("812345" not in str(row.payload) for row in Record.objects.filter(subject__in=[rfq.code, quote.code]))
    held = closed(rfq)
    assert [one.price_fen for one in quotes_for(held, buyer.organization_id)] == [812_345]
    assert quotes_for(held, seller.organization_id) == [quote]


@covers("CAP-E4")
def test_a_quote_is_replaced_or_taken_back_while_the_round_is_open_and_binds_afterwards() -> None:
    rfq, _ = asked()
    first, seller = quoted(rfq)
    second = give_quote(rfq=rfq, listing=first.listing, price_fen=PRICE - 1, actor=seller, clock=MARKET_CLOCK)
    assert standing_quotes(rfq) == [second]
    withdraw_quote(quote=second, actor=seller, clock=MARKET_CLOCK)
    assert standing_quotes(rfq) == []
    third = give_quote(rfq=rfq, listing=first.listing, price_fen=PRICE, actor=seller, clock=MARKET_CLOCK)
    move(hours=48)
    refused("trading.quote.too_late", withdraw_quote, quote=third, actor=seller)
    refused("trading.quote.too_late", give_quote, rfq=rfq, listing=first.listing, price_fen=1, actor=seller)


@covers("CAP-E4", "F3")
def test_without_quotes_it_has_failed_and_undecided_it_fails_after_ten_working_days() -> None:
    lonely, _ = asked()
    rfq, buyer = asked()
    quote, _ = quoted(rfq)
    move(hours=48)
    assert tasks.end_talks() == 2
    lonely.refresh_from_db()
    rfq.refresh_from_db()
    assert (lonely.status, rfq.status) == ("failed", "evaluating")
    move(days=21)
    refused("trading.rfq.not_deciding", award_rfq, rfq=rfq, quote=quote, actor=buyer)
    assert tasks.end_talks() == 1
    rfq.refresh_from_db()
    quote.refresh_from_db()
    assert (rfq.status, quote.status) == ("failed", "expired")


@covers("CAP-E4")
def test_the_buyer_ends_it_without_an_award_for_a_reason_the_sellers_are_told() -> None:
    rfq, buyer = asked()
    quote, _ = quoted(rfq)
    held = closed(rfq)
    refused("trading.rfq.faulty", reject_quotes, rfq=held, reason=" ", actor=buyer)
    refused("participants.object.absent", reject_quotes, rfq=held, reason="x", actor=make_buyer())
    assert reject_quotes(rfq=held, reason="预算调整", actor=buyer, clock=MARKET_CLOCK).status == "failed"
    quote.refresh_from_db()
    assert quote.status == "lost"
    other, owner = asked()
    quoted(other)
    assert cancel_rfq(rfq=other, reason="不再需要", actor=owner, clock=MARKET_CLOCK).status == "cancelled"
    assert Trade.objects.count() == 0


@covers("R53", "CAP-E4")
def test_those_tied_to_the_buyer_are_not_invited_and_do_not_quote_and_ties_among_bidders_are_shown() -> None:
    rfq, buyer = asked()
    own = Organization.objects.get(pk=buyer.organization_id)
    daughter = make_organization()
    OwnershipStake.objects.create(owner=own, owned=daughter, share_bps=2_500, effective_from=MARKET_CLOCK.now())
    with pytest.raises(Rejected, match=r"purchase\.affiliated"):
        quoted(rfq, seller=daughter)
    with pytest.raises(Rejected, match=r"rfq\.affiliated"):
        asked(buyer, public=False, invited=[daughter])
    one, _ = quoted(rfq)
    sister = make_organization()
    OwnershipStake.objects.create(owner=one.seller, owned=sister, share_bps=2_500, effective_from=MARKET_CLOCK.now())
    two, _ = quoted(rfq, PRICE + 1, seller=sister)
    held = closed(rfq)
    rows = compared(held, quotes_for(held, buyer.organization_id), at=MARKET_CLOCK.now())
    assert [row.tied for row in rows] == [(two.code,), (one.code,)]


@covers("CAP-E4")
def test_a_tender_is_for_those_invited_and_later_rounds_for_those_who_quoted() -> None:
    guest = make_organization()
    tender, buyer = asked(public=False, invited=[guest])
    with pytest.raises(Rejected, match=r"quote\.not_invited"):
        quoted(tender)
    quoted(tender, seller=guest)
    assert tender not in board() and tender not in Rfq.objects.visible_to(None)
    rfq, buyer = asked()
    quoted(rfq)
    next_round(rfq=closed(rfq), closes_at=MARKET_CLOCK.now() + timedelta(hours=2), actor=buyer, clock=MARKET_CLOCK)
    with pytest.raises(Rejected, match=r"quote\.round_closed"):
        quoted(rfq)


@covers("CAP-E4", "R5", "B5")
def test_at_the_award_every_rule_of_a_purchase_is_asked_again() -> None:
    rfq, buyer = asked()
    quote, _ = quoted(rfq)
    held = closed(rfq)
    stand(quote.seller, "suspended")
    with pytest.raises(Rejected):
        award_rfq(rfq=held, quote=quote, actor=buyer, clock=MARKET_CLOCK)
    quote.refresh_from_db()
    assert (Rfq.objects.get(pk=rfq.pk).status, quote.status, Trade.objects.count()) == ("evaluating", "standing", 0)


@covers("CAP-E4", "I19")
@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
def test_two_awards_at_once_are_one_trade_and_without_the_lock_they_are_two() -> None:
    rfq, buyer = asked()
    (one, _), (two, _) = quoted(rfq), quoted(rfq)
    held = closed(rfq)
    results = together([lambda quote=quote: award_rfq(rfq=held, quote=quote, actor=buyer, clock=MARKET_CLOCK) for quote in (one, two)])
    assert Trade.objects.count() == 1 and sum(isinstance(row, Rejected) for row in results) == 1

    again, buyer = asked()
    (one, _), (two, _) = quoted(again), quoted(again)
    known = closed(again)

    @operation("trading.rfq.award")
    def naive(*, quote: Quote, actor: Actor, clock: Clock) -> None:
        """Looks at the state as the page showed it, and writes the trade."""
        if known.status == "evaluating":
            form_trade(quote.listing, quote.version, known.buyer, terms_for(known, quote.price_fen), actor=actor, at=clock.now())

    together([lambda quote=quote: naive(quote=quote, actor=buyer, clock=MARKET_CLOCK) for quote in (one, two)])
    assert Trade.objects.count() == 3, "the naive award gives one request to two sellers"


@covers("CAP-E4")
def test_the_database_refuses_late_quotes_second_winners_and_another_price() -> None:
    rfq, _ = asked()
    quote, _ = quoted(rfq)
    closed(rfq)
    late = Quote.objects.get(pk=quote.pk)
    late.pk, late.code, late.status = None, "QTE-LATE", "standing"
    late.seller = make_organization()
    with pytest.raises(DatabaseError, match="outside the time"), transaction.atomic():
        late.save(force_insert=True)
    with pytest.raises(DatabaseError), transaction.atomic():
        Quote.objects.filter(pk=quote.pk).update(price_fen=1)
    with pytest.raises(DatabaseError, match="awarded_is_a_trade"), transaction.atomic():
        Rfq.objects.filter(pk=rfq.pk).update(status="awarded", due_at=None, ended_at=MARKET_CLOCK.now())


@covers("CAP-E4", "R103")
def test_a_hidden_budget_is_the_buyers_alone_and_the_board_is_searched() -> None:
    rfq, buyer = asked(budget_fen=500_000, budget_hidden=True, sector="G")
    asked(title="医院设备维护", need="设备台账", sector="Q", purpose="research")
    assert budget_shown(rfq, buyer.organization_id) == 500_000 and budget_shown(rfq, None) is None
    assert [one.pk for one in board("航迹 华东")] == [rfq.pk] and list(board("航迹", sector="Q")) == []
    assert [one.purpose for one in board(purpose="research")] == ["research"]


@covers("CAP-E4", "D1")
def test_the_catalogue_suggests_what_may_fit_and_its_sellers_are_told() -> None:
    listing = make_listing(sale_mode="fixed", price_fen=PRICE, title_zh="华东港口航迹", sector="G")
    index_listing(Listing.objects.get(pk=listing.pk))
    rfq, _ = asked(title="港口航迹", sector="G")
    assert [one.pk for one in suggested(rfq)] == [listing.pk]
    told = Notice.objects.filter(subject=rfq.code)
    assert [(one.organization_id, "close to what you sell" in one.text_en) for one in told] == [(listing.organization_id, True)]

@covers("CAP-E4")
def test_a_request_is_complete_and_its_round_has_a_fitting_end() -> None:
    buyer = make_buyer()
    now = MARKET_CLOCK.now()
    good: dict[str, Any] = {"title": "航迹", "need": "逐日", "purpose": "industry", "closes_at": now + timedelta(days=2), "actor": buyer}
    refused("trading.rfq.faulty", open_rfq, **(good | {"title": ""}))
    refused("trading.rfq.faulty", open_rfq, **(good | {"purpose": "fraud"}))
    refused("trading.rfq.faulty", open_rfq, **(good | {"budget_fen": -1}))
    refused("trading.rfq.times", open_rfq, **(good | {"closes_at": now + timedelta(minutes=30)}))
    refused("trading.rfq.times", open_rfq, **(good | {"closes_at": now + timedelta(days=61)}))
    refused("trading.rfq.invitations", open_rfq, **(good | {"public": False}))
    refused("participants.permission.denied", open_rfq, **(good | {"actor": seller_of(negotiable())}))
