"""Worlds of a holder: its runner with a folder, a key and what it allows; a line to the house that can be cut, doubled and forged."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client

from delivery.cleanroom.holder import Allowed, Keeper, Refused, Signed, offer_hash, work_once
from delivery.cleanroom.holding import access_paper, register_runner_key
from delivery.models import Delivery, Room
from delivery.operations import deliver, open_delivery
from evidence.clock import MARKET_CLOCK
from evidence.files import deposit
from evidence.keys import public_bytes, signing_key
from kit.actors import SYSTEM, Actor
from kit.ids import new_code
from ledger.operations import fund
from listings.models import Listing, ListingVersion
from participants.models import Organization
from tests.delivery.rooms import OFFER, SHA256, opened
from tests.delivery.worlds import make_buyer, make_listing, make_trade, pay, seller_of
from tests.exchange.worlds import signed_in

HEADING = ["住户", "城区", "用电"]


class Line:
    """The runner's line to the house, through the test's browser."""

    def __init__(self, browser: Client) -> None:
        self.browser, self.cut, self.sent = browser, False, list[tuple[str, Signed]]()

    def _ask(self, path: str, body: dict[str, Any], command: str) -> Any:
        reply = self.browser.post(path, json.dumps(body), content_type="application/json", headers={"Idempotency-Key": command})
        if reply.status_code != 200:
            raise Refused(f"{reply.status_code} {reply.json().get('code')}")
        return reply.json()

    def waiting(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.browser.get("/api/compute/jobs/").json()["items"]
        return items

    def take(self, code: str) -> Signed:
        said = self._ask(f"/api/compute/jobs/{code}/take/", {}, f"take-{code}")
        return Signed(said["job"], said["signature"])

    def answer(self, code: str, answer: Signed) -> None:
        if self.cut:
            raise OSError("the line is cut")
        self.sent.append((code, answer))
        self._ask(f"/api/compute/jobs/{code}/answer/", {"answer": answer.text, "signature": answer.signature}, f"answer-{code}")


class Runner:
    """A holder's runner as its program is: the same work, the same folder, a line of the test's."""

    def __init__(self, holder: Actor, place: Path, allowed: Allowed) -> None:
        self.line, self.keeper, self.allowed = Line(signed_in(holder)), Keeper(place / "state"), allowed
        self.key, self.house = Ed25519PrivateKey.generate(), public_bytes(signing_key()).hex()
        register_runner_key(organization=Organization.objects.get(pk=holder.organization_id), key=public_bytes(self.key).hex(),
                            actor=holder, clock=MARKET_CLOCK)

    def work(self, *files: Path) -> list[str]:
        return work_once(self.line, self.keeper, self.allowed, list(files), house=self.house, key=self.key)

    def signed(self, **said: Any) -> Signed:
        text = json.dumps(said, ensure_ascii=False)
        return Signed(text, self.key.sign(text.encode()).hex())

    def steps(self) -> list[str]:
        return [one["step"] for one in self.keeper.lines()]


def runner_of(holder: Actor, place: Path, *, rooms: Iterable[Room] = (), algorithms: Iterable[str] = ()) -> Runner:
    return Runner(holder, place, Allowed({one.code: (offer_hash(one.offer), 4_000_000) for one in rooms}, frozenset(algorithms)))


def held_listing() -> Listing:
    """A product whose file is known here by its hash and its columns alone."""
    listing = make_listing()
    ListingVersion.objects.filter(pk=listing.version_id).update(
        delivery_mode="clean_room", file_sha256=SHA256, columns=[{"name": one} for one in HEADING])
    return Listing.objects.select_related("version", "organization").get(pk=listing.pk)


def at_the_holder(place: Path, **terms: Any) -> tuple[Delivery, Runner]:
    """A room whose data stay with its holder, sold and handed over by its voucher, and the holder's runner."""
    listing = held_listing()
    holder = seller_of(listing)
    runner = runner_of(holder, place)
    room = opened(listing, place="holder", offer={**OFFER, "heading": HEADING}, **terms)
    runner.allowed = Allowed({room.code: (offer_hash(room.offer), 4_000_000)})
    buyer = make_buyer(1)
    fund(organization=buyer.organization, amount_fen=1_000_000, reference=new_code("FND"), actor=SYSTEM, clock=MARKET_CLOCK)
    one = open_delivery(trade=pay(make_trade(listing=listing, buyer=buyer)), actor=SYSTEM, clock=MARKET_CLOCK)
    assert one is not None
    return hand_over_room(one, holder), runner


def hand_over_room(one: Delivery, holder: Actor) -> Delivery:
    import io

    voucher = access_paper(one)
    assert voucher is not None
    paper = deposit(io.BytesIO(voucher), name="voucher.json", owner=one.seller.code, at=MARKET_CLOCK.now())
    return deliver(delivery=one, deposit=paper, actor=holder, clock=MARKET_CLOCK)
