"""Public data on offer: only under an authorisation in force and inside its scope, free for governance and welfare, else capped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from evidence.invariants import check_all
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import Authorisation, GuidedPrice, Hold, Listing, OperationReport
from listings.operations import file_report, refuse_authorisation, revoke_authorisation, submit_listing
from listings.queries import tradable
from listings.tasks import run_deadlines
from participants.models import Notice
from participants.roles import Role
from participants.timers import months_on
from tests.factories import make_actor
from tests.listings.public_worlds import PUBLIC, capped, filed, granted, make_grantor, make_operator, public_draft
from tests.listings.worlds import Seller, desk_decides, make_registered

pytestmark = pytest.mark.django_db


def submitted(seller: Seller, version: Any) -> Listing:
    version = submit_listing(version=version, actor=seller.actor, clock=seller.clock)
    if version.status == "submitted":
        desk_decides(version, "approve", seller.clock)
    return Listing.objects.get(pk=version.listing_id)


def on_sale(seller: Seller, **scope: Any) -> tuple[Listing, Authorisation, Any]:
    """A product of public data on sale at its cap."""
    authorisation, body = granted(seller, **scope)
    product, _ = make_registered(seller, regime="public", origin="authorised_operation")
    capped(seller, authorisation, body, product)
    return submitted(seller, public_draft(seller, authorisation, product)), authorisation, body


def untold() -> list[str]:
    """What the checker has to say about this register; the world's other rows were written past the operations."""
    return [one.text for one in check_all().violations if "AUT-" in one.text or "OPR-" in one.text or "LST-" in one.text]


def refused(seller: Seller, version: Any) -> str:
    with pytest.raises(Rejected) as caught:
        submit_listing(version=version, actor=seller.actor, clock=seller.clock)
    return caught.value.code


@covers("R13", "B10")
def test_a_product_of_public_data_is_listed_only_under_an_authorisation_in_force() -> None:
    seller, body = make_operator(), make_grantor()
    product, _ = make_registered(seller, regime="public", origin="authorised_operation")
    draft = public_draft(seller, None, product)
    assert refused(seller, draft) == "listings.authorisation.missing"
    one = filed(seller, body)
    draft.authorisation = one
    draft.save()
    assert refused(seller, draft) == "listings.authorisation.not_in_force", "filed by the operator alone it counts for nothing"


@covers("R13")
def test_an_authorisation_counts_once_its_grantor_confirmed_it_and_nobody_else_can() -> None:
    seller, body = make_operator(), make_grantor()
    one = filed(seller, body)
    for stranger in (seller.actor, make_grantor(), make_actor(Role.COMPLIANCE_OFFICER)):
        with pytest.raises(Rejected):
            refuse_authorisation(authorisation=one, reason="不是我们的", actor=stranger, clock=seller.clock)
    confirmed, _ = granted(seller, body)
    assert confirmed.status == "in_force"
    assert confirmed.register_by is not None, "20 working days to the first registration"


@covers("R13", "B10")
def test_the_term_is_five_years_to_the_day_at_most_also_for_the_database() -> None:
    seller, body = make_operator(), make_grantor()
    start = seller.clock.now()
    end = months_on(start, 60)
    assert filed(seller, body, effective_from=start, effective_to=end).status == "filed"
    with pytest.raises(Rejected) as caught:
        filed(seller, body, effective_from=start, effective_to=end + timedelta(days=1))
    assert caught.value.code == "listings.authorisation.term_too_long"
    row = Authorisation.objects.get()
    row.pk, row.code, row.effective_to = None, "AUT-0000000000", end + timedelta(seconds=1)
    with pytest.raises(IntegrityError, match="five_years"), transaction.atomic():
        row.save(force_insert=True)


