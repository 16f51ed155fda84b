"""Background work: seal what is recorded, tell the subscribers. Single writer by lock; running twice or never harms nothing."""

from __future__ import annotations

import logging

from celery import shared_task

from evidence.clock import MARKET_CLOCK
from evidence.delivery import deliver_all
from evidence.sealing import SealRefused, seal_batch

__all__ = ["SCHEDULE", "deliver", "seal", "seal_and_deliver"]

log = logging.getLogger(__name__)


@shared_task(name="evidence.tasks.seal")
def seal() -> int:
    """This will seal everything that waits; returns how many entries. A refused seal is an alarm; telling what is sealed goes on."""
    total = 0
    try:
        while count := seal_batch(clock=MARKET_CLOCK, wait=False):
            total += count
    except SealRefused as fault:
        log.critical("nothing more is sealed until a person has looked: %s", fault)
    return total


@shared_task(name="evidence.tasks.deliver")
def deliver() -> int:
    """This will tell every subscriber what it has not heard; returns how many facts were told."""
    return deliver_all(clock=MARKET_CLOCK)


@shared_task(name="evidence.tasks.seal_and_deliver")
def seal_and_deliver() -> int:
    """This will seal, then tell, until nothing is left: what the doorbell starts."""
    total = 0
    while True:
        sealed: int = seal()
        told: int = deliver()
        total += told
        if not sealed and not told:
            return total


#: The safety net; the doorbell after each commit is faster.
SCHEDULE = {"evidence.seal_and_deliver": {"task": "evidence.tasks.seal_and_deliver", "schedule": 1.0, "options": {"expires": 5}}}
