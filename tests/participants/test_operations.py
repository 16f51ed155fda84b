"""Acts of this room: each passes its gate, writes its record, tells those concerned, and refuses with its rule."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, InternalError, connection, transaction

from kit.actors import SYSTEM
from kit.coverage import covers
from kit.ids import is_code
from kit.rejected import Rejected
from kit.states import allowed_edges
from participants.actors import VISITOR, actor_of
from participants.invariants import NoticesStandInSeries
from participants.models import Admission, AdmissionStatus, Membership, Notice, Organization, StandingChange
from participants.operations import (
    accept_admission,
    admit,
    declare_stake,
    file_admission,
    hold_capability,
    invite_member,
    issue_token,
    lapse_admissions,
    leave,
    lift_capability,
    notify,
    open_admission,
    refuse_admission,
    register_organization,
    return_admission,
    revoke_admission,
    revoke_token,
    set_standing,
    withdraw_admission,
)
from participants.people import end_membership, real_name_key
from participants.queries import affiliated, may
from participants.roles import OrganizationKind, Role
from participants.states import ADMISSION
from tests.factories import NOW, clock, hand_in, make_actor, make_organization, make_user

pytestmark = pytest.mark.django_db

ANSWERS = {"legal_representative": "王建国", "registered_address": "上海市", "contact_email": "a@example.cn",
           "data_security_officer": "李敏", "business": "港航数据"}


def kinds() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind FROM evidence_record ORDER BY at, kind")
        return [row[0] for row in cursor.fetchall()]


def code_of(act, **named) -> str:
    with pytest.raises(Rejected) as caught:
        act(**named)
    assert caught.value.text("title", "zh") and caught.value.text("detail", "en")
    return caught.value.code


def test_an_organisation_is_registered_and_may_nothing_until_admitted() -> None:
    one = register_organization(name="上海远航数据有限公司", name_en="Shanghai Yuanhang Data", uscc="91310000MA1K35X75A",
                                actor=VISITOR, clock=clock())
    assert is_code(one.code, "ORG") and (one.standing, one.band) == ("good", "B")
    assert may(one, "list", at=NOW) == "participants.capability.not_admitted"
    assert kinds() == ["participants.organization.registered"]


@pytest.mark.parametrize(("number", "warned"), [("91110000600037341L", False), ("91110000600037341X", True), ("9111", True)])
def test_a_wrong_credit_code_is_warned_about_and_kept(number: str, warned: bool) -> None:
    one = register_organization(name="北京某某公司", uscc=number, actor=VISITOR, clock=clock())
    assert (one.uscc, one.uscc_warning) == (number, warned)


@covers("T55")
def test_a_look_alike_name_and_a_second_use_of_a_code_are_refused() -> None:
    register_organization(name="ACME 数据", uscc="91110000600037341L", actor=VISITOR, clock=clock())
    assert code_of(register_organization, name="АСМЕ数据", actor=VISITOR, clock=clock()) == "participants.organization.name_taken"
    assert code_of(register_organization, name="另一家", uscc="91110000600037341L", actor=VISITOR,
                   clock=clock()) == "participants.organization.uscc_taken"


def applicant():
    user = make_user(Role.DATA_MERCHANT, organization=make_organization(admitted=False))
    return user.acting_for, actor_of(user), make_actor(Role.COMPLIANCE_OFFICER)


@covers("W3", "A1")
def test_admission_goes_from_draft_to_admitted_and_opens_the_market() -> None:
    organization, party, desk = applicant()
    now = clock()
    admission = open_admission(organization=organization, role=Role.DATA_MERCHANT, actor=party, clock=now)
    assert code_of(file_admission, admission=admission, actor=party, clock=now) == "participants.admission.incomplete"
    hand_in(organization, party)
    admission = file_admission(admission=admission, answers=ANSWERS, actor=party, clock=now)
    assert admission.due_at is not None
    accept_admission(admission=admission, actor=desk, clock=now)
    return_admission(admission=admission, missing=["营业执照"], reason="缺营业执照", actor=desk, clock=now)
    file_admission(admission=admission, actor=party, clock=now)
    accept_admission(admission=admission, actor=desk, clock=now)
    admitted = admit(admission=admission, actor=desk, clock=now)
    assert admitted.effective_to == NOW.replace(year=NOW.year + 3)
    assert may(organization, "list", at=NOW) == ""
    assert [n.seq for n in Notice.objects.filter(organization=organization).order_by("seq")] == [1, 2, 3, 4]
    assert not list(NoticesStandInSeries().check())
    left = leave(admission=admitted, actor=party, clock=now)
    assert left.status == "withdrawn" and may(organization, "list", at=NOW) != ""


def test_only_the_desk_decides_and_a_stranger_does_not_see_it() -> None:
    organization, party, desk = applicant()
    admission = open_admission(organization=organization, role=Role.DATA_MERCHANT, answers=ANSWERS, actor=party, clock=clock())
    assert code_of(file_admission, admission=admission, actor=make_actor(Role.BUYER), clock=clock()) == "participants.object.absent"
    hand_in(organization, party)
    file_admission(admission=admission, actor=party, clock=clock())
    assert code_of(accept_admission, admission=admission, actor=party, clock=clock()) == "participants.permission.denied"
    assert code_of(open_admission, organization=organization, role=Role.DATA_MERCHANT, actor=party,
                   clock=clock()) == "participants.admission.one_open"
    accept_admission(admission=admission, actor=desk, clock=clock())
    refuse_admission(admission=admission, reason="材料不实", actor=desk, clock=clock())
    assert code_of(admit, admission=admission, actor=desk, clock=clock()) == "participants.admission.illegal_move"


def test_a_regulator_revokes_an_admission() -> None:
    organization, party, desk = applicant()
    hand_in(organization, party)
    admission = open_admission(organization=organization, role=Role.DATA_MERCHANT, answers=ANSWERS, actor=party, clock=clock())
    file_admission(admission=admission, actor=party, clock=clock())
    accept_admission(admission=admission, actor=desk, clock=clock())
    admit(admission=admission, actor=desk, clock=clock())
    assert code_of(revoke_admission, admission=admission, basis="FND-1", reason="冒用资质", actor=desk,
                   clock=clock()) == "participants.permission.denied"
    authority = make_actor(Role.REGULATOR)
    for basis, reason in (("", "冒用资质"), ("FND-1", " ")):
        assert code_of(revoke_admission, admission=admission, basis=basis, reason=reason, actor=authority,
                       clock=clock()) == "participants.admission.reason_needed"
    revoked = revoke_admission(admission=admission, basis="FND-1", reason="冒用资质", actor=authority, clock=clock())
    assert revoked.reason == "FND-1：冒用资质"
    assert may(organization, "list", at=NOW) == "participants.capability.not_admitted"


def test_deadlines_take_in_lapse_and_end_but_never_admit() -> None:
    organization, party, _ = applicant()
    draft = open_admission(organization=organization, role=Role.DATA_MERCHANT, answers=ANSWERS, actor=party, clock=clock())
    filed = open_admission(organization=organization, role=Role.BUYER, answers=ANSWERS, actor=party, clock=clock())
    hand_in(organization, party, "business_licence")
    filed = file_admission(admission=filed, actor=party, clock=clock())
    later = clock(NOW + timedelta(days=400))
    for _ in range(3):
        lapse_admissions(clock=later)
    draft.refresh_from_db()
    filed.refresh_from_db()
    assert (draft.status, filed.status) == ("withdrawn", "in_review")
    ended = make_organization()
    ended.admissions.update(effective_to=NOW)
    assert lapse_admissions(clock=clock()) == 1
    assert ended.admissions.get().status == "expired"
    assert withdraw_admission and lapse_admissions(clock=clock()) == 0


@covers("I17")
@pytest.mark.parametrize("start", AdmissionStatus.values)
def test_the_database_moves_an_admission_only_along_the_table(start: str) -> None:
    organization = make_organization(admitted=False)
    legal = {following for before, following in allowed_edges(ADMISSION) if before == start}
    for following in set(AdmissionStatus.values) - {start}:
        one = Admission.objects.create(code=f"A-{following}", organization=organization, role=Role.BUYER, status=start, created_at=NOW)
        try:
            with transaction.atomic():
                Admission.objects.filter(pk=one.pk).update(status=following)
            moved = True
        except IntegrityError:
            moved = False
        assert moved is (following in legal), (start, following)
        with transaction.atomic():
            Admission.objects.filter(pk=one.pk).update(role=Role.BUYER)
        if start == "admitted":
            break


def test_standing_moves_with_cause_record_and_notice_and_not_twice() -> None:
    one, regulator = make_organization(), make_actor(Role.REGULATOR)
    change = set_standing(organization=one, standing="restricted", band="C", cause_code="FND-1", reason="虚假声明", actor=regulator, at=NOW)
    assert change and (change.from_standing, change.to_standing, change.to_band) == ("good", "restricted", "C")
    assert may(one, "list", at=NOW) == "participants.standing.restricted"
    assert kinds() == ["participants.standing.changed"]
    assert set_standing(organization=one, standing="restricted", band="C", cause_code="FND-1", reason="again", actor=regulator,
                        at=NOW) is None
    assert StandingChange.objects.count() == 1 and Notice.objects.filter(organization=one, tone="bad").count() == 1
    assert code_of(set_standing, organization=one, standing="good", band="A", cause_code="X", reason="x",
                   actor=make_actor(Role.COMPLIANCE_OFFICER), at=NOW) == "participants.permission.denied"


def test_the_database_refuses_standing_without_a_cause_on_file() -> None:
    one = make_organization()
    with pytest.raises((IntegrityError, InternalError), match="set_standing"), transaction.atomic():
        Organization.objects.filter(pk=one.pk).update(standing="suspended")


@covers("R87")
def test_a_hold_cuts_and_its_lift_restores_one_capability() -> None:
    one, desk = make_organization(), make_actor(Role.COMPLIANCE_OFFICER)
    hold = hold_capability(organization=one, capability="list", reason_code="interim", reason="核查中", actor=desk, at=NOW,
                           until=NOW + timedelta(days=15))
    assert may(one, "list", at=NOW) == "participants.capability.held"
    lift_capability(hold=hold, reason="核查完毕", actor=desk, at=NOW)
    lift_capability(hold=hold, reason="again", actor=desk, at=NOW)
    assert may(one, "list", at=NOW) == ""
    assert kinds().count("participants.capability.lifted") == 1
    assert code_of(hold_capability, organization=one, capability="bid", reason_code="x", reason="x", actor=make_actor(Role.BUYER),
                   at=NOW) == "participants.permission.denied"


def test_notices_run_gapless_per_organisation_and_rollbacks_leave_no_gap() -> None:
    one, other = make_organization(), make_organization()
    for organization in (one, other, one):
        with transaction.atomic():
            notify(organization=organization, kind="x", text=("好", "ok"), at=NOW)
    savepoint = transaction.savepoint()
    notify(organization=one, kind="x", text=("好", "ok"), at=NOW)
    transaction.savepoint_rollback(savepoint)
    with transaction.atomic():
        assert notify(organization=one, kind="x", text=("好", "ok"), at=NOW).seq == 3
    assert not list(NoticesStandInSeries().check())


@covers("I29", "T47")
def test_one_real_person_never_trades_and_supervises_whatever_the_account() -> None:
    merchant, authority = make_organization(), make_organization(kind=OrganizationKind.AUTHORITY, admitted=False)
    common = {"name": "赵磊", "identity": "310101199001010011", "clock": clock()}
    invite_member(organization=merchant, role=Role.DATA_MERCHANT, username="zhao1", actor=SYSTEM, **common)
    assert code_of(invite_member, organization=authority, role=Role.REGULATOR, username="zhao2", actor=SYSTEM,
                   **common) == "participants.member.conflict"
    assert code_of(invite_member, organization=authority, role=Role.REGULATOR, username="zhao2", actor=SYSTEM,
                   **(common | {"identity": "310101199001010011 "})) == "participants.member.conflict"


def test_roles_fit_the_organisation_periods_run_forward_and_names_are_not_shared() -> None:
    merchant = make_organization()
    boss = make_actor(Role.DATA_MERCHANT, organization=merchant)
    common = {"organization": merchant, "name": "钱进", "identity": "1", "actor": boss, "clock": clock()}
    assert code_of(invite_member, role=Role.REGULATOR, username="q", **common) == "participants.member.role_unfit"
    assert code_of(invite_member, role=Role.BUYER, username="q", effective_to=NOW, **common) == "participants.member.period"
    membership, user = invite_member(role=Role.BUYER, username="q", effective_to=NOW + timedelta(days=1), **common)
    assert not user.has_usable_password() and membership.role_group == "trade"
    assert code_of(invite_member, role=Role.BUYER, username="q", **common) == "participants.member.overlap"
    assert code_of(invite_member, role=Role.BUYER, username="q", **(common | {"identity": "2"})) == "participants.member.username_taken"
    stranger = make_actor(Role.DATA_MERCHANT)
    assert code_of(invite_member, role=Role.BUYER, username="z", **(common | {"actor": stranger})) == "participants.object.absent"


def test_ending_a_role_is_done_once_and_never_to_the_last_member() -> None:
    merchant = make_organization()
    boss = make_user(Role.DATA_MERCHANT, organization=merchant)
    colleague = make_user(Role.BUYER, organization=merchant)
    only = Membership.objects.get(person=colleague.person)
    end_membership(membership=only, reason="离职", actor=actor_of(boss), clock=clock())
    end_membership(membership=only, reason="离职", actor=actor_of(boss), clock=clock())
    colleague.refresh_from_db()
    assert colleague.session_epoch == 1 and kinds() == ["participants.membership.ended"]
    last = Membership.objects.get(person=boss.person)
    assert code_of(end_membership, membership=last, reason="x", actor=actor_of(boss), clock=clock()) == "participants.member.last_one"


def test_a_membership_is_never_deleted_nor_moved_to_another_person() -> None:
    user = make_user(Role.BUYER)
    row = Membership.objects.get(person=user.person)
    with pytest.raises(IntegrityError), transaction.atomic():
        row.delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.filter(pk=row.pk).update(role=Role.REGULATOR)


def test_a_persons_key_is_keyed_and_steady() -> None:
    assert real_name_key(" 赵磊", "31010x") == real_name_key("赵磊", "31010X ")
    assert real_name_key("赵磊", "1") != real_name_key("赵磊", "2")


@covers("T46")
def test_a_programs_key_is_shown_once_hashed_scoped_ends_and_is_revoked() -> None:
    user = make_user(Role.DATA_MERCHANT)
    actor = actor_of(user)
    token, clear = issue_token(user=user, organization=user.acting_for, name="报送", scopes=["read"], days=30, actor=actor, clock=clock())
    assert clear.startswith("dxt_") and clear not in str(token.__dict__) and token.expiry is not None
    assert code_of(issue_token, user=user, organization=user.acting_for, name="x", scopes=["root"], days=1, actor=actor,
                   clock=clock()) == "participants.token.scope_unknown"
    assert code_of(revoke_token, token=token, actor=make_actor(Role.BUYER), clock=clock()) == "participants.object.absent"
    revoke_token(token=token, actor=actor, clock=clock())
    assert revoke_token(token=token, actor=actor, clock=clock()).revoked_at == NOW


def test_a_declared_stake_connects_parties() -> None:
    a, b = make_organization(), make_organization()
    declare_stake(owner=a, owned=b, share_bps=6000, actor=SYSTEM, clock=clock())
    assert affiliated(a, b, at=NOW)


def test_the_periodic_task_runs_and_forgets_old_windows_of_calls() -> None:
    from participants.tasks import lapse

    with connection.cursor() as cursor:
        for window in (1, 8, 9):
            cursor.execute("SELECT participants_count_call(%s, 60, %s)", [f"x{window}", window])
        assert lapse() == 0
        cursor.execute("SELECT count(*) FROM participants_callcount")
        assert cursor.fetchone()[0] == 2
