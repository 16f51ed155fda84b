"""Special personal data is there for the units an authorisation names and for nobody else, in whatever way one looks (R30)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Q
from django.test import Client

from compliance.models import Declaration
from compliance.operations import draft_declaration, sign_declaration
from evidence.clock import MARKET_CLOCK
from evidence.operations import drain
from exchange.market import figures
from kit.coverage import covers
from kit.rejected import Rejected
from listings.exporting import FORMATS, catalogue_tag, written
from listings.models import AdmittedBuyer, DataProduct, Listing, ListingVersion, Registration
from listings.operations import (
    accept_registration,
    admit_buyer,
    apply_registration,
    ask_question,
    certify_registration,
    create_product,
    declare_right,
    draft_registration,
    end_buyer,
    pass_registration,
    submit_listing,
    watch_listing,
)
from listings.price_facts import alike
from listings.queries import notices_public
from listings.register import register
from listings.search import search_listings
from participants.models import Notice, Organization
from participants.roles import Role
from tests.compliance.worlds import ANSWERS
from tests.exchange.worlds import signed_in
from tests.factories import make_actor, make_organization
from tests.listings.worlds import FACTS, make_deposit, make_draft, make_listed, make_seller

pytestmark = pytest.mark.django_db
TITLE = "重点区域人员往来记录"
SPECIAL: dict[str, Any] = {"title_zh": TITLE, "title_en": "Movements of persons in key areas", "facts": {**FACTS, "special_pi": True}}


def closed() -> Listing:
    """A listing of special personal data, on sale by the real operations at the market's own hour; its product bears its title too."""
    listing = make_listed(make_seller(at=MARKET_CLOCK.now()), **SPECIAL)
    DataProduct.objects.filter(pk=listing.product_id).update(title_zh=TITLE)
    return declared(listing)


def declared(listing: Listing) -> Listing:
    """Its seller's declaration of this very listing, signed and found."""
    seller = make_actor(Role.DATA_MERCHANT, organization=listing.organization)
    by: dict[str, Any] = {"actor": seller, "clock": MARKET_CLOCK}
    sign_declaration(declaration=draft_declaration(organization=listing.organization, template="merchant", subject=listing.code,
                                                   answers=ANSWERS, **by), **by)
    drain()
    return listing


def admitted(listing: Listing, organization: Organization, **fields: Any) -> AdmittedBuyer:
    given: dict[str, Any] = {"issuer": "国家安全机关", "number": "授〔2026〕7 号", "document": make_deposit(organization, "permit.pdf"),
                             "until": MARKET_CLOCK.now() + timedelta(days=90), **fields}
    return admit_buyer(listing=listing, organization=organization, actor=make_actor(Role.REGULATOR), clock=MARKET_CLOCK, **given)


def _page(address: str, *, told: bool = True) -> Callable[[Client, Listing], bool]:
    """Whether a page tells title or code; the title alone where it repeats the code that was typed (``told`` is off)."""

    def seen(browser: Client, listing: Listing) -> bool:
        answer = browser.get(address.format(code=listing.code))
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        return answer.status_code != 404 and (TITLE in body.decode() or (told and listing.code in body.decode()))

    return seen


def _codes(listing: Listing) -> dict[str, str]:
    """The papers that stand behind a listing, before it and after it."""
    declared = Declaration.objects.filter(subject=listing.code).order_by("-pk").first()
    one = listing.product.registrations.get()
    return {"registration": one.code, "declaration": declared.code if declared else "", "certificate": one.certificate.code}


def _code(address: str, paper: str) -> Callable[[Client, Listing], bool]:
    """Whether the address of one of its papers answers."""

    def seen(browser: Client, listing: Listing) -> bool:
        code = _codes(listing)[paper]
        return bool(code) and browser.get(address.format(code)).status_code != 404

    return seen


def _declared(browser: Client, listing: Listing) -> bool:
    code = _codes(listing)["declaration"]
    found = browser.get(f"/listings/found/?kind=declaration&q={listing.code}").content.decode()
    return bool(code) and f"/rules/declarations/{code}/" in found


