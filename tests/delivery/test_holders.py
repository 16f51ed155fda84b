"""Data stay in their domain (R101, W14, R14): the holder's runner takes signed jobs, answers signed, and no row is ever here.

Worked example: 300 persons in two towns and five in a third, one row of which is a canary. The house asks for persons by town; the answer
holds 甲 and 乙 with noise and hides 丙; the canary stands in the holder's file and nowhere else.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.cache import cache
from django.core.files.storage import default_storage

from delivery.cleanroom import holding
from delivery.cleanroom.holder import Allowed, House, Keeper, Refused, Signed, offer_hash
from delivery.cleanroom.holding import end_runner_key, register_runner_key, rows_stand
from delivery.computing.jobs import order_job
from delivery.models import Delivery, Room, RoomQuery, RunnerKey
from delivery.releasing.fetching import fetch_output, issue_output
from delivery.scoring.language import read_model, score
from delivery.tasks import answer_waiting, sweep_now
from evidence.clock import MARKET_CLOCK
from evidence.files import open_deposit
from evidence.invariants import check_all
from evidence.keys import public_bytes, signing_key
from evidence.models import Record
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import ListingVersion
from participants.models import Organization, User
from participants.operations import issue_token
from tests.clones import HOUSE
from tests.delivery.computing import approved, computed_listing, holder_of, paid
from tests.delivery.holders import Runner, at_the_holder, held_listing, runner_of
from tests.delivery.outputs import opinion
from tests.delivery.rooms import CANARY, OFFER, asked, opened, question, table
from tests.delivery.test_computing import house_holds
from tests.delivery.test_rooms import granted, hold
from tests.delivery.test_scoring import TRAINING
from tests.delivery.worlds import make_buyer, move, seller_of
from tests.exchange.worlds import signed_in

db = pytest.mark.django_db
BY_TOWN = question("persons", group_by=["城区"])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    place = tmp_path / "holder" / "用电.csv"
    place.parent.mkdir()
    place.write_bytes(table())
    return place


def ask(one: Delivery, said: Any = None, epsilon: int = 1_000_000) -> RoomQuery:
    return asked(one, said or BY_TOWN, epsilon)


def now(query: RoomQuery) -> RoomQuery:
    return RoomQuery.objects.get(pk=query.pk)


# ---- the whole way -----------------------------------------------------------------------------------------------------------------


@db
@covers("R101", "W14", "R14", "F7", "F8")
def test_a_question_runs_at_the_holder_and_its_answer_comes_back_signed_with_a_trace(tmp_path: Path, file: Path) -> None:
    one, runner = at_the_holder(tmp_path)
    query = ask(one)
    assert answer_waiting(clock=MARKET_CLOCK) == 0, "the house does not run what lies elsewhere"
    assert runner.work(file) == [query.code] and runner.work(file) == []
    done = now(query)
    assert done.status == "done" and [row["shown"] for row in done.rows] == [True, True, False], "five persons are no group"
    assert abs(int(done.rows[0]["measures"][0]) - 150) < 60 and "calls" in done.given_up
    assert [line["step"] for line in done.trace] == ["taken", "opened", "answered"] and done.trace[0]["job_sha256"] == done.job_sha256
    assert runner.steps() == ["begun", "answered", "handed over"], "its owner reads the same at home"
    assert hold() == [] and [text for text in (one.text for one in check_all(only=("I17",)).violations) if "QRY-" in text] == []
    told = Record.objects.get(subject=query.code, kind="delivery.query.answered")
    assert told.actor.startswith(one.seller.code) or one.seller.code in str(told.payload)
    page = signed_in(seller_of(one.trade.listing)).get(f"/desk/deliveries/{one.code}/room/{query.code}/").content.decode()
    assert "计算轨迹" in page and "not allowed" not in page


@db
@covers("R101")
def test_such_a_room_needs_a_key_on_file_a_hash_and_no_file_here(tmp_path: Path) -> None:
    listing = held_listing()
    terms: dict[str, Any] = {"place": "holder", "offer": {**OFFER, "heading": ["住户", "城区", "用电"]}}
    with pytest.raises(Rejected, match=r"runner\.absent"):
        opened(listing, **terms)
    one, _ = at_the_holder(tmp_path)
    with pytest.raises(Rejected, match="hash_differs"):
        hand_over_room_otherwise(one)
    from tests.delivery.rooms import room_listing

    with pytest.raises(Rejected, match="file_is_here"):
        opened(room_listing(), **terms)


def hand_over_room_otherwise(one: Delivery) -> None:
    """A second handover with another paper than the room's voucher."""
    import io

    from delivery.operations import deliver, reject_delivery
    from evidence.files import deposit
    from tests.delivery.worlds import buyer_of

    reject_delivery(delivery=one, defects=["凭证不清"], actor=buyer_of(one.trade), clock=MARKET_CLOCK)
    paper = deposit(io.BytesIO(b'{"room": "another"}'), name="voucher.json", owner=one.seller.code, at=MARKET_CLOCK.now())
    deliver(delivery=one, deposit=paper, actor=seller_of(one.trade.listing), clock=MARKET_CLOCK)


