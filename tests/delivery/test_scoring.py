"""Declared models and what probing looks like: exact scores on every machine, nothing executed, patterns named (C6, R14).

Worked example: a card of base 600 with −40 below two years and +30 below a debt ratio of 0.4 gives 590 for one year and 0.3.
"""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.computing.training import fault_of_training, is_training, read_training, train
from delivery.scoring.language import fault_of_inputs, is_model, read_model, score
from delivery.scoring.probing import GUESSES, RECENT, Seen, probing_in
from kit.coverage import covers
from tests.delivery.services import CARD

LOGISTIC: dict[str, Any] = {"format": "logistic/1", "inputs": [{"name": "x", "lower": "0", "upper": "10"}], "weights_micro": [2_000_000],
                            "intercept_micro": -1_000_000}
TREE: dict[str, Any] = {"format": "tree/1", "tree": {"input": "x", "below": "3.5", "yes": {"score": "0.2"}, "no": {
    "input": "y", "below": "1", "yes": {"score": "0.5"}, "no": {"score": "0.9"}}}}


def of(said: dict[str, Any], **inputs: str) -> str:
    return score(read_model(json.dumps(said, ensure_ascii=False)), inputs)


@covers("C6")
def test_each_kind_of_model_gives_the_figure_that_is_reckoned_by_hand() -> None:
    assert score(read_model(json.dumps(CARD)), {"年限": "1", "负债率": "0.3"}) == "590"
    assert score(read_model(json.dumps(CARD)), {"年限": "2", "负债率": "0.4"}) == "555"
    assert (of(TREE, x="3.4", y="9"), of(TREE, x="3.5", y="0.99"), of(TREE, x="4", y="1")) == ("0.2", "0.5", "0.9")
    assert of(LOGISTIC, x="5") == "0.500000" and of(LOGISTIC, x="10") == "0.731059" and of(LOGISTIC, x="99") == "0.731059"
    assert of({**LOGISTIC, "format": "linear/1"}, x="2.5") == "-0.500000"


@covers("C6")
@pytest.mark.parametrize("text", [
    "", "[]", "import os", json.dumps({**LOGISTIC, "format": "pickle/1"}), json.dumps({**LOGISTIC, "weights_micro": [1.5]}),
    json.dumps({**LOGISTIC, "weights_micro": [1, 2]}), json.dumps({**LOGISTIC, "inputs": [{"name": "x", "lower": "1", "upper": "1"}]}),
    json.dumps({**LOGISTIC, "inputs": []}), json.dumps({**TREE, "tree": {"score": "0.1"}}),
    json.dumps({**TREE, "tree": {"score": "__import__"}}),
    json.dumps({"format": "tree/1", "tree": 1}), json.dumps({**CARD, "base": True}),
    json.dumps({**CARD, "inputs": [{"name": "x", "bands": []}]}),
    json.dumps({**CARD, "inputs": [{"name": "x", "bands": [{"below": "2", "points": 1}, {"below": "1", "points": 1}, {"points": 1}]}]}),
    "[" * 7_000])
def test_what_is_no_declared_model_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_model(text)


@covers("C6")
def test_an_input_that_is_missing_unknown_or_no_number_is_named() -> None:
    model = read_model(json.dumps(LOGISTIC))
    tried: list[dict[str, str]] = [{}, {"x": "1e3"}, {"x": "１"}, {"x": "1", "z": "2"}, {"x": "1"}]
    assert [fault_of_inputs(model, one) for one in tried] == ["x", "x", "x", "z", ""]


@covers("C6")
@settings(max_examples=200, deadline=None)
@given(weights=st.lists(st.integers(-5_000_000, 5_000_000), min_size=1, max_size=4), value=st.decimals(-20, 20, places=3))
def test_a_linear_score_is_the_exact_sum_and_a_logistic_one_rises_with_it(weights: list[int], value: Decimal) -> None:
    inputs = [{"name": f"x{n}", "lower": "-10", "upper": "10"} for n in range(len(weights))]
    said = {"format": "linear/1", "inputs": inputs, "weights_micro": weights, "intercept_micro": 7}
    given_ = {one["name"]: str(value) for one in inputs}
    exact = Fraction(7, 10 ** 6) + sum(Fraction(w, 10 ** 6) for w in weights) * (min(max(Fraction(value), -10), 10) + 10) / 20
    assert abs(Fraction(of(said, **given_)) - exact) <= Fraction(1, 2 * 10 ** 6)
    assert 0 <= Decimal(of({**said, "format": "logistic/1"}, **given_)) <= 1


