"""What an order carries for the buyer's books: its number, cost centre, invoice title and tax number, from the order to the statement.

Worked example: the organisation's default is cost centre CC-17 and title 华东航运; an order says PO-2031-008 and keeps the rest.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from hypothesis import given
from hypothesis import strategies as st

from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from exchange.accounting import pack_of
from kit.coverage import covers
from kit.rejected import Rejected
from participants.billing import Papers, defaults_of, papers_faults, read_papers, set_billing
from participants.models import Organization
from tests.settlement.worlds import accepted, collected
from tests.trading.test_pages import shown, signed_in
from tests.trading.test_purchases import buy, on_sale
from tests.trading.worlds import bid, make_buyer, move, open_lot, seller_of
from trading import tasks
from trading.models import Bidder, OrderPaper, Trade
from trading.operations import pay_trade
from trading.papers import fix_papers, name_bid_papers, papers_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]


def credit_code() -> str:
    """A unified social credit code whose check character is right."""
    from stdnum.cn import uscc

    body = "91310115MA1K4C8X2"
    return body + uscc.calc_check_digit(body)


GIVEN = {"po_number": "PO-2031-008", "cost_centre": "CC-17", "invoice_title": "华东航运有限公司", "tax_number": credit_code()}


def faults(**said: str) -> list[tuple[str, str]]:
    with pytest.raises(Rejected, match=r"billing\.faulty") as no:
        read_papers(said)
    return [(one.field, one.code) for one in no.value.errors]


@covers("F1")
def test_each_fault_stands_at_its_field() -> None:
    assert read_papers(GIVEN | {"tax_number": f" {credit_code()[:9]}-{credit_code()[9:].lower()} "}).tax_number == credit_code()
    assert faults(po_number="=cmd|' /C calc'!A1") == [("po_number", "characters")]
    assert faults(cost_centre="x" * 41) == [("cost_centre", "characters")]
    assert faults(invoice_title="华") == [("invoice_title", "length")]
    assert faults(invoice_title="华东\u202e航运") == [("invoice_title", "length")]
    wrong = credit_code()[:-1] + ("0" if credit_code()[-1] != "0" else "1")
    assert faults(invoice_title="华东航运", tax_number=wrong) == [("tax_number", "checksum")]
    assert faults(invoice_title="华东航运", tax_number="123456789012345") == [("tax_number", "checksum")]
    assert faults(tax_number=credit_code()) == [("invoice_title", "missing")]


@given(st.dictionaries(st.sampled_from(["po_number", "cost_centre", "invoice_title", "tax_number"]), st.text(max_size=60)))
@covers("F1")
def test_whatever_is_typed_is_kept_clean_or_refused(said: dict[str, str]) -> None:
    try:
        kept = read_papers(said)
    except Rejected:
        return
    assert papers_faults(kept) == [] and read_papers(asdict(kept)) == kept
    assert all(value.isprintable() for value in asdict(kept).values())


@covers("F1")
def test_the_organisations_defaults_fill_what_an_order_does_not_say() -> None:
    buyer = make_buyer()
    ours = Organization.objects.get(pk=buyer.organization_id)
    set_billing(organization=ours, given={"cost_centre": "CC-17", "invoice_title": "华东航运"}, actor=buyer, clock=MARKET_CLOCK)
    assert Record.objects.filter(kind="participants.billing.set", subject=ours.code).count() == 1
    set_billing(organization=ours, given={"cost_centre": "CC-17", "invoice_title": "华东航运"}, actor=buyer, clock=MARKET_CLOCK)
    assert Record.objects.filter(kind="participants.billing.set", subject=ours.code).count() == 1, "the same again is no change"
    assert buy(on_sale(), buyer).papers.said == Papers("", "CC-17", "华东航运", "")
    assert buy(on_sale(), buyer, papers=GIVEN).papers.said == Papers(**GIVEN)
    set_billing(organization=ours, given={}, actor=buyer, clock=MARKET_CLOCK)
    assert defaults_of(ours) == Papers()
    assert OrderPaper.objects.filter(cost_centre="CC-17").count() == 2, "orders keep what they said"
    assert not OrderPaper.objects.filter(trade=buy(on_sale(), buyer)).exists(), "nothing said, nothing kept"


@covers("F1")
def test_papers_with_a_fault_stop_the_order() -> None:
    buyer, before = make_buyer(), Trade.objects.count()
    with pytest.raises(Rejected, match=r"billing\.faulty"):
        buy(on_sale(), buyer, papers=GIVEN | {"tax_number": "9" * 18})
    assert Trade.objects.count() == before


@covers("F1", "CAP-E5")
def test_a_bidder_says_them_once_and_the_trade_takes_them_when_it_is_paid() -> None:
    buyer = make_buyer()
    lot = open_lot(buyer)
    bidder = Bidder.objects.get(auction=lot)
    client = signed_in(buyer)
    assert 'name="po_number"' in shown(client, f"/desk/bids/{lot.code}/papers/")
    assert "err" in client.post(f"/desk/bids/{lot.code}/papers/", GIVEN | {"po_number": "<b>"}).content.decode()
    assert client.post(f"/desk/bids/{lot.code}/papers/", GIVEN).status_code == 302
    assert "PO-2031-008" in shown(client, f"/desk/bids/{lot.code}/papers/")
    with pytest.raises(Rejected, match=r"order_paper\.kept"):
        name_bid_papers(bidder=bidder, given=GIVEN, actor=buyer, clock=MARKET_CLOCK)
    bid(lot, buyer, 3_000_000)
    move(hours=24)
    tasks.close_due()
    trade = Trade.objects.get(award__auction=lot)
    pay_trade(trade=trade, actor=buyer, clock=MARKET_CLOCK)
    assert OrderPaper.objects.get(trade=trade).said == Papers(**GIVEN)


@covers("F1")
def test_the_payment_of_an_award_may_say_otherwise() -> None:
    buyer = make_buyer()
    lot = open_lot(buyer)
    name_bid_papers(bidder=Bidder.objects.get(auction=lot), given=GIVEN, actor=buyer, clock=MARKET_CLOCK)
    bid(lot, buyer, 3_000_000)
    move(hours=24)
    tasks.close_due()
    trade = Trade.objects.get(award__auction=lot)
    client = signed_in(buyer)
    assert "PO-2031-008" in shown(client, f"/desk/trades/{trade.code}/"), "the form begins with what the registration said"
    assert client.post(f"/desk/trades/{trade.code}/pay/", GIVEN | {"po_number": "PO-9"}).status_code == 302
    assert OrderPaper.objects.get(trade=trade).po_number == "PO-9"


@covers("F1", "T36")
def test_the_seller_sees_number_and_title_and_never_the_cost_centre() -> None:
    listing, buyer = on_sale(), make_buyer()
    trade = buy(listing, buyer, papers=GIVEN)
    assert papers_for(trade, make_buyer().organization_id) is None
    for who, sees in ((buyer, True), (seller_of(listing), False)):
        text = shown(signed_in(who), f"/desk/trades/{trade.code}/")
        assert "PO-2031-008" in text and ("CC-17" in text) is sees
        rows = dict(pack_of(trade, buying=sees).papers)
        assert rows[("采购单号", "Order number")] == "PO-2031-008" and (("成本中心", "Cost centre") in rows) is sees


@covers("F1")
def test_the_statement_and_its_table_carry_them() -> None:
    from tests.settlement.test_pages import signed_in as at_the_money_desk

    trade = accepted()
    from evidence.operations import operation
    from kit.actors import SYSTEM

    @operation("trading.order_paper.test")
    def fixed(**_: Any) -> None:
        fix_papers(trade, GIVEN, actor=SYSTEM, at=MARKET_CLOCK.now())

    fixed()
    (one,) = [row for row in collected() if row.trade_id == trade.pk]
    for organization, role, sees in ((trade.buyer, "buyer", True), (trade.seller, "data_merchant", False)):
        client = at_the_money_desk(organization, role)
        table = b"".join(client.get("/desk/statements.csv").streaming_content).decode()  # type: ignore[attr-defined]
        for text in (client.get(f"/desk/statements/{one.code}/").content.decode(), table):
            assert "PO-2031-008" in text and GIVEN["tax_number"] in text and ("CC-17" in text) is sees


@covers("F1")
def test_the_database_keeps_them_as_they_were() -> None:
    trade = buy(on_sale(), make_buyer(), papers=GIVEN)
    with pytest.raises(DatabaseError), transaction.atomic():
        OrderPaper.objects.filter(trade=trade).update(po_number="PO-0")
    with pytest.raises(DatabaseError), transaction.atomic():
        OrderPaper.objects.filter(trade=trade).delete()


@covers("F1")
def test_the_page_of_the_defaults() -> None:
    client = signed_in(make_buyer())
    assert 'name="po_number"' not in shown(client, "/desk/organisation/billing/")
    bad = client.post("/desk/organisation/billing/", {"tax_number": "1"})
    assert bad.status_code == 422 and 'class="fault"' in bad.content.decode()
    assert client.post("/desk/organisation/billing/", {"cost_centre": "CC-1", "invoice_title": "华东航运"}).status_code == 302
    assert "CC-1" in shown(client, "/desk/organisation/billing/")


@covers("F1", "T5")
def test_the_order_form_carries_them() -> None:
    listing, buyer = on_sale(), make_buyer()
    client, address = signed_in(buyer), f"/listings/{listing.code}/buy/"
    assert 'name="po_number"' in shown(client, address)
    order = {"version": listing.version.code, "total_fen": "800000", **GIVEN}
    faulty = client.post(address, order | {"tax_number": "1"})
    assert faulty.status_code == 422 and 'class="fault"' in faulty.content.decode()
    assert client.post(address, order).status_code == 302
    assert Trade.objects.get(listing=listing).papers.said == Papers(**GIVEN)
