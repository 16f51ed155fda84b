"""Payouts (G8): reserved, held, seen by four eyes, ordered from the bank, ended by its word; the venue never holds the money (R57)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from kit.coverage import covers
from kit.rejected import Rejected
from ledger.models import Transfer
from ledger.queries import outside_by_subject
from participants.roles import Role
from settlement import simulated_bank
from settlement.bank_notices import take_notice
from settlement.bank_port import bank, played, unattached
from settlement.models import Payout, SimulatedOrder
from settlement.payouts import (
    cancel_payout,
    clear_payout,
    confirm_payout,
    deliver_order,
    hold_payout,
    release_payout,
    request_payout,
)
from settlement.tasks import move_payouts
from tests.delivery.worlds import move
from tests.factories import make_actor
from tests.settlement.money import ACCOUNT, available, letter, party, payout, settle_bank, sound
from tests.settlement.worlds import operator
from tests.threads import together

pytestmark = pytest.mark.django_db


def again(one: Payout) -> Payout:
    return Payout.objects.get(pk=one.pk)


@covers("G8", "R57")
def test_a_payout_is_reserved_at_once_held_ordered_and_gone_only_when_the_bank_says_so(settings: Any) -> None:
    ours = party(1_000_000)
    settings.SIMULATED_BANK = ["silent"]
    one = payout(ours, 400_000)
    assert (available(ours).posted_fen, available(ours).reserved_fen) == (1_000_000, 400_000)
    assert move_payouts(clock=MARKET_CLOCK) == 0 and again(one).status == "requested", "its hold of an hour is not over"
    settle_bank()
    assert again(one).status == "sent" and available(ours).posted_fen == 1_000_000, "ordered, and still the party's own money"
    settings.SIMULATED_BANK = []
    settle_bank()
    assert again(one).status == "paid" and (available(ours).posted_fen, available(ours).reserved_fen) == (600_000, 0)
    assert [row.kind.rsplit(".")[-1] for row in Record.objects.filter(subject=one.code).order_by("at", "pk")].count("paid") == 1
    assert {line.reference: line.amount_fen for line in bank().statement()}[one.code] == -400_000 == outside_by_subject()[one.code]
    sound()


@covers("G8")
def test_what_the_bank_returns_is_free_again(settings: Any) -> None:
    ours = party(500_000)
    settings.SIMULATED_BANK = ["reject"]
    one = payout(ours)
    settle_bank()
    assert again(one).status == "returned" and (available(ours).posted_fen, available(ours).reserved_fen) == (500_000, 0)


@covers("G8", "I18", "T42")
def test_above_the_limit_another_person_of_the_party_and_then_the_venue_must_see_it() -> None:
    ours = party(20_000_000)
    one = payout(ours, 6_000_000)
    settle_bank()
    assert again(one).status == "requested"
    with pytest.raises(Rejected, match="second_person"), transaction.atomic():
        clear_payout(payout=one, actor=operator(), clock=MARKET_CLOCK)
    with pytest.raises(Rejected, match="same_person"), transaction.atomic():
        confirm_payout(payout=one, approve=True, actor=ours.maker, clock=MARKET_CLOCK)
    confirm_payout(payout=one, approve=True, actor=ours.colleague, clock=MARKET_CLOCK)
    settle_bank()
    assert again(one).status == "requested"
    with pytest.raises(IntegrityError), transaction.atomic():  # the naive desk that skips the venue's look
        Payout.objects.filter(pk=one.pk).update(status="approved")
    clear_payout(payout=one, actor=operator(), clock=MARKET_CLOCK)
    settle_bank()
    assert again(one).status == "paid"


@covers("G8", "R57")
def test_in_production_the_simulated_bank_neither_lets_money_in_nor_takes_an_order(settings: Any) -> None:
    """The naive venue that opens with it would credit whoever presses the button, and call orders paid that nobody carried out."""
    ours = party(500_000)
    assert played() and not unattached()
    settings.PRODUCTION = True
    assert unattached() and not played()
    with pytest.raises(Rejected) as caught:
        payout(ours)
    assert caught.value.code == "settlement.payout.no_bank"
    assert available(ours).reserved_fen == 0


@covers("G8", "I18")
def test_a_large_sum_in_small_parts_is_a_large_sum_within_a_day() -> None:
    ours = party(20_000_000)
    assert [payout(ours, 3_000_000).second_person for _ in range(2)] == [False, True], "alone neither passes 50,000 yuan"
    cancel_payout(payout=Payout.objects.get(second_person=True), actor=ours.maker, clock=MARKET_CLOCK)
    assert not payout(ours, 2_000_000).second_person, "what was taken back does not count"
    move(hours=25)
    assert not payout(ours, 3_000_000).second_person


@covers("G8")
def test_a_no_of_the_second_person_cancels_and_frees() -> None:
    ours = party(20_000_000)
    one = confirm_payout(payout=payout(ours, 6_000_000), approve=False, reason="账号有误", actor=ours.colleague, clock=MARKET_CLOCK)
    assert one.status == "cancelled" and available(ours).reserved_fen == 0


@covers("G8")
def test_who_holds_a_payout_releases_it_and_names_the_basis() -> None:
    ours, officer = party(), make_actor(Role.COMPLIANCE_OFFICER)
    one = payout(ours)
    with pytest.raises(Rejected, match="no_basis"), transaction.atomic():
        hold_payout(payout=one, basis=" ", actor=officer, clock=MARKET_CLOCK)
    hold_payout(payout=one, basis="反洗钱核查", actor=officer, clock=MARKET_CLOCK)
    settle_bank()
    assert again(one).status == "held"
    with pytest.raises(Rejected, match="held_elsewhere"), transaction.atomic():
        release_payout(payout=one, basis="无异常", actor=make_actor(Role.REGULATOR), clock=MARKET_CLOCK)
    release_payout(payout=one, basis="无异常", actor=officer, clock=MARKET_CLOCK)
    settle_bank()
    assert again(one).status == "paid"


@covers("G8", "G6")
def test_cancelling_what_was_sent_is_the_banks_return_and_what_was_paid_a_reversal_by_an_entry(settings: Any) -> None:
    ours = party(1_000_000)
    settings.SIMULATED_BANK = ["silent"]
    sent = payout(ours, 100_000)
    settle_bank()
    assert cancel_payout(payout=sent, actor=ours.maker, clock=MARKET_CLOCK).status == "sent", "only the bank can say it did not go"
    settle_bank()
    assert again(sent).status == "returned" and available(ours).posted_fen == 1_000_000
    settings.SIMULATED_BANK = []
    paid = payout(ours, 100_000)
    settle_bank()
    cancel_payout(payout=paid, actor=ours.maker, clock=MARKET_CLOCK)
    settle_bank()
    assert again(paid).status == "reversed" and available(ours).posted_fen == 1_000_000
    assert list(Transfer.objects.filter(subject=paid.code).order_by("id").values_list("kind", "phase")) == [
        ("payout", "pending"), ("payout", "posted"), ("payout_reversal", "single")], "an entry stands against it"
    sound()


@covers("G8", "T26")
def test_an_order_whose_answer_was_lost_is_not_sent_twice(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = party()
    settings.SIMULATED_BANK = ["silent"]
    one = payout(ours)
    settle_bank()
    Payout.objects.filter(pk=one.pk).update(delivered_at=None)  # died between the order and writing down that it was given
    said: list[str] = []
    real = simulated_bank.receive
    monkeypatch.setattr(simulated_bank, "receive", lambda message, **named: said.append(message.body.decode()) or real(message, **named))
    deliver_order(payout=one, clock=MARKET_CLOCK)
    assert len(said) == 1 and '"query"' in said[0] and SimulatedOrder.objects.count() == 1
    # the naive desk takes a lost answer for a lost order and sends a new one under a name of its own
    bank().order(reference=f"{one.code}-2", party="", amount_fen=one.amount_fen, to_account="1" * 8, at=MARKET_CLOCK.now())
    assert SimulatedOrder.objects.count() == 2, "the bank cannot know that it is the same"


@covers("G8")
def test_a_silent_bank_is_a_case_not_a_second_order(settings: Any) -> None:
    from compliance.models import Case

    ours = party()
    settings.SIMULATED_BANK = ["silent"]
    one = payout(ours)
    settle_bank()
    move(days=7)
    move_payouts(clock=MARKET_CLOCK)
    assert again(one).status == "sent" and Case.objects.filter(subject_code=one.code, kind="payout").count() == 1
    assert SimulatedOrder.objects.count() == 1


@covers("T11")
@pytest.mark.parametrize(("fen", "to_account", "code"), [
    (0, ACCOUNT, "ledger.bad_amount"), (-5, ACCOUNT, "ledger.bad_amount"), (2**63, ACCOUNT, "ledger.bad_amount"),
    (100, "６２２２０２１００１１", "settlement.payout.account"), (100, "123", "settlement.payout.account"),
    (1_000_001, ACCOUNT, "ledger.insufficient_funds")])
def test_amounts_and_accounts_at_the_edge_are_refused(fen: int, to_account: str, code: str) -> None:
    ours = party(1_000_000)
    with pytest.raises(Rejected) as refused, transaction.atomic():
        request_payout(organization=ours.organization, amount_fen=fen, to_account=to_account, actor=ours.maker, clock=MARKET_CLOCK)
    assert refused.value.code == code and not Payout.objects.exists()


@covers("R57", "I1")
def test_a_strangers_payout_does_not_exist() -> None:
    ours, other = party(), party()
    with pytest.raises(Rejected, match="absent"), transaction.atomic():
        cancel_payout(payout=payout(ours), actor=other.maker, clock=MARKET_CLOCK)


@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
@covers("T3", "T14", "G8")
def test_parallel_payouts_never_take_more_than_there_is() -> None:
    ours = party(1_000_000)
    results = together([lambda: payout(ours, 600_000) for _ in range(8)])
    assert sum(isinstance(one, Payout) for one in results) == 1
    assert {one.code for one in results if isinstance(one, Rejected)} == {"ledger.insufficient_funds"}
    assert available(ours).available_fen == 400_000


@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
@covers("T54", "G8")
def test_twenty_notices_that_it_was_paid_pay_once(settings: Any) -> None:
    settings.SIMULATED_BANK = ["silent"]
    ours = party(1_000_000)
    one = payout(ours, 400_000)
    settle_bank()
    message = letter("paid", reference=one.code, party=ours.organization.code, amount_fen=400_000)
    results = together([lambda: take_notice(message=message, clock=MARKET_CLOCK) for _ in range(20)])
    assert not [one for one in results if isinstance(one, BaseException)]
    assert again(one).status == "paid" and available(ours).posted_fen == 600_000
    assert Transfer.objects.filter(subject=one.code, phase="posted").count() == 1
