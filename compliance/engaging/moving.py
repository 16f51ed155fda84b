"""How an order moves: locked first, along its table, each act told with who answers for it, money with it or back (R89, G1)."""

from __future__ import annotations

from datetime import datetime

from compliance.catalogue import hash_of
from compliance.deadlines import figure
from compliance.events import engagement_moved
from compliance.models import Engagement, EngagementReport
from compliance.moves import step
from compliance.states import ENGAGEMENT
from evidence.operations import record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.money import bps_of
from ledger import operations as ledger
from ledger.accounts import AccountKind
from ledger.operations import Leg
from participants.fee_tax import fee_legs
from participants.models import Organization
from participants.operations import notify
from participants.permissions import require

__all__ = ["give_back", "held_for", "move", "note", "pay_provider", "set_aside", "tell"]

#: Who answers for what an act says; by the clock nobody acted, and who was to act answers for the silence.
_PROVIDER = frozenset({"accept", "decline", "deliver", "give_up", "stand", "lapse", "miss"})


def held_for(engagement: Engagement, name: str, actor: Actor, clock: Clock) -> tuple[Engagement, datetime]:
    """This will lock an order, then read the clock, then ask whether the actor may."""
    held = Engagement.objects.select_for_update(of=("self",), no_key=True).select_related("provider", "client", "offer").get(
        pk=engagement.pk)
    at = clock.now()
    require(actor, name, subject=held, at=at)
    return held, at


@covers("R89")
def note(held: Engagement, act: str, before: str, *, actor: Actor, at: datetime, text: str = "", report: EngagementReport | None = None
         ) -> Engagement:
    """This will record one act on an order, naming the responsible party."""
    answers = held.provider if act in _PROVIDER else held.client
    record(engagement_moved[act](
        subject=held.code, provider=held.provider.code, client=held.client.code, service=held.offer.kind, about=held.about,
        from_status=before, to_status=held.status, price_fen=held.price_fen, responsible=answers.code, due_at=held.due_at,
        fee_fen=held.fee_fen, paid_fen=held.paid_fen, transfer_hash=held.transfer_hash, report=report.code if report else "",
        content_hash=report.content_hash if report else "", text_hash=hash_of(text) if text else ""), actor=actor, at=at)
    return held


def move(held: Engagement, act: str, *, due_at: datetime | None, actor: Actor, at: datetime, text: str = "",
         report: EngagementReport | None = None) -> Engagement:
    """This will move a locked order; without a next deadline it is at its end, unless a dispute decides."""
    before = step(held, ENGAGEMENT, act, "engagement")
    held.due_at = due_at
    if due_at is None and held.status != "disputed":
        held.ended_at = at
    held.save()
    return note(held, act, before, actor=actor, at=at, text=text, report=report)


def tell(held: Engagement, to: Organization, text: tuple[str, str], *, tone: str, at: datetime) -> None:
    """This will tell one side how the order stands, with the page to act on."""
    notify(organization=to, kind="compliance.engagement.moved", tone=tone, subject=held.code, href=f"/desk/engagements/{held.code}/",
           due_at=held.due_at, at=at, text=text)


# ---- money ---------------------------------------------------------------------------------------------------------------


def set_aside(client: Organization, price_fen: int, subject: str, *, at: datetime) -> tuple[ledger.TransferRef, int]:
    """This will reserve an order's price on the client's account and return the reserve with the venue's rate as it stands."""
    purse = ledger.account(client.code, AccountKind.AVAILABLE)
    return (ledger.reserve(account=purse, amount_fen=price_fen, purpose="engagement", subject=subject, at=at),
            figure("engagement.fee_bps", at))


@covers("G1", "R61")
def pay_provider(held: Engagement, *, refund_bps: int = 0, at: datetime) -> None:
    """This will pay the provider out of what was set aside, less the venue's fee; ``refund_bps`` of the price stay the client's."""
    owed = held.price_fen - bps_of(held.price_fen, refund_bps)
    if not owed:
        return give_back(held, at=at)
    fee = bps_of(owed, held.fee_bps)
    client, provider = ledger.accounts((held.client.code, AccountKind.AVAILABLE), (held.provider.code, AccountKind.AVAILABLE))
    legs = [Leg(client, -owed), Leg(provider, owed - fee), *fee_legs(fee, venue=held.client.venue, at=at)]
    held.transfer_hash = ledger.post(pending=held.pending, legs=legs, at=at).hash
    held.fee_fen, held.paid_fen = fee, owed - fee
    return None


def give_back(held: Engagement, *, at: datetime) -> None:
    """This will free what was set aside; nothing was spent."""
    held.transfer_hash = ledger.void(pending=held.pending, at=at).hash
