"""The third distribution in the run of the first (W25): pledged, then given with every cycle that pays the organisation a share."""

from __future__ import annotations

from django.db.models import F, Sum

from evidence.operations import operation, record, unchanged
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.money import bps_of
from kit.rejected import FieldFault, Rejected
from ledger import operations as ledger
from ledger.accounts import AccountKind
from ledger.operations import Leg
from ledger.queries import balance
from participants.models import Organization
from participants.permissions import require
from participants.queries import venue_organization
from settlement.donation_models import Donation, DonationPledge
from settlement.events import DonationPledged, DonationsGiven, PledgeEnded
from settlement.models import SettlementCycle, Share
from settlement.states import CycleStatus

__all__ = ["end_pledge", "give_pledged", "pledge_donation"]


@covers("W25")
@operation("settlement.donation.pledge")
def pledge_donation(*, organization: Organization, bps: int, actor: Actor, clock: Clock) -> DonationPledge:
    """This will pledge a part of every share from now on; a pledge that stands is replaced."""
    held = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    at = clock.now()
    require(actor, "settlement.donation.pledge", subject=DonationPledge(organization=held), at=at)
    if isinstance(bps, bool) or not isinstance(bps, int) or not 1 <= bps <= 10_000:
        raise Rejected("settlement.donation.faulty", errors=[FieldFault("bps", "out_of_range", ("比例为 0.01% 至 100%",
                                                                                                "0.01 % to 100 %"))])
    DonationPledge.objects.filter(organization=held, ended_at__isnull=True).update(ended_at=at)
    made = DonationPledge.objects.create(code=new_code("DNP"), organization=held, bps=bps, since=at)
    record(DonationPledged(subject=made.code, organization=held.code, bps=bps), actor=actor, at=at)
    return made


@operation("settlement.donation.end")
def end_pledge(*, pledge: DonationPledge, actor: Actor, clock: Clock) -> DonationPledge:
    """This will end a pledge; what was given stays given."""
    held = DonationPledge.objects.select_for_update(no_key=True).get(pk=pledge.pk)
    at = clock.now()
    require(actor, "settlement.donation.pledge", subject=held, at=at)
    if held.ended_at is not None:
        unchanged(at=at)
        return held
    held.ended_at = at
    held.save(update_fields=["ended_at"])
    record(PledgeEnded(subject=held.code, organization=pledge.organization.code), actor=actor, at=at)
    return held


@covers("W25", "R75", "G5")
@operation("settlement.donation.give")
def give_pledged(*, cycle: SettlementCycle, actor: Actor, clock: Clock) -> int:
    """This will give, once a cycle, what was pledged of the shares the cycle paid out; nobody gives more than is free now."""
    held = SettlementCycle.objects.select_for_update(of=("self",), no_key=True).select_related("venue").get(pk=cycle.pk)
    at = clock.now()
    require(actor, "settlement.donation.give", at=at)
    paid = {row["organization"]: int(row["fen"]) for row in Share.objects.filter(
        settlement__cycle=held, settlement__status="settled").values("organization").annotate(fen=Sum(F("amount_fen") - F("held_fen")))}
    pledges = DonationPledge.objects.filter(ended_at__isnull=True, organization__in=paid, since__lte=held.frozen_at or at).exclude(
        donations__cycle=held).select_related("organization").order_by("organization_id") if held.status == CycleStatus.POSTED else ()
    purse = ledger.account(venue_organization(held.venue).code, AccountKind.PUBLIC_INTEREST) if pledges else None
    given = []
    for one in pledges:
        own = ledger.account(one.organization.code, AccountKind.AVAILABLE)
        assert purse is not None
        ledger.lock([own, purse])
        fen = min(bps_of(paid[one.organization_id], one.bps), max(0, balance(own).available_fen))
        if not fen:
            continue
        done = ledger.transfer(kind="donation", legs=[Leg(own, -fen), Leg(purse, fen)], subject=one.code, at=at)
        given.append(Donation(pledge=one, cycle=held, amount_fen=fen, transfer=done.id, transfer_hash=done.hash, at=at))
    if not given:
        unchanged(at=at)
        return 0
    Donation.objects.bulk_create(given)
    record(DonationsGiven(subject=held.code, given=[[one.pledge.code, one.amount_fen, one.transfer_hash] for one in given]), actor=actor,
           at=at)
    return len(given)
