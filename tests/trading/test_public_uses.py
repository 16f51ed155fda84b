"""Public data for governance and welfare is free, on conditions (R17): the task proven, the conditions accepted, the use reported.

Worked example: on Monday a city's transport bureau takes a free licence; by the same day six months later it reports, or takes no more.
"""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client

from evidence.clock import MARKET_CLOCK
from evidence.files import deposit
from evidence.invariants import check_all
from evidence.models import Record
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import Listing, ListingVersion
from participants.actors import actor_of
from participants.models import Notice, User
from participants.roles import OrganizationKind, Role
from tests.factories import PDF, make_organization, make_user
from tests.listings.public_worlds import granted, make_operator
from tests.trading.test_purchases import buy, on_sale, refused
from tests.trading.worlds import make_buyer, make_listing, move, seller_of
from trading.models import PublicUse, Trade
from trading.public_uses import PublicTask, end_due_uses, file_use_report, proven_use, takes_free

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]
TASK = "市交通局委托：优化全市公交线网，2031年度治理任务"
REPORT = "用于公交线网优化，据此调整二十条线路，平均候车减少两分钟；未再提供。"


def free(purpose: str = "public_governance", **terms: Any) -> Listing:
    """An operator's public data, authorised, on sale for nothing."""
    seller = make_operator(at=MARKET_CLOCK.now())
    authorisation, _ = granted(seller)
    return make_listing(seller.organization, **{
        "category": "public", "price_fen": 0, "sale_mode": "fixed", "delivery_mode": "report", "authorisation": authorisation,
        "use_terms": {"purposes": [purpose], "regions": ["CN-31"]}, **terms})


def bureau() -> Actor:
    """A public body that takes data for its own office."""
    return actor_of(make_user(Role.BUYER, organization=make_organization(Role.BUYER, kind=OrganizationKind.PUBLIC_BODY)))


def paper(of: Actor) -> Any:
    return deposit(io.BytesIO(PDF), name="mandate.pdf", owner=of.organization or "", at=MARKET_CLOCK.now())


def taken(buyer: Actor | None = None) -> PublicUse:
    trade = buy(free(), buyer or bureau(), purpose="public_governance", use=PublicTask(TASK, accepts=True))
    return PublicUse.objects.get(trade=trade)


def missing(listing: Listing, buyer: Actor, use: PublicTask | None, purpose: str = "public_governance") -> list[str]:
    before = Trade.objects.count()
    with pytest.raises(Rejected) as caught:
        buy(listing, buyer, purpose=purpose, use=use)
    assert caught.value.code == "trading.purchase.use_unproven" and Trade.objects.count() == before
    return [one.field for one in caught.value.errors]


@covers("R17")
def test_a_public_body_states_its_task_accepts_the_conditions_and_takes_it_without_money() -> None:
    body = bureau()
    assert missing(free(), body, None) == ["task", "accepts"]
    assert missing(free(), body, PublicTask("治理", accepts=True)) == ["task"]
    use = taken(body)
    assert (use.trade.price_fen, use.status, use.task, use.paper) == (0, "owed", TASK, None)
    assert (use.due_at.year, use.due_at.month) == (2031, 9), "six months on"
    told = Record.objects.get(subject=use.code, kind="trading.public_use.owed")
    assert told.payload["buyer"] == body.organization and TASK not in str(told.payload), "the text enters by its hash"
    assert [one.text for one in check_all(only=("I17",)).violations if use.code in one.text] == []
    assert Notice.objects.filter(kind="trading.public_use.owed", organization_id=body.organization_id).count() == 1


@covers("R17")
def test_whoever_is_no_public_body_proves_the_mandate_by_a_document() -> None:
    firm = make_buyer(0)
    assert missing(free("public_welfare"), firm, PublicTask(TASK, accepts=True), "public_welfare") == ["paper"]
    trade = buy(free("public_welfare"), firm, purpose="public_welfare", use=PublicTask(TASK, accepts=True, paper=paper(firm)))
    assert PublicUse.objects.get(trade=trade).paper is not None


