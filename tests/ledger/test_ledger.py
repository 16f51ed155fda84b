"""Double entry in two phases: what moves, what is reserved, what is refused."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction

from kit.actors import SYSTEM
from kit.clock import FixedClock
from kit.coverage import covers
from kit.rejected import Rejected
from ledger import queries
from ledger.accounts import AccountKind
from ledger.invariants import BooksCanBeRebuilt
from ledger.models import Account, Phase, Transfer
from ledger.operations import Leg, account, expire, fund, post, reserve, transfer, transfer_batch, void
from tests.ledger.books import AT, acting, funded

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _inside_an_operation(db: None) -> Iterator[None]:
    with acting():
        yield


def test_an_account_is_opened_once_and_starts_empty() -> None:
    first, again = account("ORG-A", AccountKind.AVAILABLE), account("ORG-A", AccountKind.AVAILABLE)
    assert first == again
    assert queries.balance(first) == queries.Funds(0, 0)


def test_several_owners_hold_what_each_holds_alone() -> None:
    funded("ORG-A", 1000), funded("ORG-B", 7)
    owners = ["ORG-A", "ORG-B", "ORG-NOBODY"]
    assert queries.held_by(owners, AccountKind.AVAILABLE) == {one: queries.held(one, AccountKind.AVAILABLE) for one in owners}


@covers("I1", "I5")
def test_a_transfer_moves_money_and_the_ledger_stays_at_zero() -> None:
    a, b = funded("ORG-A", 1000), funded("ORG-B", 0)
    done = transfer(kind="gift", legs=[Leg(a, -400), Leg(b, 400)], subject="TRD-1", at=AT)
    assert (queries.balance(a).available_fen, queries.balance(b).available_fen) == (600, 400)
    assert sum(row.posted_fen for row in queries.trial_balance()) == 0
    kept = Transfer.objects.get(uuid=done.id)
    assert (kept.hash, kept.legs, kept.phase) == (done.hash, 2, Phase.SINGLE)
    assert len(done.hash) == 64


@covers("I1", "I5")
def test_a_batch_moves_all_or_nothing_and_each_transfer_keeps_its_own_legs() -> None:
    a, b, c = funded("ORG-A", 1000), funded("ORG-B", 0), funded("ORG-C", 0)
    batch = [(f"TRD-{n}", [Leg(a, -n), Leg(b, n - 1), Leg(c, 1)] if n > 1 else [Leg(a, -1), Leg(c, 1)]) for n in range(1, 20)]
    done = transfer_batch(kind="settlement", batch=batch, at=AT)
    kept = {one.uuid: one for one in Transfer.objects.filter(kind="settlement")}
    assert [kept[ref.id].subject for ref in done] == [subject for subject, _ in batch]
    assert [kept[ref.id].hash for ref in done] == [ref.hash for ref in done]
    assert [list(kept[ref.id].postings.order_by("leg").values_list("account_id", "amount_fen")) for ref in done] == [
        [(leg.account.pk, leg.amount_fen) for leg in legs] for _, legs in batch]
    assert (queries.balance(a).posted_fen, queries.balance(c).posted_fen) == (1000 - 190, 19)
    with pytest.raises(Rejected, match="insufficient"):
        transfer_batch(kind="settlement", batch=[("TRD-1", [Leg(a, -1), Leg(b, 1)]), ("TRD-2", [Leg(a, -810), Leg(b, 810)])], at=AT)
    assert queries.balance(a).posted_fen == 810
    assert not list(BooksCanBeRebuilt().check())


def test_more_than_is_there_is_refused_with_both_figures() -> None:
    a, b = funded("ORG-A", 1000), funded("ORG-B", 0)
    with pytest.raises(Rejected) as refused:
        transfer(kind="gift", legs=[Leg(a, -1001), Leg(b, 1001)], subject="TRD-1", at=AT)
    assert refused.value.code == "ledger.insufficient_funds"
    assert (refused.value.params["needed_fen"], refused.value.params["available_fen"]) == (1001, 1000)
    assert "¥10.01" in refused.value.text("detail", "en")
    assert queries.balance(a).available_fen == 1000


@pytest.mark.parametrize(("legs", "code"), [
    ([("a", -5), ("b", 4)], "ledger.unbalanced"),
    ([("a", -5), ("a", 0), ("b", 5)], "ledger.bad_amount"),
    ([("a", -5), ("absent", 5)], "ledger.unknown_account"),
    ([], "ledger.unknown_account"),
])
def test_legs_that_make_no_transfer_are_refused(legs: list[tuple[str, int]], code: str) -> None:
    known = {"a": funded("ORG-A", 100), "b": funded("ORG-B", 100), "absent": Account(pk=987654321, owner="?", kind="available")}
    with pytest.raises(Rejected) as refused:
        transfer(kind="gift", legs=[Leg(known[name], amount) for name, amount in legs], subject="TRD-1", at=AT)
    assert refused.value.code == code


def test_one_account_may_stand_in_several_legs() -> None:
    a, b = funded("ORG-A", 100), funded("ORG-B", 0)
    transfer(kind="fees", legs=[Leg(a, -60), Leg(a, -40), Leg(b, 100)], subject="TRD-1", at=AT)
    assert queries.balance(a).posted_fen == 0
    with pytest.raises(Rejected, match="insufficient"):
        transfer(kind="fees", legs=[Leg(a, -60), Leg(a, -40), Leg(b, 100)], subject="TRD-1", at=AT)


@covers("I4")
def test_a_reserve_keeps_money_from_being_spent_until_it_is_given_back() -> None:
    a, b = funded("ORG-A", 1000), funded("ORG-B", 0)
    held = reserve(account=a, amount_fen=700, purpose="deposit", subject="LOT-1", at=AT)
    assert queries.balance(a) == queries.Funds(1000, 700)
    with pytest.raises(Rejected, match="insufficient"):
        transfer(kind="gift", legs=[Leg(a, -301), Leg(b, 301)], subject="TRD-1", at=AT)
    with pytest.raises(Rejected, match="insufficient"):
        reserve(account=a, amount_fen=301, purpose="deposit", subject="LOT-2", at=AT)
    assert [one.uuid for one in queries.open_reserves("ORG-A")] == [held.id]
    first = void(pending=held, at=AT)
    assert void(pending=held, at=AT) == first, "giving back twice is one act"
    assert queries.balance(a) == queries.Funds(1000, 0)
    assert queries.open_reserves("ORG-A") == []


def test_a_reserve_is_posted_in_part_and_the_rest_is_free() -> None:
    a, b, c = funded("ORG-A", 1000), funded("ORG-B", 0), funded("ORG-C", 0)
    held = reserve(account=a, amount_fen=700, purpose="deposit", subject="LOT-1", at=AT)
    post(pending=held, legs=[Leg(a, -500), Leg(b, 450), Leg(c, 50)], at=AT)
    assert queries.balance(a) == queries.Funds(500, 0)
    assert (queries.balance(b).posted_fen, queries.balance(c).posted_fen) == (450, 50)
    for act in (lambda: void(pending=held, at=AT), lambda: post(pending=held, legs=[Leg(a, -1), Leg(b, 1)], at=AT)):
        with pytest.raises(Rejected) as refused:
            act()
        assert refused.value.code == "ledger.already_closed"


def test_a_posting_never_takes_more_than_was_reserved() -> None:
    a, b = funded("ORG-A", 1000), funded("ORG-B", 500)
    held = reserve(account=a, amount_fen=700, purpose="deposit", subject="LOT-1", at=AT)
    for legs in ([Leg(a, -701), Leg(b, 701)], [Leg(b, -1), Leg(a, 1)]):
        with pytest.raises(Rejected) as refused:
            post(pending=held, legs=legs, at=AT)
        assert refused.value.code == "ledger.post_exceeds_reserve"
    with pytest.raises(Rejected) as refused:
        void(pending=uuid.uuid4(), at=AT)
    assert refused.value.code == "ledger.unknown_pending"


def test_reserves_are_rows_never_updates() -> None:
    a = funded("ORG-A", 1000)
    held = reserve(account=a, amount_fen=10, purpose="deposit", subject="LOT-1", at=AT, expires_at=AT + timedelta(days=1))
    with pytest.raises(AssertionError, match="still runs"):
        expire(pending=held, actor=SYSTEM, clock=FixedClock(AT))
    expire(pending=held, actor=SYSTEM, clock=FixedClock(AT + timedelta(days=1)))
    assert queries.balance(a) == queries.Funds(1000, 0)
    phases = list(Transfer.objects.filter(subject="LOT-1").order_by("id").values_list("phase", flat=True))
    assert phases == [Phase.PENDING, Phase.EXPIRED]


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_is_reserved_for_nothing(amount: int) -> None:
    with pytest.raises(Rejected) as refused:
        reserve(account=funded("ORG-A", 10), amount_fen=amount, purpose="deposit", subject="LOT-1", at=AT)
    assert refused.value.code == "ledger.bad_amount"


@covers("G6")
def test_a_bank_reference_is_booked_once() -> None:
    clock = FixedClock(AT)
    first = fund(organization="ORG-A", amount_fen=5000, reference="B20260302-1", actor=SYSTEM, clock=clock)
    assert fund(organization="ORG-A", amount_fen=5000, reference="B20260302-1", actor=SYSTEM, clock=clock) == first
    for organization, amount in (("ORG-A", 5001), ("ORG-B", 5000)):
        with pytest.raises(Rejected) as refused:
            fund(organization=organization, amount_fen=amount, reference="B20260302-1", actor=SYSTEM, clock=clock)
        assert refused.value.code == "ledger.reference_used"
    assert queries.held("ORG-A", AccountKind.AVAILABLE).available_fen == 5000
    assert queries.held("BANK", AccountKind.BANK).posted_fen == -5000


def test_a_statement_is_read_page_by_page_without_gap_or_repeat() -> None:
    a, b = funded("ORG-A", 1000), funded("ORG-B", 0)
    for n in range(7):
        transfer(kind="gift", legs=[Leg(a, -n - 1), Leg(b, n + 1)], subject=f"TRD-{n}", at=AT)
    seen, before = [], None
    while True:
        page = queries.statement("ORG-A", before=before, limit=3)
        seen += [line.amount_fen for line in page.lines]
        if (before := page.before) is None:
            break
    assert seen == [-7, -6, -5, -4, -3, -2, -1, 1000]


def test_an_operation_that_fails_later_moves_nothing() -> None:
    a, b = funded("ORG-A", 1000), funded("ORG-B", 0)

    def act() -> None:
        with transaction.atomic():
            transfer(kind="gift", legs=[Leg(a, -400), Leg(b, 400)], subject="TRD-1", at=AT)
            raise RuntimeError("later")

    with pytest.raises(RuntimeError):
        act()
    assert queries.balance(a).posted_fen == 1000
