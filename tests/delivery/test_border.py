"""T64: what holds at the order and no longer at the use is stopped at the use, on every channel, by one function.

A file by its token, a released output, rows by a key, a question to a room, a call of a service: a buyer that is abroad by now and not
cleared, or suspended, a consent withdrawn since, and a third party that was handed the buyer's token are refused by each of them, and
nothing is metered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from delivery.models import DataUse, Delivery, GrantUse, OutputToken, RoomQuery, ServiceCall
from delivery.releasing.fetching import fetch_output, issue_output
from evidence.clock import MARKET_CLOCK
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import Hold
from participants.models import Organization
from participants.roles import OrganizationKind
from tests.delivery import calls, outputs, rooms, services
from tests.delivery.test_agreements import handed_over, token_of
from tests.delivery.test_monitor import stand
from tests.delivery.worlds import buyer_of, make_buyer
from tests.trading import worlds as floor

pytestmark = pytest.mark.django_db
BY: dict[str, Any] = {"clock": MARKET_CLOCK}


@dataclass
class Channel:
    """One way in which what was bought is used: the delivery, its buyer, another buyer, and a use by whoever asks."""

    one: Delivery
    buyer: Actor
    other: Actor
    use: Callable[[Actor], Any]


def by_token() -> Channel:
    from delivery.access import fetch_file

    one, _seller, buyer = handed_over(calls=9)
    token = token_of(one, buyer)
    return Channel(one, buyer, floor.make_buyer(), lambda actor: fetch_file(delivery=one, token=token, actor=actor, **BY))


def by_key() -> Channel:
    one, _seller, buyer = calls.api_delivered()
    key, number = calls.keyed(one, buyer).key, iter(range(100))
    return Channel(one, buyer, floor.make_buyer(), lambda actor: calls.called(key, actor, f"call-{next(number):06}"))


def by_question() -> Channel:
    one, number = rooms.sold(), iter(range(1, 9))
    return Channel(one, buyer_of(one.trade), make_buyer(), lambda actor: rooms.asked(
        one, rooms.question("persons", "count"), epsilon_micro=10_000 * next(number), actor=actor))


def by_call() -> Channel:
    one, number = services.verifying(), iter(range(1, 99))
    return Channel(one, buyer_of(one.trade), make_buyer(), lambda actor: services.called(one, f"甲{next(number)}", actor=actor))


def by_output() -> Channel:
    output = outputs.released()
    buyer = outputs.of_buyer(output)
    token = issue_output(output=output, actor=buyer, **BY).token
    return Channel(output.delivery, buyer, make_buyer(), lambda actor: fetch_output(output=output, token=token, actor=actor, **BY))


#: Ways in which one token opens once.
ONCE = {"token", "output"}
CHANNELS = {"output": by_output, "token": by_token, "key": by_key, "question": by_question, "call": by_call}


def abroad(way: Channel) -> None:
    Organization.objects.filter(pk=way.one.buyer_id).update(kind=OrganizationKind.FOREIGN)


def withdrawn(way: Channel) -> None:
    Hold.objects.create(listing=way.one.version.listing, reason_code="consent.ended", reason_zh="同意已撤回", ordered_by="system",
                        ordered_as="system", placed_at=MARKET_CLOCK.now())


def suspended(way: Channel) -> None:
    stand(organization=Organization.objects.get(pk=way.one.buyer_id), standing="suspended")


def uses() -> int:
    """Every use that was metered, whatever the channel."""
    return (GrantUse.objects.filter(outcome="used").count() + DataUse.objects.filter(refused="").count() + RoomQuery.objects.count()
            + ServiceCall.objects.count() + OutputToken.objects.filter(used_at__isnull=False).count())


def said(act: Callable[[], Any]) -> str:
    try:
        act()
    except Rejected as refusal:
        return refusal.code
    return ""


@covers("T64", "F6", "R27")
@pytest.mark.parametrize("channel", sorted(CHANNELS))
@pytest.mark.parametrize("change", ["abroad", "withdrawn", "suspended"])
def test_what_changed_since_the_order_stops_the_use_on_every_channel(channel: str, change: str) -> None:
    way = CHANNELS[channel]()
    if channel not in ONCE:
        assert said(lambda: way.use(way.buyer)) == ""
    metered = uses()
    {"abroad": abroad, "withdrawn": withdrawn, "suspended": suspended}[change](way)
    way.one = Delivery.objects.get(pk=way.one.pk)
    code = said(lambda: way.use(way.buyer))
    expected = {"suspended": {"delivery.use.suspended_buyer"}, "withdrawn": {"delivery.delivery.consent_ended", "delivery.grant.revoked"},
                "abroad": {"compliance.export.not_cleared", "trading.agreement.clause", "trading.agreement.not_permitted"}}[change]
    assert code in expected, f"{channel}: {code!r}"
    assert uses() == metered, "what is refused is not metered"


@covers("T64", "T63", "F5")
@pytest.mark.parametrize("channel", sorted(CHANNELS))
def test_what_a_buyer_passes_on_opens_nothing_for_another(channel: str) -> None:
    """Onward transfer: the token or key itself in another organisation's hands, and another's people at the room or the service."""
    way = CHANNELS[channel]()
    metered = uses()
    assert said(lambda: way.use(way.other)) != "" and uses() == metered
    assert said(lambda: way.use(way.buyer)) == "", "the buyer's own right is untouched"


@covers("T64")
@pytest.mark.parametrize("channel", sorted(CHANNELS))
def test_the_naive_delivery_that_asks_at_the_order_alone_hands_it_over(channel: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: the gates of use are not asked again, and a buyer abroad by now gets what may not leave the country."""
    way = CHANNELS[channel]()
    abroad(way)
    for module in ("delivery.access", "delivery.calling", "delivery.gates", "delivery.scoring.calling", "delivery.cleanroom.asking",
                   "delivery.releasing.fetching"):
        for name in ("of_using", "obstacle_to_use"):
            monkeypatch.setattr(f"{module}.{name}", lambda *_args, name=name, **_named: iter(()) if name == "of_using" else None,
                                raising=False)
    assert said(lambda: way.use(way.buyer)) == ""
