"""A buyer's registration fee 买方注册费: paid once at a venue, at the figure of the day the buyer registered (G2, R51, W27).

Who registered before the fee was introduced owes nothing, a later change moves nobody's fee, and what is given for nothing asks for none.
"""

from __future__ import annotations

from django.db import IntegrityError, transaction

from evidence.operations import operation, record
from evidence.prepared import ask
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from ledger import operations as ledger
from ledger.accounts import AccountKind
from ledger.operations import Leg
from participants.enrolment_events import EnrolmentPaid
from participants.fee_tax import fee_legs
from participants.gates import Gate
from participants.models import Enrolment, Organization, Venue
from participants.permissions import require

__all__ = ["enrolment_due", "of_enrolment", "pay_enrolment"]


@covers("G2", "R51")
def enrolment_due(party: Organization, venue: Venue) -> int:
    """This will return what a buyer still owes for being registered at a venue, in fen; 0 where nothing or once it is paid."""
    return int(ask("SELECT participants_enrolment_due(%s, %s)", [party.pk, venue.pk])[0][0])


@covers("G2", "R51")
def of_enrolment(party: Organization, venue: Venue) -> Gate:
    """This will ask that a buyer who comes to a price has paid its registration, where one is due."""
    due = enrolment_due(party, venue)
    return Gate(("买方注册费已付清", "The buyer's registration is paid"),
                Rejected("participants.enrolment.unpaid", organization=party.code, amount_fen=due) if due else None)


@operation("participants.enrolment.pay")
@covers("G2", "R51", "W27")
def pay_enrolment(*, organization: Organization, venue: Venue, amount_fen: int, actor: Actor, clock: Clock) -> Enrolment:
    """This will pay a buyer's registration out of its account; ``amount_fen`` is what its page showed.

    Raises ``participants.enrolment.nothing_due``, ``.moved`` where another sum is due, ``ledger.insufficient_funds``. Two at once pay once.
    """
    held = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    at = clock.now()
    require(actor, "participants.enrolment.pay", subject=held, at=at)
    due = enrolment_due(held, venue)
    if not due:
        raise Rejected("participants.enrolment.nothing_due", organization=held.code)
    if due != amount_fen:
        raise Rejected("participants.enrolment.moved", organization=held.code, amount_fen=due)
    code = new_code("ENR")
    purse, charged = ledger.account(held.code, AccountKind.AVAILABLE), fee_legs(due, venue=venue, at=at)
    ledger.lock([purse, *(leg.account for leg in charged)])
    ref = ledger.transfer(kind="enrolment", legs=[Leg(purse, -due), *charged], subject=code, at=at)
    try:
        with transaction.atomic():
            made = Enrolment.objects.create(code=code, organization=held, venue=venue, amount_fen=due, paid_at=at, transfer_hash=ref.hash)
    except IntegrityError as twice:
        raise Rejected("participants.enrolment.nothing_due", organization=held.code) from twice
    record(EnrolmentPaid(subject=code, organization=held.code, venue=venue.code, amount_fen=due, transfer_hash=ref.hash),
           actor=actor, at=at)
    return made
