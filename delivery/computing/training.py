"""Trainings at the holder: logistic regression, ridge regression or one decision tree over bounded columns. Standard library alone.

What comes out is a model of a few whole numbers, or of cuts on a declared grid whose every leaf holds a hundred rows; it leaves by review
like every output (F9). It has no noise: the reviewers are told so, and how many rows it was fitted to. No name and no value of a row is
in it.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any

from delivery.computing.fitting import EDGE, GRID, LEAST_EACH, Leaf, Node, descended, grown, ridged, thin
from delivery.computing.language import chained, sha256_of_text

__all__ = ["FORMATS", "LEAST_EACH", "MICRO", "Trained", "Training", "fault_of_training", "is_training", "read_training", "train"]

#: Each training and the kind of model it makes.
FORMATS = {"train-logistic/1": "logistic/1", "train-linear/1": "linear/1", "train-tree/1": "tree/1"}
MICRO = 1_000_000
_MOST = {"text": 8_000, "inputs": 30, "rounds": 500, "rows": 2_000_000, "depth": 5, "pull_micro": 1_000_000}
_LEAST_PULL = 1_000
_STEPS = ("opened", "algorithm", "read", "kept", "fitted", "answered")
#: A leaf is told to a thousandth of what its target may be.
_LEAF_STEPS = 1_000


@dataclass(frozen=True)
class Training:
    """What is fitted: bounded numbers that predict whether ``target`` says ``yes``, or, where ``bounds`` are given, its figure.

    ``extent`` is the rounds of a descent, the pull of a ridge in millionths, or the depth of a tree.
    """

    format: str
    inputs: tuple[tuple[str, Decimal, Decimal], ...]
    target: str
    yes: str
    bounds: tuple[Decimal, Decimal] | None
    extent: int


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
    return isinstance(said, dict) and isinstance(said.get("format"), str) and said["format"] in FORMATS


def _fault(zh: str, en: str) -> ValueError:
    return ValueError(zh, en)


def read_training(text: str) -> Training:
    """This will read a training; a ``ValueError`` with both languages names what is not part of the language."""
    try:
        said = json.loads(text) if len(text) <= _MOST["text"] else None
    except (ValueError, RecursionError):
        said = None
    kind = said.get("format") if isinstance(said, dict) else None
    if not isinstance(said, dict) or not isinstance(kind, str) or kind not in FORMATS:
        raise _fault(f"应为 {'、'.join(FORMATS)} 之一", f"It should be one of {', '.join(FORMATS)}")
    figure = kind == "train-linear/1" or (kind == "train-tree/1" and "yes" not in said)
    more = {"train-logistic/1": "rounds", "train-linear/1": "pull_micro", "train-tree/1": "depth"}[kind]
    names = ["format", "inputs", "target", *(["lower", "upper"] if figure else ["yes"]), more]
    if set(said) != set(names):
        raise _fault(f"{kind} 应写：{'、'.join(names[1:])}", f"{kind} has {', '.join(names[1:])}")
    inputs = said["inputs"]
    if not isinstance(inputs, list) or not 1 <= len(inputs) <= _MOST["inputs"]:
        raise _fault(f"inputs 为 1 至 {_MOST['inputs']} 列", f"1 to {_MOST['inputs']} inputs")
    read = tuple(_input(one) for one in inputs)
    if len({name for name, _, _ in read}) != len(read) or not isinstance(said["target"], str) or said["target"] in {n for n, _, _ in read}:
        raise _fault("列名不能重复，目标不能同时是输入", "No column twice, and the target is no input")
    if not figure and (not isinstance(said["yes"], str) or not said["yes"] or len(said["yes"]) > 40):
        raise _fault("yes 写目标列中表示“是”的取值", "yes is the target's value that counts as yes")
    least, most = _LEAST_PULL if more == "pull_micro" else 1, _MOST[more]
    if type(said[more]) is not int or not least <= said[more] <= most:
        raise _fault(f"{more} 为 {least} 至 {most}", f"{more} from {least} to {most}")
    bounds = _bounds(said["lower"], said["upper"]) if figure else None
    return Training(kind, read, said["target"], "" if figure else said["yes"], bounds, said[more])


def _input(one: Any) -> tuple[str, Decimal, Decimal]:
    if not isinstance(one, dict) or set(one) != {"name", "lower", "upper"} or not isinstance(one["name"], str) or not one["name"]:
        raise _fault("每个输入写 name、lower、upper", "An input has name, lower, upper")
    return (one["name"], *_bounds(one["lower"], one["upper"]))


def _bounds(low: Any, high: Any) -> tuple[Decimal, Decimal]:
    try:
        lower, upper = Decimal(str(low)), Decimal(str(high))
    except InvalidOperation as no:
        raise _fault("上下限为数字", "Bounds are numbers") from no
    if not (lower.is_finite() and upper.is_finite() and lower < upper and max(abs(lower), abs(upper)) <= 10 ** 12):
        raise _fault("下限小于上限，绝对值不超过一万亿", "The lower bound is below the upper, neither beyond 10^12")
    if any(one != one.quantize(Decimal("0.000001")) for one in (lower, upper)):
        raise _fault("上下限至多六位小数", "Bounds have six decimals at most")
    return lower, upper


def _plain(one: Decimal) -> str:
    """A decimal as the models write it: no exponent."""
    return f"{one.normalize():f}"


def _written_inputs(asked: Training) -> list[dict[str, str]]:
    return [{"name": name, "lower": f"{lower:f}", "upper": f"{upper:f}"} for name, lower, upper in asked.inputs]


def _written_target(asked: Training) -> dict[str, Any]:
    return {"target": {"lower": f"{asked.bounds[0]:f}", "upper": f"{asked.bounds[1]:f}"}} if asked.bounds else {}


def train(text: str, headings: Sequence[str], rows: Iterable[Sequence[str]], *, file_sha256: str) -> Trained:
    """This will fit a training over rows; too few of either answer, an input that tells a few rows apart, or a column that is not there,
    is a ``ValueError``."""
    asked, place = read_training(text), {name: number for number, name in enumerate(headings)}
    if missing := sorted({asked.target, *(name for name, _, _ in asked.inputs)} - set(place)):
        raise _fault(f"没有这些列：{'、'.join(missing)[:60]}", f"There are no such columns: {', '.join(missing)[:60]}")
    points: list[tuple[list[Decimal], float]] = []
    read = 0
    for row in rows:
        read += 1
        if read > _MOST["rows"]:
            raise _fault("行数超出训练上限", "More rows than a training takes")
        point = [_clamped(row[place[name]], lower, upper) for name, lower, upper in asked.inputs]
        answer = _answer(row[place[asked.target]], asked)
        if answer is not None and None not in point:
            points.append(([one for one in point if one is not None], answer))
    yes = None if asked.bounds else int(sum(answer for _, answer in points))
    if not _enough(len(points), yes):
        raise _fault(f"“是”与“否”各须至少 {LEAST_EACH} 行；预测数值时共须 {2 * LEAST_EACH} 行",
                     f"Either answer needs {LEAST_EACH} rows at least; a figure needs {2 * LEAST_EACH} rows in all")
    body, fitted = _fitted(asked, points)
    pins = {"training_sha256": sha256_of_text(text), "file_sha256": file_sha256, "rows": len(points)}
    model = json.dumps({"format": FORMATS[asked.format], **body, **pins, **({} if yes is None else {"yes_rows": yes})}, ensure_ascii=False)
    trace = chained([
        {"step": "opened", "file_sha256": file_sha256}, {"step": "algorithm", "sha256": sha256_of_text(text)},
        {"step": "read", "rows": read}, {"step": "kept", "rows": len(points)},
        {"step": "fitted", **fitted, **({} if yes is None else {"yes": yes}), "least": LEAST_EACH},
        {"step": "answered", "sha256": sha256_of_text(model)}])
    return Trained(model, trace)


def _enough(rows: int, yes: int | None) -> bool:
    return rows >= 2 * LEAST_EACH if yes is None else min(yes, rows - yes) >= LEAST_EACH


def _fitted(asked: Training, points: list[tuple[list[Decimal], float]]) -> tuple[dict[str, Any], dict[str, int]]:
    """The model's body, and what of the fit stands in the trace."""
    count = len(asked.inputs)
    if asked.format == "train-tree/1":
        cuts = [_grid(lower, upper) for _, lower, upper in asked.inputs]
        steps = [([bisect_right(line, one) for one, line in zip(point, cuts, strict=True)], answer) for point, answer in points]
        return {"tree": _written(grown(steps, count, asked.extent), asked, cuts)}, {"depth": asked.extent}
    scaled = [([float((one - lower) / (upper - lower)) for one, (_, lower, upper) in zip(point, asked.inputs, strict=True)], answer)
              for point, answer in points]
    if (number := thin(scaled, count)) is not None:
        name = asked.inputs[number][0][:40]
        raise _fault(f"输入“{name}”须有至少 {LEAST_EACH} 行与其最常见的取值不同：否则其权重就是这几行自己的答案",
                     f"In {LEAST_EACH} rows at least the input {name} must differ from its commonest value: its weight would be theirs")
    if asked.format == "train-linear/1":
        weights, said = ridged(scaled, count, asked.extent / MICRO), {"pull_micro": asked.extent}
    else:
        weights, said = descended(scaled, count, asked.extent), {"rounds": asked.extent}
    whole = [round(one * MICRO) for one in weights]
    return {"inputs": _written_inputs(asked), **_written_target(asked), "weights_micro": whole[1:], "intercept_micro": whole[0]}, said


