"""A buyer's own house rules 采购权限: who may commit it to how much in one act, and who says yes to more.

A limit is set by somebody else of the organisation. Above it the act is refused until another person of the organisation, who may
commit as much himself, has said yes to this amount for this lot or listing. The database decides (``participants_spending_limit``),
the same for a bid, a clock's price, a purchase and an agreed offer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from evidence.operations import operation, record, unchanged
from evidence.prepared import ask
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.money import MAX_FEN, yuan
from kit.rejected import Rejected
from participants.approvals import ask_approval, decide_approval
from participants.events import SpendingLimitSet
from participants.gates import Gate
from participants.models import Approval, ApprovalStatus, Membership, Organization, Person, SpendingLimit
from participants.notices import notify
from participants.permissions import require
from participants.predicates import in_force

__all__ = ["APPROVE", "UsableUntil", "ask_spending", "decide_spending", "pending_spending", "set_spending_limit", "spending_gate",
           "spending_limit", "usable_until", "uses_until"]

APPROVE = "participants.spending.approve"


@dataclass(frozen=True)
class UsableUntil:
    """Until when a yes is of use for what it is asked about, and where that is seen; None where it is over."""

    at: datetime | None
    href: str


AsksUntil = Callable[[str], UsableUntil | None]
_CLOCKS: dict[str, AsksUntil] = {}


def uses_until(kind: str) -> Callable[[AsksUntil], AsksUntil]:
    """This will enter the question of a room above: until when is a yes about a code of this kind (``LOT``) of use?"""
    def enter(function: AsksUntil) -> AsksUntil:
        assert kind not in _CLOCKS, f"{kind} is asked twice"
        _CLOCKS[kind] = function
        return function

    return enter


def usable_until(about: str) -> UsableUntil | None:
    """This will tell until when a yes is of use; None where nothing runs out."""
    asked = _CLOCKS.get(about.partition("-")[0])
    return asked(about) if asked else None


def spending_limit(actor: Actor, about: str) -> int | None:
    """This will return what the actor may commit his organisation to in one act about a lot or listing, in fen; None = not limited."""
    if actor.user_id is None or actor.organization_id is None:
        return None
    ((limit,),) = ask("SELECT participants_spending_limit(%s, %s, %s)", [actor.user_id, actor.organization_id, about])
    return None if limit is None else int(limit)


def spending_gate(actor: Actor, about: str, fen: int) -> Gate:
    """This will ask whether the amount is within the person's limit, or approved by another."""
    limit = spending_limit(actor, about)
    refused = limit is not None and fen > limit
    return Gate(("金额在您的采购权限之内，或已获本机构同意", "Within your spending limit, or approved by your organisation"),
                Rejected("participants.spending.over_limit", about=about, limit_fen=limit, amount_fen=fen) if refused else None)


@covers("R42")
@operation("participants.spending.set")
def set_spending_limit(*, organization: Organization, person: Person, limit_fen: int | None, actor: Actor, clock: Clock,
                       ) -> SpendingLimit | None:
    """This will limit what a member may commit the organisation to in one act; None lifts the limit. Nobody sets his own."""
    at = clock.now()
    require(actor, "participants.spending.set", subject=organization, at=at)
    if not Membership.objects.filter(in_force(at), organization=organization, person=person).exists():
        raise Rejected("participants.spending.no_member")
    if limit_fen is not None and not 0 <= limit_fen <= MAX_FEN:
        raise Rejected("participants.spending.amount")
    if actor.person == person.code:
        raise Rejected("participants.spending.own")
    Organization.objects.select_for_update(of=("self",), no_key=True).get(pk=organization.pk)
    held = SpendingLimit.objects.in_force().filter(organization=organization, person=person).first()
    if (held.limit_fen if held else None) == limit_fen:
        unchanged(at=at)
        return held
    if held:
        held.effective_to = at
        held.save(update_fields=["effective_to"])
    made = None
    if limit_fen is not None:
        assert actor.user_id is not None, "a limit is set by a person"
        try:
            with transaction.atomic():
                made = SpendingLimit.objects.create(organization=organization, person=person, limit_fen=limit_fen, set_by_id=actor.user_id,
                                                    effective_from=at)
        except IntegrityError as own:  # the same person under another sign-in
            raise Rejected("participants.spending.own") from own
    before = held.limit_fen if held else None
    record(SpendingLimitSet(subject=organization.code, person=person.code, limit_fen=limit_fen, before_fen=before), actor=actor, at=at)
    return made


@covers("R42")
@operation("participants.spending.ask")
def ask_spending(*, about: str, amount_fen: int, reason: str = "", actor: Actor, clock: Clock) -> Approval:
    """This will ask another person of one's organisation to say yes to an amount for one lot or listing."""
    at = clock.now()
    require(actor, "participants.spending.ask", at=at)
    ours = Organization.objects.get(pk=actor.organization_id or 0)
    if not 0 < amount_fen <= MAX_FEN:
        raise Rejected("participants.spending.amount")
    if any(one.payload.get("about") == about and one.maker_id == actor.user_id for one in pending_spending(ours)):
        raise Rejected("participants.spending.asked", about=about)
    runs = usable_until(about)
    if runs is not None and runs.at is None:
        raise Rejected("participants.spending.over", about=about)
    made = ask_approval(act=APPROVE, subject=new_code("SPA"), organization=ours, actor=actor, at=at,
                        payload={"about": about, "amount_fen": amount_fen, "person": actor.person, "reason": reason.strip()[:300]})
    notify(organization=ours, kind="participants.spending.asked", tone="wait", subject=made.subject, href="/desk/organisation/spending/",
           due_at=min(made.due_at, runs.at) if runs and runs.at else made.due_at, at=at,
           text=(f"有人申请就 {about} 使用 {yuan(amount_fen)}，请另一名成员决定。",
                                            f"{yuan(amount_fen)} is asked for {about}; another member decides."))
    return made


@covers("R42", "I18")
@operation("participants.spending.decide")
def decide_spending(*, approval: Approval, approve: bool, reason: str, actor: Actor, clock: Clock) -> Approval:
    """This will say yes or no to an amount; who says yes may commit as much himself."""
    at = clock.now()
    if approval.act != APPROVE or approval.organization_id != actor.organization_id:
        raise Rejected("participants.object.absent")
    require(actor, APPROVE, at=at)
    asked, own = int(approval.payload["amount_fen"]), spending_limit(actor, str(approval.payload["about"]))
    if approve and own is not None and asked > own:
        raise Rejected("participants.spending.not_enough", amount_fen=asked, limit_fen=own)
    held = decide_approval(approval=approval, approve=approve, reason=reason.strip()[:300], actor=actor, at=at)
    assert held.organization is not None, "asked within an organisation"
    said = ("同意", "approved") if approve else ("不同意", "refused")
    about, money = held.payload["about"], yuan(asked)
    notify(organization=held.organization, kind="participants.spending.decided", tone="ok" if approve else "bad", subject=held.subject,
           href="/desk/organisation/spending/", at=at,
           text=(f"就 {about} 使用 {money} 的申请：{said[0]}。", f"{money} for {about}: {said[1]}."))
    return held


def pending_spending(organization: Organization) -> list[Approval]:
    """This will list what waits for a second person, the first due first."""
    rows = Approval.objects.filter(act=APPROVE, organization=organization, status=ApprovalStatus.PENDING)
    return list(rows.select_related("maker__person").order_by("due_at", "asked_at"))

