"""The desks see every delivery, use, stop and refusal, and change nothing (F6); by key, without counting."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from delivery.oversight_views import PAGE, SHOWS
from evidence.operations import drain
from kit.coverage import covers
from kit.rejected import Rejected
from participants.roles import Role
from tests.delivery.calls import api_delivered, called, keyed
from tests.delivery.test_monitor import held
from tests.factories import make_organization, make_user

pytestmark = pytest.mark.django_db
WHERE = "/desk/deliveries/oversight/"


def desk(role: str = Role.REGULATOR) -> Client:
    client = Client()
    client.force_login(make_user(role, organization=make_organization(role)))
    return client


@covers("F6", "R42")
def test_the_regulator_sees_who_used_what_for_what_and_what_was_stopped_or_refused() -> None:
    one, _seller, buyer = api_delivered()
    key = keyed(one, buyer).key
    called(key, buyer, purpose="research", limit=3)
    with pytest.raises(Rejected):
        called(key, buyer, "call-000002", purpose="credit_scoring")
    held(listing=one.version.listing, reason_code="negative_list")
    drain()
    client = desk()
    pages = {show: client.get(WHERE, {"show": show, "party": one.code}).content.decode() for show in SHOWS}
    assert one.code in pages["deliveries"] and "规则修订后不再允许" in pages["stops"]
    assert key.code in pages["calls"] and "trading" in pages["refused"] and f'class="code">{one.code}' not in pages["files"]
    assert one.code not in client.get(WHERE, {"kind": "download"}).content.decode()
    assert one.code in client.get(WHERE, {"kind": "api", "status": "delivered", "party": one.buyer.code}).content.decode()
    assert client.post(WHERE).status_code == 405 and desk(Role.BUYER).get(WHERE).status_code == 403


@covers("F6")
def test_a_page_asks_for_one_more_row_than_it_shows_and_counts_nothing() -> None:
    client = desk()
    for show in SHOWS:
        with CaptureQueriesContext(connection, ) as asked:
            assert client.get(WHERE, {"show": show}).status_code == 200
        texts = [one["sql"] for one in asked.captured_queries if "FROM \"delivery_" in (one["sql"] or "")]
        assert texts and all("COUNT(" not in text and f"LIMIT {PAGE + 1}" in text for text in texts)
