"""The accounting pack: heads that sum to what each side paid or received, papers by number and hash, no appraised value (R98)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from compliance.operations import approve_report
from evidence.clock import MARKET_CLOCK
from exchange.accounting import HEADS, pack_of, rows_of
from kit.actors import SYSTEM
from kit.coverage import covers
from kit.sheets import yuan_cell
from ledger.operations import fund
from participants.charges import Charge, Payer, Schedule
from participants.models import Organization
from tests.compliance.engagements import Ordered
from tests.exchange.worlds import signed_in, sold
from tests.factories import clock
from tests.trading.conftest import floor  # noqa: F401 (the floor's standing clock)
from tests.trading.worlds import seller_of
from trading.queries import charges_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]


@covers("R98", "W1")
def test_the_heads_sum_to_the_last_fen_to_what_each_side_paid_or_received() -> None:
    trade, _ = sold()
    charges = charges_of(trade)
    bought, sale = pack_of(trade, buying=True), pack_of(trade, buying=False)
    assert bought.total_fen == trade.price_fen + charges.total(trade.price_fen, Payer.BUYER)
    assert sale.total_fen == trade.price_fen - charges.total(trade.price_fen, Payer.SELLER)
    assert [line.head for line in bought.lines] == list(HEADS.values()), "a head with nothing in it stands with zero"
    assert sale.lines[0].head == ("销售价款", "Proceeds of the sale") and sale.lines[1].fen < 0, "the levy is the seller's"


@covers("R98")
def test_every_charge_goes_under_its_head(monkeypatch: pytest.MonkeyPatch) -> None:
    trade, _ = sold()
    schedule = Schedule((Charge("fee.match_buyer_bps", 100), Charge("fee.quality_buyer_bps", 50), Charge("fee.title_buyer_bps", 20),
                         Charge("fee.security_buyer_bps", 10), Charge("levy.public_interest_bps", 100)), 10_000)
    monkeypatch.setattr("exchange.accounting.charges_of", lambda one: schedule)
    trade.price_fen = 1_000_000
    found = {line.head[1]: line.fen for line in pack_of(trade, buying=True).lines}
    assert list(found.values()) == [1_000_000, 0, 10_000, 2_000, 5_000, 1_000]
    sale = {line.head[1]: line.fen for line in pack_of(trade, buying=False).lines}
    assert sale["Taxes and levies"] == -10_000


@covers("R98")
def test_the_papers_are_named_and_no_appraised_value_stands_among_the_lines() -> None:
    trade, _ = sold()
    papers = {name[1]: value for name, value in pack_of(trade, buying=True).papers}
    assert papers["Certificate of the trade"] == trade.code and papers["Hash of the agreement"] == trade.agreement_hash
    rows = {name: value for name, value, _ in rows_of(pack_of(trade, buying=True), 0)}
    assert rows["取得的权利"] == "数据加工使用权（许可）" and not any("评估值" in name for name in rows)
    sale = {name: (value, treated) for name, value, treated in rows_of(replace(pack_of(trade, buying=False), papers=()), 1)}
    assert sale["Taxes and levies"][0] < 0 and sale["Taxes and levies"][1] == "Expensed in the period", "a number, not a text that looks so"
    assert rows["购买价款"] == yuan_cell(trade.price_fen)


@covers("R98", "W1")
def test_the_buyers_heads_may_enter_the_cost_of_acquisition_and_the_sellers_are_expensed() -> None:
    trade, _ = sold()
    assert {line.treatment[1].split(",")[0] for line in pack_of(trade, buying=True).lines} == {"May enter the cost of acquisition"}
    assert [line.treatment[1] for line in pack_of(trade, buying=False).lines] == ["Recognised as revenue"] + ["Expensed in the period"] * 5


@covers("R98")
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_each_side_opens_prints_and_downloads_its_own(language: str) -> None:
    trade, buyers = sold()
    winner = next(one for one in buyers if one.organization_id == trade.buyer_id)
    for actor, head in ((winner, ("购买价款", "Purchase price")), (seller_of(trade.listing), ("销售价款", "Proceeds of the sale"))):
        client = signed_in(actor)
        client.cookies["django_language"] = language
        word = head[0 if language == "zh-hans" else 1]
        assert f"/desk/trades/{trade.code}/accounting/" in client.get(f"/desk/trades/{trade.code}/").content.decode()
        assert word in client.get(f"/desk/trades/{trade.code}/accounting/").content.decode()
        table = client.get(f"/desk/trades/{trade.code}/accounting.csv")
        assert word in b"".join(table.streaming_content).decode("utf-8-sig") and "attachment" in table["Content-Disposition"]
    loser = next(one for one in buyers if one.organization_id != trade.buyer_id)
    assert signed_in(loser).get(f"/desk/trades/{trade.code}/accounting/").status_code == 404


@covers("R98", "W19")
def test_a_valuation_of_the_trade_is_named_for_disclosure_and_its_value_is_no_amount() -> None:
    trade, buyers = sold()
    buying = next(one for one in buyers if one.organization_id == trade.buyer_id)
    client = Organization.objects.get(pk=trade.buyer_id)
    fund(organization=client.code, amount_fen=10_000_000, reference="FND-VALUATION0", actor=SYSTEM, clock=MARKET_CLOCK)
    world = Ordered(about=trade.code, client_of=(client, buying)).accepted()
    before = pack_of(trade, buying=True)
    report = world.report()
    assert pack_of(trade, buying=True).papers == before.papers, "what is not accepted is no paper"
    approve_report(engagement=world.order, actor=buying, clock=clock())
    after = pack_of(trade, buying=True)
    assert {name[1]: value for name, value in after.papers}["Asset valuation provider"] == f"{report.code} {report.content_hash}"
    assert after.lines == before.lines
    assert report.figures["valuation"]["fen"] == 60_000_000
