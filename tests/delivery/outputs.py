"""Worlds of outputs: a report made by the holder for a paid delivery, reviewers of the venue and of the holder, opinions."""

from __future__ import annotations

from typing import Any

from delivery.models import Delivery, Output
from delivery.releasing.handing_in import CHECKLIST, hand_in_output
from delivery.releasing.reviewing import give_opinion
from evidence.clock import MARKET_CLOCK
from kit.actors import Actor
from participants.models import Organization
from participants.roles import Role
from tests.delivery.worlds import delivered, seller_of
from tests.factories import make_actor

TABLE = "城区,人数,平均用电\n甲,300,54.2\n乙,305,55.1\n".encode()


def handed_in(one: Delivery | None = None, content: bytes = TABLE, name: str = "结果.csv", *, actor: Actor | None = None,
              **fields: Any) -> Output:
    """A table of two groups, made by the holder's people for the buyer."""
    one = one or delivered()
    fields = {"title": "城区用电", "kind": "table", "confirmed": list(CHECKLIST), **fields}
    return hand_in_output(delivery=one, content=content, name=name, actor=actor or seller_of(one.trade.listing), clock=MARKET_CLOCK,
                          **fields)


def officer() -> Actor:
    return make_actor(Role.COMPLIANCE_OFFICER)


def opinion(output: Output, verdict: str = "release", actor: Actor | None = None, reason: str = "分组足够大，没有标识") -> Output:
    return give_opinion(output=output, verdict=verdict, reason=reason, actor=actor or officer(), clock=MARKET_CLOCK)


def released() -> Output:
    """A table two people of the venue let out."""
    made = handed_in()
    opinion(made)
    return opinion(made)


def of_buyer(output: Output) -> Actor:
    return make_actor(Role.BUYER, organization=Organization.objects.get(pk=output.delivery.buyer_id))
