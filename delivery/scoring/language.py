"""Declared models: linear, logistic, scorecard and tree as JSON, scored by exact arithmetic of our own; nothing of them is executed.

Inputs are decimal texts. A linear or logistic input is clamped to its bounds and brought between nought and one, exactly (fractions); a
logistic score takes the exponential to fifty digits; both are given to six decimals, half to even. A scorecard adds whole points, a tree
walks comparisons. The same model and inputs give the same text on every machine.

>>> card = '{"format": "scorecard/1", "base": 600, "inputs": [{"name": "y", "bands": [{"below": "2", "points": -40}, {"points": 15}]}]}'
>>> score(read_model(card), {"y": "3"})
'615'
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction
from typing import Any

__all__ = ["FORMATS", "Model", "fault_of_inputs", "is_model", "read_model", "score"]

FORMATS = ("linear/1", "logistic/1", "scorecard/1", "tree/1")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,10})?")
_MOST = {"text": 8_000, "inputs": 50, "bands": 30, "depth": 12}
#: What a training writes beside the model it fitted.
_PINS = {"training_sha256", "file_sha256", "rows", "yes_rows"}
_MICRO = 1_000_000
_SIX = Decimal("0.000001")


@dataclass(frozen=True)
class Model:
    """A model as read: its format, the names of its inputs in order, and its body."""

    format: str
    inputs: tuple[str, ...]
    body: dict[str, Any]


def _fault(zh: str, en: str) -> ValueError:
    return ValueError(zh, en)


def _loaded(text: str) -> Any:
    try:
        return json.loads(text) if len(text) <= _MOST["text"] else None
    except (ValueError, RecursionError):
        return None


def is_model(text: str) -> bool:
    """This will tell a model from what runs over data."""
    said = _loaded(text)
    return isinstance(said, dict) and said.get("format") in FORMATS


def read_model(text: str) -> Model:
    """This will read a model; a ``ValueError`` with both languages names what is not part of the language."""
    said = _loaded(text)
    if not isinstance(said, dict) or said.get("format") not in FORMATS:
        raise _fault(f"应为 {'、'.join(FORMATS)} 之一的 JSON", f"It should be JSON of one of {', '.join(FORMATS)}")
    names = {"linear/1": _weighted, "logistic/1": _weighted, "scorecard/1": _banded, "tree/1": _branched}[said["format"]](said)
    if not 1 <= len(names) <= _MOST["inputs"] or len(set(names)) != len(names) or not all(0 < len(one) <= 40 for one in names):
        raise _fault(f"输入为 1 至 {_MOST['inputs']} 个不同的名称", f"1 to {_MOST['inputs']} inputs of different names")
    return Model(said["format"], tuple(names), said)


def _decimal(value: Any) -> bool:
    return isinstance(value, str) and bool(_NUMBER.fullmatch(value))


def _whole(value: Any) -> bool:
    return type(value) is int and abs(value) <= 10 ** 12


def _weighted(said: dict[str, Any]) -> list[str]:
    inputs, weights = said.get("inputs"), said.get("weights_micro")
    if not isinstance(inputs, list) or not all(isinstance(one, dict) and set(one) == {"name", "lower", "upper"} for one in inputs):
        raise _fault("每个输入写 name、lower、upper", "An input has name, lower, upper")
    if not all(isinstance(one["name"], str) and _decimal(one["lower"]) and _decimal(one["upper"])
               and Decimal(one["lower"]) < Decimal(one["upper"]) for one in inputs):
        raise _fault("上下限为十进制数，下限小于上限", "Bounds are decimal numbers, the lower below the upper")
    if not isinstance(weights, list) or len(weights) != len(inputs) or not all(map(_whole, [*weights, said.get("intercept_micro")])):
        raise _fault("weights_micro、intercept_micro 为整数，权重与输入一一对应", "Whole millionths: a weight an input, an intercept")
    target = said.get("target")
    if target is not None and not (said["format"] == "linear/1" and isinstance(target, dict) and set(target) == {"lower", "upper"}
                                   and all(map(_decimal, target.values())) and Decimal(target["lower"]) < Decimal(target["upper"])):
        raise _fault("target 只用于 linear/1，写 lower、upper", "target is for linear/1 alone, with lower and upper")
    return [one["name"] for one in inputs]


def _banded(said: dict[str, Any]) -> list[str]:
    inputs = said.get("inputs")
    if set(said) != {"format", "base", "inputs"} or not _whole(said.get("base")) or not isinstance(inputs, list):
        raise _fault("评分卡写 base 与 inputs", "A scorecard has base and inputs")
    for one in inputs:
        bands = one.get("bands") if isinstance(one, dict) and set(one) == {"name", "bands"} and isinstance(one["name"], str) else None
        if not isinstance(bands, list) or not 1 <= len(bands) <= _MOST["bands"]:
            raise _fault("每个输入写 name 与 bands", "An input has name and bands")
        lines: list[Any] = [band.get("below") for band in bands[:-1] if isinstance(band, dict) and set(band) == {"below", "points"}]
        last = bands[-1]
        rising = len(lines) == len(bands) - 1 and all(map(_decimal, lines)) and [Decimal(each) for each in lines] == sorted(
            {Decimal(each) for each in lines})
        if not rising or not isinstance(last, dict) or set(last) != {"points"} or not all(_whole(band["points"]) for band in bands):
            raise _fault("分段的 below 依次增大，最后一段只写 points", "Each band's below rises; the last has points alone")
    return [one["name"] for one in inputs]


def _branched(said: dict[str, Any]) -> list[str]:
    if set(said) - _PINS != {"format", "tree"}:
        raise _fault("决策树只写 tree", "A tree has tree alone")
    return sorted(set(_walked(said["tree"], 0)))


def _walked(node: Any, depth: int) -> Iterator[str]:
    if depth > _MOST["depth"] or not isinstance(node, dict):
        raise _fault(f"深度不超过 {_MOST['depth']}", f"No deeper than {_MOST['depth']}")
    if set(node) == {"score"} and _decimal(node["score"]):
        return
    if set(node) != {"input", "below", "yes", "no"} or not isinstance(node["input"], str) or not _decimal(node["below"]):
        raise _fault("节点写 input、below、yes、no，叶写 score", "A node has input, below, yes, no; a leaf has score")
    yield node["input"]
    yield from _walked(node["yes"], depth + 1)
    yield from _walked(node["no"], depth + 1)


def fault_of_inputs(model: Model, inputs: Mapping[str, Any]) -> str:
    """This will name an input that is missing, unknown or no number; '' where all are there."""
    unknown = sorted(set(inputs) - set(model.inputs))
    return next((one for one in model.inputs if not _decimal(inputs.get(one))), unknown[0][:40] if unknown else "")


def score(model: Model, inputs: Mapping[str, str]) -> str:
    """This will score a model; inputs were asked by ``fault_of_inputs``."""
    if model.format == "scorecard/1":
        return str(model.body["base"] + sum(_points(one["bands"], Decimal(inputs[one["name"]])) for one in model.body["inputs"]))
    if model.format == "tree/1":
        node = model.body["tree"]
        while "score" not in node:
            node = node["yes"] if Decimal(inputs[node["input"]]) < Decimal(node["below"]) else node["no"]
        return str(node["score"])
    exact = Fraction(model.body["intercept_micro"], _MICRO)
    for one, weight in zip(model.body["inputs"], model.body["weights_micro"], strict=True):
        lower, upper = Fraction(one["lower"]), Fraction(one["upper"])
        exact += Fraction(weight, _MICRO) * (min(max(Fraction(inputs[one["name"]]), lower), upper) - lower) / (upper - lower)
    if target := model.body.get("target"):
        exact = Fraction(target["lower"]) + exact * (Fraction(target["upper"]) - Fraction(target["lower"]))
    with localcontext() as context:
        context.prec = 50
        value = Decimal(exact.numerator) / Decimal(exact.denominator)
        if model.format == "logistic/1":
            value = max(min(value, Decimal(100)), Decimal(-100))
            value = 1 / (1 + (-value).exp())
        return str(value.quantize(_SIX, ROUND_HALF_EVEN))


def _points(bands: list[dict[str, Any]], value: Decimal) -> int:
    return int(next(band["points"] for band in bands if "below" not in band or value < Decimal(band["below"])))
