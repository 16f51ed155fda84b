"""Orders of the desks on rights: on a case, lifted by a desk, looked at again; and who may hold none, the venue's side (R8, R53)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from compliance.models import Case
from evidence.clock import set_market_clock
from kit.actors import SYSTEM
from kit.clock import FixedClock
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import Listing, PropertyRight, Registration, Source
from listings.operations import (
    add_source,
    assign_right,
    declare_right,
    grant_right,
    lift_right,
    make_of,
    revoke_right,
    suspend_right,
)
from listings.tasks import run_deadlines
from participants.models import Notice
from participants.operations import declare_stake, end_stake
from participants.queries import venue_organization
from participants.roles import Role
from tests.factories import make_actor, make_organization, make_user, venue
from tests.listings.worlds import make_listed, make_seller

pytestmark = pytest.mark.django_db
WHY = "来源合同被认定无效"


def listed():
    seller = make_seller()
    listing = make_listed(seller)
    right = PropertyRight.objects.get(product=listing.product, right="operate", parent=None)
    return seller, listing, right, Registration.objects.filter(product=listing.product).latest("pk")


def code_of(act, **named) -> str:
    with pytest.raises(Rejected) as caught:
        act(**named)
    assert caught.value.text("title", "zh") and caught.value.text("detail", "en")
    return caught.value.code


@covers("R8", "R37", "R4")
def test_an_order_names_its_case_and_reason_and_the_holder_reads_it() -> None:
    seller, listing, right, case = listed()
    officer = make_actor(Role.COMPLIANCE_OFFICER)
    for cause, reason in (("", WHY), (case.code, ""), (case.code, "  x ")):
        assert code_of(suspend_right, right=right, cause_code=cause, reason=reason, actor=officer,
                       clock=seller.clock) == "listings.right.order_unstated"
    held = suspend_right(right=right, cause_code=case.code, reason=WHY, actor=officer, clock=seller.clock)
    assert held.status == "suspended" and held.due_at == seller.clock.now() + timedelta(days=60)
    assert Listing.objects.get(pk=listing.pk).status == "suspended"
    told = Notice.objects.filter(organization=seller.organization, kind="listings.right.ordered").latest("seq")
    assert WHY in told.text_zh and case.code in told.text_en


@covers("R8")
def test_a_holder_does_not_lift_what_a_desk_ordered_and_lifts_what_it_stopped_itself() -> None:
    """The holder's own button was hidden before; the address behind it was not."""
    seller, listing, right, case = listed()
    suspend_right(right=right, cause_code=case.code, reason=WHY, actor=make_actor(Role.REGULATOR), clock=seller.clock)
    assert code_of(lift_right, right=right, actor=seller.actor, clock=seller.clock) == "listings.right.under_order"
    lifted = lift_right(right=right, actor=make_actor(Role.COMPLIANCE_OFFICER), clock=seller.clock)
    assert lifted.status == "active" and lifted.due_at is None and Listing.objects.get(pk=listing.pk).status == "listed"
    suspend_right(right=right, actor=seller.actor, clock=seller.clock)
    assert lift_right(right=right, actor=seller.actor, clock=seller.clock).status == "active"


@covers("R8")
def test_an_order_that_stands_sixty_days_comes_before_the_desk_once() -> None:
    seller, _, right, case = listed()
    held = suspend_right(right=right, cause_code=case.code, reason=WHY, actor=make_actor(Role.REGULATOR), clock=seller.clock)
    before = FixedClock(held.due_at - timedelta(seconds=1))
    run_deadlines(clock=before)
    assert not Case.objects.filter(subject_code=right.code).exists()
    for _round in range(2):
        run_deadlines(clock=FixedClock(held.due_at))
    row = Case.objects.get(subject_code=right.code)
    assert row.kind == "right" and "60" in row.title_zh
    right.refresh_from_db()
    assert right.status == "suspended", "a deadline lifts nothing"


