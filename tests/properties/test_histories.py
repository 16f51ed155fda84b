"""T15: random histories of up to 50 acts, each mechanism beside its slow twin; no difference. The seed is named by the test that fails.

``FULL=1`` runs the published 2,000 histories a mechanism, otherwise a tenth; ``SEED=…`` begins elsewhere. The last test keeps a
wrong variant of each rule, one tie or one unit off, and shows that the same histories find it.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kit.coverage import covers
from tests.properties.twins import call_twin, dutch_twin, hybrid_twin, posted_twin, sealed_twin, shares_twin
from tests.trading.naive import english_naive
from trading.auctions import call, dutch, english, hybrid, multi, posted, sealed
from trading.auctions.english import Book, EnglishTerms, place
from trading.auctions.rules import Increments, Order, Refused
from trading.replays import replayed

HISTORIES = 2000 if os.environ.get("FULL") == "1" else 200
SEED = int(os.environ.get("SEED", "20261129"))
ACTS = 50
TABLES = ([[None, 1, 0]], [[None, 7, 0]], [[50, 2, 0], [150, 5, 0], [None, 11, 0]], [[None, 1, 1000]])
place_bid = place
Trial = Callable[[random.Random], tuple[Any, Any]]


def english_auction(rnd: random.Random) -> tuple[Any, Any]:
    """Bids one after the other: each answer, the leader and the price beside those of the twin; then some bidder's are voided."""
    table, start, reserve = rnd.choice(TABLES), rnd.randint(1, 200), rnd.choice([0, rnd.randint(1, 400)])
    bids = [(rnd.choice("abcde"), rnd.randint(1, 500)) for _ in range(rnd.randint(1, ACTS))]
    terms, book, answers, kept = EnglishTerms(start, Increments.read(table), reserve), Book(), [], []
    for bidder, maximum in bids:
        answer = place_bid(terms, book, bidder, maximum)
        if isinstance(answer, Refused):
            answers.append(("no", answer.code, answer.minimum))
        else:
            book = answer
            kept.append(Order(bidder, maximum, book.seq))
            answers.append(("ok", book.leader, book.price))
    stopped = rnd.choice("abcde")
    left = [one for one in kept if one.bidder != stopped]
    again = english.refold(EnglishTerms(start, Increments.read(table), reserve, False), left, book.seq)
    loose = english_naive(start, table, reserve, [(one.bidder, one.amount) for one in left], strict=False)
    after = (again.leader, again.price) if again.leader else (None, None)
    return (answers, after), (english_naive(start, table, reserve, bids), loose[-1][1:] if loose else (None, None))


def _transcript(acts: list[tuple[Any, ...]], floor: int, how: str) -> dict[str, Any]:
    """The acts as the room would write them down: paddles, seals in order, what was opened, who was barred."""
    paddles, seals, barred = {name: number for number, name in enumerate("abcde", 1)}, [], []
    for place_, act in enumerate(acts):
        if act[0] == "seal" and paddles[act[1]] not in barred:
            seals.append({"seq": place_, "paddle": paddles[act[1]], "opened": None, "fen": act[2]})
        elif act[0] == "open":
            mine = [one for one in seals if one["paddle"] == paddles[act[1]]]
            if mine:
                mine[-1]["opened"] = {"fen": mine[-1]["fen"]}
        elif act[0] == "bar":
            barred.append(paddles[act[1]])
    return {"mechanism": how, "seals": seals, "barred": barred, "floor_fen": floor, "cap_fen": None}


def _sealed(rnd: random.Random, how: str) -> tuple[Any, Any]:
    floor = rnd.randint(1, 60)
    acts: list[tuple[Any, ...]] = []
    for _ in range(rnd.randint(1, ACTS)):
        word = rnd.choice(["seal"] * 5 + ["open"] * 5 + ["bar"] * (rnd.random() < 0.1))
        acts.append((word, rnd.choice("abcde"), rnd.randint(1, 100)))
    found = replayed(_transcript(acts, floor, how))
    winner, price = sealed_twin(acts, floor, how == "second_price")
    return (found["winner"], found["price_fen"]), ("abcde".index(winner) + 1 if winner else None, price)