# ---- what the holder refuses -------------------------------------------------------------------------------------------------------


@db
@covers("R101", "F8")
def test_the_holder_runs_only_what_it_allowed_and_what_it_refuses_costs_nothing(tmp_path: Path, file: Path) -> None:
    one, runner = at_the_holder(tmp_path)
    room = Room.objects.get(version=one.version)
    allowed = runner.allowed
    for limits in (Allowed(), Allowed({room.code: ("0" * 64, 4_000_000)}), Allowed({room.code: (offer_hash(room.offer), 999_999)})):
        runner.allowed = limits
        query = ask(one)
        assert runner.work(file) == [query.code], runner.keeper.lines()
        assert (now(query).status, granted(one)) == ("returned", (0, 0)), "nothing was opened: it is given back"
    assert "not allowed" in runner.steps() and "begun" not in runner.steps()
    runner.allowed = allowed
    query = ask(one)
    assert runner.work(file) == [query.code] and granted(one) == (1_000_000, 1_000_000)


@db
@covers("R101")
def test_a_job_the_house_did_not_sign_is_not_run_and_a_naive_runner_would_run_it(tmp_path: Path, file: Path) -> None:
    one, runner = at_the_holder(tmp_path)
    query = ask(one)
    true_take = runner.line.take

    def forged(code: str) -> Signed:
        taken = true_take(code)
        return Signed(taken.text.replace('"epsilon_micro": 1000000', '"epsilon_micro": 3000000'), taken.signature)

    runner.line.take = forged  # type: ignore[method-assign]
    assert runner.work(file) == [] and runner.steps() == ["not believed"] and runner.keeper.unsent() == []
    naive = json.loads(forged(query.code).text)
    assert runner.allowed.why_not(naive, 0) == "", "the naive twin asks what is allowed, not who signed"
    runner.line.take = true_take  # type: ignore[method-assign]
    assert runner.work(file) == [query.code]


# ---- lost, doubled, late, forged ---------------------------------------------------------------------------------------------------


@db
@covers("R101", "T62")
def test_an_answer_lost_on_the_way_is_sent_again_and_counts_once(tmp_path: Path, file: Path) -> None:
    one, runner = at_the_holder(tmp_path)
    query = ask(one)
    runner.line.cut = True
    assert runner.work(file) == [] and now(query).status == "running" and runner.keeper.unsent() == [query.code]
    kept = runner.keeper.kept(query.code)
    runner.line.cut = False
    assert runner.work(file) == [query.code] and runner.keeper.unsent() == []
    assert kept is not None and now(query).answer_sha256 == kept.sha256, "the draw that was made, not another one"
    rows = now(query).rows
    who: dict[str, Any] = {"actor": seller_of(one.trade.listing), "clock": MARKET_CLOCK}
    assert holding.answer_signed(job=now(query), signed=kept, **who) == "done" and now(query).rows == rows
    other = runner.signed(**{**json.loads(kept.text), "given_up": ["user"]})
    with pytest.raises(Rejected, match="illegal_move"):
        holding.answer_signed(job=now(query), signed=other, **who)
    assert granted(one) == (1_000_000, 1_000_000) and Record.objects.filter(subject=query.code, kind="delivery.query.answered").count() == 1


@db
@covers("R101", "F8")
def test_a_late_answer_is_refused_and_the_epsilon_stays_spent(tmp_path: Path, file: Path) -> None:
    one, runner = at_the_holder(tmp_path)
    query = ask(one)
    runner.line.cut = True
    runner.work(file)
    move(hours=2)
    sweep_now(clock=MARKET_CLOCK)
    assert now(query).status == "failed" and granted(one) == (1_000_000, 1_000_000)
    runner.line.cut = False
    assert runner.work(file) == [] and now(query).rows == [] and runner.steps()[-1] == "not taken"
    later, _ = at_the_holder(tmp_path / "other")
    waiting = ask(later)
    move(hours=2)
    sweep_now(clock=MARKET_CLOCK)
    assert now(waiting).status == "returned" and granted(later) == (0, 0), "nobody took it up: it is given back"


