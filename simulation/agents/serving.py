"""What is answered by the call: a declared model that two desks review before it scores, records that are only ever verified.

The holder hands its model in, compliance and the regulator review it, it is opened, bought and asked. Each step is looked up in the
database, so that a history that was broken off goes on where it stands.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from functools import partial

from delivery.cleanroom.holding import access_paper
from delivery.computing.algorithms import approve_algorithm, secure_algorithm, submit_algorithm
from delivery.models import Algorithm, Delivery, ServiceCall
from delivery.operations import deliver
from delivery.scoring.calling import use_service
from delivery.scoring.offering import open_service, service_of
from delivery.seats import name_seat
from delivery.states import AlgorithmStatus, DeliveryStatus
from evidence.files import deposit
from kit.actors import Actor
from listings.models import ListingVersion
from participants.models import User
from simulation.catalogue import SCORED, VERIFIED, offer
from simulation.market import Market
from trading.models import Trade
from trading.operations import buy_listing, quote_for
from trading.states import TradeStatus

__all__ = ["hand_over_access", "next_calls", "next_services"]

_LIMITS = {"most_calls": 500, "most_subjects": 300}
_PURPOSES = {"cars_europe": ("车辆估值参考", "车队能耗估算"), "world_2007": ("填报信息核对",)}
_BASIS = "内部数据核对，不涉及个人信息"
#: The buyer of each, and how often its program asks.
_BUYER, _CALLS = "jianghai", 8


def _version_of(key: str) -> ListingVersion | None:
    rows = ListingVersion.objects.select_related("listing", "organization").filter(file_name=offer(key).file_name)
    return rows.filter(listing__version__isnull=False).order_by("-pk").first()


def next_services(market: Market) -> Iterator[Callable[[], object]]:
    """This will yield the next step of each service: hand in, two reviews, open, buy."""
    for key in (*SCORED, *VERIFIED):
        version = _version_of(key)
        if version is None:
            continue
        seller = market.actors[market.key_of(version.organization_id)]
        if service_of(version) is None:
            yield from _towards(market, key, version, seller)
        elif _BUYER in market.organizations and not Trade.objects.filter(version=version, buyer=market.organizations[_BUYER]).exists():
            yield partial(_buy, market, version)


def _towards(market: Market, key: str, version: ListingVersion, seller: Actor) -> Iterator[Callable[[], object]]:
    terms = {"version": version, "purposes": list(_PURPOSES[key]), "actor": seller, **_LIMITS}
    if key in VERIFIED:
        places = [offer(key).table.columns.index(one) for one in VERIFIED[key]]
        records = [[row[one] for one in places] for row in offer(key).table.rows]
        yield partial(market.act, open_service, fields=list(VERIFIED[key]), records=records, **terms)
        return
    one = Algorithm.objects.filter(organization=version.organization, title=offer(key).title_zh).order_by("-pk").first()
    if one is None:
        yield partial(market.act, submit_algorithm, organization=version.organization, title=offer(key).title_zh,
                      text=json.dumps(SCORED[key], ensure_ascii=False), actor=seller)
    elif one.status == AlgorithmStatus.SUBMITTED:
        yield partial(market.act, secure_algorithm, algorithm=one, actor=market.actors["compliance"])
    elif one.status == AlgorithmStatus.SECURED:
        yield partial(market.act, approve_algorithm, algorithm=one, actor=market.actors["regulator"])
    elif one.status == AlgorithmStatus.APPROVED:
        yield partial(market.act, open_service, algorithm=one, **terms)


def _buy(market: Market, version: ListingVersion) -> None:
    quote = quote_for(version.listing, market.now())
    market.act(buy_listing, listing=version.listing, version=quote.version.code, total_fen=quote.total_fen,
               purpose=str(quote.version.use_terms["purposes"][0]), actor=market.actors[_BUYER])


def hand_over_access(market: Market, one: Delivery, actor: Actor) -> None:
    """This will hand a service over by its voucher; nothing where it is not open yet."""
    if (paper := access_paper(one)) is not None:
        held = deposit(io.BytesIO(paper), name="service-access.json", owner=actor.organization, at=market.now())
        market.act(deliver, delivery=one, deposit=held, actor=actor)


# ---- asked -------------------------------------------------------------------------------------------------------------------------


def next_calls(market: Market) -> Iterator[Callable[[], object]]:
    """This will yield the next call of each service that was handed over."""
    served = [offer(key).file_name for key in (*SCORED, *VERIFIED)]
    rows = Delivery.objects.select_related("version").filter(
        version__file_name__in=served, status__in=[DeliveryStatus.DELIVERED, DeliveryStatus.ACCEPTED],
        trade__state__status=TradeStatus.FUNDED)
    for one in rows.order_by("pk"):
        buyer, done = market.key_of(one.buyer_id), ServiceCall.objects.filter(delivery=one).count()
        if buyer and done < _CALLS:
            yield partial(_ask, market, one, market.actors[buyer], done)


def _ask(market: Market, one: Delivery, actor: Actor, done: int) -> None:
    """A seat for whoever asks, then two calls: a car of the table by its name, or a country, now and then in the wrong continent."""
    me = User.objects.select_related("person").get(pk=actor.user_id or 0)
    if me.person is not None and not one.seats.filter(person=me.person, ended_at__isnull=True).exists():
        market.act(name_seat, delivery=one, person=me.person, actor=actor)
    key = one.version.file_name.removesuffix(".csv")
    content = offer(key).table
    for number in (done, done + 1):
        row = dict(zip(content.columns, content.rows[(7 * number + 3) % len(content.rows)], strict=True))
        if key in SCORED:
            inputs = {"weight_lbs": row["weight_lbs"] or "2500", "horsepower": row["horsepower"] or "90"}
            subject = f"{row['name']} {row['year']}"
        else:
            inputs, subject = {"continent": "Asia" if number % 3 == 2 else row["continent"]}, row["country"]
        market.act(use_service, delivery=one, inputs=inputs, subject=subject, purpose=_PURPOSES[key][0], basis=_BASIS, actor=actor)
