"""T46: sensitive acts ask again who is there; an address changes only by password and by its own mailbox; a code is taken once."""

from __future__ import annotations

import re
import threading
import time

import pytest
from django.core import mail
from django.db import connections
from django.test import Client

from kit.coverage import covers
from participants import totp
from participants.models import ApiToken, EmailChange, Membership, SecondFactor, User
from participants.roles import Role
from participants.second_factor import begin, confirm, secret_of, verify
from participants.step_up import FIELD, MARK
from tests.factories import NOW, make_organization, make_user

KEYS = "/desk/organisation/keys/"
KEY = {"name": "程序一", "scopes": ["read"], "days": "30"}
EMAIL = "/accounts/email/"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def grown_old(client: Client) -> Client:
    """The session's confirmation is an hour old."""
    session = client.session
    session[MARK] = int(time.time()) - 3600
    session.save()
    return client


# ---- step-up -----------------------------------------------------------------------------------------------------------------


@covers("T46")
@pytest.mark.django_db
def test_a_sensitive_act_in_an_old_session_asks_for_the_password_and_keeps_what_was_typed() -> None:
    user = make_user(Role.BUYER)
    client = grown_old(signed_in(user))
    asked = client.post(KEYS, KEY)
    assert asked.status_code == 428 and asked["X-Refusal"] == "participants.signin.confirm"
    assert not ApiToken.objects.exists()
    text = asked.content.decode()
    for value in ("程序一", "read", "30"):
        assert f'value="{value}"' in text
    wrong = client.post(KEYS, KEY | {FIELD: "nope"})
    assert wrong.status_code == 428 and "密码不正确" in wrong.content.decode()
    done = client.post(KEYS, KEY | {FIELD: "demo"})
    assert done.status_code == 200 and ApiToken.objects.count() == 1
    assert client.post(KEYS, KEY).status_code == 200, "confirmed for a while"
    assert "demo" not in done.content.decode()


@covers("T46")
@pytest.mark.django_db
def test_the_session_gets_a_new_name_when_it_confirms() -> None:
    client = grown_old(signed_in(make_user(Role.BUYER)))
    before = client.session.session_key
    client.post(KEYS, KEY | {FIELD: "demo"})
    assert client.session.session_key != before


@covers("T46")
@pytest.mark.django_db
@pytest.mark.parametrize("address", [KEYS, "/desk/organisation/members/"])
def test_every_sensitive_form_asks(address: str) -> None:
    assert grown_old(signed_in(make_user(Role.BUYER))).post(address, {}).status_code == 428


@covers("T46", "T43")
@pytest.mark.django_db
def test_ending_a_members_role_asks() -> None:
    ours = make_organization(Role.BUYER)
    boss, colleague = (make_user(Role.BUYER, organization=ours) for _ in range(2))
    row = Membership.objects.get(person=colleague.person)
    client = grown_old(signed_in(boss))
    assert client.post(f"/desk/organisation/members/{row.pk}/end/").status_code == 428
    row.refresh_from_db()
    assert row.effective_to is None
    assert client.post(f"/desk/organisation/members/{row.pk}/end/", {FIELD: "demo"}).status_code == 302


@covers("T46")
@pytest.mark.django_db
def test_the_password_is_not_guessed_here_either() -> None:
    client = grown_old(signed_in(make_user(Role.BUYER)))
    answers = [client.post(KEYS, KEY | {FIELD: f"guess-{n}"}).status_code for n in range(12)]
    assert answers == [428] * 10 + [429] * 2
    assert client.post(KEYS, KEY | {FIELD: "demo"}).status_code == 429, "also the right one waits now"