# ---- training ----------------------------------------------------------------------------------------------------------------------

TRAINING = json.dumps({"format": "train-logistic/1", "inputs": [{"name": "age", "lower": "0", "upper": "100"}], "target": "late",
                       "yes": "1", "rounds": 200})


def people(count: int = 400) -> list[list[str]]:
    return [[str(n % 100), "1" if n % 100 >= 50 else "0"] for n in range(count)]


@covers("W24", "F9", "C6")
def test_a_training_gives_the_same_model_twice_and_one_that_tells_the_old_from_the_young() -> None:
    made, again = (train(TRAINING, ["age", "late"], people(), file_sha256="0" * 64) for _ in range(2))
    assert made == again and is_training(TRAINING) and is_model(made.model) and read_training(TRAINING).extent == 200
    assert Decimal(of(json.loads(made.model), age="90")) > Decimal("0.6") > Decimal("0.4") > Decimal(of(json.loads(made.model), age="10"))
    assert fault_of_training(TRAINING, made.model, made.trace, file_sha256="0" * 64) == ""
    with pytest.raises(ValueError):
        train(TRAINING, ["age", "late"], people(150), file_sha256="0" * 64)
    with pytest.raises(ValueError):
        train(TRAINING, ["age"], people(), file_sha256="0" * 64)


@covers("F9", "R101")
@pytest.mark.parametrize(("change", "fault"), [
    ({"note": "金丝雀"}, "model"), ({"weights_micro": [1, 2]}, "model"), ({"weights_micro": ["金丝雀"]}, "model"),
    ({"yes_rows": 9}, "threshold"),
    ({"file_sha256": "1" * 64}, "pins"), ({"intercept_micro": 5}, "pins")])
def test_a_model_that_the_training_cannot_have_made_does_not_go_to_its_reviewers(change: dict[str, Any], fault: str) -> None:
    made = train(TRAINING, ["age", "late"], people(), file_sha256="0" * 64)
    spoilt = json.dumps({**json.loads(made.model), **change}, ensure_ascii=False)
    assert fault_of_training(TRAINING, spoilt, made.trace, file_sha256="0" * 64) == fault


# ---- probing -----------------------------------------------------------------------------------------------------------------------


def seen(subject: str = "s", inputs: str = "i", outcome: str = "yes", **named: Any) -> Seen:
    return Seen(subject, inputs, named.get("parts", ()), named.get("neighbour", False), outcome)


@covers("R14", "T62")
def test_each_pattern_is_named_at_its_threshold_and_not_before() -> None:
    guesses = [seen(inputs=f"{n}", outcome="no") for n in range(GUESSES)]
    walk = [seen(f"{n}", f"{n}", neighbour=n > 0) for n in range(11)]
    misses = [seen(f"{n}", f"{n}", "unknown") for n in range(32)]
    turns = [seen(f"{n}", f"{n}", "1", parts=(f"{n}", "b")) for n in range(26)]
    for calls, name in ((guesses, "guessing"), (walk, "sequence"), (misses, "misses"), (turns, "extraction")):
        assert (probing_in(calls[:-1]), probing_in(calls)) == ("", name)
    assert probing_in([]) == "" and probing_in([seen(f"{n}", f"{n}") for n in range(500)]) == "", "many customers are no probe"


@covers("R14")
@settings(max_examples=100, deadline=None)
@given(outcomes=st.lists(st.sampled_from(["yes", "no", "unknown"]), max_size=100))
def test_old_calls_never_make_a_pattern(outcomes: list[str]) -> None:
    calls = [seen(f"{n}", f"{n}", one) for n, one in enumerate(outcomes)]
    assert probing_in([*calls, *(seen(f"new{n}", f"{n}") for n in range(RECENT))]) == ""


@covers("R14")
def test_a_naive_quota_alone_lets_one_person_be_guessed() -> None:
    """The naive twin: a thousand calls a day are allowed, and nine guesses of one person's number are nine of them."""
    guesses = [seen(inputs=f"{n}", outcome="no") for n in range(9)]
    assert len(guesses) < 1_000 and probing_in(guesses) == "guessing"
