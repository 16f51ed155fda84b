"""The floor for programs: what everyone sees, one effect per key, no maximum and no name anywhere."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from kit.actors import Actor
from kit.coverage import covers
from participants.models import User
from tests.trading.worlds import bid, make_buyer, open_lot

pytestmark = pytest.mark.django_db(transaction=True)


def signed_in(actor: Actor) -> Client:
    client = Client()
    user = User.objects.get(pk=actor.user_id)
    user.acting_for_id = actor.organization_id
    user.save(update_fields=["acting_for"])
    client.force_login(user)
    return client


def post(client: Client, path: str, body: Any, key: str) -> Any:
    return client.post(path, json.dumps(body), content_type="application/json", headers={"Idempotency-Key": key})


@covers("CAP-I7", "CAP-E13")
def test_a_stranger_reads_lots_bids_and_ticks_but_no_maximum_and_no_name(floor: None) -> None:
    one, two = make_buyer(), make_buyer()
    lot = open_lot(one, two)
    bid(lot, one, lot.start_price_fen + 777_700)
    bid(lot, two, lot.start_price_fen + 333_300)
    client = Client()
    bodies = [client.get(f"/api/{path}").content.decode() for path in (
        "lots/", f"lots/{lot.code}/", f"lots/{lot.code}/bids/", f"lots/{lot.code}/ticks/?after=0")]
    assert lot.code in bodies[0]
    assert json.loads(bodies[2])["items"][0]["seq"] == 2
    assert [tick["seq"] for tick in json.loads(bodies[3])["items"]] == list(range(1, 1 + len(json.loads(bodies[3])["items"])))
    for body in bodies:
        assert str(lot.start_price_fen + 777_700) not in body
        assert one.organization not in body
    assert client.get("/api/trades/").status_code in {401, 403}


@covers("T5", "I22")
def test_the_same_key_bids_once_and_answers_the_same_bytes(floor: None) -> None:
    buyer = make_buyer()
    lot = open_lot(buyer)
    client = signed_in(buyer)
    path, body = f"/api/lots/{lot.code}/bids/", {"maximum_fen": lot.start_price_fen}
    first = post(client, path, body, "key-0001-abcdef")
    assert first.status_code == 201, first.content
    again = post(client, path, body, "key-0001-abcdef")
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert post(client, path, {"maximum_fen": lot.start_price_fen * 2}, "key-0001-abcdef").status_code == 422
    lot.refresh_from_db()
    assert lot.seq == 1


@covers("T11")
@pytest.mark.parametrize("amount", [0, -1, "100", "１２", "1e3", True, None, [], 2**63, 1.5])
def test_an_amount_that_is_no_whole_fen_is_refused_with_its_field(floor: None, amount: Any) -> None:
    buyer = make_buyer()
    lot = open_lot(buyer)
    answer = post(signed_in(buyer), f"/api/lots/{lot.code}/bids/", {"maximum_fen": amount}, "key-0002-abcdef")
    assert answer.status_code in {400, 422}
    assert answer["Content-Type"].startswith("application/problem+json")
    lot.refresh_from_db()
    assert lot.seq == 0


@covers("T36", "T37")
def test_a_trade_of_others_is_absent(floor: None) -> None:
    answer = signed_in(make_buyer()).get("/api/trades/TRD-0000000000/")
    assert answer.status_code == 404
