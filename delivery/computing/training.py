"""Training at the holder: a declared logistic regression with fixed hyper-parameters over bounded columns. Standard library alone.

What comes out is a model of a few whole numbers, in millionths; it leaves by review like every output (F9). It has no noise: the reviewers
are told so, and how many rows of each answer it was fitted to. The arithmetic is plain: full-batch descent from nought in a fixed order
of rows, so that the same text over the same file gives the same model.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from delivery.computing.language import chained, sha256_of_text

__all__ = ["LEAST_EACH", "MICRO", "Trained", "Training", "fault_of_training", "is_training", "read_training", "train"]

FORMAT = "train-logistic/1"
MODEL = "logistic/1"
MICRO = 1_000_000
#: Rows of either answer that a training needs.
LEAST_EACH = 100
_MOST = {"text": 8_000, "inputs": 30, "rounds": 500, "rows": 2_000_000}
_RATE = 0.5
_PULL = 0.001


@dataclass(frozen=True)
class Training:
    """What is fitted: bounded numbers that predict whether ``target`` says ``yes``."""

    inputs: tuple[tuple[str, Decimal, Decimal], ...]
    target: str
    yes: str
    rounds: int


@dataclass(frozen=True)
class Trained:
    """The model as text, and how it came about."""

    model: str
    trace: list[dict[str, Any]]


def is_training(text: str) -> bool:
    """This will tell a training from a question."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and said.get("format") == FORMAT


def _fault(zh: str, en: str) -> ValueError:
    return ValueError(zh, en)


def read_training(text: str) -> Training:
    """This will read a training; a ``ValueError`` with both languages names what is not part of the language."""
    try:
        said = json.loads(text) if len(text) <= _MOST["text"] else None
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or said.get("format") != FORMAT or set(said) != {"format", "inputs", "target", "yes", "rounds"}:
        raise _fault(f"应为 {FORMAT}：inputs、target、yes、rounds", f"It should be {FORMAT} with inputs, target, yes, rounds")
    inputs = said["inputs"]
    if not isinstance(inputs, list) or not 1 <= len(inputs) <= _MOST["inputs"]:
        raise _fault(f"inputs 为 1 至 {_MOST['inputs']} 列", f"1 to {_MOST['inputs']} inputs")
    read = tuple(_input(one) for one in inputs)
    if len({name for name, _, _ in read}) != len(read) or not isinstance(said["target"], str) or said["target"] in {n for n, _, _ in read}:
        raise _fault("列名不能重复，目标不能同时是输入", "No column twice, and the target is no input")
    if not isinstance(said["yes"], str) or not said["yes"] or len(said["yes"]) > 40:
        raise _fault("yes 写目标列中表示“是”的取值", "yes is the target's value that counts as yes")
    if type(said["rounds"]) is not int or not 1 <= said["rounds"] <= _MOST["rounds"]:
        raise _fault(f"rounds 为 1 至 {_MOST['rounds']}", f"rounds from 1 to {_MOST['rounds']}")
    return Training(read, said["target"], said["yes"], said["rounds"])


def _input(one: Any) -> tuple[str, Decimal, Decimal]:
    if not isinstance(one, dict) or set(one) != {"name", "lower", "upper"} or not isinstance(one["name"], str) or not one["name"]:
        raise _fault("每个输入写 name、lower、upper", "An input has name, lower, upper")
    try:
        lower, upper = Decimal(str(one["lower"])), Decimal(str(one["upper"]))
    except InvalidOperation as no:
        raise _fault("上下限为数字", "Bounds are numbers") from no
    if not (lower.is_finite() and upper.is_finite() and lower < upper and max(abs(lower), abs(upper)) <= 10 ** 12):
        raise _fault("下限小于上限，绝对值不超过一万亿", "The lower bound is below the upper, neither beyond 10^12")
    return one["name"], lower, upper