@db
@covers("R101", "W14")
@pytest.mark.parametrize(("spoil", "why"), [
    ({"job": "QRY-0000000000"}, "other_job"), ({"job_sha256": "0" * 64}, "other_job"), ({"more": 1}, "other_job"),
    ({"opened": "yes"}, "other_job"), ({"rows": [{"group": [CANARY], "shown": True, "measures": ["1"]}]}, "answer_faulty"),
    ({"rows": []}, "answer_faulty"), ({"opened": False}, "answer_faulty")])
def test_an_answer_to_another_job_or_one_the_question_cannot_have_given_is_refused(tmp_path: Path, file: Path, spoil: dict[str, Any],
                                                                                  why: str) -> None:
    one, runner = at_the_holder(tmp_path)
    query = ask(one)
    runner.line.cut = True
    runner.work(file)
    kept = runner.keeper.kept(query.code)
    assert kept is not None
    spoilt = runner.signed(**{**json.loads(kept.text), **spoil})
    with pytest.raises(Rejected, match=why):
        holding.answer_signed(job=now(query), signed=spoilt, actor=seller_of(one.trade.listing), clock=MARKET_CLOCK)
    assert now(query).status == "running" and house_holds(CANARY) == []


@db
@covers("R101", "T62")
def test_an_answer_under_another_key_or_an_ended_one_is_refused(tmp_path: Path, file: Path) -> None:
    one, runner = at_the_holder(tmp_path)
    query, holder = ask(one), seller_of(one.trade.listing)
    runner.line.cut = True
    runner.work(file)
    kept = runner.keeper.kept(query.code)
    assert kept is not None
    stranger = Signed(kept.text, Ed25519PrivateKey.generate().sign(kept.text.encode()).hex())
    with pytest.raises(Rejected, match="forged"):
        holding.answer_signed(job=now(query), signed=stranger, actor=holder, clock=MARKET_CLOCK)
    end_runner_key(organization=Organization.objects.get(pk=one.seller_id), actor=holder, clock=MARKET_CLOCK)
    with pytest.raises(Rejected, match="forged"):
        holding.answer_signed(job=now(query), signed=kept, actor=holder, clock=MARKET_CLOCK)
    with pytest.raises(Rejected, match="known"):
        register_runner_key(organization=Organization.objects.get(pk=one.seller_id), key=RunnerKey.objects.get().key, actor=holder,
                            clock=MARKET_CLOCK)


# ---- what the holder keeps ---------------------------------------------------------------------------------------------------------


@covers("W14")
def test_the_owner_sees_a_trace_that_was_altered_or_shortened_in_the_middle(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path)
    for number in range(4):
        keeper.note("begun", job=f"QRY-{number}", room="ROM-1", epsilon_micro=1)
    whole = keeper.trace.read_bytes().splitlines(keepends=True)
    for altered in ([whole[0], *whole[2:]], [whole[0].replace(b"QRY-0", b"QRY-9"), *whole[1:]]):
        keeper.trace.write_bytes(b"".join(altered))
        with pytest.raises(ValueError, match="altered"):
            keeper.lines()
    keeper.trace.write_bytes(b"".join(whole) + b'{"step": "cut')
    assert len(keeper.lines()) == 4 and keeper.spent("ROM-1") == 4, "a line the power cut off is no line"


