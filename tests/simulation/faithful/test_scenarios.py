"""Every scenario of the house is lived through the real rooms, and ends with every invariant intact and its own mark."""

from __future__ import annotations

import os
from typing import Any

import pytest

from kit.coverage import covers
from simulation.faithful import running
from simulation.wide.parameters import values_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]

#: A small market that trades within a few days, whatever the scenario; its own parameters come on top.
LIVELY = {"shop_rate_bps": 6_000, "off_bias_percent": -200, "price_sigma_percent": 40, "merchant_share_bps": 3_000}


def lived(scenario: str, days: int = 4, **changes: int) -> dict[str, Any]:
    told = running.run(scenario, agents=24, days=days, seed=7, changes=LIVELY | changes)
    print(scenario, told["metrics"], told["refused"])
    assert told["violations"] == [] and told["invariants_checked"] > 30
    assert told["metrics"]["trades"] > 0 and told["parameters"] == dict(sorted(values_of(scenario, LIVELY | changes).items()))
    return dict(told["metrics"]) | {"refused": told["refused"]}


@covers("CAP-I1")
def test_a_fee_of_nine_per_cent_drives_deals_off_the_exchange_where_some_are_filed() -> None:
    assert lived("off_exchange_leak", off_bias_percent=0)["off_trades"] > 0


@covers("CAP-I1")
@pytest.mark.skipif(not os.environ.get("FULL"), reason="some minutes: FULL=1")
@pytest.mark.parametrize("scenario", ["ring", "wash", "exit_scam", "replication"])
def test_a_scenario_of_cheats_is_lived_with_every_invariant_intact(scenario: str) -> None:
    lived(scenario)


@covers("CAP-I1")
def test_where_quality_is_hidden_the_good_without_a_certificate_leave() -> None:
    told = lived("lemons", certified_bps=3_000)
    assert told["withdrawn"] > 0, "who could do better than what buyers believe is gone (E51)"


@covers("CAP-I1", "R76")
def test_public_data_is_sold_under_its_authorisation_at_the_guided_price() -> None:
    told = lived("public_data", days=5)
    assert 0 < told["guided_trades"] < told["trades"]
    assert not [code for code in told["refused"] if code.startswith(("listings.", "participants."))], told["refused"]


@covers("CAP-I1", "R64", "R66")
def test_a_buyer_abroad_gets_nothing_before_its_export_is_assessed_and_orders_the_morning_after() -> None:
    told = lived("cross_border", days=5, cross_border_days=2)
    assert told["cross_border_trades"] > 0 and not told["refused"].get("compliance.export.not_cleared")


@covers("CAP-I1", "R61")
def test_a_broker_brings_two_together_and_its_client_files_the_deal() -> None:
    told = lived("off_exchange_leak", days=6, off_bias_percent=300, broker_share_bps=1_000, shop_rate_bps=9_000, off_discount_bps=0)
    assert told["brokered_trades"] > 0 and told["filed_trades"] > 0


@covers("CAP-I1", "R64")
@pytest.mark.skipif(not os.environ.get("FULL"), reason="some minutes: FULL=1")
def test_where_the_list_bars_export_nothing_is_sold_abroad() -> None:
    told = lived("cross_border", days=5, cross_border_days=2, cross_border_barred=1)
    assert told["cross_border_trades"] == 0
