"""Bargains on the floor: who may act, what the two see, one trade of one agreement, and every rule of a purchase asked at the end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from evidence.operations import operation
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from ledger.accounts import AccountKind
from ledger.operations import account
from ledger.queries import balance
from listings.models import Listing, ListingVersion
from participants.actors import actor_of
from participants.models import Notice, Organization, OwnershipStake, Person
from participants.roles import Role
from participants.spending import set_spending_limit
from tests.factories import make_user
from tests.listings.public_worlds import capped, granted, make_operator, public_draft
from tests.threads import together
from tests.trading.deals import PRICE, bargain, negotiable, offered, terms
from tests.trading.test_public_uses import free
from tests.trading.worlds import bought, make_buyer, make_listing, move, seller_of, stand
from trading import tasks
from trading.deal_gates import price_cap
from trading.models import Negotiation, NegotiationOffer, Trade
from trading.operations import (
    accept_offer,
    buy_listing,
    counter_offer,
    decline_offer,
    default_trade,
    hold_quote,
    offer_privately,
    open_negotiation,
    pay_trade,
    withdraw_offer,
)
from trading.operations.dealing import form_trade

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]


def refused(code: str, act: Callable[..., Any], **given: Any) -> None:
    with pytest.raises(Rejected) as caught:
        act(**given, clock=MARKET_CLOCK)
    assert caught.value.code == code


def accept(one: Negotiation, actor: Actor, seen: int = 1) -> Negotiation:
    return accept_offer(negotiation=one, seen=seen, actor=actor, clock=MARKET_CLOCK)


@covers("CAP-E4", "F3", "I19")
def test_offer_counter_offer_and_acceptance_make_one_trade_that_the_buyer_pays() -> None:
    one, seller, buyer = bargain(600_000)
    counter_offer(negotiation=one, terms=terms(800_000), note="含一年更新", actor=seller, clock=MARKET_CLOCK)
    counter_offer(negotiation=one, terms=terms(700_000, seats=5), actor=buyer, clock=MARKET_CLOCK)
    done = accept(one, seller, 3)
    trade = Trade.objects.get(negotiation=done)
    assert (trade.price_fen, trade.state.status, trade.basis) == (700_000, "executed", "deal")
    assert trade.agreement["object"]["use_terms"]["seats"] == 5 and trade.state.due_at is not None
    pay_trade(trade=trade, actor=buyer, clock=MARKET_CLOCK)
    assert balance(account(trade.code, AccountKind.ESCROW)).posted_fen == 700_000
    told = list(Record.objects.filter(subject=one.code).order_by("at", "id").values_list("kind", flat=True))
    assert sorted(told) == sorted(["trading.negotiation.opened", *["trading.negotiation.countered"] * 2, "trading.negotiation.accepted"])
    assert [row.price_fen for row in NegotiationOffer.objects.filter(negotiation=one).order_by("seq")] == [600_000, 800_000, 700_000]


@covers("R103", "CAP-E4")
def test_what_is_offered_enters_the_record_book_as_a_commitment_only() -> None:
    one, _, _ = bargain(612_345)
    for row in Record.objects.filter(subject=one.code):
        assert "612345" not in str(row.payload) and "offer_commitment" in row.payload


@covers("CAP-E4")
def test_only_the_side_whose_turn_it_is_answers_and_strangers_find_nothing() -> None:
    one, seller, buyer = bargain()
    refused("trading.negotiation.not_your_turn", accept_offer, negotiation=one, seen=1, actor=buyer)
    refused("trading.negotiation.not_your_turn", counter_offer, negotiation=one, terms=terms(1), actor=buyer)
    refused("trading.negotiation.not_your_offer", withdraw_offer, negotiation=one, actor=seller)
    refused("participants.object.absent", accept_offer, negotiation=one, seen=1, actor=make_buyer())
    assert withdraw_offer(negotiation=one, actor=buyer, clock=MARKET_CLOCK).status == "withdrawn"
    refused("trading.negotiation.over", decline_offer, negotiation=one, actor=seller)


@covers("CAP-E4")
def test_who_accepts_what_is_no_longer_on_the_table_is_told_so() -> None:
    one, seller, buyer = bargain()
    counter_offer(negotiation=one, terms=terms(900_000), actor=seller, clock=MARKET_CLOCK)
    refused("trading.negotiation.moved_on", accept_offer, negotiation=one, seen=1, actor=buyer)
    assert accept(one, buyer, 2).trade is not None
    assert accept(one, buyer, 2).trade is not None, "twice is once"
    assert Trade.objects.count() == 1


@covers("F3", "CAP-E4")
def test_nobody_answers_within_three_working_days_and_it_expires() -> None:
    one, seller, buyer = bargain()
    assert one.due_at is not None and tasks.end_talks() == 0
    move(days=7)
    refused("trading.negotiation.late", accept_offer, negotiation=one, seen=1, actor=seller)
    assert tasks.end_talks() == 1 and tasks.end_talks() == 0
    one.refresh_from_db()
    assert (one.status, one.due_at) == ("expired", None)
    assert Notice.objects.filter(organization_id=buyer.organization_id, subject=one.code, text_en__contains="expired").exists()


@covers("CAP-E4")
def test_an_offer_may_be_open_for_an_hour_to_thirty_days() -> None:
    now, listing, buyer = MARKET_CLOCK.now(), negotiable(), make_buyer()
    for until in (now + timedelta(minutes=59), now + timedelta(days=31)):
        refused("trading.negotiation.deadline", open_negotiation, listing=listing, terms=terms(), until=until, actor=buyer)
    one = open_negotiation(listing=listing, terms=terms(), until=now + timedelta(hours=2), actor=buyer, clock=MARKET_CLOCK)
    assert one.due_at == now + timedelta(hours=2)
    refused("trading.negotiation.one_open", open_negotiation, listing=listing, terms=terms(), actor=buyer)


# ---- what a purchase asks is asked at the end ------------------------------------------------------------------------------


def _suspend_listing(one: Negotiation) -> None:
    Listing.objects.filter(pk=one.listing_id).update(status="suspended")


def _suspend_buyer(one: Negotiation) -> None:
    stand(one.buyer, "suspended")


def _suspend_seller(one: Negotiation) -> None:
    stand(one.seller, "suspended")


def _affiliate(one: Negotiation) -> None:
    OwnershipStake.objects.create(owner=one.seller, owned=one.buyer, share_bps=2_500, effective_from=MARKET_CLOCK.now())


def _sell_out(one: Negotiation) -> None:
    bought(Organization.objects.get(pk=make_buyer().organization_id), 1, MARKET_CLOCK.now(), listing=one.listing)


@covers("CAP-E4", "I13", "R5", "R53", "B5")
@pytest.mark.parametrize(("change", "code"), [
    (_suspend_listing, "listings.listing.suspended"), (_suspend_buyer, "participants.standing.suspended"),
    (_suspend_seller, "participants.standing.suspended"), (_affiliate, "trading.purchase.affiliated"),
    (_sell_out, "trading.purchase.sold_out")])
def test_what_changed_since_the_offer_is_asked_again_at_acceptance(change: Callable[[Negotiation], None], code: str) -> None:
    one, seller, _ = bargain(listing=negotiable(quota=1))
    change(one)
    before = Trade.objects.count()
    with pytest.raises(Rejected) as caught:
        accept(one, seller)
    one.refresh_from_db()
    assert caught.value.code.startswith(code.rpartition(".")[0]) and (one.status, Trade.objects.count()) == ("offered", before)


@covers("CAP-E4", "R5")
def test_what_is_auctioned_or_asked_for_another_purpose_or_longer_is_not_bargained_for() -> None:
    buyer = make_buyer()
    refused("trading.deal.not_negotiable", open_negotiation, listing=make_listing(), terms=terms(), actor=buyer)
    listing = negotiable(use_terms={"purposes": ["industry"], "term_days": 365})
    refused("trading.purchase.purpose", open_negotiation, listing=listing, terms=terms(purpose="research"), actor=buyer)
    refused("trading.deal.too_long", open_negotiation, listing=listing, terms=terms(purpose="industry", term_days=366), actor=buyer)
    refused("trading.deal.bad_terms", open_negotiation, listing=listing, terms=terms(purpose="industry", seats=0), actor=buyer)
    refused("trading.deal.bad_price", open_negotiation, listing=listing, terms=terms(-1, purpose="industry"), actor=buyer)
    refused("participants.permission.denied", open_negotiation, listing=listing, terms=terms(), actor=seller_of(listing))
    one, seller, _ = bargain(listing=listing, purpose="industry", term_days=90)
    agreed = accept(one, seller).trade.agreement  # type: ignore[union-attr]  # accepted
    assert agreed["object"]["use_terms"] | {"purposes": ["industry"], "term_days": 90} == agreed["object"]["use_terms"]
    assert agreed["purpose"] == "industry"


@covers("R17", "R18", "R44")
def test_public_data_is_never_bargained_above_its_cap_and_the_database_refuses_it_too() -> None:
    public: dict[str, Any] = {"sale_mode": "fixed", "category": "public", "facts": {"public_open_status": "unconditional"}}
    free = make_listing(price_fen=0, use_terms={"purposes": ["public_welfare"]}, **public)
    assert price_cap(free.version, MARKET_CLOCK.now()) == 0  # type: ignore[arg-type]  # published
    guided = make_listing(price_fen=50_000, pricing_mode="guided", use_terms={"purposes": ["industry"]}, **public)
    buyer = make_buyer()
    refused("trading.deal.above_cap", open_negotiation, listing=free, terms=terms(1, purpose="public_welfare"), actor=buyer)
    refused("trading.deal.above_cap", open_negotiation, listing=guided, terms=terms(50_001, purpose="industry"), actor=buyer)
    one, seller, _ = bargain(50_000, listing=guided, buyer=buyer, purpose="industry")
    refused("trading.deal.above_cap", counter_offer, negotiation=one, terms=terms(50_001, purpose="industry"), actor=seller)
    operator = make_operator()
    authorisation, grantor = granted(operator)
    draft = public_draft(operator, authorisation)
    capped(operator, authorisation, grantor, draft.listing.product, cap_fen=900_000)
    assert price_cap(draft, operator.clock.now()) == 900_000
    with pytest.raises(DatabaseError, match="above the cap"), transaction.atomic():
        bought(one.buyer, 50_001, MARKET_CLOCK.now(), listing=guided)


# ---- at the same instant ---------------------------------------------------------------------------------------------------


@covers("CAP-E4", "I19")
@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
def test_two_acceptances_at_once_are_one_trade_and_without_the_lock_they_are_two() -> None:
    one, seller, _ = bargain()
    together([lambda: accept(one, seller), lambda: accept(one, seller)])
    assert Trade.objects.filter(listing=one.listing).count() == 1

    def naive(talk: Negotiation) -> Callable[[], None]:
        """Reads the state without the lock, as an act that trusts what its page showed would."""
        found = Negotiation.objects.select_related("listing", "version", "buyer").get(pk=talk.pk)

        @operation("trading.negotiation.accept")
        def run(*, actor: Actor, clock: Clock) -> None:
            if found.status == "offered":
                form_trade(found.listing, found.version, found.buyer, found.terms, actor=actor, at=clock.now())

        return lambda: run(actor=SYSTEM, clock=MARKET_CLOCK)

    other, _, _ = bargain()
    together([naive(other), naive(other)])
    assert Trade.objects.filter(listing=other.listing).count() == 2, "the naive acceptance sells one agreement twice"


@covers("CAP-E4", "F3")
@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
def test_acceptance_and_withdrawal_at_once_have_one_winner() -> None:
    one, seller, buyer = bargain()
    results = together([lambda: accept(one, seller), lambda: withdraw_offer(negotiation=one, actor=buyer, clock=MARKET_CLOCK)])
    one.refresh_from_db()
    assert sum(isinstance(row, Rejected) for row in results) == 1
    assert Trade.objects.filter(listing=one.listing).count() == (one.status == "accepted")


@covers("CAP-E4")
def test_the_database_ties_an_acceptance_to_what_was_agreed() -> None:
    one, _, _ = bargain()
    trade = bought(one.buyer, PRICE - 1, MARKET_CLOCK.now(), listing=one.listing)
    with pytest.raises(DatabaseError, match="not what was agreed"), transaction.atomic():
        Negotiation.objects.filter(pk=one.pk).update(status="accepted", trade=trade, due_at=None, ended_at=MARKET_CLOCK.now())
    with pytest.raises(DatabaseError, match="accepted_is_a_trade"), transaction.atomic():
        Negotiation.objects.filter(pk=one.pk).update(status="accepted", due_at=None, ended_at=MARKET_CLOCK.now())


# ---- private offers and quotes that hold -----------------------------------------------------------------------------------


@covers("R24", "CAP-E4")
def test_who_asks_one_buyer_more_than_its_equals_paid_names_the_statutory_ground() -> None:
    listing = negotiable()
    for fen in (500_000, 600_000, 700_000):
        bought(Organization.objects.get(pk=make_buyer().organization_id), fen, MARKET_CLOCK.now(), listing=listing)
    buyer = make_buyer()
    with pytest.raises(Rejected, match=r"deal\.unequal"):
        offered(listing, buyer, 600_001)
    with pytest.raises(Rejected, match=r"deal\.unequal"):
        offered(listing, buyer, 600_001, ground="because")
    assert offered(listing, buyer, 600_001, ground="trade_custom").ground == "trade_custom"
    assert offered(listing, make_buyer(), 600_000).kind == "private"


@covers("CAP-E4")
def test_a_private_offer_is_seen_by_its_two_sides_alone_and_made_by_the_seller_alone() -> None:
    listing, buyer = negotiable(), make_buyer()
    one = offered(listing, buyer)
    assert one.turn == "buyer"
    refused("participants.object.absent", accept_offer, negotiation=one, seen=1, actor=make_buyer())
    refused("participants.object.absent", offer_privately, listing=listing, to=one.buyer, terms=terms(), actor=seller_of(negotiable()))
    assert accept(one, buyer).trade is not None


@covers("CAP-E1")
def test_a_held_quote_keeps_its_price_when_the_list_moves_and_is_taken_or_left() -> None:
    listing, buyer = make_listing(sale_mode="fixed", price_fen=PRICE), make_buyer()
    refused("trading.purchase.quote_moved", hold_quote, listing=listing, terms=terms(PRICE - 1), actor=buyer)
    held = hold_quote(listing=listing, terms=terms(PRICE), actor=buyer, clock=MARKET_CLOCK)
    old = listing.version
    dearer = ListingVersion.objects.get(pk=old.pk)  # type: ignore[union-attr]  # published
    ListingVersion.objects.filter(pk=dearer.pk).update(status="superseded")
    dearer.pk, dearer.code, dearer.number, dearer.price_fen, dearer.status = None, "LSV-DEARER", 2, 2 * PRICE, "draft"
    dearer.save(force_insert=True)
    for status in ("submitted", "approved", "published"):
        dearer.status = status
        dearer.save(update_fields=["status"])
    Listing.objects.filter(pk=listing.pk).update(version=dearer)
    refused("trading.negotiation.fixed", counter_offer, negotiation=held, terms=terms(1), actor=buyer)
    assert accept(held, buyer).trade.price_fen == PRICE  # type: ignore[union-attr]  # accepted
    with pytest.raises(Rejected, match=r"purchase\.quote_moved"):
        buy_listing(listing=listing, version=old.code, total_fen=PRICE, actor=buyer, clock=MARKET_CLOCK)  # type: ignore[union-attr]


@covers("CAP-E4")
def test_a_deal_that_is_not_paid_in_time_is_in_default() -> None:
    one, seller, _ = bargain()
    trade = accept(one, seller).trade
    assert trade is not None
    move(days=14)
    assert default_trade(trade=trade, actor=SYSTEM, clock=MARKET_CLOCK).status == "defaulted"


@covers("R17")
def test_what_is_free_for_governance_and_welfare_is_ordered_with_its_proof_and_not_bargained_over() -> None:
    """A deal for a public task would pass by the proof and the report that a free use owes."""
    buyer = make_buyer()
    for purpose in ("public_governance", ""):
        refused("trading.deal.free_use", open_negotiation, listing=free(), terms=terms(0, purpose=purpose), actor=buyer)


@covers("R42", "F1")
def test_a_deal_is_concluded_by_offer_and_acceptance_whoever_accepts() -> None:
    """The seller accepts the buyer's counter-offer: the seller's signature is its person's, the buyer's the offer that stood."""
    one, seller, buyer = bargain(600_000)
    counter_offer(negotiation=one, terms=terms(700_000), actor=seller, clock=MARKET_CLOCK)
    counter_offer(negotiation=one, terms=terms(650_000), actor=buyer, clock=MARKET_CLOCK)
    done = accept(one, seller, seen=3)
    assert done.trade is not None
    deed = done.trade.deed
    signed = {row.side: (row.manner, row.organization, row.person) for row in deed.signatures.all()}
    assert deed.status == "in_force" and signed["seller"] == ("accepted", seller.organization, seller.code)
    assert signed["buyer"][:2] == ("accepted", buyer.organization)
    assert done.trade.basis == "deal" and deed.terms["price_basis"] == "negotiated"


@covers("R42")
def test_a_buyers_person_offers_and_accepts_within_the_own_limit() -> None:
    one, seller, buyer = bargain(600_000)
    ours = Organization.objects.get(pk=buyer.organization_id)
    lead = actor_of(make_user(Role.BUYER, organization=ours))
    set_spending_limit(organization=ours, person=Person.objects.get(code=buyer.person), limit_fen=650_000, actor=lead, clock=MARKET_CLOCK)
    counter_offer(negotiation=one, terms=terms(700_000), actor=seller, clock=MARKET_CLOCK)
    with pytest.raises(Rejected) as no:
        accept(one, buyer, seen=2)
    assert no.value.code == "participants.spending.over_limit"
    accept(one, lead, seen=2)
