"""Reviewed algorithms go to the data, groups and a trace come back, rows stay (C6, W14, R14, R101).

Worked example: 25 stations, 12 in 上海 at 0.30, 10 in 苏州 at 0.50, 3 in 杭州. Asked for the mean per town the runner answers two groups,
12 at 0.30 and 10 at 0.50; 杭州 has fewer than ten rows and is not answered.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.computing.algorithms import approve_algorithm, refuse_algorithm, secure_algorithm, submit_algorithm, withdraw_algorithm
from delivery.computing.jobs import answer_job, cancel_job, fail_job, order_job
from delivery.computing.language import LEAST, chained, fault_of_answer, parse, run, sha256_of_text
from delivery.models import Algorithm, ComputeJob
from delivery.tasks import sweep_now
from evidence.clock import MARKET_CLOCK
from evidence.invariants import check_all
from evidence.models import Record
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Notice, Organization
from participants.roles import Role
from tests.delivery.computing import (
    ALGORITHM,
    CANARY,
    HEADING,
    SHA256,
    TEXT,
    answer_of,
    approved,
    computed_listing,
    file_of_holder,
    holder_of,
    ordered,
    paid,
    rows,
)
from tests.delivery.holders import runner_of
from tests.delivery.worlds import make_buyer, move
from tests.exchange.worlds import signed_in
from tests.factories import make_actor

db = pytest.mark.django_db


def text_of(**changes: Any) -> str:
    return json.dumps({**ALGORITHM, **changes}, ensure_ascii=False)


# ---- the language ----------------------------------------------------------------------------------------------------------------


@covers("W14", "R14")
def test_groups_of_ten_rows_or_more_are_answered_and_smaller_ones_are_not() -> None:
    found = run(TEXT, HEADING, rows(), file_sha256=SHA256)
    assert found.rows == [{"group": ["上海"], "n": 12, "measures": ["12", "0.300000"]},
                          {"group": ["苏州"], "n": 10, "measures": ["10", "0.500000"]}]
    assert found.suppressed == 1 and CANARY not in json.dumps(found.rows, ensure_ascii=False) + json.dumps(found.trace, ensure_ascii=False)
    where = text_of(where=[{"column": "利用率", "op": "ge", "value": "0.4"}], measures=[{"of": "sum", "column": "利用率"}])
    assert run(where, HEADING, rows(), file_sha256=SHA256).rows == [{"group": ["苏州"], "n": 10, "measures": ["5.00"]}]


@covers("C6")
@pytest.mark.parametrize("text", [
    "", "{", "[]", text_of(format="sql"), text_of(extra=1), text_of(measures=[]), text_of(measures=[{"of": "max", "column": "利用率"}]),
    text_of(measures=[{"of": "mean"}]), text_of(group_by=["a", "b", "c", "d"]), text_of(group_by=[1]),
    text_of(where=[{"column": "a", "op": "like", "value": "x"}]), text_of(where=[{"column": "a", "op": "ge", "value": "x"}]), "[" * 9_000])
def test_what_is_not_of_the_language_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse(text)


@covers("W14")
@settings(max_examples=200, deadline=None)
@given(table=st.lists(st.tuples(st.sampled_from("甲乙丙"), st.integers(-5, 5)), max_size=60))
def test_every_answer_of_the_runner_stands_and_counts_like_a_slow_oracle(table: list[tuple[str, int]]) -> None:
    held = [["x", town, str(number)] for town, number in table]
    found = run(TEXT, HEADING, held, file_sha256=SHA256)
    slow = {town: [number for one, number in table if one == town] for town, _ in table}
    assert {one["group"][0]: one["n"] for one in found.rows} == {town: len(all_) for town, all_ in slow.items() if len(all_) >= LEAST}
    assert fault_of_answer(TEXT, found.rows, found.trace, file_sha256=SHA256) == ""


@covers("W14", "R14")
@pytest.mark.parametrize(("spoil", "fault"), [
    (lambda rows, trace: rows[0].update(n=9), "threshold"), (lambda rows, trace: rows[0].update(n=True), "threshold"),
    (lambda rows, trace: rows[0].update(row=[CANARY]), "shape"), (lambda rows, trace: rows[0].update(measures=["12", CANARY]), "measure"),
    (lambda rows, trace: rows[0].update(group=["上海", CANARY]), "shape"), (lambda rows, trace: trace[2].update(rows=24), "trace"),
    (lambda rows, trace: trace.pop(), "trace"), (lambda rows, trace: rows[0].update(measures=["12", "0.31"]), "pins"),
])
def test_an_answer_that_the_algorithm_cannot_have_given_does_not_stand(spoil: Any, fault: str) -> None:
    found = run(TEXT, HEADING, rows(), file_sha256=SHA256)
    spoil(found.rows, found.trace)
    assert fault_of_answer(TEXT, found.rows, found.trace, file_sha256=SHA256) == fault


@covers("C6", "W14")
def test_another_algorithm_or_another_data_version_shows_in_the_trace() -> None:
    found = run(TEXT, HEADING, rows(), file_sha256=SHA256)
    assert fault_of_answer(TEXT + " ", found.rows, found.trace, file_sha256=SHA256) == "pins"
    assert fault_of_answer(TEXT, found.rows, found.trace, file_sha256="0" * 64) == "pins"
    assert chained([])== [] and found.trace[1]["sha256"] == sha256_of_text(TEXT)


# ---- review ------------------------------------------------------------------------------------------------------------------------


def submitted(text: str = TEXT) -> tuple[Algorithm, Actor]:
    buyer = make_buyer()
    return submit_algorithm(organization=Organization.objects.get(pk=buyer.organization_id), title="城市均值", text=text, actor=buyer,
                            clock=MARKET_CLOCK), buyer


@db
@covers("C6", "I18")
def test_an_algorithm_passes_security_then_review_by_two_people_and_its_text_never_changes() -> None:
    made, buyer = submitted()
    officer, regulator = make_actor(Role.COMPLIANCE_OFFICER), make_actor(Role.REGULATOR)
    for early in (regulator, officer):
        with pytest.raises(Rejected):
            approve_algorithm(algorithm=made, actor=early, clock=MARKET_CLOCK)
    secured = secure_algorithm(algorithm=made, actor=officer, clock=MARKET_CLOCK)
    done = approve_algorithm(algorithm=secured, actor=regulator, clock=MARKET_CLOCK)
    assert (done.status, done.sha256, done.due_at) == ("approved", sha256_of_text(TEXT), None)
    with pytest.raises(DatabaseError), transaction.atomic():
        Algorithm.objects.filter(pk=made.pk).update(text=TEXT + " ")
    with pytest.raises(Rejected, match="known"):
        submit_algorithm(organization=done.organization, title="再交", text=TEXT, actor=buyer, clock=MARKET_CLOCK)
    kinds = list(Record.objects.filter(subject=made.code).order_by("at", "id").values_list("kind", flat=True))
    assert sorted(kinds) == [f"delivery.algorithm.{one}" for one in ("approved", "secured", "submitted")]
    assert all(TEXT not in json.dumps(one.payload) for one in Record.objects.filter(subject=made.code))


@db
@covers("C6")
def test_what_is_refused_tells_why_and_what_nobody_reviewed_lapses_and_is_never_approved_by_silence() -> None:
    made, _ = submitted()
    officer = make_actor(Role.COMPLIANCE_OFFICER)
    with pytest.raises(Rejected, match="faulty"):
        refuse_algorithm(algorithm=made, reason="不", actor=officer, clock=MARKET_CLOCK)
    refused = refuse_algorithm(algorithm=made, reason="分组过细，可能识别站点", actor=officer, clock=MARKET_CLOCK)
    assert refused.status == "refused" and Notice.objects.filter(kind="delivery.algorithm.refused").exists()
    late, buyer = submitted()
    move(days=20)
    sweep_now(clock=MARKET_CLOCK)
    late.refresh_from_db()
    assert (late.status, late.due_at) == ("lapsed", None)
    again = submit_algorithm(organization=late.organization, title="再交", text=TEXT, actor=buyer, clock=MARKET_CLOCK)
    assert withdraw_algorithm(algorithm=again, actor=buyer, clock=MARKET_CLOCK).status == "withdrawn"


# ---- jobs --------------------------------------------------------------------------------------------------------------------------


@db
@covers("C6", "R101")
def test_a_job_needs_an_approved_version_of_ones_own_and_a_paid_delivery_by_computing() -> None:
    buyer, listing = make_buyer(), computed_listing()
    delivery, mine = paid(listing, buyer), approved(buyer)
    waiting = submit_algorithm(organization=mine.organization, title="另一版", text=TEXT + "\n", actor=buyer, clock=MARKET_CLOCK)
    strangers = approved(make_buyer())
    for one in (waiting, strangers):
        with pytest.raises(Rejected, match="not_approved"):
            order_job(delivery=delivery, algorithm=one, actor=buyer, clock=MARKET_CLOCK)
    with pytest.raises(Rejected, match="not_computed"):
        order_job(delivery=paid(computed_listing(mode="download"), buyer), algorithm=mine, actor=buyer, clock=MARKET_CLOCK)
    with pytest.raises(Rejected):
        order_job(delivery=delivery, algorithm=mine, actor=holder_of(listing), clock=MARKET_CLOCK)
    job = order_job(delivery=delivery, algorithm=mine, actor=buyer, clock=MARKET_CLOCK)
    assert (job.status, job.algorithm_sha256, job.file_sha256) == ("queued", mine.sha256, SHA256)
    withdraw_algorithm(algorithm=mine, actor=buyer, clock=MARKET_CLOCK)
    with pytest.raises(Rejected, match="not_approved"):
        order_job(delivery=delivery, algorithm=mine, actor=buyer, clock=MARKET_CLOCK)


def house_holds(mark: str) -> list[str]:
    """Every text or JSON column of the database in which a mark stands."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' "
                       "AND data_type IN ('text', 'character varying', 'jsonb', 'json', 'bytea')")
        for table, column in cursor.fetchall():
            cursor.execute(f'SELECT EXISTS (SELECT 1 FROM "{table}" WHERE "{column}"::text LIKE %s)', [f"%{mark}%"])
            if cursor.fetchone()[0]:
                found.append(f"{table}.{column}")
    return found