#: Every place where somebody could come upon a listing: pages, the interface for programs, feeds, exports.
PLACES: dict[str, Callable[[Client, Listing], bool]] = {
    "search page": _page("/listings/?q=人员往来"), "newest listings": _page("/listings/"),
    "also found": _page("/listings/found/?q=人员往来"),
    "board": _page("/"), "listing page": _page("/listings/{code}/"), "why": _page("/listings/{code}/why/"),
    "quality": _page("/listings/{code}/quality/"), "sample": _page("/listings/{code}/sample/"),
    "comparison": _page("/compare/?l={code}", told=False), "open data": _page("/open/"), "api list": _page("/api/listings/"),
    "api search": _page("/api/listings/?q=人员往来"), "api one": _page("/api/listings/{code}/"),
    "catalogue feed": _page("/api/open/feed.atom"), "register": _page("/listings/register/"), "sitemap": _page("/sitemap.xml"),
    "what is watched": _page("/desk/watches/"), "what was asked": _page("/desk/questions/"),
    "public notices": _page("/listings/registrations/"), "its own notice": _code("/listings/registrations/{}/", "registration"),
    "certificate": _code("/verify/{}", "certificate"), "certificate's bundle": _code("/verify/{}/bundle/", "certificate"),
    "declarations": _page("/rules/declarations/?q={code}", told=False), "its declaration": _code("/rules/declarations/{}/", "declaration"),
    "declarations found": _declared, "tape of trades": _page("/trading/trades/"), "tape as a table": _page("/trading/trades.csv"),
}
#: and every count that would tell that it exists.
COUNTS: dict[str, Callable[[Listing], Any]] = {
    "board figures": lambda one: (figures(MARKET_CLOCK.now()).listed, figures(MARKET_CLOCK.now()).suspended),
    "search": lambda one: [row.code for row in search_listings("").items], "facets": lambda one: search_listings("").facets,
    "catalogue tag": lambda one: catalogue_tag(), "register": lambda one: register({}, at=MARKET_CLOCK.now()).total,
    **{f"catalogue {name}": lambda one, name=name: "".join(written(name)) for name in FORMATS},
    "notices": lambda one: notices_public(user=None, at=MARKET_CLOCK.now()).count(),
    "registered this week": lambda one: figures(MARKET_CLOCK.now()).registered_week,
    "prices alike": lambda one: alike(ListingVersion(sector="D", stage="product")).count(),
}


@covers("R30")
def test_nobody_else_comes_upon_it_in_any_place() -> None:
    listing = closed()
    for browser in (Client(), signed_in(make_actor(Role.DATA_MERCHANT)), signed_in(make_actor(Role.BUYER))):
        assert [name for name, seen in PLACES.items() if seen(browser, listing)] == []


@covers("R30")
def test_no_count_and_no_export_tells_that_it_exists() -> None:
    other = make_listed(make_seller(at=MARKET_CLOCK.now()))
    before = {name: count(other) for name, count in COUNTS.items()}
    closed()
    assert {name: count(other) for name, count in COUNTS.items()} == before


@covers("R30")
def test_the_unit_named_by_the_document_sees_it_until_its_term_is_over_or_ended() -> None:
    listing = closed()
    buyer = make_actor(Role.BUYER)
    organization = Organization.objects.get(pk=buyer.organization_id)
    browser = signed_in(buyer)
    one = admitted(listing, organization)
    assert TITLE in browser.get(f"/listings/{listing.code}/").content.decode()
    assert TITLE in browser.get("/desk/watches/").content.decode(), "where it is found, since no list shows it"
    told = Notice.objects.filter(subject=one.code)
    assert {row.organization_id for row in told} == {organization.pk, listing.organization_id}
    watch_listing(listing=listing, actor=buyer, clock=MARKET_CLOCK)
    ask_question(listing=listing, text="记录覆盖到哪一天？", actor=buyer, clock=MARKET_CLOCK)
    end_buyer(admitted=one, reason="授权被撤销", actor=make_actor(Role.REGULATOR), clock=MARKET_CLOCK)
    assert browser.get(f"/listings/{listing.code}/").status_code == 404
    assert [name for name, seen in PLACES.items() if seen(browser, listing)] == []


@covers("R30")
def test_only_a_regulator_admits_and_only_by_a_document_with_an_end() -> None:
    listing, buyer = closed(), make_organization(Role.BUYER)
    with pytest.raises(Rejected) as no:
        admitted(listing, buyer, number=" ", document=None, until=MARKET_CLOCK.now())
    assert {fault.field for fault in no.value.errors} == {"number", "proof", "until"}
    with pytest.raises(Rejected) as no:
        admit_buyer(listing=listing, organization=buyer, issuer="某机关", number="1", document=make_deposit(buyer),
                    until=MARKET_CLOCK.now() + timedelta(days=9), actor=make_actor(Role.COMPLIANCE_OFFICER), clock=MARKET_CLOCK)
    assert no.value.code == "participants.permission.denied"
    one = admitted(listing, buyer)
    with pytest.raises(Rejected) as no:
        admitted(listing, buyer)
    assert no.value.code == "listings.whitelist.known"
    with pytest.raises(IntegrityError), transaction.atomic():
        AdmittedBuyer.objects.filter(pk=one.pk).update(effective_to=MARKET_CLOCK.now() + timedelta(days=900))


