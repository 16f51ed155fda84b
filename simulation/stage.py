"""Setting the stage: the desks take their seats, the cast registers, is examined and admitted, buyers pay money in."""

from __future__ import annotations

from functools import partial

from settlement.operations import book_deposit
from simulation.cast import BUYERS, CAST, OFFICES, Player
from simulation.market import Market
from simulation.people import make_people, open_party, seat

__all__ = ["admit_player", "missing_players", "open_desks", "seat_offices"]

#: What each buyer pays in when it joins: eight million yuan.
PAID_IN_FEN = 800_000_000


def open_desks(market: Market) -> None:
    """This will bring the published demo accounts (and their own parties) into the house; again changes nothing."""
    market.timed("stage.desks", lambda: make_people(market.clock))
    market.meet()
    for one in CAST:
        fund_buyer(market, one)


def admit_player(market: Market, player: Player) -> None:
    """This will register one party of the cast and lead it through admission; a party that is here stays as it is."""
    if player.key in market.organizations:
        return
    market.timed("stage.admit", lambda: open_party(player.party, [player.account], officer=market.actors["compliance"],
                                                   authority=market.actors["regulator"], clock=market.clock))
    market.done["participants.admission.admit"] += 5
    market.meet()
    fund_buyer(market, player)


def seat_offices(market: Market) -> None:
    """This will seat the bodies that trade nothing: the association, and the authority of another field."""
    for one in OFFICES:
        if one.key not in market.organizations:
            market.timed("stage.office", partial(seat, one.account, market.clock))
    market.meet()


def fund_buyer(market: Market, player: Player) -> None:
    """This will let a buyer pay money in, as the bank's statement tells it; the same reference is booked once."""
    if player in BUYERS and player.key in market.organizations:
        market.act(book_deposit, organization=market.organizations[player.key].code, amount_fen=PAID_IN_FEN,
                   reference=f"DEMO-{player.key}-1", actor=market.actors["operator"])


def missing_players(market: Market) -> list[Player]:
    """This will list who of the cast is not here yet."""
    return [one for one in CAST if one.key not in market.organizations]


