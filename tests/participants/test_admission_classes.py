"""Admission by class: what a class asks, opens and closes is dated data; a light class is admitted by promise and looked at afterwards."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from evidence.canonical import canonical
from kit.actors import SYSTEM
from kit.coverage import covers
from kit.rejected import Rejected
from participants.actors import actor_of
from participants.checklists import checklist_at, default_class, read, versions
from participants.models import Admission, Notice, Organization, ProofNeed
from participants.operations import (
    accept_admission,
    accept_proof,
    admit,
    declare_stake,
    file_admission,
    lapse_admissions,
    open_admission,
    return_admission,
    second_admission,
)
from participants.predicates import PARTIES
from participants.proofs import look_for_proofs
from participants.queries import may
from participants.roles import OrganizationKind, Role
from tests.factories import NOW, clock, hand_in, make_actor, make_organization, make_user

pytestmark = pytest.mark.django_db
VERSION = versions()[0]
GOOD_USCC = "91110000600037341L"
ANSWERS = {key: "x@example.cn" if question.type == "email" else next(iter(question.choices)) if question.choices else "甲"
           for key, question in VERSION.questions.items()}


def party(key: str, **fields):
    """An organisation that fits the class, with a person who holds its role, not admitted yet."""
    one = VERSION.classes[key]
    organization = make_organization(admitted=False, kind=OrganizationKind(one.kinds[0]), **fields)
    return organization, actor_of(make_user(one.role, organization=organization)), make_actor(Role.COMPLIANCE_OFFICER)


def refused(act, **named) -> Rejected:
    with pytest.raises(Rejected) as caught:
        act(**named)
    assert caught.value.text("title", "zh") and caught.value.text("detail", "en")
    return caught.value


def apply_for(key: str, organization: Organization, actor, at=NOW, **more) -> Admission:
    held = open_admission(organization=organization, category=key, answers=ANSWERS, actor=actor, clock=clock(at))
    hand_in(organization, actor, *VERSION.classes[key].required, at=at)
    return file_admission(admission=held, actor=actor, clock=clock(at), **more)


def walk(key: str, organization: Organization, actor, desk, at=NOW) -> Admission:
    held = apply_for(key, organization, actor, at)
    accept_admission(admission=held, actor=desk, clock=clock(at))
    return admit(admission=held, actor=desk, clock=clock(at))


# ---- the checklist as data ---------------------------------------------------------------------------------------------------


@covers("R40", "R61", "A2")
def test_the_checklist_has_the_six_merchant_classes_the_thirteen_third_parties_and_everybody_else() -> None:
    groups = {group: [one.key for one in VERSION.classes.values() if one.group == group] for group in VERSION.groups}
    assert [len(groups[name]) for name in ("merchant", "provider")] == [6, 13]
    assert {one.role for one in VERSION.classes.values()} == {*PARTIES, Role.ASSOCIATION}
    for one in VERSION.classes.values():
        assert one.article and one.required and one.questions and all(one.text), one.key
        assert all(VERSION.items[item].article for item in one.required), one.key


@covers("R40")
@pytest.mark.parametrize(("change", "fault"), [
    (lambda raw: raw["classes"]["buyer"]["required"].append("moon"), "unknown document moon"),
    (lambda raw: raw["classes"]["buyer"]["questions"].append("why"), "unknown question why"),
    (lambda raw: raw["classes"]["buyer"]["cuts"].update(business_licence=["list"]), "which the class does not open"),
    (lambda raw: raw["assessment"].pop(), "weighs"),
])
def test_a_faulty_version_is_refused_by_name(change, fault) -> None:
    import yaml

    from participants.checklists import _DATA

    raw = yaml.safe_load((_DATA / "admission_2026_1.yaml").read_text(encoding="utf-8"))
    change(raw)
    with pytest.raises(ValueError, match=fault):
        read(raw)


@covers("R40")
def test_an_application_keeps_the_version_it_was_filed_under(monkeypatch) -> None:
    """A version that takes effect meanwhile asks more of the next applicant, not of this one."""
    from dataclasses import replace

    from participants import checklists

    later = replace(VERSION, version="2027.1", effective_from=NOW + timedelta(days=1), classes={
        **VERSION.classes, "merchant_supply": replace(VERSION.classes["merchant_supply"], required=("business_licence", "legal_opinion"))})
    monkeypatch.setattr(checklists, "versions", lambda: (VERSION, later))
    organization, actor, desk = party("merchant_supply")
    held = apply_for("merchant_supply", organization, actor)
    accept_admission(admission=held, actor=desk, clock=clock(NOW + timedelta(days=2)))
    assert admit(admission=held, actor=desk, clock=clock(NOW + timedelta(days=2))).checklist == VERSION.version
    assert checklist_at(NOW + timedelta(days=2)).version == "2027.1"


@covers("A2", "R54", "R61", "R62")
@pytest.mark.parametrize("key", sorted(VERSION.classes))
def test_every_class_is_walked_from_application_to_licence_and_opens_what_it_says(key: str) -> None:
    organization, actor, desk = party(key)
    held = walk(key, organization, actor, desk)
    if organization.kind == OrganizationKind.FOREIGN:
        held = second_admission(admission=held, agree=True, reason="审查未见风险", actor=make_actor(Role.REGULATOR), clock=clock())
    held.refresh_from_db()
    assert held.status == "admitted"
    opened = {name for name in ("list", "bid", "deliver", "withdraw") if may(organization, name, at=NOW) == ""}
    assert opened == set(VERSION.classes[key].capabilities)
    assert held.licence["class"] == key and held.licence["opens"] == list(VERSION.classes[key].capabilities)
    assert held.licence_hash == hashlib.sha256(canonical(held.licence)).hexdigest()


@covers("R54")
def test_a_class_takes_only_its_kinds_of_organisation_and_no_other_word() -> None:
    organization, actor, _ = party("buyer")
    no = refused(open_admission, organization=organization, category="foreign_merchant", actor=actor, clock=clock())
    assert no.code == "participants.admission.class_unfit" and "境外" in no.text("detail", "zh")
    assert refused(open_admission, organization=organization, category="emperor", actor=actor,
                   clock=clock()).code == "participants.admission.class_unknown"
    assert refused(open_admission, organization=organization, role=Role.REGULATOR, actor=actor,
                   clock=clock()).code == "participants.admission.class_unknown"
    assert default_class(Role.BUYER, OrganizationKind.PUBLIC_BODY, at=NOW).key == "public_buyer"  # type: ignore[union-attr]


# ---- one list of what is missing ---------------------------------------------------------------------------------------------


@covers("A1")
def test_everything_missing_is_named_at_once_answers_and_documents() -> None:
    organization, actor, _ = party("merchant_delivery")
    held = open_admission(organization=organization, category="merchant_delivery", answers={"contact_email": "no address"}, actor=actor,
                          clock=clock())
    hand_in(organization, actor, "business_licence")
    no = refused(file_admission, admission=held, actor=actor, clock=clock())
    fields = {fault.field for fault in no.errors}
    assert no.code == "participants.admission.incomplete"
    assert {"legal_representative", "contact_email", "proof.mlps", "proof.delivery_environment"} <= fields
    assert "proof.business_licence" not in fields
    assert "交付环境安全测评报告" in no.text("detail", "zh") and "Contact e-mail" in no.text("detail", "en")


@covers("A1")
def test_a_return_carries_one_list_and_the_mended_application_is_admitted() -> None:
    organization, actor, desk = party("merchant_supply")
    held = apply_for("merchant_supply", organization, actor)
    accept_admission(admission=held, actor=desk, clock=clock())
    back = return_admission(admission=held, missing=["security_system", "法定代表人与执照不符"], reason="两项", actor=desk, clock=clock())
    assert (back.status, back.missing) == ("returned", ["security_system", "法定代表人与执照不符"])
    assert back.due_at is not None
    filed = file_admission(admission=held, answers={"legal_representative": "乙"}, actor=actor, clock=clock())
    assert filed.missing == [] and filed.answers["legal_representative"] == "乙"


@covers("A5")
def test_a_document_that_is_gone_by_the_decision_stops_it() -> None:
    organization, actor, desk = party("merchant_supply")
    held = apply_for("merchant_supply", organization, actor)
    accept_admission(admission=held, actor=desk, clock=clock())
    later = clock(NOW + timedelta(days=401))  # the documents were good for 400 days
    no = refused(admit, admission=held, actor=desk, clock=later)
    assert no.code == "participants.admission.proofs_open" and "营业执照" in no.text("detail", "zh")


# ---- light admission ---------------------------------------------------------------------------------------------------------


@covers("R87", "A1")
def test_a_light_class_is_admitted_by_promise_at_once_and_closes_when_the_documents_do_not_come() -> None:
    organization, actor, _ = party("buyer", uscc=GOOD_USCC)
    held = open_admission(organization=organization, category="buyer", answers=ANSWERS, actor=actor, clock=clock())
    filed = file_admission(admission=held, declare=True, actor=actor, clock=clock())
    assert (filed.status, filed.basis, filed.declared_by) == ("admitted", "declaration", actor.code)
    assert filed.declaration_hash == VERSION.declaration_hash
    assert may(organization, "bid", at=NOW) == ""
    assert may(organization, "bid", at=NOW + timedelta(days=30)) == "participants.capability.proof_expired"
    [proof] = hand_in(organization, actor, "business_licence", at=NOW + timedelta(days=10))
    from participants.operations import accept_proof

    accept_proof(proof=proof, actor=make_actor(Role.COMPLIANCE_OFFICER), clock=clock(NOW + timedelta(days=10)))
    assert may(organization, "bid", at=NOW + timedelta(days=30)) == ""


@covers("R87", "R107")
@pytest.mark.parametrize(("key", "fields", "why"), [
    ("merchant_supply", {"uscc": GOOD_USCC}, "材料审核"), ("buyer", {}, "信用代码"),
    ("buyer", {"uscc": "91110000600037341X", "uscc_warning": True}, "信用代码"),
    ("buyer", {"uscc": GOOD_USCC, "standing": "restricted", "band": "C"}, "信用受限")])
def test_a_promise_is_not_open_to_every_class_nor_to_whom_the_venue_must_look_at_first(key: str, fields, why: str) -> None:
    organization, actor, _ = party(key, **fields)
    held = open_admission(organization=organization, category=key, answers=ANSWERS, actor=actor, clock=clock())
    no = refused(file_admission, admission=held, declare=True, actor=actor, clock=clock())
    assert no.code == "participants.admission.declaration_unfit" and why in no.text("detail", "zh")
    held.refresh_from_db()
    assert held.status == "draft"


# ---- renewal -----------------------------------------------------------------------------------------------------------------


@covers("A1")
def test_an_admission_is_renewed_in_its_last_sixty_days_and_loses_none_of_its_own() -> None:
    organization, actor, desk = party("merchant_supply")
    first = walk("merchant_supply", organization, actor, desk)
    ends = first.effective_to
    too_early = clock(ends - timedelta(days=60, seconds=1))
    assert refused(open_admission, organization=organization, category="merchant_supply", actor=actor,
                   clock=too_early).code == "participants.admission.renewal_too_early"
    on_time = ends - timedelta(days=60)
    second = walk("merchant_supply", organization, actor, desk, at=on_time)
    first.refresh_from_db()
    assert (first.status, second.status, second.renews_id) == ("expired", "admitted", first.pk)
    assert second.effective_to == ends.replace(year=ends.year + 3)
    assert may(organization, "list", at=on_time) == ""


@covers("A1")
def test_an_admission_that_was_not_renewed_ends_and_says_so() -> None:
    organization, actor, desk = party("merchant_supply")
    held = walk("merchant_supply", organization, actor, desk)
    end = held.effective_to
    hand_in(organization, actor, *VERSION.classes["merchant_supply"].required, at=end - timedelta(days=100), days=400)
    assert may(organization, "list", at=end) == "participants.capability.not_admitted", "the clock alone closes the door"
    assert lapse_admissions(clock=clock(end)) == 1
    held.refresh_from_db()
    assert held.status == "expired" and organization.notices.filter(kind="participants.admission.expire").exists()


@covers("A2")
def test_two_classes_stand_side_by_side_and_one_papers_end_does_not_close_the_other() -> None:
    organization, actor, desk = party("merchant_supply")
    walk("merchant_supply", organization, actor, desk)
    walk("merchant_other", organization, actor, desk)
    assert organization.admissions.filter(status="admitted").count() == 2
    assert set(ProofNeed.objects.filter(admission__category="merchant_other").values_list("item", flat=True)) == {"business_licence"}


# ---- controlled from abroad --------------------------------------------------------------------------------------------------


@covers("R107", "R62", "I18")
def test_a_party_controlled_from_abroad_waits_for_the_authority_and_for_nobody_else() -> None:
    abroad = make_organization(admitted=False, kind=OrganizationKind.FOREIGN)
    between = make_organization(admitted=False)
    organization, actor, desk = party("merchant_supply")
    declare_stake(owner=abroad, owned=between, share_bps=5_100, actor=SYSTEM, clock=clock())
    declare_stake(owner=between, owned=organization, share_bps=10_000, actor=SYSTEM, clock=clock())
    held = walk("merchant_supply", organization, actor, desk)
    assert held.status == "in_review" and may(organization, "list", at=NOW) == "participants.capability.not_admitted"
    review = organization.security_reviews.get()
    assert (review.status, review.owners) == ("open", [abroad.code])
    assert refused(second_admission, admission=held, agree=True, reason="x", actor=desk,
                   clock=clock()).code == "participants.permission.denied"
    admitted = second_admission(admission=held, agree=True, reason="未见风险", actor=make_actor(Role.REGULATOR), clock=clock())
    review.refresh_from_db()
    assert (admitted.status, review.status) == ("admitted", "cleared")
    assert may(organization, "list", at=NOW) == ""


@covers("R107", "R65")
def test_the_authoritys_no_ends_the_application_and_bars_new_business() -> None:
    organization, actor, desk = party("foreign_merchant")
    held = walk("foreign_merchant", organization, actor, desk)
    gone = second_admission(admission=held, agree=False, reason="涉敏感个人信息", actor=make_actor(Role.REGULATOR), clock=clock())
    assert gone.status == "refused" and organization.security_reviews.get().status == "barred"


@covers("R107")
def test_control_that_comes_later_stops_new_business_until_cleared() -> None:
    from participants.operations import decide_security_review, end_stake

    organization, actor, desk = party("merchant_supply")
    walk("merchant_supply", organization, actor, desk)
    abroad = make_organization(admitted=False, kind=OrganizationKind.FOREIGN)
    half = declare_stake(owner=abroad, owned=organization, share_bps=5_000, actor=SYSTEM, clock=clock())
    assert may(organization, "list", at=NOW) == "", "half is not more than half"
    end_stake(stake=half, actor=SYSTEM, clock=clock())
    declare_stake(owner=abroad, owned=organization, share_bps=5_001, actor=SYSTEM, clock=clock(NOW + timedelta(hours=1)))
    later = NOW + timedelta(hours=2)
    assert may(organization, "list", at=later) == "participants.capability.held"
    assert may(organization, "deliver", at=later) == "", "duties taken on go on"
    review = organization.security_reviews.get()
    assert refused(decide_security_review, review=review, clear=True, reason="x", actor=desk,
                   clock=clock(later)).code == "participants.permission.denied"
    decide_security_review(review=review, clear=True, reason="放行", actor=make_actor(Role.REGULATOR), clock=clock(later))
    assert may(organization, "list", at=later) == ""
    assert refused(decide_security_review, review=review, clear=False, reason="x", actor=make_actor(Role.REGULATOR),
                   clock=clock(later)).code == "participants.security_review.illegal_move"


@covers("A5", "R87")
def test_who_was_admitted_by_promise_is_told_on_the_day_what_closed_and_once() -> None:
    organization, actor, _ = party("buyer", uscc=GOOD_USCC)
    held = open_admission(organization=organization, category="buyer", answers=ANSWERS, actor=actor, clock=clock())
    file_admission(admission=held, declare=True, actor=actor, clock=clock())
    day = ProofNeed.objects.filter(admission=held).order_by("needed_from")[0].needed_from
    assert look_for_proofs(clock=clock(day - timedelta(seconds=1))) == 0
    told = look_for_proofs(clock=clock(day))
    assert told == ProofNeed.objects.filter(admission=held).exclude(capabilities=[]).count() >= 1
    assert may(organization, "bid", at=day) == "participants.capability.proof_expired"
    notice = Notice.objects.filter(organization=organization, kind="participants.proof.lacking").first()
    assert notice is not None and "已停用" in notice.text_zh and "closed until it is" in notice.text_en
    assert look_for_proofs(clock=clock(day + timedelta(days=1))) == 0


@covers("A5")
def test_nobody_is_told_of_a_document_that_is_there() -> None:
    organization, actor, desk = party("buyer", uscc=GOOD_USCC)
    held = open_admission(organization=organization, category="buyer", answers=ANSWERS, actor=actor, clock=clock())
    file_admission(admission=held, declare=True, actor=actor, clock=clock())
    for proof in hand_in(organization, actor, *VERSION.classes["buyer"].required, at=NOW):
        accept_proof(proof=proof, actor=desk, clock=clock())
    day = NOW + timedelta(days=60)
    assert look_for_proofs(clock=clock(day)) == 0
    held.refresh_from_db()
    assert held.looked_at == day and may(organization, "bid", at=day) == ""
