"""The client for programs: reads page by page, acts once however often a call is cut off, waits when told, says why it was refused."""

from __future__ import annotations

import re
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import exchange.client
from evidence.clock import MARKET_CLOCK
from evidence.operations import drain
from exchange.client import Challenge, Client, Refused, Unanswered
from kit.actors import Actor
from kit.coverage import covers
from participants.models import Organization, User
from participants.operations import issue_token
from participants.webhooks import signature_of
from tests.factories import make_organization
from tests.receivers import receiver, say
from tests.trading.deals import negotiable
from tests.trading.test_trial_api import csv
from tests.trading.trials import KEYS, TRUTH, wrong_in
from tests.trading.worlds import make_buyer, make_listing, make_lot, move, open_lot, seller_of, stand_still
from trading import tasks
from trading.models import Bid, Trade

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def program(live_server: Any) -> tuple[Client, Actor]:
    stand_still()
    buyer = make_buyer()
    ours, user = Organization.objects.get(pk=buyer.organization_id), User.objects.get(pk=buyer.user_id or 0)
    _token, clear = issue_token(user=user, organization=ours, name="bidder", scopes=["read", "trading"], days=30, actor=buyer,
                                clock=MARKET_CLOCK)
    return Client(live_server.url, key=clear, sleep=lambda _seconds: None), buyer


@covers("CAP-I6", "T5")
def test_a_program_bids_wins_pays_and_reads_what_happened(program: tuple[Client, Actor]) -> None:
    client, _buyer = program
    lots = [open_lot(listing=make_listing()) for _ in range(3)]
    assert {one["code"] for one in client.lots(status="open", limit=2)} == {one.code for one in lots}
    lot = make_lot()
    code = lot.code
    client.register(code)
    move(seconds=(lot.opens_at - MARKET_CLOCK.now()).total_seconds())
    tasks.open_due()
    told = client.bid(code, maximum_fen=3_000_000)
    assert told and Bid.objects.get().maximum_fen == 3_000_000
    move(days=2)
    tasks.close_due()
    [trade] = client.trades()
    assert client.pay(trade["code"])["status"] == "funded" and Trade.objects.get().code == trade["code"]
    drain()
    seen = [one["kind"] for one in client.changes(mine=True)]
    told_of = ["trading.trade.executed", "trading.trade.funded"]
    assert [one for one in seen if one in told_of] == told_of and seen == [one["kind"] for one in client.changes(mine=True)]


@covers("CAP-I6", "R112")
def test_programs_publish_enter_and_award_a_challenge(program: tuple[Client, Actor]) -> None:
    """The buyer's program and a seller's; the seller's answers 18 of 20 right, of which the truth is not in what it downloads."""
    client, _buyer = program
    listing = negotiable(seller=make_organization())
    seller = seller_of(listing)
    _token, clear = issue_token(user=User.objects.get(pk=seller.user_id or 0), organization=Organization.objects.get(
        pk=seller.organization_id), name="seller", scopes=["read", "trading"], days=30, actor=seller, clock=MARKET_CLOCK)
    theirs = Client(client.address, key=clear, sleep=lambda _seconds: None)
    terms: Challenge = {"measure": "accuracy", "weight": 60, "least_ppm": 600_000,
                        "questions": csv(dict.fromkeys(KEYS, "40"), "key,length"), "answers": csv(TRUTH)}
    demand = client.demand(title="船型识别", need="按雷达回波识别船型", purpose="industry", challenge=terms,
                           closes_at=(MARKET_CLOCK.now() + timedelta(days=2)).isoformat())["code"]
    assert theirs.trial(demand)["items"] == 20 and "cargo" not in theirs.trial_table(demand, "questions")
    theirs.give_quote(demand, listing=listing.code, price_fen=900_000, answers=csv(wrong_in(2)))
    move(days=2)
    tasks.end_talks()
    [entry] = client.trial(demand)["entries"]
    assert (entry["mark_ppm"], entry["points"], "seller" in entry) == (900_000, "94.00", False)
    assert client.award(demand, entry=entry["entry"])["status"] == "awarded"
    assert theirs.trial_table(demand, "answers") == csv(TRUTH)


