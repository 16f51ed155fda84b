"""The live feeds' sockets: ``/ws/board/`` and ``/ws/lots/<LOT>/`` for everyone, ``/ws/me/`` for the person signed in (lifecycles §4).

Public sockets are plain ASGI on the hub; private ones go through Channels and carry numbers only: the client fetches.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from contextlib import suppress
from typing import Any

from asgiref.sync import sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.conf import settings

from evidence.clock import MARKET_CLOCK
from evidence.events import rfc3339
from kit.coverage import covers
from participants.live import ListeningRight, listening_right, organization_group, user_group
from participants.models import Notice
from participants.second_factor import SESSION_MARK
from trading.hub import HUB
from trading.models import Auction
from trading.ticks import board_channel, lot_channel

__all__ = ["ABSENT", "RIGHTS_ENDED", "Me", "board", "lot"]

#: What a client may send: a ping of a few bytes, this often per ten seconds; whatever else ends the socket.
MOST_MESSAGES = 20
WINDOW_SECONDS = 10
PING = {"type": "ping"}
POLICY, UNREADABLE, UNSUPPORTED, TRY_LATER, ABSENT, STRANGER, RIGHTS_ENDED = 1008, 1007, 1003, 1013, 4404, 4401, 4403


def _hello(code: str | None) -> dict[str, Any] | None:
    """The first message: where the sequence stands and what the market's clock says; None for a lot nobody may see."""
    seq = 0
    if code is not None:
        found = Auction.objects.filter(code=code).exclude(status="draft").values_list("standing__tick_seq", flat=True).first()
        if found is None:
            return None
        seq = found
    return {"type": "hello", "seq": seq, "server_now": rfc3339(MARKET_CLOCK.now())}


@covers("CAP-E13", "T32", "T44")
async def board(scope: Any, receive: Any, send: Any) -> None:
    """``/ws/board/``: every public tick, each with its ``lot``."""
    await _public(None, board_channel(), receive, send)


async def lot(scope: Any, receive: Any, send: Any) -> None:
    """``/ws/lots/<LOT>/``: the ticks of one lot, gapless by ``seq``."""
    code = scope["url_route"]["kwargs"]["code"]
    await _public(code, lot_channel(code), receive, send)


async def _public(code: str | None, channel: str, receive: Any, send: Any) -> None:
    if (await receive())["type"] != "websocket.connect":
        return
    async with HUB.join(channel) as queue:  # joined before the state is read, so that no tick falls between
        hello = await sync_to_async(_hello)(code)
        if hello is None:
            await send({"type": "websocket.close", "code": ABSENT})
            return
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": json.dumps(hello, separators=(",", ":"))})
        reading = asyncio.create_task(_read(receive))
        writing = asyncio.create_task(_write(queue, send))
        done, waiting = await asyncio.wait({reading, writing}, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        ending = next((task.result() for task in done if not task.cancelled() and task.exception() is None), None)
        if ending is not None:
            with suppress(Exception):  # the other side may be gone already
                await send({"type": "websocket.close", "code": ending})


async def _write(queue: asyncio.Queue[str | None], send: Any) -> int:
    while True:
        text = await queue.get()
        if text is None:
            return TRY_LATER
        await send({"type": "websocket.send", "text": text})


async def _read(receive: Any) -> int | None:
    """Watches what the client sends; returns the code to close with, or None when it left."""
    limit = Limit()
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return None
        if (fault := fault_of(message, limit)) is not None:
            return fault


class Limit:
    """Counts the messages of one socket."""

    def __init__(self) -> None:
        self.times: deque[float] = deque(maxlen=MOST_MESSAGES)

    def exceeded(self) -> bool:
        """This will count one more message and tell whether that was too many."""
        instant = time.monotonic()
        full = len(self.times) == MOST_MESSAGES and instant - self.times[0] < WINDOW_SECONDS
        self.times.append(instant)
        return full


def fault_of(message: dict[str, Any], limit: Limit) -> int | None:
    """This will judge what a client sent: None if it is a ping, else the code that closes the socket."""
    if limit.exceeded():
        return POLICY
    text = message.get("text")
    if text is None:
        return UNSUPPORTED
    if len(text) > 256:
        return POLICY
    try:
        return None if json.loads(text) == PING else POLICY
    except (ValueError, RecursionError):
        return UNREADABLE


@covers("T43")
class Me(AsyncJsonWebsocketConsumer):  # type: ignore[misc]
    """``/ws/me/``: what concerns the organisation this person acts for. ``{"type": "notice", "seq", "id"}``: fetch it.

    Rights are looked up when the socket opens, before each word it carries, and at each ping; a bell says when they changed
    in between. A socket whose rights ended is closed (4403), and the page signs in again.
    """

    async def connect(self) -> None:
        if not await self.admitted():
            return
        if self.right.organization:
            await self.join(organization_group(self.right.organization))
        await self.accept()
        await self.send_json({"type": "hello", "seq": await sync_to_async(_notice_seq)(self.right.organization),
                              "server_now": rfc3339(await sync_to_async(MARKET_CLOCK.now)())})

    async def admitted(self) -> bool:
        """This will read who knocks and what right the socket stands on; whoever has none is sent away and False is returned."""
        user = self.scope.get("user")
        if user is None or not user.is_authenticated or not user.is_active or _factor_owed(self.scope):
            await self.close(code=STRANGER)
            return False
        self.limit, self.joined = Limit(), list[str]()
        await self.join(user_group(user.pk))  # before the rights are read, so that no change falls between
        right = await sync_to_async(listening_right)(user.pk)
        if right is None or right.epoch != user.session_epoch:
            await self.close(code=STRANGER)
            return False
        self.right: ListeningRight = right
        return True

    async def join(self, group: str) -> None:
        """This will have the group's bells ring at this socket until it closes."""
        self.joined.append(group)
        await self.channel_layer.group_add(group, self.channel_name)

    async def disconnect(self, code: int) -> None:
        for group in getattr(self, "joined", ()):
            await self.channel_layer.group_discard(group, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **_: Any) -> None:
        fault = fault_of({"text": text_data}, self.limit)
        if fault is not None:
            await self.close(code=fault)
        else:
            await self.still_may_listen()

    async def notice(self, message: dict[str, Any]) -> None:
        if await self.still_may_listen():
            await self.send_json({"type": "notice", "seq": message["seq"], "id": message["id"]})

    async def rights_changed(self, message: dict[str, Any]) -> None:
        await self.close(code=RIGHTS_ENDED)

    async def still_may_listen(self) -> bool:
        """Closes the socket when the bell was lost, or a role ran out by its date."""
        if await sync_to_async(listening_right)(self.right.user) == self.right:
            return True
        await self.close(code=RIGHTS_ENDED)
        return False


def _factor_owed(scope: Any) -> bool:
    return bool(settings.SECOND_FACTOR_REQUIRED and not scope["session"].get(SESSION_MARK))


def _notice_seq(organization: int | None) -> int:
    if organization is None:
        return 0
    newest = Notice.objects.filter(organization_id=organization).order_by("-seq").values_list("seq", flat=True).first()
    return newest or 0
