"""What a trade costs: a charge is a dated figure; bounds, the cap, the order; a quote is read back as it was written (G2)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.coverage import covers
from kit.money import bps_of
from participants.charges import Charge, Fund, Payer, Schedule, is_charge, schedule
from tests.factories import NOW, figure, venue
from tests.participants.test_venues import opened

LETTERS = "abcdefgh"


@pytest.mark.parametrize(("key", "payer", "fund"), [
    ("fee.match_seller_bps", "seller", "venue"), ("fee.match_buyer_bps", "buyer", "venue"),
    ("levy.public_interest_bps", "seller", "public"), ("fee.data_evidence_buyer_bps", "buyer", "venue"),
    ("levy.relief_buyer_bps", "seller", "public"),
])
def test_the_key_says_who_pays_whom(key: str, payer: str, fund: str) -> None:
    one = Charge(key, 1)
    assert (one.payer, one.fund) == (payer, fund)


@pytest.mark.parametrize("key", ["fee.cap_bps", "fee.registration_buyer_fen", "deposit.bps", "fee.seller_bps", "fee.A_seller_bps", "levy"])
def test_other_figures_are_no_charges(key: str) -> None:
    assert not is_charge(key)
    with pytest.raises(ValueError, match="names no charge"):
        Charge(key, 1)


@pytest.mark.parametrize("value", [True, -1, 10_001, "250", 2.5, None, {}, {"bps": 1, "most": 2}, {"bps": 1, "min_fen": 5, "max_fen": 4},
                                   {"bps": 1, "min_fen": -1}])
def test_a_value_that_is_no_rate_is_refused(value: Any) -> None:
    with pytest.raises(ValueError):
        Charge.read("fee.match_seller_bps", value)


def test_a_rate_has_bounds_and_a_price_of_nothing_costs_nothing() -> None:
    one = Charge.read("fee.evidence_seller_bps", {"bps": 50, "min_fen": 100, "max_fen": 5_000})
    assert [one.of(price) for price in (0, 1, 20_000, 20_100, 1_000_000, 1_000_001)] == [0, 100, 100, 101, 5_000, 5_000]


@covers("G2")
def test_fees_of_one_side_stay_under_the_cap_and_the_last_one_is_cut() -> None:
    terms = Schedule((Charge("fee.a_buyer_bps", 400), Charge("fee.a_seller_bps", 300), Charge("fee.b_seller_bps", 300),
                      Charge("levy.public_interest_bps", 100)), 500)
    assert [item.fen for item in terms.of(1_000_000)] == [40_000, 30_000, 20_000, 10_000]
    assert (terms.total(1_000_000, Payer.SELLER, Fund.VENUE), terms.total(1_000_000, Payer.BUYER)) == (50_000, 40_000)
    assert terms.total(1_000_000, Payer.SELLER) == 60_000


KINDS = st.sampled_from(["fee.%s_seller_bps", "fee.%s_buyer_bps", "levy.%s_bps"])
charges = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 500), KINDS), max_size=len(LETTERS))


@covers("G2", "I7")
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**53 - 1) | st.integers(0, 300), charges, st.integers(0, 1000))
def test_nobody_is_charged_beyond_the_cap_or_the_price(price: int, given: list[tuple[int, int, str]], cap: int) -> None:
    terms = Schedule(tuple(Charge(key % LETTERS[n], bps, least) for n, (bps, least, key) in enumerate(given)), cap)
    items = terms.of(price)
    assert all(0 <= item.fen <= item.charge.of(price) for item in items)
    for payer in Payer:
        assert terms.total(price, payer, Fund.VENUE) <= bps_of(price, cap)
    assert terms.total(price, Payer.SELLER) <= price
    assert Schedule.read(terms.written()) == terms, "what was quoted is read back as it was"


@covers("R51", "W27")
@pytest.mark.django_db
def test_a_new_figure_is_a_new_charge_from_its_date_on() -> None:
    before = schedule(venue=venue(), at=NOW)
    assert [one.key for one in before.charges] == ["fee.match_buyer_bps", "fee.match_seller_bps", "levy.public_interest_bps"]
    figure(venue(), "fee.evidence_seller_bps", {"bps": 5, "min_fen": 100}, at=NOW, name=("存证费", "Evidence fee"))
    assert schedule(venue=venue(), at=NOW - timedelta(seconds=1)) == before
    after = schedule(venue=venue(), at=NOW)
    assert Charge("fee.evidence_seller_bps", 5, 100, None, "存证费", "Evidence fee") in after.charges


@pytest.mark.django_db
def test_a_venue_without_a_figure_of_its_own_takes_its_parents() -> None:
    child = opened()
    figure(venue(), "fee.evidence_seller_bps", 5)
    figure(child, "fee.match_seller_bps", 100)
    rates = {one.key: one.bps for one in schedule(venue=child, at=NOW).charges}
    assert rates == {"fee.evidence_seller_bps": 5, "fee.match_buyer_bps": 0, "fee.match_seller_bps": 100, "levy.public_interest_bps": 100}