@covers("CAP-I6", "T6")
def test_a_call_that_is_cut_off_is_made_once(program: tuple[Client, Actor], monkeypatch: pytest.MonkeyPatch) -> None:
    """The server has done it and the answer is lost, four times. The naive client draws a fresh key each time: its bid is another bid."""
    client, buyer = program
    lot = open_lot(buyer, listing=make_listing())
    whole, heard = Client._once, []

    def deaf(self: Client, *call: Any) -> Any:
        heard.append(whole(self, *call))
        if len(heard) < 5:
            raise ConnectionResetError("cut")
        return heard[-1]

    monkeypatch.setattr(Client, "_once", deaf)
    assert client.bid(lot.code, maximum_fen=3_000_000) == heard[0] and len(heard) == 5 and Bid.objects.count() == 1
    for _again in range(2):
        client.bid(lot.code, maximum_fen=3_000_000 + 1_000_000 * (1 + _again))
    assert Bid.objects.count() == 3, "a fresh key is a fresh act"
    heard.clear()
    with pytest.raises(Unanswered):
        Client(client.address, key=client.key, tries=2, sleep=lambda _s: None).get("/api/lots/")


@covers("CAP-I6")
def test_a_refusal_says_what_where_and_how_to_mend_it(program: tuple[Client, Actor]) -> None:
    client, _buyer = program
    lot = open_lot(listing=make_listing())
    with pytest.raises(Refused) as no:
        client.bid(lot.code, maximum_fen=3_000_000)
    assert no.value.status in (403, 409) and no.value.code.startswith("trading.") and no.value.next
    with pytest.raises(Refused) as field:
        client.act(f"/api/lots/{lot.code}/bids/", {"maximum_fen": "much"})
    assert field.value.status == 400 and field.value.errors[0]["field"] == "maximum_fen"


def test_a_call_that_is_told_to_wait_waits_as_long_as_it_is_told() -> None:
    waited: list[float] = []
    with receiver() as busy:
        busy.answer = lambda handler: say(handler, 429 if len(busy.calls) < 3 else 503, **{"Retry-After": "7"})
        with pytest.raises(Refused) as no:
            Client(busy.url.removesuffix("/in"), sleep=waited.append, tries=4).get("/api/lots/")
        assert waited == [7.0, 7.0, 7.0] and no.value.status == 503 and len(busy.calls) == 4


@covers("CAP-I6")
def test_the_recipe_runs_as_written(program: tuple[Client, Actor], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every piece of docs/connect-a-program.md: bids, reads on, and takes a signed call once."""
    client, buyer = program
    lot = open_lot(buyer, listing=make_listing())
    monkeypatch.setitem(sys.modules, "client", exchange.client)
    recipe = (Path(__file__).resolve().parents[2] / "docs/connect-a-program.md").read_text(encoding="utf-8")
    bids, reads, receives, rows = re.findall(r"```python\n(.*?)```", recipe, re.S)
    space: dict[str, Any] = {}
    exec(bids.replace("https://exchange.example", client.address).replace("dxt_…", client.key), space)
    assert Bid.objects.get().maximum_fen == 1_300_000 and Bid.objects.get().auction == lot
    drain()
    handled: list[Any] = []
    space |= {"handle": handled.append, "where_i_stopped": 0}
    exec(reads, space)
    assert handled and space["where_i_stopped"] == handled[-1]["position"] + 1
    seen: set[str] = set()
    space |= {"SECRET": SECRET, "handle": lambda event: seen.add(event["id"]), "seen": lambda ident: ident in seen}
    exec(receives, space)
    stamp, body = str(int(time.time())), b'{"id": "WHK-1-7"}'
    for _twice in range(2):
        space["received"]({"webhook-id": "WHK-1-7", "webhook-timestamp": stamp,
                           "webhook-signature": signature_of(SECRET, "WHK-1-7", stamp, body)}, body)
    assert seen == {"WHK-1-7"}
    from delivery.models import DataUse
    from tests.delivery.calls import ROWS, api_listing, hand_over, keyed

    one = hand_over(api_listing(), buyer)
    kept: list[tuple[str, str]] = []
    space |= {"keep": lambda city, count: kept.append((city, count))}
    rows = rows.replace("DLV-…", one.code).replace("dk_…", keyed(one, buyer).secret)
    exec(rows, space)
    assert kept == [(city, count) for city, count, _level in ROWS if city == "上海"]
    calls = DataUse.objects.filter(refused="").count()
    exec(rows, space)
    assert DataUse.objects.filter(refused="").count() == calls, "the same run again counts nothing"
