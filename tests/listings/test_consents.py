"""Consents, trustees and what people ask: one purpose each, by whom, for how long, and what a holder owes them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from compliance.models import Case
from evidence.invariants import check_all
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import Consent, Listing, Principal, SubjectRequest
from listings.operations import (
    answer_subject_request,
    give_consent,
    import_principals,
    open_subject_request,
    submit_listing,
    withdraw_consent,
)
from listings.tasks import run_deadlines
from participants.models import Person
from participants.roles import Role
from tests.factories import NOW, clock, make_actor, make_organization
from tests.listings.worlds import CONTENT, make_draft, make_listed, make_product, make_seller

pytestmark = pytest.mark.django_db
#: two numbers whose check characters are right, and one whose is not
FILE = ("编号,姓名,证件号,委托至\n"
        "A-1,赵一,11010519491231002X,2027-12-31\n"
        "A-2,钱二,440524188001010014,2027-12-31\n"
        "A-3,孙三,110105194912310021,2027-12-31\n"
        "A-4,李四,11010519491231002X,2020-01-01\n").encode()


def make_trustee() -> Actor:
    return make_actor(Role.TRUSTEE, organization=make_organization(Role.TRUSTEE))


def taken_on(trustee: Actor, at: Any = None) -> list[Principal]:
    from participants.models import Organization

    return import_principals(organization=Organization.objects.get(pk=trustee.organization_id), content=FILE, actor=trustee,
                             clock=at or clock()).made


def consent_by(actor: Actor, product: Any, at: Any, **changes: Any) -> Consent:
    return give_consent(**{"product": product, "purpose": "industry", "kinds": ["location"], "recipients": ["买方"],
                           "effective_to": at.now() + timedelta(days=100), "actor": actor, "clock": at, **changes})


def refused(act: Any) -> str:
    with pytest.raises(Rejected) as caught:
        act()
    return caught.value.code


@covers("R28", "R33", "B9")
def test_a_bundle_a_forced_consent_and_a_childs_own_consent_are_no_basis() -> None:
    product, at, person = make_product(), clock(), make_actor(Role.DATA_SUBJECT)
    assert refused(lambda: consent_by(person, product, at, purpose=["industry", "marketing"])) == "listings.consent.bundled"
    assert refused(lambda: consent_by(person, product, at, service_tied=True)) == "listings.consent.bundled"
    assert refused(lambda: consent_by(person, product, at, minor=True)) == "listings.consent.guardian_missing"
    assert refused(lambda: consent_by(person, product, at, purpose="whatever")) == "listings.consent.incomplete"
    one = consent_by(person, product, at, minor=True, guardian=True)
    assert refused(lambda: consent_by(person, product, at)) == "listings.consent.given_already"
    with pytest.raises(IntegrityError, match="by_guardian"), transaction.atomic():
        Consent.objects.filter(pk=one.pk).update(guardian=False)


@covers("R29", "B9")
def test_principals_come_by_file_and_each_bad_line_is_told_with_its_reason() -> None:
    trustee = make_trustee()
    from participants.models import Organization

    home = Organization.objects.get(pk=trustee.organization_id)
    report = import_principals(organization=home, content=FILE, actor=trustee, clock=clock())
    assert (report.read, [one.reference for one in report.made]) == (4, ["A-1", "A-2"])
    assert [(line, text[1][:12]) for line, text in report.refused] == [(4, "The identity"), (5, "until must b")]
    assert Person.objects.filter(pk__in=[one.subject_id for one in report.made]).count() == 2
    again = refused(lambda: import_principals(organization=home, content=FILE, actor=trustee, clock=clock()))
    assert again == "listings.principal.nobody", "whom one has is not taken on twice"
    for content in (b"\xff\xfe", b"name\n", b""):
        bad = refused(lambda content=content: import_principals(organization=home, content=content, actor=trustee, clock=clock()))
        assert bad == "listings.principal.file_faulty"


@covers("R29")
def test_a_person_has_one_trustee_at_a_time() -> None:
    taken_on(make_trustee())
    assert refused(lambda: taken_on(make_trustee())) == "listings.principal.nobody"


@covers("R29", "B9")
def test_a_trustee_acts_for_its_principals_only_and_while_the_mandate_runs() -> None:
    at, trustee, other, product = clock(), make_trustee(), make_trustee(), make_product()
    principal = taken_on(trustee)[0]
    assert refused(lambda: consent_by(other, product, at, principal=principal)) == "listings.principal.no_mandate"
    one = consent_by(trustee, product, at, principal=principal)
    assert (one.subject_id, one.trustee_id) == (principal.subject_id, trustee.organization_id)
    assert refused(lambda: withdraw_consent(consent=one, actor=other, clock=at)) == "participants.object.absent"
    at.move_to(principal.effective_to)
    run_deadlines(clock=at)
    principal.refresh_from_db()
    assert principal.status == "ended"
    assert refused(lambda: consent_by(trustee, product, at, principal=principal, purpose="research")) == "listings.principal.no_mandate"


@covers("R4", "R27", "R29", "B9")
def test_a_trustees_withdrawal_takes_the_listing_off_sale_in_the_same_transaction() -> None:
    seller, trustee = make_seller(), make_trustee()
    listing = make_listed(seller)
    one = consent_by(trustee, listing.product, seller.clock, principal=taken_on(trustee)[0])
    withdraw_consent(consent=one, actor=trustee, clock=seller.clock)
    held = Listing.objects.get(pk=listing.pk)
    assert (held.status, held.holds.get().cause_code) == ("suspended", one.code)
    assert refused(lambda: withdraw_consent(consent=one, actor=trustee, clock=seller.clock)) == "listings.consent.illegal_move"
    assert [one.text for one in check_all().violations if "CNS-" in one.text or "PRN-" in one.text] == []


@covers("R27", "B9")
def test_terms_of_use_stay_within_the_consents_on_file() -> None:
    seller = make_seller()
    draft = make_draft(seller, use_terms={**CONTENT["use_terms"], "purposes": ["industry"]}, facts={
        **CONTENT["facts"], "contains_pi": True, "pi_anonymised": True})
    consent_by(make_actor(Role.DATA_SUBJECT), draft.listing.product, seller.clock, purpose="research")
    with pytest.raises(Rejected) as caught:
        submit_listing(version=draft, actor=seller.actor, clock=seller.clock)
    if caught.value.code.startswith("listings.version."):
        pytest.fail(f"another rule came first: {caught.value.code} {caught.value.params}")
    assert caught.value.code == "listings.consent.purpose_beyond"


@covers("R34", "R105", "W15")
def test_a_holder_answers_what_a_person_asks_within_fifteen_working_days_or_the_desk_hears_of_it() -> None:
    seller, person = make_seller(), make_actor(Role.DATA_SUBJECT)
    product = make_product(seller.organization)
    one = consent_by(person, product, seller.clock)
    unsaid = refused(lambda: open_subject_request(consent=one, kind="correct", actor=person, clock=seller.clock))
    assert unsaid == "listings.subject_request.unsaid"
    stranger = make_actor(Role.DATA_SUBJECT)
    of_another = refused(lambda: open_subject_request(consent=one, kind="copy", actor=stranger, clock=seller.clock))
    assert of_another == "participants.object.absent"
    asked = open_subject_request(consent=one, kind="correct", text="手机号已更换", actor=person, clock=seller.clock)
    other = make_seller()
    assert refused(lambda: answer_subject_request(request=asked, answer="改好了", actor=other.actor,
                                          clock=other.clock)) == "participants.object.absent"
    assert answer_subject_request(request=asked, answer="已更正并通知接收方", actor=seller.actor, clock=seller.clock).status == "answered"
    late = open_subject_request(consent=one, kind="opt_out", actor=person, clock=seller.clock)
    assert late.due_at is not None
    seller.clock.move_to(late.due_at)
    run_deadlines(clock=seller.clock)
    late.refresh_from_db()
    assert late.status == "late"
    assert Case.objects.filter(subject_code=late.code).exists()
    assert answer_subject_request(request=late, answer="已停止提供", actor=seller.actor, clock=seller.clock).status == "answered"
    with pytest.raises(IntegrityError), transaction.atomic():
        SubjectRequest.objects.filter(pk=late.pk).update(answer="")
    assert [one.text for one in check_all().violations if "SRQ-" in one.text] == []
    assert seller.clock.now() > NOW
