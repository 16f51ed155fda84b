"""The client for programs on share agreements: proposed, disputed, mended, signed; what may not be done says why (R9, R71)."""

from __future__ import annotations

from typing import Any

import pytest

from evidence.clock import MARKET_CLOCK
from exchange.client import Client, Refused
from kit.coverage import covers
from participants.actors import actor_of
from participants.models import Organization
from participants.operations import issue_token
from participants.roles import Role
from tests.delivery.worlds import make_listing
from tests.factories import make_organization, make_user

pytestmark = pytest.mark.django_db(transaction=True)


def client_of(address: str, party: Organization) -> Client:
    user = make_user(Role.DATA_MERCHANT, organization=party)
    _token, clear = issue_token(user=user, organization=party, name="shares", scopes=["read", "listings"], days=30, actor=actor_of(user),
                                clock=MARKET_CLOCK)
    return Client(address, key=clear, sleep=lambda _seconds: None)


@covers("CAP-I7", "R9", "R71", "R72")
def test_programs_propose_dispute_mend_and_sign_a_share_agreement(live_server: Any) -> None:
    """The seller's program and its partner's, to the agreement in force; what may not be done says why."""
    listing, partner = make_listing(), make_organization()
    (seller, other), codes = (client_of(live_server.url, party) for party in (listing.organization, partner)), (
        listing.organization.code, partner.code)

    def parties(*weights: int) -> list[dict[str, Any]]:
        return [{"party": code, "part": part, "weight": weight} for code, part, weight in zip(codes, ("source", "processing"), weights,
                                                                                              strict=True)]

    made = seller.propose_shares(listing.code, parties(70, 30), period_months=3,
                                 first=[{"kind": "royalty", "party": codes[1], "tiers": [[100_000, 1_000], [None, 500]]}])
    assert [one["code"] for one in other.share_agreements()] == [made["code"]] and made["rest"] == {"period_months": 3}
    assert other.dispute_shares(made["code"], text="三十不够，应为四十", counter={codes[1]: 40})["status"] == "disputed"
    mended = seller.propose_shares(listing.code, parties(60, 40), period_months=3, words="改为四十")
    assert other.share_agreement(made["code"])["disputes"][0]["answer"] == "改为四十" and mended["replaces"] == made["code"]
    with pytest.raises(Refused) as no:
        other.sign_shares(mended["code"], content_hash=made["content_hash"])
    assert no.value.code == "listings.share.other_text"
    signed = other.sign_shares(mended["code"], content_hash=mended["content_hash"])
    assert signed["status"] == "in_force" and all(one["signed_at"] for one in signed["parties"])
    with pytest.raises(Refused) as no:
        client_of(live_server.url, make_organization()).share_agreement(made["code"])
    assert no.value.status == 404
    with pytest.raises(Refused) as no:
        seller.propose_shares(listing.code, parties(60, 40), first=[{"kind": "fixed", "party": codes[1], "fen": -1}])
    assert no.value.status == 400 and no.value.errors[0]["field"] == "first"
    again = seller.propose_shares(listing.code, parties(50, 50))
    assert other.dispute_shares(again["code"], text="应为四十和六十")["status"] == "disputed"
    assert seller.answer_shares(again["code"], text="按工时单计算")["status"] == "answered"
    assert seller.withdraw_shares(again["code"])["status"] == "withdrawn"
