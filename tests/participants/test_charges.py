"""What a trade costs: a charge is a dated figure; bounds, the cap, the order; a quote is read back as it was written (G2)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compliance.taxonomy import DataCategory
from kit.coverage import covers
from kit.money import bps_of
from participants.charges import CHANNELS, CLASSES, Charge, Fund, Payer, Schedule, is_charge, schedule, scope_fault, scope_words
from tests.factories import NOW, figure, venue
from tests.participants.test_venues import opened
from trading.models import Basis

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


MATCH = "fee.match_seller_bps"


@covers("G2", "W27")
@pytest.mark.django_db
def test_the_narrower_figure_is_the_charge_where_it_holds_and_there_is_one_of_a_key() -> None:
    figure(venue(), MATCH, 300, scope="channel=award")
    figure(venue(), MATCH, 100, scope="class=public")
    figure(venue(), MATCH, 50, scope="channel=award;class=public")
    figure(venue(), "fee.service_seller_bps", 20, scope="channel=deal", name=("服务费", "Service fee"))

    def rates(**where: str) -> dict[str, int]:
        found = schedule(venue=venue(), at=NOW, **where).charges
        assert len({one.key for one in found}) == len(found) and [one.key for one in found] == sorted(one.key for one in found)
        return {one.key: one.bps for one in found if one.fund is Fund.VENUE and one.payer is Payer.SELLER}

    assert rates() == {MATCH: 250}, "without a place, what holds everywhere"
    assert rates(channel="award", category="enterprise") == {MATCH: 300}
    assert rates(channel="award", category="public") == {MATCH: 50}
    assert rates(channel="purchase", category="public") == {MATCH: 100}
    assert rates(channel="deal", category="personal") == {MATCH: 250, "fee.service_seller_bps": 20}


@pytest.mark.django_db
def test_a_venues_own_figure_comes_before_a_narrower_one_of_its_parent() -> None:
    child = opened()
    figure(venue(), MATCH, 300, scope="channel=award")
    figure(child, MATCH, 100)
    assert {one.key: one.bps for one in schedule(venue=child, at=NOW, channel="award").charges}[MATCH] == 100
    figure(child, MATCH, 80, scope="channel=award")
    assert {one.key: one.bps for one in schedule(venue=child, at=NOW, channel="award").charges}[MATCH] == 80


@pytest.mark.parametrize("scope", ["award", "channel", "channel=", "channel=auction", "class=public;channel=award", "channel=award;",
                                   "channel=award;channel=deal", "class=core", ";", "channel=award;class=public;class=public", "=", "a=b"])
def test_what_is_no_scope_is_told_in_words(scope: str) -> None:
    fault = scope_fault(scope)
    assert fault is not None and "channel=…;class=…" in fault[0]


def test_a_scope_is_read_in_words() -> None:
    assert [scope_fault(one) for one in ("", "channel=award", "class=public", "channel=deal;class=personal")] == [None] * 4
    assert scope_words("channel=deal;class=personal") == ("协议、个人信息", "negotiated deals, personal data")
    assert scope_words("") == ("", "") and scope_words("public") == ("public", "public"), "other figures have scopes of their own"


def test_the_scopes_of_a_charge_are_the_bases_of_trades_and_the_classes_of_data() -> None:
    assert set(CLASSES) == set(DataCategory.values)
    assert set(CHANNELS) == set(Basis.values), "a filed deal is charged for only where both sides have it served here"


# ---- a charge that falls as the price rises (Auction Law 56)

FALLING = {"bps": 500, "tiers": [{"above_fen": 1_000_000, "bps": 300}, {"above_fen": 10_000_000, "bps": 100}]}


@covers("G2", "R51")
@pytest.mark.parametrize(("price", "fen"), [(0, 0), (1, 0), (999_999, 50_000), (1_000_000, 50_000), (1_000_100, 50_003),
                                            (10_000_000, 50_000 + 270_000), (20_000_000, 50_000 + 270_000 + 100_000)])
def test_each_rate_is_charged_on_the_part_of_the_price_above_its_threshold(price: int, fen: int) -> None:
    assert Charge.read("fee.match_buyer_bps", FALLING).of(price) == fen


@covers("G2")
@given(st.integers(0, 10**15), st.integers(1, 10**9))
@settings(max_examples=300, deadline=None)
def test_a_higher_price_never_costs_less_and_never_a_higher_part_of_it(price: int, more: int) -> None:
    one = Charge.read("fee.match_buyer_bps", FALLING)
    low, high = one.of(price), one.of(price + more)
    assert low <= high
    assert high * price <= low * (price + more) + price + more, "in inverse proportion, to the rounding of a fen"


@covers("G2", "R51")
def test_what_falls_stays_under_the_cap_as_any_other_charge() -> None:
    terms = Schedule((Charge.read("fee.a_buyer_bps", FALLING), Charge("fee.b_buyer_bps", 400)), 500)
    assert [item.fen for item in terms.of(1_000_000)] == [50_000, 0], "5 % of this price is the cap: the second is cut"
    assert terms.total(20_000_000, Payer.BUYER) == 1_000_000, "above it, what the first leaves of the cap"


@covers("G2")
@pytest.mark.parametrize("tiers", [
    [{"above_fen": 10, "bps": 500}], [{"above_fen": 10, "bps": 600}], [{"above_fen": 10, "bps": 300}, {"above_fen": 10, "bps": 200}],
    [{"above_fen": 0, "bps": 300}], [{"above_fen": 10}], [{"above_fen": 10, "bps": 300, "max": 1}], [{"above_fen": 1.5, "bps": 300}],
    [{"above_fen": 10, "bps": -1}], [{"above_fen": 10, "bps": True}], {"above_fen": 10, "bps": 300}, [3]])
def test_thresholds_rise_and_rates_fall_or_the_figure_is_refused(tiers: Any) -> None:
    with pytest.raises(ValueError):
        Charge.read("fee.match_buyer_bps", {"bps": 500, "tiers": tiers})


@covers("G2", "H7")
def test_a_quote_is_read_back_as_it_was_written_and_one_without_tiers_is_written_as_ever() -> None:
    terms = Schedule((Charge.read("fee.a_seller_bps", FALLING, name_zh="甲", name_en="A"), Charge("fee.b_seller_bps", 10)), 500)
    assert Schedule.read(terms.written()) == terms
    assert set(terms.written()["charges"][1]) == {"key", "bps", "min_fen", "max_fen", "name_zh", "name_en"}
    rebated = terms.rebated(1_000)
    assert rebated.charges[0].of(20_000_000) == 378_000, "a tenth off every rate"
    assert Schedule((Charge("fee.a_seller_bps", 2, tiers=((10, 1),)),), 500).rebated(6_000).charges[0].tiers == ()