@covers("R30", "I16")
def test_the_database_keeps_what_is_special_closed_and_out_of_auctions() -> None:
    listing = closed()
    with pytest.raises(IntegrityError, match="not closed"), transaction.atomic():
        Listing.objects.filter(pk=listing.pk).update(closed=False)
    seller = make_seller(at=MARKET_CLOCK.now())
    draft = make_draft(seller, **SPECIAL, sale_mode="auction", auction_terms={"format": "english"})
    with pytest.raises(Rejected) as no:
        submit_listing(version=draft, actor=seller.actor, clock=seller.clock)
    assert no.value.code == "listings.whitelist.in_public"
    with pytest.raises(IntegrityError, match="version_special_not_in_public"), transaction.atomic():
        ListingVersion.objects.filter(pk=draft.pk).update(status="submitted", content_hash="f" * 64)


@covers("R30")
def test_the_regulator_admits_on_the_page_that_the_seller_reads() -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    listing, buyer = closed(), make_organization(Role.BUYER)
    desk, to = signed_in(make_actor(Role.REGULATOR)), f"/desk/listings/{listing.code}/buyers/"
    sent = {"organization": buyer.code, "issuer": "国家安全机关", "number": "授〔2026〕8 号", "until": "2099-02-30",
            "proof": SimpleUploadedFile("permit.csv", "编号\n8\n".encode())}
    assert desk.post(to, sent).status_code == 400
    good = {**sent, "until": "2099-02-28", "proof": SimpleUploadedFile("permit.csv", "编号\n8\n".encode())}
    assert desk.post(to, good).status_code == 302
    page = signed_in(make_actor(Role.DATA_MERCHANT, organization=listing.organization)).get(to).content.decode()
    assert "授〔2026〕8 号" in page and "登记获准单位" not in page


def naive_visible_to(self: Any, user: Any) -> Any:
    """The naive way: public once listed, as every other listing."""
    return self.filter(~Q(status="unlisted"))


@covers("R30")
def test_the_naive_visibility_and_a_naive_index_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from listings.models.offer import ListingQuerySet

    listing = closed()
    monkeypatch.setattr(ListingQuerySet, "visible_to", naive_visible_to)
    listing.refresh_from_db()
    from listings.models import ListingIndex

    ListingIndex.objects.filter(listing=listing).update(on_sale=True)
    found = {name for name, seen in PLACES.items() if seen(Client(), listing)}
    assert {"listing page", "why", "quality", "api one", "search page", "api list"} <= found


@covers("R30", "R10")
def test_a_product_registered_as_special_is_in_no_notice_before_it_is_listed_and_may_not_be_listed_as_anything_else() -> None:
    seller = make_seller(at=MARKET_CLOCK.now())
    product = create_product(organization=seller.organization, title_zh=TITLE, source_statement="依法采集", actor=seller.actor,
                             clock=seller.clock)
    for right in ("hold", "use", "operate"):
        declare_right(product=product, right=right, origin="self_generated", actor=seller.actor, clock=seller.clock)
    one = draft_registration(product=product, regime="personal", statement="依法采集，权属清晰。", special=True,
                             deposit=make_deposit(seller.organization), actor=seller.actor, clock=seller.clock)
    apply_registration(registration=one, actor=seller.actor, clock=seller.clock)
    desk = make_actor(Role.COMPLIANCE_OFFICER)
    accept_registration(registration=one, actor=desk, clock=seller.clock)
    assert pass_registration(registration=one, actor=desk, clock=seller.clock).status == "in_notice"
    mine = make_actor(Role.DATA_MERCHANT, organization=seller.organization)
    for browser, seen in ((Client(), False), (signed_in(make_actor(Role.BUYER)), False), (signed_in(mine), True)):
        assert (TITLE in browser.get("/listings/registrations/").content.decode()) is seen
        assert (browser.get(f"/listings/registrations/{one.code}/").status_code == 200) is seen
    with pytest.raises(DatabaseError), transaction.atomic():
        Registration.objects.filter(pk=one.pk).update(special=False)
    one.refresh_from_db()
    seller.clock.move_to(one.notice_to)
    certify_registration(registration=one, clock=seller.clock)
    draft = make_draft(seller, product, sale_mode="fixed")
    with pytest.raises(Rejected) as no:
        submit_listing(version=draft, actor=seller.actor, clock=seller.clock)
    assert no.value.code == "listings.whitelist.registered_special" and "如实声明" in no.value.text("next_step", "zh")


def naive_withheld(self: Any, user: Any) -> Any:
    """The naive way: what is closed is known by its listing alone, and a paper is public like every paper."""
    return self.none()


@covers("R30")
def test_papers_that_are_public_as_every_paper_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from listings.models.supply import ProductQuerySet

    listing = closed()
    monkeypatch.setattr(ProductQuerySet, "withheld_from", naive_withheld)
    found = {name for name, seen in PLACES.items() if seen(Client(), listing)}
    assert {"public notices", "its own notice", "certificate", "certificate's bundle", "its declaration", "declarations found"} <= found