@covers("R101")
@pytest.mark.parametrize("naive", [False, True])
def test_each_line_of_the_trace_is_verified_once_by_one_runner(naive: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty jobs begun, the spent epsilon asked before each. A runner that starts anew each time goes over everything (the naive way)."""
    from delivery.cleanroom import holder

    counted, keeper = 0, Keeper(tmp_path)
    chained = holder.chained

    def counting(steps: Any, before: str = "0" * 64) -> Any:
        nonlocal counted
        lines = list(steps)
        counted += len(lines)
        return chained(lines, before)

    monkeypatch.setattr(holder, "chained", counting)
    for number in range(40):
        keeper = Keeper(tmp_path) if naive else keeper
        assert keeper.spent("ROM-1") == number
        keeper.note("begun", job=f"QRY-{number}", room="ROM-1", epsilon_micro=1)
    assert (counted > 40 * 20) if naive else (counted <= 2 * 40 + 1)
    assert len(keeper.lines()) == 40
    keeper.trace.write_bytes(keeper.trace.read_bytes()[:-1])
    with pytest.raises(ValueError, match="altered"):
        keeper.lines()


@db
@covers("R101", "F8")
def test_a_runner_killed_while_it_computes_begins_again_and_spends_once(tmp_path: Path, file: Path,
                                                                          monkeypatch: pytest.MonkeyPatch) -> None:
    one, runner = at_the_holder(tmp_path)
    query = ask(one)

    def killed(*_given: Any, **_named: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("delivery.cleanroom.holder.carry_out", killed)
        with pytest.raises(KeyboardInterrupt):
            runner.work(file)
    assert now(query).status == "running" and runner.keeper.unsent() == [] and runner.steps() == ["begun"]
    assert runner.work(file) == [query.code] and now(query).status == "done"
    assert runner.steps() == ["begun", "begun", "answered", "handed over"] and runner.keeper.spent(now(query).room.code) == 1_000_000


# ---- the canary --------------------------------------------------------------------------------------------------------------------


def traces_of(mark: str, places: list[Path], since: float) -> list[str]:
    """Where a mark stands at the house: its database, its files and logs written since then, its cache."""
    found = house_holds(mark)
    for place in places:
        found += [str(one) for one in place.rglob("*")
                  if one.is_file() and one.stat().st_mtime >= since - 1 and mark.encode() in one.read_bytes()]
    client = cache._cache.get_client()  # type: ignore[attr-defined]
    for name in client.scan_iter("*"):
        if client.type(name) == b"string" and mark.encode() in (client.get(name) or b""):
            found.append(f"cache {name!r}")
    return found


@pytest.mark.django_db(transaction=True)
@covers("R101", "R14", "W14")
def test_the_real_program_answers_a_live_house_and_the_canary_is_found_nowhere_there(tmp_path: Path, file: Path, live_server: Any) -> None:
    """A process of its own, with its configuration, killed once while it works; then the whole house is searched."""
    began = time.time()
    one, runner = at_the_holder(tmp_path)
    place = configured(tmp_path, runner, one, file, live_server.url)
    first, second = ask(one, epsilon=300_000), ask(one, question("count"), 300_000)
    program = [sys.executable, "-m", "delivery.cleanroom.holder", "--config", str(place), "--every", "0.2"]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(HOUSE)}
    log = tmp_path / "house-log" / "runner.txt"
    log.parent.mkdir()
    with log.open("wb") as out:
        running = subprocess.Popen(program, cwd=HOUSE, env=environment, stdout=out, stderr=out)
        begun = file.parent / "state" / "trace.jsonl"
        waited(lambda: begun.exists() and b"begun" in begun.read_bytes(), log=log)
        running.send_signal(signal.SIGKILL)
        running.wait()
        again = subprocess.Popen(program, cwd=HOUSE, env=environment, stdout=out, stderr=out)
        try:
            waited(lambda: now(first).status == now(second).status == "done")
        finally:
            again.send_signal(signal.SIGTERM)
            again.wait()
    assert [row["shown"] for row in now(first).rows] == [True, True, False] and granted(one) == (600_000, 600_000)
    stores = [Path(default_storage.path("")), log.parent]
    assert CANARY.encode() in file.read_bytes() and traces_of(CANARY, stores, began) == []
    assert traces_of("甲", stores, began) != [], "the search finds what is here"


@db
@covers("R101", "R14")
def test_a_naive_house_that_takes_what_a_runner_signs_would_hold_the_canary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: rows of a signed answer taken in unread. A holder's careless program sends records; the naive house keeps them."""
    one, runner = at_the_holder(tmp_path)
    query = ask(one)
    taken = runner.line.take(query.code)
    leaky = runner.signed(format="holder-answer/1", job=query.code, job_sha256=taken.sha256, opened=True, given_up=[], refused="", model="",
                          trace=[], rows=[{"group": [CANARY], "shown": True, "measures": ["50.0"]}])
    who: dict[str, Any] = {"job": now(query), "signed": leaky, "actor": seller_of(one.trade.listing), "clock": MARKET_CLOCK}
    with pytest.raises(Rejected, match="answer_faulty"):
        holding.answer_signed(**who)
    assert house_holds(CANARY) == [] and not rows_stand(now(query), json.loads(leaky.text)["rows"])
    monkeypatch.setattr(holding, "rows_stand", lambda *_: True)
    holding.answer_signed(**who)
    assert house_holds(CANARY) == ["delivery_roomquery.rows"]


def configured(tmp_path: Path, runner: Runner, one: Delivery, file: Path, address: str) -> Path:
    """The holder's folder: its configuration, its key, its token, its data."""
    folder, holder = file.parent, seller_of(one.trade.listing)
    (folder / "key.pem").write_bytes(runner.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                                              serialization.NoEncryption()))
    _, clear = issue_token(user=User.objects.get(pk=holder.user_id), organization=Organization.objects.get(pk=one.seller_id), name="runner",
                           scopes=["read", "delivery"], days=30, actor=holder, clock=MARKET_CLOCK)
    (folder / "token").write_text(clear)
    room = Room.objects.get(version=one.version)
    place = folder / "holder.json"
    place.write_text(json.dumps({
        "house": address, "house_key": public_bytes(signing_key()).hex(), "token_file": "token", "signing_key_file": "key.pem",
        "state": "state", "data": [file.name], "algorithms": [],
        "rooms": {room.code: {"offer_sha256": offer_hash(room.offer), "epsilon_micro": 4_000_000}}}))
    return place