def first_price(rnd: random.Random) -> tuple[Any, Any]:
    return _sealed(rnd, "first_price")


def second_price(rnd: random.Random) -> tuple[Any, Any]:
    return _sealed(rnd, "second_price")


def dutch_clock(rnd: random.Random) -> tuple[Any, Any]:
    start = rnd.randint(2, 300)
    floor, step = rnd.randint(1, start), rnd.randint(1, 40)
    acts = [(f"b{number}", rnd.randint(1, 320)) for number in range(rnd.randint(0, ACTS))]
    outcome = dutch.clear(dutch.DutchTerms(start, step, floor), [Order(name, amount, seq) for seq, (name, amount) in enumerate(acts, 1)])
    return (outcome.awards[0].bidder if outcome.awards else None, outcome.price), dutch_twin(acts, start, step, floor)


def hybrid_lot(rnd: random.Random) -> tuple[Any, Any]:
    """A lot as its transcript: who takes at which step, what the others seal and open, the taker's best bid."""
    start = rnd.randint(2, 300)
    floor, step = rnd.randint(1, start), rnd.randint(1, 40)
    takes = [(rnd.choice("abcde"), rnd.randint(1, 320)) for _ in range(rnd.randint(0, 5))]
    seals = [(rnd.choice("abcde"), rnd.randint(1, 320)) for _ in range(rnd.randint(0, ACTS))]
    best = rnd.choice([None, rnd.randint(1, 320)])
    first = dutch.clear(dutch.DutchTerms(start, step, floor), [Order(name, amount, seq) for seq, (name, amount) in enumerate(takes, 1)])
    if not first.awards or first.price is None:
        return (None, None), hybrid_twin(takes, seals, best, (start, step, floor))
    paddles = {name: number for number, name in enumerate("abcde", 1)}
    steps = next(n for n in range(400) if dutch.clock_price(dutch.DutchTerms(start, step, floor), n) == first.price)
    bids = [{"seq": 1, "paddle": paddles[first.awards[0].bidder], "steps": steps, "void": False}]
    if best is not None:
        bids.append({"seq": 2, "paddle": bids[0]["paddle"], "maximum_fen": best, "void": False})
    found = replayed({"mechanism": "hybrid", "start_price_fen": start, "clock": {"step_fen": step, "floor_fen": floor}, "bids": bids,
                      "barred": [], "cap_fen": None, "seals": [{"seq": seq, "paddle": paddles[name], "opened": {"fen": amount}}
                                                               for seq, (name, amount) in enumerate(seals, 1)]})
    winner, price = hybrid_twin(takes, seals, best, (start, step, floor))
    return (found["winner"], found["price_fen"]), (paddles[winner] if winner else None, price)


