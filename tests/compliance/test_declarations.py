"""Declaration and commitment: four parts, signed and hashed, twelve months, answered for (R88, rules K)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from compliance.catalogue import templates
from compliance.models import Declaration
from compliance.operations import draft_declaration, edit_declaration, expire_declaration, sign_declaration, withdraw_declaration
from compliance.queries import declaration_in_force
from evidence.models import Record
from kit.coverage import covers
from kit.rejected import Rejected
from participants.roles import Role
from tests.compliance.worlds import ANSWERS, merchant, signed
from tests.factories import NOW, clock, make_actor, make_organization

pytestmark = pytest.mark.django_db


@covers("R88")
def test_the_four_parts_are_source_rights_quality_and_use() -> None:
    for template in templates().values():
        assert [part.key for part in template.parts][:4] == ["source", "rights", "quality", "use"]
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
