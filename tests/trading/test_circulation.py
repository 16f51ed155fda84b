"""R43 on the floor: only what is traded is put up for auction, whoever writes the lot."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from kit.coverage import covers
from kit.rejected import Rejected
from tests.trading.worlds import make_listing, make_lot
from trading.models import Auction

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]
WAYS: list[dict[str, Any]] = [
    {"circulation": "open", "sale_mode": "fixed", "price_fen": 0, "delivery_mode": "download", "facts": {"contains_pi": False},
     "use_terms": {"licence": "CC-BY-4.0"}},
    {"circulation": "share", "sale_mode": "fixed", "price_fen": 0},
    {"circulation": "exchange", "sale_mode": "negotiated", "price_fen": None},
]


@covers("R43")
@pytest.mark.parametrize("terms", WAYS)
def test_what_is_open_shared_or_exchanged_is_never_auctioned(terms: dict[str, Any]) -> None:
    listing = make_listing(**terms)
    assert listing.version is not None
    with pytest.raises(Rejected) as caught:
        make_lot(listing)
    assert caught.value.code == "compliance.circulation.not_admitted"
    assert caught.value.next_href == f"/rules/circulation/#{terms['circulation']}-on"
    lot = Auction.objects.get(pk=make_lot().pk)
    lot.pk, lot.code, lot.listing, lot.version = None, "LOT-PASTTHEGATE", listing, listing.version
    with pytest.raises(IntegrityError, match="only what is traded is auctioned"), transaction.atomic():
        lot.save(force_insert=True)
