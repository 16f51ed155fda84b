"""I28: each privileged reading and each denied attempt is on file, numbered without a gap, and kept for 184 days at least."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from evidence.clock import MARKET_CLOCK, set_market_clock
from evidence.models import Record
from evidence.operations import operation
from kit.actors import Actor
from kit.coverage import covers
from participants.denials import forget_denials, logs_before, write_denials
from participants.denied import Denied, attempts
from participants.invariants import PrivilegedActsAreOnFile
from participants.models import DeniedAttempt, Parameter, StaffRead, User
from participants.permissions import require
from participants.reads import note_read
from participants.roles import Role
from tests.factories import make_actor, make_organization, make_user

pytestmark = pytest.mark.django_db


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def faults() -> list[str]:
    return list(PrivilegedActsAreOnFile().check())


def noted(count: int = 1) -> list[DeniedAttempt]:
    """So many attempts of one person."""
    actor = make_actor(Role.BUYER)
    assert actor.user_id is not None
    for number in range(count):
        write_denials([Denied(actor.user_id, actor.organization_id, "trading.x", "participants.permission.denied", f"OBJ-{number}")],
                      place="GET /x", clock=MARKET_CLOCK)
    return list(DeniedAttempt.objects.order_by("seq"))


@covers("I28")
def test_a_denied_page_and_a_denied_act_are_on_file_with_who_what_and_where() -> None:
    user = make_user(Role.BUYER)
    browser = browser_of(user)
    assert browser.get("/admin/").status_code == 403
    assert browser.get("/desk/audit-log/").status_code in {403, 404}
    rows = list(DeniedAttempt.objects.order_by("seq"))
    assert rows and rows[0].user == user and rows[0].organization_id == user.acting_for_id
    assert (rows[0].act, rows[0].code) == ("exchange.desk.enter", "participants.permission.denied")
    assert rows[0].place.startswith("GET /admin/")
    assert [one.seq for one in rows] == list(range(1, len(rows) + 1)) and faults() == []


@covers("I28")
def test_a_visitor_is_led_to_sign_in_and_is_no_attempt() -> None:
    assert Client().get("/admin/").status_code == 302
    assert not DeniedAttempt.objects.exists()


@covers("I28")
def test_what_was_allowed_is_no_attempt() -> None:
    assert browser_of(make_user(Role.REGULATOR)).get("/admin/").status_code == 200
    assert not DeniedAttempt.objects.exists()


@operation("test.naive_audit")
def naive(*, actor: Actor, at: Any) -> None:
    """The audit that writes inside the act: what is refused takes its row with it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT participants_note_denied(%s, %s, 'test', 'test', '', 'test', %s)",
                       [actor.user_id, actor.organization_id, at])
    require(actor, "exchange.desk.enter", at=at)


@covers("I28")
def test_the_naive_audit_inside_the_act_loses_what_it_was_for() -> None:
    actor, at = make_actor(Role.BUYER), MARKET_CLOCK.now()
    with attempts() as found, pytest.raises(Exception, match="denied"):
        naive(actor=actor, at=at)
    assert not DeniedAttempt.objects.exists(), "the row went with the act"
    write_denials(found, place="GET /x", clock=MARKET_CLOCK)
    assert DeniedAttempt.objects.get().user_id == actor.user_id, "written after it, it stays"


@covers("I28")
def test_a_gap_in_the_numbers_is_found() -> None:
    last = noted(3)[-1]
    assert faults() == []
    DeniedAttempt.objects.create(seq=5, user=last.user, act="x", code="x", place="x", at=last.at)
    assert faults() == ["denied attempts: 4 rows between numbers 1 and 5"]


@covers("I28")
def test_nothing_is_changed_and_nothing_goes_before_its_184_days() -> None:
    rows = noted(2)
    for change in (lambda: DeniedAttempt.objects.update(act="nothing"), lambda: DeniedAttempt.objects.filter(pk=rows[0].pk).delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    at = MARKET_CLOCK.now()
    assert logs_before(at - timedelta(days=181), at) == at - timedelta(days=184), "six months may be fewer days"
    assert logs_before(at - timedelta(days=200), at) == at - timedelta(days=200)


@covers("I28")
@pytest.mark.parametrize(("days", "left"), [(183, 3), (185, 1)])
def test_the_round_of_keeping_takes_what_is_older_and_leaves_the_last_number(days: int, left: int) -> None:
    noted(3)
    later = MARKET_CLOCK.now() + timedelta(days=days)
    set_market_clock(later, 0)
    assert forget_denials(later - timedelta(days=181), later) == 3 - left
    assert [one.seq for one in DeniedAttempt.objects.order_by("seq")] == ([1, 2, 3] if left == 3 else [3]) and faults() == []
    assert noted()[-1].seq == 4, "numbers go on"


@covers("I28")
def test_a_reading_without_its_fact_and_a_shorter_term_of_keeping_are_found() -> None:
    party, reader = make_organization(), make_actor(Role.REGULATOR)
    note_read(owner=party, kind="trade", subject="TRD-0000000001", ground="exchange.desk.enter", actor=reader, clock=MARKET_CLOCK)
    assert faults() == [] and Record.objects.filter(kind="participants.read.noted").exists()
    StaffRead.objects.create(owner=party, kind="trade", subject="TRD-0000000002", reader_id=reader.user_id or 0, reader_code=reader.code,
                             ground="exchange.desk.enter", at=MARKET_CLOCK.now(), due_at=MARKET_CLOCK.now())
    assert len(faults()) == 1 and "TRD-0000000002" in faults()[0]
    Parameter.objects.filter(key="retention.logs_days").update(value=180)
    assert any("fewer than 184" in one for one in faults())


@covers("I28")
@pytest.mark.django_db(transaction=True)
def test_attempts_at_the_same_instant_take_numbers_one_after_the_other() -> None:
    actor = make_actor(Role.BUYER)
    assert actor.user_id is not None
    one = Denied(actor.user_id, actor.organization_id, "trading.x", "participants.permission.denied", "")

    def write() -> None:
        try:
            for _ in range(5):
                write_denials([one], place="GET /x", clock=MARKET_CLOCK)
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(DeniedAttempt.objects.order_by("seq").values_list("seq", flat=True)) == list(range(1, 21))
