"""The Dutch clock of a lot 荷式时钟: what it asks at an instant, and when it asks less. Time stands still while the lot is halted."""

from __future__ import annotations

from datetime import datetime, timedelta

from trading.auctions.dutch import DutchTerms, clock_price
from trading.models import Auction

__all__ = ["asked_at", "length_of", "next_step_at", "steps_at", "steps_of", "terms_of_clock"]


def steps_of(start_fen: int, floor_fen: int, step_fen: int) -> int:
    """This will count the steps from the start down to the floor."""
    return -(-(start_fen - floor_fen) // step_fen)


def length_of(start_fen: int, floor_fen: int, step_fen: int, seconds: int) -> timedelta:
    """This will tell how long the clock runs: every price it asks stands for one step, the floor too."""
    return timedelta(seconds=(steps_of(start_fen, floor_fen, step_fen) + 1) * seconds)


def terms_of_clock(lot: Auction) -> DutchTerms:
    """This will return the lot's terms for the pure auction."""
    assert lot.clock_step_fen and lot.clock_floor_fen, "a Dutch lot has its clock"
    return DutchTerms(lot.start_price_fen, lot.clock_step_fen, lot.clock_floor_fen)


def steps_at(lot: Auction, at: datetime) -> int:
    """This will count whole steps gone by. They are counted back from the clock's end, which a halt moves by as long as it lasted."""
    terms = terms_of_clock(lot)
    assert lot.clock_seconds, "a Dutch lot has its clock"
    begun = lot.first_closes_at - length_of(terms.start, terms.floor, terms.step, lot.clock_seconds)
    return max(0, int((at - begun).total_seconds() // lot.clock_seconds))


def asked_at(lot: Auction, at: datetime) -> int:
    """This will return what the clock asks at an instant, in fen."""
    return clock_price(terms_of_clock(lot), steps_at(lot, at))


def next_step_at(lot: Auction, at: datetime) -> datetime:
    """This will return when the clock asks less, or ends."""
    terms = terms_of_clock(lot)
    assert lot.clock_seconds, "a Dutch lot has its clock"
    begun = lot.first_closes_at - length_of(terms.start, terms.floor, terms.step, lot.clock_seconds)
    return min(lot.first_closes_at, begun + timedelta(seconds=(steps_at(lot, at) + 1) * lot.clock_seconds))
