"""Taking a lot at the Dutch clock's price 应价: the first to take has it. A Dutch lot ends with it, a hybrid one goes on."""

from __future__ import annotations

from evidence.events import Commitment, new_salt
from evidence.operations import current_command, operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from participants.gates import pass_all
from participants.permissions import require
from trading.clock import asked_at
from trading.events import PriceTaken
from trading.gates import limit_of, of_taking
from trading.locks import lock_lot
from trading.models import Auction, Bid
from trading.operations.endings import award_lot, over_a_cap
from trading.operations.phases import begin_sealing
from trading.queries import bidder_of, bidders_of

__all__ = ["take_price"]


@operation("trading.bid.take")
@covers("CAP-E7", "T1", "T16", "T17")
def take_price(*, lot: Auction, at_most_fen: int, actor: Actor, clock: Clock) -> Auction:
    """This will take the lot at what the clock asks under the lot's lock; ``at_most_fen`` is what the bidder saw.

    The price only falls, so what was seen is never exceeded; ``trading.bid.clock_asks_more`` if it is all the same.
    """
    locked = lock_lot(lot)
    at = clock.now()
    require(actor, "trading.bid.take", at=at)
    pass_all(of_taking(locked, actor=actor, at=at))
    price, bidder = asked_at(locked, at), bidder_of(locked, actor.organization_id)
    assert bidder is not None, "the gates asked for the registration"
    if price > at_most_fen:
        raise Rejected("trading.bid.clock_asks_more", lot=locked.code, price_fen=price)
    if (limit := limit_of(bidder, actor)) is not None and price > limit:
        raise Rejected("trading.bid.over_limit", lot=locked.code, limit_fen=limit)
    if locked.cap_fen is not None and price > locked.cap_fen:
        raise Rejected("trading.bid.over_cap", lot=locked.code, cap_fen=locked.cap_fen)
    salt = new_salt()
    Bid.objects.create(auction=locked, seq=1, bidder=bidder, maximum_fen=price, salt=salt, price_after_fen=price,
                       leader_after=bidder.paddle, closes_after=locked.closes_at, at=at, command=current_command())
    stands = locked.standing
    stands.seq, stands.leader, stands.price_fen, stands.top_fen, stands.reserve_met = 1, bidder, price, price, True
    bidders = bidders_of(locked)
    if code := over_a_cap(locked, bidders, at):
        raise Rejected(code, listing=locked.listing.code)
    stands.save(update_fields=["seq", "leader", "price_fen", "top_fen", "reserve_met"])
    record(PriceTaken(subject=locked.code, paddle=bidder.paddle, price_fen=price, maximum=Commitment(price, salt)), actor=actor, at=at)
    if locked.phase:
        begin_sealing(locked, bidder, bidders, at)
    else:
        award_lot(locked, bidders, actor, at)
    return locked
