"""Worlds of the clean room: 600 visits of 300 persons in two towns and five in a third, a product sold as a room, questions to it."""

from __future__ import annotations

import hashlib
import io
from datetime import timedelta
from typing import Any

from delivery.cleanroom.asking import ask_query
from delivery.cleanroom.jail import Outcome
from delivery.cleanroom.rooms import open_room
from delivery.cleanroom.running import finish_query, start_query
from delivery.models import Delivery, Room, RoomQuery
from delivery.operations import deliver, open_delivery
from evidence.clock import MARKET_CLOCK
from evidence.files import deposit
from evidence.models import Deposit
from kit.actors import SYSTEM, Actor
from kit.ids import new_code
from ledger.operations import fund
from listings.models import Authorisation, Listing, ListingVersion
from listings.operations import confirm_authorisation, file_authorisation
from participants.actors import actor_of
from participants.models import Organization
from participants.roles import Role
from tests.delivery.worlds import buyer_of, make_buyer, make_listing, make_trade, pay, seller_of
from tests.factories import make_user
from tests.listings.public_worlds import make_grantor

#: A mark in one row that no answer, page, error or record may show.
CANARY = "金丝雀住户-91c4"


def table() -> bytes:
    """Persons 0 to 299 visit twice each, even ones in 甲, odd ones in 乙; five more in 丙 with the canary among them."""
    rows = [f"P{n},{'甲乙'[n % 2]},{10 + n % 90}.5" for n in range(300) for _ in range(2)]
    rows += [f"{CANARY if n == 2 else f'R{n}'},丙,50.0" for n in range(5)]
    return ("住户,城区,用电\n" + "\n".join(rows) + "\n").encode()


SHA256 = hashlib.sha256(table()).hexdigest()
OFFER: dict[str, Any] = {"person": "住户", "least": 20, "rows_each": 2, "groups_each": 1, "columns": [
    {"name": "城区", "kind": "word", "values": ["甲", "乙", "丙"]},
    {"name": "用电", "kind": "number", "scale": 1, "lower": 0, "upper": 1000}]}


def question(*measures: Any, **named: Any) -> dict[str, Any]:
    return {"format": "room-query/1", "measures": [{"of": one} if isinstance(one, str) else one for one in measures or ("persons",)],
            **named}


def room_listing(seller: Organization | None = None, mode: str = "clean_room") -> Listing:
    """A product delivered by clean room, its file deposited and registered."""
    listing = make_listing(seller)
    held = file_of(listing)
    ListingVersion.objects.filter(pk=listing.version_id).update(
        delivery_mode=mode, file_sha256=SHA256, deposit=held, file_name=held.name, file_bytes=held.size)
    return Listing.objects.select_related("version", "organization").get(pk=listing.pk)


def public_listing(operator: Organization, mode: str = "clean_room") -> Listing:
    """Public data that are not open by law without conditions, under an authorisation in force by the real acts."""
    granted = Authorisation.objects.filter(organization=operator, status="in_force").first() or _authorised(operator)
    listing = room_listing(operator, mode)
    ListingVersion.objects.filter(pk=listing.version_id).update(
        category="public", stage="product", grade="general", authorisation=granted, facts={"public_open_status": "conditional"})
    return Listing.objects.select_related("version", "organization").get(pk=listing.pk)


def _authorised(operator: Organization) -> Authorisation:
    at, who, body = MARKET_CLOCK.now(), actor_of(make_user(Role.PUBLIC_DATA_OPERATOR, organization=operator)), make_grantor()
    filed = file_authorisation(
        organization=operator, grantor=body.organization, model="whole", subject=("全市用电数据", "City power data"),
        document_no="市数授〔2031〕7号", price_basis="成本调查", effective_from=at, effective_to=at + timedelta(days=550), actor=who,
        clock=MARKET_CLOCK)
    return confirm_authorisation(authorisation=filed, actor=body, clock=MARKET_CLOCK)


def file_of(listing: Listing) -> Deposit:
    return deposit(io.BytesIO(table()), name="用电.csv", owner=listing.organization.code, at=MARKET_CLOCK.now())


def opened(listing: Listing, **terms: Any) -> Room:
    terms = {"offer": OFFER, "epsilon_buyer_micro": 1_000_000, "epsilon_all_micro": 4_000_000, **terms}
    version = ListingVersion.objects.get(pk=listing.version_id)
    return open_room(version=version, actor=seller_of(listing), clock=MARKET_CLOCK, **terms)


def sold(listing: Listing | None = None, buyer: Actor | None = None, *, price_fen: int = 1_000_000, seats: int | None = None,
         **terms: Any) -> Delivery:
    """A delivery by room, paid for and handed over."""
    if listing is None:
        listing = room_listing()
        opened(listing, **terms)
    buyer = buyer or make_buyer(1)
    fund(organization=buyer.organization, amount_fen=price_fen, reference=new_code("FND"), actor=SYSTEM, clock=MARKET_CLOCK)
    trade = pay(make_trade(listing=listing, buyer=buyer, price_fen=price_fen, seats=seats))
    one = open_delivery(trade=trade, actor=SYSTEM, clock=MARKET_CLOCK)
    assert one is not None
    return deliver(delivery=one, deposit=file_of(listing), actor=seller_of(listing), clock=MARKET_CLOCK)


def asked(one: Delivery, said: dict[str, Any] | None = None, epsilon_micro: int = 250_000, actor: Actor | None = None) -> RoomQuery:
    return ask_query(delivery=one, question=said or question(), epsilon_micro=epsilon_micro, actor=actor or buyer_of(one.trade),
                     clock=MARKET_CLOCK)


def ended(query: RoomQuery, outcome: Outcome) -> RoomQuery:
    """A question whose process came to this."""
    return finish_query(query=start_query(query=query, clock=MARKET_CLOCK), outcome=outcome, clock=MARKET_CLOCK)


ANSWER = [{"group": [], "shown": True, "measures": ["305"]}]
