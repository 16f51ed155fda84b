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
from tests.properties.twins import (
    book_twin,
    bundles_twin,
    call_twin,
    dutch_twin,
    halves_twin,
    hybrid_twin,
    meeting_twin,
    posted_twin,
    sealed_twin,
    shares_twin,
)
from tests.trading.naive import english_naive
from trading.auctions import call, dutch, english, hybrid, mcafee, multi, order_book, posted, rsop, sealed, vcg
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


def running_book(rnd: random.Random) -> tuple[Any, Any]:
    """Orders of both sides one after the other, some taken back by whoever made them, some by another: trades unit by unit, what rests."""
    acts: list[tuple[str, str, int, int]] = []
    for number in range(rnd.randint(1, ACTS)):
        taken_back = number and rnd.random() < 0.15
        acts.append(("cancel", rnd.choice("abcde"), rnd.randint(1, number), 0) if taken_back
                    else (rnd.choice(["buy", "sell"]), rnd.choice("abcde"), rnd.randint(1, 30), rnd.randint(1, 6)))
    outcome = order_book.clear(
        order_book.Act("buy", Order(party, 0, seq), price) if word == "cancel" else order_book.Act(word, Order(party, price, seq, units))
        for seq, (word, party, price, units) in enumerate(acts, 1))
    trades = [(award.bidder, str(seller), award.price) for award, (seller, units) in zip(outcome.awards, outcome.facts["sold"], strict=True)
              for _ in range(int(str(units)))]
    return (trades, outcome.facts["resting"]), book_twin(acts)


def bundles(rnd: random.Random) -> tuple[Any, Any]:
    """Alternatives of up to five bidders over up to five items; amounts differ so much that one allocation is best."""
    items, bids = "ABCDE"[:rnd.randint(1, 5)], []
    amounts = rnd.sample(range(1, 1 << 30), 20)
    for number in range(rnd.randint(0, 5)):
        sets = {"".join(sorted(rnd.sample(items, rnd.randint(1, len(items))))) for _ in range(rnd.randint(1, 4))}
        bids.append((f"b{number}", [(one, amounts.pop()) for one in sorted(sets)]))
    outcome = vcg.clear(vcg.BundleBid(name, frozenset(one), amount) for name, offers in bids for one, amount in offers)
    given = {one.bidder: ("".join(outcome.facts["allocation"][one.bidder]), one.price) for one in outcome.awards}
    return (outcome.facts["welfare"], given), bundles_twin(bids)


def sampled_prices(rnd: random.Random) -> tuple[Any, Any]:
    amounts = [rnd.randint(1, 60) for _ in range(rnd.randint(0, ACTS))]
    seed = str(rnd.random())
    outcome = rsop.clear([Order(str(place), amount, place) for place, amount in enumerate(amounts)], seed)
    coins = random.Random(seed)
    heads = [coins.random() < 0.5 for _ in amounts]
    paid = [sum(one.price for one in outcome.awards if heads[int(one.bidder)] == side) for side in (True, False)]
    halves = ([amount for amount, head in zip(amounts, heads, strict=True) if head == side] for side in (True, False))
    return tuple(paid), halves_twin(*halves)


def double_auction(rnd: random.Random) -> tuple[Any, Any]:
    bids, asks = ([rnd.randint(0, 40) for _ in range(rnd.randint(0, ACTS // 2))] for _ in range(2))
    outcome = mcafee.clear(*([Order(str(place), amount, place) for place, amount in enumerate(side)] for side in (bids, asks)))
    paid, sold = sum(one.price for one in outcome.awards), outcome.facts["sold"]
    handed_on = (outcome.facts["sellers_get"] or 0) * len(sold)
    return ([int(one.bidder) for one in outcome.awards], [int(one) for one in sold], paid, handed_on), meeting_twin(bids, asks)


MECHANISMS: dict[str, Trial] = {one.__name__: one for one in (
    english_auction, first_price, second_price, dutch_clock, hybrid_lot, call_auction, posted_price, many_licences, running_book, bundles,
    sampled_prices, double_auction)}


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


def the_newcomers_price(side: str, newcomer: Order, there: Order) -> bool:
    return newcomer.amount > there.amount if side == "buy" else newcomer.amount < there.amount


def the_runner_up_is_what_one_pays(bids: Any) -> Any:
    outcome = _VCG(bids)
    return replace(outcome, awards=tuple(replace(one, price=max(0, one.price - 1)) for one in outcome.awards))


def the_lower_of_equal_prices(amounts: list[int]) -> int | None:
    return min(((-amount * sum(one >= amount for one in amounts), amount) for amount in amounts), default=(0, None))[1]


def the_later_of_equals_trades(bids: list[Order], asks: list[Order]) -> Any:
    return _MCAFEE([replace(one, seq=-one.seq) for one in bids], asks)


_VCG, _MCAFEE = vcg.clear, mcafee.clear
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
    ("running_book", "trading.auctions.order_book._meets", the_newcomers_price),
    ("bundles", "trading.auctions.vcg.clear", the_runner_up_is_what_one_pays),
    ("sampled_prices", "trading.auctions.rsop.optimal_price", the_lower_of_equal_prices),
    ("double_auction", "trading.auctions.mcafee.clear", the_later_of_equals_trades),
]


@pytest.mark.parametrize(("name", "where", "wrong"), WRONG, ids=[one[0] for one in WRONG])
def test_a_rule_that_is_a_little_wrong_is_found(name: str, where: str, wrong: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(where, wrong)
    assert differing(MECHANISMS[name], 200)
