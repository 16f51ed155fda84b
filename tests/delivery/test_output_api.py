"""Outputs over the API: each reader sees what concerns it, in what state, why, and who acts next; opinions only once both are in (F9)."""

from __future__ import annotations

from typing import Any

import pytest

from delivery.models import Output
from kit.actors import Actor
from kit.coverage import covers
from participants.roles import Role
from tests.delivery.outputs import handed_in, of_buyer, officer, opinion, released
from tests.delivery.worlds import seller_of
from tests.exchange.worlds import signed_in
from tests.factories import make_actor

pytestmark = pytest.mark.django_db


def listed(actor: Actor, **asked: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = signed_in(actor).get("/api/outputs/", asked).json()["items"]
    return items


def author_of(output: Output) -> Actor:
    return seller_of(output.delivery.trade.listing)


@covers("F9")
def test_an_output_is_followed_from_review_to_its_release() -> None:
    made = handed_in()
    author, buyer = author_of(made), of_buyer(made)
    (waiting,) = listed(author)
    assert (waiting["code"], waiting["status"], waiting["next"]["who"], waiting["next"]["act"]) == (
        made.code, "in_review", "reviewers", "opine")
    assert waiting["next"]["due_at"] and all(check["ok"] for check in waiting["checks"]) and waiting["sha256"] == made.sha256
    opinion(made)
    for reader in (author, buyer, officer()):
        assert listed(reader)[0]["opinions"] == [], "the first changes nothing anybody sees"
    opinion(made)
    (out,) = listed(buyer, status="released")
    assert (out["next"], len(out["opinions"]), out["checks"]) == ({"who": "buyer", "act": "fetch", "due_at": None}, 2, [])
    assert signed_in(buyer).get(f"/api/outputs/{made.code}/").json() == out


@covers("F9")
def test_what_the_gate_stopped_is_shown_to_its_author_with_the_check_and_never_to_its_buyer() -> None:
    stopped = handed_in(content="姓名,手机号\n张三,13900000001\n李四,13900000002\n".encode())
    assert stopped.status == "stopped"
    (line,) = listed(author_of(stopped), delivery=stopped.delivery.code)
    assert (line["next"]["who"], [check["ok"] for check in line["checks"]].count(False) > 0) == ("", True)
    assert listed(of_buyer(stopped)) == []
    assert signed_in(of_buyer(stopped)).get(f"/api/outputs/{stopped.code}/").status_code == 404


@covers("F9", "T37")
def test_a_stranger_finds_nothing_and_a_state_that_is_none_lists_nothing() -> None:
    made = released()
    stranger = make_actor(Role.BUYER)
    assert listed(stranger) == [] and listed(of_buyer(made), status="status__gt") == []
    assert signed_in(stranger).get(f"/api/outputs/{made.code}/").status_code == 404
