"""The three methods by hand: every factor's effect stands beside its input, rows sum, nothing is a float."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.engaging.valuing import Comparable, Cost, Income, Valuation, by_cost, by_income, by_market, valued
from kit.coverage import covers

YUAN = 100
COST = Cost(acquisition_fen=400_000 * YUAN, processing_fen=250_000 * YUAN, storage_fen=50_000 * YUAN, other_fen=100_000 * YUAN,
            profit_bps=1_500, quality_bps=11_000, obsolescence_bps=2_000)
INCOME = Income(incomes_fen=(1_000_000 * YUAN, 1_100_000 * YUAN, 1_210_000 * YUAN), share_bps=3_000, rate_bps=1_000)
MARKET = (Comparable(900_000 * YUAN, (1_000, -500, 0)), Comparable(800_000 * YUAN, (0, 0, 2_000)))


@covers("W19")
def test_cost_800_000_with_15_percent_profit_10_percent_better_and_aged_by_20_percent_is_809_600_yuan() -> None:
    said = by_cost(COST)
    assert [(step.text[1], step.effect_fen // YUAN, step.total_fen // YUAN) for step in said.steps] == [
        ("Acquisition", 400_000, 400_000), ("Processing", 250_000, 650_000), ("Storage and security", 50_000, 700_000),
        ("Indirect costs", 100_000, 800_000), ("Profit", 120_000, 920_000), ("Quality coefficient", 92_000, 1_012_000),
        ("Obsolescence", -202_400, 809_600)]
    assert said.fen == 809_600 * YUAN


@covers("W19")
def test_income_growing_as_fast_as_it_is_discounted_is_worth_the_same_each_year() -> None:
    """1,000,000, 1,100,000 and 1,210,000 yuan, of which the data bring 30 %, at 10 %: 272,727.27 yuan a year."""
    said = by_income(INCOME)
    assert [step.effect_fen for step in said.steps] == [27_272_727] * 3
    assert said.fen == 81_818_181


@covers("W19")
def test_comparables_are_brought_to_this_asset_one_factor_at_a_time_and_averaged() -> None:
    """900,000 x 1.10 x 0.95 = 940,500; 800,000 x 1.20 = 960,000; the mean is 950,250 yuan."""
    said = by_market(MARKET)
    assert said.fen == 950_250 * YUAN
    assert [step.effect_fen // YUAN for step in said.steps[:4]] == [900_000, 90_000, -49_500, 0]


@covers("W19")
def test_the_conclusion_weighs_the_methods_and_keeps_inputs_and_steps() -> None:
    """30 % of 809,600.00, 50 % of 818,181.81, 20 % of 950,250.00 = 842,020.91 yuan."""
    said = valued(Valuation("2026-10-31", "转让定价参考", COST, INCOME, MARKET, (30, 50, 20)))
    assert said["fen"] == 84_202_091
    assert [row["weight"] for row in said["methods"]] == [30, 50, 20]
    assert said["inputs"]["income"]["rate_bps"] == 1_000


@covers("W19")
@pytest.mark.parametrize("weights, used, faults", [((30, 50, 20), True, 0), ((30, 50, 30), True, 1), ((50, 0, 50), False, 1),
                                                   ((100, 0, 0), False, 0), ((-20, 60, 60), True, 1)])
def test_weights_sum_to_100_and_only_used_methods_weigh(weights: tuple[int, int, int], used: bool, faults: int) -> None:
    assert len(Valuation("2026-10-31", "", COST, INCOME if used else None, MARKET if used else (), weights).faults()) == faults


@covers("W19")
@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=12), st.integers(0, 10_000), st.integers(0, 5_000))
def test_rows_sum_to_the_value_and_a_higher_rate_never_raises_it(incomes: list[int], share: int, rate: int) -> None:
    said = by_income(Income(tuple(incomes), share, rate))
    assert sum(step.effect_fen for step in said.steps) == said.fen
    assert by_income(Income(tuple(incomes), share, rate + 100)).fen <= said.fen
    one = by_market([Comparable(fen + 1, (share - 5_000, rate, -rate)) for fen in incomes])
    assert one.steps[-1].total_fen == one.fen
