"""Small worlds of barters: merchants that sell and buy, a licence each, one barter proposed or agreed."""

from __future__ import annotations

from typing import Any

from evidence.clock import MARKET_CLOCK
from kit.actors import SYSTEM, Actor
from kit.ids import new_code
from ledger import operations as ledger
from ledger.accounts import AccountKind
from ledger.queries import held
from listings.models import Listing
from participants.actors import actor_of
from participants.models import Membership, Organization
from participants.roles import Role
from tests.delivery.worlds import SHA256
from tests.factories import EPOCH, make_organization, make_user
from tests.trading.worlds import make_listing
from trading.auctions.bargain import Terms
from trading.auctions.barter import Swap
from trading.models import Barter
from trading.operations import accept_barter, propose_barter

__all__ = ["VALUE", "World", "agreed", "free_fen", "merchant", "proposed", "set_off", "swap", "trader_of"]

VALUE = 1_000_000


class World:
    """Two merchants that also buy, a licence of each on sale; ``partner`` shares in the first one's product, a quarter of it."""

    def __init__(self, *, fen: int = 1_000_000_000, partner: Organization | None = None, **terms: Any) -> None:
        self.one, self.two = merchant(fen), merchant(fen)
        offered = {"sale_mode": "negotiated", "price_fen": None, "file_sha256": SHA256, "delivery_mode": "download"} | terms
        shared = {party(self.one): 3, partner: 1} if partner else {}
        self.gives = make_listing(party(self.one), **offered, contributors=shared)
        self.gets = make_listing(party(self.two), **offered)


def merchant(fen: int = 1_000_000_000) -> Actor:
    """Somebody of an organisation that is admitted as a merchant and as a buyer, in both roles, with money."""
    return trader_of(make_organization(Role.DATA_MERCHANT, Role.BUYER), fen)


def trader_of(organization: Organization, fen: int = 0) -> Actor:
    user = make_user(Role.DATA_MERCHANT, organization=organization)
    Membership.objects.create(person=user.person, organization=organization, role=Role.BUYER, effective_from=EPOCH)
    if fen:
        ledger.fund(organization=organization.code, amount_fen=fen, reference=new_code("FND"), actor=SYSTEM, clock=MARKET_CLOCK)
    return actor_of(user)


def party(actor: Actor) -> Organization:
    return Organization.objects.get(pk=actor.organization_id)


def swap(mine: int = VALUE, theirs: int = VALUE, difference: str = "", **more: Any) -> Swap:
    """What the proposer says; a difference is waived unless said otherwise."""
    return Swap(Terms(mine, **more), Terms(theirs), difference or ("none" if mine == theirs else "waived"))


def proposed(world: World | None = None, terms: Swap | None = None, **more: Any) -> tuple[Barter, World]:
    world = world or World()
    one = propose_barter(gives=world.gives, gets=world.gets, swap=terms or swap(), actor=world.one, clock=MARKET_CLOCK, **more)
    return one, world


def agreed(world: World | None = None, terms: Swap | None = None) -> tuple[Barter, World]:
    one, world = proposed(world, terms)
    return accept_barter(barter=one, seen=1, actor=world.two, clock=MARKET_CLOCK), world


def free_fen(who: Actor | Organization | Listing) -> int:
    code = who.organization if isinstance(who, Actor) else who.organization.code if isinstance(who, Listing) else who.code
    return held(str(code), AccountKind.AVAILABLE).available_fen


def set_off(one: Barter) -> int:
    return held(one.code, AccountKind.SET_OFF).posted_fen
