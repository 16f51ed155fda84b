"""Setting the stage: the desks take their seats, the cast registers, is examined and admitted, buyers pay money in."""

from __future__ import annotations

from functools import partial

from participants.sizes import state_size, statement_in_force
from settlement.operations import book_deposit
from simulation.cast import BUYERS, CAST, FIRMS, OFFICES, Player
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
        settle_in(market, one)


def admit_player(market: Market, player: Player) -> None:
    """This will register one party of the cast and lead it through admission; a party that is here stays as it is."""
    if player.key in market.organizations:
        return
    market.timed("stage.admit", lambda: open_party(player.party, [player.account], officer=market.actors["compliance"],
                                                   authority=market.actors["regulator"], clock=market.clock))
    market.done["participants.admission.admit"] += 5
    market.meet()
    settle_in(market, player)


def seat_offices(market: Market) -> None:
    """This will seat the bodies that trade nothing: the association, and the authority of another field."""
    for one in OFFICES:
        if one.key not in market.organizations:
            market.timed("stage.office", partial(seat, one.account, market.clock))
    market.meet()


def settle_in(market: Market, player: Player) -> None:
    """This will let a firm state its size, and a buyer pay money in as the bank's statement tells it; again changes nothing."""
    home = market.organizations.get(player.key)
    if home is None:
        return
    if player in BUYERS:
        market.act(book_deposit, organization=home.code, amount_fen=PAID_IN_FEN, reference=f"DEMO-{player.key}-1",
                   actor=market.actors["operator"])
    if player.key in FIRMS and statement_in_force(home, at=market.now()) is None:
        industry, staff, turnover = FIRMS[player.key]
        market.act(state_size, organization=home, industry=industry, year=market.now().year - 1, staff=staff,
                   turnover_fen=turnover * 1_000_000, basis="上年度财务报表与社保缴纳人数", actor=market.actors[player.key])


def missing_players(market: Market) -> list[Player]:
    """This will list who of the cast is not here yet."""
    return [one for one in CAST if one.key not in market.organizations]


