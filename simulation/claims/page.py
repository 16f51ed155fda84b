"""docs/algorithms/claims.md: every claim with source, setting, figures and the functions it runs; measured figures as last kept."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from simulation.claims.claim import Claim, Figure, all_claims
from simulation.claims.draws import SEED
from simulation.claims.running import Verdict, shown

__all__ = ["KEPT", "keep", "kept", "pages"]

KEPT = Path(__file__).resolve().parents[1] / "data" / "claims_measured.json"

_INTRODUCTION = f"""\
# What economics knows, measured on this house

Made by `make docs`; the measured figures are those of the last `manage.py reproduce --write` (all draws, seed {SEED}). Every claim
hands its draws to **the production functions** named with it, the same that price and divide real deals: a claim with rules of its own
would show nothing. Run them yourself with `manage.py reproduce E1 E48` (`--json` for a program, `--quick` for a look in seconds,
`--seed` for other draws).

*Tolerance* “exact” = equal as fractions or whole numbers. A bound (`>`, `<`) holds when the whole 99 % interval keeps it. So many draws
are made that the interval reaches at most half the tolerance to either side; values are whole millionths, because prices are whole
units. A mutation test breaks each mechanism on purpose and sees the claim fail.
"""


def keep(found: Iterable[Verdict]) -> None:
    """This will keep the measured figures for the page."""
    rows: dict[str, dict[str, list[str | bool]]] = {}
    for one in found:
        between = f"± {one.measured.half:.2g}" if one.measured.half else ""
        rows.setdefault(one.claim, {})[one.figure.name] = [shown(one.measured.value), between, one.holds]
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def kept() -> Mapping[str, Mapping[str, list[str | bool]]]:
    """This will read what was measured last; nothing where nothing was kept."""
    return json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}


def pages() -> dict[str, str]:
    """This will write the page: an overview, then each claim with its figures."""
    measured, lines = kept(), [_INTRODUCTION, "| claim | what it says | figures |", "|---|---|---|"]
    for one in all_claims().values():
        lines.append(f"| [{one.id}](#{one.id.lower()}) | {one.title} | {_count(one, measured.get(one.id, {}))} |")
    for one in all_claims().values():
        lines += _of_claim(one, measured.get(one.id, {}))
    return {"algorithms/claims.md": "\n".join(lines) + "\n"}


def _count(one: Claim, measured: Mapping[str, list[str | bool]]) -> str:
    held = sum(bool(measured.get(figure.name, ["", "", False])[2]) for figure in one.figures)
    return f"{held} of {len(one.figures)} hold"


def _of_claim(one: Claim, measured: Mapping[str, list[str | bool]]) -> list[str]:
    lines = ["", f"## {one.id}", "", f"**{one.title}.** {one.source}.", "", f"Setting: {one.setting}.", "",
             "Runs " + ", ".join(f"`{name}`" for name in one.production) + ".", "",
             "| figure | expected | tolerance | measured | 99 % |", "|---|---|---|---|---|"]
    for figure in one.figures:
        value, between, _ = measured.get(figure.name, ["", "", False])
        lines.append(f"| {figure.name} | {_expected(figure)} | {_tolerance(figure)} | {value} | {between} |")
    return lines


def _expected(figure: Figure) -> str:
    return shown(figure.expected) if figure.relation == "=" else f"{figure.relation} {shown(figure.expected)}"


def _tolerance(figure: Figure) -> str:
    if figure.relation != "=":
        return "bound"
    return f"± {figure.tolerance:.3g}" if figure.tolerance else "exact"
