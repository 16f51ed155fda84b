"""Carrying out what agents mean to do: each intent becomes one operation of a room, by the actor's own person; a refusal is an answer."""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from compliance.models import Complaint, ConductCase, Engagement, ServiceOffer
from compliance.operations import (
    accept_complaint,
    accept_order,
    approve_report,
    close_complaint,
    decide_conduct,
    decline_order,
    deliver_report,
    file_complaint,
    notify_accused,
    open_conduct_case,
    place_order,
    second_conduct,
    transfer_complaint,
    waive_statement,
)
from delivery.models import Delivery
from delivery.operations import accept_delivery, concede_delivery, deliver, reject_delivery
from evidence.files import deposit
from listings.models import Listing, OptOut
from listings.operations import delist
from listings.opting_out import answer_opt_out, open_opt_out
from participants.models import Organization
from participants.roles import OrganizationKind
from simulation.catalogue import OFFERS
from simulation.faithful.exporting import ACTS
from simulation.faithful.stage import Stage
from simulation.faithful.strategies.desks import PENALTIES
from simulation.faithful.views import Intent
from simulation.heap import Heap
from simulation.wide.parameters import ParameterFault, Values
from trading.alerts import claim_alert, refer_alert
from trading.models import Auction, SurveillanceAlert, Trade
from trading.operations import (
    announce_auction,
    buy_listing,
    confirm_report,
    decide_report,
    pay_trade,
    place_bid,
    register_bidder,
    report_trade,
)
from trading.queries import report_of

__all__ = ["Acting", "haggle"]

#: One deal off the exchange in four is reported for filing.
_REPORTED = 0.25
_NOTICE, _LOT_HOURS = timedelta(days=7, minutes=5), 24
_PAPER = b"%PDF-1.4\n% simulated report\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
#: What an agent may want to do; the rest of this class is how it is done.
_AGENTS_ACTS = frozenset({
    "accept", "accuse", "announce", "approve", "bid", "buy", "complain", "concede", "confirm", "decide", "deliver", "engage", "haggle",
    "inspect", "match", "mediate", "notify", "opt_out", "pay", "reject", "remember", "report_order", "take_order", "take_out", "take_up",
    "unserved", "verify", "waive", "withdraw"})
_RULES = {"same_owner": "wash_trade", "round_trip": "wash_trade", "cycle": "wash_trade", "shared_sign_in": "wash_trade"}


def haggle(value: float, cost: float) -> float | None:
    """This will return the price of a deal off the exchange as a part of the unit (E13), None where the two do not meet."""
    offer, ask = 2 * value / 3 + 1 / 12, 2 * cost / 3 + 1 / 4
    return (offer + ask) / 2 if offer >= ask else None


