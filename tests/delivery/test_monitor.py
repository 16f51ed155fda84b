"""The monitor ends what holds no longer, within a round, and tells both sides why (F6, I20, T64); no use is taken under a stop."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from delivery.access import fetch_file
from delivery.invariants import EveryUseHadItsLicence
from delivery.models import AccessGrant, AccessStop, DataKey, DataUse, GrantUse
from delivery.tasks import sweep_now
from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from evidence.operations import drain, operation
from kit.actors import SYSTEM
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import Hold
from listings.publishing import hold_listing, lift_hold
from participants.models import Notice, Organization
from participants.operations import set_standing
from tests.delivery.calls import BY, api_delivered, called, keyed
from tests.delivery.test_agreements import fetched, handed_over, token_of
from tests.trading.worlds import move
from trading.operations import halt_agreement
from trading.tasks import end_agreements

pytestmark = pytest.mark.django_db
REASONS = {"negative_list": "delivery.use.forbidden_now", "personal.cell": "delivery.use.forbidden_now",
           "right.stopped": "delivery.use.forbidden_now", "authorisation.ended": "delivery.use.forbidden_now",
           "consent.ended": "delivery.delivery.consent_ended"}


@operation("test.listing.hold")
def held(*, listing: Any, reason_code: str) -> Hold:
    return hold_listing(listing=listing, reason_code=reason_code, reason=("规则修订后不再允许", "The revised rule forbids it"),
                        way_back=("改用允许的交付方式", "use a delivery that is allowed"), actor=SYSTEM, at=MARKET_CLOCK.now())


@operation("test.listing.lift")
def lifted(*, hold: Hold) -> None:
    lift_hold(hold=hold, actor=SYSTEM, at=MARKET_CLOCK.now())


@operation("test.standing.set")
def stand(*, organization: Organization, standing: str) -> None:
    set_standing(organization=organization, standing=standing, band=organization.band, cause_code="TST-1", reason="测试", actor=SYSTEM,
                 at=MARKET_CLOCK.now())


def told(one: Any, text: str) -> set[int]:
    return set(Notice.objects.filter(subject=one.code, text_en__contains=text).values_list("organization_id", flat=True))


@pytest.mark.parametrize("reason", sorted(REASONS))
@covers("F6", "T64", "R42")
def test_a_listing_stopped_by_a_rule_a_right_or_a_consent_stops_what_was_sold_of_it(reason: str) -> None:
    one, _seller, buyer = handed_over(calls=5)
    token = token_of(one, buyer)
    held(listing=one.version.listing, reason_code=reason)
    drain()
    stop = AccessStop.objects.get()
    assert (stop.cause, stop.ended_at, stop.final) == (REASONS[reason], None, reason == "consent.ended")
    assert told(one, "Use is stopped") == {one.seller_id, one.buyer_id}
    assert fetched(one, token, buyer) in (REASONS[reason], "delivery.use.stopped", "delivery.grant.revoked")
    if reason == "consent.ended":
        assert AccessGrant.objects.get().status == "revoked", "what can never pass again shuts what was open"
        return
    assert AccessGrant.objects.get().status == "active"
    lifted(hold=Hold.objects.get())
    drain()
    stop.refresh_from_db()
    assert stop.ended_at == MARKET_CLOCK.now() and told(one, "may be used again") == {one.seller_id, one.buyer_id}
    assert fetched(one, token, buyer) == ""


@covers("F6", "T63")
def test_a_suspended_buyer_uses_nothing_and_a_restored_one_goes_on() -> None:
    one, _seller, buyer = api_delivered()
    key = keyed(one, buyer).key
    stand(organization=one.buyer, standing="suspended")
    drain()
    assert AccessStop.objects.get().cause == "delivery.use.suspended_buyer"
    with pytest.raises(Rejected):
        called(key, buyer)
    stand(organization=one.buyer, standing="good")
    drain()
    assert called(key, buyer, "call-000002").page.rows


@covers("F6")
@pytest.mark.parametrize("by", ["fact", "round"])
def test_a_suspended_agreement_is_stopped_by_its_fact_or_by_the_round_and_resumes(by: str) -> None:
    from participants.actors import actor_of
    from participants.roles import Role
    from tests.factories import make_organization, make_user

    one, _seller, buyer = api_delivered()
    keyed(one, buyer)
    regulator = actor_of(make_user(Role.REGULATOR, organization=make_organization(Role.REGULATOR)))
    look = drain if by == "fact" else (lambda: sweep_now(clock=MARKET_CLOCK))
    halt_agreement(agreement=one.trade.deed, act="suspend", reason="核查", actor=regulator, **BY)
    look()
    assert AccessStop.objects.get().cause == "trading.agreement.not_in_force" and DataKey.objects.get().status == "active"
    look()
    assert AccessStop.objects.count() == 1, "the second look finds nothing new"
    halt_agreement(agreement=one.trade.deed, act="resume", reason="已核实", actor=regulator, **BY)
    look()
    assert AccessStop.objects.get().ended_at is not None


@covers("F6", "T63")
def test_when_the_term_is_over_keys_are_worthless_within_a_round_and_both_are_told() -> None:
    one, _seller, buyer = api_delivered(term_days=2)
    key = keyed(one, buyer).key
    move(days=2)
    end_agreements()
    sweep_now(clock=MARKET_CLOCK)
    assert DataKey.objects.get(pk=key.pk).status == "revoked"
    assert told(one, "permits no further use") == {one.seller_id, one.buyer_id}
    with pytest.raises(Rejected, match="key_unknown"):
        called(key, buyer)


@covers("R14", "R42", "T49", "F6")
def test_a_class_that_no_longer_allows_the_kind_stops_it_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Data that comes to count as public goes out by query, model, verification or report alone: keys made before answer nothing."""
    one, _seller, buyer = api_delivered()
    key = keyed(one, buyer).key
    assert called(key, buyer).page.rows
    monkeypatch.setattr("delivery.kinds.grid.category_of", lambda version: "public")
    with pytest.raises(Rejected, match="Data of this class"):
        called(key, buyer, "call-000002")
    sweep_now(clock=MARKET_CLOCK)
    assert AccessStop.objects.get().cause == "delivery.kind.forbidden" and "Data Twenty, item 4" in AccessStop.objects.get().reason_en


