"""R109, CAP-E3: what a feature adds to a price is found like for like, and told only where nobody's own price is told.

Worked example: a licence costs 1,000 yuan x rows^0.5, 30 % more by auction. A doubling of the rows is worth 41.42 %, whatever else varies.
"""

from __future__ import annotations

import statistics
from math import log, log2
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.bundle import lines_root
from evidence.models import Record
from kit.actors import SYSTEM
from kit.coverage import covers
from listings.hedonic import LEAST_DEALS, Effect, Fit, fitted
from listings.models import PriceEffect
from listings.reference_prices import Deal, Floors, _withheld, publish_prices
from tests.factories import NOW, clock, venue

FLOORS = Floors(least_trades=10, least_parties=5, most_share_bps=5_000)


def withheld(some: object) -> str:
    return _withheld(some, FLOORS)  # type: ignore[arg-type]


def market(count: int = 120, *, noise: float = 0.0, seed: int = 7, scale: float = 1.0, sellers: int = 12) -> list[Deal]:
    """Deals of the worked example; amounts and ways of selling are drawn, terms and seats carry no price."""
    dice, made = Random(seed), []
    for n in range(count):
        rows, mode = dice.choice([100, 1_000, 5_000, 20_000]), dice.choice(["fixed", "fixed", "auction"])
        price = 100_000 * scale * rows**0.5 * (1.3 if mode == "auction" else 1.0) * 2 ** dice.gauss(0, noise)
        made.append(Deal("enterprise", dice.choice("DM"), mode, n % sellers, 100 + n % 15, round(price), rows,
                         dice.choice([90, 180, 365]), dice.choice([1, 5, 10])))
    return made


def effect(fit: Fit | None, feature: str, level: str = "") -> Effect:
    assert fit is not None
    return next(one for one in fit.effects if (one.feature, one.level) == (feature, level))


@covers("R109", "CAP-E3")
def test_the_worked_example_is_found_to_the_basis_point() -> None:
    fit = fitted(market(), withheld)
    assert effect(fit, "rows").effect_bps == 4_142 and effect(fit, "mode", "auction").effect_bps == 3_000
    assert effect(fit, "mode", "auction").beside == "fixed" and abs(effect(fit, "seats").effect_bps) <= 1
    assert fit is not None and fit.deals == 120 and fit.r2_ppm >= 999_999


@covers("R109", "CAP-E3")
def test_the_interval_holds_the_truth_in_about_nineteen_of_twenty_noisy_markets() -> None:
    held = 0
    for seed in range(200):
        one = effect(fitted(market(noise=0.5, seed=seed), withheld), "rows")
        held += one.low_bps <= 4_142 <= one.high_bps
    assert 178 <= held <= 200, held


@covers("R109")
def test_one_feature_alone_is_the_textbook_regression() -> None:
    """The oracle: the slope of log price on log2 rows, where nothing else varies."""
    dice = Random(3)
    deals = [Deal("public", "G", "fixed", n % 9, 100 + n % 8, dice.randrange(1_000, 90_000), dice.choice([10, 200, 3_000]), 365, 1)
             for n in range(60)]
    slope = statistics.linear_regression([log2(one.rows) for one in deals], [log(one.price_fen) for one in deals]).slope
    assert effect(fitted(deals, withheld), "rows").effect_bps == round(10_000 * (2.718281828459045**slope - 1))


@covers("R109")
@settings(max_examples=25, deadline=None)
@given(st.integers(1, 50), st.integers(0, 10**6))
def test_a_dearer_market_has_the_same_effects(scale: int, seed: int) -> None:
    plain, dear = (fitted(market(80, noise=0.3, seed=seed, scale=by), withheld) for by in (1, scale))
    assert plain is not None and dear is not None
    for a, b in zip(plain.effects, dear.effects, strict=True):
        assert (a.feature, a.level) == (b.feature, b.level) and abs(a.effect_bps - b.effect_bps) <= 2, "but for the rounding to fen"


@covers("R109")
@pytest.mark.parametrize("deals", [
    market(LEAST_DEALS - 1), market(120, sellers=4), [one._replace(seller=1) if n % 5 else one for n, one in enumerate(market())],
    [one._replace(rows=0) for one in market()]], ids=["few", "few sellers", "one dominates", "amounts unknown"])
def test_nothing_is_told_from_few_deals_or_few_parties(deals: list[Deal]) -> None:
    assert fitted(deals, withheld) is None


@covers("R109")
def test_a_level_of_few_sellers_is_reckoned_with_and_not_told() -> None:
    """Two sellers alone sell under sector J: the others' effects are told, theirs is not."""
    deals = [*market(), *(one._replace(sector="J", seller=n % 2, price_fen=one.price_fen * 9) for n, one in enumerate(market(30, seed=9)))]
    fit = fitted(deals, withheld)
    assert fit is not None and not [one for one in fit.effects if one.level == "J"]
    assert effect(fit, "rows").effect_bps == 4_142, "the dear sector does not pass for rows"


@covers("R109", "CAP-E3")
@pytest.mark.django_db
def test_the_effects_are_published_with_the_bulletin_and_bound_by_the_record() -> None:
    day = NOW.date()
    made = publish_prices(venue=venue(), day=day, since=day.replace(year=day.year - 1), deals=market(), related=0, pilots=0, floors=FLOORS,
                          actor=SYSTEM, clock=clock())
    assert made is not None and made.effects_deals == 120
    rows = PriceEffect.objects.filter(bulletin=made).order_by("pk")
    told = Record.objects.filter(kind="listings.prices.published").latest("pk").payload
    fields = ("feature", "level", "beside", "deals", "effect_bps", "low_bps", "high_bps")
    assert told["effects"] == rows.count() > 3
    assert told["effects_root"] == lines_root([{name: getattr(one, name) for name in fields} for one in rows])
