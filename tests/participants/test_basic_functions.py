"""R52: what a national venue does for everyone is free or at cost; a fee that would earn on it is refused with its article."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from kit.coverage import covers
from kit.rejected import Rejected
from participants.basic_functions import FUNCTIONS, function_of, refuse_priced
from participants.figures import ask_figure, decide_figure
from participants.models import Parameter, Venue
from participants.roles import Role
from tests.factories import EPOCH, NOW, clock, figure, make_actor, venue

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=60)


def national() -> Venue:
    held = venue()
    held.level = "national"  # the column never changes: a venue is opened at its level
    return held


def refused(act: Any) -> str:
    with pytest.raises(Rejected) as caught:
        act()
    assert "第九条" in (caught.value.article), "with its article"
    for language in ("zh", "en"):
        assert caught.value.text("detail", language)
    return caught.value.code


@covers("R52")
@pytest.mark.parametrize(("key", "function"), [
    ("fee.registration_buyer_fen", "registration"), ("fee.certificate_seller_bps", "certificate"), ("fee.dispute_buyer_bps", "dispute"),
    ("levy.statistics_bps", "statistics"), ("fee.match_seller_bps", ""), ("fee.registrations_seller_bps", ""), ("deposit.bps", "")])
def test_a_fee_is_for_the_function_its_key_names(key: str, function: str) -> None:
    assert function_of(key) == function


@covers("R52")
@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(("value", "refusal"), [(0, ""), (1, "participants.parameter.not_at_cost"),
                                                ({"bps": 0, "min_fen": 100}, "participants.parameter.not_at_cost"), ({"bps": 0}, "")])
def test_a_share_of_the_price_is_never_a_cost(function: str, value: Any, refusal: str) -> None:
    held = national()

    def ask() -> Any:
        return ask_figure(venue=held, key=f"fee.{function}_seller_bps", value=value, effective_from=LATER, source="收费办法",
                          name=("服务费", "Fee"), actor=make_actor(Role.VENUE_OPERATOR), clock=clock())

    if refusal:
        assert refused(ask) == refusal
    else:
        assert ask().payload["key"] == f"fee.{function}_seller_bps"


@covers("R52")
def test_a_fixed_fee_is_lawful_up_to_the_cost_on_file_and_the_cost_may_not_sink_below_it() -> None:
    held, first, second = national(), make_actor(Role.VENUE_OPERATOR), make_actor(Role.VENUE_OPERATOR)

    def ask(key: str, value: int, days: int = 60) -> Any:
        return ask_figure(venue=held, key=key, value=value, effective_from=NOW + timedelta(days=days), source="审计报告 2026-7",
                          actor=first, clock=clock())

    assert refused(lambda: ask("fee.registration_buyer_fen", 1)) == "participants.parameter.above_cost", "no cost on file: free"
    decide_figure(approval=ask("cost.registration_fen", 5_000, 30), approve=True, reason="已审计", actor=second, clock=clock())
    assert refused(lambda: ask("fee.registration_buyer_fen", 5_001)) == "participants.parameter.above_cost"
    decide_figure(approval=ask("fee.registration_buyer_fen", 5_000), approve=True, reason="按成本", actor=second, clock=clock())
    assert refused(lambda: ask("cost.registration_fen", 4_999, 90)) == "participants.parameter.cost_below_fee"
    assert Parameter.objects.filter(venue=held, key="fee.registration_buyer_fen", value=5_000).exists()


@covers("R52")
def test_other_fees_and_other_venues_are_free_to_set_theirs() -> None:
    figure(venue(), "fee.dispute_seller_bps", 10, at=EPOCH, name=("争议费", "Dispute fee"))
    refuse_priced(venue(), "fee.dispute_seller_bps", 10, begins=NOW)
    refuse_priced(national(), "fee.match_seller_bps", 250, begins=NOW)


@covers("R52")
def test_the_naive_cap_would_let_the_price_through() -> None:
    """Within the cap of the auction law a fee of one per cent on certificates passes; at a national venue ours does not."""
    from participants.charges import Charge

    assert Charge.read("fee.certificate_seller_bps", 100).bps < 500
    assert refused(lambda: refuse_priced(national(), "fee.certificate_seller_bps", 100, begins=NOW)) == "participants.parameter.not_at_cost"
