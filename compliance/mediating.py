"""Mediation by an association 行业协会调解 (R93): both sides of a dispute name one; it proposes, and only both together accept."""

from __future__ import annotations

from datetime import datetime

from compliance.cooperation_events import mediator_moved
from compliance.disputes import settle_mediated
from compliance.models import Dispute, DisputeMediator
from compliance.moves import locked
from compliance.states import DisputeStatus
from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Organization
from participants.operations import notify
from participants.permissions import require
from participants.queries import affiliated
from participants.roles import OrganizationKind

__all__ = ["accept_mediated", "name_mediator", "propose_as_mediator"]

_OPEN = {DisputeStatus.NEGOTIATING, DisputeStatus.MEDIATING}


def _note(held: DisputeMediator, word: str, *, actor: Actor, at: datetime) -> DisputeMediator:
    record(mediator_moved[word](subject=held.dispute.code, association=held.association.code, sides=len(held.named_by),
                                refund_bps=held.refund_bps), actor=actor, at=at)
    return held


def _tell(held: DisputeMediator, to: Organization, text: tuple[str, str], at: datetime) -> None:
    notify(organization=to, kind="compliance.dispute.moved", tone="wait", subject=held.dispute.code,
           href=f"/desk/disputes/{held.dispute.code}/", due_at=held.dispute.due_at, at=at, text=text)


def _sides(dispute: Dispute) -> list[Organization]:
    return sorted((dispute.opener, dispute.respondent), key=lambda one: one.pk)


@covers("R93", "R95")
@operation("compliance.dispute.name_mediator")
def name_mediator(*, dispute: Dispute, association: Organization, actor: Actor, clock: Clock) -> DisputeMediator:
    """This will name an association to mediate; once the other side named the same, it mediates. It is tied to neither side."""
    held = locked(dispute)
    at = clock.now()
    require(actor, "compliance.dispute.act", subject=held, at=at)
    if held.status not in _OPEN:
        raise Rejected("compliance.mediator.over", dispute=held.code)
    if association.kind != OrganizationKind.ASSOCIATION or association.closed_at is not None:
        raise Rejected("compliance.mediator.no_association", organization=association.short_name)
    if any(affiliated(association, party, at=at) for party in _sides(held)):
        raise Rejected("compliance.dispute.not_independent", organization=association.code)
    assert actor.organization_id is not None
    found = DisputeMediator.objects.select_for_update(no_key=True).filter(dispute=held).first()
    if found is not None and found.agreed_at is not None:
        raise Rejected("compliance.mediator.agreed", organization=found.association.short_name)
    if found is None:
        found = DisputeMediator(dispute=held, association=association, named_by=[], named_at=at)
    kept = found.named_by if found.association_id == association.pk else []
    found.association, found.named_by = association, sorted({*kept, actor.organization_id})
    both = len(found.named_by) == 2
    found.agreed_at = at if both else None
    found.save()
    for one in ([association] if both else [side for side in _sides(held) if side.pk != actor.organization_id]):
        _tell(found, one, (f"争议 {held.code}：{association.short_name}{'受托调解' if both else '被提名调解，请同意'}",
                           f"Dispute {held.code}: {association.short_name_en or association.short_name} "
                           f"{'is asked to mediate' if both else 'is named to mediate; please agree'}"), at)
    return _note(found, "agreed" if both else "named", actor=actor, at=at)


@covers("R93")
@operation("compliance.dispute.mediate_by_association")
def propose_as_mediator(*, dispute: Dispute, refund_bps: int, text: str, actor: Actor, clock: Clock) -> DisputeMediator:
    """This will put the association's proposal to both sides; what either had accepted of an earlier one is void."""
    held = locked(dispute)
    at = clock.now()
    found = DisputeMediator.objects.select_for_update(of=("self",), no_key=True).select_related("association").filter(
        dispute=held, agreed_at__isnull=False).first()
    if found is None or actor.organization_id != found.association_id:
        raise Rejected("participants.object.absent")
    require(actor, "compliance.mediator.propose", subject=found.association, at=at)
    if held.status not in _OPEN or not 0 <= refund_bps <= 10_000:
        raise Rejected("compliance.mediator.over", dispute=held.code)
    found.proposal, found.refund_bps, found.accepted = text.strip()[:2000], refund_bps, []
    found.save()
    for one in _sides(held):
        _tell(found, one, (f"调解方案：退还价款 {refund_bps / 100:g}%。{found.proposal}",
                           f"The mediator proposes: {refund_bps / 100:g} % of the price is given back. {found.proposal}"), at)
    return _note(found, "proposed", actor=actor, at=at)


@covers("R93")
@operation("compliance.dispute.accept_mediated")
def accept_mediated(*, dispute: Dispute, actor: Actor, clock: Clock) -> Dispute:
    """This will accept the association's proposal for one side; with both, the dispute is settled by it."""
    held = locked(dispute)
    at = clock.now()
    require(actor, "compliance.dispute.act", subject=held, at=at)
    found = DisputeMediator.objects.select_for_update(of=("self",), no_key=True).select_related("association").filter(
        dispute=held, refund_bps__isnull=False).first()
    if found is None or held.status not in _OPEN:
        raise Rejected("compliance.dispute.no_proposal")
    assert actor.organization_id is not None and found.refund_bps is not None
    found.accepted = sorted({*found.accepted, actor.organization_id})
    found.save()
    _note(found, "accepted", actor=actor, at=at)
    return settle_mediated(held, found.refund_bps, found.proposal, actor=actor, at=at) if len(found.accepted) == 2 else held
