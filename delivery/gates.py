"""What delivering, fetching, accepting and rejecting ask; the operations pass these gates, the "why?" page shows them (C7)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from delivery.kinds import Way, adapter_for
from delivery.kinds.grid import lawful
from delivery.models import Delivery
from delivery.seats import seated
from delivery.states import DELIVERY, USABLE, DeliveryStatus
from delivery.using import of_using, under_stop
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from kit.states import IllegalMove, advance
from listings.buying import for_the_buyer
from listings.opting_out import delivers_from, opted_out
from listings.queries import consent_ended
from participants.gates import Act, Gate, capable, permitted
from participants.queries import LOCAL
from participants.roles import Capability
from trading.agreeing.judging import refusal_to_deliver
from trading.queries import seats_of
from trading.states import TradeStatus

__all__ = ["MOST_ATTEMPTS", "MOST_GRANTS", "acts_of", "consented", "next_status", "of_delivering", "of_fetching", "opted_out_of",
           "times_used"]

#: The first delivery and two more (lifecycles: redeliver <= 2 times).
MOST_ATTEMPTS = 3
#: The first token and three more on request.
MOST_GRANTS = 4


def next_status(one: Delivery, action: str) -> DeliveryStatus:
    """This will return the state an act leads to; ``delivery.delivery.illegal_move`` where it leads nowhere."""
    return advance(DELIVERY, DeliveryStatus(one.status), action, subject=one.code, code="delivery.delivery.illegal_move")


def _moves(one: Delivery, action: str) -> Gate:
    asks = ("交付处于可以这样做的状态", "The delivery's state allows it")
    try:
        next_status(one, action)
    except IllegalMove as refused:
        return Gate(asks, refused)
    return Gate(asks)


def consented(one: Delivery) -> Gate:
    """This will ask whether every consent behind it still stands (M 9)."""
    ended = consent_ended(one.version)
    return Gate(("所依据的个人同意仍然有效", "The consents it rests on still stand"),
                Rejected("delivery.delivery.consent_ended", delivery=one.code) if ended else None)


@covers("W15")
def opted_out_of(one: Delivery, *, at: datetime) -> Iterator[Gate]:
    """This will ask of an anonymised product that persons were told in time, and that whoever opted out is not in the file."""
    start = delivers_from(one.version)
    if start is None:
        return
    standing = opted_out(one.version)
    early = Rejected("delivery.delivery.opt_out_notice", delivery=one.code, listing=one.version.listing.code,
                     start=start.astimezone(LOCAL).strftime("%Y-%m-%d %H:%M"))
    yield Gate(("退出告知期已满", "Persons had the time to opt out"), early if at < start else None)
    yield Gate(("退出名单上的人不在文件中", "Whoever opted out is not in the file"),
               Rejected("delivery.delivery.opted_out", delivery=one.code, demands=", ".join(standing[:5])) if standing else None)


def times_used(one: Delivery) -> int:
    """This will count how often what was delivered was used: fetched by its tokens, or asked in its room; a repeated question is none."""
    return adapter_for(one.mode).spent(one)


@covers("F5", "R57")
def of_delivering(one: Delivery, *, at: datetime) -> Iterator[Gate]:
    """This will ask what delivering asks, but for the file itself."""
    yield _moves(one, "redeliver" if one.status == DeliveryStatus.REJECTED else "deliver")
    unpaid = one.trade.state.status != TradeStatus.FUNDED
    yield Gate(("价款已在托管账户", "The price is in escrow"),
               Rejected("delivery.delivery.trade_not_funded", trade=one.trade.code) if unpaid else None)
    yield Gate(("合同没有中止、终止或失效", "The agreement is neither suspended nor over"), refusal_to_deliver(one.trade))
    yield capable(one.seller, Capability.DELIVER, at=at)
    yield from adapter_for(one.mode).ready(one, at=at)
    yield lawful(one.version, subject=one.code)
    yield consented(one)
    yield from opted_out_of(one, at=at)
    yield from for_the_buyer(one.version.listing, one.buyer, at=at)
    yield Gate(("还有交付次数", "A delivery is left"),
               Rejected("delivery.delivery.attempts_used", delivery=one.code) if one.attempts >= MOST_ATTEMPTS else None)


@covers("F5", "R121")
def of_fetching(one: Delivery, *, actor: Actor, at: datetime) -> Iterator[Gate]:
    """This will ask what a new token asks."""
    yield Gate(("约定的是交付文件", "What was agreed is a file"),
               Rejected("delivery.grant.stays", delivery=one.code) if adapter_for(one.mode).way != Way.FILE else None)
    yield Gate(("卖方已经交付", "The seller has delivered"),
               None if one.status in USABLE else Rejected("delivery.grant.not_delivered", delivery=one.code))
    yield under_stop(one)
    yield from of_using(one, at=at, calls=times_used(one) + 1)
    if seats_of(one.trade) is not None:
        yield seated(one, actor)
    yield Gate(("还有取用次数", "A token is left"),
               Rejected("delivery.grant.requests_used", delivery=one.code) if one.grants.count() >= MOST_GRANTS else None)


@covers("C7")
def acts_of(one: Delivery, *, actor: Actor, at: datetime) -> list[Act]:
    """This will list what the reader's side does with a delivery, each act with its gates as they answer now."""
    def act(zh: str, en: str, permission: str, *gates: Gate) -> Act:
        return Act((zh, en), (permitted(actor, permission, subject=one, at=at), *gates))

    if actor.organization_id == one.seller_id:
        return [act("交付", "Deliver", "delivery.delivery.deliver", *of_delivering(one, at=at)),
                act("承认未成", "Concede", "delivery.delivery.concede", _moves(one, "concede"))]
    return [act("取用文件", "Fetch the file", "delivery.grant.issue", *of_fetching(one, actor=actor, at=at)),
            act("验收", "Accept", "delivery.delivery.accept", _moves(one, "accept")),
            act("拒收", "Reject", "delivery.delivery.reject", _moves(one, "reject"))]
