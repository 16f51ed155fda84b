"""The public live feed: one Redis subscription per process, each tick encoded once and handed to every open socket.

The hub promises nothing: a tick it loses is found by the client as a gap in ``seq`` and fetched over HTTP. A client
that does not read is let go (1013) rather than slowing the others down.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import redis.asyncio as redis
from django.conf import settings

from trading.ticks import board_channel, lot_channel

__all__ = ["HUB", "Hub"]

log = logging.getLogger(__name__)

#: Messages a socket may be behind before it is let go.
BACKLOG = 64


class Hub:
    """Fans public ticks out to the sockets of this process."""

    def __init__(self) -> None:
        self.sockets: dict[str, set[asyncio.Queue[str | None]]] = defaultdict(set)
        self.listening: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def join(self, channel: str) -> AsyncIterator[asyncio.Queue[str | None]]:
        """This will give a queue on which the channel's messages arrive while the block runs; None means: let go."""
        if self.listening is None or self.listening.done():
            self.listening = asyncio.create_task(self._listen())
        queue: asyncio.Queue[str | None] = asyncio.Queue(BACKLOG)
        self.sockets[channel].add(queue)
        try:
            yield queue
        finally:
            self.sockets[channel].discard(queue)
            if not self.sockets[channel]:
                del self.sockets[channel]

    def fan_out(self, channel: str, text: str) -> None:
        """This will put one message on every queue of the channel."""
        for queue in tuple(self.sockets.get(channel, ())):
            try:
                queue.put_nowait(text)
            except asyncio.QueueFull:
                with suppress(asyncio.QueueEmpty):
                    while True:
                        queue.get_nowait()
                queue.put_nowait(None)

    async def _listen(self) -> None:
        """Follows Redis for as long as the process lives; after a loss clients see the gap and refetch."""
        pause = 0.1
        while True:
            try:
                client = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, health_check_interval=15)
                async with client.pubsub() as subscription:
                    await subscription.psubscribe(lot_channel("*"))
                    await subscription.subscribe(board_channel())
                    pause = 0.1
                    async for message in subscription.listen():
                        if message["type"] in {"message", "pmessage"}:
                            self.fan_out(message["channel"].decode(), message["data"].decode())
            except asyncio.CancelledError:
                raise
            except (redis.RedisError, OSError) as fault:
                log.warning("the live feed lost Redis (%s); trying again", type(fault).__name__)
                self.tell_all({"type": "interrupted"})
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5)

    def tell_all(self, message: dict[str, str]) -> None:
        """This will tell every open socket, e.g. that ticks may be missing and polling is safer."""
        text = json.dumps(message, separators=(",", ":"))
        for channel in tuple(self.sockets):
            self.fan_out(channel, text)


HUB = Hub()
