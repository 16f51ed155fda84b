"""What each agent is shown on a morning: the catalogue and the lots as their public pages have them, and each one's own desk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from compliance.models import Complaint, ConductCase, Engagement, ExportCase, Filing, ServiceOffer
from delivery.models import Delivery
from delivery.states import DeliveryStatus
from ledger.queries import held_by
from listings.models import Listing, OptOut, Question
from listings.states import OptOutStatus
from simulation.faithful.stage import Stage
from simulation.faithful.views import Case, Lot, Offer, Own, Paper, View
from trading.models import Auction, SurveillanceAlert, Trade, TradeReport
from trading.operations import quotes_for
from trading.states import ACTIVE_LOTS, TradeStatus

__all__ = ["Seeing"]

_OPEN = (DeliveryStatus.OPENED, DeliveryStatus.DELIVERED, DeliveryStatus.REJECTED)


@dataclass
class Seeing:
    """Reads the market once a morning, with a few queries whatever the number of agents."""

    stage: Stage
    begins: datetime

    def day_of(self, at: datetime | None) -> int:
        return (at - self.begins).days if at else 0

    def second_of(self, at: datetime | None) -> int:
        return int((at - self.begins).total_seconds()) if at else 0

    def market(self, at: datetime) -> View:
        """This will read what everybody sees."""
        keys, offers = self.stage.keys, []
        rows = Listing.objects.listed().filter(organization_id__in=list(keys), version__isnull=False).select_related("version", "venue")
        shown = list(rows.order_by("pk"))
        quotes = quotes_for(shown, at)
        for one in shown:
            version = one.version
            if version is None or version.price_fen is None:
                continue
            total = quotes[one.pk].total_fen if version.sale_mode == "fixed" else version.price_fen
            offers.append(Offer(one.code, version.code, keys[one.organization_id], version.price_fen, total, version.sale_mode))
        lots = [Lot(one.code, one.listing.code, keys[one.seller_id], one.status, one.start_price_fen, one.price_fen or 0,
                    self.second_of(one.opens_at), self.second_of(one.closes_at))
                for one in Auction.objects.filter(status__in=ACTIVE_LOTS).select_related("listing").order_by("pk")]
        sellers = tuple(one.key for one in self.stage.people if one.role == "merchant" and one.key in self.stage.organizations)
        brokers = ServiceOffer.objects.filter(kind="provider_brokerage", status="offered").order_by("pk").values_list("code", flat=True)
        return View(self.day_of(at), sellers, tuple(offers), tuple(lots), frozenset(self.stage.assessed), tuple(brokers))

    def desks(self, memory: Mapping[str, Mapping[str, float]], inspected: set[str]) -> dict[str, Own]:
        """This will read each one's own desk."""
        papers: dict[str, list[Paper]] = defaultdict(list)
        cases: dict[str, list[Case]] = defaultdict(list)
        keys = self.stage.keys
        for one in Delivery.objects.filter(status__in=_OPEN).select_related("version__listing", "trade__state").order_by("pk"):
            listing = one.version.listing.code
            row = (one.code, listing, one.status)
            if one.status != DeliveryStatus.OPENED or one.trade.state.status == TradeStatus.FUNDED:
                papers[keys.get(one.seller_id, "")].append(Paper(*row, "seller", one.trade.price_fen,
                                                                   opened_on=self.day_of(one.opened_at)))
            if one.status == DeliveryStatus.DELIVERED:
                flawed = listing in self.stage.low
                papers[keys.get(one.buyer_id, "")].append(Paper(*row, "buyer", one.trade.price_fen, self.day_of(one.delivered_at), flawed))
                if one.code not in inspected:
                    papers["regulator"].append(Paper(*row, "desk", one.trade.price_fen, self.day_of(one.delivered_at)))
                    inspected.add(one.code)  # each delivery is drawn for inspection once
        self._cases(cases)
        purses = self._money()
        found = {person.key: Own(purses.get(person.key, 0), tuple(papers.get(person.key, ())), tuple(cases.get(person.key, ())),
                                 memory.get(person.key, {})) for person in self.stage.people}
        return {key: own for key, own in found.items() if own != Own()}

    def _money(self) -> dict[str, int]:
        """Whoever watches its budget looks at its account; the others are told by the house when it does not suffice."""
        owners = {one.key: self.stage.organizations[one.key].code for one in self.stage.people
                  if one.role == "buyer" and one.kind == "learner" and one.key in self.stage.organizations}
        funds = held_by(owners.values(), "available")
        return {key: funds[owner].available_fen for key, owner in owners.items()}

    def _cases(self, cases: dict[str, list[Case]]) -> None:
        keys = self.stage.keys
        for trade in Trade.objects.filter(state__status=TradeStatus.EXECUTED).order_by("pk"):
            cases[keys.get(trade.buyer_id, "")].append(Case(trade.code, "trade", "executed"))
        for case in ConductCase.objects.filter(status__in=("accused", "statement", "deciding")).order_by("pk"):
            who = {"accused": "compliance", "statement": keys.get(case.organization_id, ""), "deciding": "regulator"}[case.status]
            cases[who].append(Case(case.code, "conduct", case.status))
        filings = dict(Filing.objects.filter(status__in=("filed", "confirmed")).values_list("code", "status"))
        for report in TradeReport.objects.filter(filing__in=list(filings)).order_by("pk"):
            confirmed = filings[report.filing] == "confirmed"
            cases["compliance" if confirmed else keys.get(report.counterparty_id, "")].append(
                Case(report.filing, "report", filings[report.filing]))
        for complaint in Complaint.objects.filter(status="received").order_by("pk"):
            cases["compliance"].append(Case(complaint.code, "complaint", complaint.status))
        for alert in SurveillanceAlert.objects.filter(status="raised").order_by("pk"):
            cases["surveillance"].append(Case(alert.code, "alert", alert.status))
        for order in Engagement.objects.filter(status__in=("ordered", "working", "delivered")).order_by("pk"):
            whose = order.client_id if order.status == "delivered" else order.provider_id
            cases[keys.get(whose, "")].append(Case(order.code, "order", order.status))
        self._exports(cases)
        for wish in OptOut.objects.filter(status=OptOutStatus.OPEN).order_by("pk"):
            cases[keys.get(wish.organization_id, "")].append(Case(wish.code, "opt_out", wish.status))

    def _exports(self, cases: dict[str, list[Case]]) -> None:
        """What a buyer from abroad asked and what was answered, what its seller has to file, what the authority has to decide."""
        keys = self.stage.keys
        for asked in Question.objects.select_related("listing").order_by("pk"):
            cases[keys.get(asked.asked_by_id, "")].append(Case(asked.code, "asked", asked.status, asked.listing.code))
            if asked.status == "open":
                cases[keys.get(asked.organization_id, "")].append(Case(asked.code, "question", asked.status, asked.listing.code))
        rows = ExportCase.objects.filter(status__in=("in_assessment", "cleared")).order_by("pk")
        whose = {self.stage.organizations[key].code: key for key in self.stage.organizations}
        listings = dict(Listing.objects.filter(product__code__in={one.product_code for one in rows}).values_list("product__code", "code"))
        for case in rows:
            who = "regulator" if case.status == "in_assessment" else whose.get(case.recipient, "")
            cases[who].append(Case(case.code, "export", case.status, listings.get(case.product_code, ""), self.day_of(case.opened_at)))
