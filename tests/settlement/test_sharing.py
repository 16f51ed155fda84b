"""Shares against published vectors, worked examples and slow oracles (E34–E45)."""

from __future__ import annotations

import io
import itertools
import json
from fractions import Fraction
from math import factorial
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.coverage import covers
from settlement.sharing.claims import equal_awards, equal_losses, talmud
from settlement.sharing.games import Coverage, Game, ShareFault, in_fen
from settlement.sharing.leave_one_out import leave_one_out, leave_one_out_of_coverage
from settlement.sharing.orders import answer, read
from settlement.sharing.proportional import proportional
from settlement.sharing.shapley import banzhaf, banzhaf_of_coverage, shapley, shapley_of_coverage

F = Fraction


def glove(left: str, right: str) -> Game:
    """A pair of gloves is worth one."""
    players = left + right
    return Game.of({"".join(some): min(sum(p in left for p in some), sum(p in right for p in some))
                    for size in range(1, len(players) + 1) for some in itertools.combinations(players, size)})


def voting(quota: int, **votes: int) -> Game:
    names = "123456789"[: len(votes)]
    held = dict(zip(names, votes.values(), strict=True))
    return Game.of({"".join(some): int(sum(held[p] for p in some) >= quota)
                    for size in range(1, len(names) + 1) for some in itertools.combinations(names, size)})


def airport(*costs: int) -> Game:
    names = "123456789"[: len(costs)]
    needs = dict(zip(names, costs, strict=True))
    return Game.of({"".join(some): max(needs[p] for p in some)
                    for size in range(1, len(names) + 1) for some in itertools.combinations(names, size)})


BUILT = {
    "glove L={1} R={2,3}": glove("1", "23"),
    "glove L={1,2} R={3}": glove("12", "3"),
    "glove 5 players L={1,2,4,5} R={3}": glove("1245", "3"),
    "voting 50,49,1 q=51": voting(51, a=50, b=49, c=1),
    "airport A8 B11 C13 D18": airport(8, 11, 13, 18),
}


@covers("E34", "R70")
def test_shapley_equals_every_published_vector(shared: Path) -> None:
    vectors = json.loads((shared / "3-vectors" / "shapley" / "shapley_examples.json").read_text())
    checked = 0
    for vector in vectors:
        game = Game.of(vector["v"]) if "v" in vector else BUILT.get(vector["name"])
        if game is None:
            continue
        assert list(shapley(game).values()) == [F(one) for one in vector["exact"]], vector["name"]
        checked += 1
    assert checked >= 6


def by_orders(game: Game) -> dict[str, Fraction]:
    """The slow oracle: average the marginal worth over every order of arrival."""
    n, shares = len(game.players), dict.fromkeys(game.players, F(0))
    for order in itertools.permutations(range(n)):
        mask = 0
        for i in order:
            shares[game.players[i]] += game.value(mask | 1 << i) - game.value(mask)
            mask |= 1 << i
    return {name: share / factorial(n) for name, share in shares.items()}


games = st.integers(1, 5).flatmap(lambda n: st.lists(st.fractions(-50, 50, max_denominator=12), min_size=2**n - 1, max_size=2**n - 1).map(
    lambda values: Game(tuple("abcde"[:n]), {mask + 1: value for mask, value in enumerate(values)})))


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(games)
@covers("E34")
def test_shapley_equals_the_average_over_all_orders_and_sums_to_the_whole(game: Game) -> None:
    values = shapley(game)
    assert values == by_orders(game)
    assert sum(values.values()) == game.whole


coverages = st.dictionaries(
    st.sampled_from("abcdef"), st.frozensets(st.sampled_from("123456789"), max_size=9), min_size=1, max_size=6).map(Coverage)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(coverages)
@covers("E37")
def test_the_closed_forms_of_a_coverage_equal_the_game_written_out(coverage: Coverage) -> None:
    game = coverage.game()
    assert shapley_of_coverage(coverage) == shapley(game)
    assert leave_one_out_of_coverage(coverage) == leave_one_out(game)
    assert banzhaf_of_coverage(coverage) == banzhaf(game)