@covers("R17", "R18")
def test_industry_pays_and_owes_no_report_and_what_is_open_to_all_asks_for_nothing() -> None:
    firm = make_organization(Role.BUYER)
    paid = ListingVersion(category="public", use_terms={"purposes": ["industry"]})
    assert not takes_free(paid) and proven_use(paid, firm, "industry", None) is None
    open_to_all = free(facts={"public_open_status": "unconditional"})
    buy(open_to_all, make_buyer(0), purpose="public_governance")
    buy(on_sale(category="enterprise", price_fen=0, use_terms={"purposes": ["public_welfare"]}), make_buyer(0), purpose="public_welfare")
    assert PublicUse.objects.count() == 0


@covers("R17")
def test_a_late_report_stops_the_next_free_licence_and_the_report_opens_it_again() -> None:
    body = bureau()
    use = taken(body)
    move(days=170)
    assert end_due_uses(clock=MARKET_CLOCK) == 0
    move(days=20)
    assert (end_due_uses(clock=MARKET_CLOCK), end_due_uses(clock=MARKET_CLOCK)) == (1, 0)
    use.refresh_from_db()
    assert (use.status, use.due_at) == ("late", None)
    refused("trading.purchase.use_report_late", free(), body, purpose="public_governance", use=PublicTask(TASK, accepts=True))
    with pytest.raises(Rejected, match="faulty"):
        file_use_report(use=use, report="已使用", actor=body, clock=MARKET_CLOCK)
    filed = file_use_report(use=use, report=REPORT, actor=body, clock=MARKET_CLOCK)
    assert (filed.status, filed.report) == ("filed", REPORT)
    assert Notice.objects.filter(kind="trading.public_use.filed", organization=use.trade.seller).count() == 1
    assert taken(body).status == "owed"
    with pytest.raises(Rejected, match="illegal_move"):
        file_use_report(use=use, report=REPORT, actor=body, clock=MARKET_CLOCK)


@covers("R17")
def test_a_trade_that_is_undone_owes_no_report() -> None:
    use = taken()
    use.trade.state.status = "unwound"
    use.trade.state.save(update_fields=["status"])
    assert end_due_uses(clock=MARKET_CLOCK) == 1
    use.refresh_from_db()
    assert use.status == "void"


@covers("R17", "A7")
def test_nobody_but_the_buyer_reports_and_the_database_keeps_what_was_proven() -> None:
    use = taken()
    for stranger in (make_buyer(0), seller_of(use.trade.listing)):
        with pytest.raises(Rejected):
            file_use_report(use=use, report=REPORT, actor=stranger, clock=MARKET_CLOCK)
    for change in ({"task": "另一任务"}, {"purpose": "public_welfare"}, {"status": "filed"}, {"conditions_sha256": "0" * 64}):
        with pytest.raises(DatabaseError), transaction.atomic():
            PublicUse.objects.filter(pk=use.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        PublicUse.objects.filter(pk=use.pk).delete()


def browser_of(actor: Actor, language: str = "zh-hans") -> Client:
    browser = Client(headers={"accept-language": language})
    browser.force_login(User.objects.get(pk=actor.user_id or 0))
    return browser


@covers("R17", "CAP-E1")
def test_it_is_proven_bought_and_reported_through_the_pages_without_scripts() -> None:
    firm, listing = make_buyer(0), free("public_welfare")
    browser = browser_of(firm)
    where = f"/listings/{listing.code}/buy/"
    page = browser.get(where).content.decode()
    assert 'enctype="multipart/form-data"' in page and "我已阅读并接受" in page
    form = {"version": listing.version.code, "total_fen": "0", "purpose": "public_welfare", "task": TASK, "accepts": "yes"}
    lacking = browser.post(where, form)
    assert lacking.status_code == 422 and TASK in lacking.content.decode() and "附委托书" in lacking.content.decode()
    done = browser.post(where, {**form, "paper": SimpleUploadedFile("m.pdf", PDF, "application/pdf")})
    assert done.status_code == 302
    use = PublicUse.objects.get()
    assert TASK in browser.get("/desk/public-uses/").content.decode()
    assert browser.post(f"/desk/public-uses/{use.code}/", {"report": "短"}).status_code == 422
    assert browser.post(f"/desk/public-uses/{use.code}/", {"report": REPORT}).status_code == 302
    assert REPORT in browser.get("/desk/public-uses/").content.decode()
    english = browser_of(seller_of(listing), "en").get("/desk/public-uses/").content.decode()
    assert REPORT in english and "Reported" in english
