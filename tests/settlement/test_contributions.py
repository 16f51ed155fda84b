"""Labour and processing are entries of the contribution ledger and are paid by their weight (R23).

Worked example: of 1,000,003 fen, after the fee of 25,000 and the levy of 10,000, 965,003 are shared. The holder put in
the data (weight 5), one firm processed it (3), one labelled it by hand (2): 482,501, 289,501 and 193,001 fen, by the largest remainder.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from evidence.clock import MARKET_CLOCK as CLOCK
from evidence.models import Record
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import Contributor, Part
from listings.operations import set_contributors
from listings.queries import contributors
from settlement.models import Settlement
from settlement.tasks import move_cycle
from tests.factories import make_organization
from tests.listings.worlds import make_draft, make_seller
from tests.settlement.worlds import accepted, frozen

pytestmark = pytest.mark.django_db


@covers("R23")
def test_a_seller_enters_who_gave_the_data_who_processed_and_who_laboured_with_what_weight() -> None:
    seller, processor, labeller = make_seller(), make_organization(), make_organization()
    who: dict[str, Any] = {"actor": seller.actor, "clock": seller.clock}
    parts = {seller.organization: Part.SOURCE, processor: Part.PROCESSING, labeller: Part.LABOUR}
    version = set_contributors(version=make_draft(seller), weights={seller.organization: 5, processor: 3, labeller: 2}, parts=parts, **who)
    assert [(one.organization, one.weight, one.part) for one in contributors(version)] == [
        (seller.organization, 5, "source"), (processor, 3, "processing"), (labeller, 2, "labour")]
    told = Record.objects.get(kind="listings.listing.contributors_set")
    assert told.payload["weights"] == {seller.organization.code: 5, processor.code: 3, labeller.code: 2}
    for weights in ({processor: 1}, {seller.organization: 0}, {seller.organization: True}, {seller.organization: 2**53}):
        with pytest.raises(Rejected, match="contributors"):
            set_contributors(version=version, weights=weights, **who)


@covers("R23", "R75", "I7")
def test_who_processed_and_who_laboured_are_paid_by_their_weight_to_the_fen() -> None:
    seller, processor, labeller = make_organization(), make_organization(), make_organization()
    trade = accepted(price_fen=1_000_003, seller=seller, contributors={seller: 5, processor: 3, labeller: 2})
    assert trade.version is not None
    move_cycle(cycle=frozen(), clock=CLOCK)
    one = Settlement.objects.get(trade=trade)
    shares = {share.organization_id: share.amount_fen for share in one.shares.all()}
    assert (one.shared_fen, sum(shares.values())) == (965_003, 965_003)
    assert (shares[seller.pk], shares[processor.pk], shares[labeller.pk]) == (482_501, 289_501, 193_001)


@covers("R23")
def test_the_database_takes_no_contribution_without_weight_and_none_twice() -> None:
    seller = make_seller()
    version = make_draft(seller)
    for row in ({"organization": make_organization(), "weight": 0}, {"organization": seller.organization, "weight": 1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Contributor.objects.create(version=version, part=Part.LABOUR, **row)
