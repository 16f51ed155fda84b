"""An organisation that holds and owes a bit of everything, for the tests of what a succession moves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from evidence.clock import MARKET_CLOCK
from evidence.operations import drain
from kit.actors import SYSTEM
from kit.ids import new_code
from ledger.operations import fund
from listings.models import Listing
from listings.operations import give_consent
from participants.actors import actor_of
from participants.models import Organization, Succession
from participants.roles import Role
from participants.successions import decide_succession, file_succession, propose_succession
from settlement.collecting import collect_accepted
from tests.compliance.profiles import clean
from tests.delivery.worlds import delivered, make_trade, pay
from tests.delivery.worlds import make_listing as deliverable
from tests.factories import make_actor, make_organization, make_user, venue
from tests.listings.worlds import make_deposit, make_right
from tests.settlement.worlds import accepted
from tests.trading.worlds import bid, declare, make_buyer, make_listing, make_lot, open_lot
from trading.operations import report_trade

__all__ = ["World", "carried_out", "filed", "make_world", "proposed", "supply"]


class World:
    """The predecessor with all it has, and the heir that takes over."""

    def __init__(self) -> None:
        self.ends = make_organization(Role.DATA_MERCHANT, Role.BUYER, name="旧数科技有限公司")
        self.heir = make_organization(Role.DATA_MERCHANT, Role.BUYER, name="新合数据有限公司")
        self.seller = actor_of(make_user(Role.DATA_MERCHANT, organization=self.ends))
        self.buyer = actor_of(make_user(Role.BUYER, organization=self.ends))
        self.successor = actor_of(make_user(Role.DATA_MERCHANT, organization=self.heir))
        fund(organization=self.ends.code, amount_fen=5_000_000_000, reference=new_code("FND"), actor=SYSTEM, clock=MARKET_CLOCK)


def supply(world: World) -> Listing:
    listing = make_listing(world.ends)
    held = make_right(listing.product, "hold")
    make_right(listing.product, "operate")
    make_right(listing.product, "use", holder=make_organization(), parent=make_right(listing.product, "use", sublicence_depth=2))
    assert held.status == "active"
    give_consent(product=listing.product, purpose="model_training", kinds=["联系方式"], recipients=[world.ends.code],
                 effective_to=MARKET_CLOCK.now() + timedelta(days=300), actor=make_actor(Role.DATA_SUBJECT), clock=MARKET_CLOCK)
    return listing


def make_world() -> Any:
    """Listings, rights, a consent, a lot with bids and one bid in, trades in every state, a filing, money."""
    world: Any = World()
    world.listing = supply(world)
    world.rival = make_buyer()
    world.lot = open_lot(world.rival, listing=world.listing)
    bid(world.lot, world.rival, 20_000_000)
    world.foreign = open_lot(world.buyer, world.rival)
    bid(world.foreign, world.buyer, 30_000_000)
    world.unpaid = make_trade(listing=deliverable(world.ends))
    world.paid = pay(make_trade(listing=deliverable(world.ends)))
    world.bought = delivered(buyer=world.buyer)
    world.due = accepted(seller=world.ends, contributors={world.ends: 3, make_organization(): 1})
    collect_accepted(venue=venue(), actor=SYSTEM, clock=MARKET_CLOCK)
    other = make_organization(Role.BUYER)
    world.report = report_trade(
        seller=world.ends, buyer=other, title="充电桩利用率数据", facts=clean(), price_fen=12_345_600, traded_on=MARKET_CLOCK.now().date(),
        contract_sha256="a" * 64, actor=world.seller, clock=MARKET_CLOCK)
    make_lot(make_listing(world.ends))
    drain()
    ready = make_listing(world.heir)
    declare(ready)
    return world


def filed(world: Any, kind: str = "merger", *heirs: Organization, **more: Any) -> Succession:
    """A case filed by the successor with both documents."""
    agreement, extract = make_deposit(world.heir, "合并协议.pdf"), make_deposit(world.heir, "登记信息.pdf")
    return file_succession(predecessor=world.ends, heirs=heirs or (world.heir,), kind=kind, agreement=agreement, extract=extract,
                           actor=world.successor, clock=MARKET_CLOCK, **more)


def proposed(case: Succession) -> Succession:
    propose_succession(succession=case, reason="文件与登记信息一致", actor=make_actor(Role.COMPLIANCE_OFFICER), clock=MARKET_CLOCK)
    return case


def carried_out(case: Succession) -> Succession:
    return decide_succession(succession=proposed(case), agree=True, reason="同意", actor=make_actor(Role.REGULATOR), clock=MARKET_CLOCK)
