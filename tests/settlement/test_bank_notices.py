"""What the bank tells (T54): signed, of now, once; what fits nobody goes to the suspense account with a case, never to somebody."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compliance.models import Case
from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import Rejected
from ledger.models import Account, Posting, Transfer
from ledger.queries import outside_by_subject
from participants.charges import Payer
from participants.queries import house_venue, venue_organization
from settlement import bank_notices
from settlement.bank_notices import take_notice
from settlement.bank_port import bank, signed
from settlement.models import BankNotice, Suspense
from settlement.payouts import cancel_payout
from settlement.simulated_bank import transfer_in
from settlement.suspending import ask_clearing
from settlement.tasks import move_payouts
from tests.settlement.money import available, letter, party, payout, settle_bank, sound, tell
from tests.settlement.worlds import operator
from tests.threads import together
from tests.trading.worlds import bid, make_buyer, move, open_lot, stand_still
from trading import tasks
from trading.models import Trade
from trading.queries import charges_of

pytestmark = pytest.mark.django_db


def refused(message: Any) -> str:
    with pytest.raises(Rejected) as caught, transaction.atomic():
        take_notice(message=message, clock=MARKET_CLOCK)
    assert not BankNotice.objects.filter(ident=message.ident).exists()
    return caught.value.code


@covers("T54", "R57")
def test_money_that_arrives_for_a_party_is_booked_to_it_once() -> None:
    ours = party(0)
    message = letter("credit", reference="IN-1", party=ours.organization.code, amount_fen=12_345)
    assert [take_notice(message=message, clock=MARKET_CLOCK).booked for _ in range(3)] == [True, True, True]
    assert available(ours).posted_fen == 12_345 and Transfer.objects.filter(subject="IN-1").count() == 1


@covers("T54")
def test_a_forged_a_stale_and_an_unreadable_message_have_no_effect() -> None:
    ours = party(0)
    good = letter("credit", party=ours.organization.code)
    assert refused(replace(good, signature="v1,AAAA")) == "settlement.bank.forged"
    assert refused(replace(good, body=good.body.replace(b"100", b"900"))) == "settlement.bank.forged"
    assert refused(replace(good, ident="another")) == "settlement.bank.forged", "a replay under a new id"
    old = signed("old", {"kind": "credit", "reference": "R", "party": ours.organization.code, "amount_fen": 1},
                 at=MARKET_CLOCK.now() - timedelta(minutes=6))
    assert refused(old) == "settlement.bank.stale"
    for wrong in ({"amount_fen": 0}, {"amount_fen": -1}, {"amount_fen": True}, {"amount_fen": "1e3"}, {"amount_fen": 2**63},
                  {"amount_fen": 1.0},
                  {"kind": "gift"}, {"reference": ""}, {"reference": "x" * 41}, {"party": None}):
        assert refused(letter(**({"kind": "credit", "party": ours.organization.code} | wrong))) == "settlement.bank.unreadable"
    assert available(ours).posted_fen == 0


@covers("T54")
def test_a_notice_told_again_with_another_content_is_refused_and_put_before_the_operator() -> None:
    ours = party(0)
    first = letter("credit", reference="IN-7", party=ours.organization.code, amount_fen=100)
    assert take_notice(message=first, clock=MARKET_CLOCK).booked
    other = signed(first.ident, {"kind": "credit", "reference": "IN-7", "party": ours.organization.code, "amount_fen": 900},
                   at=MARKET_CLOCK.now())
    with pytest.raises(Rejected) as caught:
        take_notice(message=other, clock=MARKET_CLOCK)
    assert caught.value.code == "settlement.bank.conflict"
    assert available(ours).posted_fen == 100 and Case.objects.filter(subject_code="IN-7").exists()


@covers("T54")
def test_a_payment_that_names_a_trade_is_its_buyers_if_it_is_just_what_is_due() -> None:
    stand_still()
    buyer = make_buyer()
    bid(open_lot(buyer), buyer, 5_000_000)
    move(days=2)
    tasks.close_due()
    trade = Trade.objects.get()
    due = trade.price_fen + charges_of(trade).total(trade.price_fen, Payer.BUYER)
    assert not take_notice(message=letter("credit", reference="IN-8", party=trade.code, amount_fen=due + 1), clock=MARKET_CLOCK).booked
    assert take_notice(message=letter("credit", reference="IN-9", party=trade.code, amount_fen=due), clock=MARKET_CLOCK).booked
    assert Transfer.objects.get(subject="IN-9").postings.filter(account__owner=trade.buyer.code, amount_fen=due).exists()


@covers("T54")
def test_the_naive_receiver_that_does_not_look_at_the_signature_takes_forged_money(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: with the check taken out, the same forged message becomes money."""
    ours = party(0)
    forged = replace(letter("credit", party=ours.organization.code, amount_fen=100), signature="v1,AAAA")
    assert refused(forged) == "settlement.bank.forged"
    monkeypatch.setattr(bank_notices, "opened", lambda message, at: json.loads(message.body))
    take_notice(message=forged, clock=MARKET_CLOCK)
    assert available(ours).posted_fen == 100


