"""Worlds of third parties' services: an admitted provider with an offer, a client with money, an order at each of its stages."""

from __future__ import annotations

import io
from typing import Any

from compliance.engaging.valuing import Cost, Valuation
from compliance.models import Engagement, EngagementReport, ServiceOffer
from compliance.operations import accept_order, deliver_report, place_order, publish_offer
from evidence.files import deposit
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.ids import new_code
from ledger.operations import fund
from participants.models import Admission, Organization
from participants.roles import Role
from tests.compliance.worlds import signed
from tests.factories import EPOCH, NOW, PDF, clock, make_actor, make_organization

WORDS = {"title_zh": "数据资产价值评估", "title_en": "Valuation of a data asset", "scope_zh": "按成本法、收益法、市场法出具评估报告。",
         "scope_en": "A report by cost, income and market methods."}
_PROMISES = {"independent": True, "conflict_checked": True, "qualification": "资产评估资格 0001",
             "truthful_reports": True, "confidential": True}


#: 500,000 yuan of costs, 20 % profit, no adjustments: 600,000 yuan
VALUATION = Valuation("2026-10-31", "转让定价参考", Cost(50_000_000, 0, 0, 0, 2_000, 10_000, 0), None, (), (100, 0, 0))


def provider(kind: str = "provider_valuation", *, declared: bool = True, at: Clock | None = None, **fields: str
             ) -> tuple[Organization, Actor]:
    """A third party admitted in a class and bound by its commitment."""
    one = make_organization(admitted=False, **fields)
    Admission.objects.create(code=new_code("ADM"), organization=one, role=Role.SERVICE_PROVIDER, category=kind, status="admitted",
                             effective_from=EPOCH, created_at=EPOCH)
    actor = make_actor(Role.SERVICE_PROVIDER, organization=one)
    if declared:
        signed(one, actor, at, template="third_party", **_PROMISES)
    return one, actor


def client(fen: int = 100_000_000, role: str = Role.DATA_MERCHANT) -> tuple[Organization, Actor]:
    """A client with money on its account."""
    one = make_organization(role)
    if fen:
        fund(organization=one.code, amount_fen=fen, reference=f"FND-{one.code[4:]}", actor=SYSTEM, clock=clock())
    return one, make_actor(role, organization=one)


def offered(kind: str = "provider_valuation", price_fen: int = 2_000_000, days: int = 10, at: Clock | None = None
            ) -> tuple[ServiceOffer, Actor]:
    one, actor = provider(kind, at=at)
    return publish_offer(provider=one, kind=kind, words=WORDS, price_fen=price_fen, days=days, actor=actor,
                         clock=at or clock()), actor


class Ordered:
    """An order with the people of both sides."""

    def __init__(self, about: str = "", kind: str = "provider_valuation", fen: int = 100_000_000, price_fen: int = 2_000_000,
                 at: Clock | None = None, client_of: tuple[Organization, Actor] | None = None) -> None:
        self.offer, self.providing = offered(kind, price_fen, at=at)
        self.client, self.buying = client_of or client(fen)
        self.order: Engagement = place_order(offer=self.offer, client=self.client, about=about, brief="请评估充电桩数据产品的价值。",
                                             actor=self.buying, clock=at or clock())

    def accepted(self, at: Clock | None = None) -> Ordered:
        self.order = accept_order(engagement=self.order, actor=self.providing, clock=at or clock())
        return self

    def report(self, at: Clock | None = None, **more: Any) -> EngagementReport:
        paper = deposit(io.BytesIO(PDF), name="report.pdf", owner=self.offer.provider.code, at=NOW)
        if self.offer.kind == "provider_valuation":
            more.setdefault("valuation", VALUATION)
        made = deliver_report(engagement=self.order, summary="三种方法的结果相互印证，结论见报告。", paper=paper, actor=self.providing,
                              clock=at or clock(), **more)
        self.order.refresh_from_db()
        return made
