"""Trying before buying 试用: once per buyer organisation, for the days and people the version offers it to (R1).

A trial is a trade like any other, with its agreement, delivery and gates; only its term, seats and price are those of the trial.
"""

from __future__ import annotations

from copy import copy

from django.db import IntegrityError, transaction

from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import Listing, ListingVersion
from listings.trials import Trial, trial_in
from participants.charges import Payer
from participants.gates import pass_all
from participants.models import Organization
from participants.permissions import require
from trading.agreements import execute_purchase
from trading.charging import charges_for
from trading.gates import of_buying
from trading.locks import lock_stock
from trading.models import Basis, Trade, TrialUse
from trading.operations.purchasing import pay_at_once, tell_bought
from trading.order_events import TrialTaken

__all__ = ["take_trial", "tried"]


def tried(listing: Listing, organization_id: int | None) -> bool:
    """This will tell whether the organisation had its trial."""
    return TrialUse.objects.filter(listing=listing, buyer_id=organization_id or 0).exists()


def _licensed(version: ListingVersion, trial: Trial) -> ListingVersion:
    """The version as the trial licenses it: its content and hash, for the trial's days, people and rows; never a plan."""
    found = copy(version)
    kept = {name: value for name, value in version.use_terms.items() if name not in {"plan", "trial", "min_order"}}
    found.use_terms = kept | {"term_days": trial.days, "seats": trial.seats} | ({"rows": trial.rows} if trial.rows else {})
    return found


@covers("R1", "F1")
@operation("trading.trial.take")
def take_trial(*, listing: Listing, version: str, purpose: str = "", actor: Actor, clock: Clock) -> Trade:
    """This will license the listing for its trial; every rule of a purchase is asked, and the key refuses a second one."""
    locked = lock_stock(listing)
    at = clock.now()
    require(actor, "trading.trade.buy", at=at)
    pass_all(of_buying(locked, actor=actor, purpose=purpose, beside=None, at=at))
    trial = trial_in(locked.version.use_terms) if locked.version else None
    if trial is None or locked.version is None:
        raise Rejected("trading.trial.not_offered", listing=locked.code)
    if locked.version.code != version:
        raise Rejected("trading.trial.other_version", listing=locked.code)
    buyer = Organization.objects.get(pk=actor.organization_id or 0)
    charges = charges_for(locked.version, Basis.PURCHASE, venue=locked.venue, at=at)
    trade = execute_purchase(locked, _licensed(locked.version, trial), buyer, trial.price_fen, charges, purpose, actor=actor, at=at)
    try:
        with transaction.atomic():
            TrialUse.objects.create(buyer=buyer, listing=locked, trade=trade, at=at)
    except IntegrityError as twice:
        raise Rejected("trading.trial.tried", listing=locked.code) from twice
    pay_at_once(trade, trial.price_fen + charges.total(trial.price_fen, Payer.BUYER), None, actor=actor, at=at)
    record(TrialTaken(subject=trade.code, listing=locked.code, buyer=buyer.code, days=trial.days), actor=actor, at=at)
    tell_bought(trade, at)
    return trade