@dataclass
class Acting:
    """Plans a morning's intents into the heap and does each when its second has come."""

    stage: Stage
    heap: Heap
    values: Values
    begins: datetime
    background: Callable[[str], None]
    memory: dict[str, dict[str, float]] = field(default_factory=dict)
    tally: Counter[str] = field(default_factory=Counter)
    #: of each deal off the exchange: the day, its price, the list price of the seller, the seller
    off_deals: list[tuple[int, int, int, str]] = field(default_factory=list)
    chance: Random = field(default_factory=Random)
    ring: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    convicted: Counter[str] = field(default_factory=Counter)
    wanted: dict[str, tuple[Intent, float]] = field(default_factory=dict)

    def plan(self, intents: list[Intent], opens: datetime) -> None:
        """This will plan every intent at its second of the office day; bids at the second of the lot that they name."""
        for one in intents:
            at = opens + timedelta(seconds=one.second)
            if one.act == "bid":
                at = max(at, self.begins + timedelta(seconds=int(one.given["at"])))
                self.heap.plan(opens + timedelta(seconds=one.second), partial(self._register, one), priority=1)
            self.heap.plan(at, partial(self._do, one), priority=1)

    def _do(self, intent: Intent) -> None:
        if (further := ACTS.get(intent.act)) is not None:
            further(self.stage, intent, self.values)
        elif intent.act in _AGENTS_ACTS:
            getattr(self, f"_{intent.act}")(intent)
        else:
            raise ParameterFault("simulation.plugin.unknown_act", f"{intent.act}: acts are {', '.join(sorted({*_AGENTS_ACTS, *ACTS}))}")

    def _act(self, intent: Intent, operation: Callable[..., Any], **given: Any) -> Any:
        return self.stage.market.act(operation, actor=self.stage.market.actors[intent.who], **given)

    # ---- agents ----------------------------------------------------------------------------------------------------------

    def _remember(self, intent: Intent) -> None:
        self.memory.setdefault(intent.who, {}).update(intent.given)
        self.tally["exits"] += "left" in intent.given

    def _unserved(self, intent: Intent) -> None:
        self.tally["unserved"] += 1

    def _buy(self, intent: Intent) -> None:
        listing = Listing.objects.select_related("version").get(code=intent.given["listing"])
        purposes = [str(one) for one in listing.version.use_terms.get("purposes", [])] if listing.version else []
        self._act(intent, buy_listing, listing=listing, version=intent.given["version"], total_fen=intent.given["total_fen"],
                  purpose=purposes[0] if purposes else "")

    def _haggle(self, intent: Intent) -> None:
        """The two meet off the exchange: nothing of it reaches the house unless they report it."""
        part = haggle(float(intent.given["share"]), self.chance.random())
        lost, reported = self.chance.random() < self.values.rate("off_fraud_bps"), self.chance.random() < _REPORTED
        if part is None:
            return
        fen = self._dealt(intent, part, lost=lost)
        if reported and fen and self.stage.organizations[intent.who].kind != OrganizationKind.FOREIGN:
            self._report(intent, fen)

    def _dealt(self, intent: Intent, part: float, *, lost: bool) -> int:
        fen = int(part * intent.given["unit_fen"] * (1 - self.values.rate("off_discount_bps"))) // 100 * 100
        self.tally.update({"off_trades": 1, "off_fen": fen, "off_defaults": int(lost)})
        day = (self.stage.market.now() - self.begins).days
        self.off_deals.append((day, fen, int(intent.given["unit_fen"]) // 2, str(intent.given["seller"])))
        return fen

    def _engage(self, intent: Intent) -> None:
        """A buyer orders a broker's service: whom it wants to deal with is what the order says, its worth it tells the broker alone."""
        market, offer = self.stage.market, ServiceOffer.objects.get(code=intent.given["offer"])
        made = self._act(intent, place_order, offer=offer, client=market.organizations[intent.who],
                         brief=f"代为与{market.organizations[intent.given['seller']].name}商谈站点读数的许可。")
        if made is not None:
            self.wanted[made.code] = (intent, self.chance.random())

    def _match(self, intent: Intent) -> None:
        """A broker knows both sides' figures, so whatever is worth more to the buyer comes about; the rest it declines."""
        wanted, cost = self.wanted[intent.given["order"]]
        order = Engagement.objects.get(code=intent.given["order"])
        if wanted.given["share"] >= cost:
            self._act(intent, accept_order, engagement=order)
        else:
            self._act(intent, decline_order, engagement=order, reason="双方价格未能达成一致。")

    def _mediate(self, intent: Intent) -> None:
        """The contract is made and the broker says so to its client, who reports it: a brokered deal is always filed."""
        wanted, cost = self.wanted[intent.given["order"]]
        paper = deposit(io.BytesIO(_PAPER), name="contract.pdf", owner=self.stage.market.actors[intent.who].organization,
                        at=self.stage.market.now())
        told = self._act(intent, deliver_report, engagement=Engagement.objects.get(code=intent.given["order"]), paper=paper,
                         summary="居间促成双方订立许可合同，合同文本附后。")
        if told is None:
            return
        fen = self._dealt(wanted, (float(wanted.given["share"]) + cost) / 2, lost=False)
        self.tally["brokered"] += 1
        if fen:
            self._report(wanted, fen)

    def _report(self, intent: Intent, fen: int) -> None:
        market, seller = self.stage.market, str(intent.given["seller"])
        plain, on = next(one for one in OFFERS if not one.authorised and one.category == "enterprise"), market.now().date()
        contract = hashlib.sha256(f"{seller}/{intent.who}/{on}/{fen}".encode()).hexdigest()
        facts = plain.facts | plain.classification | {
            "purpose": "research", "counterparty_on_control_list": False, "party_serious_dishonest": False, "counterparty_foreign": False,
            "transaction_kind": "licence"}
        self._act(intent, report_trade, seller=market.organizations[seller], buyer=market.organizations[intent.who],
                  title=f"站点读数 {seller}", description="逐站逐日读数。", facts=facts, price_fen=fen, traded_on=on,
                  contract_sha256=contract)

    def _confirm(self, intent: Intent) -> None:
        self._act(intent, confirm_report, report=report_of(intent.given["report"]))

    def _verify(self, intent: Intent) -> None:
        self._act(intent, decide_report, report=report_of(intent.given["report"]), outcome="verify",
                  reason="已核对合同摘要与双方确认。")

    def _withdraw(self, intent: Intent) -> None:
        """A merchant takes its listing off for good: what it is worth to itself is more than buyers believe of it."""
        listing = Listing.objects.get(code=intent.given["listing"])
        self.tally["withdrawn"] += self._act(intent, delist, listing=listing, reason="买方愿付的价格低于自用价值，不再出售。") is not None

    # ---- lots ------------------------------------------------------------------------------------------------------------

    def _announce(self, intent: Intent) -> None:
        now = self.stage.market.now().replace(microsecond=0)
        opens, listing = now + _NOTICE, Listing.objects.get(code=intent.given["listing"])
        lot = self._act(intent, announce_auction, listing=listing, opens_at=opens, closes_at=opens + timedelta(hours=_LOT_HOURS))
        if lot is not None:
            self.heap.plan(lot.opens_at, partial(self.background, "open_due"))
            self.heap.plan(lot.closes_at, partial(self._close, lot.pk))

    def _close(self, key: int) -> None:
        lot = Auction.objects.get(pk=key)
        if lot.closes_at > self.stage.market.now():  # it was extended meanwhile
            self.heap.plan(lot.closes_at, partial(self._close, key))
        else:
            self.background("close_due")

    def _register(self, intent: Intent) -> None:
        lot = Auction.objects.get(code=intent.given["lot"])
        self._act(intent, register_bidder, lot=Auction(pk=lot.pk, code=lot.code))
        if intent.given.get("ring"):
            self.ring.setdefault(lot.code, []).append((int(intent.given["maximum_fen"]), intent.who))

    def _bid(self, intent: Intent) -> None:
        lot = str(intent.given["lot"])
        if intent.given.get("ring") and max(self.ring.get(lot, [(0, intent.who)]))[1] != intent.who:
            self.tally["ring_kept_quiet"] += 1
            return
        self._act(intent, place_bid, lot=lot, maximum_fen=int(intent.given["maximum_fen"]))

    def _pay(self, intent: Intent) -> None:
        self._act(intent, pay_trade, trade=Trade.objects.select_related("buyer", "seller", "award").get(code=intent.given["trade"]))

    # ---- deliveries ------------------------------------------------------------------------------------------------------

    def _deliver(self, intent: Intent) -> None:
        one = Delivery.objects.select_related("version__deposit").get(code=intent.given["delivery"])
        if self._act(intent, deliver, delivery=one, deposit=one.version.deposit) is not None:
            self.tally["delivered"] += 1
            self.tally["cheated"] += one.version.listing.code in self.stage.low

    def _accept(self, intent: Intent) -> None:
        self._act(intent, accept_delivery, delivery=Delivery.objects.get(code=intent.given["delivery"]))

    def _reject(self, intent: Intent) -> None:
        self._act(intent, reject_delivery, delivery=Delivery.objects.get(code=intent.given["delivery"]),
                  defects=["数值有误 · 读数：全部相同，与说明“逐条测量”不符"])

    def _concede(self, intent: Intent) -> None:
        self._act(intent, concede_delivery, delivery=Delivery.objects.get(code=intent.given["delivery"]))

    def _complain(self, intent: Intent) -> None:
        self._act(intent, file_complaint, kind="false_declaration", subject_code=str(intent.given["delivery"]),
                  text="交付的读数与产品说明不符，请查证。")

    # ---- desks -----------------------------------------------------------------------------------------------------------

    def _inspect(self, intent: Intent) -> None:
        """The regulator opens the file: one that repeats a single reading is below its description."""
        self.tally["inspected"] += 1
        self._look(intent, Delivery.objects.select_related("version__listing", "seller").get(code=intent.given["delivery"]))

    def _look(self, intent: Intent, one: Delivery) -> ConductCase | None:
        if one.version.listing.code not in self.stage.low:
            return None
        self.tally["cheats_found"] += self.stage.note_found(one.code)
        open_ones = ConductCase.objects.filter(organization=one.seller, status__in=("accused", "statement", "deciding"))
        return open_ones.first() or self._act(intent, open_conduct_case, organization=one.seller, conduct="quality_below_declared",
                                              subject_code=one.code, text="抽查发现读数全部相同，低于声明的质量。")

    def _take_up(self, intent: Intent) -> None:
        """A complaint is taken in and looked into at once; where it is right it goes into a case, else it is closed with its answer."""
        held = Complaint.objects.get(code=intent.given["complaint"])
        if self._act(intent, accept_complaint, complaint=held) is None:
            return
        one = Delivery.objects.select_related("version__listing", "seller").filter(code=held.subject_code).first()
        case = self._look(intent, one) if one is not None else None
        if case is not None:
            self._act(intent, transfer_complaint, complaint=held, to=case.code)
        else:
            self._act(intent, close_complaint, complaint=held, answer="经查，交付与说明相符。")

    def _notify(self, intent: Intent) -> None:
        self._act(intent, notify_accused, case=ConductCase.objects.get(code=intent.given["conduct"]))

    def _waive(self, intent: Intent) -> None:
        self._act(intent, waive_statement, case=ConductCase.objects.get(code=intent.given["conduct"]))

    def _decide(self, intent: Intent) -> None:
        """By the table of penalties: a first finding, a second and each further one."""
        case = ConductCase.objects.select_related("organization").get(code=intent.given["conduct"])
        key = self.stage.keys.get(case.organization_id, "")
        severity, measure = PENALTIES[min(self.convicted[key], len(PENALTIES) - 1)]
        if case.conduct == "wash_trade":
            severity, measure = "serious", "suspension"
        given = {"severity": severity, "measures": [measure], "basis": "信用管理规则 附件一", "reasons": "抽查与文件相互印证，事实清楚。"}
        if self._act(intent, decide_conduct, case=case, **given) is None:
            return
        if severity == "serious":
            self.stage.market.act(second_conduct, case=case, agree=True, reason="复核一致。", actor=self.stage.market.actors["regulator2"])
        self.convicted[key] += 1
        self.tally["findings"] += 1

    def _accuse(self, intent: Intent) -> None:
        alert = SurveillanceAlert.objects.get(code=intent.given["alert"])
        if self._act(intent, claim_alert, alert=alert) is None or alert.rule not in _RULES:
            return
        sellers = Organization.objects.filter(code__in=alert.parties, pk__in=[pk for pk, key in self.stage.keys.items() if key[0] == "m"])
        party = sellers.order_by("pk").first()
        if party is not None:
            self._act(intent, refer_alert, alert=alert, party=party, conduct=_RULES[alert.rule],
                      reason="成交双方由同一控制人控制，成交没有真实需求。")
            self.tally["alerts_referred"] += 1

    # ---- third parties ---------------------------------------------------------------------------------------------------

    def _take_order(self, intent: Intent) -> None:
        self._act(intent, accept_order, engagement=Engagement.objects.get(code=intent.given["order"]))

    def _report_order(self, intent: Intent) -> None:
        """The assessor says what it saw of the file, with its errors."""
        order = Engagement.objects.get(code=intent.given["order"])
        passes = intent.given["passes_low"] if order.about in self.stage.low else not intent.given["fails_good"]
        paper = deposit(io.BytesIO(_PAPER), name="report.pdf", owner=self.stage.market.actors[intent.who].organization,
                        at=self.stage.market.now())
        self.tally["assessed_good" if passes else "assessed_low"] += 1
        summary = "逐条测量属实，未发现影响使用的缺陷。" if passes else "读数重复，与说明不符。"
        if self._act(intent, deliver_report, engagement=order, paper=paper, summary=summary) is not None and passes:
            self.stage.assessed.add(order.about)

    def _approve(self, intent: Intent) -> None:
        self._act(intent, approve_report, engagement=Engagement.objects.get(code=intent.given["order"]))

    def _opt_out(self, intent: Intent) -> None:
        product = Listing.objects.select_related("product").get(code=intent.given["listing"]).product
        self.stage.market.act(open_opt_out, product=product, reference=f"用户 {intent.who}", actor=self.stage.market.actors["buyer"])

    def _take_out(self, intent: Intent) -> None:
        self._act(intent, answer_opt_out, opt_out=OptOut.objects.get(code=intent.given["opt_out"]), removed=False,
                  answer="产品中没有该个人的记录。")