@covers("R13")
@pytest.mark.parametrize(("scope", "changes"), [
    ({"model": "field", "fields": ["G"]}, {"sector": "D"}),
    ({"model": "scenario", "purposes": ["research"]}, {}),
    ({"territory": ["CN-31"]}, {"use_terms": {"purposes": ["industry"], "regions": ["CN"], "term_days": 365}}),
])
def test_what_leaves_the_scope_is_refused(scope: dict[str, Any], changes: dict[str, Any]) -> None:
    seller = make_operator()
    authorisation, _ = granted(seller, **scope)
    assert refused(seller, public_draft(seller, authorisation, **changes)) == "listings.authorisation.out_of_scope"


@covers("R17", "B10")
@pytest.mark.parametrize(("fen", "code"), [(1, "listings.price.must_be_free"), (0, "")])
def test_m2_governance_is_free_and_a_fen_is_refused(fen: int, code: str) -> None:
    seller = make_operator()
    authorisation, _ = granted(seller)
    draft = public_draft(seller, authorisation, price_fen=fen, use_terms={
        "purposes": ["public_governance", "public_welfare"], "regions": ["CN-31"], "term_days": 365})
    if code:
        assert refused(seller, draft) == code
    else:
        assert submitted(seller, draft).status == "listed"


@covers("R18", "R44", "B10")
@pytest.mark.parametrize(("fen", "code"), [(1_000_000, ""), (1_000_001, "listings.price.above_cap")])
def test_m2_industry_pays_the_cap_and_not_a_fen_more(fen: int, code: str) -> None:
    seller = make_operator()
    authorisation, body = granted(seller)
    product, _ = make_registered(seller, regime="public", origin="authorised_operation")
    capped(seller, authorisation, body, product)
    draft = public_draft(seller, authorisation, product, price_fen=fen)
    if code:
        assert refused(seller, draft) == code
    else:
        assert submitted(seller, draft).status == "listed"


@covers("R17", "R18", "R44")
@pytest.mark.parametrize(("changes", "code"), [
    ({}, "listings.price.no_cap"),
    ({"pricing_mode": "market"}, "listings.price.guided_expected"),
    ({"sale_mode": "negotiated", "price_fen": None}, "listings.price.fixed_only"),
    ({"use_terms": {"purposes": ["public_welfare", "industry"], "regions": ["CN-31"], "term_days": 365}}, "listings.price.mixed_purposes"),
])
def test_other_prices_of_public_data_are_refused(changes: dict[str, Any], code: str) -> None:
    seller = make_operator()
    authorisation, _ = granted(seller)
    assert refused(seller, public_draft(seller, authorisation, **changes)) == code


@covers("R20", "R14", "R15", "B10")
@pytest.mark.parametrize("mode", ["download", "api_raw", "physical"])
def test_raw_public_data_never_enters_the_market_directly(mode: str) -> None:
    seller = make_operator()
    authorisation, _ = granted(seller)
    assert refused(seller, public_draft(seller, authorisation, stage="raw", delivery_mode=mode)) == "listings.version.prohibited"
    assert refused(seller, public_draft(seller, authorisation, delivery_mode=mode)) == "listings.version.delivery_not_allowed"


def test_what_is_opened_to_everyone_needs_no_authorisation_and_may_be_downloaded() -> None:
    seller = make_operator()
    facts = {**PUBLIC["facts"], "public_authorised": False, "public_open_status": "unconditional"}
    assert submitted(seller, public_draft(seller, None, facts=facts, delivery_mode="download")).status == "listed"


