"""Contrast of every pair the look promises, computed from tokens.css in both themes (WCAG 2 relative luminance)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOKENS = (Path(__file__).resolve().parents[2] / "static" / "exchange" / "tokens.css").read_text(encoding="utf-8")
LIGHT = TOKENS[TOKENS.index(":root, [data-bs-theme=\"light\"] {"):TOKENS.index("[data-bs-theme=\"dark\"]")]
DARK = TOKENS[TOKENS.index("[data-bs-theme=\"dark\"], html.dark"):TOKENS.index("@media (prefers-color-scheme: dark)")]
SYSTEM = TOKENS[TOKENS.index("@media (prefers-color-scheme: dark)"):TOKENS.index("[data-moves")]
GROUNDS = ("canvas", "surface", "sunken")
STATES = ("ok", "wait", "bad", "held", "info", "idle")


def roles(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z0-9-]+):\s*#([0-9A-Fa-f]{6})\b", block))


THEMES = {"light": roles(LIGHT), "dark": roles(DARK)}


def luminance(colour: str) -> float:
    channels = [int(colour[i:i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, two: str) -> float:
    high, low = sorted((luminance(one), luminance(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def pairs() -> list[tuple[str, str, float]]:
    text = ("ink", "ink-2", "ink-3", "action", "ok", "wait", "bad", "held", "info", "up", "down",
            "on-exchange", "off-exchange", "simulated")
    wanted = [(role, ground, 4.5) for role in text for ground in GROUNDS]
    wanted += [(state, f"{state}-soft", 4.5) for state in STATES] + [("ink-3", f"{state}-soft", 4.5) for state in STATES]
    wanted += [("on-action", "action", 4.5), ("strip-ink", "strip", 4.5)]
    wanted += [("line-2", ground, 3.0) for ground in GROUNDS]
    return wanted + [(f"s{n}", ground, 3.0) for n in range(1, 7) for ground in ("canvas", "surface")]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("role,ground,need", pairs())
def test_contrast_is_at_least_what_the_look_promises(theme: str, role: str, ground: str, need: float) -> None:
    colours = THEMES[theme]
    assert contrast(colours[role], colours[ground]) >= need


def test_following_the_system_gives_the_same_dark_colours() -> None:
    assert roles(SYSTEM).items() <= THEMES["dark"].items() and set(THEMES["dark"]) - {"paper", "paper-ink"} <= set(roles(SYSTEM))
