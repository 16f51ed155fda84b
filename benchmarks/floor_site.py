"""What the board is held against: the exchange's own site with three bare views added, and a bare fan-out without the hub.

``wsgi`` and ``asgi`` are the same site behind both interfaces, with every middleware of the product.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "exchange.settings")

import django

django.setup()

import orjson  # noqa: E402 (settings first)
from django.conf import settings  # noqa: E402
from django.core.asgi import get_asgi_application  # noqa: E402
from django.core.paginator import Paginator  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.template import engines  # noqa: E402
from django.urls import path  # noqa: E402

from exchange.urls import urlpatterns as product  # noqa: E402
from trading.models import Trade  # noqa: E402
from trading.ticks import board_channel  # noqa: E402

ROWS = 50
settings.ROOT_URLCONF = __name__

OBVIOUS_ROW = """<tr><td>{{ row.executed_at|date:"m-d H:i" }}</td>
<td><a href="{% url "exchange:listing" row.listing.code %}">{{ row.title }}</a>
<div><a href="{% url "exchange:verify" row.code %}">{{ row.code }}</a></div></td>
<td>{% if row.channel == "on_exchange" %}{% trans "场内" %}{% else %}{% trans "场外" %}{% endif %}</td>
<td>{{ row.price_fen|yen:"whole" }}</td></tr>"""
OBVIOUS_PAGE = """{% extends "base.html" %}{% block content %}
<table><tbody>
{% for row in page %}{% include row_template %}{% endfor %}
</tbody></table>
<p>{{ page.number }} / {{ page.paginator.num_pages }}</p>{% endblock %}"""


def empty(request: HttpRequest) -> HttpResponse:
    """Nothing: what server, middleware and routing cost."""
    return HttpResponse()


def as_json(request: HttpRequest) -> HttpResponse:
    """The rows of the tape, as plain values."""
    rows = Trade.objects.order_by("-executed_at", "-id").values(
        "code", "channel", "price_fen", "executed_at", "title", "listing__code", "version__title_en")[:ROWS]
    return HttpResponse(orjson.dumps(list(rows)), content_type="application/json")


def obvious(request: HttpRequest) -> HttpResponse:
    """The rows of the tape as a page is usually written: Paginator, whole objects, one include a row."""
    page = Paginator(Trade.objects.select_related("listing", "version").order_by("-executed_at", "-id"), ROWS).page(1)
    values = {"page": page, "row_template": engines["django"].from_string(OBVIOUS_ROW).template}
    return HttpResponse(engines["django"].from_string(OBVIOUS_PAGE).render(values, request))


urlpatterns = [path("floor/empty/", empty), path("floor/json/", as_json), path("floor/obvious/", obvious), *product]
wsgi, asgi = get_wsgi_application(), get_asgi_application()

_open: set[Any] = set()


async def _fan_out() -> None:
    import redis.asyncio as redis

    async with redis.Redis.from_url(settings.REDIS_URL) as client, client.pubsub() as subscription:
        await subscription.subscribe(board_channel())
        async for message in subscription.listen():
            if message["type"] == "message":
                text = message["data"].decode()
                for send in tuple(_open):
                    await send({"type": "websocket.send", "text": text})


async def bare_hub(scope: Any, receive: Any, send: Any) -> None:
    """One subscription, a loop over the sockets' own ``send``: no queue, no judging of what a client says, nobody let go."""
    await receive()
    await send({"type": "websocket.accept"})
    if not _open:
        bare_hub.task = asyncio.create_task(_fan_out())  # type: ignore[attr-defined]
    _open.add(send)
    while (await receive())["type"] != "websocket.disconnect":
        pass
    _open.discard(send)
