"""Questions to a clean room: whatever is of the language compiles to names made here, whatever is not is refused at its field (F7, T57).

Worked example: 344 penguins, 152 of them Adelie. "How many of each species" answers 152, 124 and 68 before any noise, by the engine as by
plain Python.
"""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.cleanroom.compiler import SOURCE, statement_of
from delivery.cleanroom.language import Question, as_said, canonical, read_question, read_text, schema_of
from delivery.cleanroom.offering import Faulty, Offer, read_offer, written
from delivery.cleanroom.plain import answered, made_up_rows
from kit.coverage import covers
from kit.rejected import FieldFault
from tests.clones import SHARED

pytestmark = pytest.mark.usefixtures("shared")
TABLES = SHARED / "data" / "5-tabular"

PENGUINS = {"columns": [
    {"name": "species", "kind": "word", "values": ["Adelie", "Gentoo", "Chinstrap"]},
    {"name": "island", "kind": "word", "values": ["Biscoe", "Dream", "Torgersen"]},
    {"name": "sex", "kind": "word", "values": ["male", "female"]},
    {"name": "body_mass_g", "kind": "number", "lower": 2_500, "upper": 6_500},
    {"name": "bill_length_mm", "kind": "number", "scale": 1, "lower": 300, "upper": 600}]}
WEATHER = {"columns": [
    {"name": "date", "kind": "date"}, {"name": "weather", "kind": "word", "values": ["sun", "fog", "rain", "drizzle", "snow"]},
    {"name": "precipitation", "kind": "number", "scale": 1, "lower": 0, "upper": 600},
    {"name": "temp_min", "kind": "number", "scale": 1, "lower": -100, "upper": 200}]}
GAPMINDER = {"person": "country", "rows_each": 12, "columns": [
    {"name": "continent", "kind": "word", "values": ["Africa", "Americas", "Asia", "Europe", "Oceania"]},
    {"name": "year", "kind": "number", "lower": 1950, "upper": 2010},
    {"name": "lifeExp", "kind": "number", "scale": 3, "lower": 20_000, "upper": 90_000}]}
OFFERED = {"penguins.csv": PENGUINS, "seattle_weather.csv": WEATHER, "gapminder.csv": GAPMINDER}


def table(name: str) -> tuple[Offer, list[list[str]], Path]:
    path = TABLES / name
    with path.open(encoding="utf-8", newline="") as stream:
        heading, *rows = csv.reader(stream)
    return read_offer({"heading": heading, **OFFERED[name]}), rows, path


def by_engine(said: dict[str, Any], offer: Offer, path: Path, cohort: list[str] | None = None) -> dict[tuple[str, ...], list[int]]:
    """The compiled statement over the file, before any noise."""
    one = statement_of(read_question(said, offer), offer, cohort)
    found = duckdb.connect(":memory:").execute(one.sql.replace(SOURCE, str(path)), list(one.values)).fetchall()
    return {tuple(row[:one.groups]): [int(cell) for cell in row[one.groups:]] for row in found}


def asked(*measures: Any, **named: Any) -> dict[str, Any]:
    return {"format": "room-query/1", "measures": [{"of": one} if isinstance(one, str) else one for one in measures], **named}


@covers("F7", "R14")
@pytest.mark.parametrize(("name", "said", "expected"), [
    ("penguins.csv", asked("count"), {(): [344]}),
    ("penguins.csv", asked("count", group_by=["species"]), {("Adelie",): [152], ("Gentoo",): [124], ("Chinstrap",): [68]}),
    ("penguins.csv", asked("count", where=[{"column": "body_mass_g", "op": "null"}]), {(): [2]}),
    ("penguins.csv", asked({"of": "mean", "column": "body_mass_g"}), {(): [344, round(4201.7544 * 342), 342]}),
    ("seattle_weather.csv", asked({"of": "sum", "column": "precipitation"}), {(): [1461, 44_260]}),
    ("seattle_weather.csv", asked("count", group_by=["weather"]),
     {("sun",): [714], ("fog",): [411], ("rain",): [259], ("drizzle",): [54], ("snow",): [23]}),
    ("gapminder.csv", asked("count", "persons"), {(): [142, 1704]}),
])
def test_before_noise_the_engine_gives_the_registered_answers(name: str, said: dict[str, Any], expected: dict[Any, Any]) -> None:
    offer, rows, path = table(name)
    assert by_engine(said, offer, path) == expected == answered(read_question(said, offer), offer, rows)


