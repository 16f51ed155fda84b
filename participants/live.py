"""The private doorbell: after commit, an organisation's open sockets hear that something is there to fetch, nothing more.

A bell that does not ring delays a screen until its next poll; it never fails an act.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from dataclasses import dataclass
from typing import Any

from channels.layers import get_channel_layer
from django.db import transaction

from participants.actors import actor_of
from participants.models import User

__all__ = ["ListeningRight", "listening_right", "organization_group", "ring_after_commit", "user_group"]

log = logging.getLogger(__name__)
_PATIENCE = 2
_LOCK = threading.Lock()
_LOOPS: dict[int, asyncio.AbstractEventLoop] = {}


def _loop() -> asyncio.AbstractEventLoop:
    """The process's own loop for ringing, in a thread of its own: a loop and a connection a ring would cost more than the ring."""
    with _LOCK:
        held = _LOOPS.get(os.getpid())
        if held is None:
            _LOOPS.clear()  # a fork has the loop of its parent and not the thread that turns it
            held = _LOOPS[os.getpid()] = asyncio.new_event_loop()
            threading.Thread(target=held.run_forever, name="bell", daemon=True).start()
        return held


def organization_group(key: int) -> str:
    """This will name the channel group of an organisation's sockets (``{"type": "notice", "seq", "id"}`` arrives there)."""
    return f"organization.{key}"


def user_group(key: int) -> str:
    """This will name the channel group of one sign-in's sockets (``{"type": "rights.changed"}`` closes them, T43)."""
    return f"user.{key}"


@dataclass(frozen=True)
class ListeningRight:
    """What an open socket stands on: a sign-in that is on, its sessions' epoch, the organisation it acts for by a role in force."""

    user: int
    epoch: int
    organization: int | None


def listening_right(user: int) -> ListeningRight | None:
    """This will read a sign-in's right to listen as it is now; None when the sign-in is off."""
    held = User.objects.select_related("person").filter(pk=user, is_active=True).first()
    return None if held is None else ListeningRight(held.pk, held.session_epoch, actor_of(held).organization_id)


def ring_after_commit(group: str, message: dict[str, Any]) -> None:
    """This will send ``message`` to the group once the transaction is through."""

    def ring() -> None:
        layer = get_channel_layer()
        if layer is None:
            return
        try:
            asyncio.run_coroutine_threadsafe(layer.group_send(group, message), _loop()).result(_PATIENCE)
        except Exception:
            log.warning("the private bell does not ring for %s", group)

    transaction.on_commit(ring)
