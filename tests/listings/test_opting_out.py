"""Opting out of an anonymised product (W15): told in advance, listed once, answered by the holder, honoured before delivery."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from compliance.models import Case
from evidence.clock import MARKET_CLOCK
from evidence.invariants import check_all
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import Listing, ListingVersion, OptOut, Principal
from listings.operations import answer_opt_out, open_opt_out
from listings.opting_out import delivers_from, opted_out
from listings.tasks import run_deadlines
from participants.models import User
from participants.roles import Role
from participants.timers import after
from tests.factories import make_actor
from tests.listings.test_consents import make_trustee, taken_on
from tests.trading.trials import table
from tests.trading.worlds import make_listing, move, seller_of

pytestmark = pytest.mark.django_db


def anonymised(**facts: Any) -> Listing:
    listing = make_listing(facts={"contains_pi": True, "pi_anonymised": True} | facts, deposit=table({"a": "1"}),
                           published_at=MARKET_CLOCK.now())
    return Listing.objects.select_related("version", "product").get(pk=listing.pk)


def version_of(listing: Listing) -> ListingVersion:
    return ListingVersion.objects.select_related("listing", "deposit").get(pk=listing.version_id)


def out(listing: Listing, actor: Actor, **more: Any) -> OptOut:
    return open_opt_out(product=listing.product, reference="客户 17", actor=actor, clock=MARKET_CLOCK, **more)


def refused(act: Any) -> str:
    with pytest.raises(Rejected) as caught:
        act()
    return caught.value.code


@covers("W15")
def test_an_anonymised_product_is_first_delivered_five_working_days_after_its_page_began_to_tell() -> None:
    listing = anonymised()
    assert delivers_from(version_of(listing)) == after("opt_out.notice", version_of(listing).published_at)
    assert delivers_from(version_of(anonymised(pi_anonymised=False))) is None, "what is sold by consent has its own rules"


@covers("W15", "R34")
def test_whoever_opts_out_stops_the_delivery_until_the_holder_answers() -> None:
    listing, person = anonymised(), make_actor(Role.DATA_SUBJECT)
    one = out(listing, person)
    assert opted_out(version_of(listing)) == [one.code]
    assert refused(lambda: out(listing, person)) == "listings.opt_out.listed"
    answer_opt_out(opt_out=one, removed=False, answer="核对后不在数据中", actor=seller_of(listing), clock=MARKET_CLOCK)
    assert opted_out(version_of(listing)) == []


@covers("W15")
def test_a_file_made_before_the_demand_is_not_delivered_once_the_records_were_taken_out_a_later_one_is() -> None:
    listing = anonymised()
    move(hours=1)
    one = out(listing, make_actor(Role.DATA_SUBJECT))
    move(hours=1)
    answer_opt_out(opt_out=one, removed=True, answer="已从新文件移除", actor=seller_of(listing), clock=MARKET_CLOCK)
    assert opted_out(version_of(listing)) == [one.code], "the old file still holds the person"
    later = version_of(listing)
    later.deposit = table({"b": "1"})
    assert opted_out(later) == []


@covers("W15", "R29")
def test_a_trustee_opts_out_for_those_whose_mandate_it_has_and_for_nobody_else() -> None:
    listing, trustee, other = anonymised(), make_trustee(), make_trustee()
    principal = taken_on(trustee, MARKET_CLOCK)[0]
    one = out(listing, trustee, principal=principal)
    assert (one.subject_id, one.trustee_id) == (principal.subject_id, trustee.organization_id)
    second = Principal.objects.exclude(pk=principal.pk).first()
    assert second is not None and refused(lambda: out(listing, other, principal=second)) == "participants.object.absent"


@covers("W15")
def test_nobody_opts_out_of_what_is_not_made_of_persons_and_nobody_without_a_word() -> None:
    person = make_actor(Role.DATA_SUBJECT)
    assert refused(lambda: out(make_listing(), person)) == "listings.opt_out.not_personal"
    assert refused(lambda: open_opt_out(product=anonymised().product, reference=" ", actor=person,
                                        clock=MARKET_CLOCK)) == "listings.opt_out.unsaid"


@covers("W15")
def test_an_answer_is_the_holders_and_says_something_and_a_missed_one_is_a_case() -> None:
    listing = anonymised()
    one = out(listing, make_actor(Role.DATA_SUBJECT))
    stranger = seller_of(anonymised())
    for actor, answer, code in ((stranger, "不在", "participants.object.absent"), (seller_of(listing), "", "listings.opt_out.unsaid")):
        with pytest.raises(Rejected) as caught:
            answer_opt_out(opt_out=one, removed=False, answer=answer, actor=actor, clock=MARKET_CLOCK)
        assert caught.value.code == code
    assert one.due_at is not None
    move(hours=(one.due_at - MARKET_CLOCK.now()) / timedelta(hours=1) + 1)
    run_deadlines(clock=MARKET_CLOCK)
    one.refresh_from_db()
    assert one.status == "late" and Case.objects.filter(subject_code=one.code).exists() and opted_out(version_of(listing)) == [one.code]
    with pytest.raises(IntegrityError), transaction.atomic():
        OptOut.objects.filter(pk=one.pk).update(status="removed")
    assert [found.text for found in check_all().violations if "OPT-" in found.text] == []


@covers("W15")
def test_the_page_tells_everyone_and_lists_whoever_signs_in() -> None:
    listing, person = anonymised(), make_actor(Role.DATA_SUBJECT)
    address = reverse("listings:opt_out", args=[listing.code])
    stranger = Client()
    assert "首次交付不早于" in stranger.get(address).content.decode()
    assert stranger.post(address, {"reference": "x"}).status_code == 302 and not OptOut.objects.exists()
    browser = Client()
    browser.force_login(User.objects.get(pk=person.user_id))
    assert browser.post(address, {"reference": ""}).status_code == 400
    assert browser.post(address, {"reference": "客户 17"}).status_code == 302
    page = browser.get(address).content.decode()
    assert "您的退出请求" in page and "已有 1 人退出" in page
    assert stranger.get(reverse("listings:opt_out", args=[make_listing().code])).status_code == 404
    seller = Client()
    seller.force_login(User.objects.get(pk=seller_of(listing).user_id))
    desk = seller.get("/desk/subject-requests/").content.decode()
    assert "客户 17" in desk
    one = OptOut.objects.get()
    seller.post(reverse("listings:opt_out_answer", args=[one.code]), {"act": "removed", "answer": "已移除"})
    one.refresh_from_db()
    assert (one.status, one.answer) == ("removed", "已移除")