@covers("T54")
def test_a_second_payment_under_a_known_reference_is_nobodys_until_it_is_looked_at() -> None:
    ours = party(0)
    tell("credit", reference="IN-2", party=ours.organization.code, amount_fen=100)
    assert tell("credit", reference="IN-2", party=ours.organization.code, amount_fen=100).booked is False
    assert available(ours).posted_fen == 100 and Suspense.objects.get().amount_fen == 100


@covers("T54", "G8")
def test_a_notice_of_another_amount_or_of_no_payout_moves_no_partys_money(settings: Any) -> None:
    settings.SIMULATED_BANK = ["silent"]
    ours = party(1_000_000)
    one = payout(ours, 400_000)
    settle_bank()
    assert tell("paid", reference=one.code, amount_fen=399_999).booked is False
    assert tell("paid", reference="PAY-NOBODY", amount_fen=5).booked is False
    assert (available(ours).posted_fen, available(ours).reserved_fen) == (1_000_000, 400_000)
    assert sorted(Suspense.objects.values_list("amount_fen", flat=True)) == [-399_999, -5]
    with pytest.raises(Rejected, match="went_out"), transaction.atomic():
        ask_clearing(suspense=Suspense.objects.first(), organization=ours.organization, basis="银行回单", actor=operator(),
                     clock=MARKET_CLOCK)


@covers("T54", "G8")
def test_a_reversal_before_the_payment_is_told_comes_again_later(settings: Any) -> None:
    settings.SIMULATED_BANK = ["silent"]
    ours = party(1_000_000)
    one = payout(ours, 400_000)
    settle_bank()
    early = {"reference": one.code, "amount_fen": 400_000, "ident": "bnk-early"}
    with pytest.raises(Rejected, match="too_early"), transaction.atomic():
        tell("reversed", **early)
    tell("paid", reference=one.code, amount_fen=400_000)
    assert tell("reversed", **early).booked is True and available(ours).posted_fen == 1_000_000


@covers("T54")
@pytest.mark.parametrize("fault", [["twice"], ["late"], ["twice", "late"]])
def test_a_bank_that_tells_twice_and_late_changes_nothing_about_the_end(settings: Any, fault: list[str]) -> None:
    settings.SIMULATED_BANK = fault
    ours = party(0)
    transfer_in(reference="IN-3", party=ours.organization.code, amount_fen=900_000, at=MARKET_CLOCK.now())
    move_payouts(clock=MARKET_CLOCK)
    one = payout(ours, 400_000)
    for _ in range(4):
        settle_bank(hours=1.5)
    one.refresh_from_db()
    assert one.status == "paid" and available(ours).posted_fen == 500_000
    sound()


@covers("T54")
def test_a_bank_that_forges_is_not_heard_and_repeats_itself_honestly_later(settings: Any) -> None:
    settings.SIMULATED_BANK = ["forge"]
    ours = party(0)
    transfer_in(reference="IN-4", party=ours.organization.code, amount_fen=100, at=MARKET_CLOCK.now())
    move_payouts(clock=MARKET_CLOCK)
    assert available(ours).posted_fen == 0
    settings.SIMULATED_BANK = []
    move_payouts(clock=MARKET_CLOCK)
    assert available(ours).posted_fen == 100


@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
@covers("T54")
def test_twenty_copies_of_one_notice_at_once_are_one_payment() -> None:
    ours = party(0)
    message = letter("credit", reference="IN-5", party=ours.organization.code, amount_fen=300)
    results = together([lambda: take_notice(message=message, clock=MARKET_CLOCK) for _ in range(20)])
    assert not [one for one in results if isinstance(one, BaseException)]
    assert available(ours).posted_fen == 300 and BankNotice.objects.count() == 1


@covers("R57", "I1")
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["credit", "stray", "payout", "cancel"]), st.integers(1, 300_000)), min_size=1, max_size=8))
def test_no_path_between_the_bank_and_the_books_credits_the_venue(steps: list[tuple[str, int]]) -> None:
    """Whatever comes and goes, in any order: the venue's accounts see none of it, and what the bank has is what the books have."""
    with transaction.atomic():
        house = venue_organization(house_venue()).code
        before = sum(Posting.objects.filter(account__owner=house).values_list("amount_fen", flat=True))
        ours, asked = party(0), []
        for number, (step, fen) in enumerate(steps):
            if step == "credit":
                transfer_in(reference=f"H-{number}", party=ours.organization.code, amount_fen=fen, at=MARKET_CLOCK.now())
            elif step == "stray":
                transfer_in(reference=f"H-{number}", party="", amount_fen=fen, at=MARKET_CLOCK.now())
            elif step == "payout" and fen <= available(ours).available_fen:
                asked.append(payout(ours, fen))
            elif step == "cancel" and asked:
                asked[-1].refresh_from_db()
                if asked[-1].status not in ("cancelled", "returned", "reversed"):
                    cancel_payout(payout=asked[-1], actor=ours.maker, clock=MARKET_CLOCK)
            settle_bank()
        assert sum(Posting.objects.filter(account__owner=house).values_list("amount_fen", flat=True)) == before
        assert not Posting.objects.filter(account__in=Account.objects.filter(owner=house), transfer__kind__in=["funding",
                                                                                                               "payout"]).exists()
        here = {key: fen for key, fen in outside_by_subject().items() if fen}
        there = {line.reference: line.amount_fen for line in bank().statement() if line.amount_fen}
        assert here == there
        transaction.set_rollback(True)
