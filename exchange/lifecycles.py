"""State tables of all rooms, gathered for the drawn diagrams (docs/lifecycles) and the exhaustive test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from importlib import import_module
from importlib.util import find_spec

from django.db.models import TextChoices
from django.utils import translation

from exchange.apps import ROOMS

__all__ = ["Lifecycle", "lifecycles", "pages"]


INTRODUCTION = "Made by `make docs` from the tables in `states.py`; the database's edge triggers enforce them."


@dataclass(frozen=True)
class Lifecycle:
    """One object's table: ``(state, action) -> state``."""

    room: str
    name: str
    statuses: type[TextChoices]
    table: dict[tuple[TextChoices, str], TextChoices]

    @property
    def actions(self) -> list[str]:
        return sorted({str(action.value if isinstance(action, Enum) else action) for _, action in self.table})

    @property
    def ends(self) -> list[TextChoices]:
        """States that nothing leaves."""
        left = {state for state, _ in self.table}
        return [status for status in self.statuses if status not in left]


def lifecycles() -> Iterator[Lifecycle]:
    """This will yield every table that a room's ``states.py`` defines."""
    for room in reversed(ROOMS):
        if not find_spec(f"{room}.states"):
            continue
        module = import_module(f"{room}.states")
        for name, value in vars(module).items():
            if isinstance(value, dict) and value and _is_table(value):
                first = next(iter(value.values()))
                yield Lifecycle(room, name, type(first), value)


def _is_table(value: dict[object, object]) -> bool:
    return all(isinstance(key, tuple) and len(key) == 2 and isinstance(key[0], TextChoices) for key in value) and all(
        isinstance(status, TextChoices) for status in value.values()
    )


def pages() -> dict[str, str]:
    """This will write one page per room: each object as a diagram, Chinese and English names below it."""
    rooms: dict[str, list[str]] = {}
    for one in lifecycles():
        lines = rooms.setdefault(one.room, [f"# Lifecycles of {one.room}", "", INTRODUCTION])
        title = one.statuses.__name__.removesuffix("Status")
        lines += ["", f"## {title}", "", "```mermaid", "stateDiagram-v2"]
        for (state, action), following in one.table.items():
            word = action.value if isinstance(action, Enum) else action
            lines.append(f"    {state.value} --> {following.value}: {word}")
        lines += [f"    {end.value} --> [*]" for end in one.ends]
        with translation.override("zh-hans"):
            names = " · ".join(f"`{status.value}` {status.label}" for status in one.statuses)
        lines += ["```", "", names]
    return {f"lifecycles/{room}.md": "\n".join(lines) + "\n" for room, lines in rooms.items()}