def train(text: str, headings: Sequence[str], rows: Iterable[Sequence[str]], *, file_sha256: str) -> Trained:
    """This will fit a training over rows; too few of either answer, or a column that is not there, is a ``ValueError``."""
    asked, place = read_training(text), {name: number for number, name in enumerate(headings)}
    if missing := sorted({asked.target, *(name for name, _, _ in asked.inputs)} - set(place)):
        raise _fault(f"没有这些列：{'、'.join(missing)[:60]}", f"There are no such columns: {', '.join(missing)[:60]}")
    points: list[tuple[list[float], int]] = []
    read = 0
    for row in rows:
        read += 1
        if read > _MOST["rows"]:
            raise _fault("行数超出训练上限", "More rows than a training takes")
        point = [_scaled(row[place[name]], lower, upper) for name, lower, upper in asked.inputs]
        if None not in point:
            points.append(([one for one in point if one is not None], int(row[place[asked.target]] == asked.yes)))
    yes = sum(answer for _, answer in points)
    if min(yes, len(points) - yes) < LEAST_EACH:
        raise _fault(f"“是”与“否”各须至少 {LEAST_EACH} 行", f"Either answer needs {LEAST_EACH} rows at least")
    weights = _descended(points, len(asked.inputs), asked.rounds)
    whole = [round(one * MICRO) for one in weights]
    model = json.dumps({
        "format": MODEL, "inputs": [{"name": name, "lower": str(lower), "upper": str(upper)} for name, lower, upper in asked.inputs],
        "weights_micro": whole[1:], "intercept_micro": whole[0], "training_sha256": sha256_of_text(text), "file_sha256": file_sha256,
        "rows": len(points), "yes_rows": yes}, ensure_ascii=False)
    trace = chained([
        {"step": "opened", "file_sha256": file_sha256}, {"step": "algorithm", "sha256": sha256_of_text(text)},
        {"step": "read", "rows": read}, {"step": "kept", "rows": len(points)},
        {"step": "fitted", "rounds": asked.rounds, "yes": yes, "least": LEAST_EACH},
        {"step": "answered", "sha256": sha256_of_text(model)}])
    return Trained(model, trace)


def _scaled(cell: str, lower: Decimal, upper: Decimal) -> float | None:
    """A cell clamped to its bounds and brought between nought and one; None where it is no number."""
    try:
        number = Decimal(cell.strip().replace(",", ""))
    except InvalidOperation:
        return None
    return float((min(max(number, lower), upper) - lower) / (upper - lower)) if number.is_finite() else None


def _descended(points: list[tuple[list[float], int]], inputs: int, rounds: int) -> list[float]:
    weights, count = [0.0] * (inputs + 1), len(points)
    for _ in range(rounds):
        slope = [0.0] * (inputs + 1)
        for point, answer in points:
            miss = _sigmoid(weights[0] + sum(w * x for w, x in zip(weights[1:], point, strict=True))) - answer
            slope[0] += miss
            for number, one in enumerate(point, 1):
                slope[number] += miss * one
        weights = [one - _RATE * (slope[number] / count + (_PULL * one if number else 0.0)) for number, one in enumerate(weights)]
    return weights


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value)) if value >= 0 else math.exp(value) / (1 + math.exp(value))


def fault_of_training(text: str, model: str, trace: Any, *, file_sha256: str) -> str:
    """This will say what a model holds that the training cannot have made; '' when it may go to its reviewers."""
    asked = read_training(text)
    try:
        said = json.loads(model) if len(model) <= 64_000 else None
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or set(said) != {"format", "inputs", "weights_micro", "intercept_micro", "training_sha256", "file_sha256",
                                                   "rows", "yes_rows"} or said["format"] != MODEL:
        return "model"
    if said["inputs"] != [{"name": name, "lower": str(lower), "upper": str(upper)} for name, lower, upper in asked.inputs]:
        return "model"
    numbers = [said["intercept_micro"], *(said["weights_micro"] if isinstance(said["weights_micro"], list) else [None])]
    if len(numbers) != len(asked.inputs) + 1 or not all(type(one) is int and abs(one) <= 10 ** 12 for one in numbers):
        return "model"
    yes, rows = said["yes_rows"], said["rows"]
    if type(yes) is not int or type(rows) is not int or min(yes, rows - yes) < LEAST_EACH:
        return "threshold"
    if (said["training_sha256"], said["file_sha256"]) != (sha256_of_text(text), file_sha256):
        return "pins"
    if not isinstance(trace, list) or len(trace) != 6 or not all(isinstance(one, dict) for one in trace):
        return "trace"
    bare = [{name: value for name, value in one.items() if name not in ("before", "hash")} for one in trace]
    if chained(bare) != trace or [one.get("step") for one in bare] != ["opened", "algorithm", "read", "kept", "fitted", "answered"]:
        return "trace"
    pinned = (bare[0].get("file_sha256"), bare[1].get("sha256"), bare[5].get("sha256"))
    return "" if pinned == (file_sha256, sha256_of_text(text), sha256_of_text(model)) else "pins"