@covers("E37")
def test_leave_one_out_underpays_overlap() -> None:
    held = {"a": range(60), "b": range(40, 90), "c": range(80, 100)}
    supplied = Coverage({party: frozenset(map(str, records)) for party, records in held.items()})
    assert list(shapley_of_coverage(supplied).values()) == [50, 35, 15]
    assert list(leave_one_out_of_coverage(supplied).values()) == [40, 20, 10]


@covers("E35", "E36")
@pytest.mark.parametrize(("rule", "estate", "awards"), [
    (talmud, 100, ["100/3"] * 3), (talmud, 200, ["50", "75", "75"]), (talmud, 300, ["50", "100", "150"]),
    (talmud, 400, ["50", "125", "225"]),
    (talmud, 500, ["200/3", "500/3", "800/3"]), (talmud, 600, ["100", "200", "300"]), (talmud, 0, ["0", "0", "0"]),
    (equal_awards, 300, ["100", "100", "100"]), (equal_losses, 300, ["0", "100", "200"]), (proportional, 300, ["50", "100", "150"]),
])
def test_the_estate_of_the_talmud(rule: Any, estate: int, awards: list[str]) -> None:
    assert list(rule(F(estate), {"a": F(100), "b": F(200), "c": F(300)}).values()) == [F(one) for one in awards]


def test_the_contested_garment() -> None:
    assert talmud(F(1), {"half": F(1, 2), "all": F(1)}) == {"half": F(1, 4), "all": F(3, 4)}


@covers("E44", "E45")
def test_fen_by_largest_remainder_as_published() -> None:
    assert in_fen(10_000, {"a": F(1), "b": F(1), "c": F(1)}) == {"a": 3334, "b": 3333, "c": 3333}
    assert in_fen(1, {"a": F(1), "b": F(1), "c": F(1)}) == {"a": 1, "b": 0, "c": 0}
    assert in_fen(99_999, {"a": F(50), "b": F(35), "c": F(15)}) == {"a": 49_999, "b": 35_000, "c": 15_000}
    council = {f"P{n}": F(421, 2145) for n in range(5)} | {f"R{n}": F(4, 2145) for n in range(10)}
    assert sorted(set(in_fen(1_000_000, council).values())) == [1865, 196270]
    assert in_fen(10, {"a": F(6), "b": F(6), "c": F(2)}) == {"a": 4, "b": 4, "c": 2}
    assert in_fen(11, {"a": F(6), "b": F(6), "c": F(2)}) == {"a": 5, "b": 5, "c": 1}


def share(order: dict[str, Any]) -> list[dict[str, Any]]:
    return answer(read(json.dumps(order)))["parties"]


def test_an_order_is_answered_in_the_games_own_units_and_in_fen() -> None:
    game = {"1": 2, "2": 4, "3": 5, "12": 18, "13": 14, "23": 9, "123": 24}
    assert share({"pot_fen": 2400, "rule": "shapley", "game": game}) == [
        {"party": "1", "fraction": "19/2", "fen": 950}, {"party": "2", "fraction": "8", "fen": 800},
        {"party": "3", "fraction": "13/2", "fen": 650}]


