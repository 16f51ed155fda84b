"""Small deliveries by API for tests: a table registered, licensed for calls, delivered; keys and calls."""

from __future__ import annotations

import hashlib
import io
from typing import Any

from delivery.calling import Served, call_rows
from delivery.keys import MadeKey, make_key
from delivery.models import DataKey, Delivery
from delivery.operations import deliver
from evidence.clock import MARKET_CLOCK
from evidence.files import deposit
from evidence.operations import drain
from kit.actors import Actor
from listings.models import Listing
from participants.models import Organization
from tests.trading.worlds import make_buyer, make_listing, seller_of, stand_still
from trading.operations import buy_listing, quote_for

ROWS = [(city, str(1000 + number), "甲" if number % 2 else "乙") for number, city in enumerate(
    ["上海", "深圳", "北京", "广州", "成都"] * 60)]
TABLE = ("城市,人口,级别,备注\n" + "".join(f'{city},{count},{level},"内部,{count}"\n' for city, count, level in ROWS)).encode()
SHA256 = hashlib.sha256(TABLE).hexdigest()
COLUMNS = ["城市", "人口", "级别"]
BY: dict[str, Any] = {"clock": MARKET_CLOCK}


def api_listing(content: bytes = TABLE, seller: Organization | None = None, price_fen: int = 500_000, **use: Any) -> Listing:
    """A product sold by the call, its table registered."""
    terms = {"purposes": ["research", "product_development"], "term_days": 60, "regions": ["CN"], "columns": COLUMNS, **use}
    head = content.decode().splitlines()[0].split(",")
    kept = {name: value for name, value in terms.items() if value is not None}
    return make_listing(seller, sale_mode="fixed", price_fen=price_fen, use_terms=kept,
                        file_sha256=hashlib.sha256(content).hexdigest(), delivery_mode="api", columns=[{"name": name} for name in head])


def api_delivered(content: bytes = TABLE, buyer: Actor | None = None, **use: Any) -> tuple[Delivery, Actor, Actor]:
    """A delivery by API that was handed over: delivery, seller, buyer."""
    stand_still()
    listing, buyer = api_listing(content, **use), buyer or make_buyer()
    return hand_over(listing, buyer, content), seller_of(listing), buyer


def hand_over(listing: Listing, buyer: Actor, content: bytes = TABLE) -> Delivery:
    """The listing bought, paid and delivered."""
    quote = quote_for(listing, MARKET_CLOCK.now())
    purpose = "research" if listing.version and listing.version.use_terms.get("purposes") else ""
    trade = buy_listing(listing=listing, version=quote.version.code, total_fen=quote.total_fen, purpose=purpose, actor=buyer, **BY)
    drain()
    one = Delivery.objects.get(trade=trade)
    held = deposit(io.BytesIO(content), name="人口.csv", owner=trade.seller.code, at=MARKET_CLOCK.now())
    return deliver(delivery=one, deposit=held, actor=seller_of(listing), **BY)


def keyed(one: Delivery, buyer: Actor, name: str = "报表系统") -> MadeKey:
    return make_key(delivery=one, name=name, actor=buyer, **BY)


def called(key: DataKey, buyer: Actor, request: str = "call-000001", purpose: str = "", **given: Any) -> Served:
    asked = {name: value if isinstance(value, list) else [str(value)] for name, value in given.items()}
    fresh = DataKey.objects.select_related("delivery__trade__state", "delivery__trade__venue", "delivery__version__listing",
                                           "delivery__deposit", "delivery__buyer").get(pk=key.pk)
    return call_rows(key=fresh, given=asked, request=request, purpose=purpose, actor=buyer, **BY)
