"""Trades made off the exchange: one side reports, the other confirms, the desk verifies; one trade in four comes this way."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from compliance.models import Filing
from compliance.states import FilingStatus
from simulation.cast import BUYERS
from simulation.catalogue import OFFERS, Offer
from simulation.market import Market
from simulation.times import Window
from trading.models import TradeReport
from trading.operations import confirm_report, decide_report, report_trade, second_report

__all__ = ["OffMarket"]


@dataclass
class OffMarket:
    """Reports of off-exchange deals, ``daily`` in a window on average, and what follows them."""

    market: Market
    daily: float = 0.85
    passive: frozenset[str] = frozenset()

    def plan(self, window: Window) -> None:
        """This will plan reports, confirmations and verifications."""
        window.perhaps(self.daily, self._report)
        waiting = Filing.objects.filter(status__in=[FilingStatus.FILED, FilingStatus.CONFIRMED]).order_by("pk")
        told = TradeReport.objects.filter(filing__in=waiting.values("code")).select_related("counterparty").order_by("pk")
        reports = {one.filing: one for one in told}
        for filing in waiting:
            if (report := reports.get(filing.code)) is None:
                continue
            act = self._confirm if filing.status == FilingStatus.FILED else self._verify
            window.perhaps(0.8, partial(act, report, filing))

    # ---- acts ------------------------------------------------------------------------------------------------------------

    def _report(self) -> None:
        chance, market = self.market.chance, self.market
        offers = [one for one in OFFERS if one.seller in market.organizations and one.seller not in self.passive]
        buyers = [one.key for one in BUYERS if one.key in market.organizations and one.key not in self.passive]
        if not offers or not buyers:
            return
        offer, buyer = chance.choice(offers), chance.choice(buyers)
        price_fen = offer.price_yuan * chance.randrange(60, 130)
        traded_on = (market.now() - timedelta(days=chance.randrange(1, 5))).date()
        contract = hashlib.sha256(f"{offer.key}/{buyer}/{traded_on}/{price_fen}".encode()).hexdigest()
        reporter = offer.seller if chance.random() < 0.6 else buyer
        market.act(report_trade, seller=market.organizations[offer.seller], buyer=market.organizations[buyer], title=offer.title_zh,
                   description=offer.description_zh, facts=_facts(offer), price_fen=price_fen - price_fen % 10_000, traded_on=traded_on,
                   contract_sha256=contract, actor=market.actors[reporter])

    def _confirm(self, report: TradeReport, filing: Filing) -> None:
        key = self.market.key_of(report.counterparty_id)
        if key and key not in self.passive:
            self.market.act(confirm_report, report=report, actor=self.market.actors[key])

    def _verify(self, report: TradeReport, filing: Filing) -> None:
        """Red matters are seen by two regulators, the others by the compliance officer."""
        reason = "已核对合同摘要、双方确认与事实陈述。"
        officer = self.market.actors["regulator" if filing.red else "compliance"]
        self.market.act(decide_report, report=report, outcome="verify", reason=reason, actor=officer)
        if filing.red:
            self.market.act(second_report, report=report, agree=True, reason="复核一致。", actor=self.market.actors["regulator2"])


def _facts(offer: Offer) -> dict[str, object]:
    """The facts of the object, and those that fall due with an order."""
    return offer.facts | offer.classification | {
        "purpose": "research", "counterparty_on_control_list": False, "party_serious_dishonest": False, "counterparty_foreign": False,
        "transaction_kind": "licence"}
