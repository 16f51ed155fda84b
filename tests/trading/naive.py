"""Slow, obvious twins of the auction functions: the oracles the fast ones are compared with."""

from __future__ import annotations


def step_naive(rows, price):
    for below, step, bps in rows:
        if below is None or price < below:
            share = 0
            while share * 10000 < price * bps:  # rounded up
                share += 1
            return max(step, share)
    raise AssertionError("a table ends without bound")


def best_naive(maxima, exclude=None):
    """The highest (maximum, seq, bidder), the earlier of equals, looked up anew each time."""
    found = None
    for maximum, seq, bidder in maxima:
        if bidder != exclude and (found is None or maximum > found[0] or (maximum == found[0] and seq < found[1])):
            found = (maximum, seq, bidder)
    return found


def price_naive(start, rows, reserve, maxima):
    """What everybody sees for these maxima, step by step."""
    top = best_naive(maxima)
    rival = best_naive(maxima, exclude=top[2])
    shown = start
    if rival is not None:
        wanted = rival[0] + step_naive(rows, rival[0])
        if wanted > top[0]:
            wanted = top[0]
        if wanted > shown:
            shown = wanted
    if reserve and top[0] >= reserve and shown < reserve:
        shown = reserve
    return shown


def english_naive(start, rows, reserve, bids, strict=True):
    """Replays (bidder, maximum) one at a time, keeping every maximum ever named; a row ("ok", leader, price) or ("no", code, least)."""
    maxima, answers = [], []
    for bidder, maximum in bids:
        top, code = best_naive(maxima), "trading.bid.too_low"
        if not strict:
            least = 1
        elif top is None:
            least = start
        elif top[2] == bidder:
            least, code = top[0] + 1, "trading.bid.not_above_own"
        else:
            shown = price_naive(start, rows, reserve, maxima)
            least = shown + step_naive(rows, shown)
        if maximum < least:
            answers.append(("no", code, least))
            continue
        maxima.append((maximum, len(maxima) + 1, bidder))
        answers.append(("ok", best_naive(maxima)[2], price_naive(start, rows, reserve, maxima)))
    return answers


def uniform_naive(bids, supply, reserve):
    """Each unit alone: list every unit wanted, take the best, charge the best unit not served."""
    units = [(-amount, seq, bidder) for seq, (bidder, amount, quantity) in enumerate(bids) if amount >= reserve for _ in range(quantity)]
    units.sort()
    served, rest = units[:supply], units[supply:]
    price = max([reserve, *[-one[0] for one in rest]])
    won = {}
    for _, _, bidder in served:
        won[bidder] = won.get(bidder, 0) + 1
    return won, (price if served else None)
