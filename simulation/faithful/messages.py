"""A piece of the house's work as a message: what a run under faults sends to real workers. Nothing here runs in a market."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from celery import shared_task
from django.conf import settings
from django.db import connection

from evidence.clock import MARKET_CLOCK
from evidence.operations import unrung
from simulation.faithful.housework import Codes, pieces

__all__ = ["Buggify", "do_piece", "mark"]


class Buggify:
    """Ends the process for good at its ``at``-th statement, in the middle of whatever it is doing."""

    def __init__(self, at: int, note: Path) -> None:
        self.left, self.note = at, note

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self.left -= 1
        if not self.left and not self.note.exists():
            self.note.touch()  # once: a message that comes again is done
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)


def mark(folder: str, what: str, key: str) -> Path:
    """This will return where it is noted that a piece was ``done``, or has ``died`` once."""
    return Path(folder) / f"{what}-{key}"


@shared_task(name="simulation.faithful.piece")
def do_piece(*, name: str, key: str, folder: str, seed: int, dies_at: int = 0, **_: Any) -> None:
    """This will do one piece of the house's work and note that it is done; a message that comes late or twice finds it done.

    Its acts ring no bell: what a bell would start is a piece of its own, with an instant of its own. Two that come at once both work:
    nothing but the rooms themselves keeps them apart, and that is what is tried.
    """
    assert not settings.PRODUCTION, "a market's own work is its beat's"
    running = mark(folder, "running", f"{key}-{os.getpid()}-{uuid4().hex[:8]}")
    running.touch()
    try:
        if mark(folder, "done", key).exists():
            return
        with unrung(), connection.execute_wrapper(Buggify(dies_at, mark(folder, "died", key))), Codes(seed).of(name, key):
            pieces(MARKET_CLOCK)[name]()
        mark(folder, "done", key).touch()
    finally:
        running.unlink(missing_ok=True)
