"""What is fitted to rows between nought and one: logistic regression, ridge regression, one decision tree. Standard library alone.

The rows stay here: what comes back is a handful of numbers, or cuts on a grid that was declared before anyone saw a row. Plain arithmetic
in the order of the rows, so that the same rows give the same model.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["EDGE", "GRID", "LEAST_EACH", "Leaf", "Node", "descended", "grown", "ridged", "thin"]

Points = Sequence[tuple[Sequence[float], float]]
#: Rows of either answer that a training needs, rows of a leaf, and rows in which an input differs from its commonest value.
LEAST_EACH = 100
#: Cuts of a tree lie on so many equal steps of an input's declared bounds.
GRID = 32
#: A leaf never says that all of its rows are alike.
EDGE = 0.01
_RATE = 0.5
_PULL = 0.001


def thin(points: Points, inputs: int) -> int | None:
    """This will name the first input that is the same in all but a few rows: its weight would be those few rows' own answer."""
    for number in range(inputs):
        seen: dict[float, int] = {}
        for point, _ in points:
            seen[point[number]] = seen.get(point[number], 0) + 1
        if len(points) - max(seen.values(), default=0) < LEAST_EACH:
            return number
    return None


def descended(points: Points, inputs: int, rounds: int) -> list[float]:
    """This will fit a logistic regression by full-batch descent from nought; the intercept first."""
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


def ridged(points: Points, inputs: int, pull: float) -> list[float]:
    """This will fit a ridge regression: the least squares with ``pull`` per row on every weight but the intercept, which comes first.

    >>> [round(one, 3) for one in ridged([([x / 10], 0.2 + 0.05 * x) for x in range(11)], 1, 1e-9)]
    [0.2, 0.5]
    """
    size = inputs + 1
    gram = [[0.0] * size for _ in range(size)]
    right = [0.0] * size
    for point, answer in points:
        row = [1.0, *point]
        for a, one in enumerate(row):
            right[a] += one * answer
            line = gram[a]
            for b in range(a, size):
                line[b] += one * row[b]
    for a in range(size):
        for b in range(a):
            gram[a][b] = gram[b][a]
        if a:
            gram[a][a] += pull * len(points)
    return _solved(gram, right)


def _solved(gram: list[list[float]], right: list[float]) -> list[float]:
    """The solution by elimination with the largest pivot; the pull keeps it away from nought."""
    size = len(right)
    rows = [[*line, value] for line, value in zip(gram, right, strict=True)]
    for step in range(size):
        best = max(range(step, size), key=lambda one: abs(rows[one][step]))
        rows[step], rows[best] = rows[best], rows[step]
        for below in range(step + 1, size):
            share = rows[below][step] / rows[step][step]
            for column in range(step, size + 1):
                rows[below][column] -= share * rows[step][column]
    found = [0.0] * size
    for step in range(size - 1, -1, -1):
        rest = rows[step][size] - sum(rows[step][column] * found[column] for column in range(step + 1, size))
        found[step] = rest / rows[step][step]
    return found


@dataclass(frozen=True)
class Leaf:
    """The mean of the answers that ended here."""

    mean: float


@dataclass(frozen=True)
class Node:
    """Rows whose ``column`` is below the ``cut``-th step of the grid go ``yes``, the others ``no``."""

    column: int
    cut: int
    yes: Node | Leaf
    no: Node | Leaf


def grown(points: Sequence[tuple[Sequence[int], float]], inputs: int, depth: int, *, least: int = LEAST_EACH) -> Node | Leaf:
    """This will grow a tree over steps of the grid: the cut that leaves the least squares, no leaf of fewer than ``least`` rows.

    A tie goes to the first input and the lowest cut. The least squares of nought and one are Gini's, so that one rule serves both.
    """
    count, total = len(points), sum(answer for _, answer in points)
    best: tuple[float, int, int] | None = None
    for column in range(inputs) if depth else ():
        held, sums = [0] * GRID, [0.0] * GRID
        for steps, answer in points:
            held[steps[column]] += 1
            sums[steps[column]] += answer
        left, below = 0, 0.0
        for cut in range(1, GRID):
            left, below = left + held[cut - 1], below + sums[cut - 1]
            if min(left, count - left) >= least and held[cut - 1]:
                gain = below * below / left + (total - below) ** 2 / (count - left) - total * total / count
                if gain > 1e-9 and (best is None or gain > best[0] + 1e-12):
                    best = (gain, column, cut)
    if best is None:
        return Leaf(total / count)
    _, column, cut = best
    parts = [point for point in points if point[0][column] < cut], [point for point in points if point[0][column] >= cut]
    yes, no = (grown(part, inputs, depth - 1, least=least) for part in parts)
    return Node(column, cut, yes, no)
