"""What programs keep going or owe: subscriptions, differences after a default, reports on free uses; and cancelling a trade (I7)."""

from __future__ import annotations

import pytest

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from ledger.accounts import AccountKind
from ledger.operations import account
from ledger.queries import balance
from listings.models import Listing
from tests.trading.deals import bargain
from tests.trading.test_deal_api import get, post
from tests.trading.test_shortfalls import again, defaulted
from tests.trading.test_subscriptions import monthly
from tests.trading.worlds import bid, free_use, make_buyer, make_lot, move, open_lot, seller_of
from trading import tasks
from trading.models import Trade
from trading.operations import accept_offer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]
REPORT = "用于公交线网优化，据此调整二十条线路，平均候车减少两分钟；未再提供。"


@covers("R45", "CAP-E1", "CAP-I7")
def test_a_program_subscribes_at_the_quote_reads_it_and_orders_no_further_period() -> None:
    listing, buyer = monthly(), make_buyer()
    quote = get(buyer, f"/api/listings/{listing.code}/purchases/")
    said = {"listing": listing.code, "version": quote["version"], "total_fen": quote["total_fen"]}
    assert post(buyer, "/api/subscriptions/", {**said, "total_fen": 1}, 409)["code"] == "trading.purchase.quote_moved"
    made = post(buyer, "/api/subscriptions/", {**said, "po_number": "PO-7"})
    assert (made["status"], made["number"], len(made["trades"]), made["total_fen"]) == ("running", 1, 1, quote["total_fen"])
    assert post(buyer, "/api/subscriptions/", said, 409)["code"] == "trading.subscription.held"
    seller, path = seller_of(Listing.objects.get(pk=listing.pk)), f"/api/subscriptions/{made['code']}/"
    assert [one["code"] for one in get(seller, "/api/subscriptions/")["items"]] == [made["code"]]
    assert post(seller, f"{path}acts/", {"act": "cancel"}, 404)["code"] == "participants.object.absent", "whoever subscribed cancels"
    assert post(make_buyer(), f"{path}acts/", {"act": "cancel"}, 404)["code"] == "participants.object.absent"
    assert post(buyer, f"{path}acts/", {"act": "cancel"})["status"] == "ending"
    assert get(buyer, path)["due_at"] is None


@covers("CAP-E10", "CAP-I7")
def test_a_defaulter_reads_what_it_owes_and_pays_the_difference_by_program() -> None:
    one, first, winner = defaulted()
    path = f"/api/shortfalls/{one.code}/"
    assert get(winner, path)["status"] == "open"
    assert post(winner, f"{path}pay/", {}, 409)["code"] == "trading.shortfall.illegal_move"
    again(first, 30_000, 14_000)
    owed = get(winner, path)
    assert (owed["status"], owed["to_seller_fen"] > 0, bool(owed["resale"]), bool(owed["due_at"])) == ("claimed", True, True, True)
    seller = seller_of(first.listing)
    assert [row["code"] for row in get(seller, "/api/shortfalls/")["items"]] == [one.code]
    assert post(seller, f"{path}pay/", {}, 403)["code"] == "participants.permission.denied"
    before = balance(account(seller.organization or "", AccountKind.AVAILABLE)).available_fen
    assert post(winner, f"{path}pay/", {})["status"] == "paid"
    assert balance(account(seller.organization or "", AccountKind.AVAILABLE)).available_fen - before == owed["to_seller_fen"]
    assert post(make_buyer(), f"{path}pay/", {}, 404)["code"] == "participants.object.absent"


@covers("R17", "CAP-I7")
def test_whoever_took_public_data_free_files_its_report_by_program() -> None:
    one, seller, buyer = bargain()
    trade = accept_offer(negotiation=one, seen=1, actor=seller, clock=MARKET_CLOCK).trade
    assert trade is not None
    use = free_use(trade)
    path = f"/api/public-uses/{use.code}/"
    assert get(buyer, path)["status"] == "owed"
    short = post(buyer, f"{path}reports/", {"report": "短"}, 422)
    assert (short["code"], short["errors"][0]["field"]) == ("trading.public_use.faulty", "report")
    assert post(seller, f"{path}reports/", {"report": REPORT}, 403)["code"] == "participants.permission.denied"
    filed = post(buyer, f"{path}reports/", {"report": REPORT})
    assert (filed["status"], filed["report"], filed["due_at"]) == ("filed", REPORT, None)
    assert get(seller, "/api/public-uses/")["items"][0]["report"] == REPORT
    assert get(make_buyer(), "/api/public-uses/")["items"] == []


@covers("E10", "CAP-I7")
def test_an_unpaid_trade_is_cancelled_by_both_with_a_reason_and_the_deposit_goes_back() -> None:
    buyer = make_buyer()
    before = balance(account(buyer.organization or "", AccountKind.AVAILABLE)).available_fen
    lot = open_lot(buyer)
    bid(lot, buyer, 2_000_000)
    move(hours=24)
    tasks.close_due()
    trade = Trade.objects.get(award__auction=lot)
    path, seller = f"/api/trades/{trade.code}/acts/", seller_of(lot.listing)
    assert post(buyer, path, {"act": "cancel"}, 400)["errors"][0]["field"] == "reason"
    asked = post(buyer, path, {"act": "cancel", "reason": "预算被削减"})
    assert (asked["status"], asked["cancel_asked_by"], asked["cause"]) == ("executed", "buyer", "预算被削减")
    assert balance(account(buyer.organization or "", AccountKind.AVAILABLE)).available_fen == before - asked["deposit_fen"]
    ended = post(seller, path, {"act": "cancel"})
    assert (ended["status"], ended["cause"]) == ("cancelled", "预算被削减")
    assert balance(account(buyer.organization or "", AccountKind.AVAILABLE)).available_fen == before
    gone = post(buyer, path, {"act": "cancel", "reason": "再来一次"}, 409)
    assert gone["code"] == "trading.trade.illegal_move"
    assert post(make_buyer(), path, {"act": "cancel", "reason": "他人的"}, 404)["code"] == "participants.object.absent"
    assert post(seller, path, {"act": "book_services"}, 422)["code"] == "trading.services.made_here"
    assert make_lot(), "the listing is free again"
