"""Live feeds: /ws only, served by uvicorn; pages and the API are WSGI's (ordinary views over ASGI cost many times as much)."""

import os
import uuid
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "exchange.settings")

import django

django.setup()

from channels.auth import AuthMiddlewareStack  # noqa: E402 (settings first)
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402

from exchange.logs import request_id  # noqa: E402
from exchange.routing import feeds  # noqa: E402

__all__ = ["application"]


async def nothing_here(scope: Any, receive: Any, send: Any) -> None:
    """This will answer ordinary requests: pages are not served on this port."""
    await send({"type": "http.response.start", "status": 404, "headers": [(b"content-type", b"text/plain; charset=utf-8")]})
    await send({"type": "http.response.body", "body": b"live feeds only\n"})


class Numbered:
    """Gives each socket a request id of its own: whatever is logged for it, from the handshake to the end, bears it."""

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        token = request_id.set(uuid.uuid4().hex[:16])
        try:
            await self.application(scope, receive, send)
        finally:
            request_id.reset(token)


class Closing:
    """Closes sockets whose address no feed has, instead of breaking on them."""

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await self.application(scope, receive, send)
        except ValueError as fault:
            if "No route found" not in str(fault):
                raise
            await send({"type": "websocket.close", "code": 4404})


application = ProtocolTypeRouter({
    "http": nothing_here,
    "websocket": Numbered(AllowedHostsOriginValidator(Closing(AuthMiddlewareStack(URLRouter(feeds))))),
})
