"""T47: three administrators, one person each: of the system, of sign-ins, of audit. None trades; none does another's work."""

from __future__ import annotations

import threading

import pytest
from django.db import IntegrityError, connections, transaction
from django.test import Client

from evidence.models import Record
from kit.coverage import covers
from kit.permissions import permission_map
from kit.rejected import Rejected
from participants.actors import actor_of
from participants.models import ApiToken, Membership, SecondFactor, User
from participants.operations import disable_sign_in, enable_sign_in, issue_token, reset_second_factor
from participants.permissions import allowed
from participants.roles import Role
from participants.second_factor import begin
from tests.factories import EPOCH, NOW, clock, make_person, make_user

THREE = (Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR)
FORBIDDEN = (*THREE, Role.DATA_MERCHANT, Role.BUYER, Role.REGULATOR, Role.AUDITOR)
BACKEND = "django.contrib.auth.backends.ModelBackend"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


@covers("T47", "I29")
@pytest.mark.django_db
@pytest.mark.parametrize(("first", "second"), [(a, b) for a in THREE for b in FORBIDDEN if a != b])
def test_no_person_holds_two_of_them_nor_one_beside_a_seat_in_market_or_supervision(first: Role, second: Role) -> None:
    person = make_person()
    make_user(first, person=person)
    with pytest.raises(IntegrityError, match="membership_one_side_only"), transaction.atomic():
        make_user(second, person=person)


def naive_may_hold(person: int, role: str) -> bool:
    """The mutant: asks first whether the person holds another, then writes; two at once both hear no."""
    return not Membership.objects.filter(person_id=person).exclude(role=role).exists()


@covers("T47", "I29")
@pytest.mark.django_db(transaction=True)
def test_two_at_once_give_one_person_one_of_them_where_asking_first_says_yes_twice() -> None:
    person, homes = make_person(), [make_user(role).acting_for for role in THREE[:2]]
    gate, asked, given = threading.Barrier(2), [], []

    def run(role: Role, home) -> None:
        try:
            asked.append(naive_may_hold(person.pk, role))
            gate.wait()
            try:
                Membership.objects.create(person=person, organization=home, role=role, effective_from=EPOCH)
                given.append(role)
            except IntegrityError:
                pass
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in zip(THREE, homes, strict=False)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert asked == [True, True] and len(given) == 1


@covers("T47")
@pytest.mark.django_db
def test_none_of_them_may_any_act_of_the_market_or_of_the_ledger() -> None:
    rooms = ("trading.", "listings.", "delivery.", "settlement.", "ledger.")
    idle = make_user(Role.RESEARCHER)
    for role in THREE:
        actor = actor_of(make_user(role))
        more = [name for name in permission_map() if name.startswith(rooms) and allowed(actor, name, at=NOW)
                and not allowed(actor_of(idle), name, at=NOW)]
        assert more == [], role


@covers("T47")
@pytest.mark.django_db
def test_each_opens_its_own_page_only() -> None:
    found = {role: tuple(signed_in(make_user(role)).get(address).status_code for address in ("/desk/sign-ins/", "/desk/audit-log/"))
             for role in THREE}
    assert found == {Role.SYSTEM_ADMINISTRATOR: (403, 403), Role.SECURITY_ADMINISTRATOR: (200, 403), Role.AUDIT_ADMINISTRATOR: (200, 200)}


@covers("T47")
@pytest.mark.django_db
def test_the_audit_administrator_reads_who_changed_what_and_changes_nothing() -> None:
    user, security, audit = make_user(Role.BUYER), make_user(Role.SECURITY_ADMINISTRATOR), make_user(Role.AUDIT_ADMINISTRATOR)
    disable_sign_in(user=user, reason="账号被盗", actor=actor_of(security), clock=clock())
    client = signed_in(audit)
    text = client.get("/desk/audit-log/?kind=signin").content.decode()
    assert "participants.signin.changed" in text and "账号被盗" in text and user.person.code in text
    assert client.post("/desk/audit-log/").status_code == 405
    assert client.post("/desk/sign-ins/", {"user": user.pk, "act": "enable", "reason": "x"}).status_code == 403
    with pytest.raises(Rejected, match=r"participants\.permission\.denied"):
        enable_sign_in(user=user, reason="x", actor=actor_of(audit), clock=clock())


@covers("T47", "T43")
@pytest.mark.django_db
def test_the_security_administrator_switches_a_sign_in_off_and_on_with_a_reason() -> None:
    user, security = make_user(Role.BUYER), make_user(Role.SECURITY_ADMINISTRATOR)
    issue_token(user=user, organization=user.acting_for, name="k", scopes=["read"], days=1, actor=actor_of(user), clock=clock())
    theirs, desk = signed_in(user), signed_in(security)
    assert desk.post("/desk/sign-ins/", {"user": user.pk, "act": "disable", "reason": " "}).status_code == 400
    assert theirs.get("/desk/organisation/").status_code == 200
    assert desk.post("/desk/sign-ins/", {"user": user.pk, "act": "disable", "reason": "离职"}).status_code == 302
    assert theirs.get("/desk/organisation/").status_code == 302
    assert ApiToken.objects.get().revoked_at is not None
    assert desk.post("/desk/sign-ins/", {"user": user.pk, "act": "enable", "reason": "复职"}).status_code == 302
    assert theirs.get("/desk/organisation/").status_code == 302, "old sessions stay ended"
    assert signed_in(User.objects.get(pk=user.pk)).get("/desk/organisation/").status_code == 200
    changes = Record.objects.filter(kind="participants.signin.changed", subject=user.person.code).values_list("payload__change", flat=True)
    assert sorted(changes) == ["disabled", "enabled"]


@covers("T46", "T47")
@pytest.mark.django_db
def test_a_lost_second_factor_is_taken_away_by_another_never_by_oneself() -> None:
    user, security = make_user(Role.BUYER), make_user(Role.SECURITY_ADMINISTRATOR)
    begin(user)
    begin(security)
    reset_second_factor(user=user, reason="手机遗失", actor=actor_of(security), clock=clock())
    assert not SecondFactor.objects.filter(user=user).exists()
    second_account = make_user(Role.SECURITY_ADMINISTRATOR, person=security.person)
    for own in (security, second_account):
        for act in (reset_second_factor, disable_sign_in, enable_sign_in):
            with pytest.raises(Rejected, match=r"participants\.signin\.own"):
                act(user=own, reason="x", actor=actor_of(security), clock=clock())


@covers("T47")
@pytest.mark.django_db
@pytest.mark.parametrize("flags", [{"is_superuser": True, "is_staff": True}, {}])
def test_in_production_a_sign_in_nobody_should_use_raises_an_alarm(settings, flags) -> None:
    shell = User.objects.create(username="shell", **flags)
    signed_in(shell)
    assert not Record.objects.filter(kind="participants.signin.alarm").exists(), "a demo is no production"
    settings.PRODUCTION = True
    signed_in(make_user(Role.BUYER))
    assert not Record.objects.filter(kind="participants.signin.alarm").exists()
    signed_in(shell)
    told = Record.objects.get(kind="participants.signin.alarm")
    assert told.payload["alarm"] == ("superuser" if flags else "no_person") and told.subject == f"USER-{shell.pk}"
