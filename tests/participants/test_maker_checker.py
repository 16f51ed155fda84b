"""T42: whoever decides is another real person than whoever asked, and holds the right at that instant; exactly one decision.

Each variant is tried against the operation and, past it, against the database as the application's role. The naive variant
compares accounts only; it is kept here and lets the second account of the same person through.
"""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from kit.coverage import covers
from kit.permissions import register_permissions
from kit.rejected import Rejected
from participants.actors import actor_of
from participants.invariants import CheckerIsAnotherPerson
from participants.models import Approval, Membership, User
from participants.operations import ask_approval, decide_approval, lapse_approvals, withdraw_approval
from participants.predicates import holds
from participants.roles import Role
from tests.factories import NOW, clock, make_organization, make_user
from tests.threads import in_threads

ACT = "test.thing.decide"
register_permissions({ACT: (RULE := holds(Role.REGULATOR, capability="review_second"))})
LATER = NOW + timedelta(hours=1)


def world() -> tuple[Approval, User, User]:
    maker = make_user(Role.REGULATOR, capabilities=("review_second",))
    checker = make_user(Role.REGULATOR, capabilities=("review_second",))
    return ask_approval(act=ACT, subject="CND-1", payload={"finding": "serious"}, actor=actor_of(maker), at=NOW), maker, checker


def refused(approval: Approval, user: User, at=LATER) -> str:
    with pytest.raises(Rejected) as caught:
        decide_approval(approval=approval, approve=True, reason="同意", actor=actor_of(user), at=at)
    approval.refresh_from_db()
    assert approval.status == "pending"
    return caught.value.code


def past_the_operation(approval: Approval, user: User, at=LATER) -> None:
    """A shell, an admin's bulk action or another program, as the application's role."""
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.filter(pk=approval.pk).update(status="approved", checker=user, decided_at=at)


def naive_decide(approval: Approval, user: User) -> bool:
    """The mutant: two accounts are taken for two persons."""
    return approval.maker_id != user.pk


def naive_entitled(approval: Approval, user: User) -> bool:
    """The mutant: whoever ever held the role that was asked for."""
    return Membership.objects.filter(person=user.person, role__in=approval.checker_roles).exists()


@covers("T42", "I18")
@pytest.mark.django_db
def test_another_person_with_the_right_decides_once() -> None:
    approval, _, checker = world()
    decided = decide_approval(approval=approval, approve=True, reason="同意", actor=actor_of(checker), at=LATER)
    assert (decided.status, decided.checker, decided.decided_at) == ("approved", checker, LATER)
    with pytest.raises(Rejected) as caught:
        decide_approval(approval=approval, approve=False, reason="反悔", actor=actor_of(checker), at=LATER)
    assert caught.value.code == "participants.approval.illegal_move"
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.filter(pk=approval.pk).update(status="refused")
    assert not list(CheckerIsAnotherPerson().check())


@covers("T42", "I18")
@pytest.mark.django_db
def test_the_maker_cannot_check() -> None:
    approval, maker, _ = world()
    assert refused(approval, maker) == "participants.approval.same_person"
    past_the_operation(approval, maker)


@covers("T42", "I18")
@pytest.mark.django_db
def test_the_makers_second_account_cannot_check_and_the_naive_variant_would_let_it() -> None:
    approval, maker, _ = world()
    second = make_user(Role.REGULATOR, person=maker.person, organization=maker.acting_for)
    assert naive_decide(approval, second), "the naive variant must fall for it"
    assert refused(approval, second) == "participants.approval.same_person"
    past_the_operation(approval, second)


@covers("T42")
@pytest.mark.django_db
def test_a_sign_in_without_a_real_person_neither_asks_nor_checks() -> None:
    approval, _, _ = world()
    shell = User.objects.create(username="shell", is_superuser=True, is_staff=True)
    assert refused(approval, shell) == "participants.permission.denied"
    past_the_operation(approval, shell)
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.create(act=ACT, subject="CND-2", maker=shell, asked_at=NOW, due_at=LATER, checker_roles=["regulator"])


@covers("T42", "I18")
@pytest.mark.django_db
def test_a_role_revoked_between_question_and_answer_is_gone() -> None:
    approval, _, checker = world()
    Membership.objects.filter(person=checker.person).update(effective_to=LATER)
    assert naive_entitled(approval, checker), "the naive variant must fall for it"
    assert refused(approval, checker) == "participants.permission.denied"
    past_the_operation(approval, checker)
    past_the_operation(approval, checker, at=NOW - timedelta(days=1))  # a date from before the question does not help


@covers("T42")
@pytest.mark.django_db
def test_a_role_given_only_after_the_instant_does_not_count() -> None:
    approval, _, _ = world()
    late = make_user(Role.REGULATOR, capabilities=("review_second",), effective_from=LATER + timedelta(seconds=1))
    assert naive_entitled(approval, late), "the naive variant must fall for it"
    assert refused(approval, late) == "participants.permission.denied"
    past_the_operation(approval, late)


@covers("T42")
@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.AUDITOR, Role.COMPLIANCE_OFFICER, Role.BUYER, Role.REGULATOR])
def test_another_role_or_a_missing_capability_does_not_check(role: str) -> None:
    approval, _, _ = world()
    other = make_user(role)  # a regulator too, but without review_second
    assert refused(approval, other) == "participants.approval.not_entitled"
    past_the_operation(approval, other)


