"""``rebuild_ledger``: what it finds, what it never does."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from kit.coverage import covers
from ledger.accounts import AccountKind
from ledger.models import Balance
from ledger.operations import Leg, account, reserve, transfer
from ledger.rebuilding import Difference, rebuild
from tests.ledger.books import AT, acting, funded

pytestmark = pytest.mark.django_db


def told(*words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("rebuild_ledger", *words, stdout=out, stderr=err)
        code = 0
    except SystemExit as ended:
        code = int(ended.code or 0)
    return code, out.getvalue(), err.getvalue()


@covers("I5", "I27")
def test_the_books_rebuilt_from_their_postings_are_the_live_ones() -> None:
    one, other = funded("ORG-A", 1_000), funded("ORG-B", 0)
    with acting():
        transfer(kind="test", legs=[Leg(one, -300), Leg(other, 300)], subject="T", at=AT)
        reserve(account=one, amount_fen=100, purpose="test", subject="T", at=AT)
    assert rebuild().differences == []
    code, out, _ = told("--check")
    assert code == 0 and out.endswith("postings, 0 differ\n")


@covers("I5", "I27")
@pytest.mark.django_db(transaction=True)
def test_a_balance_written_past_the_ledger_is_named_with_both_figures(superuser_connection: Any) -> None:
    one = funded("ORG-A", 1_000)
    superuser_connection.execute("SET session_replication_role = replica")
    superuser_connection.execute("UPDATE ledger_balance SET posted_fen = 999, reserved_fen = 5 WHERE account_id = %s", [one.pk])
    assert rebuild().differences == [Difference("ORG-A", "available", "CNY", 999, 1_000, 5, 0)]
    code, out, err = told()
    assert code == 1 and "1 differ" in out and "ORG-A available CNY: live 999 fen with 5 reserved, rebuilt 1000 with 0" in err
    assert json.loads(told("--json")[1])["differences"][0]["rebuilt_posted_fen"] == 1_000
    superuser_connection.execute("DELETE FROM ledger_balance WHERE account_id = %s", [one.pk])
    assert [(each.posted_fen, each.rebuilt_posted_fen) for each in rebuild().differences] == [(None, 1_000)]


@covers("I3")
def test_it_writes_nothing_and_says_why_and_what_to_do() -> None:
    one = funded("ORG-A", 1_000)
    with pytest.raises(CommandError) as refused:
        call_command("rebuild_ledger", "--write")
    assert "以分录纠正" in str(refused.value) and "restore a backup" in str(refused.value)
    assert Balance.objects.get(account=one).posted_fen == 1_000
    assert account("ORG-A", AccountKind.AVAILABLE).pk == one.pk
