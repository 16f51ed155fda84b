"""What a delivery does to credit: its seller's own failures count once, lawful ends cost nothing, a quarter kept counts for both sides."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from compliance.credit import due_standing
from compliance.models import CreditRecord
from compliance.operations import agree_to_arbitrate, award_dispute, go_to_mediation, note_credit
from delivery.crediting import credit_quarter, last_quarter
from delivery.models import Delivery
from delivery.operations import accept_delivery, deliver, reject_delivery
from delivery.tasks import sweep_now
from evidence.clock import MARKET_CLOCK as CLOCK
from evidence.operations import drain
from kit.actors import SYSTEM
from kit.coverage import covers
from participants.models import Organization, OwnershipStake
from participants.operations import set_standing
from participants.roles import Role
from settlement.fees import terms_of
from tests.delivery.test_parts import disputed
from tests.delivery.worlds import buyer_of, delivered, file_of, make_trade, move, paid_delivery, seller_of
from tests.factories import EPOCH, clock, make_actor, make_organization
from trading.operations import cancel_trade

pytestmark = pytest.mark.django_db


def events_of(organization: Organization) -> list[tuple[str, str]]:
    return list(CreditRecord.objects.filter(organization=organization).order_by("pk").values_list("event", "source"))


@covers("R94", "H7")
def test_a_delivery_that_never_came_counts_once_against_its_seller() -> None:
    one = paid_delivery()
    sweep_now(clock=CLOCK)
    move(days=30)
    sweep_now(clock=CLOCK)
    drain()
    drain()
    assert events_of(one.trade.seller) == [("delivery_failed", one.code)] and events_of(one.trade.buyer) == []


def test_a_delivery_in_time_costs_nothing_and_a_late_one_counts_as_late() -> None:
    prompt, late = delivered(), paid_delivery()
    sweep_now(clock=CLOCK)
    due = Delivery.objects.get(pk=late.pk).due_at
    assert due is not None
    move(seconds=(due - CLOCK.now()).total_seconds() + 60)
    deliver(delivery=late, deposit=file_of(late.trade), actor=seller_of(late.trade.listing), clock=CLOCK)
    drain()
    assert events_of(prompt.trade.seller) == [] and events_of(late.trade.seller) == [("late_delivery", late.code)]


def test_redelivering_what_was_rejected_is_not_late() -> None:
    one = delivered()
    move(days=4)
    reject_delivery(delivery=one, defects=["空文件"], actor=buyer_of(one.trade), clock=CLOCK)
    deliver(delivery=one, deposit=file_of(one.trade), actor=seller_of(one.trade.listing), clock=CLOCK)
    drain()
    assert events_of(one.trade.seller) == []


def test_a_delivery_that_ends_with_its_trade_costs_nobody_anything() -> None:
    trade = make_trade()
    drain()
    for side in (buyer_of(trade), seller_of(trade.listing)):
        cancel_trade(trade=trade, actor=side, clock=CLOCK)
    drain()
    assert Delivery.objects.get(trade=trade).status == "cancelled"
    assert events_of(trade.seller) == [] and events_of(trade.buyer) == []


@covers("H8", "R95")
@pytest.mark.parametrize("share, lost", [(0, False), (4_900, False), (5_000, True), (10_000, True)])
def test_an_award_that_gives_back_half_or_more_counts_against_the_seller(share: int, lost: bool) -> None:
    one, dispute = disputed()
    judge = make_organization(Role.SERVICE_PROVIDER)
    sides = (buyer_of(one.trade), seller_of(one.trade.listing))
    go_to_mediation(dispute=dispute, actor=sides[0], clock=CLOCK)
    for side in sides:
        agree_to_arbitrate(dispute=dispute, arbitrator=judge, actor=side, clock=CLOCK)
    award_dispute(dispute=dispute, refund_bps=share, reasons="依鉴定意见", actor=make_actor(Role.SERVICE_PROVIDER, organization=judge),
                  clock=CLOCK)
    drain()
    assert events_of(one.trade.seller) == ([("dispute_lost", dispute.code)] if lost else [])
    assert Delivery.objects.get(pk=one.pk).status == ("failed" if share == 10_000 else "accepted")


# ---- quarters --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at, name, since, until", [
    (datetime(2026, 3, 31, 15, 59, tzinfo=UTC), "2025Q4", datetime(2025, 9, 30, 16, tzinfo=UTC), datetime(2025, 12, 31, 16, tzinfo=UTC)),
    (datetime(2026, 3, 31, 16, 0, tzinfo=UTC), "2026Q1", datetime(2025, 12, 31, 16, tzinfo=UTC), datetime(2026, 3, 31, 16, tzinfo=UTC)),
])
def test_a_quarter_ends_at_midnight_in_shanghai(at: datetime, name: str, since: datetime, until: datetime) -> None:
    assert last_quarter(at) == (name, since, until)


def completed() -> Delivery:
    one = delivered()
    accept_delivery(delivery=one, actor=buyer_of(one.trade), clock=CLOCK)
    drain()
    return one


@covers("R94", "H7")
def test_a_quarter_kept_counts_once_for_both_sides_and_not_for_who_fell_short() -> None:
    one, other = completed(), completed()
    note_credit(organization=other.trade.buyer, event="payment_default", source="TRD-X", actor=SYSTEM, clock=CLOCK)
    after = clock(CLOCK.now() + timedelta(days=100))
    assert credit_quarter(after) == 3 and credit_quarter(after) == 0
    assert [event for event, _ in events_of(one.trade.seller)] == ["clean_quarter"] == [event for event, _ in events_of(one.trade.buyer)]
    assert [event for event, _ in events_of(other.trade.buyer)] == ["payment_default"]


def test_trades_with_ones_own_affiliate_earn_nothing() -> None:
    one = completed()
    OwnershipStake.objects.create(owner=one.trade.seller, owned=one.trade.buyer, share_bps=6_000, source="工商登记", effective_from=EPOCH)
    assert credit_quarter(clock(CLOCK.now() + timedelta(days=100))) == 0


# ---- bands are felt where they act -----------------------------------------------------------------------------------


@covers("H7", "R87")
@pytest.mark.parametrize("band, fee, held", [("A", 225, 0), ("B", 250, 500), ("C", 250, 1_000), ("D", 250, 2_000)])
def test_the_sellers_band_sets_fee_and_holdback_of_a_settlement(band: str, fee: int, held: int) -> None:
    one = completed()
    set_standing(organization=one.trade.seller, standing="good", band=band, cause_code="TRD-X", reason="信用事项", actor=SYSTEM,
                 at=CLOCK.now())
    one.trade.seller.refresh_from_db()
    terms = terms_of(one.trade, accepted_at=CLOCK.now())
    match = next(charge for charge in terms.charges.charges if charge.key == "fee.match_seller_bps")
    assert (match.bps, terms.holdback_bps) == (fee, held)
    assert next(charge.bps for charge in terms.charges.charges if charge.key.startswith("levy.")) == 100, "no levy is waived"
    assert due_standing(one.trade.seller, at=CLOCK.now())[0] == "good"
