"""Reconciliation (G9): each check finds its own fault, a fault stops payouts and opens a case, two persons let them go on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from compliance.models import Case
from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from evidence.operations import drain
from kit.actors import SYSTEM
from kit.coverage import covers
from kit.rejected import Rejected
from ledger.operations import fund
from participants.roles import Role
from settlement.models import Payout, Reconciliation, SimulatedLine
from settlement.payouts import request_payout
from settlement.reconciling import CHECKS, ask_mend, decide_mend, reconcile
from settlement.simulated_bank import transfer_in
from settlement.tasks import reconcile_if_due
from tests.delivery.worlds import move
from tests.factories import make_actor
from tests.settlement.money import ACCOUNT, Party, available, party, payout, settle_bank, tell
from tests.settlement.worlds import operator
from tests.threads import together

pytestmark = pytest.mark.django_db


def run() -> Reconciliation:
    drain()  # the worker seals and tells within a second
    return reconcile(actor=SYSTEM, clock=MARKET_CLOCK)


def found(one: Reconciliation) -> set[str]:
    return {name for name, lines in one.checks.items() if lines}


@covers("G9")
def test_books_that_agree_with_the_bank_pass_and_every_run_is_kept() -> None:
    ours = party(1_000_000)
    tell("credit", reference="LOST", party="ORG-TYPO", amount_fen=50)
    SimulatedLine.objects.create(reference="LOST", party="ORG-TYPO", amount_fen=50, at=MARKET_CLOCK.now())
    payout(ours)
    settle_bank()
    one = run()
    assert (one.status, found(one)) == ("passed", set()) and set(one.checks) == set(CHECKS)
    assert Record.objects.filter(subject=one.code, kind="settlement.reconciliation.passed").count() == 1


def _booked_without_the_bank(of: Party) -> None:
    fund(organization=of.organization.code, amount_fen=100, reference="GHOST", actor=SYSTEM, clock=MARKET_CLOCK)


def _at_the_bank_and_never_told(of: Party) -> None:
    transfer_in(reference="UNTOLD", party=of.organization.code, amount_fen=100, at=MARKET_CLOCK.now(), tell=False)
    move(hours=2)


def _order_that_the_bank_never_got(of: Party) -> None:
    one = payout(of, 100)
    Payout.objects.filter(pk=one.pk).update(status="approved")
    move(hours=2)
    Payout.objects.filter(pk=one.pk).update(status="sent", sent_at=MARKET_CLOCK.now())
    move(hours=2)


@covers("G9")
@pytest.mark.parametrize(("check", "fault"), [
    ("bank", _booked_without_the_bank), ("bank", _at_the_bank_and_never_told), ("outbox", _order_that_the_bank_never_got)])
def test_each_fault_is_found_by_its_check(check: str, fault: Callable[[Party], None]) -> None:
    fault(party(1_000_000))
    one = run()
    assert one.status == "failed" and found(one) == {check}
    assert Case.objects.filter(subject_code=one.code, kind="settlement").count() == 1


@pytest.mark.django_db(transaction=True)
@covers("G9", "I5", "I2")
def test_a_balance_written_past_the_functions_is_found(superuser_connection: Any) -> None:
    party(1_000_000)
    superuser_connection.execute(
        "UPDATE ledger_balance SET posted_fen = posted_fen + 1 WHERE account_id = (SELECT min(account_id) FROM ledger_balance)")
    assert found(run()) == {"zero_sum", "rebuilt"}


@covers("G9", "G8")
def test_a_line_of_the_bank_that_is_on_its_way_is_no_fault_yet() -> None:
    transfer_in(reference="YOUNG", party=party(0).organization.code, amount_fen=100, at=MARKET_CLOCK.now(), tell=False)
    assert run().status == "passed"


@covers("G9", "G8", "I18")
def test_a_failed_run_stops_payouts_until_it_is_mended_by_two_persons(settings: Any) -> None:
    settings.SIMULATED_BANK = ["silent"]
    ours = party(1_000_000)
    waiting = payout(ours, 100_000)
    _booked_without_the_bank(ours)
    failed = run()
    with pytest.raises(Rejected, match="blocked"), transaction.atomic():
        payout(ours, 1)
    with pytest.raises(IntegrityError), transaction.atomic():  # the naive desk, past the operation
        Payout.objects.filter(pk=waiting.pk).update(status="approved")
    settle_bank()
    waiting.refresh_from_db()
    assert waiting.status == "requested"
    maker, other = operator(), make_actor(Role.REGULATOR)
    with pytest.raises(Rejected, match="differs"), transaction.atomic():
        ask_mend(reconciliation=failed, actor=maker, clock=MARKET_CLOCK)
    transfer_in(reference="GHOST", party=ours.organization.code, amount_fen=100, at=MARKET_CLOCK.now(), tell=False)
    assert run().status == "passed"
    with pytest.raises(Rejected, match="blocked"), transaction.atomic():  # a clean run by itself lets nothing go on
        payout(ours, 1)
    ask_mend(reconciliation=failed, actor=maker, clock=MARKET_CLOCK)
    with pytest.raises(Rejected, match="same_person"), transaction.atomic():
        decide_mend(reconciliation=failed, approve=True, actor=maker, clock=MARKET_CLOCK)
    assert decide_mend(reconciliation=failed, approve=True, reason="银行已更正", actor=other, clock=MARKET_CLOCK).status == "mended"
    settings.SIMULATED_BANK = []
    settle_bank()
    waiting.refresh_from_db()
    assert waiting.status == "paid" and available(ours).posted_fen == 900_100


@covers("G9")
def test_the_nightly_run_is_made_once_a_day_and_a_missed_night_is_caught_up() -> None:
    party(100)
    assert [reconcile_if_due(clock=MARKET_CLOCK) for _ in range(3)] == [1, 0, 0]
    move(days=3)
    assert [reconcile_if_due(clock=MARKET_CLOCK) for _ in range(2)] == [1, 0]


@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
@covers("T31", "G9")
def test_two_schedulers_at_once_make_one_run() -> None:
    party(100)
    together([lambda: reconcile_if_due(clock=MARKET_CLOCK) for _ in range(6)])
    assert Reconciliation.objects.count() == 1
    reconcile(actor=SYSTEM, clock=MARKET_CLOCK)  # the naive job, which does not look, makes another
    assert Reconciliation.objects.count() == 2


def test_a_payout_of_a_blocked_house_is_refused_in_both_languages() -> None:
    ours = party(1_000)
    _booked_without_the_bank(ours)
    failed = run()
    with pytest.raises(Rejected) as refused, transaction.atomic():
        request_payout(organization=ours.organization, amount_fen=1, to_account=ACCOUNT, actor=ours.maker, clock=MARKET_CLOCK)
    assert failed.code in refused.value.text("detail", "zh") and failed.code in refused.value.text("detail", "en")