@db
@covers("R101", "W14", "R14")
def test_the_runner_answers_beside_the_data_and_the_canary_is_found_nowhere_at_the_house(tmp_path: Path) -> None:
    listing = computed_listing()
    job = ordered(listing)
    path = tmp_path / "piles.csv"
    path.write_bytes(file_of_holder())
    other = tmp_path / "other.csv"
    other.write_bytes(b"a,b\n1,2\n")
    runner = runner_of(holder_of(listing), tmp_path, algorithms={job.algorithm_sha256})
    assert runner.work(other) == [], "another version is not run over"
    assert runner.work(other, path) == [job.code] and runner.work(path) == [], "once"
    job.refresh_from_db()
    assert job.status == "done" and [one["n"] for one in job.rows] == [12, 10]
    assert [one["step"] for one in job.trace] == ["opened", "algorithm", "read", "kept", "grouped", "answered"]
    assert [one.text for one in check_all(only=("I17",)).violations if one.text.startswith(("JOB-", "ALG-"))] == []
    assert house_holds("上海") != [] and house_holds(CANARY) == [], "the group is here, the row is not"
    told = Record.objects.get(subject=job.code, kind="delivery.job.done")
    assert told.payload["trace_head"] == job.trace[-1]["hash"] and told.payload["algorithm_sha256"] == sha256_of_text(TEXT)


