"""Makes docs/coverage.md: every requirement, capability, invariant, fault test and claim with what shows it.

Reads the ``@covers(...)`` marks out of the source (nothing is imported). ``--check`` fails when the page is out of
date or when an id that had a test has lost it.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections import defaultdict
from pathlib import Path

HOUSE = Path(__file__).resolve().parent.parent
PAGE = HOUSE / "docs" / "coverage.md"
ROOMS = (
    "exchange", "simulation", "settlement", "delivery", "trading", "listings", "compliance", "participants", "ledger", "evidence", "kit",
)
CAPABILITIES = {"A": 7, "B": 10, "C": 8, "D": 8, "E": 13, "F": 13, "G": 9, "H": 9, "I": 8}


def capability_id(letter: str, number: int) -> str:
    """E and I are claims and invariants when bare, so those capabilities carry a prefix."""
    return f"CAP-{letter}{number}" if letter in "EI" else f"{letter}{number}"


FAMILIES: dict[str, tuple[str, list[str]]] = {
    "R": ("Requirements of the Data Twenty and the law (R1–R122)", [f"R{n}" for n in range(1, 123)]),
    "W": ("Requirements of the white paper (W1–W27)", [f"W{n}" for n in range(1, 28)]),
    "CAP": ("Capabilities (A1–I8)", [capability_id(letter, n) for letter, last in CAPABILITIES.items() for n in range(1, last + 1)]),
    "I": ("Invariants (I1–I32)", [f"I{n}" for n in range(1, 33)]),
    "T": ("Fault tests (T1–T64)", [f"T{n}" for n in range(1, 65)]),
    "E": ("Claims of economics (E1–E68)", [f"E{n}" for n in range(1, 69)]),
}
#: measured traps (M…) may be named as well; they have no table of their own
KNOWN = {one for _, ids in FAMILIES.values() for one in ids} | {f"M{n}" for n in range(1, 28)}


def marks() -> tuple[dict[str, set[str]], dict[str, set[str]], list[str]]:
    """This will return id -> code places, id -> test places, and marks with an unknown id."""
    code: dict[str, set[str]] = defaultdict(set)
    tests: dict[str, set[str]] = defaultdict(set)
    unknown = []
    for package in (*ROOMS, "tests"):
        for path in sorted((HOUSE / package).rglob("*.py")):
            if "migrations" in path.parts:
                continue
            shown = path.relative_to(HOUSE).as_posix()
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                for one in _marks_of(node):
                    if one not in KNOWN:
                        unknown.append(f"{shown}: {one}")
                    where = tests if package == "tests" else code
                    where[one].add(f"{shown}::{getattr(node, 'name', '')}")
    return code, tests, unknown


def _marks_of(node: ast.AST) -> list[str]:
    found = []
    for mark in getattr(node, "decorator_list", []):
        if isinstance(mark, ast.Call) and getattr(mark.func, "id", getattr(mark.func, "attr", "")) == "covers":
            found += [argument.value for argument in mark.args if isinstance(argument, ast.Constant) and isinstance(argument.value, str)]
    return found


def render() -> str:
    """This will write the page."""
    code, tests, _ = marks()
    lines = ["# What works, and what shows it", "",
             "Made by `make docs` from the `@covers` marks of operations, rules and tests. *not yet* = nothing shows it.", ""]
    for title, ids in FAMILIES.values():
        shown = sum(1 for one in ids if one in tests)
        lines += [f"## {title}", "", f"{shown} of {len(ids)} have a test.", "", "| id | done by | shown by |", "|---|---|---|"]
        for one in ids:
            lines.append(f"| {one} | {_places(code.get(one))} | {_places(tests.get(one)) or 'not yet'} |")
        lines.append("")
    return "\n".join(lines)


def _places(places: set[str] | None) -> str:
    if not places:
        return ""
    ordered = sorted(places)
    return "<br>".join(f"`{one}`" for one in ordered[:3]) + (f"<br>and {len(ordered) - 3} more" if len(ordered) > 3 else "")


def lost() -> list[str]:
    """This will list ids that the committed page says have a test and that have none now."""
    if not PAGE.exists():
        return []
    _, tests, _ = marks()
    had = re.findall(r"^\| (\S+) \| .* \| `tests/", PAGE.read_text(encoding="utf-8"), re.M)
    return [one for one in had if one not in tests]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    _, _, unknown = marks()
    faults = [f"unknown id in @covers: {one}" for one in unknown] + [f"{one} had a test and has none now" for one in lost()]
    if options.check and (not PAGE.exists() or PAGE.read_text(encoding="utf-8") != render()):
        faults.append("docs/coverage.md is out of date: run  make docs")
    for fault in faults:
        print(fault, file=sys.stderr)
    if faults:
        return 1
    if not options.check:
        PAGE.write_text(render(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
