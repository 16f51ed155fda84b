"""Slow twins of whole histories: each keeps everything that was ever done and works the answer out anew, one unit or step at a time."""

from __future__ import annotations

from typing import Any

__all__ = ["call_twin", "dutch_twin", "hybrid_twin", "posted_twin", "sealed_twin", "shares_twin"]


def sealed_twin(acts: list[tuple[Any, ...]], floor: int, second: bool) -> tuple[str | None, int | None]:
    """Walks the acts (seal, open, bar) in order; at the end looks for the best opened amount by going through all pairs."""
    sealed: list[tuple[int, str, int]] = []
    opened: set[int] = set()
    barred: set[str] = set()
    for place, act in enumerate(acts):
        if act[0] == "seal" and act[1] not in barred:
            sealed.append((place, act[1], act[2]))
        elif act[0] == "open":
            mine = [one for one in sealed if one[1] == act[1]]
            if mine:
                opened.add(mine[-1][0])
        elif act[0] == "bar":
            barred.add(act[1])
    live = []
    for bidder in {one[1] for one in sealed} - barred:
        last = [one for one in sealed if one[1] == bidder][-1]
        if last[0] in opened and last[2] >= floor:
            live.append(last)
    for one in live:
        if all(one is other or one[2] > other[2] or (one[2] == other[2] and one[0] < other[0]) for other in live):
            rivals = [other[2] for other in live if other is not one]
            return one[1], max([floor, *rivals]) if second else one[2]
    return None, None


def dutch_twin(acts: list[tuple[Any, ...]], start: int, step: int, floor: int) -> tuple[str | None, int | None]:
    """Runs the clock one step at a time; at each step asks everybody, in order of arrival, whether the price will do."""
    price = start
    while True:
        for act in acts:
            if act[1] >= price:
                return act[0], price
        if price == floor:
            return None, None
        price = max(floor, price - step)


def hybrid_twin(takes: list[tuple[str, int]], seals: list[tuple[str, int]], best: int | None, clock: tuple[int, int, int]) -> Any:
    """Runs the clock step by step, then asks each sealed bid in turn whether it beats what leads; at last the taker's one best bid."""
    start, step, floor = clock
    taker, price = dutch_twin(list(takes), start, step, floor)
    if taker is None:
        return None, None
    leads, amount = taker, price
    newest: dict[str, int] = {}
    order: list[str] = []
    for bidder, sealed in seals:
        if bidder != taker:
            order = [one for one in order if one != bidder] + [bidder]
            newest[bidder] = sealed
    for bidder in order:
        if newest[bidder] > amount:
            leads, amount = bidder, newest[bidder]
    if best is not None and best >= amount:
        leads, amount = taker, best
    return leads, amount


def call_twin(bids: list[tuple[str, int, int]], asks: list[tuple[str, int, int]], reference: int | None) -> tuple[int, int | None]:
    """Tries every whole price there is and trades unit by unit; then least left over, nearest the reference, lowest."""
    best: tuple[Any, ...] | None = None
    for price in range(1 + max([one[1] for one in (*bids, *asks)], default=0)):
        if not any(one[1] == price for one in (*bids, *asks)):
            continue
        wants = [one for one in bids if one[1] >= price for _ in range(one[2])]
        gives = [one for one in asks if one[1] <= price for _ in range(one[2])]
        traded, left = 0, [len(wants), len(gives)]
        while left[0] and left[1]:
            left, traded = [left[0] - 1, left[1] - 1], traded + 1
        rank = (-traded, max(left), abs(price - reference) if reference is not None else 0, price)
        if best is None or rank < best:
            best = rank
    return (0, None) if best is None or best[0] == 0 else (-best[0], best[3])


def posted_twin(orders: list[tuple[str, int, int]], price: int, stock: int) -> tuple[list[tuple[str, int]], int]:
    """Takes licences out of a heap one after the other; who cannot be served whole puts back what was taken."""
    heap, sold = list(range(stock)), []
    for bidder, amount, quantity in orders:
        if amount < price:
            continue
        taken = []
        while heap and len(taken) < quantity:
            taken.append(heap.pop())
        if len(taken) == quantity:
            sold.append((bidder, quantity))
        else:
            heap += taken
    return sold, len(heap)


