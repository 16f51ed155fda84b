"""The clean room through its pages and the API: composed without JavaScript, previewed on made-up rows, answered, downloaded; no way round
the language, and nobody but the buyer's people reads an answer (T61, T62, A7).
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from delivery.cleanroom.jail import Outcome
from delivery.models import Cohort, Room, RoomQuery
from delivery.tasks import answer_waiting
from evidence.clock import MARKET_CLOCK
from exchange.client import Client as Market
from kit.coverage import covers
from participants.roles import Role
from tests.delivery.probes import BOMBS, REFUSED
from tests.delivery.rooms import CANARY, OFFER, asked, ended, question, room_listing, sold
from tests.delivery.test_rooms import granted
from tests.delivery.worlds import buyer_of, make_buyer, seller_of
from tests.exchange.worlds import signed_in
from tests.factories import make_actor

pytestmark = pytest.mark.django_db


@covers("F7", "R14")
def test_a_holder_opens_a_room_through_its_page_and_faults_stand_at_their_fields() -> None:
    listing = room_listing()
    browser, where = signed_in(seller_of(listing)), f"/desk/rooms/{listing.version.code}/"
    assert listing.version.code in browser.get("/desk/rooms/").content.decode()
    page = browser.get(where).content.decode()
    assert "用电" in page and "住户" in page and CANARY not in page
    typed = {"act": "open", "person": "住户", "least": "20", "rows_each": "2", "groups_each": "1", "epsilon_buyer": "1", "epsilon_all": "4",
             "exponent": "1", "offered1": "1", "kind1": "word", "values1": "甲，乙, 丙", "offered2": "1", "kind2": "number", "scale2": "1",
             "lower2": "0", "upper2": "100"}
    steep = browser.post(where, {**typed, "exponent": "2.5", "least": "3"})
    assert steep.status_code == 400 and "exponent" in steep.content.decode() and "least" in steep.content.decode()
    assert 'value="甲，乙, 丙"' in steep.content.decode(), "what was typed stands there again"
    assert browser.post(where, typed).status_code == 302
    room = Room.objects.get()
    assert room.offer["columns"] == [{"name": "城区", "kind": "word", "scale": 0, "lower": 0, "upper": 0, "values": ["甲", "乙", "丙"]},
                                     {"name": "用电", "kind": "number", "scale": 1, "lower": 0, "upper": 1000, "values": []}]
    shown = browser.get(where).content.decode()
    assert room.code in shown and CANARY not in shown
    assert browser.post(where, {"act": "close"}).status_code == 302


@covers("F7", "F8", "W26")
def test_a_buyer_composes_previews_asks_and_downloads_without_javascript() -> None:
    one = sold()
    browser, where = signed_in(buyer_of(one.trade)), f"/desk/deliveries/{one.code}/room/"
    assert where in browser.get(f"/desk/deliveries/{one.code}/").content.decode()
    composed = {"of0": "persons", "of1": "mean", "col1": "用电", "group0": "城区", "where0": "用电", "op0": "between", "value0": "0, 100",
                "op1": "eq", "op2": "eq", "epsilon": "0.4"}
    tried = browser.post(where, {**composed, "act": "preview"})
    assert tried.status_code == 200 and 'id="preview"' in tried.content.decode() and RoomQuery.objects.count() == 0
    sent = browser.post(where, {**composed, "act": "ask"})
    query = RoomQuery.objects.get()
    assert sent.status_code == 302 and sent.url.endswith(f"{query.code}/") and query.epsilon_micro == 400_000
    assert query.question["where"] == [{"column": "用电", "op": "between", "values": ["0.0", "100.0"]}]
    assert 'http-equiv="refresh"' in browser.get(sent.url).content.decode()
    answer_waiting(clock=MARKET_CLOCK)
    page = browser.get(sent.url).content.decode()
    assert "人数过少，不显示" in page and 'http-equiv="refresh"' not in page and "bar-act" in page
    table = b"".join(browser.get(f"{sent.url}answer.csv").streaming_content).decode("utf-8-sig").splitlines()
    assert table[0] == "城区,persons,mean 用电" and table[1].startswith("甲,") and table[3] == "丙,,"
    again = browser.post(where, {**composed, "act": "ask"})
    assert again.url == sent.url and RoomQuery.objects.count() == 1 and granted(one) == (400_000, 400_000)
    bench = browser.get(f"{where}?again={query.code}").content.decode()
    assert "0.6" in bench and query.code in bench and "between" in bench
    short = browser.post(where, {**composed, "epsilon": "0.7", "act": "ask"})
    assert short.status_code == 422 and "隐私预算不足" in short.content.decode() and "用更小的 ε" in short.content.decode()


@covers("F7")
def test_a_list_is_taken_in_as_hashes_and_emptied_on_the_page() -> None:
    one = sold()
    browser, where = signed_in(buyer_of(one.trade)), f"/desk/deliveries/{one.code}/room/"
    few = browser.post(where, {"act": "list", "name": "一人", "ids": CANARY})
    assert few.status_code == 400 and "ids" in few.content.decode()
    assert browser.post(where, {"act": "list", "name": "住户", "ids": "\n".join(f"P{n}" for n in range(40))}).status_code == 302
    held = Cohort.objects.get()
    assert held.code in browser.get(where).content.decode()
    assert browser.post(where, {"act": "empty", "code": held.code}).status_code == 302


@covers("A7", "T37", "W14", "W26")
def test_the_holder_and_the_desk_see_what_was_asked_and_spent_and_only_the_buyer_the_answer() -> None:
    one = sold()
    query = ended(asked(one, question(where=[{"column": "用电", "op": "ge", "value": "33.5"}])),
                  Outcome(opened=True, rows=[{"group": [], "shown": True, "measures": ["31415"]}]))
    where = f"/desk/deliveries/{one.code}/room/{query.code}/"
    assert "31415" in signed_in(buyer_of(one.trade)).get(where).content.decode()
    holder = signed_in(seller_of(one.trade.listing))
    page = holder.get(where).content.decode()
    assert "33.5" in page and "31415" not in page and holder.get(f"{where}answer.csv").status_code == 404
    assert query.code in holder.get("/desk/rooms/").content.decode()
    for role in (Role.REGULATOR, Role.COMPLIANCE_OFFICER):
        desk = signed_in(make_actor(role))
        seen = desk.get("/desk/rooms/oversight/").content.decode()
        assert query.code in seen and one.buyer.code in seen and "31415" not in seen
    stranger = signed_in(make_buyer())
    assert {stranger.get(path).status_code for path in (where, f"{where}answer.csv", f"/desk/deliveries/{one.code}/room/",
                                                        f"/api/deliveries/{one.code}/queries/", f"/api/queries/{query.code}/")} == {404}


def _sent(browser: Any, one: Any, said: Any, epsilon: int = 20_000, key: str = "room-question-1") -> Any:
    return browser.post(f"/api/deliveries/{one.code}/queries/", json.dumps({"question": said, "epsilon_micro": epsilon}),
                        content_type="application/json", headers={"Idempotency-Key": key})


@covers("F7", "F8", "W26")
def test_a_program_asks_and_waits_with_the_client() -> None:
    one = sold()
    browser = signed_in(buyer_of(one.trade))

    class Wired(Market):
        def _once(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Any:
            answer = browser.get(path) if method == "GET" else browser.post(path, body, content_type="application/json", headers=headers)
            assert answer.status_code in {200, 202}, answer.content
            return answer.json()

    market = Wired("https://test", sleep=lambda _: answer_waiting(clock=MARKET_CLOCK) and None)
    found = market.ask(one.code, question("persons", group_by=["城区"]), epsilon_micro=500_000)
    assert found["status"] == "done" and [row["shown"] for row in found["rows"]] == [True, True, False]
    room = market.get(f"/api/deliveries/{one.code}/queries/")
    assert (room["left_micro"], room["left_all_micro"], room["least"]) == (500_000, 3_500_000, 20)
    assert room["question_schema"]["properties"]["group_by"]["items"]["enum"] == ["城区"] and len(room["items"]) == 1


@covers("T61", "T57", "F7")
def test_probes_and_bombs_through_the_real_endpoint_are_refused_or_harmless_words() -> None:
    """Each of the 56 probes and every bomb, as a question, a column, an operator, a measure: refused; as a value: a word like another."""
    one = sold()
    browser, leaks = signed_in(buyer_of(one.trade)), ("root:", "/etc/", "/usr/", "Traceback", "duckdb", "DuckDB", CANARY, "DX_VAR")
    for number, probe in enumerate([*REFUSED, *BOMBS]):
        places = [probe, question(probe), question({"of": "sum", "column": probe}), question(group_by=[probe]),
                  question(where=[{"column": probe, "op": "eq", "value": "1"}]), question(where=[{"column": "城区", "op": probe,
                                                                                                  "value": "甲"}])]
        for turn, said in enumerate(places if number < 3 else places[number % 6:number % 6 + 1]):
            answer = _sent(browser, one, said, key=f"probe-{number}-{turn}-key")
            assert answer.status_code == 400, answer.content
            body = answer.content.decode().replace(json.dumps(probe)[1:-1], "").replace(probe, "")
            assert [leak for leak in leaks if leak in body] == []
    query = _sent(browser, one, question("persons", where=[{"column": "城区", "op": "ne", "value": REFUSED[0]}]), 300_000,
                  "probe-as-a-word").json()
    answer_waiting(clock=MARKET_CLOCK)
    done = browser.get(f"/api/queries/{query['code']}/").json()
    assert done["status"] == "done" and abs(int(done["rows"][0]["measures"][0]) - 305) < 80
    assert granted(one) == (300_000, 300_000)


@covers("T62", "F8")
@pytest.mark.parametrize("spoiled", [b"", b"{", b"[]", b'{"question": [], "epsilon_micro": 1}', b'{"question": {}, "epsilon_micro": "x"}',
                                     b'{"question": {}, "epsilon_micro": 10000, "sql": "SELECT 1"}'])
def test_what_is_no_question_is_refused_before_anything_is_charged(spoiled: bytes) -> None:
    one = sold()
    answer = signed_in(buyer_of(one.trade)).post(f"/api/deliveries/{one.code}/queries/", spoiled, content_type="application/json",
                                                  headers={"Idempotency-Key": "spoiled-question"})
    assert answer.status_code == 400 and granted(one) == (0, 0) and RoomQuery.objects.count() == 0
    assert OFFER["columns"]
