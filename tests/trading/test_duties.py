"""Every agreement says who answers for which duty, by which article, and says it for good (R104)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from evidence.clock import MARKET_CLOCK
from kit.actors import SYSTEM
from kit.coverage import covers
from participants.models import Organization, User
from participants.roles import OrganizationKind, Role
from tests.factories import make_actor, make_organization
from tests.trading.test_reports import reported
from tests.trading.worlds import bid, make_buyer, make_listing, move, open_lot
from trading import duties
from trading.books import sha256_of
from trading.duties import PARTIES, WHEN, Deal, duties_of, editions
from trading.models import Trade
from trading.operations import close_auction, confirm_report, decide_report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]


def sold(**terms: Any) -> Trade:
    buyer = make_buyer()
    lot = open_lot(buyer, listing=make_listing(**terms))
    bid(lot, buyer, 1_000_000)
    move(days=2)
    close_auction(lot=lot, actor=SYSTEM, clock=MARKET_CLOCK)
    return Trade.objects.get(award__auction=lot)


def held(trade: Trade) -> dict[str, str]:
    return {row["duty"]: row["party"] for row in trade.agreement["responsibilities"]["duties"]}


def deal(**fields: Any) -> Deal:
    plain = {"facts": {"contains_pi": False}, "category": "enterprise", "grade": "general", "buyer": make_organization(Role.BUYER),
             "price_fen": 100, "on_exchange": True}
    return Deal(**{**plain, **fields})


def keys(one: Deal) -> set[str]:
    return {row["duty"] for row in duties_of(one, at=MARKET_CLOCK.now())["duties"]}


@covers("R104")
def test_an_award_freezes_the_table_with_party_words_and_article_under_its_hash() -> None:
    trade = sold(facts={"contains_pi": False})
    answers = held(trade)
    assert (answers["source"], answers["purpose"], answers["security"], answers["identity"]) == ("seller", "buyer", "each", "venue")
    assert "personal_basis" not in answers, "nothing personal is sold"
    assert all(row["zh"] and row["en"] and row["article"] for row in trade.agreement["responsibilities"]["duties"])
    assert trade.agreement_hash == sha256_of(trade.agreement)
    with pytest.raises(DatabaseError), transaction.atomic():
        Trade.objects.filter(pk=trade.pk).update(agreement={})


@covers("R104", "R43")
def test_a_trade_made_elsewhere_has_its_table_without_what_only_the_exchange_does() -> None:
    report, _seller, buyer = reported()
    confirm_report(report=report, actor=buyer, clock=MARKET_CLOCK)
    trade = decide_report(report=report, outcome="verify", reason="材料齐全", actor=make_actor(Role.COMPLIANCE_OFFICER),
                          clock=MARKET_CLOCK)
    assert trade is not None
    answers = held(trade)
    assert answers["filing"] == "each" and not {"escrow", "identity", "handover", "inspection"} & set(answers)


@covers("R104")
@pytest.mark.parametrize("fields, added", [
    ({"facts": {"contains_pi": True}}, {"personal_basis", "personal_use", "supervision", "records", "deletion"}),
    ({"facts": {}}, {"personal_basis", "personal_use", "supervision", "records", "deletion"}),
    ({"grade": "important"}, {"important", "supervision", "records"}), ({"category": "public"}, {"public"}),
    ({"seats": 3}, {"seats"}),
])
def test_what_is_traded_adds_its_duties_and_what_is_not_stated_counts_as_personal(fields: dict[str, Any], added: set[str]) -> None:
    assert keys(deal(**fields)) - keys(deal()) == added


@covers("R104", "R64")
def test_a_buyer_abroad_adds_the_clearance_and_equal_protection_and_a_gift_has_nothing_to_pay() -> None:
    abroad = make_organization(Role.BUYER)
    Organization.objects.filter(pk=abroad.pk).update(kind=OrganizationKind.FOREIGN)
    abroad.refresh_from_db()
    assert keys(deal(buyer=abroad)) - keys(deal()) == {"export", "equal_protection"}
    assert keys(deal()) - keys(deal(price_fen=0)) == {"payment", "escrow", "tax"}


@covers("R104")
def test_every_duty_names_a_known_party_and_time_and_every_time_is_used() -> None:
    rows = editions()[-1][2]
    assert {one.when for one in rows} == set(WHEN) and {one.party for one in rows} == set(PARTIES)
    assert all(one.article and all(one.text) for one in rows)


@covers("R104", "R100")
def test_a_later_edition_changes_nothing_that_was_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    trade = sold(facts={"contains_pi": False})
    before, late = trade.agreement, [*editions(), ("2099.1", MARKET_CLOCK.now().date(), editions()[-1][2][:1])]
    monkeypatch.setattr(duties, "editions", lambda: tuple(late))
    assert duties_of(deal(), at=MARKET_CLOCK.now())["edition"] == "2099.1"
    trade.refresh_from_db()
    assert trade.agreement == before and sha256_of(trade.agreement) == trade.agreement_hash


@covers("R104")
@pytest.mark.parametrize("language, words", [("zh-hans", ("合规责任分配", "不复原、不重新识别其中的个人", "双方各自")),
                                             ("en", ("Who answers for what", "Re-identifies no person in the data", "Each side"))])
def test_both_sides_read_it_on_the_trade(language: str, words: tuple[str, ...]) -> None:
    trade = sold(facts={"contains_pi": False})
    browser = Client()
    browser.force_login(User.objects.get(acting_for=trade.buyer))
    shown = browser.get(f"/desk/trades/{trade.code}/", headers={"accept-language": language}).content.decode()
    assert all(word in shown for word in words)
