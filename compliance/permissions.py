"""Who may act in compliance: law, declarations, filings, cases, conduct (lifecycles §2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kit.actors import Actor
from kit.permissions import Predicate, register_permissions
from participants.models import Organization
from participants.predicates import OVERSIGHT, PARTIES, Rule, anyone, by_system, holds, own, signed_in, standpoint
from participants.roles import OrganizationKind, Role

__all__ = ["ROWS"]

_DESKS = holds(Role.COMPLIANCE_OFFICER, Role.REGULATOR, Role.SURVEILLANCE, Role.VENUE_OPERATOR)
_DECLARERS = (Role.DATA_MERCHANT, Role.SERVICE_PROVIDER, Role.PUBLIC_DATA_OPERATOR, Role.TRUSTEE)


def _calls(actor: Actor, subject: Any, at: datetime) -> bool:
    """A public body's own people call for data in its name and answer for what was supplied; a stranger's call is absent."""
    if subject is not None and subject.body_id != actor.organization_id:
        return False
    ours = Organization.objects.filter(pk=actor.organization_id or 0, kind=OrganizationKind.PUBLIC_BODY)
    return bool(standpoint(actor, at).roles) and ours.exists()


_BODY = Rule("own: the public body that calls", _calls, owned=True)

ROWS: Mapping[str, Predicate] = {
    "compliance.complaint.file": anyone,
    "compliance.complaint.handle": holds(Role.COMPLIANCE_OFFICER, Role.REGULATOR, Role.SURVEILLANCE) | by_system,
    "compliance.dispute.open": own(*PARTIES),
    "compliance.dispute.act": own(*PARTIES),
    "compliance.dispute.mediate": holds(Role.COMPLIANCE_OFFICER),
    "compliance.dispute.award": holds(Role.SERVICE_PROVIDER),
    "compliance.dispute.lapse": by_system,
    "compliance.service.see": anyone,
    "compliance.service.publish": own(Role.SERVICE_PROVIDER, Role.DATA_MERCHANT),
    "compliance.engagement.see": own(*PARTIES),
    "compliance.engagement.order": own(*PARTIES),
    "compliance.engagement.client": own(*PARTIES, side="client_id"),
    "compliance.engagement.provide": own(Role.SERVICE_PROVIDER, Role.DATA_MERCHANT, side="provider_id"),
    "compliance.engagement.lapse": by_system,
    "compliance.engagement_report.read": anyone,
    "compliance.engagement_report.question": holds(Role.COMPLIANCE_OFFICER, Role.REGULATOR),
    "compliance.engagement_report.mark": by_system,
    "compliance.export.see": holds(Role.DATA_MERCHANT, Role.PUBLIC_DATA_OPERATOR),
    "compliance.export.file": own(Role.DATA_MERCHANT, Role.PUBLIC_DATA_OPERATOR),
    "compliance.export.decide": holds(Role.REGULATOR),
    "compliance.export.extend": holds(Role.REGULATOR),
    "compliance.export.comment": holds(Role.REGULATOR, Role.COMPLIANCE_OFFICER),
    "compliance.export.lapse": by_system,
    "compliance.recognition.propose": holds(Role.COMPLIANCE_OFFICER, Role.REGULATOR),
    "compliance.recognition.decide": holds(Role.REGULATOR),
    "compliance.recognition.revoke": holds(Role.REGULATOR),
    "compliance.requisition.see": own(*PARTIES) | holds(Role.REGULATOR),
    "compliance.requisition.issue": _BODY,
    "compliance.requisition.run": _BODY,
    "compliance.requisition.supply": own(*PARTIES, side="holder_id"),
    "compliance.requisition.decide": holds(Role.REGULATOR),
    "compliance.requisition.lapse": by_system,
    "compliance.incident.report": anyone,
    "compliance.incident.handle": holds(Role.VENUE_OPERATOR, Role.COMPLIANCE_OFFICER),
    "compliance.incident.lapse": by_system,
    "compliance.saved_view.keep": holds(*OVERSIGHT),
    "compliance.letter.draft": holds(Role.COMPLIANCE_OFFICER, Role.REGULATOR, Role.VENUE_OPERATOR),
    "compliance.letter.approve": holds(Role.COMPLIANCE_OFFICER, Role.REGULATOR),
    "compliance.day.see": holds(Role.VENUE_OPERATOR, Role.COMPLIANCE_OFFICER, Role.REGULATOR, Role.AUDITOR),
    "compliance.day.close": holds(Role.VENUE_OPERATOR),
    "compliance.job.retry": holds(Role.VENUE_OPERATOR),
    "compliance.rules.see": anyone,
    "compliance.rules.check": holds(Role.REGULATOR, Role.COMPLIANCE_OFFICER),
    "compliance.declaration.see": own(*_DECLARERS),
    "compliance.filing.see": own(*PARTIES),
    "compliance.case.see": own(*PARTIES, Role.ASSOCIATION),
    "compliance.credit.see": own(*PARTIES),
    "compliance.negative_list.draft": holds(Role.REGULATOR) | by_system,
    "compliance.negative_list.propose": holds(Role.REGULATOR),
    "compliance.negative_list.comment": signed_in,
    "compliance.negative_list.approve": holds(Role.REGULATOR, capability="review_second"),
    "compliance.negative_list.take_effect": by_system,
    "compliance.negative_list.enact_urgently": holds(Role.REGULATOR, capability="review_second"),
    "compliance.control_list.propose": holds(Role.COMPLIANCE_OFFICER, Role.REGULATOR),
    "compliance.control_list.decide": holds(Role.COMPLIANCE_OFFICER, Role.REGULATOR),
    "compliance.control_list.revoke": holds(Role.COMPLIANCE_OFFICER, Role.REGULATOR),
    "compliance.control_match.clear": holds(Role.COMPLIANCE_OFFICER, Role.REGULATOR),
    "compliance.jurisdiction.set": holds(Role.REGULATOR),
    "compliance.terms.import": holds(Role.COMPLIANCE_OFFICER, Role.SYSTEM_ADMINISTRATOR) | by_system,
    "compliance.declaration.sign": own(*_DECLARERS),
    "compliance.declaration.end": by_system,
    "compliance.filing.file": own(Role.DATA_MERCHANT, Role.PUBLIC_DATA_OPERATOR, Role.BUYER, side="reporter_id"),
    "compliance.filing.open": own(Role.DATA_MERCHANT, Role.PUBLIC_DATA_OPERATOR, Role.BUYER),
    "compliance.filing.confirm": own(Role.DATA_MERCHANT, Role.PUBLIC_DATA_OPERATOR, Role.BUYER, side="counterparty_id"),
    "compliance.filing.verify": holds(Role.COMPLIANCE_OFFICER),
    "compliance.filing.verify_first": holds(Role.REGULATOR, capability="review_first"),
    "compliance.filing.verify_second": holds(Role.REGULATOR, capability="review_second"),
    "compliance.filing.lapse": by_system,
    "compliance.case.open": _DESKS | own(*PARTIES) | by_system,
    "compliance.case.work": _DESKS,
    "compliance.covenant.see": anyone,
    "compliance.covenant.publish": own(Role.ASSOCIATION),
    "compliance.covenant.judge": own(Role.ASSOCIATION),
    "compliance.covenant.sign": own(*PARTIES),
    "compliance.covenant.report": holds(*PARTIES, Role.COMPLIANCE_OFFICER, Role.REGULATOR),
    "compliance.mediator.propose": own(Role.ASSOCIATION),
    "compliance.responsibility.see": anyone,
    "compliance.responsibility.file": own(*PARTIES),
    "compliance.responsibility.list": own(*PARTIES),
    "compliance.joint.ask": holds(Role.REGULATOR),
    "compliance.joint.work": holds(Role.REGULATOR),
    "compliance.case.answer": own(*PARTIES),
    "compliance.case.lapse": by_system,
    "compliance.conduct.open": holds(Role.COMPLIANCE_OFFICER, Role.REGULATOR, Role.SURVEILLANCE) | by_system,
    "compliance.conduct.notify": holds(Role.COMPLIANCE_OFFICER, Role.REGULATOR),
    "compliance.conduct.state": own(*PARTIES),
    "compliance.conduct.decide": holds(Role.REGULATOR),
    "compliance.conduct.lapse": by_system,
    "compliance.conduct.recuse": holds(Role.COMPLIANCE_OFFICER, Role.REGULATOR),
    "compliance.credit.follow": by_system,
    "compliance.diligence.keep": own(*PARTIES),
    "compliance.diligence.see": own(*PARTIES),
    "compliance.self_report.file": own(*PARTIES),
    "compliance.self_report.see": own(*PARTIES),
    "compliance.self_report.check": holds(Role.COMPLIANCE_OFFICER, Role.REGULATOR),
    "compliance.restoration.apply": own(*PARTIES),
    "compliance.restoration.accept": holds(Role.COMPLIANCE_OFFICER) | by_system,
    "compliance.restoration.decide": holds(Role.REGULATOR),
    "compliance.restoration.lapse": by_system,
    "compliance.sanction.end": by_system,
}
register_permissions(ROWS)