def shares_twin(orders: list[tuple[str, int, int]], supply: int, reserve: int) -> tuple[dict[str, int], int | None, int]:
    """Every unit on its own: (units by bidder, the uniform price, what pay-as-bid takes in)."""
    units = sorted((-amount, place, bidder) for place, (bidder, amount, quantity) in enumerate(orders) if amount >= reserve
                   for _ in range(quantity))
    served, short = units[:supply], units[supply:]
    won: dict[str, int] = {}
    for _, _, bidder in served:
        won[bidder] = won.get(bidder, 0) + 1
    return won, max([reserve, *(-one[0] for one in short)]) if served else None, sum(-one[0] for one in served)


def book_twin(acts: list[tuple[str, str, int, int]]) -> tuple[list[tuple[str, str, int]], list[int]]:
    """Every unit is a row of its own on one unsorted list, searched through for each that arrives: (trades unit by unit, units left)."""
    rows: list[tuple[str, str, int, int]] = []  # (side, party, price, when)
    trades: list[tuple[str, str, int]] = []
    for when, (word, party, price, units) in enumerate(acts, 1):
        if word == "cancel":
            rows = [one for one in rows if not (one[3] == price and one[1] == party)]
            continue
        stopped = False
        for _ in range(units):
            best = None
            for one in rows:
                if one[0] == word or (one[2] > price if word == "buy" else one[2] < price):
                    continue
                better = best is None or (one[2] < best[2] if word == "buy" else one[2] > best[2])
                if better or (best is not None and one[2] == best[2] and one[3] < best[3]):
                    best = one
            if best is None:
                rows.append((word, party, price, when))
            elif best[1] == party:
                stopped = True
            else:
                rows.remove(best)
                trades.append((party, best[1], best[2]) if word == "buy" else (best[1], party, best[2]))
            if stopped:
                break
    return trades, [sum(one[0] == side for one in rows) for side in ("buy", "sell")]


def bundles_twin(bids: list[tuple[str, list[tuple[str, int]]]]) -> tuple[int, dict[str, tuple[str, int]]]:
    """Every way to give each bidder one of its bundles or none: the best worth, and what each winner pays by leaving it out."""
    def best(of: list[tuple[str, list[tuple[str, int]]]]) -> tuple[int, dict[str, tuple[str, int]]]:
        found: tuple[int, dict[str, tuple[str, int]]] = (0, {})
        ways: list[dict[str, tuple[str, int]]] = [{}]
        for name, offers in of:
            ways = [*ways, *({**way, name: offer} for way in ways for offer in offers
                             if not set(offer[0]) & {item for held in way.values() for item in held[0]})]
        for way in ways:
            if (worth := sum(amount for _, amount in way.values())) > found[0]:
                found = worth, way
        return found

    welfare, given = best(bids)
    return welfare, {name: (items, best([one for one in bids if one[0] != name])[0] - (welfare - amount))
                     for name, (items, amount) in given.items()}


def halves_twin(left: list[int], right: list[int]) -> tuple[int, int]:
    """What each half pays in all at the price that earns most from the other: every whole price is tried, the higher of equals kept."""
    def price(of: list[int]) -> int | None:
        tried = [(amount * sum(one >= amount for one in of), amount) for amount in range(1, max(of, default=0) + 1)]
        return max(tried)[1] if tried else None

    asked = price(right), price(left)
    return tuple(sum(ask for one in half if ask is not None and one >= ask) for half, ask in zip((left, right), asked, strict=True))


def meeting_twin(bids: list[int], asks: list[int]) -> tuple[list[int], list[int], int, int]:
    """McAfee's rule by hand: who buys, who sells (places), what is paid in all and what is handed on."""
    buys, sells = sorted(range(len(bids)), key=lambda one: (-bids[one], one)), sorted(range(len(asks)), key=lambda one: (asks[one], one))
    pairs = [pair for pair in zip(buys, sells, strict=False) if bids[pair[0]] >= asks[pair[1]]]
    count = len(pairs)
    if 0 < count < min(len(bids), len(asks)):
        middle = (bids[buys[count]] + asks[sells[count]]) // 2
        if all(asks[sell] <= middle <= bids[buy] for buy, sell in pairs):
            return [buy for buy, _ in pairs], [sell for _, sell in pairs], middle * count, middle * count
    if not pairs:
        return [], [], 0, 0
    *kept, (last_buy, last_sell) = pairs
    return [buy for buy, _ in kept], [sell for _, sell in kept], bids[last_buy] * len(kept), asks[last_sell] * len(kept)
