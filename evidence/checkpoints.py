"""Published checkpoints: signed heads kept in a file outside the database, so that a rewound or rewritten log is noticed.

A chain alone cannot see its own tail cut, a full recomputation, or a wipe (3 of 7 attacks); a head kept elsewhere sees all 7.
The file is one JSON line per checkpoint, one file per database. Regulators and witnesses keep copies of their own.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from django.conf import settings
from django.db import connection

from evidence.envelope import Checkpoint

__all__ = ["EVERY_SECONDS", "last", "place", "publish", "published", "read_file"]

#: At most one line in so many seconds of wall time; the first is written at once.
EVERY_SECONDS = 60
_TAIL = 4096
_written: dict[str, float] = {}


def place() -> Path | None:
    """This will return the file of this database's checkpoints, or None where keeping them is switched off."""
    folder = settings.EVIDENCE_CHECKPOINTS_DIR
    return Path(folder) / f"{connection.settings_dict['NAME']}.jsonl" if folder else None


def publish(checkpoint: Checkpoint, *, at_once: bool = False) -> bool:
    """This will add the checkpoint to the file if the last one is old enough (or ``at_once``); returns whether it did."""
    path = place()
    if path is None:
        return False
    wall, key = time.monotonic(), str(path)
    if not at_once and path.exists() and wall - _written.get(key, -EVERY_SECONDS) < EVERY_SECONDS:
        return False
    _written[key] = wall
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a", encoding="utf-8") as sink:
        sink.write(json.dumps(checkpoint.document()) + "\n")
        sink.flush()
        os.fsync(sink.fileno())
    return True


def last() -> Checkpoint | None:
    """This will return the last published checkpoint, or None."""
    path = place()
    if path is None or not path.exists():
        return None
    with open(path, "rb") as source:
        source.seek(max(0, path.stat().st_size - _TAIL))
        lines = [line for line in source.read().split(b"\n") if line.strip()]
    return Checkpoint.read(json.loads(lines[-1])) if lines else None


def published() -> list[Checkpoint]:
    """This will return all published checkpoints, oldest first."""
    path = place()
    return read_file(path) if path and path.exists() else []


def read_file(path: Path) -> list[Checkpoint]:
    """This will read a file of checkpoints: JSON lines, or one JSON document that is a checkpoint or a bundle; else ``ValueError``."""
    text = path.read_text(encoding="utf-8")
    try:
        whole = json.loads(text)
    except ValueError:
        return [Checkpoint.read(json.loads(line)) for line in text.splitlines() if line.strip()]
    if not isinstance(whole, dict):
        raise ValueError("not a checkpoint")
    return [Checkpoint.read(whole.get("checkpoint", whole))]
