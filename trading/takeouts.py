"""What a party takes along of the floor: its lots, its own bids, bargains, requests, quotes and trades. What others bid stays theirs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from django.db.models import Q

from participants.models import Organization
from participants.takeouts import takes_out, told
from trading.agreeing.machine import policy_of
from trading.agreeing.terms import read_terms
from trading.models import Agreement, Auction, Barter, Bid, Negotiation, Quote, Rfq, Trade
from trading.papers import papers_for

__all__: list[str] = []


@takes_out("lots", "竞价标的", "Lots")
def _lots(of: Organization) -> Iterator[dict[str, Any]]:
    for one in Auction.objects.filter(seller=of).select_related("standing").order_by("pk"):
        yield told(one.standing, "auction", "leader", "top_fen", "second_fen") | told(one)


@takes_out("bids", "出价", "Bids")
def _bids(of: Organization) -> Iterator[dict[str, Any]]:
    for one in Bid.objects.filter(bidder__organization=of).select_related("auction").order_by("pk"):
        yield {"lot": one.auction.code, "maximum_fen": one.maximum_fen, "price_after_fen": one.price_after_fen, "at": one.at.isoformat()}


@takes_out("negotiations", "议价", "Bargains")
def _negotiations(of: Organization) -> Iterator[dict[str, Any]]:
    for one in Negotiation.objects.filter(Q(seller=of) | Q(buyer=of)).order_by("pk"):
        said = [{"by": offer.by, "price_fen": offer.price_fen, "note": offer.note, "at": offer.at.isoformat()}
                for offer in one.offers.order_by("seq")]
        yield told(one, "trade") | {"offers": said}


@takes_out("barters", "互换", "Barters")
def _barters(of: Organization) -> Iterator[dict[str, Any]]:
    for one in Barter.objects.filter(Q(proposer=of) | Q(partner=of)).order_by("pk"):
        said = [{"by": offer.by, "note": offer.note, "at": offer.at.isoformat(), "proposer_fen": offer.proposer_fen,
                 "partner_fen": offer.partner_fen, "difference": offer.difference} for offer in one.offers.order_by("seq")]
        yield told(one) | {"offers": said, "trades": list(one.legs.order_by("pk").values_list("trade__code", flat=True))}


@takes_out("requests", "询价", "Requests for quotes")
def _requests(of: Organization) -> Iterator[dict[str, Any]]:
    for one in Rfq.objects.filter(buyer=of).order_by("pk"):
        yield told(one, "trade")


@takes_out("quotes", "询价报价", "Quotes")
def _quotes(of: Organization) -> Iterator[dict[str, Any]]:
    for one in Quote.objects.filter(seller=of).order_by("pk"):
        yield told(one, "salt", "command")


@takes_out("trades", "成交", "Trades")
def _trades(of: Organization) -> Iterator[dict[str, Any]]:
    for one in Trade.objects.filter(Q(seller=of) | Q(buyer=of)).select_related("state").order_by("pk"):
        papers = papers_for(one, of.pk)
        yield told(one, "award") | {"status": one.state.status, "papers": asdict(papers) if papers else {}}


@takes_out("agreements", "合同", "Agreements")
def _agreements(of: Organization) -> Iterator[dict[str, Any]]:
    for one in Agreement.objects.filter(Q(trade__seller=of) | Q(trade__buyer=of)).order_by("pk"):
        signed = [{"side": by.side, "manner": by.manner, "person": by.person, "at": by.at.isoformat()}
                  for by in one.signatures.order_by("pk")]
        yield told(one) | {"policy": policy_of(read_terms(one.terms)), "signatures": signed}