def call_auction(rnd: random.Random) -> tuple[Any, Any]:
    reference = rnd.choice([None, rnd.randint(1, 40)])
    both = [[(f"p{number}", rnd.randint(1, 40), rnd.randint(1, 6)) for number in range(rnd.randint(0, ACTS // 2))] for _ in range(2)]
    bids, asks = ([Order(name, amount, seq, units) for seq, (name, amount, units) in enumerate(side, 1)] for side in both)
    outcome = call.clear(bids, asks, reference)
    bought, sold = sum(one.quantity for one in outcome.awards), sum(units for _, units in outcome.facts.get("sold", []))
    assert bought == sold == outcome.facts["volume"], "what is bought is sold"
    return (outcome.facts["volume"], outcome.price), call_twin(*both, reference)


def posted_price(rnd: random.Random) -> tuple[Any, Any]:
    price, stock = rnd.randint(1, 50), rnd.randint(0, 60)
    orders = [(f"b{number}", rnd.randint(1, 90), rnd.randint(1, 5)) for number in range(rnd.randint(0, ACTS))]
    outcome = posted.clear([Order(name, amount, seq, units) for seq, (name, amount, units) in enumerate(orders, 1)], price, stock)
    return ([(one.bidder, one.quantity) for one in outcome.awards], outcome.facts["left"]), posted_twin(orders, price, stock)


def many_licences(rnd: random.Random) -> tuple[Any, Any]:
    """Uniform price and pay-as-bid on the same orders: the same licences, one price for all, or each at its own."""
    supply, reserve = rnd.randint(1, 40), rnd.randint(0, 50)
    orders = [(f"b{number}", rnd.randint(1, 90), rnd.randint(1, 5)) for number in range(rnd.randint(0, ACTS))]
    given = [Order(name, amount, seq, units) for seq, (name, amount, units) in enumerate(orders, 1)]
    one, each = multi.uniform(given, supply, reserve), multi.pay_as_bid(given, supply, reserve)
    assert {a.bidder: a.quantity for a in one.awards} == {a.bidder: a.quantity for a in each.awards}
    income = sum(a.price * a.quantity for a in each.awards)
    return ({a.bidder: a.quantity for a in one.awards}, one.price, income), shares_twin(orders, supply, reserve)


MECHANISMS: dict[str, Trial] = {one.__name__: one for one in (
    english_auction, first_price, second_price, dutch_clock, hybrid_lot, call_auction, posted_price, many_licences)}


def differing(trial: Trial, histories: int) -> list[int]:
    """The seeds of the histories on which mechanism and twin differ."""
    found = []
    for seed in range(SEED, SEED + histories):
        mine, slow = trial(random.Random(seed))
        if mine != slow:
            found.append(seed)
    return found


@covers("T15", "T21", "R45")
@pytest.mark.parametrize("name", MECHANISMS)
def test_every_random_history_ends_as_the_slow_twin_ends(name: str) -> None:
    assert differing(MECHANISMS[name], HISTORIES) == [], "seeds of the histories that differ"


# ---- the same histories find a rule that is a little wrong --------------------------------------------------------------------


def one_fen_more(terms: EnglishTerms, book: Book, bidder: str, maximum: int) -> Book | Refused:
    return place(terms, book, bidder, maximum + 1)


def the_later_of_equals_wins(orders: list[Order], floor: int) -> Any:
    return sealed.first_price([replace(one, seq=-one.seq) for one in orders], floor)


def not_a_price_of_the_clock(terms: dutch.DutchTerms, willing: int) -> int:
    return max(terms.floor, min(terms.start, willing))


def the_imbalance_is_not_looked_at(buys: list[Order], sells: list[Order], price: int) -> tuple[int, int]:
    return _CROSSED(buys, sells, price)[0], 0


def served_in_part(orders: list[Order], price: int, supply: int) -> Any:
    return _POSTED([replace(one, quantity=min(one.quantity, supply)) for one in orders], price, supply)


def nobody_goes_short(orders: list[Order], supply: int, reserve: int) -> Any:
    served, _short, refused = _SERVE(orders, supply, reserve)
    return served, reserve, refused


def the_taker_loses_ties(taken: Order | None, orders: list[Order], best: int | None, floor: int) -> Any:
    return _HYBRID(taken, orders, None if best is None else best - 1, floor)


_HYBRID = hybrid.clear
_CROSSED, _POSTED, _SERVE = call._crossed, posted.clear, multi._serve
WRONG: list[tuple[str, str, Any]] = [
    ("english_auction", f"{__name__}.place_bid", one_fen_more),
    ("first_price", "trading.replays.first_price", the_later_of_equals_wins),
    ("second_price", "trading.replays.second_price", sealed.first_price),
    ("dutch_clock", "trading.auctions.dutch._taken_at", not_a_price_of_the_clock),
    ("hybrid_lot", "trading.auctions.hybrid.clear", the_taker_loses_ties),
    ("call_auction", "trading.auctions.call._crossed", the_imbalance_is_not_looked_at),
    ("posted_price", "trading.auctions.posted.clear", served_in_part),
    ("many_licences", "trading.auctions.multi._serve", nobody_goes_short),
]


@pytest.mark.parametrize(("name", "where", "wrong"), WRONG, ids=[one[0] for one in WRONG])
def test_a_rule_that_is_a_little_wrong_is_found(name: str, where: str, wrong: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(where, wrong)
    assert differing(MECHANISMS[name], 200)