@covers("I20")
def test_the_database_takes_no_use_under_a_stop_or_outside_the_agreement() -> None:
    """The naive writer checks nothing and inserts; the trigger refuses it at that very instant."""
    one, _seller, buyer = api_delivered()
    key = keyed(one, buyer).key
    use: dict[str, Any] = {"delivery": one, "key": key, "asked_sha256": "0" * 64, "number": 1, "at": MARKET_CLOCK.now()}
    with pytest.raises(IntegrityError, match="other_purpose"), transaction.atomic():
        DataUse.objects.create(request="naive-1", purpose="credit_scoring", **use)
    stop = AccessStop.objects.create(delivery=one, cause="delivery.use.unpaid", reason_zh="停", reason_en="stop", final=False,
                                     began_at=MARKET_CLOCK.now())
    with pytest.raises(IntegrityError, match="stopped"), transaction.atomic():
        DataUse.objects.create(request="naive-2", **use)
    stop.ended_at = MARKET_CLOCK.now()
    stop.save(update_fields=["ended_at"])
    move(days=60)
    with pytest.raises(IntegrityError, match="expired"), transaction.atomic():
        DataUse.objects.create(request="naive-3", **use)


@covers("I20")
def test_the_invariant_names_a_use_under_a_stop_that_was_written_past_the_trigger() -> None:
    one, _seller, buyer = handed_over()
    token = token_of(one, buyer)
    fetch_file(delivery=one, token=token, actor=buyer, **BY)
    assert list(EveryUseHadItsLicence().check()) == []
    AccessStop.objects.create(delivery=one, cause="delivery.use.unpaid", reason_zh="停", reason_en="stop", final=True,
                              began_at=GrantUse.objects.get().at.replace(year=2030))
    assert [line.split()[0] for line in EveryUseHadItsLicence().check()] == ["token"]


@covers("F6")
def test_each_stop_and_resumption_stands_once_in_the_record_book() -> None:
    one, _seller, buyer = handed_over(calls=5)
    token_of(one, buyer)
    held(listing=one.version.listing, reason_code="negative_list")
    for _ in range(3):
        drain()
        sweep_now(clock=MARKET_CLOCK)
    assert Record.objects.filter(subject=one.code, kind="delivery.access.stopped").count() == 1
