"""The market's month: sums are told, one party's business is not, and nobody works out a hidden cell from the shown ones."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from itertools import product

import numpy as np
import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.cases import claim_case, close_case, open_case
from evidence.clock import MARKET_CLOCK, set_market_clock
from exchange.monthly import CHANNELS, Month, closed_months, monthly, supervision, tabulated
from exchange.suppression import WHOLE, Cell, determined, hidden_cells, table_equations
from exchange.templatetags.house import market_local
from kit.coverage import covers
from listings.reference_prices import Deal, Floors
from participants.models import User
from participants.roles import Role
from tests.factories import make_actor, make_organization
from tests.trading.worlds import bought, stand_still

FLOORS = Floors(least_trades=3, least_parties=2, most_share_bps=8000)
ROWS = ("A", "B", "C", "D")
TABLES = st.dictionaries(st.tuples(st.sampled_from(ROWS), st.sampled_from(CHANNELS)), st.integers(0, 50), min_size=2)


def whole(inner: dict[Cell, int]) -> dict[Cell, int]:
    """The table with its sums."""
    cells = {(row, column): inner.get((row, column), 0) for row in ROWS for column in CHANNELS}
    for row in ROWS:
        cells[row, WHOLE] = sum(cells[row, column] for column in CHANNELS)
    for column in (*CHANNELS, WHOLE):
        cells[WHOLE, column] = sum(cells[row, column] for row in ROWS)
    return cells


def oracle(hidden: set[Cell], rows: tuple[str, ...], columns: tuple[str, ...]) -> set[Cell]:
    """Which hidden cells follow: leaving the cell out lowers the rank of the equations by more than leaving any other would."""
    order = sorted(hidden)
    matrix = np.array([[one.get(cell, 0) for cell in order] for one in table_equations(rows, columns)])
    found = set()
    for number, cell in enumerate(order):
        unit = np.zeros((1, len(order)))
        unit[0, number] = 1
        if np.linalg.matrix_rank(np.vstack([matrix, unit])) == np.linalg.matrix_rank(matrix):
            found.add(cell)
    return found


@covers("H9")
@settings(deadline=None)
@given(TABLES, st.sets(st.tuples(st.sampled_from((*ROWS, WHOLE)), st.sampled_from((*CHANNELS, WHOLE))), max_size=5))
def test_no_hidden_cell_follows_from_the_shown_ones(inner: dict[Cell, int], sensitive: set[Cell]) -> None:
    cells = whole(inner)
    hidden = hidden_cells(cells, sensitive, ROWS, CHANNELS)
    assert sensitive <= hidden
    assert oracle(hidden, ROWS, CHANNELS) == set() if hidden else True


@settings(deadline=None)
@given(st.sets(st.tuples(st.sampled_from((*ROWS, WHOLE)), st.sampled_from((*CHANNELS, WHOLE))), min_size=1))
def test_what_follows_is_judged_as_the_rank_of_the_equations_judges_it(hidden: set[Cell]) -> None:
    assert determined(hidden, table_equations(ROWS, CHANNELS)) == oracle(hidden, ROWS, CHANNELS)


def test_hiding_only_what_is_sensitive_is_undone_by_a_subtraction() -> None:
    cells = whole({("A", "on_exchange"): 5, ("A", "off_exchange"): 100, ("B", "on_exchange"): 50, ("B", "off_exchange"): 60})
    naive = {("A", "on_exchange")}
    assert determined(naive, table_equations(ROWS, CHANNELS)) == naive, "the naive table gives the hidden cell away"
    hidden = hidden_cells(cells, naive, ROWS, CHANNELS)
    assert hidden == set(product(("A", "B"), CHANNELS)), "one rectangle, of the smallest cells, protects it"


def test_a_cell_of_few_trades_or_of_one_party_is_not_told_and_neither_is_a_whole_that_would_tell_it() -> None:
    many = [Deal("", "I", "on_exchange", seller, buyer, 100) for seller, buyer in product((1, 2, 3), (11, 12, 13))]
    one = [Deal("", "J", "on_exchange", 1, 11, 900)]
    table = tabulated([*many, *one], FLOORS)
    assert table.told("J", "on_exchange") is None and table.told("J", WHOLE) is None
    assert table.cells["I", WHOLE] == (9, 900) and table.cells[WHOLE, WHOLE] == (10, 1800)
    told = {cell for cell in product((*table.rows, WHOLE), (*CHANNELS, WHOLE)) if table.told(*cell) is not None}
    assert not (("I", WHOLE) in told and (WHOLE, WHOLE) in told), "the whole less the other industry would be the one trade"
    assert tabulated([*many, *one], None).hidden == frozenset()


def test_a_quiet_month_is_a_table_without_rows() -> None:
    table = tabulated([], FLOORS)
    assert table.rows == () and table.told(WHOLE, WHOLE) == (0, 0)


def test_a_month_is_the_markets_and_the_year_turns() -> None:
    december = Month(2026, 12)
    assert december.begins.astimezone(UTC) == datetime(2026, 11, 30, 16, tzinfo=UTC)
    assert december.ends == december.next.begins and december.next == Month(2027, 1) and december.next.before == december


@pytest.mark.django_db
@covers("H9", "R97")
def test_the_month_that_is_over_is_told_to_everyone_and_whole_to_the_desks_alone() -> None:
    stand_still()
    trade = bought(make_organization(Role.BUYER), 1_234_500, MARKET_CLOCK.now())
    undone = bought(make_organization(Role.BUYER), 500, MARKET_CLOCK.now(), moved="cancelled")
    assert closed_months(MARKET_CLOCK.now()) == [], "a month is told when it is over"
    set_market_clock(trade.executed_at + timedelta(days=40), 0)
    [month, *_] = [one for one in closed_months(MARKET_CLOCK.now()) if one.begins <= trade.executed_at < one.ends]
    public, desks = monthly(month), monthly(month, whole=True)
    assert undone.executed_at < month.ends and desks.turnover.told(WHOLE, WHOLE) == (1, trade.price_fen)
    assert public.turnover.told(WHOLE, WHOLE) is None, "one trade is one party's business"

    anyone = Client(headers={"accept-language": "zh-hans"})
    page = anyone.get("/bulletins/monthly/", {"month": month.name})
    assert page.status_code == 200 and "不公布" in page.content.decode() and "12,345" not in page.content.decode()
    told = anyone.get("/bulletins/monthly/", {"month": month.name, "format": "json"}).json()
    assert {"sector": "all", "channel": "all", "hidden": True} in told["turnover"]
    table = anyone.get("/bulletins/monthly/", {"month": month.name, "format": "csv"}).content.decode("utf-8-sig")
    assert all(len(line) == 7 for line in csv.reader(io.StringIO(table)))
    assert anyone.get("/bulletins/monthly/", {"month": "1999-01"}).status_code == 404
    assert anyone.get("/desk/market-report/").status_code == 302

    browser = Client(headers={"accept-language": "zh-hans"})
    browser.force_login(User.objects.get(pk=make_actor(Role.REGULATOR).user_id or 0))
    assert browser.get("/desk/market-report/", {"month": month.name}).status_code == 200
    report = browser.get("/desk/market-report/", {"month": month.name, "format": "json"}).json()
    assert {"sector": "all", "channel": "all", "trades": 1, "fen": trade.price_fen} in report["turnover"]
    assert (report["hhi"], report["cr4_bps"]) == (10_000, 10_000), "one seller sold everything"
    assert {line["kind"] for line in report["work"]} == {"case", "conduct", "complaint", "dispute"}


def cases(month: Month) -> list[int]:
    """Cases that came in, were closed, wait at the month's end."""
    return {key: rest[:3] for key, *rest in supervision(month).lines}["case"]


@pytest.mark.django_db
@covers("R97")
def test_work_is_counted_as_it_stood_at_the_months_end() -> None:
    officer = make_actor(Role.COMPLIANCE_OFFICER)
    day = market_local(MARKET_CLOCK.now())
    month = Month(day.year, day.month)
    case = open_case(kind="other", subject_kind="organization", subject_code=officer.organization, title=("试", "try"), actor=officer,
                     clock=MARKET_CLOCK)
    assert cases(month) == [1, 0, 1]
    set_market_clock(month.ends + timedelta(days=3), 0)
    claimed = claim_case(case=case, actor=officer, clock=MARKET_CLOCK)
    close_case(case=claimed, outcome="no_action", text="试", actor=officer, clock=MARKET_CLOCK)
    assert cases(month) == [1, 0, 1], "what came later is not looked at"
    assert cases(month.next) == [0, 1, 0]
