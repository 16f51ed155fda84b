"""T43: whoever loses a right loses the open socket with it: closed by the bell, and where the bell was lost before the next word.

The naive twin looks rights up when the socket opens; it goes on telling a former member what happens.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from participants.actors import actor_of
from participants.models import Membership, Organization, User
from participants.operations import disable_sign_in, end_membership, notify
from participants.roles import Role
from tests.factories import make_organization, make_user
from tests.trading.test_live_feed import ending, enter, serving

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def feed() -> Iterator[int]:
    with serving("exchange.asgi:application", "--ws-max-size", "16384") as port:
        yield port


@pytest.fixture
def naive_feed() -> Iterator[int]:
    with serving("tests.trading.naive_private_feed:application") as port:
        yield port


def people() -> tuple[User, User]:
    """Two members of one house: who decides, and who listens."""
    ours = make_organization(Role.BUYER)
    boss, colleague = (make_user(Role.BUYER, organization=ours) for _ in range(2))
    return boss, colleague


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@contextmanager
def listen(port: int, client: Client) -> Iterator[ClientConnection]:
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    with enter(port, "/ws/me/", session=session) as one:
        assert json.loads(one.recv(timeout=10))["type"] == "hello"
        yield one


@transaction.atomic
def tell(organization: Organization) -> None:
    notify(organization=organization, kind="test.said", subject="X-1", text=("有事", "News"), at=MARKET_CLOCK.now())


def _ended(boss: User, colleague: User, client: Client) -> None:
    end_membership(membership=Membership.objects.get(person=colleague.person), reason="离职", actor=actor_of(boss), clock=MARKET_CLOCK)


def _disabled(boss: User, colleague: User, client: Client) -> None:
    disable_sign_in(user=colleague, reason="账号被盗", actor=actor_of(make_user(Role.SECURITY_ADMINISTRATOR)), clock=MARKET_CLOCK)


def _signed_out(boss: User, colleague: User, client: Client) -> None:
    client.post("/accounts/logout/")


def _password_changed(boss: User, colleague: User, client: Client) -> None:
    new = {"new_password1": "correct-horse-9", "new_password2": "correct-horse-9"}
    assert signed_in(colleague).post("/accounts/password/", {"old_password": "demo"} | new).status_code == 302


Loss = Callable[[User, User, Client], None]


@covers("T43")
@pytest.mark.parametrize("loss", [_ended, _disabled, _signed_out, _password_changed])
def test_a_socket_is_closed_when_its_right_ends_and_hears_no_further_word(feed: int, loss: Loss) -> None:
    boss, colleague = people()
    client = signed_in(colleague)
    with listen(feed, client) as one:
        tell(colleague.acting_for)
        assert json.loads(one.recv(timeout=10))["type"] == "notice"
        loss(boss, colleague, client)
        tell(colleague.acting_for)
        with pytest.raises(ConnectionClosed) as closed:
            one.recv(timeout=10)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 4403


def run_out(colleague: User) -> None:
    """The role ends by its date, so nobody rings."""
    Membership.objects.filter(person=colleague.person).update(effective_to=datetime(2020, 1, 2, tzinfo=UTC))


def told_after_the_end(port: int) -> str:
    _, colleague = people()
    with listen(port, signed_in(colleague)) as one:
        run_out(colleague)
        tell(colleague.acting_for)
        try:
            return str(json.loads(one.recv(timeout=10))["type"])
        except ConnectionClosed as closed:
            return str(closed.rcvd.code if closed.rcvd else None)


@covers("T43")
def test_a_role_that_ran_out_by_its_date_is_told_nothing_though_no_bell_rang(feed: int) -> None:
    assert told_after_the_end(feed) == "4403"


@covers("T43")
def test_the_naive_socket_goes_on_telling_a_former_member(naive_feed: int) -> None:
    assert told_after_the_end(naive_feed) == "notice"


@covers("T43")
def test_a_ping_is_enough_to_find_out(feed: int) -> None:
    _, colleague = people()
    with listen(feed, signed_in(colleague)) as one:
        run_out(colleague)
        one.send('{"type": "ping"}')
        assert ending(one) == 4403


@covers("T43", "T44")
@pytest.mark.parametrize("state", ["expired", "disabled", "former"])
def test_a_session_that_ended_opens_no_socket(feed: int, state: str) -> None:
    boss, colleague = people()
    client = signed_in(colleague)
    if state == "expired":
        session = client.session
        session.set_expiry(timedelta(seconds=-1))
        session.save()
    elif state == "disabled":
        User.objects.filter(pk=colleague.pk).update(is_active=False)
    else:
        _ended(boss, colleague, client)
    with pytest.raises((InvalidStatus, ConnectionClosed)), listen(feed, client):
        pass


@covers("T43")
def test_whoever_acts_for_another_house_now_hears_the_former_one_no_more(feed: int) -> None:
    _, colleague = people()
    former, second = colleague.acting_for, make_organization(Role.BUYER)
    make_user(Role.BUYER, organization=second, person=colleague.person)
    client = signed_in(colleague)
    with listen(feed, client) as one:
        assert client.post("/accounts/act-for/", {"organization": second.code}).status_code == 302
        tell(former)
        assert ending(one) == 4403
