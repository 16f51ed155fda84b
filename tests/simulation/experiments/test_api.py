"""An experiment asked, started, watched and read by a program: the same rules, bounds and refusals as on the pages."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from participants.actors import actor_of
from participants.operations import issue_token
from participants.roles import Role
from simulation.models import Experiment
from tests.exchange.worlds import signed_in
from tests.factories import make_actor, make_user
from tests.simulation.experiments.worlds import computed, finished, started

pytestmark = pytest.mark.django_db
HOME = "/api/experiments/"
ASKED: dict[str, Any] = {"title": "暂存够不够？", "scenario": "exit_scam", "agents": 1_000, "days": 14, "seed": 5, "replications": 3,
                         "arms": [{"holdback_bps": 0}, {"holdback_bps": 9_900}]}


def send(client: Client, path: str, body: dict[str, Any], key: str = "ask-laboratory-001") -> Any:
    return client.post(path, json.dumps(body), content_type="application/json", headers={"Idempotency-Key": key})


@covers("CAP-I2")
def test_a_program_asks_starts_watches_and_reads_the_report() -> None:
    client = signed_in(make_actor(Role.RESEARCHER))
    made = send(client, HOME, ASKED)
    assert made.status_code == 201
    row = made.json()
    assert (row["status"], row["arms"], row["kept"], row["next"]["acts"]) == ("drafted", ASKED["arms"], 0, ["start", "discard"])
    where = f"{HOME}{row['code']}/"
    early = client.get(f"{where}report/")
    assert early.status_code == 409 and early.json()["code"] == "simulation.experiment.not_finished"
    begun = send(client, f"{where}acts/", {"act": "start"}, "start-laboratory-01")
    assert begun.status_code == 200 and (begun.json()["status"], begun.json()["runs"]) == ("running", 6)
    assert begun.json()["next"]["acts"] == ["pause", "cancel"] and begun.json()["next"]["due_at"]
    one = computed(Experiment.objects.get(code=row["code"]))
    told = client.get(where).json()
    assert (told["status"], told["kept"], told["result_hash"]) == ("finished", 6, one.result_hash)
    report = client.get(f"{where}report/").json()
    assert report["result_hash"] == one.result_hash and one.code in report["citation"] and len(report["arms"]) == 2
    gone = next(each for each in report["arms"][1]["metrics"] if each["metric"] == "default_rate")
    assert gone["against_first"]["high"] < 0, "a holdback of ninety-nine per cent stops the exit scam (E55)"
    assert any(each["clear"] and "降低" in each["zh"] and "falls" in each["en"] for each in report["findings"])


@covers("CAP-I2", "T40")
def test_what_cannot_be_run_is_refused_at_its_field() -> None:
    client = signed_in(make_actor(Role.RESEARCHER))
    for number, (change, field) in enumerate((
            ({"agents": 10}, "agents"), ({"arms": [{}, {"no_policy": 1}]}, "arm-1-no_policy"), ({"arms": [{}]}, "arms"),
            ({"arms": [{}, {}]}, "arm-1"), ({"surprise": 1}, "surprise"))):
        answer = send(client, HOME, ASKED | change, f"refused-laboratory-{number}")
        assert answer.status_code == 400, answer.content
        assert field in {each["field"] for each in answer.json()["errors"]}, answer.json()
    assert send(client, HOME, ASKED | {"scenario": "nowhere"}, "refused-laboratory-9").status_code == 404
    assert not Experiment.objects.exists()


@covers("CAP-I2", "T39")
def test_what_runs_is_its_owner_s_and_what_is_finished_everybody_s_to_read() -> None:
    who = make_actor(Role.RESEARCHER)
    told, runs = finished(actor=make_actor(Role.RESEARCHER)), started(actor=who)
    other = signed_in(make_actor(Role.REGULATOR))
    assert other.get(f"{HOME}{runs.code}/").status_code == 404 and other.get(f"{HOME}{told.code}/").json()["next"]["acts"] == []
    assert send(other, f"{HOME}{runs.code}/acts/", {"act": "cancel"}).status_code == 404
    assert send(other, f"{HOME}{told.code}/acts/", {"act": "share"}, "share-another-s-one").status_code in {403, 404}
    assert [row["code"] for row in other.get(HOME).json()["items"]] == [told.code]
    mine = signed_in(who).get(f"{HOME}?status=running&scenario=exit_scam").json()
    assert [row["code"] for row in mine["items"]] == [runs.code] and mine["next"] is None
    assert signed_in(make_actor(Role.BUYER)).get(HOME).status_code == 403


@covers("T46")
def test_a_key_needs_the_scope_of_the_laboratory_to_ask() -> None:
    user = make_user(Role.RESEARCHER)
    for number, (scopes, status) in enumerate(((["read"], 403), (["read", "simulation"], 201))):
        assert user.acting_for is not None
        _, clear = issue_token(user=user, organization=user.acting_for, name="lab", scopes=scopes, days=1, actor=actor_of(user),
                               clock=MARKET_CLOCK)
        answer = Client().post(HOME, json.dumps(ASKED), content_type="application/json",
                               headers={"Authorization": f"Token {clear}", "Idempotency-Key": f"by-a-key-of-scope-{number}"})
        assert answer.status_code == status, answer.content
