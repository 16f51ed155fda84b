"""The payer's bank takes back what came in (G6, I9, T54): from whoever received it and from nobody else, once; what he lacks he owes.

Worked example: 5,000 came in and 2,000 are spent. The bank takes 5,000 back: 3,000 do not cover it, so 5,000 wait as owed, with a case. He
pays 2,000 in, one person proposes, another confirms, and the books are those of the bank again.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from compliance.models import Case
from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from evidence.operations import operation
from kit.actors import SYSTEM, Actor
from kit.coverage import covers
from ledger import operations as ledger
from ledger.accounts import AccountKind
from ledger.models import Transfer
from ledger.operations import Leg, account
from ledger.queries import balance
from participants.models import Approval, Notice
from settlement.bank_notices import take_notice
from settlement.models import Suspense
from settlement.reconciling import checks_now
from settlement.simulated_bank import take_back
from settlement.tasks import move_payouts
from tests.settlement.money import Party, available, letter, party, payout, settle_bank, sound, tell
from tests.settlement.test_money_pages import signed_in
from tests.settlement.test_suspense import asked, decided, refused
from tests.settlement.worlds import operator
from tests.threads import together

pytestmark = pytest.mark.django_db
REF = "IN-77"


def suspense() -> int:
    return balance(account("BANK", AccountKind.SUSPENSE)).posted_fen


def short() -> tuple[Party, Suspense]:
    """A party that received 5,000, has 3,000 left, and whose payer's bank took the 5,000 back."""
    ours = party(5_000, reference=REF)
    payout(ours, 2_000)
    settle_bank()
    take_back(reference=REF, at=MARKET_CLOCK.now())
    move_payouts(clock=MARKET_CLOCK)
    return ours, Suspense.objects.get()


@covers("G6", "T54")
def test_what_the_payers_bank_takes_back_leaves_the_account_that_received_it_once() -> None:
    ours, other = party(5_000, reference=REF), party(9_000)
    take_back(reference=REF, at=MARKET_CLOCK.now())
    take_back(reference=REF, at=MARKET_CLOCK.now())
    move_payouts(clock=MARKET_CLOCK)
    move_payouts(clock=MARKET_CLOCK)
    assert (available(ours).posted_fen, available(other).posted_fen) == (0, 9_000)
    assert Transfer.objects.filter(kind="funding_reversal", subject=REF).count() == 1 and not Suspense.objects.exists()
    assert "撤回" in Notice.objects.filter(organization=ours.organization, kind="settlement.deposit.recalled").get().text_zh
    assert checks_now(MARKET_CLOCK.now())["bank"] == []
    sound()


@covers("T54")
@pytest.mark.django_db(transaction=True)
def test_twenty_tellings_at_once_take_it_back_once_and_a_second_under_another_name_takes_nothing_more() -> None:
    ours = party(5_000, reference=REF)
    one = letter("recalled", reference=REF, party=ours.organization.code, amount_fen=5_000)
    results = together([lambda: take_notice(message=one, clock=MARKET_CLOCK)] * 20)
    assert not [r for r in results if isinstance(r, BaseException)]
    assert available(ours).posted_fen == 0 and not Suspense.objects.exists()
    assert tell("recalled", reference=REF, party=ours.organization.code, amount_fen=5_000).booked is False
    assert available(ours).posted_fen == 0 and suspense() == -5_000


@covers("I9", "G6")
def test_what_he_no_longer_has_he_owes_until_two_persons_book_it_and_nobody_else_pays_for_it() -> None:
    ours, item = short()
    assert (item.amount_fen, available(ours).posted_fen, suspense()) == (-5_000, 3_000, -5_000)
    assert Case.objects.filter(subject_code=item.code).exists() and checks_now(MARKET_CLOCK.now())["bank"] == []
    first, second, other = operator(), operator(), party(9_000)
    refused("settlement.suspense.other_receiver", lambda: asked(item, other.organization, first))
    asked(item, ours.organization, first)
    refused("ledger.insufficient_funds", lambda: decided(item, second))
    tell("credit", reference="IN-78", party=ours.organization.code, amount_fen=2_000)
    refused("participants.approval.same_person", lambda: decided(item, first))
    decided(item, second)
    assert (available(ours).posted_fen, suspense(), available(other).posted_fen) == (0, 0, 9_000)
    sound()


@covers("G6")
def test_another_sum_or_a_reference_that_nobody_received_under_moves_no_partys_money() -> None:
    ours = party(5_000, reference=REF)
    for said in ({"reference": REF, "amount_fen": 4_999}, {"reference": "IN-NOBODY", "amount_fen": 5_000}):
        assert tell("recalled", party=ours.organization.code, **said).booked is False
    assert available(ours).posted_fen == 5_000 and suspense() == -9_999
    nobodys = Suspense.objects.get(notice__reference="IN-NOBODY")
    refused("settlement.suspense.went_out", lambda: asked(nobodys, ours.organization, operator()))


@covers("G6", "I9")
def test_money_whose_owner_was_found_is_taken_back_from_him() -> None:
    ours = party(0)
    tell("credit", reference=REF, party="", amount_fen=7_000)
    item = Suspense.objects.get()
    asked(item, ours.organization, operator())
    decided(item, operator())
    assert tell("recalled", reference=REF, party="", amount_fen=7_000).booked is True
    assert available(ours).posted_fen == 0
    sound()