@covers("T42")
@pytest.mark.django_db
def test_a_partys_own_approval_is_for_its_own_people() -> None:
    register_permissions({"test.payout.confirm": OWN})
    payer = make_organization(Role.BUYER)
    maker, colleague = (make_user(Role.BUYER, organization=payer) for _ in range(2))
    stranger = make_user(Role.BUYER)
    approval = ask_approval(act="test.payout.confirm", subject="PAY-1", organization=payer, actor=actor_of(maker), at=NOW)
    assert refused(approval, stranger) == "participants.approval.not_entitled"
    past_the_operation(approval, stranger)
    assert decide_approval(approval=approval, approve=True, reason="好", actor=actor_of(colleague), at=LATER).status == "approved"


OWN = holds(Role.BUYER)


@covers("T42")
@pytest.mark.django_db
def test_what_was_asked_cannot_be_changed_nor_the_row_removed_nor_born_decided() -> None:
    approval, maker, checker = world()
    for change in ({"payload": {"finding": "minor"}}, {"subject": "CND-9"}, {"maker": checker}, {"checker_roles": ["buyer"]}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Approval.objects.filter(pk=approval.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.filter(pk=approval.pk).delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.create(act=ACT, subject="CND-3", maker=maker, checker=checker, status="approved", asked_at=NOW, due_at=LATER,
                                decided_at=LATER, checker_roles=["regulator"])


@covers("T42")
@pytest.mark.django_db
def test_a_question_is_taken_back_by_its_maker_or_expires_and_is_never_approved_by_time() -> None:
    approval, maker, checker = world()
    with pytest.raises(Rejected):
        withdraw_approval(approval=approval, actor=actor_of(checker), at=LATER)
    assert withdraw_approval(approval=approval, actor=actor_of(maker), at=LATER).status == "withdrawn"
    second = ask_approval(act=ACT, subject="CND-1", actor=actor_of(maker), at=NOW)
    with pytest.raises(Rejected) as caught:
        ask_approval(act=ACT, subject="CND-1", actor=actor_of(checker), at=NOW)
    assert caught.value.code == "participants.approval.one_pending"
    assert lapse_approvals(clock=clock(second.due_at)) == 1
    second.refresh_from_db()
    assert second.status == "expired"


@covers("T42")
@pytest.mark.django_db(transaction=True)
def test_two_checkers_at_once_make_exactly_one_decision() -> None:
    approval, _, first = world()
    checkers = [first, *(make_user(Role.REGULATOR, capabilities=("review_second",)) for _ in range(5))]

    def decide(number: int) -> str:
        try:
            return str(decide_approval(approval=approval, approve=number % 2 == 0, reason="x", actor=actor_of(checkers[number]),
                                       at=LATER).status)
        except Rejected as no:
            return no.code

    answers = in_threads(len(checkers), decide)
    assert sum(answer in {"approved", "refused"} for answer in answers) == 1
    assert answers.count("participants.approval.illegal_move") == len(checkers) - 1


def naive_decision(barrier: threading.Barrier, word: str) -> str:
    """The mutant: look whether it is still open, then decide."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM naive_decision")
        (already,) = cursor.fetchone()
        barrier.wait()
        if already:
            return "participants.approval.illegal_move"
        cursor.execute("INSERT INTO naive_decision VALUES (%s)", [word])
    return word


@covers("T42")
@pytest.mark.django_db(transaction=True)
def test_looking_before_deciding_makes_two_decisions(superuser_connection) -> None:
    superuser_connection.execute("CREATE TABLE naive_decision (word text)")
    superuser_connection.execute("GRANT ALL ON naive_decision TO dx_app")
    barrier = threading.Barrier(2)
    assert sorted(in_threads(2, lambda n: naive_decision(barrier, ("approved", "refused")[n]))) == ["approved", "refused"]


@covers("I18", "I29", "I25")
@pytest.mark.django_db(transaction=True)
def test_planted_violations_are_found(superuser_connection) -> None:
    from participants.invariants import AdminsAndSidesApart, NoticesStandInSeries

    approval, maker, _ = world()
    buyer = make_user(Role.BUYER)
    plant = superuser_connection.execute
    plant("SET session_replication_role = replica")
    plant("UPDATE participants_approval SET status = 'approved', checker_id = %s, decided_at = %s WHERE id = %s",
          [buyer.pk, LATER, approval.pk])
    plant("INSERT INTO participants_notice (code, seq, organization_id, kind, tone, text_zh, text_en, subject, href, at) "
          "VALUES ('NTC-X', 2, %s, 'x', 'info', 'x', 'x', '', '', now())", [buyer.acting_for_id])
    plant("ALTER TABLE participants_membership DROP CONSTRAINT membership_one_side_only")
    plant("INSERT INTO participants_membership (person_id, organization_id, role, role_group, capabilities, sectors, regions, "
          "effective_from) VALUES (%s, %s, 'auditor', 'audit', '{}', '{}', '{}', '2020-01-01')", [buyer.person_id, maker.acting_for_id])
    assert "held no fitting role" in " ".join(CheckerIsAnotherPerson().check())
    assert len(list(AdminsAndSidesApart().check())) == 1
    assert len(list(NoticesStandInSeries().check())) == 1
