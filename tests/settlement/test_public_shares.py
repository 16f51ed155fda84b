"""The grantor of public data gets the share its authorisation names, with every settlement, and reads it by month (R76)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from evidence.clock import MARKET_CLOCK
from evidence.invariants import check_all
from kit.coverage import covers
from ledger.accounts import AccountKind
from ledger.operations import account
from ledger.queries import balance
from listings.models import Authorisation, ListingVersion
from listings.operations import confirm_authorisation, file_authorisation
from listings.partners import with_grantor
from participants.actors import actor_of
from participants.models import Organization, User
from participants.roles import Role
from settlement.models import Settlement
from settlement.public_shares import report_of
from settlement.tasks import move_cycle
from tests.delivery.worlds import buyer_of, delivered, make_listing
from tests.factories import make_organization, make_user
from tests.listings.public_worlds import make_grantor
from tests.settlement.worlds import collected, frozen

pytestmark = pytest.mark.django_db


def granted(share_bps: int) -> tuple[Authorisation, Any]:
    """An authorisation in force by the real acts, and who granted it."""
    at, body = MARKET_CLOCK.now(), make_grantor()
    operator = actor_of(make_user(Role.PUBLIC_DATA_OPERATOR, organization=make_organization(Role.PUBLIC_DATA_OPERATOR)))
    one = file_authorisation(
        organization=Organization.objects.get(pk=operator.organization_id), grantor=body.organization, model="whole",
        subject=("全市公共交通数据", "City transit data"), document_no="市数授〔2031〕1号", price_basis="成本调查", effective_from=at,
        effective_to=at + timedelta(days=550), grantor_share_bps=share_bps, actor=operator, clock=MARKET_CLOCK)
    return confirm_authorisation(authorisation=one, actor=body, clock=MARKET_CLOCK), body


def sold(one: Authorisation, price_fen: int, **contributors: Any) -> None:
    from delivery.operations import accept_delivery

    listing = make_listing(one.organization, **contributors)
    ListingVersion.objects.filter(pk=listing.version_id).update(authorisation=one)
    listing.version.refresh_from_db()
    handed = delivered(price_fen=price_fen, listing=listing)
    accept_delivery(delivery=handed, actor=buyer_of(handed.trade), clock=MARKET_CLOCK)


def has(organization: Organization | Any) -> int:
    code = organization.organization if hasattr(organization, "organization") else organization.code
    return balance(account(code, AccountKind.AVAILABLE)).posted_fen


def settle() -> Settlement:
    move_cycle(cycle=frozen(), clock=MARKET_CLOCK)
    newest = Settlement.objects.order_by("-pk").first()
    assert newest is not None and newest.status == "settled"
    return newest


@covers("R76", "I7")
def test_15_percent_of_what_a_price_of_10_000_yuan_leaves_goes_to_the_grantors_account_with_the_cycle() -> None:
    one, body = granted(1_500)
    sold(one, 1_000_000)
    done = settle()
    shares = {share.organization.code: share.amount_fen for share in done.shares.select_related("organization")}
    assert shares[body.organization] == has(body) == done.shared_fen * 15 // 100
    assert sum(shares.values()) == done.shared_fen and done.parties[done.grantor_number - 1] == body.organization
    assert check_all(only=("I6", "I7")).violations == []


@covers("R76", "R9")
def test_the_contributors_share_the_rest_by_their_weights_to_the_fen() -> None:
    one, body = granted(3_333)
    other = make_organization()
    sold(one, 99_999, contributors={one.organization: 2, other: 1})
    done = settle()
    assert done.weights == [2 * 6_667, 6_667, 3 * 3_333]
    by_party = {share.organization.code: share.amount_fen for share in done.shares.select_related("organization")}
    assert by_party[body.organization] == round(done.shared_fen * 3_333 / 10_000) and sum(by_party.values()) == done.shared_fen
    assert abs(by_party[one.organization.code] - 2 * by_party[other.code]) <= 2


@covers("R76")
def test_a_grantor_that_contributed_data_keeps_both_as_one_party() -> None:
    one, _ = granted(2_000)
    parties = [(one.organization.code, one.organization_id, 3), (one.grantor.code, one.grantor_id, 1)]
    assert with_grantor(parties, one) == [(one.organization.code, one.organization_id, 24_000),
                                          (one.grantor.code, one.grantor_id, 8_000 + 8_000)]


@covers("R76")
def test_the_share_is_the_authorisations_and_cannot_be_changed_under_it() -> None:
    one, _ = granted(1_500)
    for change in ({"grantor_share_bps": 100}, {"grantor_share_bps": 10_000}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Authorisation.objects.filter(pk=one.pk).update(**change)
    plain, _ = granted(0)
    sold(plain, 1_000_000)
    assert collected()[-1].grantor_number is None, "where no share was agreed the operator has it all"


@covers("R76")
def test_both_sides_read_the_report_by_month_and_a_stranger_reads_nothing() -> None:
    one, body = granted(1_500)
    sold(one, 1_000_000)
    collected()
    grantor = User.objects.get(pk=body.user_id)
    months, waiting = report_of(grantor)
    assert months == [] and waiting == {one.pk: (1, 1_000_000)}
    done = settle()
    (month,), _ = report_of(grantor)
    assert (month.month.isoformat(), month.trades, month.price_fen, month.paid_fen) == ("2031-03-01", 1, 1_000_000, has(body))
    client = Client()
    client.force_login(grantor)
    page = client.get("/desk/public-shares/").content.decode()
    assert "15.0%" in page and "市数授〔2031〕1号" in page
    table = b"".join(client.get("/desk/public-shares.csv").streaming_content).decode("utf-8-sig")
    assert one.code in table and "2031-03" in table
    english = client.get("/desk/public-shares/", headers={"accept-language": "en"}).content.decode()
    assert "Posted to the grantor" in english and done.subject not in english
    assert report_of(User.objects.get(pk=make_grantor().user_id)) == ([], {})
    assert "已入授权方账户" in Client().get("/public-data/").content.decode(), "the public register tells it too"
