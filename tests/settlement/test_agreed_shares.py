"""A trade is divided by the agreement that every party signed, frozen with it when it falls due (R9, R71, R72).

Worked example: of 1,000,000 fen 965,000 are left to share. The labeller has a fixed 5,000 of every trade; the processor a royalty of 10 %
up to 1,500,000 fen and 5 % beyond; the rest is the holder's. First trade: 5,000 + 96,500 + 863,500. Of the second, 535,000 are charged at
10 % and 430,000 at 5 %: 53,500 + 21,500 = 75,000.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.db import InternalError, transaction
from django.db.utils import DatabaseError

from delivery.operations import accept_delivery
from evidence.clock import MARKET_CLOCK as CLOCK
from kit.coverage import covers
from listings.models import Part, ShareAgreement
from listings.operations import propose_shares, sign_shares
from listings.sharing import Line
from participants.actors import actor_of
from participants.roles import Role
from settlement.models import AgreedShares, Settlement
from settlement.tasks import move_cycle
from tests.delivery.worlds import buyer_of, delivered, make_listing, seller_of
from tests.factories import make_organization, make_user
from tests.settlement.worlds import frozen
from trading.models import Trade

pytestmark = pytest.mark.django_db


def shared_listing(weights: tuple[int, int, int], first: Any = None) -> tuple[Any, Any, Any, ShareAgreement]:
    """A listing of a seller shared with a processor and a labeller by an agreement all have signed."""
    listing = make_listing()
    processor, labeller = make_organization(), make_organization()
    parties = zip((listing.organization, processor, labeller), (Part.SOURCE, Part.PROCESSING, Part.LABOUR), weights, strict=True)
    one = propose_shares(version=listing.version, lines=[Line(*each) for each in parties],
                         first=first(processor.code, labeller.code) if first else (), actor=seller_of(listing), clock=CLOCK)
    for party in (processor, labeller):
        one = sign_shares(agreement=one, content_hash=one.content_hash, clock=CLOCK,
                          actor=actor_of(make_user(Role.DATA_MERCHANT, organization=party)))
    return listing, processor, labeller, one


def sold(listing: Any, price_fen: int = 1_000_000) -> Trade:
    one = delivered(price_fen=price_fen, listing=listing)
    accept_delivery(delivery=one, actor=buyer_of(one.trade), clock=CLOCK)
    return one.trade


def paid(trade: Trade) -> dict[int, int]:
    return {share.organization_id: share.amount_fen for share in Settlement.objects.get(trade=trade).shares.all()}


def royalties(processor: str, labeller: str) -> list[dict[str, Any]]:
    return [{"kind": "fixed", "party": labeller, "fen": 5_000},
            {"kind": "royalty", "party": processor, "tiers": [[1_500_000, 1_000], [None, 500]]}]


@covers("R9", "R71", "R73", "I7")
def test_a_trade_is_paid_by_the_weights_all_have_signed() -> None:
    listing, processor, labeller, one = shared_listing((50, 30, 20))
    trade = sold(listing)
    move_cycle(cycle=frozen(), clock=CLOCK)
    assert paid(trade) == {listing.organization_id: 482_500, processor.pk: 289_500, labeller.pk: 193_000}
    agreed = AgreedShares.objects.get(settlement__trade=trade)
    assert (agreed.agreement, agreed.content_hash, agreed.pot_fen) == (one.code, one.content_hash, 965_000)
    codes = (listing.organization.code, processor.code, labeller.code)
    assert agreed.parts == [[n, "weight", fen, code] for n, (fen, code) in enumerate(zip(("482500", "289500", "193000"), codes,
                                                                                         strict=True), 1)]


@covers("R72", "I7")
def test_royalties_by_tiers_go_by_what_came_in_before_in_one_batch_and_across_batches() -> None:
    listing, processor, labeller, _ = shared_listing((1, 0, 0), royalties)
    first, second = sold(listing), sold(listing)
    move_cycle(cycle=frozen(), clock=CLOCK)
    third = sold(listing)
    move_cycle(cycle=frozen(), clock=CLOCK)
    assert paid(first) == {listing.organization_id: 863_500, processor.pk: 96_500, labeller.pk: 5_000}
    assert paid(second) == {listing.organization_id: 885_000, processor.pk: 75_000, labeller.pk: 5_000}
    assert paid(third) == {listing.organization_id: 911_750, processor.pk: 48_250, labeller.pk: 5_000}
    assert [one.before_fen for one in AgreedShares.objects.order_by("settlement_id")] == [0, 965_000, 1_930_000]


@covers("R72")
def test_a_milestone_is_paid_once_and_a_price_of_nothing_pays_nobody() -> None:
    listing, processor, labeller, _ = shared_listing(
        (1, 1, 0), lambda processor, labeller: [{"kind": "milestone", "party": labeller, "at_fen": 900_000, "fen": 100_000}])
    free, first, second = sold(listing, 0), sold(listing), sold(listing)
    move_cycle(cycle=frozen(), clock=CLOCK)
    assert set(paid(free).values()) == {0}
    assert (paid(first)[labeller.pk], paid(second)[labeller.pk]) == (100_000, 0)
    assert paid(first)[processor.pk] == 432_500


@covers("R9")
def test_what_was_agreed_stands_with_the_settlement_whatever_is_agreed_later() -> None:
    listing, processor, labeller, _ = shared_listing((50, 30, 20))
    trade = sold(listing)
    frozen_cycle = frozen()
    one = propose_shares(version=listing.version, lines=[Line(listing.organization, Part.SOURCE, 1), Line(processor, Part.PROCESSING, 99)],
                         actor=seller_of(listing), clock=CLOCK)
    sign_shares(agreement=one, content_hash=one.content_hash, clock=CLOCK,
                actor=actor_of(make_user(Role.DATA_MERCHANT, organization=processor)))
    move_cycle(cycle=frozen_cycle, clock=CLOCK)
    assert paid(trade)[labeller.pk] == 193_000
    with pytest.raises((InternalError, DatabaseError)), transaction.atomic():
        AgreedShares.objects.filter(settlement__trade=trade).update(pot_fen=1)


# ---- the pages -----------------------------------------------------------------------------------------------------------
@covers("R69", "R71", "G3")
def test_the_statement_draws_where_the_price_went_and_explains_each_figure(client: Any) -> None:
    listing, processor, _, one = shared_listing((1, 0, 0), royalties)
    sold(listing)
    trade = sold(listing)
    move_cycle(cycle=frozen(), clock=CLOCK)
    settlement = Settlement.objects.get(trade=trade)
    client.force_login(make_user(Role.DATA_MERCHANT, organization=processor))
    page = client.get(f"/desk/statements/{settlement.code}/").content.decode()
    assert one.code in page and page.count('class="flow') >= 6 and 'class="flow-me"' in page
    for said in ("分档提成：至 ¥15,000 10%、5%；此前已分配 ¥9,650", "每笔成交固定的份额", "余额的 1 / 1", "¥10,000 中，各方分得 ¥9,650"):
        assert said in page, said
    assert "style=" not in page.split("<main")[1]
    mine = client.get("/desk/shares/").content.decode()
    assert "分档提成" in mine and "750" in mine
    client.force_login(make_user(Role.DATA_MERCHANT, organization=make_organization()))
    assert client.get(f"/desk/statements/{settlement.code}/").status_code == 404


@covers("R9", "R71")
def test_a_party_disputes_and_signs_on_the_page_and_a_stranger_sees_nothing(client: Any) -> None:
    listing = make_listing()
    processor = make_organization()
    seller, partner = make_user(Role.DATA_MERCHANT, organization=listing.organization), make_user(Role.DATA_MERCHANT,
                                                                                                  organization=processor)
    client.force_login(seller)
    form = client.get(f"/desk/listings/{listing.code}/agreement/")
    assert form.status_code == 200 and "提出收益分配协议" in form.content.decode()
    sent = {"party": [listing.organization.code, processor.code], "part": ["source", "processing"], "weight": ["70", "30"],
            "due_party": [processor.code], "due_kind": ["royalty"], "due_fen": [""], "due_at": ["1000"], "due_rate": ["10"],
            "due_beyond": ["5"]}
    assert client.post(f"/desk/listings/{listing.code}/agreement/", sent).status_code == 302
    one = ShareAgreement.objects.get()
    assert one.first == [{"kind": "royalty", "party": processor.code, "tiers": [[100_000, 1_000], [None, 500]]}]
    faulty = client.post(f"/desk/listings/{listing.code}/agreement/", sent | {"weight": ["x", "30"]})
    assert faulty.status_code == 400 and "收益分配协议有误" in faulty.content.decode()

    client.force_login(partner)
    assert "签署这份协议" in client.get("/desk/share-agreements/").content.decode()
    client.post(f"/desk/share-agreements/{one.code}/dispute/", {"text": "三十不够，应为四十", "party": [processor.code], "weight": ["40"]})
    one.refresh_from_db()
    assert one.status == "disputed" and one.disputes.get().counter == {processor.code: 40}
    client.force_login(seller)
    page = client.get("/desk/share-agreements/").content.decode()
    assert "修改后重新提出" in page and "三十不够，应为四十" in page
    form = client.get(f"/desk/listings/{listing.code}/agreement/").content.decode()
    assert 'value="1000.00"' in form and "反提案" in form, "what stands is there to be mended"
    client.post(f"/desk/listings/{listing.code}/agreement/", sent | {"weight": ["60", "40"], "words": "改为四十"})
    mended = ShareAgreement.objects.get(status="proposed")
    client.force_login(make_user(Role.DATA_MERCHANT, organization=make_organization()))
    assert mended.code not in client.get("/desk/share-agreements/").content.decode()
    assert client.post(f"/desk/share-agreements/{mended.code}/sign/", {"content_hash": mended.content_hash}).status_code == 404
    client.force_login(partner)
    client.post(f"/desk/share-agreements/{mended.code}/sign/", {"content_hash": mended.content_hash})
    mended.refresh_from_db()
    assert mended.status == "in_force"
