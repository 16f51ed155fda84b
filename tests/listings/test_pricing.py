"""The price calculator: exact, every factor's effect told, read from facts where it can be, a reference and no verdict (R45, E1, E2)."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.coverage import covers
from kit.rejected import Rejected
from listings.exclusivity import MOST_BUYERS, break_even_premium, exclusive_revenue, open_revenue
from listings.models import Listing, ListingVersion
from listings.price_facts import asked_for_alike, read_choices
from listings.pricing import factors, modes, price, tiers_of, unit_prices
from tests.exchange.worlds import signed_in
from tests.listings.worlds import make_draft, make_listed, make_seller

#: nothing moves the price: every factor at the option that leaves it alone at both ends where there is one
PLAIN = {"timeliness": "regular", "span": "medium", "coverage": "most", "quality": "fair", "grade": "general", "potential": "medium",
         "scarcity": "few", "scenario": "commercial", "exclusivity": "none"}
CHOICES = st.fixed_dictionaries({key: st.sampled_from(sorted(factor.options)) for key, factor in factors().items()})


@covers("CAP-E2")
def test_a_worked_example() -> None:
    """100,000 yuan over 10 licences with 20% is 12,000; weekly, 1 to 3 years, most covered, fair, general, medium, few, commercial."""
    found = price(cost_fen=10_000_000, licences=10, margin_bps=2_000, choices=PLAIN)
    assert found.base_fen == 1_200_000
    low = Fraction(1_200_000) * Fraction(95, 100) * Fraction(95, 100)
    high = Fraction(1_200_000)
    for bps in (11_000, 11_000, 11_000, 10_500, 11_000, 11_500, 12_000):
        high = high * bps / 10_000
    assert (found.low_fen, found.high_fen) == (int(low), int(high + Fraction(1, 2)))
    assert found.low_fen == 1_083_000


@covers("CAP-E2")
@given(st.integers(0, 10**11), st.integers(1, 10_000), st.integers(0, 50_000), CHOICES)
def test_the_effects_sum_to_the_range_exactly_and_low_is_never_above_high(cost: int, licences: int, margin: int,
                                                                         choices: dict[str, str]) -> None:
    found = price(cost_fen=cost, licences=licences, margin_bps=margin, choices=choices)
    assert found.base_fen + sum(one.low_fen for one in found.effects) == found.low_fen
    assert found.base_fen + sum(one.high_fen for one in found.effects) == found.high_fen
    assert 0 <= found.low_fen <= found.middle_fen <= found.high_fen
    assert [one.factor.key for one in found.effects] == list(factors())


@covers("CAP-E2")
def test_each_factor_moves_the_price_the_way_it_says_and_welfare_makes_it_free() -> None:
    plain = price(cost_fen=10_000_000, licences=10, margin_bps=0, choices=PLAIN)
    for key, better in {"timeliness": "live", "coverage": "whole", "quality": "high", "scarcity": "sole", "exclusivity": "limited"}.items():
        assert price(cost_fen=10_000_000, licences=10, margin_bps=0, choices={**PLAIN, key: better}).high_fen > plain.high_fen, key
    free = price(cost_fen=10_000_000, licences=10, margin_bps=0, choices={**PLAIN, "scenario": "welfare"})
    assert (free.low_fen, free.high_fen) == (0, 0)


@covers("CAP-E2")
@pytest.mark.parametrize(("change", "field"), [
    ({"cost_fen": -1}, "cost_fen"), ({"licences": 0}, "licences"), ({"margin_bps": 100_001}, "margin"),
    ({"choices": {**PLAIN, "coverage": "everything"}}, "coverage"), ({"choices": {}}, "timeliness"),
])
def test_what_cannot_be_computed_is_named(change: dict[str, object], field: str) -> None:
    asked: dict[str, object] = {"cost_fen": 1, "licences": 1, "margin_bps": 0, "choices": PLAIN, **change}
    with pytest.raises(Rejected) as refused:
        price(**asked)  # type: ignore[arg-type]
    assert refused.value.code == "listings.price.faulty" and refused.value.errors[0].field == field


def test_every_factor_names_its_basis_how_sure_it_is_and_widens_or_narrows_in_order() -> None:
    for factor in factors().values():
        assert all(factor.basis) and factor.evidence in {"seen", "recalled", "venue"}
        assert all(0 <= one.low_bps <= one.high_bps and all(one.text) for one in factor.options.values())
    assert all("ownership" not in key for key in factors()), "no price reads who owns the seller (R60)"


@covers("R45", "CAP-E1")
def test_the_modes_are_data_and_say_one_price_in_their_units() -> None:
    assert list(modes()) == ["fixed", "subscription", "per_call", "per_row", "tiered", "revenue_share", "auction", "negotiated", "free"]
    found = unit_prices(1_200_000, months=12, calls=1_000, rows=0)
    assert found == {"fixed": 1_200_000, "subscription": 100_000, "per_call": 1_200, "per_row": None}


@covers("R45", "CAP-E1")
@given(st.integers(0, 10**12), st.integers(1, 10**7))
def test_the_tiers_cover_the_expected_use_once_and_cost_the_price_exactly(fen: int, calls: int) -> None:
    rows = tiers_of(fen, calls)
    assert sum((end - first + 1) * unit for first, end, unit in rows) == fen
    assert rows[0][0] == 1 and rows[-1][1] == calls
    assert all(left[1] + 1 == right[0] and left[2] >= right[2] for left, right in pairwise(rows))
    assert tiers_of(fen, 0) == []


# ---- read, not asked ---------------------------------------------------------------------------------------------------------------


@covers("CAP-E2")
@pytest.mark.django_db
def test_what_the_listing_tells_is_read_with_its_reason() -> None:
    seller = make_seller()
    version = make_draft(seller, update_frequency="每日")
    found = read_choices(version)
    assert {key: value for key, (value, _) in found.items()} == {
        "timeliness": "live", "span": "short", "quality": "unknown", "grade": "general", "scarcity": "sole", "scenario": "commercial"}
    assert found["span"][1][0] == "2026-01-01 至 2026-03-01"
    version.use_terms = {"purposes": ["public_welfare"]}
    assert read_choices(version)["scenario"][0] == "welfare"
    version.use_terms, version.category = {"purposes": ["research"]}, "personal"
    assert (read_choices(version)["scenario"][0], read_choices(version)["grade"][0]) == ("research", "personal")
    assert read_choices(ListingVersion(listing=version.listing))["span"][0] == "none"


@covers("CAP-E2", "R120")
@pytest.mark.django_db
def test_prices_of_things_alike_are_summed_up_from_three_sellers_on() -> None:
    version = make_draft(make_seller())
    for fen in (1_000_000, 3_000_000):
        make_listed(price_fen=fen)
    assert asked_for_alike(version) is None, "two sellers: one could read the other's"
    make_listed(price_fen=2_000_000)
    assert asked_for_alike(version) == (3, 1_000_000, 2_000_000, 3_000_000)
    assert read_choices(version)["scarcity"][0] == "few"


@covers("CAP-E2", "R45")
@pytest.mark.django_db
def test_the_page_computes_shows_each_effect_and_puts_the_figure_into_the_draft() -> None:
    seller = make_seller()
    version = make_draft(seller)
    client, address = signed_in(seller.actor), f"/desk/listings/{version.listing.code}/price/"
    asked = {"processing": "100,000", "licences": "10", "margin": "20", "calls": "1000", "coverage": "whole", "potential": "medium",
             "exclusivity": "none"}
    page = client.get(address, asked).content.decode()
    assert "</i>12,000<small>" in page and "深圳经济特区数据条例" in page and "原文待核对" in page and "1–200" in page
    assert "有 10 位买方时" in page and "<strong>3.06 倍</strong>" in page
    wrong = client.get(address, {**asked, "licences": "0"})
    assert wrong.status_code == 400 and "预计许可份数须为" in wrong.content.decode() and 'value="100,000"' in wrong.content.decode()
    done = client.post(address, {"price_fen": "1180000"})
    assert done.status_code == 302
    assert Listing.objects.get(pk=version.listing_id).versions.get().price_fen == 1_180_000
    assert signed_in(make_seller().actor).get(address).status_code == 404


@covers("E22")
@pytest.mark.parametrize(("buyers", "premium"), [(2, "1.20"), (3, "1.41"), (5, "1.86"), (10, "3.06"), (20, "5.53")])
def test_an_exclusive_licence_has_to_bring_more_the_more_buyers_there_are(buyers: int, premium: str) -> None:
    assert f"{float(break_even_premium(buyers)):.2f}" == premium


@given(st.integers(1, MOST_BUYERS))
def test_the_best_reserve_never_earns_less_than_none_nor_more_than_the_highest_value(buyers: int) -> None:
    assert Fraction(buyers - 1, buyers + 1) <= exclusive_revenue(buyers) < 1
    assert break_even_premium(buyers) * exclusive_revenue(buyers) == open_revenue(buyers)


@pytest.mark.parametrize("buyers", [0, -1, MOST_BUYERS + 1])
def test_no_premium_is_guessed_for_nobody_or_a_crowd(buyers: int) -> None:
    with pytest.raises(ValueError, match="buyers"):
        break_even_premium(buyers)
