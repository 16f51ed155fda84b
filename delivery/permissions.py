"""Who may do what with a delivery: the seller delivers, the buyer fetches and judges, the clock keeps the deadlines."""

from __future__ import annotations

from kit.permissions import register_permissions
from participants.predicates import PARTIES, anyone, by_system, holds, own, signed_in
from participants.roles import Role

__all__: list[str] = []

_SELLER = own(Role.DATA_MERCHANT, Role.PUBLIC_DATA_OPERATOR, side="seller_id")
_BUYER = own(Role.BUYER, Role.DATA_MERCHANT, side="buyer_id")
_HOLDER = own(Role.DATA_MERCHANT, Role.PUBLIC_DATA_OPERATOR)

register_permissions({
    "delivery.delivery.open": by_system,
    "delivery.delivery.call": by_system,
    "delivery.delivery.deliver": _SELLER,
    "delivery.delivery.concede": _SELLER,
    "delivery.delivery.accept": _BUYER | by_system,
    "delivery.delivery.reject": _BUYER,
    "delivery.delivery.dispute": _SELLER | _BUYER,
    "delivery.sample.check": _BUYER,
    "delivery.delivery.lapse": by_system,
    "delivery.delivery.cancel": by_system,
    "delivery.delivery.stop": by_system,
    "delivery.grant.issue": _BUYER,
    "delivery.grant.use": _BUYER,
    "delivery.grant.expire": by_system,
    "delivery.access.watch": by_system,
    "delivery.key.make": _BUYER,
    "delivery.key.revoke": _BUYER | by_system,
    "delivery.key.expire": by_system,
    "delivery.rows.see": anyone,  # the key, or the token, opens it and nothing else; whose it is, is asked at the act
    "delivery.rows.call": _BUYER,
    "delivery.voucher.issue": _SELLER,
    "delivery.delivery.oversee": holds(Role.COMPLIANCE_OFFICER, Role.REGULATOR),
    "delivery.seat.name": _BUYER,
    "delivery.rating.see": signed_in,
    "delivery.rating.give": _BUYER,
    "delivery.rating.reply": _SELLER,
    "delivery.rating.hide": holds(Role.VENUE_OPERATOR, Role.COMPLIANCE_OFFICER, Role.REGULATOR) | by_system,
    "delivery.rating.withdraw": by_system,
    "delivery.leak.fingerprint": by_system,
    "delivery.trace.read": by_system,
    "delivery.leak.check": holds(Role.COMPLIANCE_OFFICER, Role.REGULATOR),
    "delivery.referral.prepare": holds(Role.COMPLIANCE_OFFICER, Role.REGULATOR),
    "delivery.referral.send": holds(Role.REGULATOR),
    "delivery.algorithm.submit": own(Role.BUYER, Role.DATA_MERCHANT),
    "delivery.algorithm.secure": holds(Role.COMPLIANCE_OFFICER),
    "delivery.algorithm.approve": holds(Role.REGULATOR),
    "delivery.algorithm.review": holds(Role.COMPLIANCE_OFFICER, Role.REGULATOR),
    "delivery.algorithm.lapse": by_system,
    "delivery.marks.declare": _HOLDER,
    "delivery.result.certify": by_system,
    "delivery.job.see": holds(*PARTIES),
    "delivery.job.order": _BUYER,
    "delivery.job.answer": _SELLER,
    "delivery.job.lapse": by_system,
    "delivery.runner.register": _HOLDER,
    "delivery.room.see": holds(*PARTIES),
    "delivery.room.open": _HOLDER,
    "delivery.room.close": _HOLDER,
    "delivery.room.oversee": holds(Role.COMPLIANCE_OFFICER, Role.REGULATOR),
    "delivery.query.ask": _BUYER,
    "delivery.query.cancel": _BUYER,
    "delivery.query.run": by_system,
    "delivery.cohort.take": _BUYER,
    "delivery.cohort.empty": _BUYER | by_system,
    "delivery.service.see": holds(*PARTIES, Role.COMPLIANCE_OFFICER),
    "delivery.service.open": _HOLDER,
    "delivery.service.close": _HOLDER,
    "delivery.service.call": _BUYER,
    "delivery.hold.end": holds(Role.COMPLIANCE_OFFICER),
    "delivery.hold.lapse": by_system,
    "delivery.output.see": holds(*PARTIES, Role.COMPLIANCE_OFFICER, Role.REGULATOR),
    "delivery.output.submit": _SELLER,
    "delivery.output.withdraw": own(Role.DATA_MERCHANT, Role.PUBLIC_DATA_OPERATOR, Role.BUYER, side="organization_id"),
    "delivery.output.review": _SELLER | holds(Role.COMPLIANCE_OFFICER, Role.REGULATOR),
    "delivery.output.decide": holds(Role.COMPLIANCE_OFFICER, Role.REGULATOR),
    "delivery.output.conclude": by_system,
    "delivery.deletion.open": by_system,
    "delivery.deletion.confirm": own(Role.BUYER, Role.DATA_MERCHANT, Role.PUBLIC_DATA_OPERATOR),
})
