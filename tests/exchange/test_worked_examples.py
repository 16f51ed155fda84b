"""Every figure in the pages of docs/algorithms is what the product says: their worked examples are carried out here.

A page is prose with fenced blocks. ```` ```json clear=FORMAT ```` and ```` ```json share ```` are handed to the command of that
name, and the ```` ```text ```` block behind is its answer. ```` ```json compare=clear ```` and ``compare=share`` are one input under
several formats or rules, or several ``sets`` of bids under one format: each row of the table behind says one answer.
```` ```python table ```` sets ``rows``, which the table behind shows. Other Python blocks are sessions with their answers.
"""

from __future__ import annotations

import doctest
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.core.management import call_command

from tests.clones import HOUSE

PAGES = [HOUSE / "docs" / "algorithms" / f"{name}.md" for name in (
    "auctions", "sharing", "rounding", "credit", "cleanroom", "copies", "plans", "barter", "release", "surveillance")]
BLOCK = re.compile(r"^```(?P<language>\w+)(?: (?P<what>\S+))?\n(?P<body>.*?)^```\n(?P<table>(?:\|[^\n]*\n)*)", re.M | re.S)
TABLE = re.compile(r"(?:^\|.*\n)+", re.M)
Rows = list[list[str]]


def said(*command: str, given: str, more: tuple[str, ...] = ()) -> str:
    """What a command answers on standard output to what it reads on standard input."""
    out = io.StringIO()
    with patch("sys.stdin", io.StringIO(given)):
        call_command(*command, "-", *more, stdout=out)
    return out.getvalue()


def answer(*command: str, given: Any) -> Any:
    return json.loads(said(*command, given=json.dumps(given), more=("--json",)))


def cells(table: str) -> Rows:
    return [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in table.splitlines()]


def bids_of(listed: list[Any]) -> list[dict[str, Any]]:
    return [dict(zip(("bidder", "amount", "quantity"), one, strict=False)) for one in listed]


def cleared(given: dict[str, Any], names: Rows) -> Rows:
    """One row a format, or one row a set of bids under the format that heads the table."""
    found = []
    for name, *_ in names[2:]:
        sets = given.get("sets")
        document = {key: value for key, value in given.items() if key != "sets"} | {"bids": bids_of(sets[name] if sets else given["bids"])}
        done = answer("clear", names[0][0] if sets else name, given=document)
        awards = "; ".join(f"{one['bidder']} {one['quantity']} × {one['price']}" for one in done["awards"])
        found.append([name, awards or "–", "–" if done["price"] is None else str(done["price"])])
    return found


def shared(given: dict[str, Any], names: Rows) -> Rows:
    """One row a rule: each party's exact value and its fen."""
    found = []
    for name, *_ in names[2:]:
        parties = {one["party"]: one for one in answer("share", given=given | {"rule": name})["parties"]}
        found.append([name, *(f"{parties[head]['fraction']} → {parties[head]['fen']}" for head in names[0][1:])])
    return found


def computed(body: str, names: Rows) -> Rows:
    space: dict[str, Any] = {}
    exec(body, space)
    return [[str(cell) for cell in row] for row in space["rows"]]


TABLES = {"compare=clear": lambda body, names: cleared(json.loads(body), names),
          "compare=share": lambda body, names: shared(json.loads(body), names), "table": computed}


def differences(page: str) -> Iterator[str]:
    """What the page says and the product does not. Sessions of one page share their names."""
    names: dict[str, Any] = {}
    waiting = ""
    for number, found in enumerate(BLOCK.finditer(page), 1):
        language, what, body, table = found["language"], found["what"] or "", found["body"], found["table"]
        if language == "text":
            if waiting != body:
                yield f"block {number} says\n{body}\nand the command\n{waiting}"
        elif what in TABLES:
            rows = TABLES[what](body, cells(table))
            if rows != cells(table)[2:]:
                yield f"table {number} says\n{cells(table)[2:]}\nand the product\n{rows}"
        elif language == "json":
            waiting = said(*what.split("="), given=body)
        elif language == "python":
            yield from session(body, names, number)


def session(body: str, names: dict[str, Any], number: int) -> Iterator[str]:
    test = doctest.DocTestParser().get_doctest(body, names, f"block {number}", None, 0)
    told = io.StringIO()
    doctest.DocTestRunner().run(test, out=told.write, clear_globs=False)
    names.update(test.globs)
    if told.getvalue():
        yield told.getvalue()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_worked_example_is_what_the_product_says(path: Path) -> None:
    page = path.read_text(encoding="utf-8")
    assert len(BLOCK.findall(page)) >= 4, "a page of algorithms works examples"
    assert list(differences(page)) == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_table_with_figures_stands_under_the_block_that_makes_it(path: Path) -> None:
    page = path.read_text(encoding="utf-8")
    made = {found["table"] for found in BLOCK.finditer(page) if found["what"] in TABLES}
    loose = [table.splitlines()[0] for table in TABLE.findall(page) if re.search(r"\d", table) and table not in made]
    assert loose == []


@pytest.mark.parametrize(("was", "wrong"), [
    ("| a 202, b 200 | a 1 × 202 | 202 |", "| a 202, b 200 | a 1 × 205 | 205 |"), ("b: 1 x 3\n", "b: 1 x 4\n"),
])
def test_a_wrong_figure_is_noticed(was: str, wrong: str) -> None:
    page = PAGES[0].read_text(encoding="utf-8")
    assert page.count(was) == 1
    assert len(list(differences(page.replace(was, wrong)))) == 1
