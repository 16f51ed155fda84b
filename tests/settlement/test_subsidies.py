"""A fund bears a share of what small firms pay for third parties' services: rule, money, criteria, the last fen (R75, R122)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from compliance.operations import withdraw_order
from evidence.clock import MARKET_CLOCK
from evidence.invariants import check_all
from evidence.models import Record
from kit.coverage import covers
from kit.rejected import Rejected
from ledger.accounts import AccountKind
from ledger.operations import account
from ledger.queries import balance
from participants.models import User
from participants.queries import house_venue, venue_organization
from participants.roles import Role
from settlement import subsidies
from settlement.models import Subsidy, SubsidyFund
from settlement.subsidies import apply_subsidy, close_fund, decide_fund
from settlement.tasks import run_now
from tests.delivery.worlds import move
from tests.factories import make_actor, make_user
from tests.settlement.subsidies import SmallOrder, fund_open, fund_proposed, levied
from tests.settlement.worlds import operator
from tests.threads import together

pytestmark = pytest.mark.django_db


def apply(fund: SubsidyFund, made: SmallOrder) -> Subsidy:
    return apply_subsidy(fund=fund, engagement=made.order, actor=made.buying, clock=MARKET_CLOCK)


def refused(fund: SubsidyFund, made: SmallOrder) -> str:
    with pytest.raises(Rejected) as caught:
        apply(fund, made)
    for language in ("zh", "en"):
        caught.value.text("detail", language), caught.value.next_href  # every text fills
    return caught.value.code


def has(owner: str, kind: str = AccountKind.AVAILABLE) -> tuple[int, int]:
    funds = balance(account(owner, kind))
    return funds.posted_fen, funds.reserved_fen


# ---- the fund ----------------------------------------------------------------------------------------------------------------
@covers("R75", "I18")
def test_a_fund_is_opened_by_a_second_person_with_its_budget_off_the_public_interest_account() -> None:
    levied(10_000_000)
    house, maker = venue_organization(house_venue()).code, operator()
    fund = fund_proposed(actor=maker)
    assert has(fund.code, AccountKind.PUBLIC_INTEREST) == (0, 0)
    with pytest.raises(Rejected, match="same_person"), transaction.atomic():
        decide_fund(fund=fund, approve=True, reason="", actor=maker, clock=MARKET_CLOCK)
    fund = decide_fund(fund=fund, approve=True, reason="", actor=make_actor(Role.REGULATOR), clock=MARKET_CLOCK)
    assert (fund.status, has(fund.code, AccountKind.PUBLIC_INTEREST), has(house, AccountKind.PUBLIC_INTEREST)) == (
        "open", (1_000_000, 0), (9_000_000, 0))
    closed = close_fund(fund=fund, actor=operator(), clock=MARKET_CLOCK)
    assert (closed.status, has(house, AccountKind.PUBLIC_INTEREST)) == ("closed", (10_000_000, 0)), "what is left goes back"
    with pytest.raises(IntegrityError), transaction.atomic():
        SubsidyFund.objects.filter(pk=fund.pk).update(share_bps=1)


@covers("R75")
def test_a_fund_without_money_behind_it_does_not_open_and_a_refused_one_never_moves_any() -> None:
    with pytest.raises(Rejected, match="insufficient_funds"), transaction.atomic():
        decide_fund(fund=fund_proposed(), approve=True, reason="", actor=operator(), clock=MARKET_CLOCK)
    fund = decide_fund(fund=fund_proposed(), approve=False, reason="预算未列支", actor=operator(), clock=MARKET_CLOCK)
    assert fund.status == "refused" and refused(fund, SmallOrder()) == "settlement.subsidy.fund_not_open"


@covers("R75", "R122")
@pytest.mark.parametrize("wrong", [{"budget_fen": 0}, {"share_bps": 10_001}, {"criteria": {"sizes": ["tiny"]}},
                                   {"criteria": {"regions": ["上海"]}},
                                   {"basis": " "}, {"criteria": {"colour": ["red"]}}])
def test_a_rule_that_nobody_can_apply_is_refused_by_field(wrong: dict[str, Any]) -> None:
    with pytest.raises(Rejected, match="faulty"):
        fund_proposed(**wrong)


# ---- one order ---------------------------------------------------------------------------------------------------------------
@covers("R75", "R122", "R61", "G1")
def test_half_of_an_audit_of_10_000_yuan_is_set_aside_and_reaches_the_firm_when_the_provider_is_paid() -> None:
    fund, made = fund_open(), SmallOrder()
    grant = apply(fund, made)
    assert (grant.amount_fen, has(fund.code, AccountKind.PUBLIC_INTEREST)) == (500_000, (1_000_000, 500_000))
    made.paid()
    before = has(made.client.code)[0]
    run_now(clock=MARKET_CLOCK)
    grant.refresh_from_db()
    assert (grant.status, grant.paid_fen, has(made.client.code)[0] - before) == ("paid", 500_000, 500_000)
    assert has(fund.code, AccountKind.PUBLIC_INTEREST) == (500_000, 0)
    facts = Record.objects.filter(subject=grant.code).order_by("at", "id").values_list("kind", flat=True)
    assert sorted(facts) == ["settlement.subsidy.granted", "settlement.subsidy.paid"]
    assert run_now(clock=MARKET_CLOCK) >= 0 and has(made.client.code)[0] - before == 500_000, "again pays nothing"
    assert check_all(only=("I2", "I4", "I5")).violations == []


@covers("R122")
def test_an_order_that_fails_frees_its_subsidy_for_the_next() -> None:
    fund, made = fund_open(budget_fen=500_000), SmallOrder()
    grant = apply(fund, made)
    other = SmallOrder()
    assert refused(fund, other) == "settlement.subsidy.exhausted"
    withdraw_order(engagement=made.order, actor=made.buying, clock=MARKET_CLOCK)
    run_now(clock=MARKET_CLOCK)
    grant.refresh_from_db()
    assert (grant.status, grant.paid_fen) == ("released", 0) and apply(fund, other).amount_fen == 500_000


@covers("R122")
def test_caps_of_the_order_and_of_the_firms_year_hold_and_the_last_of_the_fund_may_be_less() -> None:
    fund = fund_open(order_cap_fen=400_000, year_cap_fen=700_000)
    first = SmallOrder()
    assert apply(fund, first).amount_fen == 400_000, "the order's cap, not half of the price"
    again = SmallOrder(again=first)
    assert apply(fund, again).amount_fen == 300_000, "what is left of the firm's year"
    assert refused(fund, SmallOrder(again=first)) == "settlement.subsidy.year_used"
    assert apply(fund, SmallOrder()).amount_fen == 300_000, "what is left of the fund"
    move(days=305)
    assert refused(fund, SmallOrder(again=first)) == "settlement.subsidy.exhausted", "a new year, and the fund has nothing"


@covers("R122")
def test_each_criterion_is_asked_of_the_order_and_named() -> None:
    fund = fund_open()
    assert refused(fund, SmallOrder(size="large")) == "settlement.subsidy.size"
    assert refused(fund, SmallOrder(size="")) == "settlement.subsidy.size", "a size that nobody stated is not covered"
    assert refused(fund, SmallOrder(kind="provider_training")) == "settlement.subsidy.service"
    elsewhere = fund_open(criteria={"regions": ["44"], "sectors": ["I"]})
    assert refused(elsewhere, SmallOrder()) == "settlement.subsidy.place"
    assert refused(fund_open(share_bps=1), SmallOrder(price_fen=4_999)) == "settlement.subsidy.nothing", "half a fen is none"
    made = SmallOrder()
    apply(fund, made)
    assert refused(fund, made) == "settlement.subsidy.once"
    done = SmallOrder()
    done.paid()
    assert refused(fund, done) == "settlement.subsidy.order_over"
    with pytest.raises(Rejected, match=r"denied|absent"):
        apply_subsidy(fund=fund, engagement=SmallOrder().order, actor=made.buying, clock=MARKET_CLOCK)


@covers("R122")
def test_the_database_takes_no_subsidy_beyond_the_rule_whoever_writes_it() -> None:
    fund, made = fund_open(), SmallOrder()
    with pytest.raises(IntegrityError, match="beyond the rule"), transaction.atomic():
        Subsidy.objects.create(code="SBS-TEST000001", fund=fund, engagement=made.order, organization=made.client, year=2031,
                               price_fen=1_000_000, amount_fen=500_001, pending="00000000-0000-4000-8000-000000000001",
                               granted_at=MARKET_CLOCK.now())


@covers("R75")
def test_a_fund_ends_with_its_term_and_pays_what_it_granted() -> None:
    fund = fund_open(effective_to=MARKET_CLOCK.now() + timedelta(days=2))
    made = SmallOrder()
    grant = apply(fund, made)
    move(days=2)
    run_now(clock=MARKET_CLOCK)
    fund.refresh_from_db()
    assert (fund.status, has(fund.code, AccountKind.PUBLIC_INTEREST)) == ("closed", (500_000, 500_000))
    made.paid()
    run_now(clock=MARKET_CLOCK)
    grant.refresh_from_db()
    assert (grant.status, has(fund.code, AccountKind.PUBLIC_INTEREST)) == ("paid", (0, 0))
    assert check_all(only=("I5",)).violations == []


# ---- the last fen --------------------------------------------------------------------------------------------------------------
def race(fund: SubsidyFund, orders: list[SmallOrder]) -> list[Any]:
    """Applications at once, each held back until the others have reckoned too, or half a second has passed."""
    meet, reckon = threading.Barrier(len(orders)), subsidies.amount_for

    def together_with_the_others(*args: Any, **named: Any) -> int:
        fen = reckon(*args, **named)
        with suppress(threading.BrokenBarrierError):  # the lock lets one in at a time, as it should
            meet.wait(0.5)
        return fen

    with patch.object(subsidies, "amount_for", together_with_the_others):
        return together([_act(fund, one) for one in orders])


def _act(fund: SubsidyFund, made: SmallOrder) -> Callable[[], int]:
    return lambda: apply(fund, made).amount_fen


@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
@covers("R75", "R122", "T14")
def test_two_firms_racing_for_the_last_fen_share_it_exactly_and_the_naive_reckoning_does_not() -> None:
    fund, orders = fund_open(budget_fen=700_000), [SmallOrder(), SmallOrder()]
    assert sorted(race(fund, orders)) == [200_000, 500_000], "the second has what is left"
    assert check_all(only=("I4", "I5")).violations == []

    def unlocked(fund: SubsidyFund) -> SubsidyFund:
        return SubsidyFund.objects.select_related("venue", "account").get(pk=fund.pk)

    naive = fund_open(budget_fen=700_000)
    with patch.object(subsidies, "_locked", unlocked):
        answers = race(naive, [SmallOrder(), SmallOrder()])
    granted = [one for one in answers if isinstance(one, int)]
    assert granted == [500_000], "both reckoned with the same fen: one is turned away while the fund has money left"


# ---- the pages -----------------------------------------------------------------------------------------------------------------
@covers("R75", "R122", "C7")
def test_a_small_firm_reads_what_it_may_have_and_applies_on_the_orders_page() -> None:
    fund, made = fund_open(), SmallOrder()
    client = Client()
    client.force_login(User.objects.get(pk=made.buying.user_id))
    address = f"/desk/engagements/{made.order.code}/subsidy/"
    assert "申请补贴 ¥5,000" in client.get(address).content.decode()
    assert client.post(address, {"fund": fund.code}).status_code == 302
    assert "核定补贴" in client.get(address).content.decode()
    large = SmallOrder(size="large")
    client.force_login(User.objects.get(pk=large.buying.user_id))
    page = client.get(f"/desk/engagements/{large.order.code}/subsidy/", headers={"accept-language": "en"}).content.decode()
    assert "The firm&#x27;s size is not covered" in page and "Apply for" not in page


@covers("R75", "R122")
def test_the_public_account_tells_rule_money_and_use_and_names_no_firm() -> None:
    fund, made = fund_open(), SmallOrder()
    apply(fund, made)
    made.paid()
    run_now(clock=MARKET_CLOCK)
    page = Client().get("/subsidies/").content.decode()
    assert fund.code in page and "50.0%" in page and "示范所〔2031〕3号" in page and made.client.name not in page
    (row,) = [one for one in Client().get("/subsidies/").context["rows"] if one["fund"].pk == fund.pk]
    assert (row["paid_fen"], row["held_fen"], row["free_fen"]) == (500_000, 0, 500_000)
    assert [(used["orders"], used["firms"], used["paid"]) for _, used in row["report"]] == [(1, 1, 500_000)]


@covers("R75", "I18")
def test_the_desk_proposes_a_fund_and_another_opens_it() -> None:
    levied()
    one, two = (make_user(Role.VENUE_OPERATOR) for _ in range(2))
    client = Client()
    client.force_login(one)
    form = {"name_zh": "小微企业评估补贴", "basis": "示范所〔2031〕4号", "budget": "5000", "share": "30", "order_cap": "2000",
            "year_cap": "4000", "sizes": ["micro"], "first_day": "2031-03-01", "last_day": "2031-12-31"}
    assert client.post("/desk/subsidies/", form).status_code == 302
    fund = SubsidyFund.objects.get(name_zh="小微企业评估补贴")
    assert client.post(f"/desk/subsidies/{fund.code}/open/").status_code == 403
    client.force_login(two)
    assert client.post(f"/desk/subsidies/{fund.code}/open/").status_code == 302
    fund.refresh_from_db()
    assert (fund.status, fund.share_bps, fund.criteria["sizes"]) == ("open", 3_000, ["micro"])
