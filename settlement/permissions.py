"""Who may do what with money: the clock settles, the venue's operator may freeze, retry and book deposits."""

from __future__ import annotations

from kit.permissions import register_permissions
from participants.predicates import PARTIES, anyone, by_system, holds, own
from participants.roles import Role

__all__: list[str] = []

_OPERATOR = holds(Role.VENUE_OPERATOR)
_MONEY = holds(Role.VENUE_OPERATOR, Role.COMPLIANCE_OFFICER, Role.REGULATOR, Role.AUDITOR)

register_permissions({
    "settlement.cycle.open": by_system | _OPERATOR,
    "settlement.cycle.freeze": by_system | _OPERATOR,
    "settlement.cycle.post": by_system | _OPERATOR,
    "settlement.cycle.reconcile": by_system | _OPERATOR,
    "settlement.trade.collect": by_system | _OPERATOR,
    "settlement.settlement.retry": _OPERATOR,
    "settlement.dead_letter.return": _OPERATOR,
    "settlement.dead_letter.confirm": holds(Role.VENUE_OPERATOR, Role.COMPLIANCE_OFFICER),
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
    "settlement.contribution.reckon": own(Role.DATA_MERCHANT, Role.PUBLIC_DATA_OPERATOR),
    "settlement.pool.close": by_system,
    "settlement.deposit.book": _OPERATOR | by_system,
    "settlement.bank.tell": anyone,
    "settlement.bank.take": by_system,
    "settlement.bank.simulate": own(*PARTIES),
    "settlement.payout.request": own(*PARTIES),
    "settlement.payout.confirm": own(*PARTIES),
    "settlement.payout.cancel": own(*PARTIES),
    "settlement.payout.clear": _OPERATOR,
    "settlement.payout.hold": holds(Role.VENUE_OPERATOR, Role.COMPLIANCE_OFFICER, Role.REGULATOR),
    "settlement.payout.release": holds(Role.VENUE_OPERATOR, Role.COMPLIANCE_OFFICER, Role.REGULATOR),
    "settlement.payout.move": by_system,
    "settlement.payout.see": _MONEY,
    "settlement.suspense.clear": _OPERATOR,
    "settlement.suspense.confirm": holds(Role.VENUE_OPERATOR, Role.COMPLIANCE_OFFICER),
    "settlement.receipt.issue": by_system,
    "settlement.reconciliation.run": _OPERATOR | by_system,
    "settlement.reconciliation.mend": holds(Role.VENUE_OPERATOR, Role.REGULATOR),
    "settlement.reconciliation.see": _MONEY,
    "settlement.period.close": _OPERATOR,
    "settlement.tax.open": by_system | _OPERATOR,
    "settlement.refund.request": own(*PARTIES, side="buyer_id"),
    "settlement.refund.withdraw": own(*PARTIES, side="buyer_id"),
    "settlement.refund.decide": own(*PARTIES, side="seller_id") | _OPERATOR,
})
