"""Signing in tells nobody who exists, sessions end when they must, and the second factor is asked for once a session."""

from __future__ import annotations

import time

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.test import Client
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from kit.coverage import covers
from participants import totp
from participants.actors import actor_of
from participants.models import Membership, SecondFactor
from participants.operations import end_membership, invite_member
from participants.roles import Role
from participants.second_factor import begin, secret_of
from tests.factories import clock, make_organization, make_user

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"
NEW = {"new_password1": "correct-horse-9", "new_password2": "correct-horse-9"}


def sign_in(client: Client, username: str, password: str = "demo", **more):
    return client.post(LOGIN, {"username": username, "password": password, **more})


@covers("T46")
def test_the_session_changes_at_sign_in_and_dies_at_sign_out() -> None:
    user, client = make_user(Role.BUYER), Client()
    client.get(LOGIN)
    answer = sign_in(client, user.username, next="/desk/organisation/")
    assert (answer.status_code, answer["Location"]) == (302, "/desk/organisation/")
    assert client.get("/desk/organisation/").status_code == 200
    assert client.get("/accounts/logout/").status_code == 405
    client.post("/accounts/logout/")
    assert client.get("/desk/organisation/").status_code == 302


def test_a_way_back_never_leads_elsewhere() -> None:
    user = make_user(Role.BUYER)
    assert sign_in(Client(), user.username, next="https://evil.example/")["Location"] == "/desk/"


@covers("T46")
def test_a_wrong_password_and_an_unknown_name_get_the_same_answer() -> None:
    user = make_user(Role.BUYER)
    wrong, unknown = sign_in(Client(), user.username, "nope"), sign_in(Client(), "u" * len(user.username), "nope")
    assert wrong.status_code == unknown.status_code == 200
    strip = [answer.content.replace(user.username.encode(), b"").replace(b"u" * len(user.username), b"") for answer in (wrong, unknown)]
    import re

    plain = [re.sub(rb'value="[A-Za-z0-9]{64}"|data-clock="\d+"|<b data-clock.*?</b>', b"", one) for one in strip]
    assert plain[0] == plain[1]
    assert "用户名或密码不正确" in wrong.content.decode()


@covers("T46")
def test_repeated_failures_lock_the_name_and_address_the_same_whether_it_exists() -> None:
    user = make_user(Role.BUYER)
    answers = {}
    for name in (user.username, "nobody-here"):
        client = Client(REMOTE_ADDR="10.9.8.7")
        answers[name] = [sign_in(client, name, "nope").status_code for _ in range(12)]
        locked = sign_in(client, name)
        assert locked.status_code == 429 and 0 < int(locked["Retry-After"]) <= 901, "also with the right password"
    assert answers[user.username] == answers["nobody-here"] == [200] * 10 + [429] * 2
    assert sign_in(Client(REMOTE_ADDR="10.9.8.8"), user.username).status_code == 302, "another address is not locked out with it"


@covers("T43")
def test_a_disabled_sign_in_and_an_ended_role_end_open_sessions_at_their_next_request() -> None:
    organization = make_organization(Role.BUYER)
    boss, colleague = (make_user(Role.BUYER, organization=organization) for _ in range(2))
    clients = [Client(), Client()]
    for client in clients:
        sign_in(client, colleague.username)
        assert client.get("/desk/organisation/").status_code == 200
    row = Membership.objects.get(person=colleague.person)
    end_membership(membership=row, reason="离职", actor=actor_of(boss), clock=clock())
    assert [client.get("/desk/organisation/").status_code for client in clients] == [302, 302]
    client = Client()
    sign_in(client, boss.username)
    boss.is_active = False
    boss.save()
    assert client.get("/desk/organisation/").status_code == 302


def test_a_new_password_ends_the_other_sessions() -> None:
    user, here, there = make_user(Role.BUYER), Client(), Client()
    for client in (here, there):
        sign_in(client, user.username)
    answer = here.post("/accounts/password/", {"old_password": "demo"} | NEW)
    assert answer.status_code == 302
    assert here.get("/desk/organisation/").status_code == 200
    assert there.get("/desk/organisation/").status_code == 302


