"""The naive variant (M7, M8) that the settlement tests must fail on: early acknowledgement, two commits, no sweeper.

A Celery app of its own, without Django: ``celery -A tests.concurrency.naive_settlement worker``. Never part of the product.
"""

from __future__ import annotations

import os
import time

import psycopg
from celery import Celery

app = Celery("naive", set_as_current=False, broker=os.environ.get("REDIS_URL", ""))
app.conf.update(task_ignore_result=True, task_acks_late=False, worker_prefetch_multiplier=1,
                broker_transport_options={"global_keyprefix": os.environ.get("CELERY_PREFIX", "") + "naive-",
                                         "visibility_timeout": int(os.environ.get("VISIBILITY_TIMEOUT", "3600")),
                                         "unacked_restore_interval": int(os.environ.get("UNACKED_RESTORE_INTERVAL", "10")),
                                         "unacked_restore_throttle": 1})


@app.task(name="naive.settle")
def settle(*, trade: int) -> None:
    """Takes from the escrow, then pays the seller: two commits, with a moment between them."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM naive_posting WHERE trade = %s", [trade]).fetchone():
            return
        connection.execute("INSERT INTO naive_posting VALUES (%s, 'escrow', -100)", [trade])
        time.sleep(0.4)
        connection.execute("INSERT INTO naive_posting VALUES (%s, 'seller', 100)", [trade])


@app.task(name="naive.settle_patiently", acks_late=True)
def settle_patiently(*, trade: int, seconds: float) -> None:
    """Late acknowledgement alone (M9b): works longer than the broker waits, then posts, and knows no key."""
    time.sleep(seconds)
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("INSERT INTO naive_posting VALUES (%s, 'seller', 100)", [trade])
