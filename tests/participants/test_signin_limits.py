"""T46: how often one may try is counted exactly, also when a thousand tries come at once; the lock tells nobody who exists.

The naive twin reads the count, looks at the password and then writes the count, as one writes it first: under a barrier it lets
every try of a wave through.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth import hashers
from django.db import connection, connections
from django.test import Client, RequestFactory
from django.utils import timezone

from kit.coverage import covers
from participants import signin_limits
from participants.models import User
from participants.roles import Role
from participants.signin_limits import count_try, forgive
from tests.factories import make_user

LOGIN = "/accounts/login/"
THREADS = 8


def request_from(address: str):
    return RequestFactory().post(LOGIN, REMOTE_ADDR=address)


def at_once(work: Callable[[int], object]) -> list[object]:
    """Runs ``work(n)`` in threads that start together; returns what they answered."""
    gate, answers, lock = threading.Barrier(THREADS), [], threading.Lock()

    def run(n: int) -> None:
        try:
            gate.wait()
            found = work(n)
            with lock:
                answers.append(found)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(THREADS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return answers


@covers("T46")
@pytest.mark.django_db(transaction=True)
def test_a_thousand_tries_at_once_are_let_through_exactly_ten_for_each_name(settings) -> None:
    settings.SIGNIN_TRIES_PER_ADDRESS = 10_000
    names = [f"name-{n}" for n in range(5)]

    def spray(n: int) -> dict[str, int]:
        passed = dict.fromkeys(names, 0)
        for turn in range(1000 // THREADS):
            name = names[(turn + n) % len(names)]
            passed[name] += not count_try("signin", name, request_from("10.1.1.1")).wait
        return passed

    answers = at_once(spray)
    assert {name: sum(one[name] for one in answers) for name in names} == dict.fromkeys(names, 10)  # type: ignore[index]


@covers("T46")
@pytest.mark.django_db(transaction=True)
def test_one_address_spraying_a_thousand_names_is_let_through_exactly_a_hundred_times() -> None:
    def spray(n: int) -> int:
        return sum(not count_try("signin", f"name-{n}-{turn}", request_from("10.1.1.2")).wait for turn in range(1000 // THREADS))

    assert sum(at_once(spray)) == 100  # type: ignore[arg-type]
    assert not count_try("signin", "name-0-0", request_from("10.1.1.3")).wait, "another address is free"


def naive_try(name: str, pause: threading.Barrier) -> bool:
    """The mutant: look, then let the password be looked at, then count."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tries FROM participants_signintry WHERE name = %s", [name])
        row = cursor.fetchone()
        pause.wait()
        if row and row[0] >= 10:
            return False
        cursor.execute("INSERT INTO participants_signintry AS t VALUES (%s, 1, now() + interval '15 min')"
                       " ON CONFLICT (name) DO UPDATE SET tries = t.tries + 1", [name])
        return True


@covers("T46")
@pytest.mark.django_db(transaction=True)
def test_the_naive_count_lets_more_than_ten_through() -> None:
    pause = threading.Barrier(THREADS)
    assert sum(sum(one) for one in at_once(lambda n: [naive_try("naive", pause) for _ in range(4)])) > 10  # type: ignore[misc,arg-type]


@covers("T46")
@pytest.mark.django_db(transaction=True)
def test_over_the_page_itself_a_wave_of_sign_ins_looks_at_ten_passwords() -> None:
    user = make_user(Role.BUYER)

    def wave(n: int) -> list[int]:
        client = Client(REMOTE_ADDR="10.1.1.4")
        return [client.post(LOGIN, {"username": user.username, "password": f"guess-{n}-{turn}"}).status_code for turn in range(3)]

    answers = [status for one in at_once(wave) for status in one]  # type: ignore[attr-defined]
    assert (answers.count(200), answers.count(429)) == (10, 14)


@covers("T46")
@pytest.mark.django_db
def test_the_lock_ends_with_its_time_and_is_not_prolonged_by_knocking(monkeypatch) -> None:
    start = timezone.now()
    moment = [start]
    monkeypatch.setattr(signin_limits.timezone, "now", lambda: moment[0])
    waits = [count_try("signin", "n", request_from("10.1.1.5")).wait for _ in range(12)]
    assert waits[:10] == [0] * 10 and 0 < waits[10] <= 901
    moment[0] = start + timedelta(seconds=899)
    assert count_try("signin", "n", request_from("10.1.1.5")).wait <= 2
    moment[0] = start + timedelta(seconds=901)
    assert count_try("signin", "n", request_from("10.1.1.5")).wait == 0


@covers("T46")
@pytest.mark.django_db
def test_a_right_answer_gives_the_tries_back_to_the_name_and_one_to_the_address() -> None:
    for _ in range(30):
        for _ in range(9):
            tried = count_try("signin", "n", request_from("10.1.1.6"))
            assert not tried.wait or tried.wait
        forgive(tried)
    with connection.cursor() as cursor:
        cursor.execute("SELECT tries FROM participants_signintry WHERE name = %s", [tried.address])
        assert cursor.fetchone() == (30 * 8,), "wrong tries of one's own still count for the address"


@covers("T46")
@pytest.mark.django_db
def test_the_address_is_what_our_own_proxy_saw_never_what_the_caller_says(settings) -> None:
    asked = RequestFactory().post(LOGIN, REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="1.2.3.4, 9.9.9.9")
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 0}
    assert signin_limits.client_address(asked) == "10.0.0.1"
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 1}
    assert signin_limits.client_address(asked) == "9.9.9.9"


class Counted(hashers.MD5PasswordHasher):
    """A hasher that counts what it is asked."""

    asked = 0

    def encode(self, password: str, salt: str) -> str:
        type(self).asked += 1
        return super().encode(password, salt)


def work_of(username: str, monkeypatch) -> int:
    """How many hashes one failed sign-in costs."""
    monkeypatch.setattr(hashers, "get_hasher", lambda algorithm="default": Counted())
    monkeypatch.setattr(hashers, "get_hashers", lambda: [Counted()])
    monkeypatch.setattr(hashers, "identify_hasher", lambda encoded: Counted())
    Counted.asked = 0
    assert Client().post(LOGIN, {"username": username, "password": "nope"}).status_code == 200
    monkeypatch.undo()
    return Counted.asked


@covers("T46")
@pytest.mark.django_db
def test_a_failed_sign_in_costs_the_same_work_whoever_it_names(monkeypatch) -> None:
    known, off, invited = (make_user(Role.BUYER) for _ in range(3))
    User.objects.filter(pk=off.pk).update(is_active=False)
    invited.set_unusable_password()
    invited.save()
    costs = {name: work_of(name, monkeypatch) for name in (known.username, off.username, invited.username, "nobody-at-all")}
    assert set(costs.values()) == {1}, costs