def questions(offer: Offer) -> st.SearchStrategy[dict[str, Any]]:
    """Questions of the language, any of them."""
    def value(column: Any) -> st.SearchStrategy[str]:
        if column.kind == "number":
            return st.integers(column.lower - 50, column.upper + 50).map(lambda one: f"{one / 10 ** column.scale:.{column.scale}f}")
        return st.dates().map(str) if column.kind == "date" else st.sampled_from([*column.values, "别处", "NA"])

    def condition(column: Any) -> st.SearchStrategy[dict[str, Any]]:
        plain = ["eq", "ne"] + (["lt", "le", "gt", "ge"] if column.kind != "word" else [])
        one = st.builds(lambda op, held: {"column": column.name, "op": op, "value": held}, st.sampled_from(plain), value(column))
        many = st.builds(lambda held: {"column": column.name, "op": "in", "values": held}, st.lists(value(column), min_size=1, max_size=4))
        empty = st.sampled_from(["null", "not_null"]).map(lambda op: {"column": column.name, "op": op})
        return st.one_of(one, many, empty)

    numbers = [one.name for one in offer.columns if one.kind == "number"]
    measure = st.one_of(st.sampled_from([{"of": "count"}, {"of": "persons"}]),
                        st.builds(lambda of, name: {"of": of, "column": name}, st.sampled_from(["sum", "mean"]), st.sampled_from(numbers)))
    return st.fixed_dictionaries({
        "format": st.just("room-query/1"), "measures": st.lists(measure, min_size=1, max_size=4),
        "group_by": st.lists(st.sampled_from([one.name for one in offer.columns if one.values]), unique=True, max_size=2),
        "where": st.lists(st.one_of(*map(condition, offer.columns)), max_size=3)})


@covers("F7")
@pytest.mark.parametrize("name", sorted(OFFERED))
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_every_question_is_answered_alike_by_the_engine_and_row_by_row(name: str, data: Any) -> None:
    offer, rows, path = table(name)
    said = data.draw(questions(offer))
    slow = answered(read_question(said, offer), offer, rows)
    fast = by_engine(said, offer, path)
    if not said["group_by"]:
        slow = slow or {(): [0] * len(fast[()])}
    assert fast == slow


_NAMES = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")
_WORDS = """
    WITH source AS SELECT one FROM read_csv auto_detect false header true delim quote escape null_padding parallel
    columns VARCHAR CASE WHEN regexp_full_match nullif trim THEN CAST DECIMAL BIGINT END kept WHERE AND IN IS NOT NULL
    BETWEEN count sum least greatest coalesce GROUP BY each_person drawn row_number OVER PARTITION ORDER md5 chr turn
    final list_contains sha256 dev stdin
"""
_KNOWN = set(_WORDS.split())



def _tried(said: Any, offer: Offer) -> tuple[Question | None, list[FieldFault]]:
    try:
        return read_question(said, offer), []
    except Faulty as refused:
        return None, refused.faults


@covers("F7", "T57", "T61")
@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_any_json_compiles_to_names_made_here_or_is_refused(data: Any) -> None:
    """Buyers' words, however hostile, stand in no statement: they are parameters, or they are refused."""
    offer = read_offer({"heading": ["species", "x\"; DROP TABLE t --", "who"], "person": "who", "columns": [
        {"name": "species", "kind": "word", "values": ["a'b", "read_csv('/etc/passwd')"]},
        {"name": "x\"; DROP TABLE t --", "kind": "number", "lower": 0, "upper": 9}]})
    anything = st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=30),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["column", "op", "value", "values", "of", "format"]), inner, max_size=4), max_leaves=8)
    few = st.lists(anything, max_size=2)
    hostile = st.fixed_dictionaries({"format": st.just("room-query/1"), "measures": few}, optional={
        "group_by": few, "where": few, "cohort": anything, "sql": st.just("SELECT 1")})
    said = data.draw(st.one_of(anything, hostile, questions(offer)))
    question, faults = _tried(said, offer)
    if question is None:
        assert faults and all(one.field and one.text[0] and one.text[1] for one in faults)
        return
    statement = statement_of(question, offer)
    names = set(_NAMES.findall(statement.sql))
    assert {one for one in names if not re.fullmatch(r"[cxm][0-9]+|p", one)} <= _KNOWN and ";" not in statement.sql
    assert re.sub(r"'[^']*'", "", statement.sql).count("?") == len(statement.values)


