"""Trainings at the holder: what each fits, that it is the same twice, and that no row leaves with the model (F9, C6, R101).

A canary stands in every file: one person of a value nobody else has. Neither its words nor its figure is in a model, and a model does not
know it: asked about the canary it answers what it would say of anybody there. The naive twins, a tree of leaves of one row and a weight of
an input that only the canary has, give its figure back.
"""

from __future__ import annotations

import json
import random
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.computing.fitting import EDGE, GRID, LEAST_EACH, Leaf, Node, grown, ridged
from delivery.computing.training import fault_of_training, read_training, train
from delivery.releasing.gate import judge, passed
from delivery.scoring.language import is_model, read_model, score
from kit.coverage import covers

HEADING = ["name", "age", "income", "spent", "late"]
INPUTS = [{"name": "age", "lower": "0", "upper": "100"}, {"name": "income", "lower": "0", "upper": "10000"}]
LINEAR = {"format": "train-linear/1", "inputs": INPUTS, "target": "spent", "lower": "0", "upper": "5000", "pull_micro": 1_000}
FIGURE = {"format": "train-tree/1", "inputs": INPUTS, "target": "spent", "lower": "0", "upper": "5000", "depth": 4}
ANSWER = {"format": "train-tree/1", "inputs": INPUTS, "target": "late", "yes": "1", "depth": 3}
CURVE = {"format": "train-logistic/1", "inputs": INPUTS, "target": "late", "yes": "1", "rounds": 50}
KINDS = pytest.mark.parametrize("asked", [LINEAR, FIGURE, ANSWER, CURVE], ids=["linear", "tree of figures", "tree of answers", "logistic"])
#: Nobody else spends nothing near it, and nobody else has its name.
CANARY = ["金丝雀-91c4", "99.5", "9987.31", "4991.77", "1"]


def people(count: int = 800, *, canary: bool = True) -> list[list[str]]:
    """Who is older and earns more spends more: 10 a year and 5 of each hundred earned; late are those below thirty. No figure comes near
    the canary's."""
    chance = random.Random(7)
    rows = []
    for number in range(count):
        age, income = chance.randrange(18, 95), chance.randrange(1_000, 9_000)
        rows.append([f"P{number}", f"{age}", f"{income}", f"{10 * age + income // 20 + chance.randrange(-40, 41)}", f"{int(age < 40)}"])
    return [*rows, CANARY] if canary else rows


def fitted(asked: dict[str, Any], rows: list[list[str]] | None = None) -> dict[str, Any]:
    made = train(json.dumps(asked), HEADING, people() if rows is None else rows, file_sha256="0" * 64)
    read: dict[str, Any] = json.loads(made.model)
    return read


def said(model: dict[str, Any], **inputs: str) -> Decimal:
    return Decimal(score(read_model(json.dumps(model)), inputs))


def leaves(node: dict[str, Any]) -> list[str]:
    return [str(node["score"])] if "score" in node else leaves(node["yes"]) + leaves(node["no"])


@covers("C6", "R101", "W24")
@KINDS
def test_each_training_gives_the_same_model_twice_which_its_reviewers_and_the_scorer_can_read(asked: dict[str, Any]) -> None:
    text = json.dumps(asked)
    made, again = (train(text, HEADING, people(), file_sha256="0" * 64) for _ in range(2))
    assert made == again and fault_of_training(text, made.model, made.trace, file_sha256="0" * 64) == ""
    assert is_model(made.model) and len(made.model) < 8_000 and passed(judge(made.model.encode(), "model.json", least=20))
    assert [one["step"] for one in made.trace] == ["opened", "algorithm", "read", "kept", "fitted", "answered"]
    assert made.trace[3]["rows"] == json.loads(made.model)["rows"] == 801


@covers("C6")
def test_a_ridge_finds_what_the_figures_follow_and_a_tree_comes_near_it() -> None:
    """10 × 50 + 5000 ÷ 20 = 750; 10 × 30 + 8000 ÷ 20 = 700."""
    linear, tree = fitted(LINEAR), fitted(FIGURE)
    for age, income, right in (("50", "5000", 750), ("30", "8000", 700)):
        assert abs(said(linear, age=age, income=income) - right) < 60 and abs(said(tree, age=age, income=income) - right) < 150
    answers = fitted(ANSWER)
    assert said(answers, age="20", income="5000") == Decimal("0.99") and said(answers, age="80", income="5000") < Decimal("0.03")
    assert answers["yes_rows"] == sum(row[4] == "1" for row in people())


@covers("F9", "R101")
@KINDS
def test_neither_the_words_nor_the_figures_of_the_canary_are_in_a_model(asked: dict[str, Any]) -> None:
    model = json.dumps(fitted(asked), ensure_ascii=False)
    assert [mark for mark in ("金丝雀", "91c4", "99.5", "9987", "4991", "P17") if mark in model] == []


@covers("F9", "R101")
def test_a_model_does_not_know_the_canary_and_a_tree_of_leaves_of_one_row_does() -> None:
    """Membership: the canary spent 4,991.77 where its like spend some 1,450; a model that had kept it would say so."""
    for asked in (LINEAR, FIGURE):
        told = [said(fitted(asked, people(canary=there)), age=CANARY[1], income=CANARY[2]) for there in (True, False)]
        assert all(abs(one - Decimal(CANARY[3])) > 3_000 for one in told) and abs(told[0] - told[1]) < 5_000 / LEAST_EACH
    points = [([int(float(row[1]) * GRID / 100), int(float(row[2]) * GRID / 10_000)], float(row[3]) / 5_000) for row in people()]
    node = grown(points, 2, 5, least=1)
    while isinstance(node, Node):
        node = node.yes if points[-1][0][node.column] < node.cut else node.no
    assert round(node.mean * 5_000, 2) == 4_991.77, "the naive tree gives the canary's own figure back"


