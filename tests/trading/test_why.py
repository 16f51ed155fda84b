"""Why a bid or a registration is refused: the page asks gate by gate what the act asks, and answers as the act does (C7)."""

from __future__ import annotations

import pytest
from django.test import Client

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import Listing
from participants.models import Organization, User
from tests.trading.worlds import bid, first_refused, make_buyer, make_lot, open_lot, stand
from trading.gates import of_registering
from trading.operations import register_bidder

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]


def page(lot, buyer, language="zh-hans", **query):
    client = Client(headers={"accept-language": language})
    if buyer is not None:
        client.force_login(User.objects.get(pk=buyer.user_id))
    return client.get(f"/trading/lots/{lot.code}/why/", query)


@covers("C7", "T22")
def test_the_page_names_rule_clause_fact_and_way_out_for_the_amount_asked():
    a, b = make_buyer(), make_buyer()
    lot = open_lot(a, b)
    bid(lot, a, 2_000_000)
    shown = page(lot, b, max="10,500.00").content.decode()
    assert "出价过低" in shown and "竞价规则 第12条" in shown and "¥11,000" in shown and "trading.<wbr>bid.<wbr>too_low" in shown
    english = page(lot, b, "en", max="10,500.00").content.decode()
    assert "Bid too low" in english and "Registered, with a deposit reserved" in english
    assert [act.refused for act in page(lot, b, max="11000").context["acts"]] == [[]], "from the least bid on nothing is in the way"
    assert first_refused(lot, b, None) == "", "without an amount the amount is not judged"


@covers("C7")
def test_each_gate_is_answered_not_only_the_first():
    a = make_buyer()
    lot = open_lot(a)
    stand(a, "restricted")
    Listing.objects.filter(pk=lot.listing_id).update(status="suspended")
    refused = [gate.refusal.code for act in page(lot, a).context["acts"] for gate in act.refused]
    assert refused == ["participants.standing.restricted", "listings.listing.suspended"]


@covers("C7", "T22", "R53")
def test_registering_is_explained_as_it_is_refused():
    from participants.models import OwnershipStake

    lot, poor, owned = make_lot(), make_buyer(fen=99_999), make_buyer()
    OwnershipStake.objects.create(owner=lot.seller, owned_id=owned.organization_id, share_bps=2_500, effective_from=lot.created_at)
    for buyer, code in ((poor, "ledger.insufficient_funds"), (owned, "trading.bidder.affiliated")):
        with pytest.raises(Rejected) as refused:
            register_bidder(lot=lot, actor=buyer, clock=MARKET_CLOCK)
        gates = list(of_registering(lot, actor=buyer, at=MARKET_CLOCK.now()))
        assert [gate.refusal.code for gate in gates if gate.refusal] == [refused.value.code] == [code]


@covers("C7")
def test_a_visitor_reads_what_would_be_asked_and_nobody_reads_a_reserve():
    lot = make_lot(reserve_price_fen=7_654_321)
    shown = page(lot, None).content.decode()
    assert "尚未报名" in shown and "没有这项权限" in shown and "76,543" not in shown
    assert Organization.objects.filter(pk=lot.seller_id).exists()
