"""Who may do what with supply: one row per act (lifecycles §2). Assembled at start; what has no row is denied."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kit.actors import Actor
from kit.permissions import Predicate, register_permissions
from participants.models import Organization
from participants.predicates import Rule, anyone, by_system, holds, own, signed_in, standpoint
from participants.roles import OrganizationKind, Role

__all__ = ["ROWS"]

_SUPPLY = own(Role.DATA_MERCHANT, Role.PUBLIC_DATA_OPERATOR)
_APPLICANT = own(Role.DATA_MERCHANT, Role.PUBLIC_DATA_OPERATOR, Role.SERVICE_PROVIDER)
_HOLDER = own(Role.DATA_MERCHANT, Role.PUBLIC_DATA_OPERATOR, Role.BUYER)
_STOPPERS = holds(Role.VENUE_OPERATOR, Role.COMPLIANCE_OFFICER, Role.REGULATOR, Role.SURVEILLANCE)
_REGISTRY = holds(Role.COMPLIANCE_OFFICER, Role.VENUE_OPERATOR)
_DESK = holds(Role.COMPLIANCE_OFFICER, Role.REGULATOR)


def _reviews(actor: Actor, subject: Any, at: datetime) -> bool:
    """Amber rows are the venue's compliance officer's, red rows a regulator's with the row's own capability."""
    if subject is None:
        return False
    now = standpoint(actor, at)
    if subject.needs == Role.COMPLIANCE_OFFICER:
        return Role.COMPLIANCE_OFFICER in now.roles
    return Role.REGULATOR in now.roles and subject.needs in now.capabilities


def _grants(actor: Actor, subject: Any, at: datetime) -> bool:
    """A public body's own people confirm what was granted in its name and set its caps; a stranger's entry is absent."""
    if subject is not None and subject.grantor_id != actor.organization_id:
        return False
    ours = Organization.objects.filter(pk=actor.organization_id or 0, kind=OrganizationKind.PUBLIC_BODY)
    return bool(standpoint(actor, at).roles) and ours.exists()


_GRANTOR = Rule("own: the public body that grants", _grants, owned=True)
_REVIEWER = Rule("as the row needs: compliance officer, or regulator with review_first / review_second", _reviews,
                 roles=(Role.COMPLIANCE_OFFICER.value, Role.REGULATOR.value))

ROWS: Mapping[str, Predicate] = {
    "listings.desk.see": holds(Role.DATA_MERCHANT, Role.PUBLIC_DATA_OPERATOR, Role.SERVICE_PROVIDER, Role.BUYER),
    "listings.resource.import": _SUPPLY | holds(Role.VENUE_OPERATOR) | by_system,
    "listings.resource.edit": _SUPPLY,
    "listings.product.create": _SUPPLY,
    "listings.right.declare": _HOLDER,
    "listings.right.grant": _HOLDER,
    "listings.right.assign": _HOLDER,
    "listings.right.suspend": _HOLDER | holds(Role.COMPLIANCE_OFFICER, Role.REGULATOR) | by_system,
    "listings.right.lift": _HOLDER | holds(Role.COMPLIANCE_OFFICER, Role.REGULATOR) | by_system,
    "listings.right.revoke": holds(Role.REGULATOR) | own(Role.DATA_MERCHANT, Role.PUBLIC_DATA_OPERATOR) | by_system,
    "listings.right.expire": by_system,
    "listings.source.add": _SUPPLY,
    "listings.source.use": _SUPPLY,
    "listings.source.revoke": _SUPPLY | holds(Role.REGULATOR),
    "listings.source.expire": by_system,
    "listings.source_request.file": signed_in,
    "listings.source_request.answer": own(Role.DATA_MERCHANT, Role.PUBLIC_DATA_OPERATOR, side="organization_id"),
    "listings.source_request.withdraw": own(*Role, side="requested_by_id"),
    "listings.source_request.lapse": by_system,
    "listings.registration.draft": _APPLICANT,
    "listings.registration.apply": _APPLICANT,
    "listings.registration.withdraw": _APPLICANT | by_system,
    "listings.registration.accept": _REGISTRY | by_system,
    "listings.registration.return": _REGISTRY,
    "listings.registration.decide": _REGISTRY,
    "listings.registration.object": signed_in,
    "listings.registration.reply": _APPLICANT,
    "listings.registration.decide_objection": holds(Role.COMPLIANCE_OFFICER),
    "listings.registration.escalate": by_system,
    "listings.registration.read_evidence": holds(Role.COMPLIANCE_OFFICER, Role.REGULATOR, Role.AUDITOR),
    "listings.registration.uphold": holds(Role.REGULATOR),
    "listings.registration.certify": by_system,
    "listings.certificate.freeze": _DESK | by_system,
    "listings.certificate.thaw": _DESK | by_system,
    "listings.certificate.revoke": holds(Role.REGULATOR),
    "listings.certificate.expire": by_system,
    "listings.listing.see": anyone,
    "listings.catalogue.read": anyone,
    "listings.open.download": anyone,
    "listings.correction.suggest": signed_in,
    "listings.correction.answer": own(Role.DATA_MERCHANT, Role.PUBLIC_DATA_OPERATOR, side="organization_id"),
    "listings.correction.withdraw": own(*Role, side="suggested_by_id"),
    "listings.correction.lapse": by_system,
    "listings.correction.mend": by_system,
    "listings.listing.open": _SUPPLY,
    "listings.version.edit": _SUPPLY,
    "listings.share.see": signed_in,
    "listings.share.propose": _SUPPLY,
    "listings.share.answer": _SUPPLY,
    "listings.share.sign": own(*Role, side="organization_id"),
    "listings.share.dispute": own(*Role, side="organization_id"),
    "listings.share.lapse": by_system,
    "listings.quality.measure": _SUPPLY | _DESK | by_system,
    "listings.quality.assess": holds(Role.SERVICE_PROVIDER, Role.DATA_MERCHANT),
    "listings.version.submit": _SUPPLY,
    "listings.version.withdraw": _SUPPLY | by_system,
    "listings.version.discard": _SUPPLY | by_system,
    "listings.version.publish": _SUPPLY | by_system,
    "listings.review.claim": _REVIEWER,
    "listings.review.decide": _REVIEWER,
    "listings.review.release": _REVIEWER | by_system,
    "listings.review.assign": _DESK,
    "listings.grade.set_aside": holds(Role.REGULATOR, capability="review_second"),
    "listings.whitelist.see": own(Role.DATA_MERCHANT, Role.PUBLIC_DATA_OPERATOR) | holds(Role.REGULATOR, Role.AUDITOR),
    "listings.whitelist.admit": holds(Role.REGULATOR),
    "listings.condition.read": own(Role.DATA_MERCHANT, Role.PUBLIC_DATA_OPERATOR) | holds(Role.COMPLIANCE_OFFICER, Role.REGULATOR,
                                                                                         Role.AUDITOR),
    "listings.condition.provide": own(Role.DATA_MERCHANT, Role.PUBLIC_DATA_OPERATOR),
    "listings.condition.decide": _DESK,
    "listings.condition.lapse": by_system,
    "listings.listing.suspend": own(Role.DATA_MERCHANT, Role.PUBLIC_DATA_OPERATOR, Role.TRUSTEE) | _STOPPERS | by_system,
    "listings.listing.resume": own(Role.DATA_MERCHANT, Role.PUBLIC_DATA_OPERATOR, Role.TRUSTEE) | _STOPPERS | by_system,
    "listings.listing.delist": _SUPPLY | holds(Role.REGULATOR) | by_system,
    "listings.listing.rescreen": by_system | _DESK,
    "listings.authorisation.see": holds(Role.PUBLIC_DATA_OPERATOR) | _GRANTOR,
    "listings.authorisation.file": own(Role.PUBLIC_DATA_OPERATOR),
    "listings.authorisation.decide": _GRANTOR,
    "listings.authorisation.expire": by_system,
    "listings.consent.see": holds(Role.DATA_SUBJECT, Role.TRUSTEE),
    "listings.principal.see": holds(Role.TRUSTEE),
    "listings.principal.import": own(Role.TRUSTEE),
    "listings.principal.end": own(Role.TRUSTEE) | by_system,
    "listings.subject_request.see": holds(Role.DATA_MERCHANT, Role.PUBLIC_DATA_OPERATOR),
    "listings.subject_request.open": holds(Role.DATA_SUBJECT, Role.TRUSTEE),
    "listings.subject_request.answer": own(Role.DATA_MERCHANT, Role.PUBLIC_DATA_OPERATOR),
    "listings.subject_request.miss": by_system,
    "listings.opt_out.open": signed_in,
    "listings.opt_out.answer": own(Role.DATA_MERCHANT, Role.PUBLIC_DATA_OPERATOR),
    "listings.opt_out.miss": by_system,
    "listings.pilot.see": holds(Role.DATA_MERCHANT, Role.PUBLIC_DATA_OPERATOR, Role.REGULATOR),
    "listings.pilot.ask": _SUPPLY,
    "listings.pilot.decide": holds(Role.REGULATOR),
    "listings.pilot.end": _SUPPLY | holds(Role.REGULATOR),
    "listings.pilot.expire": by_system,
    "listings.peer.propose": holds(Role.REGULATOR),
    "listings.peer.decide": holds(Role.REGULATOR),
    "listings.prices.publish": by_system,
    "listings.prices.see": anyone,
    "listings.watch.keep": signed_in,
    "listings.question.ask": signed_in,
    "listings.question.see": signed_in,
    "listings.question.answer": own(Role.DATA_MERCHANT, Role.PUBLIC_DATA_OPERATOR, side="organization_id"),
    "listings.question.withdraw": own(*Role, side="asked_by_id"),
    "listings.question.hide": holds(Role.VENUE_OPERATOR, Role.COMPLIANCE_OFFICER, Role.REGULATOR) | by_system,
    "listings.consent.give": own(Role.DATA_SUBJECT, Role.TRUSTEE),
    "listings.consent.withdraw": own(Role.DATA_SUBJECT, Role.TRUSTEE),
}
register_permissions(ROWS)
