"""The hall's own acts by the clock: telling parties' programs what their feed shows."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from evidence.clock import MARKET_CLOCK
from exchange.feed import read_for_webhook
from participants.webhooks import send_due

__all__ = ["SCHEDULE", "send_webhooks"]

SCHEDULE: dict[str, Any] = {
    "exchange-webhooks": {"task": "exchange.tasks.send_webhooks", "schedule": 10.0, "options": {"expires": 9}},
}


@shared_task
def send_webhooks() -> int:
    """This will tell every address that is due; returns how many facts were taken."""
    return send_due(read=read_for_webhook, clock=MARKET_CLOCK)