@db
@covers("R101", "W14")
def test_a_naive_house_that_takes_whatever_comes_would_hold_the_canary() -> None:
    """The mutant: an answer taken in without asking what the algorithm can give."""
    listing = computed_listing()
    job, found = ordered(listing), answer_of(ordered(listing))
    leaky = [*found.rows, {"group": [CANARY], "n": 1, "measures": ["1", "0.3"]}]
    with pytest.raises(Rejected, match="answer_faulty"):
        answer_job(job=job, rows=leaky, trace=found.trace, actor=holder_of(listing), clock=MARKET_CLOCK)
    assert house_holds(CANARY) == []
    ComputeJob.objects.filter(pk=job.pk).update(status="done", rows=leaky, trace=found.trace, due_at=None, ended_at=MARKET_CLOCK.now())
    assert house_holds(CANARY) == ["delivery_computejob.rows"]


@db
@covers("R101")
def test_a_job_fails_with_its_reason_is_taken_back_or_lapses_and_both_are_told() -> None:
    listing = computed_listing()
    buyer = make_buyer()
    failed = fail_job(job=ordered(listing), reason="There are no such columns: 城市", actor=holder_of(listing), clock=MARKET_CLOCK)
    assert (failed.status, failed.due_at) == ("failed", None)
    delivery, algorithm = paid(listing, buyer), approved(buyer)
    job = order_job(delivery=delivery, algorithm=algorithm, actor=buyer, clock=MARKET_CLOCK)
    assert cancel_job(job=job, actor=buyer, clock=MARKET_CLOCK).status == "cancelled"
    with pytest.raises(Rejected, match="illegal_move"):
        answer_job(job=job, rows=[], trace=[], actor=holder_of(listing), clock=MARKET_CLOCK)
    late = order_job(delivery=delivery, algorithm=algorithm, actor=buyer, clock=MARKET_CLOCK)
    move(days=8)
    sweep_now(clock=MARKET_CLOCK)
    late.refresh_from_db()
    assert late.status == "lapsed" and Notice.objects.filter(subject=late.code, tone="bad").count() == 2


