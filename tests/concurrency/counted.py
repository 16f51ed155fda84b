"""The product's own Celery app, which also notes each task it begins in ``COUNTED``: ``celery -A tests.concurrency.counted worker``."""

from __future__ import annotations

import os
from typing import Any

from celery import signals

from exchange.celery import app

__all__ = ["app"]


@signals.task_prerun.connect
def note(task: Any = None, **_: Any) -> None:
    with open(os.environ["COUNTED"], "a", encoding="utf-8") as into:
        into.write(f"{task.name}\n")
