"""Cost plus for authorised public data: the operator earns its permitted revenue first, what is beyond is the treasury's (R76, F.3).

Worked example (发改价格〔2025〕65号): cost 1,000,000, subsidy 100,000, bond yield 1.80 %: a return of at most 7.80 % on 900,000, so 970,200
fen are permitted. Two prices of 600,000 leave 579,000 each: 579,000 to the operator; then 391,200 to it and 187,800 to the treasury.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.clock import MARKET_CLOCK as CLOCK
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import ListingVersion, Part, ShareAgreement
from listings.operations import propose_shares, sign_shares
from listings.share_terms import CostPlus, TermsFault, read
from listings.sharing import Line
from participants.models import Organization
from participants.roles import Role
from settlement.models import Settlement
from settlement.sharing.periods import cost_plus
from settlement.sharing.terms import Terms, divided_fen
from settlement.tasks import move_cycle
from tests.delivery.worlds import make_listing, seller_of
from tests.factories import make_organization, make_user
from tests.settlement.test_agreed_shares import paid, sold
from tests.settlement.test_public_shares import granted
from tests.settlement.worlds import frozen

pytestmark = pytest.mark.django_db


def revenue(party: str, **other: Any) -> dict[str, Any]:
    return {"kind": "cost_plus", "party": party, "heads": [["collection", 400_000], ["labour", 600_000]], "subsidy_fen": 100_000,
            "rate_bps": 780, "bond_bps": 180, "tax_fen": 0, **other}


def public_listing() -> tuple[Any, Organization, Any]:
    one, body = granted(0)
    listing = make_listing(one.organization)
    ListingVersion.objects.filter(pk=listing.version_id).update(authorisation=one)
    listing.version.refresh_from_db()
    return listing, Organization.objects.get(pk=one.grantor_id), body


def agreed(listing: Any, treasury: Organization, body: Any) -> ShareAgreement:
    made = propose_shares(version=listing.version, lines=[Line(listing.organization, Part.PROCESSING, 0), Line(treasury, Part.SOURCE, 1)],
                          first=[revenue(listing.organization.code)], actor=seller_of(listing), clock=CLOCK)
    return sign_shares(agreement=made, content_hash=made.content_hash, actor=body, clock=CLOCK)


@covers("R74", "R76", "R72")
def test_the_operator_earns_what_is_permitted_and_the_treasury_what_is_beyond(client: Any) -> None:
    listing, treasury, body = public_listing()
    assert agreed(listing, treasury, body).status == "in_force"
    first, second, third = (sold(listing, 600_000) for _ in range(3))
    move_cycle(cycle=frozen(), clock=CLOCK)
    assert [paid(one)[listing.organization_id] for one in (first, second, third)] == [579_000, 391_200, 0]
    assert [paid(one)[treasury.pk] for one in (first, second, third)] == [0, 187_800, 579_000]
    client.force_login(make_user(Role.PUBLIC_DATA_OPERATOR, organization=listing.organization))
    page = client.get(f"/desk/statements/{Settlement.objects.get(trade=second).code}/").content.decode()
    assert "准许收入 ¥9,702" in page and "收益" in page and "此前已分配 ¥5,790" in page
    told = client.get("/desk/share-agreements/").content.decode()
    assert "采集与汇聚 ¥4,000" in told and "以外归公共财政" in told


@covers("R76")
@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=6), st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 400))
def test_trade_by_trade_it_comes_to_what_the_year_would_be_divided_by(pots: list[int], cost: int, subsidy: int, bond: int) -> None:
    one = CostPlus("a", (("operation", cost + subsidy),), subsidy, bond + 600, bond, 0)
    terms, before, operator = Terms({"t": 1}, (one,)), 0, 0
    for pot in pots:
        operator += divided_fen(pot, terms, before_fen=before)["a"]
        before += pot
    said = cost_plus(before, cost_fen=cost + subsidy, subsidy_fen=subsidy, rate_bps=bond + 600, most_rate_bps=bond + 600)
    assert (operator, before - operator) == (said.operator_fen, said.treasury_fen)


@covers("R76")
@pytest.mark.parametrize("change", [{"rate_bps": 781}, {"heads": []}, {"heads": [["champagne", 1]]}, {"subsidy_fen": 1_000_001},
                                    {"heads": [["labour", 1], ["labour", 2]]}, {"tax_fen": 1.5}])
def test_a_return_above_the_bond_and_six_points_and_costs_without_a_head_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(TermsFault):
        read([revenue("ORG-A", **change)])


@covers("R76")
def test_it_stands_alone_is_for_public_data_and_leaves_nothing_to_others_than_the_treasury() -> None:
    listing, treasury, _ = public_listing()
    code, other = listing.organization.code, make_organization()
    with pytest.raises(TermsFault, match="beside"):
        read([revenue(code), {"kind": "fixed", "party": code, "fen": 1}])
    with pytest.raises(Rejected) as refused:
        propose_shares(version=listing.version, lines=[Line(listing.organization, Part.PROCESSING, 1), Line(treasury, Part.SOURCE, 1)],
                       first=[revenue(code)], actor=seller_of(listing), clock=CLOCK)
    assert [one.code for one in refused.value.errors] == ["not_treasury"]
    private = make_listing()
    with pytest.raises(Rejected) as refused:
        propose_shares(version=private.version, lines=[Line(private.organization, Part.SOURCE, 0), Line(other, Part.PROCESSING, 1)],
                       first=[revenue(private.organization.code)], actor=seller_of(private), clock=CLOCK)
    assert {one.code for one in refused.value.errors} == {"not_public", "not_treasury"}


@covers("R76", "R72")
def test_the_form_takes_cost_by_head_and_the_period_of_a_pool(client: Any) -> None:
    listing, treasury, _ = public_listing()
    client.force_login(make_user(Role.PUBLIC_DATA_OPERATOR, organization=listing.organization))
    address, code = f"/desk/listings/{listing.code}/agreement/", listing.organization.code
    assert "公共数据成本加成" in client.get(address).content.decode()
    sent = {"party": [code, treasury.code], "part": ["processing", "source"], "weight": ["0", "1"], "period": "3", "cost_party": code,
            "cost_collection": "4000", "cost_labour": "6000", "subsidy_fen": "1000", "bond_bps": "1.80", "rate_bps": "7.90"}
    refused = client.post(address, sent)
    assert refused.status_code == 400 and 'value="7.90"' in refused.content.decode()
    assert client.post(address, sent | {"rate_bps": "7.80"}).status_code == 302
    one = ShareAgreement.objects.get()
    assert one.rest == {"period_months": 3} and one.first == [revenue(code)]
    stands = client.get(address).content.decode()
    assert 'value="7.80"' in stands and 'value="3" selected' in stands and 'value="4000.00"' in stands
    assert client.post(address, sent | {"rate_bps": "7.80", "period": "5"}).status_code == 400
