"""Every pair of state and act: along the table it moves, anything else is refused; the database holds the same table."""

from __future__ import annotations

import itertools

import psycopg
import pytest

from compliance.states import TABLES
from kit.states import IllegalMove, advance, allowed_edges

PAIRS = [(name, state, act) for name, table in TABLES.items()
         for state, act in itertools.product(type(next(iter(table))[0]), sorted({act for _, act in table}))]


@pytest.mark.parametrize("name, state, act", PAIRS, ids=lambda one: str(one))
def test_an_act_moves_along_the_table_or_is_refused(name: str, state: str, act: str) -> None:
    table = TABLES[name]
    if (state, act) in table:
        assert advance(table, state, act, subject="X", code=f"compliance.{name}.illegal_move") == table[state, act]
    else:
        with pytest.raises(IllegalMove) as refused:
            advance(table, state, act, subject="X", code=f"compliance.{name}.illegal_move")
        assert refused.value.text("detail", "zh")


@pytest.mark.parametrize("table", ["negativelistversion", "declaration", "filing", "case", "conductcase", "sanction", "restoration"])
@pytest.mark.django_db
def test_the_database_knows_the_same_edges(table: str, superuser_connection: psycopg.Connection) -> None:
    word = {"negativelistversion": "negative_list", "conductcase": "conduct"}.get(table, table)
    source = superuser_connection.execute("SELECT prosrc FROM pg_proc WHERE proname = %s", [f"compliance_{table}_status_edge"]).fetchone()
    assert source is not None
    for before, after in allowed_edges(TABLES[word]):
        assert f"('{before}', '{after}')" in source[0]
    assert source[0].count("('") == len(allowed_edges(TABLES[word]))