def waited(holds: Any, seconds: float = 30, log: Path | None = None) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, log.read_text() if log else "it took too long"
        time.sleep(0.05)


@covers("R101")
@pytest.mark.parametrize(("status", "code", "final"), [
    (409, "delivery.query.illegal_move", True), (404, "participants.object.absent", True), (409, "evidence.command.running", False),
    (401, "participants.key.ended", False), (403, "participants.permission.denied", False), (429, "x", False), (503, "", False)])
def test_only_a_no_that_stays_a_no_ends_an_answer(status: int, code: str, final: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that ended, a call still running, a house that is busy: the answer is kept for another time."""
    house = House("https://exchange.example", "x")

    def refuse(request: Any, timeout: float) -> Any:
        raise urllib.error.HTTPError(request.full_url, status, "no", Message(), io.BytesIO(json.dumps({"code": code}).encode()))

    monkeypatch.setattr(house._opener, "open", refuse)
    with pytest.raises(Refused if final else OSError):
        house.answer("QRY-0000000000", Signed("{}", ""))


@covers("R101")
def test_the_house_is_asked_over_https_and_the_runner_opens_no_port() -> None:
    for address in ("http://exchange.example", "ftp://exchange.example", "https:"[:5]):
        with pytest.raises(ValueError, match="https"):
            House(address, "x")
    House("https://exchange.example", "x")
    source = (HOUSE / "delivery" / "cleanroom" / "holder.py").read_text("utf-8")
    assert "django" not in source and "http.server" not in source and ".listen(" not in source and "socket" not in source


# ---- training ----------------------------------------------------------------------------------------------------------------------


@db
@covers("F9", "C6", "W24", "R101")
def test_what_a_training_makes_at_the_holder_goes_to_its_reviewers_and_not_to_the_buyer(tmp_path: Path) -> None:
    people = "age,late,mark\n" + "".join(f"{n % 100},{int(n % 100 >= 50)},{CANARY if n == 7 else n}\n" for n in range(400))
    file = tmp_path / "people.csv"
    file.write_text(people)
    listing, buyer = computed_listing(), make_buyer()
    ListingVersion.objects.filter(pk=listing.version_id).update(file_sha256=hashlib.sha256(people.encode()).hexdigest())
    listing.version.refresh_from_db()  # type: ignore[union-attr]
    job = order_job(delivery=paid(listing, buyer), algorithm=approved(buyer, TRAINING), actor=buyer, clock=MARKET_CLOCK)
    runner = runner_of(holder_of(listing), tmp_path, algorithms={job.algorithm_sha256})
    assert runner.work(file) == [job.code]
    job.refresh_from_db()
    made = job.output
    assert (job.status, job.rows, made.status, made.kind, made.organization_id) == ("done", [], "in_review", "model", buyer.organization_id)
    assert [line["step"] for line in job.trace] == ["opened", "algorithm", "read", "kept", "fitted", "answered"]
    mine = signed_in(buyer)
    assert "weights_micro" not in mine.get(f"/desk/computing/jobs/{job.code}/").content.decode() and house_holds("weights_micro") == []
    assert mine.post(f"/desk/outputs/{made.code}/file/").status_code == 403
    opinion(made, actor=holder_of(listing))
    assert opinion(made).status == "released" and house_holds(CANARY) == []
    token = issue_output(output=made, actor=buyer, clock=MARKET_CLOCK).token
    with open_deposit(fetch_output(output=made, token=token, actor=buyer, clock=MARKET_CLOCK)) as source:
        text = source.read().decode()
    assert score(read_model(text), {"age": "90"}) > score(read_model(text), {"age": "10"}), "and it can be offered as a service"
