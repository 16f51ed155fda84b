"""A page that watches an experiment hears of every run over a real socket; nobody hears of another's, nor after the right has ended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from participants.actors import actor_of
from participants.models import User
from participants.operations import disable_sign_in
from participants.roles import Role
from simulation.experiments.acting import pause_experiment, resume_experiment
from simulation.experiments.running import compute_next
from simulation.wide.arms import Plan
from tests.factories import make_user
from tests.simulation.experiments.worlds import computed, started
from tests.trading.test_live_feed import ending, enter, serving
from tests.trading.test_revoked_sockets import signed_in

pytestmark = pytest.mark.django_db(transaction=True)
QUICK = Plan("baseline", ({}, {"fee_bps": 900}), agents=160, days=2, seed=1, replications=2)


@pytest.fixture
def feed() -> Iterator[int]:
    with serving("exchange.asgi:application", "--ws-max-size", "16384") as port:
        yield port


@contextmanager
def watching(port: int, client: Client, code: str) -> Iterator[tuple[ClientConnection, dict[str, Any]]]:
    with enter(port, f"/ws/experiments/{code}/", session=client.cookies[settings.SESSION_COOKIE_NAME].value) as one:
        yield one, json.loads(one.recv(timeout=10))


def said(one: ClientConnection) -> tuple[str, int]:
    word = json.loads(one.recv(timeout=10))
    assert word["type"] == "progress" and word["runs"] == 4
    return word["status"], word["kept"]


def people() -> tuple[User, Client]:
    user = make_user(Role.RESEARCHER)
    return user, signed_in(user)


@covers("CAP-I2")
def test_every_run_and_every_act_reaches_the_page_that_watches(feed: int) -> None:
    user, client = people()
    one = started(QUICK, actor=actor_of(user))
    with watching(feed, client, one.code) as (page, hello):
        assert (hello["type"], hello["status"], hello["kept"], hello["runs"]) == ("hello", "running", 0, 4)
        assert compute_next(clock=MARKET_CLOCK)
        assert said(page) in {("running", 0), ("running", 1)} and said(page) == ("running", 1)  # taken, then kept
        pause_experiment(experiment=one, actor=actor_of(user), clock=MARKET_CLOCK)
        assert said(page) == ("paused", 1)
        resume_experiment(experiment=one, actor=actor_of(user), clock=MARKET_CLOCK)
        assert said(page) == ("running", 1)
        computed(one)
        heard = [said(page)]
        while heard[-1][0] == "running":
            heard.append(said(page))
        assert heard[-1] == ("finished", 4) and [kept for _, kept in heard] == sorted(kept for _, kept in heard)


@covers("CAP-I2", "T44")
def test_another_s_experiment_one_that_is_not_there_and_a_stranger_have_no_socket(feed: int) -> None:
    _, client = people()
    theirs = started(QUICK)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    for code, who in ((theirs.code, session), ("EXP-0000000000", session), (theirs.code, "")):
        with pytest.raises((InvalidStatus, ConnectionClosed)), enter(feed, f"/ws/experiments/{code}/", session=who) as one:
            one.recv(timeout=10)


@covers("T43")
def test_whoever_is_shut_out_is_closed_out_of_the_socket_with_the_bell_or_at_the_next_word(feed: int) -> None:
    user, client = people()
    one = started(QUICK, actor=actor_of(user))
    with watching(feed, client, one.code) as (page, _):
        disable_sign_in(user=user, reason="账号被盗", actor=actor_of(make_user(Role.SECURITY_ADMINISTRATOR)), clock=MARKET_CLOCK)
        assert compute_next(clock=MARKET_CLOCK)
        assert ending(page) == 4403