@covers("R8")
def test_only_a_regulator_or_the_grantor_revokes() -> None:
    seller, _, right, case = listed()
    assert code_of(revoke_right, right=right, cause_code=case.code, reason=WHY, actor=make_actor(Role.COMPLIANCE_OFFICER),
                   clock=seller.clock) == "participants.permission.denied"
    assert revoke_right(right=right, cause_code=case.code, reason=WHY, actor=make_actor(Role.REGULATOR),
                        clock=seller.clock).status == "revoked"


@covers("R8", "R37")
def test_the_desk_suspends_lifts_and_ends_on_the_page_of_the_registration() -> None:
    seller, listing, right, case = listed()
    source = add_source(organization=seller.organization, kind="contract", title="船舶进出港记录", provider="某港", generator="",
                        reference="HT-1", effective_to=None, proof=None, actor=seller.actor, clock=seller.clock)
    make_of(product=listing.product, source=source, actor=seller.actor, clock=seller.clock)
    set_market_clock(seller.clock.now(), 0)
    page, browser = f"/admin/cases/{case.code}/", Client()
    browser.force_login(make_user(Role.COMPLIANCE_OFFICER))
    shown = browser.get(page).content.decode()
    assert "暂停与撤销权利" in shown and right.code in shown and "撤销来源" not in shown
    assert browser.post(page, {"act": "right_suspend", "right": right.code, "reason": ""}).status_code == 400
    assert browser.post(page, {"act": "right_suspend", "right": "RGT-0000000000", "reason": WHY}).status_code == 404
    assert browser.post(page, {"act": "right_suspend", "right": right.code, "reason": WHY}).status_code == 302
    right.refresh_from_db()
    assert right.status == "suspended"
    assert browser.post(page, {"act": "right_lift", "right": right.code}).status_code == 302
    assert browser.post(page, {"act": "source_revoke", "source": source.code, "reason": WHY}).status_code in {403, 404}
    browser.force_login(make_user(Role.REGULATOR))
    assert "撤销来源" in browser.get(page).content.decode()
    assert browser.post(page, {"act": "source_revoke", "source": source.code, "reason": WHY}).status_code == 302
    assert Source.objects.get(pk=source.pk).status == "revoked" and Listing.objects.get(pk=listing.pk).status == "suspended"


# ---- the venue's side --------------------------------------------------------------------------------------------------------


@covers("R53", "A4")
def test_the_venue_and_its_side_come_to_hold_no_right_and_may_pass_on_what_they_held() -> None:
    seller, listing, right, _ = listed()
    house = venue_organization(venue())
    assert code_of(grant_right, parent=right, to=house, actor=seller.actor, clock=seller.clock) == "listings.right.venue_side"
    assert code_of(assign_right, right=right, to=house, actor=seller.actor, clock=seller.clock) == "listings.right.venue_side"
    child, buyer = make_organization(), make_organization()
    stake = declare_stake(owner=house, owned=child, share_bps=5_001, actor=SYSTEM, clock=seller.clock)
    assert code_of(grant_right, parent=right, to=child, actor=seller.actor, clock=seller.clock) == "listings.right.venue_side"
    end_stake(stake=stake, actor=SYSTEM, clock=seller.clock)
    assert grant_right(parent=right, to=child, actor=seller.actor, clock=seller.clock).status == "active"
    declare_stake(owner=house, owned=seller.organization, share_bps=5_001, actor=SYSTEM, clock=seller.clock)
    right.refresh_from_db()
    assert code_of(grant_right, parent=right, to=buyer, actor=seller.actor, clock=seller.clock) == "listings.right.venue_side"
    assert code_of(declare_right, product=listing.product, right="hold", origin="self_generated", actor=seller.actor,
                   clock=seller.clock) == "listings.right.venue_side"
    assert assign_right(right=right, to=buyer, actor=seller.actor, clock=seller.clock).organization_id == buyer.pk


@covers("R53", "A4")
def test_the_database_writes_no_right_for_the_venues_side() -> None:
    _, listing, right, _ = listed()
    with pytest.raises(IntegrityError, match="venue's side"), transaction.atomic():
        PropertyRight.objects.create(code="RGT-TEST000001", organization=venue_organization(venue()), product=listing.product, right="hold",
                                     origin="collected", purposes=["*"], territory=["*"], effective_from=right.effective_from,
                                     created_at=right.created_at)
