"""The sealed room by plain requests: complete without scripts, and nothing told before the decision (CAP-E6, CAP-E13)."""

from __future__ import annotations

import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kit.coverage import covers
from tests.trading.test_pages import room, shown, signed_in
from tests.trading.test_sealed import YUAN, end, fresh, refused, reveal, seal, sealed_lot, time_over
from tests.trading.worlds import make_buyer, open_lot
from trading.models import Award, SealedBid

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]


@covers("CAP-E6", "CAP-E13")
def test_a_bid_is_sealed_and_opened_without_scripts() -> None:
    buyer = make_buyer()
    lot, client = open_lot(buyer, format="second_price"), signed_in(buyer)
    assert "您还没有出价" in shown(client, room(lot))
    page = client.post(room(lot) + "slip/", {"amount": "15,000"})
    assert page.status_code == 200 and not SealedBid.objects.exists(), "a slip is made, and nothing is stored"
    fields = dict(re.findall(r'name="(amount_fen|salt|commitment)" value="(\w+)"', page.content.decode()))
    paper = client.post(room(lot) + "slip/", {"file": "1", **fields})
    assert paper["Content-Disposition"].startswith("attachment") and json.loads(paper.content)["commitment"] == fields["commitment"]
    assert client.post(room(lot) + "seal/", {"commitment": fields["commitment"]}).status_code == 302
    assert "已封标" in shown(client, room(lot)) and "待开标" not in shown(client, "/desk/bids/")
    end(lot)
    assert "请开标" in shown(client, room(lot)) and "请开标" in shown(client, "/desk/bids/")
    assert client.post(room(lot) + "reveal/", {"slip": SimpleUploadedFile("sealed-bid.json", paper.content)}).status_code == 302
    text = shown(client, room(lot))
    assert "您已竞得" in text and Award.objects.get(auction=lot).price_fen == 1_000_000
    assert "重算一致" in shown(client, room(lot) + "replay/")


@covers("CAP-E6")
def test_what_is_typed_by_hand_opens_it_as_well_and_each_fault_is_named() -> None:
    lot, (a, _), (slip, _) = sealed_lot("first_price", 15_000, 13_000)
    end(lot)
    client, address = signed_in(a), room(lot) + "reveal/"
    for sent, words in (({"amount": "x", "salt": ""}, "金额无效"), ({"amount": "15000", "salt": "zz"}, "与封标不符"),
                        ({"slip": SimpleUploadedFile("a.json", b"[")}, "不是封标单"),
                        ({"slip": SimpleUploadedFile("a.json", b'{"amount_fen": true, "salt": 1}')}, "不是封标单")):
        answer = client.post(address, sent)
        assert answer.status_code in (400, 422) and words in answer.content.decode()
    assert client.post(address, {"amount": "15000", "salt": slip.salt.hex()}).status_code == 302
    assert "已开标" in shown(client, room(lot))


@covers("CAP-E6", "T16")
def test_before_the_decision_no_page_tells_how_many_sealed_who_or_how_much() -> None:
    lot, (a, b, c), (slip_a, slip_b, _) = sealed_lot("first_price", 15_000, 13_000, 14_000)
    stranger = signed_in(make_buyer())

    def told() -> list[str]:
        return [shown(stranger, one) for one in (room(lot), room(lot) + "?part=live", room(lot) + "replay/", f"/api/lots/{lot.code}/",
                                                f"/api/lots/{lot.code}/bids/", f"/api/lots/{lot.code}/ticks/", "/trading/")]

    secret = ("15,000", "1500000", "13,000", slip_a.commitment, "trading.bid.sealed", "封标已递交")
    quiet = told()
    seal(lot, c, 16_000 * YUAN)
    end(lot)
    reveal(lot, b, slip_b)
    for text in (*quiet, *told()):
        assert not [one for one in secret if one in text]
    reveal(lot, a, slip_a)
    time_over(lot)
    decided = shown(stranger, room(lot))
    assert "15,000" in decided and "逾期未开" in decided and fresh(lot).status == "awarded"


@covers("CAP-I7", "CAP-E6")
def test_programs_seal_and_open_by_the_api() -> None:
    buyer = make_buyer()
    lot, client = open_lot(buyer, format="first_price"), signed_in(buyer)
    from trading.sealing import new_slip

    slip = new_slip(lot.code, 1_500_000)

    def post(what: str, body: dict[str, object], key: str) -> tuple[int, dict[str, object]]:
        answer = client.post(f"/api/lots/{lot.code}/{what}/", body, content_type="application/json", headers={"Idempotency-Key": key})
        return answer.status_code, answer.json()

    assert post("seals", {"commitment": "X"}, "00000000-0000-4000-8000-000000000001")[0] == 400
    assert post("seals", {"commitment": slip.commitment}, "00000000-0000-4000-8000-000000000002")[0] == 201
    end(lot)
    status, told = post("reveals", {"amount_fen": 1_500_001, "salt": slip.salt.hex()}, "00000000-0000-4000-8000-000000000003")
    assert (status, told["code"]) == (422, "trading.bid.reveal_mismatch")
    assert post("reveals", {"amount_fen": 1_500_000, "salt": slip.salt.hex()}, "00000000-0000-4000-8000-000000000004")[0] == 201
    assert fresh(lot).status == "awarded"


@covers("C7")
def test_why_asks_a_sealed_lots_own_questions() -> None:
    lot, (a,), _ = sealed_lot("first_price", 15_000)
    assert "密封方式" in shown(signed_in(a), room(lot) + "why/")
    refused("trading.bid.not_registered", seal, lot, make_buyer(), 1)
