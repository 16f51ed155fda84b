"""Published ledgers balance here to the last unit, every commodity by itself; our own book goes out and comes back the same."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from kit.coverage import covers
from ledger.interchange import exported, tried
from ledger.journals import JournalFault, read_journal
from ledger.models import Account, Balance, Transfer
from tests.ledger.books import funded

pytestmark = pytest.mark.django_db


@covers("G1")
def test_the_published_hledger_journal_has_the_published_balances(shared: Path) -> None:
    folder = shared / "3-vectors/ledgers"
    found = tried(read_journal((folder / "hledger_sample.journal").read_text()))
    expected = {row["account"]: Decimal(row["balance"].replace("$", "")) for row in csv.DictReader((
        folder / "hledger_sample_expected_balances.csv").open()) if row["account"] != "total"}
    assert {account: units for (account, _), units in found.items() if units} == expected and sum(found.values()) == 0


@covers("G1", "T12")
def test_the_published_beancount_ledger_has_the_published_units_of_every_commodity(shared: Path) -> None:
    folder = shared / "3-vectors/ledgers"
    found = tried(read_journal((folder / "example.beancount").read_text()))
    expected = {(row["account"], row["commodity"]): Decimal(row["units"]) for row in csv.DictReader((
        folder / "example_beancount_expected_units.csv").open())}
    assert {key: units for key, units in found.items() if units and key[0] != "Equity:Conversions"} == {
        key: units for key, units in expected.items() if units}
    sums: dict[str, Decimal] = {}
    for (_, commodity), units in found.items():
        sums[commodity] = sums.get(commodity, Decimal(0)) + units
    assert not any(sums.values()), "each commodity sums to zero by itself"
    assert not Transfer.objects.filter(kind="import").exists() and not Account.objects.filter(owner__startswith="IMP-").exists()


@covers("G1")
@pytest.mark.parametrize("text", [
    '2026-01-01 * "x"\n  Assets:A  1.00 USD\n  Assets:B  -0.99 USD\n', '2026-01-01 * "x"\n  Assets:A  1.00 USD\n  Assets:B\n  Assets:C\n',
    '2026-01-01 * "x"\n  Assets:A  1.00 USD\n  Assets:B\n\n2026-01-02 balance Assets:A  9.00 USD\n'])
def test_a_journal_that_does_not_balance_is_refused(text: str) -> None:
    with pytest.raises(JournalFault):
        read_journal(text)


@covers("G1")
def test_our_book_goes_out_and_comes_back_with_the_same_balances() -> None:
    funded("ORG-A", 12_345)
    funded("ORG-B", 1)
    found = tried(read_journal("".join(exported())))
    live = {(f"{kind.title().replace('_', '')}:{owner}", currency): Decimal(fen).scaleb(-2) for kind, owner, currency, fen in
            Balance.objects.exclude(posted_fen=0).values_list("account__kind", "account__owner", "account__currency", "posted_fen")}
    assert {key: units for key, units in found.items() if units} == live