@covers("F9", "R101")
@pytest.mark.parametrize("asked", [LINEAR, CURVE], ids=["linear", "logistic"])
def test_an_input_that_only_the_canary_has_is_refused_since_its_weight_is_the_canarys_answer(asked: dict[str, Any]) -> None:
    """Bounds chosen so that all but one are clamped to the same end (the naive fit, below, tells 4,991.77 within the pull)."""
    narrow = {**asked, "inputs": [INPUTS[0], {"name": "income", "lower": "9500", "upper": "9501"}]}
    with pytest.raises(ValueError, match="income"):
        train(json.dumps(narrow), HEADING, people(), file_sha256="0" * 64)
    points = [([min(float(row[1]), 100) / 100, float(float(row[2]) > 9_500)], float(row[3]) / 5_000) for row in people()]
    weights = ridged(points, 2, 1e-9)
    assert abs((weights[0] + weights[1] * 0.995 + weights[2]) * 5_000 - 4_991.77) < 1


@covers("F9", "R101")
@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.tuples(st.integers(0, GRID - 1), st.integers(0, GRID - 1), st.floats(0, 1)), min_size=2 * LEAST_EACH,
                     max_size=4 * LEAST_EACH), depth=st.integers(1, 5))
def test_every_leaf_holds_a_hundred_rows_whatever_the_rows_are(rows: list[tuple[int, int, float]], depth: int) -> None:
    points = [([a, b], answer) for a, b, answer in rows]

    def counted(node: Node | Leaf, held: list[Any]) -> list[int]:
        if isinstance(node, Leaf):
            assert abs(node.mean - sum(answer for _, answer in held) / len(held)) < 1e-9
            return [len(held)]
        low = [one for one in held if one[0][node.column] < node.cut]
        return counted(node.yes, low) + counted(node.no, [one for one in held if one[0][node.column] >= node.cut])

    sizes = counted(grown(points, 2, depth), points)
    assert min(sizes) >= LEAST_EACH and sum(sizes) == len(rows) and len(sizes) <= 2 ** depth


@covers("F9")
def test_a_leaf_never_says_that_all_its_rows_are_alike_and_cuts_lie_on_the_declared_grid() -> None:
    tree = fitted(ANSWER)
    assert all(Decimal(str(EDGE)) <= Decimal(one) <= 1 - Decimal(str(EDGE)) for one in leaves(tree["tree"]))

    def cuts(node: dict[str, Any]) -> list[Decimal]:
        top = {"age": 100, "income": 10_000}.get(node.get("input", ""), 1)
        return [] if "score" in node else [Decimal(node["below"]) * GRID / top, *cuts(node["yes"]), *cuts(node["no"])]

    assert cuts(tree["tree"]) and all(one == int(one) and 0 < one < GRID for one in cuts(tree["tree"]))


@covers("F9", "R101")
@pytest.mark.parametrize(("asked", "change", "fault"), [
    (FIGURE, {"tree": {"score": "4991.77"}}, "model"), (FIGURE, {"tree": {"score": "金丝雀"}}, "model"),
    (FIGURE, {"tree": {"input": "age", "below": "99.5", "yes": {"score": "0"}, "no": {"score": "5"}}}, "model"),
    (FIGURE, {"tree": {"input": "name", "below": "50", "yes": {"score": "500"}, "no": {"score": "505"}}}, "model"),
    (FIGURE, {"rows": 150}, "threshold"), (FIGURE, {"rows": True}, "threshold"), (FIGURE, {"yes_rows": 5}, "model"),
    (ANSWER, {"yes_rows": 5}, "threshold"), (ANSWER, {"tree": 1}, "model"),
    (LINEAR, {"target": {"lower": "0", "upper": "4991.77"}}, "model"),
    (LINEAR, {"weights_micro": [1]}, "model"), (LINEAR, {"file_sha256": "1" * 64}, "pins"), (LINEAR, {"intercept_micro": 1}, "pins")])
def test_a_model_that_its_training_cannot_have_made_does_not_go_to_its_reviewers(asked: dict[str, Any], change: dict[str, Any],
                                                                              fault: str) -> None:
    made = train(json.dumps(asked), HEADING, people(), file_sha256="0" * 64)
    spoilt = json.dumps({**json.loads(made.model), **change}, ensure_ascii=False)
    assert fault_of_training(json.dumps(asked), spoilt, made.trace, file_sha256="0" * 64) == fault


@covers("C6")
@pytest.mark.parametrize("spoilt", [
    {**LINEAR, "pull_micro": 0}, {**LINEAR, "yes": "1"}, {**LINEAR, "upper": "0"}, {**FIGURE, "depth": 6}, {**FIGURE, "depth": True},
    {**ANSWER, "lower": "0"}, {**ANSWER, "yes": ""}, {**ANSWER, "target": "age"}, {**ANSWER, "format": "train-forest/1"},
    {**ANSWER, "format": ["train-tree/1"]}, {**LINEAR, "upper": "1.0000001"}])
def test_what_is_no_declared_training_is_refused(spoilt: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        read_training(json.dumps(spoilt))


@covers("C6")
def test_too_few_rows_and_a_figure_that_is_none_fit_nothing() -> None:
    with pytest.raises(ValueError, match="200"):
        fitted(LINEAR, people(150))
    with pytest.raises(ValueError):
        fitted(FIGURE, [[*row[:3], "unknown", row[4]] for row in people()])