@covers("F7", "F8")
@pytest.mark.parametrize(("said", "field"), [
    ("SELECT * FROM data", "query"), ("[" * 7_000, "query"), ("x" * 9_000, "query"),
    (json.dumps({"sql": "SELECT 1"}), "format"), (json.dumps(asked("count", limit=1)), "limit"), (json.dumps(asked()), "measures"),
    (json.dumps(asked({"of": "max", "column": "body_mass_g"})), "measures.0.of"),
    (json.dumps(asked({"of": "median", "column": "body_mass_g"})), "measures.0.of"),
    (json.dumps(asked({"of": "sum", "column": "year"})), "measures.0.column"),
    (json.dumps(asked({"of": "sum", "column": "species"})), "measures.0.column"),
    (json.dumps(asked("count", group_by=["body_mass_g"])), "group_by.0"),
    (json.dumps(asked("count", where=[{"column": "species", "op": "like", "value": "%"}])), "where.0.op"),
    (json.dumps(asked("count", where=[{"column": "body_mass_g", "op": "gt", "value": "3000.5"}])), "where.0.value"),
    (json.dumps(asked("count", where=[{"column": "body_mass_g", "op": "gt", "value": "1e3"}])), "where.0.value"),
    (json.dumps(asked("count", where=[{"column": "body_mass_g", "op": "between", "values": ["1"]}])), "where.0.values"),
    (json.dumps(asked("count", cohort="COH-1")), "cohort"),
])
def test_what_is_not_of_the_language_is_refused_at_its_field(said: str, field: str) -> None:
    with pytest.raises(Faulty) as refused:
        read_text(said, table("penguins.csv")[0])
    assert [one.field for one in refused.value.faults] == [field]


@covers("F7")
def test_the_same_question_has_one_text_and_can_be_written_back() -> None:
    offer = table("penguins.csv")[0]
    conditions = [{"column": "species", "op": "in", "values": ["Gentoo", "Adelie"]},
                  {"column": "bill_length_mm", "op": "ge", "value": "40.5"}]
    one, other = (read_question(asked("count", where=given), offer) for given in (conditions, conditions[::-1]))
    assert canonical(one) == canonical(other)
    assert read_question(as_said(one, offer), offer) == one
    assert "body_mass_g" in json.dumps(schema_of(offer)) and "year" not in json.dumps(schema_of(offer))
    assert read_offer(json.loads(json.dumps(written(offer)))) == offer


@covers("F8", "T62")
def test_one_person_with_a_thousand_rows_moves_an_answer_by_one_clamp() -> None:
    offer = read_offer({"heading": ["who", "town", "spent"], "person": "who", "columns": [
        {"name": "town", "kind": "word", "values": ["A", "B"]}, {"name": "spent", "kind": "number", "lower": 0, "upper": 100}]})
    said = read_question(asked("count", "persons", {"of": "sum", "column": "spent"}, group_by=["town"]), offer)
    quiet = [["p1", "A", "10"], ["p2", "B", "20"]]
    loud = [*quiet, *([["p3", "A", "1000000"]] * 500), *([["p3", "B", "1000000"]] * 500)]
    before, after = answered(said, offer, quiet), answered(said, offer, loud)
    moved = [abs(a - b) for group in before for a, b in zip(after[group], before[group], strict=True)]
    assert sorted(moved) == [0, 0, 0, 1, 1, 100], "in one town alone: one person, one row, one clamp"
    naive = sum(int(row[2]) for row in loud) - sum(int(row[2]) for row in quiet)
    assert naive == 10 ** 9, "an unclamped sum is moved as far as one person likes"


def test_made_up_rows_come_from_the_offer_alone() -> None:
    offer = table("penguins.csv")[0]
    rows = made_up_rows(offer, seed="LSV-1")
    assert rows == made_up_rows(offer, seed="LSV-1") != made_up_rows(offer, seed="LSV-2")
    found = answered(read_question(asked("count", group_by=["species"]), offer), offer, rows)
    assert set(found) == {("Adelie",), ("Gentoo",), ("Chinstrap",)} and sum(one[0] for one in found.values()) == 400
