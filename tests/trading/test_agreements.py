"""Agreements: drawn from one source, signed by both, lapsed by the clock, ended by notice; a new policy never reaches back (F1–F4, R35)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils.html import escape

from compliance.policy.graph import read_graph
from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from kit.actors import SYSTEM, Actor
from kit.coverage import covers
from kit.rejected import Rejected
from listings.licensing import AgreementTemplate
from listings.models import Listing, ListingVersion
from participants.actors import actor_of
from participants.models import User
from participants.roles import Role
from tests.factories import make_organization, make_user
from tests.trading.worlds import bid, make_buyer, make_listing, move, open_lot, seller_of
from trading.agreeing.judging import refusal_for_use, verdict
from trading.agreeing.machine import BARRED, Asked, judge, policy_of
from trading.agreeing.terms import Terms, read_terms
from trading.agreeing.wording import clauses, heading
from trading.books import sha256_of
from trading.models import Agreement, Signature, Trade
from trading.operations import (
    agree_to_end,
    buy_listing,
    cancel_trade,
    close_auction,
    give_notice,
    halt_agreement,
    pay_trade,
    quote_for,
    renew_agreement,
    sign_agreement,
    take_back_notice,
)
from trading.tasks import end_agreements, sweep

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]

USE = {"purposes": ["research", "product_development"], "term_days": 90, "regions": ["CN"], "seats": 5, "calls": 3, "derivatives": True,
       "train": True}
BY: dict[str, Any] = {"clock": MARKET_CLOCK}


def sold(**use: Any) -> tuple[Trade, Actor, Actor]:
    """A licence bought at the list price: trade, seller, buyer."""
    listing = make_listing(sale_mode="fixed", use_terms={**USE, **use})
    buyer = make_buyer()
    quote = quote_for(listing, MARKET_CLOCK.now())
    trade = buy_listing(listing=listing, version=quote.version.code, total_fen=quote.total_fen, purpose="research", actor=buyer, **BY)
    return trade, seller_of(listing), buyer


def awarded(**version: Any) -> tuple[Trade, Actor, Actor]:
    """A lot won and not yet paid: trade, seller, buyer."""
    listing, buyer = make_listing(use_terms=USE, **version), make_buyer()
    lot = open_lot(buyer, listing=listing)
    bid(lot, buyer, 90_000_000)
    move(days=2)
    close_auction(lot=lot, actor=SYSTEM, clock=MARKET_CLOCK)
    return Trade.objects.get(award__auction=lot), seller_of(listing), buyer


def terms_as(trade: Trade) -> Terms:
    return read_terms(trade.deed.terms)


def refused(operation: Any, **told: Any) -> str:
    with pytest.raises(Rejected) as caught:
        operation(**told, **BY)
    return caught.value.code


# ---- drawn from one source


@covers("F1", "R5", "R42")
def test_a_purchase_has_an_agreement_in_force_that_pins_version_price_and_terms() -> None:
    trade, _seller, buyer = sold()
    deed, terms = trade.deed, terms_as(trade)
    assert (deed.status, deed.template, deed.terms_hash) == ("in_force", "provision", terms.hash)
    assert (terms.version, terms.content_hash, terms.summary) == (trade.version.code, trade.version.content_hash, trade.agreement_hash)
    assert (terms.purposes, terms.seats, terms.calls, terms.train, terms.fine_tune) == (("research",), 5, 3, True, False)
    assert [(one.side, one.manner) for one in deed.signatures.order_by("pk")] == [("seller", "offer"), ("buyer", "order")]
    assert set(deed.signatures.values_list("terms_hash", flat=True)) == {terms.hash}
    assert buyer.code in {one.person for one in deed.signatures.all()}


@covers("F1", "R104")
@pytest.mark.parametrize("template", AgreementTemplate.values)
def test_each_official_form_speaks_both_languages_and_names_the_governing_one(template: str) -> None:
    trade, _seller, _buyer = sold(template=template)
    terms = terms_as(trade)
    stand = clauses(terms)
    assert terms.template == template and all(heading(template))
    assert [one.number for one in stand] == list(range(1, len(stand) + 1)) and all(zh and en and "{" not in zh + en for zh, en in
                                                                                   (one.text for one in stand))
    assert {"seller", "buyer"} <= {row["party"] for row in trade.agreement["responsibilities"]["duties"]}


@covers("F1", "R104")
def test_the_english_text_names_the_parties_in_english_and_the_registered_name_where_there_is_none() -> None:
    trade, _seller, _buyer = sold()
    company = trade.buyer
    terms = terms_as(trade)
    recipient = next(one for one in clauses(terms) if one.key == "recipient")
    assert company.name in recipient.text[0] and company.name_en not in recipient.text[0]
    assert recipient.text[1] == f"Only the buyer, {company.name_en}, may use it."
    assert terms.seller_name_en == trade.seller.name_en != "" and trade.agreement["seller"]["name_en"] == trade.seller.name_en
    trade.buyer.name_en = "Another Name Ltd"
    trade.buyer.save(update_fields=["name_en"])
    assert company.name_en == "Another Name Ltd" and terms_as(trade) == terms, "what was signed keeps the name of its day"
    unnamed = replace(terms, buyer_name_en="")
    assert f"Only the buyer, {terms.buyer_name}, may use it." in [one.text[1] for one in clauses(unnamed)]


@covers("F1", "F2")
def test_terms_signed_before_english_names_were_kept_are_read_and_hashed_as_they_were_signed() -> None:
    trade, _seller, _buyer = sold()
    signed = {name: value for name, value in trade.deed.terms.items() if name not in {"seller_name_en", "buyer_name_en", "reciprocal"}}
    signed["format"] = "agreement-terms/1"
    terms = read_terms(signed)
    assert terms.written() == signed and terms.hash == sha256_of(signed) != trade.deed.terms_hash
    assert terms.buyer_name in next(one for one in clauses(terms) if one.key == "recipient").text[1]
    with pytest.raises(ValueError, match="buyer_name_en"):
        read_terms({**signed, "buyer_name_en": "Added Later Ltd"})


@covers("R24", "F1", "F2")
def test_a_two_way_licence_is_a_clause_people_read_and_a_duty_machines_judge() -> None:
    trade, _seller, _buyer = sold(reciprocal=True)
    terms = terms_as(trade)
    clause = next(one for one in clauses(terms) if one.key == "reciprocal")
    assert "双向公平授权" in clause.text[0] and "第五条" in clause.article
    policy = policy_of(terms)
    assert policy["permission"][0]["duty"] == [{"uid": f"{terms.agreement}#reciprocal", "action": "dx:licenseBack"}]
    found = judge(policy, Asked(by=terms.buyer, purpose="research", place="CN"), target=terms.version, at=MARKET_CLOCK.now())
    assert found.permitted, "a duty that nobody broke bars nothing"
    plain = terms_as(sold()[0])
    assert [one for one in clauses(plain) if one.key == "reciprocal"] == [] and "duty" not in policy_of(plain)["permission"][0]


@covers("R24", "F1")
def test_terms_signed_before_two_way_licences_keep_their_hash() -> None:
    signed = {name: value for name, value in sold()[0].deed.terms.items() if name != "reciprocal"} | {"format": "agreement-terms/2"}
    terms = read_terms(signed)
    assert terms.written() == signed and not terms.reciprocal


@covers("F1", "F2")
def test_every_limit_of_the_policy_is_a_clause_people_read_and_the_other_way_round() -> None:
    trade, _seller, _buyer = sold(forbidden=["marketing"], rows=1000)
    terms = terms_as(trade)
    policy = policy_of(terms)
    rules = (*policy["permission"], *policy["prohibition"])
    named = {one["uid"].split("#")[1] for rule in rules for one in (rule, *rule.get("constraint", []))}
    said = {one.key for one in clauses(terms)}
    assert named - {"forbidden_purpose"} <= said
    assert {"term", "purpose", "region", "calls", "rows", "seats", "recipient", "forbidden"} <= named
    assert {name for name in BARRED if not getattr(terms, name)} <= named and "train" not in named
    assert read_graph(json.dumps(policy)).typed("http://www.w3.org/ns/odrl/2/Agreement") == [trade.deed.code]


@covers("F1")
def test_the_order_page_shows_the_clauses_that_the_order_then_signs() -> None:
    listing = make_listing(sale_mode="fixed", use_terms=USE)
    buyer = make_buyer()
    client = Client()
    client.force_login(User.objects.get(pk=buyer.user_id))
    page = client.get(f"/listings/{listing.code}/buy/", headers={"accept-language": "en"}).content.decode()
    quote = quote_for(listing, MARKET_CLOCK.now())
    trade = buy_listing(listing=listing, version=quote.version.code, total_fen=quote.total_fen, purpose="research", actor=buyer, **BY)
    for clause in clauses(terms_as(trade)):
        assert clause.key == "purpose" or escape(clause.text[1]) in page, f"clause {clause.key} was shown before"


@covers("F2")
def test_terms_of_an_unknown_kind_are_refused_by_name() -> None:
    trade, _seller, _buyer = sold()
    with pytest.raises(ValueError, match="moon"):
        read_terms({**trade.deed.terms, "moon": 1})
    with pytest.raises(ValueError, match="agreement-terms/9"):
        read_terms({**trade.deed.terms, "format": "agreement-terms/9"})


# ---- what is permitted


@covers("F2", "R42", "T63")
@pytest.mark.parametrize(("change", "days", "clause"), [
    ({}, 0, None), ({"purpose": "product_development"}, 0, "purpose"), ({"place": "US"}, 0, "region"), ({"calls": 3}, 0, None),
    ({"calls": 4}, 0, "calls"), ({"seats": 6}, 0, "seats"), ({"by": "ORG-OTHER"}, 0, "recipient"), ({}, 90, "term"), ({}, 89.9, None),
    ({"action": "dx:train"}, 0, None), ({"action": "dx:fineTune"}, 0, "fine_tune"), ({"action": "grantUse"}, 0, "sublicence"),
    ({"action": "derive"}, 0, None), ({"action": "sell"}, 0, "")])
def test_a_use_is_permitted_within_every_clause_and_refused_with_the_clause_it_breaks(change: dict[str, Any], days: float,
                                                                                      clause: str | None) -> None:
    trade, _seller, _buyer = sold()
    terms = terms_as(trade)
    asked = replace(Asked(terms.buyer, purpose="research", place="CN"), **change)
    at = move(days=days) if days else MARKET_CLOCK.now()
    found = verdict(trade.deed, terms, asked, at=at)
    assert (found.permitted, found.clause or None) == (clause is None, clause or None)


@covers("F2")
def test_an_empty_policy_permits_nothing_and_an_unknown_term_denies_by_its_name() -> None:
    asked, at = Asked("ORG-1", purpose="research", place="CN"), MARKET_CLOCK.now()
    assert not judge({"uid": "AGR-1"}, asked, target="LSV-1", at=at).permitted
    odd = {"uid": "AGR-1", "permission": [{"uid": "p", "constraint": [{"uid": "c", "leftOperand": "moonPhase", "operator": "eq",
                                                                     "rightOperand": "full"}]}]}
    found = judge(odd, asked, target="LSV-1", at=at)
    assert not found.permitted and "moonPhase" in found.faults[0]


def naive_verdict(trade: Trade, asked: Asked) -> bool:
    """The policy read from the listing as it is on sale today: what a marketplace without agreements does."""
    listing = Listing.objects.select_related("version").get(pk=trade.listing_id)
    use = listing.version.use_terms if listing.version else {}
    return asked.purpose in use.get("purposes", [])


@covers("R35", "F1")
def test_a_new_policy_of_the_listing_never_reaches_back_over_a_paid_grant() -> None:
    trade, _seller, _buyer = sold()
    old = trade.listing.version
    new = ListingVersion.objects.get(pk=old.pk)
    new.pk, new.code, new.number, new.status, new.use_terms = None, "LSV-NARROW0000", 2, "draft", {**USE, "purposes": ["public_service"]}
    new.save(force_insert=True)
    for status in ("submitted", "approved"):
        ListingVersion.objects.filter(pk=new.pk).update(status=status)
    ListingVersion.objects.filter(pk=old.pk).update(status="superseded")
    ListingVersion.objects.filter(pk=new.pk).update(status="published")
    Listing.objects.filter(pk=trade.listing_id).update(version=new)
    asked = Asked(terms_as(trade).buyer, purpose="research", place="CN")
    assert refusal_for_use(trade, at=MARKET_CLOCK.now()) is None
    assert verdict(trade.deed, terms_as(trade), asked, at=MARKET_CLOCK.now()).permitted
    assert not naive_verdict(trade, asked), "the naive variant takes away what was paid for"


@covers("F1")
def test_the_database_keeps_the_terms_and_lets_nobody_sign_another_text() -> None:
    trade, _seller, _buyer = awarded()
    for change in ({"terms": {}}, {"terms_hash": "0" * 64}, {"template": "processing"}):
        with pytest.raises(IntegrityError, match="never change"), transaction.atomic():
            Agreement.objects.filter(pk=trade.deed.pk).update(**change)
    with pytest.raises(IntegrityError, match="both sides sign"), transaction.atomic():
        Agreement.objects.filter(pk=trade.deed.pk).update(status="in_force", due_at=None)
    with pytest.raises(IntegrityError, match="another text"), transaction.atomic():
        Signature.objects.create(agreement=trade.deed, side="buyer", manner="signed", organization="O", person="P", terms_hash="0" * 64,
                                 at=MARKET_CLOCK.now())
    with pytest.raises(Exception, match=r"append-only|permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM trading_agreement")


# ---- signing


@covers("F1", "F3")
def test_both_sides_sign_the_hash_and_with_the_second_it_is_in_force() -> None:
    trade, seller, buyer = awarded()
    deed = trade.deed
    assert (deed.status, deed.due_at is not None) == ("drafted", True)
    assert refused(sign_agreement, agreement=deed, terms_hash="0" * 64, actor=buyer) == "trading.agreement.other_text"
    assert sign_agreement(agreement=deed, terms_hash=deed.terms_hash, actor=seller, **BY).status == "drafted"
    again = sign_agreement(agreement=deed, terms_hash=deed.terms_hash, actor=seller, **BY)
    assert (again.status, again.signatures.count()) == ("drafted", 1), "signing twice is signing once"
    done = sign_agreement(agreement=deed, terms_hash=deed.terms_hash, actor=buyer, **BY)
    assert (done.status, done.due_at) == ("in_force", None)
    kinds = sorted(Record.objects.filter(kind__startswith="trading.agreement.").values_list("kind", flat=True))
    assert kinds == ["trading.agreement.drafted", "trading.agreement.signed", "trading.agreement.signed"]


@covers("F3")
def test_a_stranger_signs_nothing() -> None:
    trade, _seller, _buyer = awarded()
    stranger = make_buyer()
    assert refused(sign_agreement, agreement=trade.deed, terms_hash=trade.deed.terms_hash, actor=stranger) == "participants.object.absent"


@covers("F3")
def test_who_pays_has_signed_and_the_seller_has_its_own_time_then() -> None:
    trade, _seller, buyer = awarded()
    before = trade.deed.due_at
    move(days=1)
    pay_trade(trade=trade, actor=buyer, **BY)
    deed = Agreement.objects.get(pk=trade.deed.pk)
    assert (deed.status, list(deed.signatures.values_list("side", "manner"))) == ("drafted", [("buyer", "payment")])
    assert before is not None and deed.due_at is not None and deed.due_at > before


@covers("F3")
@pytest.mark.parametrize(("signs", "trade_ends"), [((), "cancelled"), (("seller",), "defaulted"), (("buyer",), "cancelled")])
def test_an_agreement_not_signed_in_time_lapses_and_the_unpaid_trade_falls_with_it(signs: tuple[str, ...], trade_ends: str) -> None:
    trade, seller, buyer = awarded()
    for side in signs:
        sign_agreement(agreement=trade.deed, terms_hash=trade.deed.terms_hash, actor={"seller": seller, "buyer": buyer}[side], **BY)
    deed = Agreement.objects.get(pk=trade.deed.pk)
    assert deed.due_at is not None
    move(days=20)
    end_agreements()
    deed.refresh_from_db()
    trade.state.refresh_from_db()
    assert (deed.status, trade.state.status) == ("lapsed", trade_ends)
    late = {"seller": seller, "buyer": buyer}["seller" if "seller" not in signs else "buyer"]
    assert refused(sign_agreement, agreement=deed, terms_hash=deed.terms_hash, actor=late) == "trading.agreement.illegal_move"


@covers("F3")
def test_a_trade_that_falls_away_takes_its_agreement_along() -> None:
    trade, seller, buyer = awarded()
    for actor in (seller, buyer):
        sign_agreement(agreement=trade.deed, terms_hash=trade.deed.terms_hash, actor=actor, **BY)
    for actor in (seller, buyer):
        cancel_trade(trade=trade, actor=actor, **BY)
    deed = Agreement.objects.get(pk=trade.deed.pk)
    assert (deed.status, deed.cause) == ("ended", "rescission")


# ---- ending


@covers("F4")
@pytest.mark.parametrize("who", ["seller", "buyer"])
@pytest.mark.parametrize("ground", ["breach", "law"])
def test_either_side_gives_notice_and_it_ends_when_the_notice_is_over(who: str, ground: str) -> None:
    trade, seller, buyer = sold()
    deed = trade.deed
    actor = {"seller": seller, "buyer": buyer}[who]
    noticed = give_notice(agreement=deed, ground=ground, reason="对方将数据转给了第三方", actor=actor, **BY)
    assert (noticed.status, noticed.notice_by, (noticed.due_at - MARKET_CLOCK.now()).days) == ("terminating", who, 15)
    using = refusal_for_use(trade, at=MARKET_CLOCK.now())
    assert (using is None) == (ground == "breach"), "what the law forbids stops from the notice on"
    move(days=14)
    sweep()
    assert Agreement.objects.get(pk=deed.pk).status == "terminating"
    move(days=1)
    sweep()
    ended = Agreement.objects.get(pk=deed.pk)
    assert (ended.status, ended.cause, ended.due_at) == ("ended", "notice", None)
    refusal = refusal_for_use(trade, at=MARKET_CLOCK.now())
    assert refusal is not None and refusal.code == "trading.agreement.not_in_force"


@covers("F4")
def test_a_notice_says_why_and_on_which_ground_and_twice_is_once() -> None:
    trade, seller, buyer = sold()
    assert refused(give_notice, agreement=trade.deed, ground="breach", reason="  ", actor=seller) == "trading.agreement.reason_missing"
    assert refused(give_notice, agreement=trade.deed, ground="whim", reason="x", actor=seller) == "trading.agreement.ground"
    give_notice(agreement=trade.deed, ground="breach", reason="x", actor=seller, **BY)
    give_notice(agreement=trade.deed, ground="breach", reason="x", actor=seller, **BY)
    assert Record.objects.filter(kind="trading.agreement.notice_given").count() == 1
    assert refused(give_notice, agreement=trade.deed, ground="breach", reason="x", actor=buyer) == "trading.agreement.illegal_move"


@covers("F4")
def test_only_who_gave_a_notice_takes_it_back() -> None:
    trade, seller, buyer = sold()
    give_notice(agreement=trade.deed, ground="breach", reason="x", actor=seller, **BY)
    assert refused(take_back_notice, agreement=trade.deed, actor=buyer) == "trading.agreement.not_yours"
    assert refused(agree_to_end, agreement=trade.deed, actor=buyer) == "trading.agreement.nothing_to_agree"
    assert take_back_notice(agreement=trade.deed, actor=seller, **BY).status == "in_force"


@covers("F4", "F3")
def test_a_proposal_ends_it_by_the_others_consent_and_never_by_silence() -> None:
    trade, seller, buyer = sold()
    give_notice(agreement=trade.deed, ground="agreed", reason="项目取消", actor=buyer, **BY)
    assert refused(agree_to_end, agreement=trade.deed, actor=buyer) == "trading.agreement.nothing_to_agree"
    move(days=15)
    end_agreements()
    deed = Agreement.objects.get(pk=trade.deed.pk)
    assert (deed.status, deed.ground) == ("in_force", "")
    give_notice(agreement=deed, ground="agreed", reason="项目取消", actor=buyer, **BY)
    ended = agree_to_end(agreement=deed, actor=seller, **BY)
    assert (ended.status, ended.cause) == ("ended", "agreed")


@covers("F4")
def test_an_unpaid_trade_is_cancelled_not_terminated() -> None:
    trade, seller, buyer = awarded()
    for actor in (seller, buyer):
        sign_agreement(agreement=trade.deed, terms_hash=trade.deed.terms_hash, actor=actor, **BY)
    assert refused(give_notice, agreement=trade.deed, ground="breach", reason="x", actor=seller) == "trading.agreement.unpaid"


@covers("F3", "F6")
def test_a_term_that_is_over_ends_the_agreement() -> None:
    trade, _seller, _buyer = sold(term_days=10)
    move(days=9.99)
    end_agreements()
    assert Agreement.objects.get(pk=trade.deed.pk).status == "in_force"
    move(days=0.01)
    end_agreements()
    assert Agreement.objects.get(pk=trade.deed.pk).cause == "term"


@covers("F3")
def test_the_regulator_suspends_resumes_and_rescinds_and_a_long_suspension_is_put_up_again() -> None:
    trade, seller, _buyer = sold(term_days=3650)
    regulator = actor_of(make_user(Role.REGULATOR, organization=make_organization(Role.REGULATOR)))
    assert refused(halt_agreement, agreement=trade.deed, act="suspend", reason="x", actor=seller) == "participants.permission.denied"
    assert halt_agreement(agreement=trade.deed, act="suspend", reason="核查来源", actor=regulator, **BY).status == "suspended"
    assert refusal_for_use(trade, at=MARKET_CLOCK.now()) is not None
    move(days=60)
    end_agreements()
    assert Record.objects.filter(kind="trading.agreement.escalated").count() == 1
    assert Agreement.objects.get(pk=trade.deed.pk).status == "suspended", "no deadline decides for the regulator"
    assert halt_agreement(agreement=trade.deed, act="resume", reason="已核实", actor=regulator, **BY).status == "in_force"
    ended = halt_agreement(agreement=trade.deed, act="rescind", reason="来源不合法", actor=regulator, **BY)
    assert (ended.status, ended.cause) == ("ended", "rescission")


@covers("F4", "R42")
def test_a_term_licence_is_renewed_in_its_last_days_and_the_new_term_follows_the_old() -> None:
    trade, seller, buyer = sold(term_days=90)
    deed = trade.deed
    quote = quote_for(trade.listing, MARKET_CLOCK.now())
    asked = {"agreement": deed, "version": quote.version.code, "total_fen": quote.total_fen, "purpose": "research"}
    assert refused(renew_agreement, **asked, actor=buyer) == "trading.agreement.not_renewable"
    move(days=31)
    assert refused(renew_agreement, **asked, actor=seller) in ("participants.permission.denied", "trading.agreement.not_yours")
    renewed = renew_agreement(**asked, actor=buyer, **BY).deed
    assert (renewed.renews_id, renewed.term_from, (renewed.term_to - renewed.term_from).days) == (deed.pk, deed.term_to, 90)
    assert refused(renew_agreement, **asked, actor=buyer) == "trading.agreement.renewed"
