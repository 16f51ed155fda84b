"""Trades made off the exchange: reported by one party, confirmed by the other, verified by a third, and only then a trade."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from compliance.models import Filing
from compliance.operations import dispute_filing, withdraw_filing
from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Organization
from participants.roles import Role
from tests.compliance.profiles import clean
from tests.factories import make_actor, make_organization
from tests.trading.test_pages import signed_in
from tests.trading.worlds import make_buyer
from trading.models import Trade, TradeReport
from trading.operations import confirm_report, decide_report, report_trade, second_report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]


def reported(contract="a" * 64, price_fen=12_345_600, mode="trade", **facts):
    buyer = make_buyer(0)
    seller = make_actor(Role.DATA_MERCHANT, organization=make_organization(Role.DATA_MERCHANT))
    report = report_trade(
        seller=Organization.objects.get(pk=seller.organization_id), buyer=Organization.objects.get(pk=buyer.organization_id),
        title="充电桩利用率数据", facts=clean(**facts), price_fen=price_fen, traded_on=MARKET_CLOCK.now().date(), contract_sha256=contract,
        mode=mode, actor=seller, clock=MARKET_CLOCK)
    return report, seller, buyer


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


def again(report, actor, **changed):
    said = {"seller": report.seller, "buyer": report.buyer, "title": report.title, "facts": clean(), "price_fen": report.price_fen,
            "traded_on": report.traded_on, "contract_sha256": report.contract_sha256}
    return report_trade(**{**said, **changed}, actor=actor, clock=MARKET_CLOCK)


def filing_of(report):
    return Filing.objects.get(code=report.filing)


@covers("F12", "R43")
def test_a_report_that_was_returned_is_mended_by_a_new_one_which_becomes_the_trade():
    report, seller, buyer = reported(price_fen=1_000_000)
    dispute_filing(filing=filing_of(report), reason="成交价不符", actor=buyer, clock=MARKET_CLOCK)
    with pytest.raises(Rejected, match=r"report\.known"):
        again(report, buyer)  # the other side does not mend what it disputed
    mended = again(report, seller, price_fen=1_200_000, title="充电桩利用率数据（更正）")
    assert (mended.replaces, mended.filing != report.filing, filing_of(report).status) == (report, True, "withdrawn")
    assert Record.objects.get(kind="trading.report.filed", subject=mended.code).payload["replaces"] == report.code
    confirm_report(report=mended, actor=buyer, clock=MARKET_CLOCK)
    trade = decide_report(report=mended, outcome="verify", reason="材料齐全", actor=make_actor(Role.COMPLIANCE_OFFICER), clock=MARKET_CLOCK)
    assert (trade.price_fen, trade.title, trade.report) == (1_200_000, "充电桩利用率数据（更正）", mended)
    with pytest.raises(Rejected, match=r"report\.known"):
        again(report, seller)


@covers("F12")
def test_what_was_rejected_or_withdrawn_is_reported_anew_by_either_side_and_what_runs_is_not():
    report, seller, buyer = reported()
    with pytest.raises(Rejected, match=r"report\.known"):
        again(report, buyer)
    confirm_report(report=report, actor=buyer, clock=MARKET_CLOCK)
    decide_report(report=report, outcome="reject", reason="合同不符", actor=make_actor(Role.COMPLIANCE_OFFICER), clock=MARKET_CLOCK)
    second = again(report, buyer)
    withdraw_filing(filing=filing_of(second), actor=buyer, clock=MARKET_CLOCK)
    third = again(report, seller)
    assert (second.replaces, third.replaces, third.reporter_id) == (report, second, seller.organization_id)


@covers("F12", "R66")
def test_a_mended_report_is_screened_as_the_first_one_was():
    report, seller, buyer = reported()
    dispute_filing(filing=filing_of(report), reason="事实不符", actor=buyer, clock=MARKET_CLOCK)
    with pytest.raises(Rejected) as refused, transaction.atomic():
        again(report, seller, facts=clean(state_secret=True))
    assert refused.value.code == "compliance.filing.prohibited"
    assert filing_of(report).status == "returned", "a refused mending leaves the returned report as it was"


def test_the_database_mends_a_report_once_and_never_a_trade_or_another_contract():
    report, _, buyer = reported()

    def copied(**changed):
        fields = {one.attname: getattr(report, one.attname) for one in TradeReport._meta.concrete_fields if one.name != "id"}
        TradeReport.objects.create(**{**fields, "code": "TRR-OTHER", "filing": "FIL-OTHER", "replaces_id": report.pk, **changed})

    with pytest.raises(IntegrityError, match="only a report of the same contract"), transaction.atomic():
        copied(contract_sha256="b" * 64)
    with pytest.raises(IntegrityError, match="report_once_per_contract"), transaction.atomic():
        copied(replaces_id=None)
    confirm_report(report=report, actor=buyer, clock=MARKET_CLOCK)
    decide_report(report=report, outcome="verify", reason="材料齐全", actor=make_actor(Role.COMPLIANCE_OFFICER), clock=MARKET_CLOCK)
    with pytest.raises(IntegrityError, match="is no trade is mended"), transaction.atomic():
        copied()


@covers("F12")
def test_the_reporter_mends_a_returned_report_on_its_pages():
    report, seller, buyer = reported(price_fen=1_000_000)
    dispute_filing(filing=filing_of(report), reason="成交价不符", actor=buyer, clock=MARKET_CLOCK)
    browser, page = signed_in(seller), f"/desk/filings/new/?mends={report.filing}"
    assert page in browser.get(f"/desk/filings/{report.filing}/").content.decode()
    assert page not in signed_in(buyer).get(f"/desk/filings/{report.filing}/").content.decode()
    shown = browser.get(page).content.decode()
    for text in ("更正 " + report.filing, report.buyer.code, 'value="充电桩利用率数据"',
                 'value="10,000', "a" * 64, 'value="research" selected'):
        assert text in shown, text
    facts = {f"fact_{name}": ",".join(value) if isinstance(value, list) else str(value).lower() if isinstance(value, bool) else value
             for name, value in clean().items()}
    told = browser.post(page, facts | {"side": "seller", "counterparty": report.buyer.code, "title": "更正", "price": "12,000",
                                       "traded_on": report.traded_on.isoformat(), "contract_sha256": "a" * 64})
    assert told.status_code == 302, told.content.decode()[:2000]
    assert TradeReport.objects.get(replaces=report).price_fen == 1_200_000