def _clamped(cell: str, lower: Decimal, upper: Decimal) -> Decimal | None:
    """A cell within its bounds; None where it is no number."""
    try:
        number = Decimal(cell.strip().replace(",", ""))
    except InvalidOperation:
        return None
    return min(max(number, lower), upper) if number.is_finite() else None


def _answer(cell: str, asked: Training) -> float | None:
    """What the target says, between nought and one; None where it is no figure."""
    if asked.bounds is None:
        return float(cell == asked.yes)
    number = _clamped(cell, *asked.bounds)
    return None if number is None else float((number - asked.bounds[0]) / (asked.bounds[1] - asked.bounds[0]))


# ---- trees -------------------------------------------------------------------------------------------------------------------------


def _grid(lower: Decimal, upper: Decimal) -> list[Decimal]:
    """The cuts that may be made, declared with the bounds and before any row: equal steps, none at the bounds themselves."""
    return [(lower + (upper - lower) * step / GRID).quantize(Decimal("0.0000000001"), ROUND_HALF_EVEN) for step in range(1, GRID)]


def _written(node: Node | Leaf, asked: Training, cuts: list[list[Decimal]]) -> dict[str, Any]:
    if isinstance(node, Leaf):
        return {"score": _plain(_leaf(node.mean, asked))}
    return {"input": asked.inputs[node.column][0], "below": _plain(cuts[node.column][node.cut - 1]),
            "yes": _written(node.yes, asked, cuts), "no": _written(node.no, asked, cuts)}