@covers("T46")
def test_an_invitation_holds_once() -> None:
    boss = make_user(Role.BUYER)
    _, user = invite_member(organization=boss.acting_for, name="新人", identity="1", role=Role.BUYER, username="fresh",
                            actor=actor_of(boss), clock=clock())
    link = f"/accounts/join/{urlsafe_base64_encode(force_bytes(user.pk))}/{default_token_generator.make_token(user)}/"
    assert sign_in(Client(), "fresh", "").status_code == 200
    assert Client().get(link).status_code == 200
    answer = Client().post(link, NEW)
    assert answer.status_code == 302
    assert Client().get(link).status_code == 404
    assert Client().get("/accounts/join/xx/yy/").status_code == 404


@covers("T45")
@pytest.mark.parametrize("address", ["/accounts/login/", "/accounts/logout/", "/accounts/password/", "/accounts/act-for/",
                                     "/accounts/apply/", "/desk/organisation/members/",
                                     "/desk/organisation/keys/", "/desk/organisation/admission/"])
def test_every_unsafe_call_without_its_mark_is_refused(address: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user(Role.DATA_MERCHANT), backend="django.contrib.auth.backends.ModelBackend")
    assert client.post(address, {}).status_code == 403


@covers("T45")
def test_a_page_is_framed_by_nobody_and_shares_nothing_with_other_origins() -> None:
    answer = Client().get(LOGIN, headers={"Origin": "https://evil.example"})
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"] and answer["X-Frame-Options"] == "DENY"
    assert "Access-Control-Allow-Origin" not in answer


def test_one_acts_only_for_organisations_where_one_holds_a_role() -> None:
    user = make_user(Role.BUYER)
    second = make_organization(Role.BUYER)
    make_user(Role.BUYER, organization=second, person=user.person)
    client = Client()
    sign_in(client, user.username)
    assert client.post("/accounts/act-for/", {"organization": second.code}).status_code == 302
    user.refresh_from_db()
    assert user.acting_for == second
    assert client.post("/accounts/act-for/", {"organization": make_organization().code}).status_code == 404


# ---- second factor -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "code"), [(59, "94287082"), (1111111109, "07081804"), (1111111111, "14050471"),
                                               (1234567890, "89005924"), (2000000000, "69279037"), (20000000000, "65353130")])
def test_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert totp.code_at(secret, seconds // totp.STEP, digits=8) == code


@covers("T46")
def test_a_code_is_taken_once_and_only_near_its_time() -> None:
    secret = totp.new_secret()
    now = 1_700_000_000
    code = totp.code_at(secret, now // 30)
    step = totp.matching_step(secret, code, now)
    assert step == now // 30
    assert totp.matching_step(secret, code, now, after=step) is None, "the same code in its window"
    assert totp.matching_step(secret, code, now + 30) == step
    assert totp.matching_step(secret, code, now + 90) is None
    assert totp.matching_step(secret, "٣٣٣٣٣٣", now) is None


@covers("T46")
def test_where_it_is_required_nothing_opens_before_the_second_factor(settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    user, client = make_user(Role.REGULATOR), Client()
    sign_in(client, user.username)
    answer = client.get("/desk/organisation/")
    assert answer.status_code == 302 and answer["Location"].startswith("/accounts/second-factor/")
    page = client.get("/accounts/second-factor/")
    secret = secret_of(SecondFactor.objects.get(user=user))
    assert secret in page.content.decode() and secret.encode() not in bytes(SecondFactor.objects.get(user=user).secret)
    assert client.post("/accounts/second-factor/", {"code": "000000"}).status_code == 400
    page = client.post("/accounts/second-factor/", {"code": totp.code_at(secret_of(begin(user)), int(time.time()) // 30)})
    assert page.status_code == 200 and "恢复词" in page.content.decode()
    words = page.context["words"]
    assert client.get("/desk/organisation/").status_code == 200
    again = Client()
    sign_in(again, user.username)
    assert again.get("/desk/organisation/").status_code == 302
    used = SecondFactor.objects.get(user=user).last_step
    assert again.post("/accounts/second-factor/", {"code": totp.code_at(secret, used)}).status_code == 400, "a used code"
    assert again.post("/accounts/second-factor/", {"code": words[0]}).status_code == 302
    assert again.get("/desk/organisation/").status_code == 200
    third = Client()
    sign_in(third, user.username)
    assert third.post("/accounts/second-factor/", {"code": words[0]}).status_code == 400, "a used word"
