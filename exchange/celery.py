"""The one Celery app. Rooms write ``@shared_task``; each room's ``tasks.SCHEDULE`` is beat's, a safety net in code.

Redis and Celery are a doorbell, never the truth: every task finds its work in the database and may run twice or never.
"""

from __future__ import annotations

import os
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "exchange.settings")
app = Celery("exchange")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_finalize.connect
def read_schedules(sender: Celery, **_: Any) -> None:
    """This will gather the rooms' periodic tasks: ``SCHEDULE = {"name": {"task": …, "schedule": seconds}}``.

    Every ``tasks`` has one. A module without it is only half read: whatever touches a task while its module is being read (a mark
    put over ``@shared_task``) brings us here too early, and its periodic tasks would never run.
    """
    from exchange.apps import ROOMS

    for room in ("exchange", *ROOMS):
        if find_spec(f"{room}.tasks"):
            sender.conf.beat_schedule |= import_module(f"{room}.tasks").SCHEDULE


@signals.before_task_publish.connect
def carry_request_id(headers: dict[str, Any] | None = None, **_: Any) -> None:
    """This will send the request id along with a task, so that one id runs through web, worker and socket."""
    from exchange.logs import request_id

    if headers is not None:
        headers["request_id"] = request_id.get()


@signals.task_prerun.connect
def take_request_id(task: Any = None, **_: Any) -> None:
    """This will put the caller's request id on the worker's log lines."""
    from exchange.logs import request_id

    request_id.set(getattr(task.request, "request_id", None) or (task.request.id or "-")[:16])
