"""First, second and third distribution in one run (W25): shares, the levy, and what was pledged; stated by month (R75).

Worked example: a price of 1,000,000 fen leaves 965,000 to its seller, 48,250 of it held back; of the 916,750 paid out the seller
pledged 2 %, so 18,335 go to the public-interest account beside the levy of 10,000.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from evidence.clock import MARKET_CLOCK as CLOCK
from evidence.models import Record
from kit.actors import SYSTEM
from kit.coverage import covers
from kit.rejected import Rejected
from ledger.accounts import AccountKind
from ledger.operations import account
from ledger.queries import balance
from participants.actors import actor_of
from participants.queries import venue_organization
from participants.roles import Role
from settlement.giving import end_pledge, give_pledged, pledge_donation
from settlement.models import Donation, DonationPledge, Settlement
from settlement.redistribution import statement_of_fund
from settlement.tasks import move_cycle
from tests.factories import make_organization, make_user, venue
from tests.settlement.worlds import accepted, frozen

pytestmark = pytest.mark.django_db


def fund() -> int:
    return balance(account(venue_organization(venue()).code, AccountKind.PUBLIC_INTEREST)).posted_fen


def pledged(bps: int = 200) -> tuple[Any, Any]:
    seller = make_organization()
    actor = actor_of(make_user(Role.DATA_MERCHANT, organization=seller))
    return seller, pledge_donation(organization=seller, bps=bps, actor=actor, clock=CLOCK)


@covers("W25", "R75", "G5")
def test_shares_levy_and_what_was_pledged_are_posted_in_one_run_and_stated_by_month() -> None:
    seller, _ = pledged()
    accepted(price_fen=1_000_000, seller=seller)
    before, cycle = fund(), frozen()
    move_cycle(cycle=cycle, clock=CLOCK)
    one, gift = Settlement.objects.get(), Donation.objects.get()
    paid = one.shared_fen - (one.held_fen or 0)
    assert gift.amount_fen == (paid * 200 + 5_000) // 10_000
    assert fund() - before == one.levy_fen + gift.amount_fen
    assert balance(account(seller.code, AccountKind.AVAILABLE)).posted_fen == paid - gift.amount_fen
    cycle.refresh_from_db()
    assert cycle.status == "closed", "the cycle reconciles beside it"
    month = statement_of_fund(venue())[0]
    assert (month.shared_fen, month.levy_fen, month.donated_fen) == (one.shared_fen, one.levy_fen, gift.amount_fen)
    assert month.opened_fen + month.levy_fen + month.donated_fen + month.other_fen == month.closed_fen == fund()


@covers("W25", "T24")
def test_a_cycle_gives_once_whatever_runs_again_and_the_database_takes_no_second_gift() -> None:
    seller, pledge = pledged()
    accepted(price_fen=1_000_000, seller=seller)
    cycle = frozen()
    move_cycle(cycle=cycle, clock=CLOCK)
    held = fund()
    assert give_pledged(cycle=cycle, actor=SYSTEM, clock=CLOCK) == 0 and fund() == held
    gift = Donation.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Donation.objects.create(pledge=pledge, cycle=cycle, amount_fen=1, transfer=gift.transfer, transfer_hash="x", at=gift.at)
    assert Record.objects.filter(kind="settlement.donation.given").count() == 1


@covers("W25")
def test_a_pledge_is_ones_own_is_replaced_by_another_and_ends() -> None:
    seller, first = pledged()
    actor = actor_of(make_user(Role.DATA_MERCHANT, organization=seller))
    second = pledge_donation(organization=seller, bps=10_000, actor=actor, clock=CLOCK)
    first.refresh_from_db()
    assert first.ended_at is not None and DonationPledge.objects.get(ended_at__isnull=True) == second
    for bps in (0, 10_001, True):
        with pytest.raises(Rejected, match="faulty"):
            pledge_donation(organization=seller, bps=bps, actor=actor, clock=CLOCK)
    stranger = actor_of(make_user(Role.DATA_MERCHANT, organization=make_organization()))
    with pytest.raises(Rejected):
        pledge_donation(organization=seller, bps=1, actor=stranger, clock=CLOCK)
    end_pledge(pledge=second, actor=actor, clock=CLOCK)
    accepted(price_fen=1_000_000, seller=seller)
    move_cycle(cycle=frozen(), clock=CLOCK)
    assert not Donation.objects.exists()


@covers("R75", "W25")
def test_the_statement_is_public_and_a_pledge_is_made_on_the_page_of_shares(client: Any) -> None:
    seller = make_organization()
    client.force_login(make_user(Role.DATA_MERCHANT, organization=seller))
    client.post("/desk/shares/pledge/", {"percent": "2.5"})
    assert DonationPledge.objects.get().bps == 250
    assert "终止承诺" in client.get("/desk/shares/").content.decode()
    accepted(price_fen=1_000_000, seller=seller)
    move_cycle(cycle=frozen(), clock=CLOCK)
    client.post("/desk/shares/pledge/", {"end": "1"})
    assert DonationPledge.objects.get().ended_at is not None
    client.post("/desk/shares/pledge/", {"percent": "=1+1"})
    assert DonationPledge.objects.count() == 1
    client.logout()
    page = client.get("/redistribution/").content.decode()
    assert "三次分配报表" in page and "9,650" in page
    table = b"".join(client.get("/redistribution.csv").streaming_content).decode()
    assert "9650.00" in table.replace(",", ",") and "捐赠" in table