@covers("R18", "R44")
def test_a_cap_stays_within_the_revenue_permitted_its_rate_and_its_review() -> None:
    seller = make_operator()
    authorisation, body = granted(seller)
    product, _ = make_registered(seller, regime="public", origin="authorised_operation")
    at = seller.clock.now()
    for changes, code in (({"cap_fen": 1_000_207}, "listings.price.above_permitted"), ({"rate_bps": 781}, "listings.price.rate_too_high"),
                          ({"review_by": months_on(at, 36) + timedelta(days=1)}, "listings.price.review_too_late")):
        with pytest.raises(Rejected) as caught:
            capped(seller, authorisation, body, product, **changes)
        assert caught.value.code == code
    with pytest.raises(Rejected):
        capped(seller, authorisation, seller.actor, product)
    cap = capped(seller, authorisation, body, product, cap_fen=1_000_206)
    with pytest.raises(DatabaseError), transaction.atomic():
        GuidedPrice.objects.filter(pk=cap.pk).update(cap_fen=1)
    cap.pk, cap.cap_fen = None, 1_000_207
    with pytest.raises(IntegrityError, match="guided_price_permitted"), transaction.atomic():
        cap.save(force_insert=True)


@covers("R4", "R13")
def test_an_authorisation_revoked_takes_what_rests_on_it_off_sale_at_once() -> None:
    seller = make_operator()
    listing, authorisation, body = on_sale(seller)
    assert tradable(listing, at=seller.clock.now()) == ""
    revoke_authorisation(authorisation=authorisation, reason="运营机构违反协议", actor=body, clock=seller.clock)
    listing.refresh_from_db()
    assert listing.status == "suspended"
    assert Hold.objects.get(listing=listing).cause_code == authorisation.code
    assert untold() == []


@covers("R4", "R13")
def test_at_the_end_of_its_term_nothing_is_sold_any_more_even_before_the_clock_has_acted() -> None:
    seller = make_operator()
    listing, authorisation, _ = on_sale(seller, effective_to=seller.clock.now() + timedelta(days=100))
    assert tradable(listing, at=authorisation.effective_to) == "listings.authorisation.not_in_force"
    seller.clock.move_to(authorisation.effective_to)
    run_deadlines(clock=seller.clock)
    authorisation.refresh_from_db()
    assert authorisation.status == "expired"
    assert Hold.objects.filter(listing=listing, reason_code="authorisation.ended").exists()


@covers("R44")
def test_a_cap_past_its_review_no_longer_carries_a_price() -> None:
    seller = make_operator()
    authorisation, body = granted(seller, effective_to=months_on(seller.clock.now(), 60))
    product, _ = make_registered(seller, regime="public", origin="authorised_operation")
    at = seller.clock.now()
    capped(seller, authorisation, body, product, review_by=at + timedelta(days=30))
    listing = submitted(seller, public_draft(seller, authorisation, product))
    assert tradable(listing, at=at + timedelta(days=29)) == ""
    assert tradable(listing, at=at + timedelta(days=30)) == "listings.price.no_cap"


@covers("R21", "R44", "B10")
def test_the_yearly_report_is_asked_for_by_the_end_of_march_and_judged_by_its_deviation() -> None:
    seller = make_operator()
    listing, authorisation, body = on_sale(seller)
    seller.clock.move_to(datetime(2027, 1, 2, 1, tzinfo=UTC))
    run_deadlines(clock=seller.clock)
    report = OperationReport.objects.get()
    assert (report.year, report.status, report.due_at) == (2026, "due", datetime(2027, 3, 31, 16, tzinfo=UTC))
    assert Notice.objects.filter(organization=seller.organization, subject=report.code, due_at=report.due_at).exists()
    seller.clock.move_to(report.due_at)
    run_deadlines(clock=seller.clock)
    report.refresh_from_db()
    assert report.status == "late"
    done = file_report(report=report, cost_fen=100, revenue_fen=97_020_000 * 11 // 10, actor=seller.actor, clock=seller.clock)
    assert (done.status, done.permitted_fen, done.adjust) == ("filed", 97_020_000, "prices")
    assert untold() == []
    assert listing.status == "listed"
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM evidence_record WHERE kind LIKE 'listings.operation_report.%'")
        assert cursor.fetchone() == (3,)
    assert Notice.objects.filter(organization_id=body.organization_id, subject=authorisation.code).exists()
