"""``require``: the one gate of every act. The map is assembled from all rooms at start; what has no row is denied."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kit.actors import Actor
from kit.coverage import covers
from kit.permissions import Predicate, permission_map, register_permissions
from kit.rejected import Rejected
from participants.denied import note_denied
from participants.predicates import PARTIES, VENUE_DESKS, anyone, by_system, holds, nobody, own, parties_of, signed_in, standpoint
from participants.roles import Role
from participants.scopes import takes_in

__all__ = ["allowed", "refuse_outside", "refuse_stranger", "require"]

ROWS: Mapping[str, Predicate] = {
    "participants.venue.propose": holds(Role.REGULATOR),
    "participants.venue.open": holds(Role.REGULATOR, capability="review_second") | by_system,
    "participants.organization.register": anyone,
    "participants.admission.file": own(*PARTIES, Role.ASSOCIATION),
    "participants.admission.decide": holds(Role.COMPLIANCE_OFFICER),
    "participants.admission.revoke": holds(Role.REGULATOR),
    "participants.admission.lapse": by_system,
    "participants.proof.hand_in": own(*PARTIES, Role.ASSOCIATION),
    "participants.proof.decide": holds(Role.COMPLIANCE_OFFICER),
    "participants.proof.read": holds(Role.COMPLIANCE_OFFICER, Role.REGULATOR, Role.AUDITOR) | own(*PARTIES, Role.ASSOCIATION),
    "participants.security_review.decide": holds(Role.REGULATOR),
    "participants.affiliation.follow": by_system,
    "participants.profile.edit": own(*PARTIES, Role.ASSOCIATION),
    "participants.sponsorship.manage": own(Role.DATA_MERCHANT),
    "participants.contractor.note": own(*PARTIES) | holds(Role.COMPLIANCE_OFFICER, Role.REGULATOR),
    "participants.person.erase": holds(Role.COMPLIANCE_OFFICER) | by_system,
    "participants.retention.keep": by_system,
    "participants.signin.see": holds(Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR),
    "participants.signin.manage": holds(Role.SECURITY_ADMINISTRATOR) | by_system,
    "participants.audit.read": holds(Role.AUDIT_ADMINISTRATOR, Role.AUDITOR, Role.REGULATOR),
    "participants.audit.sample": holds(Role.AUDITOR, Role.REGULATOR),
    "participants.read.review": holds(Role.AUDIT_ADMINISTRATOR, Role.AUDITOR, Role.REGULATOR),
    "participants.read.see": signed_in,
    "participants.export.make": own(*PARTIES, Role.ASSOCIATION),
    "participants.organization.leave": own(*PARTIES, Role.ASSOCIATION),
    "participants.member.manage": own(*PARTIES, Role.ASSOCIATION, Role.VENUE_OPERATOR, Role.REGULATOR) | by_system,
    "participants.deputy.name": holds(*VENUE_DESKS, Role.AUDITOR),
    "participants.deputy.end": holds(*VENUE_DESKS, Role.AUDITOR),
    "participants.power.give": holds(Role.REGULATOR),
    "participants.party_view.begin": holds(Role.VENUE_OPERATOR),
    "participants.admission.decide_objection": holds(Role.REGULATOR),
    "participants.capability.hold": holds(Role.VENUE_OPERATOR, Role.COMPLIANCE_OFFICER, Role.REGULATOR) | by_system,
    "participants.capability.lift": holds(Role.VENUE_OPERATOR, Role.COMPLIANCE_OFFICER, Role.REGULATOR) | by_system,
    "participants.standing.change": holds(Role.REGULATOR) | by_system,
    "participants.approval.ask": signed_in,
    "participants.approval.decide": signed_in,
    "participants.approval.lapse": by_system,
    "participants.notice.read": own(*Role.values),
    "participants.organisation.see": signed_in,
    "participants.token.manage": signed_in,
    "participants.spending.set": own(*PARTIES),
    "participants.spending.ask": own(*PARTIES),
    "participants.spending.approve": own(*PARTIES),
    "participants.billing.set": own(*PARTIES),
    "participants.networks.set": own(*PARTIES),
    "participants.enrolment.pay": own(Role.BUYER, side="id"),
    "participants.taxpayer.state": own(*PARTIES),
    "participants.webhook.manage": own(*PARTIES, Role.ASSOCIATION),
    "participants.parameter.set": holds(Role.VENUE_OPERATOR) | by_system,
    "participants.calendar.set": holds(Role.VENUE_OPERATOR),
    "participants.stake.declare": own(*PARTIES) | holds(Role.COMPLIANCE_OFFICER) | by_system,
    "participants.succession.see": own(*PARTIES) | holds(*VENUE_DESKS, Role.AUDITOR),
    "participants.succession.read_all": holds(*VENUE_DESKS, Role.AUDITOR),
    "participants.succession.file": own(*PARTIES) | holds(Role.COMPLIANCE_OFFICER),
    "participants.succession.prepare": own(*PARTIES) | holds(Role.COMPLIANCE_OFFICER),
    "participants.succession.propose": holds(Role.COMPLIANCE_OFFICER),
    "participants.succession.decide": holds(Role.REGULATOR),
    "participants.standing.assign_by_hand": nobody,
}
register_permissions(ROWS)


def allowed(actor: Actor, name: str, *, subject: Any = None, at: datetime) -> bool:
    """This will tell whether the act is open to the actor; for buttons and lists, never instead of ``require``."""
    predicate = permission_map().get(name)
    return predicate is not None and predicate(actor, subject, at)


@covers("T36", "T39")
def require(actor: Actor, name: str, *, subject: Any = None, at: datetime) -> None:
    """This will pass when the actor may do the act at ``at``.

    Raises ``participants.permission.denied`` (403), or ``participants.object.absent`` (404) when the object is somebody
    else's and the actor has no desk that oversees parties.
    """
    if allowed(actor, name, subject=subject, at=at):
        return
    predicate = permission_map().get(name)
    if getattr(predicate, "owned", False) and _is_foreign(actor, subject, at):
        note_denied(actor, name, "participants.object.absent", subject)
        raise Rejected("participants.object.absent")
    if subject is not None and allowed(actor, name, at=at):
        refuse_outside(actor, subject, at, act=name)
    note_denied(actor, name, "participants.permission.denied", subject)
    raise Rejected("participants.permission.denied", act=name)


@covers("R81")
def refuse_outside(actor: Actor, subject: Any, at: datetime, *, act: str = "participants.field.read") -> None:
    """This will refuse an overseer an object that its sectors and regions do not take in, and say which they are."""
    if not takes_in(standpoint(actor, at).bounds, subject, organization_id=actor.organization_id, at=at):
        refuse_stranger(actor, subject, at, act=act)


def refuse_stranger(actor: Actor, subject: Any, at: datetime, *, act: str = "participants.field.read") -> None:
    """This will refuse an object found to lie outside the overseer's field, note the attempt, and say what the field is."""
    bounds = standpoint(actor, at).bounds
    note_denied(actor, act, "participants.permission.out_of_scope", subject)
    raise Rejected("participants.permission.out_of_scope",
                   sectors="、".join(sorted({one for bound in bounds for one in bound.sectors})) or "*",
                   regions="、".join(sorted({one for bound in bounds for one in bound.regions})) or "*")


def _is_foreign(actor: Actor, subject: Any, at: datetime) -> bool:
    parties = parties_of(subject)
    return bool(parties) and actor.organization_id not in parties and not standpoint(actor, at).oversees
