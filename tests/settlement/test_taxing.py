"""Tax has an account of its own (G1, G2): what is tax of the venue's charges is never mixed with its fees, also of what stood before."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils.translation import override

from evidence.bundle import lines_root
from evidence.clock import MARKET_CLOCK as CLOCK
from evidence.models import Record
from exchange.pages.fee_note import note_of
from kit.actors import SYSTEM
from kit.coverage import covers
from kit.rejected import Rejected
from ledger.accounts import AccountKind
from ledger.models import Posting
from ledger.operations import Leg, account, transfer
from ledger.queries import held, statement, trial_balance
from ledger.rebuilding import rebuild
from participants.models import TaxStatement
from participants.queries import LOCAL, house_venue, venue_organization
from participants.roles import Role
from settlement.collecting import due_line
from settlement.fees import line_of
from settlement.models import Settlement
from settlement.receipts import _lines
from settlement.refunding import CHARGES, TAX, lines_paid
from settlement.tasks import move_cycle
from settlement.taxing import open_tax_account, taxed_months
from tests.factories import make_user, venue
from tests.ledger.books import acting
from tests.settlement.money import sound
from tests.settlement.test_money_pages import signed_in, told
from tests.settlement.test_refunding import agreed, post
from tests.settlement.worlds import accepted, collected, frozen, operator

pytestmark = pytest.mark.django_db


def house() -> str:
    return venue_organization(venue()).code


def fees_and_tax() -> tuple[int, int]:
    return held(house(), AccountKind.VENUE_FEES).posted_fen, held(house(), AccountKind.TAX).posted_fen


def general() -> None:
    """The venue is a general taxpayer: six percent inside its charges."""
    TaxStatement.objects.create(organization=venue_organization(venue()), kind="general", effective_from="2025-01-01T00:00:00+08:00",
                                stated_at="2024-12-31T00:00:00+08:00", stated_by_id=make_user(Role.VENUE_OPERATOR).pk)


def settled(price_fen: int = 1_000_000) -> Settlement:
    trade = accepted(price_fen=price_fen)
    move_cycle(cycle=frozen(), clock=CLOCK)
    return Settlement.objects.get(trade=trade, status="settled")


@covers("G1", "G2")
def test_a_general_taxpayer_keeps_of_its_charge_what_is_left_without_the_tax() -> None:
    general()
    one = settled()
    assert (one.seller_fee_fen, one.fee_tax_bps, one.fee_tax_fen) == (25_000, 600, 1_415)
    assert fees_and_tax() == (23_585, 1_415), "250.00 with tax are 235.85 and 14.15"
    kinds = {row.kind: row.posted_fen for row in trial_balance()}
    assert kinds["tax"] == 1_415 and sum(kinds.values()) == 0, "it is a row of the trial balance, which sums to zero"
    with override("zh-hans"):
        assert [line.account_label for line in statement(house(), kinds=["tax"]).lines] == ["应交税费"]
    assert one.cycle is not None and (one.cycle.status, one.cycle.lines_root) == ("closed", lines_root([line_of(one)]))
    assert line_of(one)["fee_tax_fen"] == due_line(one)["fee_tax_fen"] == 1_415, "the hashed lines say it"
    sound()
    assert rebuild().differences == [], "the balances built anew from the postings are the live ones"


@covers("G2", "R98")
def test_the_papers_of_both_sides_say_what_is_tax_of_the_charges() -> None:
    general()
    one = settled()
    seller, buyer = note_of(one.trade, one.seller), note_of(one.trade, one.buyer)
    assert seller.tax_fen + buyer.tax_fen == one.fee_tax_fen == 1_415 and seller.tax_bps == 600
    assert seller.total_fen == 25_000 + 10_000, "nothing is added to what is paid, and the levy beside the fee holds no tax"
    assert [line["fen"] for line in _lines(one) if line["en"] == "Value-added tax inside the charges"] == [1_415]


@covers("G6", "G1")
def test_a_refund_gives_the_tax_back_out_of_the_tax_account() -> None:
    general()
    one = settled()
    paid = lines_paid(one)
    assert (paid[CHARGES], paid[TAX]) == (23_585, 1_415)
    post(agreed(one, 500_000))
    fees, tax = fees_and_tax()
    assert abs(tax - 1_415 / 2) <= 1 and abs(fees - 23_585 / 2) <= 1
    post(agreed(one, 500_000))
    assert fees_and_tax() == (0, 0)
    sound()


@covers("G1", "I7")
def test_the_database_refuses_a_tax_that_is_not_inside_the_fees() -> None:
    accepted()
    naive = patch("settlement.collecting.included", lambda fen, bps: fen * bps // 10_000)  # as if tax came on top of the charge
    with naive, pytest.raises(IntegrityError, match="tax_of_its_fees"), transaction.atomic():
        collected()
    one = collected()[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        Settlement.objects.filter(pk=one.pk).update(fee_tax_bps=0, fee_tax_fen=0)


def whole(fen: int, kind: str = "settlement") -> None:
    """A charge booked whole to the fees, as it was before tax had an account."""
    with acting():
        transfer(kind=kind, legs=[Leg(account("BANK", AccountKind.BANK), -fen), Leg(account(house(), AccountKind.VENUE_FEES), fen)],
                 subject="TRD-OLD", at=CLOCK.now())


def opened() -> Any:
    return open_tax_account(venue=house_venue(), actor=SYSTEM, clock=CLOCK)


@covers("G1", "I5", "I27")
def test_what_stood_mixed_is_moved_by_one_opening_posting_and_never_twice() -> None:
    general()
    for fen in (10_600, 25_000, -10_600):
        whole(fen, "refund_mirror" if fen < 0 else "settlement")
    whole(7_000, "auction_shortfall")  # damages, no charge: no tax is in it
    done = opened()
    assert done is not None and fees_and_tax() == (25_000 + 7_000 - 1_415, 1_415)
    told = Record.objects.get(kind="settlement.tax.opened")
    assert (told.subject, told.payload["amount_fen"], told.payload["charges"]) == (house(), 1_415, 3)
    assert opened() is None and fees_and_tax() == (25_000 + 7_000 - 1_415, 1_415), "again is nothing"
    with pytest.raises((Rejected, IntegrityError)), transaction.atomic(), acting():  # the naive second opening, past the operation
        transfer(kind="tax_opening", subject=house(), at=CLOCK.now(), legs=[
            Leg(account(house(), AccountKind.VENUE_FEES), -1), Leg(account(house(), AccountKind.TAX), 1)])
    assert rebuild().differences == []


@covers("G1")
def test_a_house_that_began_with_the_account_has_nothing_to_open() -> None:
    general()
    one = settled()
    post(agreed(one, 3))  # so little that no fen of tax goes back: no charge booked whole all the same
    before = fees_and_tax()
    assert opened() is None and fees_and_tax() == before
    assert not Posting.objects.filter(transfer__kind="tax_opening").exists()


@covers("G1", "T51")
def test_the_money_desk_shows_the_tax_month_by_month_in_two_languages(client: Client) -> None:
    general()
    settled()
    month, fees, tax = taxed_months(house_venue(), since=CLOCK.now().replace(year=2020))[0]
    assert (f"{month:%Y-%m}", fees, tax) == (f"{CLOCK.now().astimezone(LOCAL):%Y-%m}", 23_585, 1_415)
    desk = signed_in(operator())
    told(desk.get("/desk/money/tax/"), "14<small>.15", "235<small>.85", "一般纳税人")
    assert "235.85,14.15,250.00" in b"".join(desk.get("/desk/money/tax.csv")).decode().replace('"', "")
