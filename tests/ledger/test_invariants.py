"""Each invariant of the books finds the violation it is for (planted past the triggers by the superuser)."""

from __future__ import annotations

from typing import Any

import pytest

from kit.coverage import covers
from ledger import invariants
from ledger.operations import Leg, reserve, transfer
from tests.ledger.books import AT, acting, funded

ALL = [invariants.LegsSumToZero, invariants.LedgerSumsToZero, invariants.NobodyOverdraws, invariants.BalancesFollowFromPostings,
       invariants.BooksCanBeRebuilt]


def _some_books() -> None:
    with acting():
        a, b = funded("ORG-A", 1000), funded("ORG-B", 0)
        transfer(kind="gift", legs=[Leg(a, -300), Leg(b, 300)], subject="TRD-1", at=AT)
        reserve(account=a, amount_fen=200, purpose="deposit", subject="LOT-1", at=AT)


@pytest.mark.django_db
def test_sound_books_violate_nothing() -> None:
    _some_books()
    assert [text for one in ALL for text in one().check()] == []


PLANTED = [
    ("I1", invariants.LegsSumToZero, "UPDATE ledger_posting SET amount_fen = 301 WHERE amount_fen = 300"),
    ("I1", invariants.LegsSumToZero, "DELETE FROM ledger_posting WHERE amount_fen = 300"),
    ("I1", invariants.LegsSumToZero, "UPDATE ledger_posting SET account_id = 987654 WHERE amount_fen = 300"),
    ("I2", invariants.LedgerSumsToZero, "UPDATE ledger_balance SET posted_fen = posted_fen + 1 WHERE posted_fen = 300"),
    ("I4", invariants.NobodyOverdraws, "UPDATE ledger_transfer SET amount_fen = 701 WHERE phase = 'pending'"),
    ("I4", invariants.NobodyOverdraws, "UPDATE ledger_balance SET may_overdraw = true WHERE posted_fen = 300"),
    ("I5", invariants.BalancesFollowFromPostings, "UPDATE ledger_balance SET posted_fen = posted_fen - 1 WHERE posted_fen = 300"),
    ("I5", invariants.BalancesFollowFromPostings, "UPDATE ledger_balance SET reserved_fen = 0 WHERE reserved_fen = 200"),
    ("I27", invariants.BooksCanBeRebuilt, "UPDATE ledger_balance SET reserved_fen = 0 WHERE reserved_fen = 200"),
    ("I27", invariants.BooksCanBeRebuilt, "UPDATE ledger_transfer SET subject = 'TRD-2' WHERE subject = 'TRD-1'"),
    ("I27", invariants.BooksCanBeRebuilt, "UPDATE ledger_posting SET amount_fen = amount_fen * 2"),
]


@covers("I1", "I2", "I4", "I5", "I27")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("id_", "one", "edit"), PLANTED)
def test_a_planted_violation_is_found(superuser_connection: Any, id_: str, one: Any, edit: str) -> None:
    _some_books()
    superuser_connection.execute("SET session_replication_role = replica")
    assert superuser_connection.execute(edit).rowcount > 0
    assert one.id == id_
    assert list(one().check())