def pair(first: str, second: str) -> tuple[Suspense, Suspense]:
    """Money in that nobody can be named for, and its recall, told in either order: (in, out)."""
    for kind in (first, second):
        tell(kind, reference=REF, party="", amount_fen=7_000)
    rows = {one.notice.kind: one for one in Suspense.objects.select_related("notice")}
    return rows["credit"], rows["recalled"]


@covers("I9", "G6", "T54")
@pytest.mark.parametrize("order", [("credit", "recalled"), ("recalled", "credit")])
def test_money_recalled_while_its_owner_is_looked_for_closes_both_items_by_one_fact(order: tuple[str, str]) -> None:
    came, went = pair(*order)
    assert (came.status, went.status, came.matched_with, went.matched_with) == ("matched", "matched", went, came)
    assert suspense() == 0 and checks_now(MARKET_CLOCK.now())["bank"] == [], "the bank and our suspense are at nothing between them"
    told = Record.objects.get(kind="settlement.suspense.matched")
    assert (told.subject, told.payload["recall"], told.payload["amount_fen"]) == (came.code, went.code, 7_000)
    cases = Case.objects.filter(subject_code__in=[came.code, went.code])
    assert cases and {one.status for one in cases} == {"closed"}, "whoever looked for its owner looks no more"
    sound()


@covers("I9")
def test_a_recall_that_came_before_the_credit_of_a_known_party_credits_nobody() -> None:
    ours = party(0)
    tell("recalled", reference=REF, party=ours.organization.code, amount_fen=7_000)
    tell("credit", reference=REF, party=ours.organization.code, amount_fen=7_000)
    assert available(ours).posted_fen == 0 and suspense() == 0, "he is neither credited nor left owing"
    assert set(Suspense.objects.values_list("status", flat=True)) == {"matched"}


@covers("I9", "I18")
def test_who_was_asked_to_confirm_an_owner_is_asked_no_more_once_the_money_went_back() -> None:
    ours, second = party(0), operator()
    tell("credit", reference=REF, party="", amount_fen=7_000)
    item = Suspense.objects.get()
    asked(item, ours.organization, operator())
    tell("recalled", reference=REF, party="", amount_fen=7_000)
    assert not Approval.objects.filter(subject=item.code, status="pending").exists()
    refused("settlement.suspense.illegal_move", lambda: decided(item, second))
    assert available(ours).posted_fen == 0


@covers("I9")
def test_another_sum_stays_open_beside_it_and_a_pair_that_stood_open_is_closed_by_the_next_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("settlement.bank_notices.match_recalled", lambda **_: None)
    came, went = pair("credit", "recalled")
    tell("recalled", reference="IN-OTHER", party="", amount_fen=6_999)
    assert {came.status, went.status} == {"open"}, "the naive desk: two open items, which nobody could ever close"
    move_payouts(clock=MARKET_CLOCK)
    move_payouts(clock=MARKET_CLOCK)
    came.refresh_from_db()
    assert came.status == "matched" and Suspense.objects.filter(status="open").get().amount_fen == -6_999
    assert Record.objects.filter(kind="settlement.suspense.matched").count() == 1


@covers("I9", "T42")
@pytest.mark.django_db(transaction=True)
def test_the_database_closes_a_pair_or_nothing() -> None:
    tell("credit", reference=REF, party="", amount_fen=7_000)
    tell("recalled", reference="IN-OTHER", party="", amount_fen=7_000)
    came, went = Suspense.objects.order_by("-amount_fen")

    def naive(*pairs: tuple[Suspense, Suspense]) -> None:
        with transaction.atomic():
            for one, other in pairs:
                Suspense.objects.filter(pk=one.pk).update(status="matched", matched_with=other)

    with pytest.raises(IntegrityError):
        naive((came, went))
    with pytest.raises(IntegrityError):  # opposite sums, but of another reference
        naive((came, went), (went, came))
    assert set(Suspense.objects.values_list("status", flat=True)) == {"open"}


@covers("I9")
def test_the_naive_recall_that_takes_whatever_is_asked_would_take_reserved_money(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: the debit without looking at what is free. The ledger itself refuses it, so that the notice could never be taken."""
    ours = party(5_000, reference=REF)
    payout(ours, 2_000)
    outside, purse = ledger.accounts(("BANK", AccountKind.BANK), (ours.organization.code, AccountKind.AVAILABLE))

    @operation("test.recall.naive")
    def naive(*, actor: Actor) -> Any:
        return ledger.transfer(kind="funding_reversal", legs=[Leg(purse, -5_000), Leg(outside, 5_000)], subject=REF, at=MARKET_CLOCK.now())

    refused("ledger.insufficient_funds", lambda: naive(actor=SYSTEM))
    assert tell("recalled", reference=REF, party="", amount_fen=5_000).booked is False
    assert (available(ours).reserved_fen, suspense()) == (2_000, -5_000)


def test_the_desk_says_who_acts_and_takes_the_proposal() -> None:
    ours, item = short()
    page = signed_in(operator())
    shown = page.get("/desk/money/suspense/").content.decode()
    assert item.code in shown and "入金被付款银行撤回" in shown
    done = page.post(f"/desk/money/suspense/{item.code}/ask/", {"organization": ours.organization.code, "basis": "银行撤回通知"})
    assert done.status_code == 302
    item.refresh_from_db()
    assert item.proposed_to == ours.organization.code