@pytest.mark.parametrize(("order", "fractions"), [
    ({"pot_fen": 100, "rule": "proportional", "weights": {"a": 1, "b": 2}}, ["100/3", "200/3"]),
    ({"pot_fen": 100, "rule": "proportional", "weights": {"a": "1/3", "b": 0.5}}, ["40", "60"]),
    ({"pot_fen": 200, "rule": "talmud", "claims": {"a": 100, "b": 200, "c": 300}}, ["50", "75", "75"]),
    ({"pot_fen": 300, "rule": "cel", "claims": {"a": 100, "b": 200, "c": 300}}, ["0", "100", "200"]),
    ({"pot_fen": 300, "rule": "cea", "claims": {"a": 100, "b": 200, "c": 300}}, ["100", "100", "100"]),
    ({"pot_fen": 300, "rule": "proportional", "claims": {"a": 100, "b": 200, "c": 300}}, ["50", "100", "150"]),
    ({"pot_fen": 9, "rule": "equal", "weights": {"a": 1, "b": 2}}, ["9/2", "9/2"]),
    ({"pot_fen": 9, "rule": "shapley", "coverage": {"a": [1, 2], "b": [2]}}, ["3/2", "1/2"]),
    ({"pot_fen": 9, "rule": "leave_one_out", "coverage": {"a": [1, 2], "b": [2]}}, ["1", "0"]),
    ({"pot_fen": 9, "rule": "banzhaf", "game": {"anna,ben": 4}}, ["2", "2"]),
])
def test_each_rule_divides_its_input(order: dict[str, Any], fractions: list[str]) -> None:
    parties = share(order)
    assert [one["fraction"] for one in parties] == fractions
    assert sum(one["fen"] for one in parties) == order["pot_fen"]


@pytest.mark.parametrize(("text", "code"), [
    ("[]", "unreadable"), ("{", "unreadable"), ('{"pot_fen":1,"pot_fen":2}', "unreadable"),
    ('{"rule":"shapley","game":{"1":1}}', "bad_pot"), ('{"pot_fen":-1,"rule":"equal","weights":{"a":1}}', "bad_pot"),
    ('{"pot_fen":1.5,"rule":"equal","weights":{"a":1}}', "bad_pot"), ('{"pot_fen":1,"rule":"best","weights":{"a":1}}', "unknown_rule"),
    ('{"pot_fen":1,"rule":"equal"}', "one_input"), ('{"pot_fen":1,"rule":"equal","weights":{},"game":{}}', "one_input"),
    ('{"pot_fen":1,"rule":"equal","weights":{"a":NaN}}', "bad_number"),
    ('{"pot_fen":1,"rule":"proportional","weights":{"a":true}}', "bad_number"),
    ('{"pot_fen":1,"rule":"proportional","weights":{"a":0}}', "bad_weights"),
    ('{"pot_fen":1,"rule":"proportional","weights":{"a":-1,"b":3}}', "bad_weights"),
    ('{"pot_fen":1,"rule":"shapley","weights":{"a":1}}', "rule_needs_other_input"),
    ('{"pot_fen":1,"rule":"talmud","game":{"1":1}}', "rule_needs_other_input"),
    ('{"pot_fen":9,"rule":"talmud","claims":{"a":1}}', "estate_exceeds_claims"),
    ('{"pot_fen":1,"rule":"shapley","coverage":{"a":5}}', "bad_coverage"),
    ('{"pot_fen":1,"rule":"leave_one_out","coverage":{"a":[1],"b":[1]}}', "nothing_to_weigh"),
    ('{"pot_fen":1,"rule":"shapley","game":{"12":1,"21":2}}', "coalition_twice"),
])
def test_an_order_that_cannot_be_divided_says_why(text: str, code: str) -> None:
    with pytest.raises(ShareFault) as fault:
        answer(read(text))
    assert fault.value.code == f"settlement.share.{code}"


def test_the_command_prints_one_document_or_one_line_of_fault(tmp_path: Path, capsys: Any) -> None:
    order = tmp_path / "order.json"
    order.write_text('{"pot_fen":100,"rule":"equal","weights":{"a":1,"b":1}}')
    out = io.StringIO()
    call_command("share", str(order), "--json", stdout=out)
    assert json.loads(out.getvalue())["parties"][0] == {"party": "a", "fraction": "50", "fen": 50}
    order.write_text("{}")
    err = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("share", str(order), stderr=err)
    assert ended.value.code == 1
    assert "settlement.share.bad_pot" in err.getvalue()