def _leaf(mean: float, asked: Training) -> Decimal:
    """A leaf's figure on its steps: within the target's bounds, and never saying that all of its rows are alike."""
    step = round(min(max(mean, EDGE), 1 - EDGE) * _LEAF_STEPS)
    lower, upper = asked.bounds or (Decimal(0), Decimal(1))
    return (lower + (upper - lower) * step / _LEAF_STEPS).quantize(Decimal("0.0000000001"))


def _leaves(node: Any, asked: Training, cuts: dict[str, set[str]], depth: int) -> Iterator[str]:
    """Every leaf of a tree that the training may have grown; a ``ValueError`` where it cannot have."""
    if isinstance(node, dict) and set(node) == {"score"}:
        yield str(node["score"])
        return
    if not isinstance(node, dict) or set(node) != {"input", "below", "yes", "no"} or depth < 1:
        raise ValueError("tree")
    if not isinstance(node["input"], str) or not isinstance(node["below"], str) or node["below"] not in cuts.get(node["input"], ()):
        raise ValueError("tree")
    yield from _leaves(node["yes"], asked, cuts, depth - 1)
    yield from _leaves(node["no"], asked, cuts, depth - 1)


# ---- what comes in -----------------------------------------------------------------------------------------------------------------


def _body_stands(said: dict[str, Any], asked: Training) -> bool:
    """Whether the body of a model is one that the training can have made, whatever the rows were."""
    if asked.format == "train-tree/1":
        cuts = {name: {_plain(one) for one in _grid(lower, upper)} for name, lower, upper in asked.inputs}
        scores = {_plain(_leaf(step / _LEAF_STEPS, asked)) for step in range(_LEAF_STEPS + 1)}
        try:
            leaves = list(_leaves(said["tree"], asked, cuts, asked.extent))
        except ValueError:
            return False
        return type(said["rows"]) is int and set(leaves) <= scores and len(leaves) * LEAST_EACH <= said["rows"]
    if said["inputs"] != _written_inputs(asked):
        return False
    if asked.bounds and said["target"] != _written_target(asked)["target"]:
        return False
    numbers = [said["intercept_micro"], *(said["weights_micro"] if isinstance(said["weights_micro"], list) else [None])]
    return len(numbers) == len(asked.inputs) + 1 and all(type(one) is int and abs(one) <= 10 ** 12 for one in numbers)


def _names(asked: Training) -> set[str]:
    body = {"tree"} if asked.format == "train-tree/1" else {"inputs", "weights_micro", "intercept_micro"}
    more = {"yes_rows"} if asked.bounds is None else {"target"} if asked.format == "train-linear/1" else set()
    return {"format", *body, *more, "training_sha256", "file_sha256", "rows"}


def fault_of_training(text: str, model: str, trace: Any, *, file_sha256: str) -> str:
    """This will say what a model holds that the training cannot have made; '' when it may go to its reviewers."""
    asked = read_training(text)
    try:
        said = json.loads(model) if len(model) <= 64_000 else None
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or set(said) != _names(asked) or said["format"] != FORMATS[asked.format]:
        return "model"
    rows, yes = said["rows"], said.get("yes_rows")
    if type(rows) is not int or (asked.bounds is None and type(yes) is not int) or not _enough(rows, yes):
        return "threshold"
    if not _body_stands(said, asked):
        return "model"
    if (said["training_sha256"], said["file_sha256"]) != (sha256_of_text(text), file_sha256):
        return "pins"
    if not isinstance(trace, list) or len(trace) != len(_STEPS) or not all(isinstance(one, dict) for one in trace):
        return "trace"
    bare = [{name: value for name, value in one.items() if name not in ("before", "hash")} for one in trace]
    if chained(bare) != trace or [one.get("step") for one in bare] != list(_STEPS):
        return "trace"
    pinned = (bare[0].get("file_sha256"), bare[1].get("sha256"), bare[5].get("sha256"))
    return "" if pinned == (file_sha256, sha256_of_text(text), sha256_of_text(model)) else "pins"