@db
@covers("W14", "A7", "T37")
def test_the_holder_reads_the_trace_the_buyer_the_answer_and_a_stranger_neither() -> None:
    listing = computed_listing()
    job = ordered(listing)
    found = answer_of(job)
    answer_job(job=job, rows=found.rows, trace=found.trace, actor=holder_of(listing), clock=MARKET_CLOCK)
    where = f"/desk/computing/jobs/{job.code}/"
    page = signed_in(holder_of(listing)).get(where).content.decode()
    assert "计算轨迹" in page and "grouped" in page
    assert "0.300000" in signed_in(make_actor(Role.BUYER, organization=job.delivery.buyer)).get(where).content.decode()
    assert signed_in(make_buyer()).get(where).status_code == 404
    stranger = signed_in(make_actor(Role.DATA_MERCHANT))
    assert stranger.post(f"/api/compute/jobs/{job.code}/answer/", "{}", content_type="application/json",
                         headers={"Idempotency-Key": "stranger-0001"}).status_code == 404
    assert stranger.get("/api/compute/jobs/").json() == {"items": []}


@db
@covers("C6")
def test_it_is_submitted_reviewed_and_ordered_through_the_pages() -> None:
    buyer, listing = make_buyer(), computed_listing()
    delivery = paid(listing, buyer)
    browser = signed_in(buyer)
    faulty = browser.post("/desk/computing/", {"act": "submit", "title": "城市均值", "text": "SELECT *"})
    assert faulty.status_code == 422 and "SELECT *" in faulty.content.decode() and "aggregate/1" in faulty.content.decode()
    assert browser.post("/desk/computing/", {"act": "submit", "title": "城市均值", "text": TEXT}).status_code == 302
    made = Algorithm.objects.get()
    for role in (Role.COMPLIANCE_OFFICER, Role.REGULATOR):
        desk = signed_in(make_actor(role))
        assert made.code in desk.get("/desk/computing/review/").content.decode()
        assert desk.post("/desk/computing/review/", {"code": made.code, "act": "pass"}).status_code == 302
    assert browser.post("/desk/computing/", {"act": "order", "delivery": delivery.code, "algorithm": made.code}).status_code == 302
    job = ComputeJob.objects.get()
    assert job.code in browser.get("/desk/computing/").content.decode()
    assert job.code in signed_in(holder_of(listing)).get("/desk/computing/").content.decode()
