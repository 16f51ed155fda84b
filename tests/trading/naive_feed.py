"""The naive feed that the tests of the sockets must fail on (M14): no look at the origin, no rate, no word on what is sent.

``uvicorn tests.trading.naive_feed:application``. Never part of the product.
"""

from __future__ import annotations

from typing import Any


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Takes whoever comes and answers whatever is said."""
    if scope["type"] != "websocket" or (await receive())["type"] != "websocket.connect":
        return
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": '{"type": "hello", "seq": 0}'})
    while (await receive())["type"] != "websocket.disconnect":
        await send({"type": "websocket.send", "text": '{"type": "heard"}'})
