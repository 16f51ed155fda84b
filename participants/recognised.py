"""Two public registers read from documents in force: recognised anonymisers 匿名化机构 (W15), delivery environments with their level of
protection 等级保护 (R86). Who is not in force today is not there; nothing of a document but number, level and term is told.
"""

from __future__ import annotations

from datetime import datetime

from kit.coverage import covers
from participants.models import Proof, ProofStatus
from participants.roles import Standing

__all__ = ["ANONYMISER", "ENVIRONMENT", "anonymisers", "delivery_environments", "is_anonymiser"]

ANONYMISER, ENVIRONMENT = "anonymiser_certificate", "delivery_environment"


def _in_force(item: str, at: datetime) -> list[Proof]:
    rows = Proof.objects.filter(item=item, status=ProofStatus.ACCEPTED).select_related("organization").order_by(
        "organization__short_name", "pk")
    return [one for one in rows if one.in_force(at) and one.organization.standing not in {Standing.SUSPENDED, Standing.RESTRICTED}]


@covers("W15")
def anonymisers(at: datetime) -> list[Proof]:
    """This will list the certificates of recognised anonymisers in force, of parties in good standing."""
    return _in_force(ANONYMISER, at)


@covers("W15")
def is_anonymiser(organization: int, *, at: datetime) -> bool:
    """This will tell whether an organisation is a recognised anonymiser now."""
    return any(one.organization_id == organization for one in anonymisers(at))


@covers("R86")
def delivery_environments(at: datetime) -> list[Proof]:
    """This will list the delivery environments that were tested, each with its level; those from before levels were asked have none."""
    return _in_force(ENVIRONMENT, at)
