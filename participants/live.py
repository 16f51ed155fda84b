"""The private doorbell: after commit, an organisation's open sockets hear that something is there to fetch, nothing more.

A bell that does not ring delays a screen until its next poll; it never fails an act.
"""

from __future__ import annotations

import logging
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction

__all__ = ["organization_group", "ring_after_commit", "user_group"]

log = logging.getLogger(__name__)


def organization_group(key: int) -> str:
    """This will name the channel group of an organisation's sockets (``{"type": "notice", "seq", "id"}`` arrives there)."""
    return f"organization.{key}"


def user_group(key: int) -> str:
    """This will name the channel group of one sign-in's sockets (``{"type": "rights.changed"}`` closes them, T43)."""
    return f"user.{key}"


def ring_after_commit(group: str, message: dict[str, Any]) -> None:
    """This will send ``message`` to the group once the transaction is through."""

    def ring() -> None:
        layer = get_channel_layer()
        if layer is None:
            return
        try:
            async_to_sync(layer.group_send)(group, message)
        except Exception:
            log.warning("the private bell does not ring for %s", group)

    transaction.on_commit(ring)