@covers("T46")
@pytest.mark.django_db
def test_where_a_second_factor_is_set_up_the_password_alone_confirms_nothing() -> None:
    user = make_user(Role.BUYER)
    secret = secret_of(begin(user))
    confirm(user, totp.code_at(secret, int(time.time()) // 30), at=NOW)
    SecondFactor.objects.update(last_step=0)
    client = grown_old(signed_in(user))
    assert client.post(KEYS, KEY | {FIELD: "demo"}).status_code == 428
    assert client.post(KEYS, KEY | {FIELD: totp.code_at(secret, int(time.time()) // 30)}).status_code == 200


@covers("T46")
@pytest.mark.django_db
def test_a_session_that_owes_its_second_factor_changes_neither_password_nor_address(settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    client = signed_in(make_user(Role.BUYER))
    for address in ("/accounts/password/", EMAIL, "/accounts/act-for/", KEYS):
        answer = client.post(address, {"password": "demo", "email": "new@example.org"})
        assert answer.status_code == 302 and answer["Location"].startswith("/accounts/second-factor/"), address
    assert not EmailChange.objects.exists()


# ---- e-mail ------------------------------------------------------------------------------------------------------------------


def link_in(text: str) -> str:
    found = re.search(r"/accounts/email/[\w-]+/", text)
    assert found
    return found.group()


@covers("T46", "I30")
@pytest.mark.django_db
def test_an_address_changes_only_by_password_and_by_a_press_from_its_own_mailbox() -> None:
    user = make_user(Role.BUYER)
    user.email = "old@example.org"
    user.save()
    client, elsewhere, stranger = signed_in(user), signed_in(user), signed_in(make_user(Role.BUYER))
    assert client.post(EMAIL, {"email": "new@example.org"}).status_code == 400
    assert client.post(EMAIL, {"email": "new@example.org", "password": "nope"}).status_code == 400
    assert not mail.outbox
    assert client.post(EMAIL, {"email": "new@example.org", "password": "demo"}).status_code == 302
    assert [one.to for one in mail.outbox] == [["new@example.org"], ["old@example.org"]], "the old address hears of it"
    link = link_in(str(mail.outbox[0].body))
    held = EmailChange.objects.get()
    assert link.split("/")[-2] not in held.digest, "the token itself is kept nowhere"
    assert client.get(link).status_code == 200
    assert User.objects.get(pk=user.pk).email == "old@example.org", "reading the page (or a mail scanner) confirms nothing"
    assert stranger.post(link).status_code == 404
    assert client.post(link).status_code == 302
    assert User.objects.get(pk=user.pk).email == "new@example.org"
    assert client.get("/desk/organisation/").status_code == 200
    assert elsewhere.get("/desk/organisation/").status_code == 302, "the other sessions end"
    assert client.post(link).status_code == 404, "once"


@covers("T46")
@pytest.mark.django_db
def test_a_link_ends_after_a_day_and_with_the_next_one() -> None:
    user = make_user(Role.BUYER)
    client = signed_in(user)
    links = []
    for address in ("one@example.org", "two@example.org"):
        client.post(EMAIL, {"email": address, "password": "demo"})
        links.append(link_in(str(mail.outbox[-1].body)))
    assert client.post(links[0]).status_code == 404
    EmailChange.objects.update(expires_at=NOW)
    assert client.post(links[1]).status_code == 404
    assert User.objects.get(pk=user.pk).email == ""


@covers("I30")
@pytest.mark.django_db
def test_the_address_stands_enciphered_in_the_row_and_in_no_fact() -> None:
    from django.db import connection

    from evidence.models import Record

    user = make_user(Role.BUYER)
    client = signed_in(user)
    client.post(EMAIL, {"email": "secret@example.org", "password": "demo"})
    client.post(link_in(str(mail.outbox[0].body)))
    with connection.cursor() as cursor:
        for table in ("participants_user", "participants_emailchange"):
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text ILIKE '%secret@example%'")
            assert cursor.fetchone() == (0,), table
    assert [one.payload["change"] for one in Record.objects.filter(kind="participants.signin.changed").order_by("at", "id")]
    assert not any("example.org" in str(one.payload) for one in Record.objects.all())


# ---- programs' keys ----------------------------------------------------------------------------------------------------------


@covers("T46")
@pytest.mark.django_db
def test_a_key_is_shown_once_kept_as_a_hash_bounded_by_its_scopes_and_dead_when_revoked() -> None:
    user = make_user(Role.BUYER)
    client = signed_in(user)
    page = client.post(KEYS, KEY)
    clear = page.context["shown_key"]
    assert clear in page.content.decode()
    assert clear not in client.get("/desk/organisation/").content.decode()
    token = ApiToken.objects.get()
    assert clear not in (token.digest, token.token_key) and clear not in str(token.__dict__)
    program = Client(headers={"Authorization": f"Token {clear}"})
    assert program.get("/api/trades/").status_code == 200
    bid = program.post("/api/lots/LOT-0000000000/bids/", {}, content_type="application/json", headers={"Idempotency-Key": "key-00000001"})
    assert bid.status_code == 403, "its scope is reading"
    assert Client(headers={"Authorization": f"Token {clear[:-1]}x"}).get("/api/trades/").status_code == 401
    client.post(f"/desk/organisation/keys/{token.code}/revoke/")
    assert program.get("/api/trades/").status_code == 401


# ---- second factor -----------------------------------------------------------------------------------------------------------


def naive_verify(user: User, code: str, gate: threading.Barrier) -> bool:
    """The mutant: is the step newer than the last one? Then note it. Two at once both read the old one."""
    held = SecondFactor.objects.get(user=user)
    step = totp.matching_step(secret_of(held), code, int(time.time()), after=held.last_step)
    gate.wait()
    if step is None:
        return False
    SecondFactor.objects.filter(user=user).update(last_step=step)
    return True


def taken_at_once(user: User, how) -> int:
    code = totp.code_at(secret_of(SecondFactor.objects.get(user=user)), int(time.time()) // 30)
    gate, answers = threading.Barrier(4), []

    def run() -> None:
        try:
            gate.wait()
            answers.append(how(user, code, gate))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return sum(answers)


@covers("T46")
@pytest.mark.django_db(transaction=True)
def test_one_code_opens_once_also_when_it_is_shown_four_times_at_once() -> None:
    for how, opened in ((lambda user, code, gate: verify(user, code), 1), (naive_verify, 4)):
        user = make_user(Role.BUYER)
        begin(user)
        SecondFactor.objects.filter(user=user).update(confirmed_at=NOW)
        assert taken_at_once(user, how) == opened


@covers("T46")
@pytest.mark.django_db
def test_a_recovery_word_stands_for_a_code_once_and_is_kept_as_a_hash() -> None:
    user = make_user(Role.BUYER)
    words = confirm(user, totp.code_at(secret_of(begin(user)), int(time.time()) // 30), at=NOW)
    assert words is not None and len(set(words)) == 10
    kept = SecondFactor.objects.get(user=user).recovery
    assert len(kept) == 10 and not set(words) & set(kept)
    assert verify(user, words[3].upper() + " ")
    assert not verify(user, words[3])
    assert verify(user, words[4]) and len(SecondFactor.objects.get(user=user).recovery) == 8
