"""The annual statement of the redistribution fund: by source and purpose, each line traced to its postings (R75, W25).

Worked example: a levy of 10,000 and a donation of 18,335 in one year; of a fund of 20,000 opened from them 600 are carried into the next.
"""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest

from evidence.bundle import lines_root
from evidence.clock import MARKET_CLOCK as CLOCK
from evidence.clock import set_market_clock
from kit.coverage import covers
from ledger.accounts import AccountKind
from ledger.operations import account
from ledger.queries import balance
from participants.queries import venue_organization
from participants.roles import Role
from settlement.fund_year import fund_year, fund_years, postings_of
from settlement.subsidies import decide_fund
from settlement.tasks import move_cycle
from tests.factories import make_user, venue
from tests.settlement.subsidies import fund_proposed
from tests.settlement.test_giving import pledged
from tests.settlement.worlds import accepted, frozen, operator

pytestmark = pytest.mark.django_db


def lived() -> None:
    """A levy and a donation in 2027, a subsidy fund opened of them in 2028."""
    set_market_clock(datetime(2027, 6, 1, 2, tzinfo=UTC), 0)
    seller, _ = pledged()
    accepted(price_fen=1_000_000, seller=seller)
    move_cycle(cycle=frozen(), clock=CLOCK)


@covers("R75", "W25", "G5")
def test_income_by_source_and_balances_are_the_sums_of_postings_and_carry_over() -> None:
    lived()
    one = fund_year(venue(), 2027, CLOCK.now())
    held = balance(account(venue_organization(venue()).code, AccountKind.PUBLIC_INTEREST)).posted_fen
    assert {line.kind: (line.fen, line.postings) for line in one.income} == {"settlement": (10_000, 1), "donation": (18_335, 1)}
    assert (one.opened_fen, one.payments, one.closed_fen, one.donors, one.whole) == (0, (), held, 1, False) and held == 28_335
    set_market_clock(datetime(2028, 1, 1, tzinfo=UTC), 0)
    following = fund_year(venue(), 2028, CLOCK.now())
    assert (following.opened_fen, following.income, following.closed_fen) == (28_335, (), 28_335)
    assert fund_year(venue(), 2027, CLOCK.now()).whole and fund_years(venue(), CLOCK.now()) == [2028, 2027]


@covers("R75")
def test_what_goes_to_a_purpose_is_stated_with_what_it_still_holds() -> None:
    lived()
    fund = decide_fund(fund=fund_proposed(budget_fen=20_000, order_cap_fen=20_000, year_cap_fen=20_000), approve=True, reason="",
                       actor=operator(), clock=CLOCK)
    one = fund_year(venue(), 2027, CLOCK.now())
    (line,), (purpose,) = one.payments, one.purposes
    assert (line.kind, line.fen) == ("subsidy_fund", -20_000) and one.closed_fen == 8_335
    assert (purpose.fund, purpose.given_fen, purpose.paid_fen, purpose.closed_fen) == (fund, 20_000, 0, 20_000)
    assert one.set_aside_fen == 20_000


@covers("R75", "I9")
def test_with_the_postings_each_line_and_its_root_come_out_again(client: Any) -> None:
    lived()
    rows = list(postings_of(venue(), 2027))
    for line in fund_year(venue(), 2027, CLOCK.now()).income:
        own = [row for row in rows if row["transfer__kind"] == line.kind]
        assert line.root == lines_root({"amount_fen": row["amount_fen"], "transfer_hash": row["transfer__hash"]} for row in own)
        assert line.fen == sum(row["amount_fen"] for row in own)
    page = client.get("/redistribution/2027/").content.decode()
    assert "成交计提的公益金" in page
    assert "283<small>.35" in page
    assert "TRD-" not in page, "whose trade it was is nobody else's"
    table = list(csv.reader(io.StringIO(client.get("/redistribution/2027.csv").getvalue().decode("utf-8-sig"))))
    assert [row[2] for row in table[1:]] == ["0.00", "183.35", "100.00", "283.35"]
    assert client.get("/redistribution/2019/").status_code == client.get("/redistribution/2019.csv").status_code == 404
    assert 'href="/redistribution/2027/"' in client.get("/redistribution/").content.decode()
    assert client.get("/desk/redistribution/2027/postings.csv").status_code == 302
    client.force_login(make_user(Role.AUDITOR))
    traced = client.get("/desk/redistribution/2027/postings.csv").getvalue().decode("utf-8-sig").splitlines()
    assert len(traced) == 1 + len(rows) and rows[0]["transfer__hash"] in traced[1]
