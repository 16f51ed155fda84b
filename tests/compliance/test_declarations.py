"""Declaration and commitment: four parts, signed and hashed, twelve months, answered for (R88, rules K)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from compliance.catalogue import template_of, templates
from compliance.declared import answers_again, extract_of, form_of
from compliance.models import Case, Declaration
from compliance.operations import (
    breach_declaration,
    draft_declaration,
    edit_declaration,
    expire_declaration,
    sign_declaration,
    withdraw_declaration,
)
from compliance.queries import declaration_in_force
from compliance.subscribers import drawn
from evidence.models import Record
from evidence.operations import drain
from kit.actors import SYSTEM
from kit.coverage import covers
from kit.rejected import Rejected
from participants.roles import Role
from tests.compliance.worlds import ANSWERS, merchant, signed
from tests.factories import NOW, clock, make_actor, make_organization

pytestmark = pytest.mark.django_db


@covers("R88")
def test_the_four_parts_are_source_rights_quality_and_use() -> None:
    for template in templates().values():
        assert [part.key for part in template.parts][1:5] == ["source", "rights", "quality", "use"]
        assert all(zh and en for part in template.parts for zh, en in (part.text, *(question.text for question in part.questions)))


@covers("R88")
def test_a_signed_declaration_is_hashed_recorded_and_in_force_for_twelve_months() -> None:
    organization, actor = merchant()
    made = signed(organization, actor)
    assert (made.status, made.rule_set, len(made.document_hash)) == ("in_force", "2026.1", 64)
    assert made.effective_to == datetime(2027, 11, 2, 2, 0, tzinfo=UTC)
    record = Record.objects.get(kind="compliance.declaration.signed", subject=made.code)
    assert record.payload["document_hash"] == made.document_hash
    assert declaration_in_force(organization, "PRD-X", NOW) == made
    assert declaration_in_force(organization, "PRD-X", made.effective_to) is None
    assert declaration_in_force(organization, "PRD-X", NOW - timedelta(seconds=1)) is None


@pytest.mark.parametrize("change, field", [
    ({"source_lawful": False}, "source_lawful"), ({"quality_defects": ""}, "quality_defects"), ({"rights_held": []}, "rights_held"),
    ({"rights_held": ["sell"]}, "rights_held"), ({"rights_origin": ["statute"]}, "rights_origin"), ({"surprise": "x"}, "surprise"),
])
def test_what_is_missing_or_wrong_is_named_by_field(change: dict[str, object], field: str) -> None:
    organization, actor = merchant()
    with pytest.raises(Rejected) as refused:
        signed(organization, actor, **change)
    assert refused.value.code == "compliance.declaration.incomplete"
    assert [fault.field for fault in refused.value.errors] == [field]


def test_an_unfinished_draft_may_be_saved_and_lapses_after_thirty_days() -> None:
    organization, actor = merchant()
    draft = draft_declaration(organization=organization, answers={"use_purposes": "研究"}, actor=actor, clock=clock())
    draft = edit_declaration(declaration=draft, answers={"use_purposes": "教学"}, actor=actor, clock=clock())
    assert draft.version == 2
    with pytest.raises(Rejected):
        expire_declaration(declaration=draft, clock=clock(NOW + timedelta(days=29)))
    assert expire_declaration(declaration=draft, clock=clock(NOW + timedelta(days=30))).status == "discarded"


@covers("R88")
def test_excluded_matters_cannot_be_promised_away() -> None:
    organization, actor = merchant()
    with pytest.raises(Rejected, match="excluded_matter"):
        signed(organization, actor, excluded_matter=True)


def test_signing_anew_replaces_the_former_and_the_past_stays_answerable() -> None:
    organization, actor = merchant()
    first = signed(organization, actor)
    later = clock(NOW + timedelta(days=90))
    second = signed(organization, actor, later)
    first.refresh_from_db()
    assert (first.status, second.status) == ("superseded", "in_force")
    assert declaration_in_force(organization, "", NOW + timedelta(days=1)) == first
    assert declaration_in_force(organization, "", later.now()) == second


def test_a_withdrawn_declaration_covers_nothing_any_more() -> None:
    organization, actor = merchant()
    made = signed(organization, actor)
    withdraw_declaration(declaration=made, reason="停业", actor=actor, clock=clock(NOW + timedelta(days=1)))
    assert declaration_in_force(organization, "", NOW + timedelta(days=1)) is None
    assert declaration_in_force(organization, "", NOW + timedelta(hours=1)) is not None


def test_after_twelve_months_it_expires_by_the_clock() -> None:
    organization, actor = merchant()
    made = signed(organization, actor)
    with pytest.raises(Rejected, match="not_reached"):
        expire_declaration(declaration=made, clock=clock(made.effective_to - timedelta(microseconds=1)))
    assert expire_declaration(declaration=made, clock=clock(made.effective_to)).status == "expired"


def test_another_organisations_declaration_is_absent_and_a_buyer_declares_nothing() -> None:
    organization, actor = merchant()
    made = draft_declaration(organization=organization, answers=ANSWERS, actor=actor, clock=clock())
    _, stranger = merchant()
    with pytest.raises(Rejected, match="absent"):
        sign_declaration(declaration=made, actor=stranger, clock=clock())
    buyer = make_organization(Role.BUYER)
    with pytest.raises(Rejected, match="denied"):
        draft_declaration(organization=buyer, actor=make_actor(Role.BUYER, organization=buyer), clock=clock())


def test_nobody_rewrites_or_deletes_a_declaration() -> None:
    organization, actor = merchant()
    made = signed(organization, actor)
    for change in (lambda: Declaration.objects.filter(pk=made.pk).update(status="draft"), made.delete,
                   lambda: Declaration.objects.filter(pk=made.pk).update(subject="PRD-1")):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


# ---- editions, secrets, what is public ------------------------------------------------------------------------------------------


@covers("R88")
def test_every_subject_of_section_k_is_asked_of_merchants_and_third_parties_sign_theirs() -> None:
    parts = [part.key for part in templates()["merchant"].parts]
    assert parts == ["declarant", "source", "rights", "quality", "use", "classification", "security", "personal", "compliance"]
    third = {question.key for question in templates()["third_party"].parts[-1].questions}
    assert third == {"independent", "conflict_checked", "qualification", "truthful_reports", "confidential", "insurance"}


@covers("R88", "R100")
def test_a_declaration_is_read_by_the_edition_it_was_signed_by() -> None:
    organization, actor = merchant()
    made = signed(organization, actor)
    assert (made.template_version, form_of(made).version) == ("2026.2", "2026.2")
    old = template_of("merchant", "2026.1")
    assert old is not None and [part.key for part in old.parts] == ["source", "rights", "quality", "use", "compliance"]
    made.template_version = "2026.1"
    assert form_of(made) is old and old.hash != templates()["merchant"].hash
    assert template_of("merchant", "1999.1") is None


@covers("R88")
@pytest.mark.parametrize("change, field", [
    ({"class_personal": True, "class_sensitive": False, "class_minors": False, "personal_assessment": "PIA-1"}, "personal_basis"),
    ({"class_personal": True, "class_minors": False, "personal_basis": "consent", "personal_assessment": "PIA-1"}, "class_sensitive"),
    ({"security_contact": ""}, "security_contact"), ({"competition_fair": False}, "competition_fair"),
    ({"signer_authority": "friend"}, "signer_authority"),
])
def test_what_an_answer_makes_necessary_is_asked_for(change: dict[str, object], field: str) -> None:
    organization, actor = merchant()
    with pytest.raises(Rejected) as refused:
        signed(organization, actor, **change)
    assert [fault.field for fault in refused.value.errors] == [field]


def test_answers_that_do_not_apply_are_not_signed() -> None:
    organization, actor = merchant()
    made = signed(organization, actor, personal_basis="consent")
    assert "personal_basis" not in made.answers and made.answers["class_personal"] is False


@covers("R115")
def test_the_public_extract_holds_everything_but_the_secrets_and_the_hash_covers_the_whole() -> None:
    organization, actor = merchant()
    made = signed(organization, actor, source_contracts="合同甲-2026-7", signer_paper="授权 9 号")
    extract = extract_of(made)
    shown = {row.question.key for _, rows in extract.parts for row in rows}
    assert extract.withheld == 3 and not shown & {"source_contracts", "signer_paper", "security_contact"}
    assert shown | {"source_contracts", "signer_paper", "security_contact"} == set(made.answers)


@covers("R115")
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_declarations_are_searched_and_read_by_anyone_and_drafts_by_nobody(client: Client, language: str) -> None:
    organization, actor = merchant()
    made = signed(organization, actor, source_contracts="合同甲-2026-7")
    other = signed(*merchant())
    draft = draft_declaration(organization=organization, answers=ANSWERS, actor=actor, clock=clock())
    client.cookies["django_language"] = language
    page = client.get("/rules/declarations/", {"q": organization.name}).content.decode()
    assert made.code in page and other.code not in page and draft.code not in page
    assert other.code in client.get("/rules/declarations/", {"state": "in_force", "kind": "merchant"}).content.decode()
    assert made.code not in client.get("/rules/declarations/", {"state": "breached"}).content.decode()
    read = client.get(f"/rules/declarations/{made.code}/").content.decode()
    assert "由自有设备采集" in read and "合同甲" not in read and "010-00000000" not in read and made.document_hash[:4] in read
    assert client.get(f"/rules/declarations/{draft.code}/").status_code == 404


@covers("R115", "R88")
def test_a_broken_declaration_leads_to_the_finding_that_broke_it(client: Client) -> None:
    organization, actor = merchant()
    made = signed(organization, actor)
    breach_declaration(declaration=made, cause="FND-TEST", actor=SYSTEM, clock=clock())
    made.refresh_from_db()
    assert extract_of(made).ended_by == "FND-TEST" and "FND-TEST" in client.get(f"/rules/declarations/{made.code}/").content.decode()


# ---- checked afterwards ------------------------------------------------------------------------------------------------------------


@covers("R87", "R88")
@pytest.mark.parametrize(("band", "all_drawn"), [("D", True), ("A", False)])
def test_signed_declarations_are_checked_afterwards_as_often_as_the_band_says(band: str, all_drawn: bool) -> None:
    organization = make_organization(Role.DATA_MERCHANT, band=band)
    made = signed(organization, make_actor(Role.DATA_MERCHANT, organization=organization))
    drain(clock=clock())
    sampled = Case.objects.filter(kind="sample", subject_code=made.code, organization=organization).exists()
    assert sampled if all_drawn else sampled == drawn(made.code, 2), "band D: every one; band A: two in a hundred, fixed by the code"


@covers("R120", "R88")
def test_the_next_declaration_begins_with_the_answers_given_before() -> None:
    organization, actor = merchant()
    signed(organization, actor, use_purposes="产业研究与教学")
    assert answers_again(organization, "merchant")["use_purposes"] == "产业研究与教学"
    signed(organization, actor, subject="LST-ONE", use_purposes="只供教学")
    assert answers_again(organization, "merchant", subject="LST-ONE")["use_purposes"] == "只供教学"
    assert answers_again(organization, "merchant", subject="LST-TWO")["use_purposes"] == "产业研究与教学"
    assert answers_again(make_organization(), "merchant") == {}
