"""Who may do what on the floor (lifecycles §2): rows ``name -> predicate``; what has no row is denied."""

from __future__ import annotations

from kit.permissions import register_permissions
from participants.predicates import anyone, by_system, holds, own, signed_in
from participants.roles import Role

__all__ = ["ROWS"]

_SELLERS = (Role.DATA_MERCHANT, Role.PUBLIC_DATA_OPERATOR)
_PARTIES = (*_SELLERS, Role.BUYER)

ROWS = {
    "trading.auction.see": anyone,
    "trading.trade.see": signed_in,
    "trading.auction.announce": own(*_SELLERS, side="organization_id"),
    "trading.auction.cancel": own(*_SELLERS, side="seller_id") | holds(Role.VENUE_OPERATOR, Role.REGULATOR) | by_system,
    "trading.auction.halt": holds(Role.SURVEILLANCE, Role.VENUE_OPERATOR, Role.REGULATOR),
    "trading.auction.resume": holds(Role.SURVEILLANCE, Role.VENUE_OPERATOR, Role.REGULATOR),
    "trading.auction.run": by_system,
    "trading.bidder.register": holds(Role.BUYER),
    "trading.bidder.bar": by_system,
    "trading.bid.place": holds(Role.BUYER),
    "trading.bid.take": holds(Role.BUYER),
    "trading.bid.best": holds(Role.BUYER),
    "trading.bid.seal": holds(Role.BUYER),
    "trading.bid.reveal": holds(Role.BUYER),
    "trading.lots.see": holds(*_SELLERS),
    "trading.bids.see": holds(Role.BUYER),
    "trading.trade.buy": holds(Role.BUYER),
    "trading.cart.change": holds(Role.BUYER),
    "trading.cart.run": by_system,
    "trading.subscription.see": holds(*_PARTIES),
    "trading.subscription.open": holds(Role.BUYER),
    "trading.subscription.cancel": own(Role.BUYER, side="buyer_id"),
    "trading.subscription.run": by_system,
    "trading.framework.see": holds(*_PARTIES),
    "trading.framework.offer": holds(Role.BUYER),
    "trading.framework.propose": holds(*_SELLERS),
    "trading.framework.answer": own(*_PARTIES),
    "trading.framework.call": own(Role.BUYER, side="buyer_id"),
    "trading.framework.run": by_system,
    "trading.trade.pay": own(Role.BUYER, side="buyer_id"),
    "trading.trade.cancel": own(*_PARTIES) | by_system,
    "trading.trade.default": by_system,
    "trading.agreement.sign": own(*_PARTIES),
    "trading.agreement.give_notice": own(*_PARTIES),
    "trading.agreement.renew": own(Role.BUYER),
    "trading.agreement.halt": holds(Role.REGULATOR),
    "trading.agreement.run": by_system,
    "trading.trade.unwind": by_system | holds(Role.VENUE_OPERATOR),
    "trading.negotiation.see": holds(*_PARTIES),
    "trading.negotiation.open": holds(Role.BUYER),
    "trading.negotiation.offer": own(*_SELLERS, side="organization_id"),
    "trading.negotiation.answer": own(*_PARTIES),
    "trading.negotiation.run": by_system,
    "trading.barter.see": holds(*_PARTIES),
    "trading.barter.open": holds(*_SELLERS) & holds(Role.BUYER),
    "trading.barter.answer": own(*_SELLERS) & own(Role.BUYER),
    "trading.barter.run": by_system,
    "trading.demand.see": anyone,
    "trading.rfq.see": holds(*_PARTIES),
    "trading.rfq.open": own(Role.BUYER, side="buyer_id"),
    "trading.rfq.run": by_system,
    "trading.quote.give": holds(*_SELLERS),
    "trading.quote.withdraw": own(*_SELLERS, side="seller_id"),
    "trading.venue_pilot.see": anyone,
    "trading.venue_pilot.ask": holds(Role.VENUE_OPERATOR),
    "trading.venue_pilot.decide": holds(Role.REGULATOR),
    "trading.shortfall.see": holds(*_PARTIES),
    "trading.shortfall.pay": own(Role.BUYER, side="buyer_id"),
    "trading.shortfall.run": by_system,
    "trading.public_use.see": holds(*_PARTIES),
    "trading.public_use.file": own(Role.BUYER, side="buyer_id"),
    "trading.public_use.run": by_system,
    "trading.alert.see": holds(Role.SURVEILLANCE, Role.REGULATOR, Role.AUDITOR),
    "trading.alert.work": holds(Role.SURVEILLANCE, Role.REGULATOR),
    "trading.alert.run": by_system,
    "trading.threshold.propose": holds(Role.SURVEILLANCE, Role.REGULATOR),
    "trading.threshold.adopt": holds(Role.REGULATOR),
    "trading.report.file": holds(*_PARTIES),
}
register_permissions(ROWS)
