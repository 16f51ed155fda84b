"""Log lines: one JSON object each, and one request id through web, worker and socket."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from celery.app.task import Context
from django.test import Client

from exchange.asgi import Numbered
from exchange.celery import carry_request_id, take_request_id
from exchange.logs import JsonFormatter, RequestIdFilter, request_id


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the house would write to its standard error in production."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(RequestIdFilter())
    handler.setFormatter(JsonFormatter())
    logging.getLogger("django.request").addHandler(handler)
    logging.getLogger("exchange.probe").addHandler(handler)
    yield written
    logging.getLogger("django.request").removeHandler(handler)
    logging.getLogger("exchange.probe").removeHandler(handler)


@pytest.mark.django_db
def test_what_is_logged_while_a_request_is_answered_bears_the_id_that_its_answer_names(lines: io.StringIO) -> None:
    answers = [Client().get(f"/api/nothing-{number}/") for number in range(2)]
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    named = [answer["X-Request-ID"] for answer in answers]
    assert [one["request_id"] for one in told if one["logger"] == "django.request"] == named and len(set(named)) == 2
    assert set(told[0]) == {"at", "level", "logger", "request_id", "text"} and told[0]["at"].endswith("Z")
    assert request_id.get() == "-", "nothing of it stays behind"


def test_a_line_with_a_fault_and_a_break_in_its_text_is_still_one_object_on_one_line(lines: io.StringIO) -> None:
    try:
        raise ValueError("一行\n两行")
    except ValueError:
        logging.getLogger("exchange.probe").exception("a name\nwith a break")
    (line,) = lines.getvalue().splitlines()
    assert json.loads(line)["text"] == "a name\nwith a break" and "ValueError" in json.loads(line)["fault"]


def test_a_task_takes_the_id_of_the_request_that_sent_it_along() -> None:
    class Task:
        request: Any = None

    token = request_id.set("of-the-request")
    try:
        headers: dict[str, Any] = {}
        carry_request_id(headers=headers)
        request_id.set("-")
        Task.request = Context(headers, id="an-id-of-its-own")
        take_request_id(task=Task)
        assert request_id.get() == "of-the-request"
        Task.request = Context({}, id="an-id-of-its-own")
        take_request_id(task=Task)
        assert request_id.get() == "an-id-of-its-own"[:16], "what nobody asked for, such as beat's, has its own"
    finally:
        request_id.reset(token)


def test_each_socket_has_one_id_from_its_handshake_to_its_end(lines: io.StringIO) -> None:
    log = logging.getLogger("exchange.probe")

    async def feed(scope: Any, receive: Any, send: Any) -> None:
        log.warning("handshake")
        await asyncio.sleep(0)
        await asyncio.create_task(later())

    async def later() -> None:
        log.warning("end")

    async def two() -> None:
        await asyncio.gather(Numbered(feed)({}, None, None), Numbered(feed)({}, None, None))

    asyncio.run(two())
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    ids = {one["request_id"] for one in told}
    assert len(told) == 4 and len(ids) == 2 and "-" not in ids
    assert all({one["text"] for one in told if one["request_id"] == each} == {"handshake", "end"} for each in ids)
