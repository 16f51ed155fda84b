"""What programs do that until now only people did: announce and cancel lots, agreements, frameworks, trades made elsewhere (I7)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from participants.models import Organization
from participants.roles import Role
from tests.compliance.profiles import clean
from tests.factories import make_actor
from tests.trading.deals import negotiable
from tests.trading.test_agreements import awarded, sold
from tests.trading.test_deal_api import get, post
from tests.trading.test_reports import declared_seller, reported
from tests.trading.worlds import make_buyer, make_listing, make_lot, move, open_lot, seller_of
from trading.agreeing.machine import policy_of
from trading.agreeing.terms import read_terms
from trading.models import Trade, TradeReport
from trading.operations import decide_report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]


def facts(**more: Any) -> dict[str, Any]:
    """Facts as a program states them: no fractions, so a figure with one is written as text."""
    return {name: str(value) if isinstance(value, float) else value for name, value in clean(**more).items()}


@covers("CAP-E5", "CAP-I7")
def test_a_seller_announces_a_lot_by_program_and_cancels_it_with_a_reason() -> None:
    listing = make_listing()
    seller, opens = seller_of(listing), MARKET_CLOCK.now() + timedelta(days=8)
    said = {"listing": listing.code, "opens_at": opens.isoformat(), "closes_at": (opens + timedelta(hours=3)).isoformat(),
            "start_price_fen": 2_000_000, "reserve_price_fen": 3_000_000}
    early = post(seller, "/api/lots/", {**said, "opens_at": (opens - timedelta(days=2)).isoformat()}, 422)
    assert early["code"] == "trading.auction.notice_too_short"
    lot = post(seller, "/api/lots/", said)
    assert (lot["status"], lot["start_price_fen"], lot["reserve"]) == ("announced", 2_000_000, "secret")
    assert "3000000" not in str(lot), "a reserve is told to nobody, nor back to its seller's program"
    assert post(seller, "/api/lots/", said, 409)["code"] == "trading.auction.one_running"
    path = f"/api/lots/{lot['code']}/acts/"
    assert post(seller, path, {"act": "cancel"}, 400)["errors"][0]["field"] == "reason"
    assert post(seller, path, {"act": "halt", "reason": "自己停"}, 403)["code"] == "participants.permission.denied"
    assert post(seller, path, {"act": "cancel", "reason": "材料有误"})["status"] == "cancelled"


@covers("R57", "CAP-I7")
def test_the_desks_halt_a_lot_and_let_it_go_on_and_the_regulator_ends_it() -> None:
    lot = open_lot(make_buyer())
    path, watcher = f"/api/lots/{lot.code}/acts/", make_actor(Role.SURVEILLANCE)
    assert post(watcher, path, {"act": "halt", "reason": "核查串通线索"})["status"] == "halted"
    assert post(watcher, path, {"act": "resume"})["status"] == "open"
    assert post(seller_of(lot.listing), path, {"act": "cancel", "reason": "反悔"}, 403)["code"] == "trading.auction.seller_may_not_cancel"
    assert post(watcher, path, {"act": "cancel", "reason": "不属监察"}, 403)["code"] == "participants.permission.denied"
    assert post(make_actor(Role.REGULATOR), path, {"act": "cancel", "reason": "违法标的"})["status"] == "cancelled"
    assert post(seller_of(make_lot().listing), path, {"act": "cancel", "reason": "他人的"}, 404)["code"] == "participants.object.absent"


@covers("F1", "F2", "CAP-I7")
def test_a_program_reads_text_and_policy_of_an_agreement_and_signs_the_hash_it_read() -> None:
    trade, seller, buyer = awarded()
    path = f"/api/agreements/{trade.deed.code}/"
    whole = get(buyer, path)
    assert (whole["status"], whole["signed_by"], whole["trade"]) == ("drafted", [], trade.code)
    assert whole["policy"] == policy_of(read_terms(trade.deed.terms)) and "中文文本为准" in whole["governing"]["zh"]
    assert [one["number"] for one in whole["clauses"]] == list(range(1, len(whole["clauses"]) + 1))
    assert all(one["zh"] and one["en"] for one in whole["clauses"]) and whole["duties"]
    assert post(buyer, f"{path}acts/", {"act": "sign", "terms_hash": "0" * 64}, 409)["code"] == "trading.agreement.other_text"
    assert post(buyer, f"{path}acts/", {"act": "sign", "terms_hash": whole["terms_hash"]})["signed_by"] == ["buyer"]
    assert post(seller, f"{path}acts/", {"act": "sign", "terms_hash": whole["terms_hash"]})["status"] == "in_force"
    stranger = make_buyer()
    assert get(stranger, "/api/agreements/")["items"] == []
    assert post(stranger, f"{path}acts/", {"act": "sign", "terms_hash": whole["terms_hash"]}, 404)["code"] == "participants.object.absent"
    assert [one["code"] for one in get(seller, "/api/agreements/?status=in_force")["items"]] == [trade.deed.code]


@covers("F4", "CAP-I7")
def test_a_program_gives_notice_takes_it_back_agrees_to_an_end_and_renews() -> None:
    trade, seller, buyer = sold(term_days=90)
    path = f"/api/agreements/{trade.deed.code}/"
    assert post(buyer, f"{path}acts/", {"act": "give_notice", "ground": "breach"}, 400)["code"] == "trading.agreement.reason_missing"
    told = post(buyer, f"{path}acts/", {"act": "give_notice", "ground": "breach", "reason": "数据停更"})
    assert (told["status"], told["notice_by"], told["reason"], bool(told["due_at"])) == ("terminating", "buyer", "数据停更", True)
    assert post(seller, f"{path}acts/", {"act": "take_back"}, 403)["code"] == "trading.agreement.not_yours"
    assert post(buyer, f"{path}acts/", {"act": "take_back"})["status"] == "in_force"
    move(days=60)
    quote = get(buyer, f"/api/listings/{trade.listing.code}/purchases/")
    renewed = post(buyer, f"{path}renewals/", {"version": quote["version"], "total_fen": quote["total_fen"], "purpose": "research"})
    assert renewed["term_from"] == get(buyer, path)["term_to"] and get(buyer, path)["renewed_by"] == renewed["agreement"]
    post(seller, f"{path}acts/", {"act": "give_notice", "ground": "agreed", "reason": "产品下线"})
    assert post(buyer, f"{path}acts/", {"act": "agree"})["status"] == "ended"


@covers("F12", "R57", "CAP-I7")
def test_a_trade_made_elsewhere_is_reported_disputed_mended_and_confirmed_by_programs() -> None:
    buyer, seller = make_buyer(0), declared_seller()
    ours = Organization.objects.get(pk=buyer.organization_id)
    said = {"side": "seller", "counterparty": ours.code, "title": "充电桩利用率数据", "price_fen": 1_000_000, "contract_sha256": "a" * 64,
            "traded_on": MARKET_CLOCK.now().date().isoformat(), "facts": facts()}
    missing = post(seller, "/api/reports/", {**said, "facts": facts(source_lawful=None)}, 422)
    assert missing["code"] == "compliance.filing.facts_missing"
    first = post(seller, "/api/reports/", said)
    assert (first["status"], first["verdict"], first["trade"], first["edition"]) == ("filed", "pass", None, 1)
    acts = f"/api/reports/{first['code']}/acts/"
    told = post(buyer, acts, {"act": "dispute", "reason": "成交价不符"})
    assert (told["status"], told["reason"]) == ("returned", "成交价不符")
    mend = {name: value for name, value in said.items() if name not in {"side", "counterparty"}} | {"price_fen": 1_200_000}
    assert post(buyer, f"/api/reports/{first['code']}/mends/", mend, 404)["code"] == "participants.object.absent"
    second = post(seller, f"/api/reports/{first['code']}/mends/", mend)
    assert (second["edition"], second["filing"], second["status"]) == (2, first["filing"], "filed")
    assert get(seller, f"/api/reports/{first['code']}/")["price_fen"] == 1_000_000, "what was stated first stands"
    assert post(seller, f"/api/reports/{second['code']}/acts/", {"act": "confirm"}, 403)["code"] == "participants.permission.denied"
    post(buyer, f"/api/reports/{second['code']}/acts/", {"act": "confirm"})
    decide_report(report=TradeReport.objects.get(code=second["code"]), outcome="verify", reason="材料齐全",
                  actor=make_actor(Role.COMPLIANCE_OFFICER), clock=MARKET_CLOCK)
    done = get(buyer, f"/api/reports/{second['code']}/")
    assert (done["status"], done["trade"]) == ("verified", Trade.objects.get().code)
    assert [one["code"] for one in get(buyer, "/api/reports/")["items"]] == [second["code"], first["code"]]
    assert get(make_buyer(0), "/api/reports/")["items"] == []
    other, reporting, _ = reported(contract="b" * 64)
    assert post(reporting, f"/api/reports/{other.code}/acts/", {"act": "withdraw"})["status"] == "withdrawn"
    assert post(make_buyer(0), f"/api/reports/{other.code}/acts/", {"act": "withdraw"}, 404)["code"] == "participants.object.absent"


@covers("CAP-E4", "CAP-I7")
def test_a_framework_is_offered_accepted_and_called_off_by_programs() -> None:
    listing, buyer = negotiable(), make_buyer()
    seller, until = seller_of(listing), (MARKET_CLOCK.now() + timedelta(days=300)).isoformat()
    said = {"items": [{"listing": listing.code, "price_fen": 500_000, "term_days": 30}], "ceiling_fen": 900_000, "effective_to": until}
    one = post(buyer, "/api/frameworks/", said)
    path = f"/api/frameworks/{one['code']}/"
    assert (one["status"], one["left_fen"], one["items"][0]["price_fen"]) == ("offered", 900_000, 500_000)
    assert post(buyer, f"{path}acts/", {"act": "accept"}, 403)
    assert post(seller, f"{path}acts/", {"act": "accept"})["status"] == "in_force"
    order = post(buyer, f"{path}orders/", {"number": 1, "drawn_fen": 0})
    assert order["price_fen"] == 500_000 and get(seller, path)["calls"][0]["trade"] == order["trade"]
    assert post(buyer, f"{path}orders/", {"number": 1, "drawn_fen": 500_000}, 409)["code"].startswith("trading.framework.")
    assert post(seller, f"{path}acts/", {"act": "end"})["status"] == "ended"
    assert post(make_buyer(), f"{path}acts/", {"act": "end"}, 404)["code"] == "participants.object.absent"
    assert get(make_buyer(), "/api/frameworks/")["items"] == []
    offered = post(seller, "/api/frameworks/", {**said, "to": Organization.objects.get(pk=buyer.organization_id).code})
    assert (offered["offered_by"], post(buyer, f"/api/frameworks/{offered['code']}/acts/", {"act": "decline"})["status"]) == (
        "seller", "declined")
