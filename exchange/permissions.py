"""The hall's own rows of the permission map."""

from __future__ import annotations

from kit.permissions import register_permissions
from participants.predicates import anyone, holds
from participants.roles import Role

__all__: list[str] = []

#: desks of the venue and of supervision
OVERSIGHT_ROLES = (Role.VENUE_OPERATOR, Role.COMPLIANCE_OFFICER, Role.REGULATOR, Role.SURVEILLANCE, Role.AUDITOR)

register_permissions({
    "exchange.api.see": anyone,
    "exchange.page.see": anyone,
    "exchange.report.see": holds(*OVERSIGHT_ROLES),
    "exchange.desk.enter": holds(*OVERSIGHT_ROLES),
    "exchange.case.bundle": holds(Role.COMPLIANCE_OFFICER, Role.REGULATOR, Role.SURVEILLANCE, Role.AUDITOR),
})
