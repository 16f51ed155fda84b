"""Documents and certificates: each has its own term, and at its end what it stood for closes by the clock alone (A5, R48)."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from kit.coverage import covers
from kit.rejected import Rejected
from participants.actors import actor_of
from participants.models import Admission, Proof, ProofNeed
from participants.operations import accept_proof, hand_in_proof, lapse_proofs, refuse_proof, withdraw_proof
from participants.profiles import trusted
from participants.proofs import certificates_in_force, level_of, listing_limit, proofs_of
from participants.queries import may
from participants.roles import Role
from tests.factories import NOW, PDF, clock, hand_in, make_actor, make_user

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def merchant():
    """An admitted merchant whose right to list rests on its business licence."""
    user = make_user(Role.DATA_MERCHANT)
    admission = Admission.objects.get(organization=user.acting_for)
    ProofNeed.objects.create(admission=admission, item="business_licence", capabilities=["list", "deliver"], needed_from=NOW)
    return user.acting_for, actor_of(user), make_actor(Role.COMPLIANCE_OFFICER)


def accepted(organization, actor, desk, item: str, *, days: int = 400, at=NOW, level: int = 3) -> Proof:
    [proof] = hand_in(organization, actor, item, days=days, at=at, level=level)
    return accept_proof(proof=proof, actor=desk, clock=clock(at))


def code_of(act, **named) -> str:
    with pytest.raises(Rejected) as caught:
        act(**named)
    return caught.value.code


def naive_may(organization, capability: str) -> bool:
    """The mutant: it trusts the status column, which the periodic task moves when it comes round."""
    needs = ProofNeed.objects.filter(admission__organization=organization, capabilities__contains=[capability])
    return all(Proof.objects.filter(organization=organization, item=need.item, status="accepted").exists() for need in needs)


@covers("A5")
def test_a_capability_closes_at_the_second_its_document_ends_though_no_task_has_run() -> None:
    organization, actor, desk = merchant()
    assert may(organization, "list", at=NOW) == "participants.capability.proof_expired", "nothing was handed in"
    proof = accepted(organization, actor, desk, "business_licence", days=30)
    end = proof.effective_to
    assert may(organization, "list", at=end - timedelta(microseconds=1)) == ""
    assert may(organization, "list", at=end) == "participants.capability.proof_expired"
    assert may(organization, "withdraw", at=end) == "", "only what rests on it"
    assert naive_may(organization, "list"), "the mutant still opens: it waits for the task"


@covers("A5", "R48")
def test_the_task_says_that_a_document_ended_reminds_before_and_does_each_once() -> None:
    organization, actor, desk = merchant()
    proof = accepted(organization, actor, desk, "business_licence", days=40)
    told = organization.notices.filter(kind__startswith="participants.proof.")
    assert lapse_proofs(clock=clock()) == 1 and lapse_proofs(clock=clock()) == 0, "the 60-day reminder"
    for days_left, reminders in ((30, 2), (7, 3), (1, 4)):
        assert lapse_proofs(clock=clock(proof.effective_to - days_left * DAY)) == 1
        assert told.filter(kind="participants.proof.reminded").count() == reminders
    assert lapse_proofs(clock=clock(proof.effective_to)) == 1
    proof.refresh_from_db()
    assert proof.status == "expired" and lapse_proofs(clock=clock(proof.effective_to + DAY)) == 0
    last = told.order_by("-seq").first()
    assert last is not None and "挂牌" in last.text_zh and "listing" in last.text_en and last.tone == "bad"


@covers("A5")
def test_a_renewal_counts_from_its_acceptance_and_the_old_one_until_then() -> None:
    organization, actor, desk = merchant()
    old = accepted(organization, actor, desk, "business_licence", days=30)
    [new] = hand_in(organization, actor, "business_licence", days=400, at=NOW + 20 * DAY)
    assert proofs_of(organization, at=NOW + 20 * DAY)["business_licence"] == old
    accept_proof(proof=new, actor=desk, clock=clock(NOW + 25 * DAY))
    old.refresh_from_db()
    assert old.status == "replaced" and may(organization, "list", at=NOW + 31 * DAY) == ""


@covers("A5")
def test_a_document_that_turns_out_false_closes_what_it_stood_for_at_once() -> None:
    organization, actor, desk = merchant()
    proof = accepted(organization, actor, desk, "business_licence")
    assert code_of(refuse_proof, proof=proof, reason=" ", actor=desk, clock=clock()) == "participants.admission.reason_needed"
    refuse_proof(proof=proof, reason="与登记机关信息不符", actor=desk, clock=clock())
    assert may(organization, "list", at=NOW) == "participants.capability.proof_expired"
    assert code_of(accept_proof, proof=proof, actor=desk, clock=clock()) == "participants.proof.illegal_move"


@covers("R48", "R86", "R96")
def test_certificates_raise_limits_while_they_are_in_force_and_lower_them_again() -> None:
    organization, actor, desk = merchant()
    assert listing_limit(organization, at=NOW) == 20
    mlps = accepted(organization, actor, desk, "mlps", days=100, level=3)
    accepted(organization, actor, desk, "dcmm", days=200, level=4)
    assert (listing_limit(organization, at=NOW), level_of(organization, "dcmm", at=NOW)) == (200, 4)
    assert set(certificates_in_force(organization, at=NOW)) == {"mlps", "dcmm"}
    assert trusted(organization, at=NOW) and not trusted(organization, at=mlps.effective_to)
    assert listing_limit(organization, at=mlps.effective_to) == 60
    assert level_of(organization, "mlps", at=mlps.effective_to) is None
    assert listing_limit(organization, at=NOW + 201 * DAY) == 20


@covers("R48")
def test_low_levels_do_not_make_a_newcomer_trusted_and_the_security_certificate_does() -> None:
    organization, actor, desk = merchant()
    accepted(organization, actor, desk, "mlps", level=2)
    accepted(organization, actor, desk, "dcmm", level=5)
    assert not trusted(organization, at=NOW)
    accepted(organization, actor, desk, "security_certification")
    assert trusted(organization, at=NOW)


@pytest.mark.parametrize(("item", "given", "field"), [
    ("mlps", {"level": 3}, "effective_to"), ("mlps", {"effective_to": NOW}, "effective_to"), ("mlps", {"effective_to": NOW + DAY}, "level"),
    ("mlps", {"effective_to": NOW + DAY, "level": 6}, "level"), ("dcmm", {"effective_to": NOW + DAY, "level": 2}, "number")])
def test_a_document_says_when_it_ends_and_of_what_level_it_is(item: str, given, field: str) -> None:
    organization, actor, _ = merchant()
    with pytest.raises(Rejected) as caught:
        hand_in_proof(organization=organization, item=item, stream=io.BytesIO(PDF), name="a.pdf", actor=actor, clock=clock(), **given)
    assert caught.value.code == "participants.proof.faulty" and field in {fault.field for fault in caught.value.errors}


@covers("T50")
def test_only_papers_are_taken_and_a_file_keeps_no_name_of_a_person() -> None:
    organization, actor, _ = merchant()
    common = {"organization": organization, "item": "security_system", "actor": actor, "clock": clock()}
    assert code_of(hand_in_proof, stream=io.BytesIO(b"<script>alert(1)</script>"), name="a.pdf", **common) == "evidence.file.type"
    assert code_of(hand_in_proof, stream=io.BytesIO(b"MZ\x90\x00"), name="a.exe", **common) == "evidence.file.type"
    assert code_of(hand_in_proof, item="moon", stream=io.BytesIO(PDF), name="a.pdf", **{k: v for k, v in common.items() if k != "item"}
                   ) == "participants.proof.unknown"
    kept = hand_in_proof(stream=io.BytesIO(PDF), name="张三身份证.pdf", **common)
    assert kept.deposit.name == "security_system.pdf"


@covers("T36")
def test_a_strangers_documents_are_absent_and_only_the_desk_judges() -> None:
    organization, actor, _ = merchant()
    [proof] = hand_in(organization, actor, "mlps")
    stranger = make_actor(Role.DATA_MERCHANT)
    assert code_of(withdraw_proof, proof=proof, actor=stranger, clock=clock()) == "participants.object.absent"
    for nobody in (actor, make_actor(Role.REGULATOR), make_actor(Role.AUDITOR)):
        assert code_of(accept_proof, proof=proof, actor=nobody, clock=clock()) == "participants.permission.denied"
    assert withdraw_proof(proof=proof, actor=actor, clock=clock()).status == "withdrawn"


@covers("I17", "I3")
def test_the_database_keeps_what_was_handed_in_and_moves_it_along_the_table() -> None:
    organization, actor, desk = merchant()
    proof = accepted(organization, actor, desk, "mlps")
    for change in ({"level": 5}, {"effective_to": NOW + 9000 * DAY}, {"item": "dcmm"}, {"status": "handed_in"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Proof.objects.filter(pk=proof.pk).update(**change)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        Proof.objects.filter(pk=proof.pk).delete()
    with pytest.raises(Exception, match=r"append-only|permission denied"), transaction.atomic():
        ProofNeed.objects.all().delete()
