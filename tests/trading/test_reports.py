"""Trades made off the exchange: reported by one party, confirmed by the other, verified by a third, and only then a trade."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from compliance.models import ExportCase, Filing
from compliance.operations import dispute_filing, open_export, screen_export, withdraw_declaration, withdraw_filing
from compliance.queries import declaration_in_force
from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Organization, User
from participants.operations import note_contractor
from participants.queries import LOCAL
from participants.roles import Role
from tests.compliance.profiles import clean
from tests.factories import make_actor, make_organization
from tests.listings.worlds import make_seller
from tests.trading.worlds import make_buyer
from trading.models import Trade, TradeReport
from trading.operations import confirm_report, decide_report, mend_report, report_trade, second_report
from trading.queries import report_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]


def declared_seller(**fields):
    return make_seller(at=MARKET_CLOCK.now(), **fields).actor


def said(contract="a" * 64, price_fen=12_345_600, mode="trade", title="充电桩利用率数据", days=0, **facts):
    """What a form states of a trade."""
    return {"title": title, "facts": clean(**facts), "price_fen": price_fen, "contract_sha256": contract, "mode": mode,
            "traded_on": MARKET_CLOCK.now().astimezone(LOCAL).date() - timedelta(days=days), "clock": MARKET_CLOCK}


def reported(seller=None, buyer=None, export_case="", **more):
    buyer, seller = buyer or make_buyer(0), seller or declared_seller()
    report = report_trade(
        seller=Organization.objects.get(pk=seller.organization_id), buyer=Organization.objects.get(pk=buyer.organization_id),
        export_case=export_case, actor=seller, **said(**more))
    return report, seller, buyer


def refused(act, **given):
    with pytest.raises(Rejected) as caught:
        act(**given)
    return caught.value


@covers("R43", "R57", "I19")
def test_a_reported_trade_is_recorded_after_confirmation_and_verification_with_its_channel_and_its_own_code():
    report, _, buyer = reported()
    assert not Trade.objects.exists(), "an unverified report is no trade"
    confirm_report(report=report, actor=buyer, clock=MARKET_CLOCK)
    trade = decide_report(report=report, outcome="verify", reason="材料齐全", actor=make_actor(Role.COMPLIANCE_OFFICER), clock=MARKET_CLOCK)
    assert (trade.channel, trade.basis, trade.state.status, trade.price_fen) == ("off_exchange", "report", "recorded", 12_345_600)
    assert trade.code.startswith("TRD-") and trade.agreement["filing"] == report.filing
    fact = Record.objects.get(kind="trading.trade.executed", subject=trade.code)
    verified = Record.objects.get(kind="compliance.filing.verified")
    assert fact.payload["filing"] == report.filing and fact.command == verified.command, "filing and trade are one act"


def test_a_rejected_report_writes_no_trade():
    report, _, buyer = reported()
    confirm_report(report=report, actor=buyer, clock=MARKET_CLOCK)
    officer = make_actor(Role.COMPLIANCE_OFFICER)
    assert decide_report(report=report, outcome="reject", reason="合同不符", actor=officer, clock=MARKET_CLOCK) is None
    assert not Trade.objects.exists()


def test_a_red_report_needs_two_reviewers_of_the_authority():
    report, _, buyer = reported(grade="important", cross_border=False)
    confirm_report(report=report, actor=buyer, clock=MARKET_CLOCK)
    first = make_actor(Role.REGULATOR, capabilities=("review_first",))
    second = make_actor(Role.REGULATOR, capabilities=("review_second",))
    assert decide_report(report=report, outcome="verify", reason="初审", actor=first, clock=MARKET_CLOCK) is None
    trade = second_report(report=report, agree=True, reason="复审同意", actor=second, clock=MARKET_CLOCK)
    assert trade.channel == "off_exchange"


@pytest.mark.parametrize("facts, code", [({"state_secret": True}, "compliance.filing.prohibited"),
                                         ({"source_lawful": None}, "compliance.filing.facts_missing")])
def test_a_report_is_screened_by_the_same_rules(facts, code):
    with pytest.raises(Rejected) as refused:
        reported(**facts)
    assert refused.value.code == code


def test_only_a_party_reports_and_a_contract_only_once():
    report, seller, _ = reported()
    again = {"seller": report.seller, "buyer": report.buyer, "title": "同一合同", "facts": clean(), "price_fen": 1,
             "traded_on": report.traded_on, "clock": MARKET_CLOCK}
    with pytest.raises(Rejected) as refused:
        report_trade(**again, contract_sha256="a" * 64, actor=seller)
    assert refused.value.code == "trading.report.known"
    with pytest.raises(Rejected) as refused:
        report_trade(**again, contract_sha256="b" * 64, actor=make_buyer(0))
    assert refused.value.code == "trading.report.not_party"
    with pytest.raises(Rejected) as refused:
        report_trade(**again, contract_sha256="nothing", actor=seller)
    assert refused.value.code == "trading.report.contract"


@covers("R43")
@pytest.mark.parametrize(("mode", "price_fen"), [("share", 0), ("exchange", 500_000), ("trade", 12_345_600)])
def test_a_report_off_the_exchange_says_whether_it_was_shared_exchanged_or_traded(mode, price_fen):
    report, _, buyer = reported(mode=mode, price_fen=price_fen)
    confirm_report(report=report, actor=buyer, clock=MARKET_CLOCK)
    trade = decide_report(report=report, outcome="verify", reason="材料齐全", actor=make_actor(Role.COMPLIANCE_OFFICER), clock=MARKET_CLOCK)
    assert (trade.agreement["circulation"], trade.price_fen) == (mode, price_fen)
    assert Record.objects.get(kind="trading.report.filed").payload["mode"] == mode


@covers("R43")
def test_what_is_open_is_not_filed_and_what_is_shared_has_no_price():
    with pytest.raises(Rejected) as caught:
        reported(mode="open", price_fen=0)
    assert caught.value.code == "compliance.circulation.not_admitted" and "开放·场外" in caught.value.text("detail", "zh")
    with pytest.raises(Rejected) as caught:
        reported(mode="share", price_fen=1)
    assert caught.value.code == "trading.report.shared_for_money"
    report, _, _ = reported(mode="share", price_fen=0)
    for spoilt in ({"mode": "open"}, {"mode": "share", "price_fen": 1}):
        fields = {**{one.attname: getattr(report, one.attname) for one in TradeReport._meta.concrete_fields if one.name != "id"},
                  "code": "TRR-OTHER", "filing": "FIL-OTHER", "contract_sha256": "b" * 64, **spoilt}
        with pytest.raises(IntegrityError, match="report_mode_and_money"), transaction.atomic():
            TradeReport.objects.create(**fields)


# ---- mending -------------------------------------------------------------------------------------------------------------------


def returned(**more):
    """A report that its counterparty sent back."""
    report, seller, buyer = reported(**more)
    filing = Filing.objects.get(code=report.filing)
    return report, dispute_filing(filing=filing, reason="价款应为一千元", actor=buyer, clock=MARKET_CLOCK), seller, buyer


@covers("R43", "F12")
def test_a_returned_report_is_mended_filed_again_and_recorded_as_mended_while_the_first_statement_stands() -> None:
    first, filing, seller, buyer = returned()
    mended = mend_report(filing=filing, **said(price_fen=100_000, title="充电桩利用率（月度）"), actor=seller)
    filing.refresh_from_db()
    first.refresh_from_db()
    assert (filing.status, filing.title, filing.confirmed_by_id) == ("filed", "充电桩利用率（月度）", None)
    assert (mended.edition, mended.filing, mended.code != first.code, first.price_fen) == (2, first.filing, True, 12_345_600)
    confirm_report(report=mended, actor=buyer, clock=MARKET_CLOCK)
    trade = decide_report(report=report_of(filing.code), outcome="verify", reason="材料齐全", actor=make_actor(Role.COMPLIANCE_OFFICER),
                          clock=MARKET_CLOCK)
    assert (trade.price_fen, trade.title, trade.report_id) == (100_000, "充电桩利用率（月度）", mended.pk)
    assert Record.objects.filter(kind="trading.report.filed", payload__filing=filing.code).count() == 2


@covers("F12", "T36")
def test_only_the_reporter_mends_and_only_what_was_returned() -> None:
    _, filing, seller, buyer = returned()
    assert refused(mend_report, filing=filing, **said(), actor=buyer).code == "participants.permission.denied"
    assert refused(mend_report, filing=filing, **said(), actor=declared_seller()).code == "trading.report.not_party"
    mend_report(filing=filing, **said(), actor=seller)
    assert refused(mend_report, filing=filing, **said(), actor=seller).status == 409
    assert TradeReport.objects.filter(filing=filing.code).count() == 2


@covers("T48", "R84")
def test_a_mended_report_is_screened_anew_and_a_disguised_term_is_shown_with_its_place() -> None:
    """Clean at first, then edited: the naive way back kept the first answer of the list."""
    report, filing, seller, _ = returned()
    assert filing.hits == []
    mend_report(filing=filing, **said(title="国 家 秘 密目录"), actor=seller)
    filing.refresh_from_db()
    (hit,) = filing.hits
    assert (hit["rule"], hit["where"], hit["kind"], hit["how"] != "") == ("NL-P-01", "title", "term", True)
    assert filing.title[hit["span"][0]:hit["span"][1]] == hit["text"] == "国 家 秘 密"
    desk = Client()
    desk.force_login(User.objects.get(pk=seller.user_id))
    page = desk.get(f"/desk/filings/{filing.code}/").content.decode()
    assert "标题 [0–7]" in page and "国 家 秘 密" in page
    assert report.screening["hits"] == [], "what the first statement was told stands with it"
    with pytest.raises(Rejected) as barred:
        mend_report(filing=returned(contract="b" * 64, seller=seller)[1], **said(contract="b" * 64, state_secret=True), actor=seller)
    assert barred.value.code == "compliance.filing.prohibited"


@covers("F12")
def test_a_contract_may_be_reported_again_once_its_filing_is_over_and_never_twice_at_once() -> None:
    report, seller, buyer = reported()
    assert refused(reported, seller=seller, buyer=buyer).code == "trading.report.known"
    withdraw_filing(filing=Filing.objects.get(code=report.filing), actor=seller, clock=MARKET_CLOCK)
    again, _, _ = reported(seller=seller, buyer=buyer)
    assert (again.edition, again.filing != report.filing) == (2, True)
    fields = {one.attname: getattr(again, one.attname) for one in TradeReport._meta.concrete_fields if one.name not in ("id", "code")}
    with pytest.raises(IntegrityError, match="report_once_per_edition"), transaction.atomic():
        TradeReport.objects.create(**fields, code="TRR-TWICE")


@covers("R43", "F12")
@pytest.mark.parametrize(("language", "word"), [("zh-hans", "补正场外备案"), ("en", "Mend a filing")])
def test_the_page_holds_what_was_stated_says_why_it_came_back_and_files_it_again(client: Client, language: str, word: str) -> None:
    report, filing, seller, buyer = returned()
    client.cookies["django_language"] = language
    client.force_login(User.objects.get(pk=seller.user_id))
    assert f"/desk/filings/{filing.code}/mend/" in client.get(f"/desk/filings/{filing.code}/").content.decode()
    page = client.get(f"/desk/filings/{filing.code}/mend/").content.decode()
    assert word in page and "价款应为一千元" in page and "123,456" in page and "a" * 64 in page
    form = {"mode": "trade", "title": "充电桩利用率数据", "price": "1,000",
            "traded_on": report.traded_on.isoformat(), "contract_sha256": "a" * 64}
    missing = client.post(f"/desk/filings/{filing.code}/mend/", form)
    assert missing.status_code == 422 and Filing.objects.get(pk=filing.pk).status == "returned"
    facts = {f"fact_{name}": str(value).lower() if isinstance(value, bool) else ",".join(value) if isinstance(value, list) else value
             for name, value in report.profile.items()}
    assert client.post(f"/desk/filings/{filing.code}/mend/", form | facts).status_code == 302
    assert report_of(filing.code).price_fen == 100_000
    client.force_login(User.objects.get(pk=buyer.user_id))
    assert client.get(f"/desk/filings/{filing.code}/mend/").status_code == 404


# ---- the same rules as on the exchange -------------------------------------------------------------------------------------------


@covers("R88", "W18")
def test_a_merchant_declares_what_it_sells_off_the_exchange_when_it_reports_and_still_when_it_is_verified() -> None:
    bare = make_actor(Role.DATA_MERCHANT, organization=make_organization(Role.DATA_MERCHANT))
    assert refused(reported, seller=bare).code == "trading.report.undeclared"
    report, seller, buyer = reported()
    confirm_report(report=report, actor=buyer, clock=MARKET_CLOCK)
    signed = declaration_in_force(report.seller, "", MARKET_CLOCK.now())
    assert signed is not None
    withdraw_declaration(declaration=signed, reason="来源有误", actor=seller, clock=MARKET_CLOCK)
    late = refused(decide_report, report=report, outcome="verify", reason="齐全", actor=make_actor(Role.COMPLIANCE_OFFICER),
                   clock=MARKET_CLOCK)
    assert late.code == "trading.report.undeclared" and not Trade.objects.exists()
    assert Filing.objects.get(code=report.filing).status == "confirmed"
    buying = make_buyer(0)
    assert reported(seller=buying, contract="c" * 64)[0].seller.pk == buying.organization_id, "who is no merchant has no such form to sign"


@covers("R91")
def test_a_contractor_trades_nothing_of_its_government_project_off_the_exchange_either() -> None:
    seller = declared_seller()
    note_contractor(organization=Organization.objects.get(pk=seller.organization_id), authority="某市数据局", project="城市运行平台",
                    source="中标公告", effective_from=MARKET_CLOCK.now(), actor=seller, clock=MARKET_CLOCK)
    asked = refused(reported, seller=seller, from_government_project=None)
    assert asked.code == "trading.report.contractor_asked" and asked.errors[0].field == "facts.from_government_project"
    assert refused(reported, seller=seller, from_government_project=True).code == "trading.report.contractor"
    assert reported(seller=seller, from_government_project=False)[0].filing


@covers("R53")
@pytest.mark.parametrize("side", ["seller", "buyer"])
def test_the_venue_and_its_affiliates_get_no_certificate_for_a_trade_elsewhere(side: str) -> None:
    seller, buyer = declared_seller(), make_buyer(0)
    own = {"seller": seller, "buyer": buyer}[side]
    Organization.objects.filter(pk=own.organization_id).update(is_venue_affiliate=True)
    assert refused(reported, seller=seller, buyer=buyer).code == "participants.capability.venue_affiliate"


@covers("R64", "W18")
def test_a_trade_with_a_buyer_abroad_names_its_cleared_export() -> None:
    seller = declared_seller()
    abroad = make_actor(Role.BUYER, organization=make_organization(Role.BUYER, name="Acme Pte", kind="foreign"))
    assert refused(reported, seller=seller, buyer=abroad, cross_border=False).code == "trading.report.export_not_cleared"
    given = {"product_code": "合同 7", "country": "SG", "facts": clean(cross_border=True), "safeguards": "同等保护", "actor": seller,
             "exporter": Organization.objects.get(pk=seller.organization_id), "clock": MARKET_CLOCK}
    case = open_export(**given, recipient="Acme Pte")
    assert refused(reported, seller=seller, buyer=abroad, export_case=case.code).code == "trading.report.export_not_cleared"
    assert screen_export(case=case, actor=seller, clock=MARKET_CLOCK).status == "cleared"
    elsewhere = screen_export(case=open_export(**given, recipient="Other Ltd"), actor=seller, clock=MARKET_CLOCK)
    assert refused(reported, seller=seller, buyer=abroad, export_case=elsewhere.code).code == "trading.report.export_not_cleared"
    report, _, _ = reported(seller=seller, buyer=abroad, export_case=case.code)
    assert report.export_case == case.code
    ExportCase.objects.filter(pk=case.pk).update(effective_to=MARKET_CLOCK.now())
    confirm_report(report=report, actor=abroad, clock=MARKET_CLOCK)
    late = refused(decide_report, report=report, outcome="verify", reason="齐全", actor=make_actor(Role.COMPLIANCE_OFFICER),
                   clock=MARKET_CLOCK)
    assert late.code == "trading.report.export_not_cleared"


@covers("R100")
def test_a_trade_told_late_is_judged_by_the_list_of_its_day(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr("compliance.queries.rule_set_at", lambda at: asked.append(at) or rules)
    from compliance.rules.negative_list import shipped_rules

    rules = shipped_rules()
    report, _, _ = reported(days=40)
    assert [one.astimezone(LOCAL).date() for one in asked] == [report.traded_on]
    asked.clear()
    reported()
    assert [abs((one - MARKET_CLOCK.now()).total_seconds()) < 60 for one in asked] == [True], "today's by the list of this moment"
