"""Funds for tests: proposed by one operator, opened by another with money on the public-interest account; orders of small firms."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from compliance.models import Engagement
from compliance.operations import accept_order, approve_report
from evidence.clock import MARKET_CLOCK
from kit.ids import new_code
from ledger import operations as ledger
from ledger.accounts import AccountKind
from ledger.operations import Leg
from participants.models import PartyProfile
from participants.queries import house_venue, venue_organization
from settlement.models import SubsidyFund
from settlement.subsidies import decide_fund, propose_fund
from tests.compliance import engagements
from tests.factories import sized
from tests.ledger.books import acting
from tests.settlement.worlds import operator

TERMS: dict[str, Any] = {
    "name": ("小微企业合规补贴", "Compliance help for small firms"), "basis": "示范所〔2031〕3号", "budget_fen": 1_000_000,
    "share_bps": 5_000, "order_cap_fen": 800_000, "year_cap_fen": 1_200_000,
    "criteria": {"sizes": ["micro", "small"], "services": ["provider_audit"]}}


def fund_proposed(**changes: Any) -> SubsidyFund:
    at = MARKET_CLOCK.now()
    return propose_fund(**{"venue": house_venue(), "effective_from": at, "effective_to": at + timedelta(days=365), "actor": operator(),
                           "clock": MARKET_CLOCK, **TERMS, **changes})


def levied(fen: int = 10_000_000) -> None:
    """Money on the venue's public-interest account, as levies would bring it."""
    owner = venue_organization(house_venue()).code
    with acting():
        bank, purse = ledger.accounts(("BANK", AccountKind.BANK), (owner, AccountKind.PUBLIC_INTEREST))
        ledger.transfer(kind="opening", legs=[Leg(bank, -fen), Leg(purse, fen)], subject=new_code("FND"), at=MARKET_CLOCK.now())


def fund_open(**changes: Any) -> SubsidyFund:
    levied()
    return decide_fund(fund=fund_proposed(**changes), approve=True, reason="", actor=operator(), clock=MARKET_CLOCK)


class SmallOrder(engagements.Ordered):
    """An order of an audit for ¥10,000.00 by a firm of the size stated, at the market's instant."""

    def __init__(self, size: str = "small", kind: str = "provider_audit", price_fen: int = 1_000_000,
                 again: SmallOrder | None = None) -> None:
        firm = (again.client, again.buying) if again else engagements.client()
        super().__init__(kind=kind, price_fen=price_fen, at=MARKET_CLOCK, client_of=firm)
        if size and again is None:
            PartyProfile.objects.create(organization=self.client, sector="I", region="310115", updated_at=MARKET_CLOCK.now())
            sized(self.client, size)

    def paid(self) -> Engagement:
        """Taken on, reported and accepted: the provider has its money."""
        self.order = accept_order(engagement=self.order, actor=self.providing, clock=MARKET_CLOCK)
        self.report(at=MARKET_CLOCK)
        self.order = approve_report(engagement=self.order, actor=self.buying, clock=MARKET_CLOCK)
        return self.order


