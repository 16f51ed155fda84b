"""The naive variant of a rescreening: slices live in messages that are acknowledged before the work. Never part of the product.

A Celery app of its own, without Django: ``celery -A tests.concurrency.naive_rescreening worker``.
"""

from __future__ import annotations

import os
import time

import psycopg
from celery import Celery

app = Celery("naive_rescreening", set_as_current=False, broker=os.environ.get("REDIS_URL", ""))
app.conf.update(task_ignore_result=True, task_acks_late=False, worker_prefetch_multiplier=1,
                broker_transport_options={"global_keyprefix": os.environ.get("CELERY_PREFIX", "") + "naive-rescreen-"})


@app.task(name="naive.rescreen")
def rescreen(*, listings: list[int]) -> None:
    """Judges the listings of one message, each by itself; who dies in between takes the rest of the message along."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        for one in listings:
            connection.execute("INSERT INTO naive_judged VALUES (%s) ON CONFLICT DO NOTHING", [one])
            time.sleep(0.02)
