"""Who may act for the laboratory: researchers and the regulator try policies; the venue's officers read; the system computes."""

from __future__ import annotations

from collections.abc import Mapping

from kit.permissions import Predicate, register_permissions
from participants.predicates import anyone, by_system, holds
from participants.roles import Role

__all__ = ["ROWS"]

_TRIES = holds(Role.RESEARCHER, Role.REGULATOR)

ROWS: Mapping[str, Predicate] = {
    "simulation.market.live": by_system,
    "simulation.laboratory.see": holds(Role.RESEARCHER, Role.REGULATOR, Role.COMPLIANCE_OFFICER),
    "simulation.experiment.draft": _TRIES,
    "simulation.experiment.act": _TRIES,
    "simulation.experiment.share": _TRIES,
    "simulation.experiment.run": by_system,
    "simulation.rule.try": holds(Role.REGULATOR),
    "simulation.report.read": anyone,
}
register_permissions(ROWS)
