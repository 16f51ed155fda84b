"""Who may do what with money: the clock settles, the venue's operator may freeze, retry and book deposits."""

from __future__ import annotations

from kit.permissions import register_permissions
from participants.predicates import PARTIES, by_system, holds, own
from participants.roles import Role

__all__: list[str] = []

_OPERATOR = holds(Role.VENUE_OPERATOR)

register_permissions({
    "settlement.cycle.open": by_system | _OPERATOR,
    "settlement.cycle.freeze": by_system | _OPERATOR,
    "settlement.cycle.post": by_system | _OPERATOR,
    "settlement.cycle.reconcile": by_system | _OPERATOR,
    "settlement.trade.collect": by_system | _OPERATOR,
    "settlement.settlement.retry": _OPERATOR,
    "settlement.holdback.release": by_system,
    "settlement.refund.post": by_system,
    "settlement.barter.close": by_system,
    "settlement.meter.close": by_system,
    "settlement.reduction.post": by_system,
    "settlement.subsidy_fund.propose": _OPERATOR,
    "settlement.subsidy_fund.decide": holds(Role.VENUE_OPERATOR, Role.REGULATOR),
    "settlement.subsidy_fund.close": _OPERATOR | by_system,
    "settlement.subsidy.apply": own(*PARTIES, side="client_id"),
    "settlement.subsidy.end": by_system,
    "settlement.donation.pledge": own(*PARTIES, side="organization_id"),
    "settlement.donation.give": by_system | _OPERATOR,
    "settlement.deposit.book": _OPERATOR | by_system,
    "settlement.bank.receive": by_system,
})
