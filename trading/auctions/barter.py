"""Right for right 使用权互换: what two licences given for each other come to in money. Pure, so that it can be tried a thousand times.

Each licence is traded at the fair value its giver declares. Nobody pays the value: it goes from the set-off account into the trade's escrow
and comes back when the trade is settled. What is money stays money: the venue's charges, the levy, what a giver owes those it shares
with, and the difference of the two values where the sides agree that it is paid.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trading.auctions.bargain import Terms

__all__ = ["DIFFERENCES", "Bill", "Leg", "Swap", "bill_of", "differs", "far_from", "payer_of", "postings"]

#: What becomes of the difference of two values: there is none, it is waived in so many words, or it is paid.
DIFFERENCES = ("none", "waived", "paid")


@dataclass(frozen=True)
class Swap:
    """What an offer of a barter says: the licence each side gives, its price the value declared; what becomes of the difference."""

    proposer: Terms
    partner: Terms
    difference: str = "none"

    def given_by(self, side: str) -> Terms:
        """The licence that a side gives."""
        return self.proposer if side == "proposer" else self.partner


@dataclass(frozen=True)
class Leg:
    """One licence of a barter in money, in fen: its value, and of it what is not the giver's; ``buyer_fee_fen`` is beside it."""

    value_fen: int
    buyer_fee_fen: int = 0
    seller_fee_fen: int = 0
    levy_fen: int = 0
    partners_fen: int = 0

    @property
    def money_fen(self) -> int:
        """What its giver pays in money for having given it: charges, levy, and the shares of others."""
        return self.seller_fee_fen + self.levy_fen + self.partners_fen

    @property
    def own_fen(self) -> int:
        """What is the giver's own of the value: the other licence is its return."""
        return self.value_fen - self.money_fen


@dataclass(frozen=True)
class Bill:
    """What one side pays in money when a barter is concluded."""

    buyer_fee_fen: int
    seller_fee_fen: int
    levy_fen: int
    partners_fen: int
    difference_fen: int

    @property
    def total_fen(self) -> int:
        return self.buyer_fee_fen + self.seller_fee_fen + self.levy_fen + self.partners_fen + self.difference_fen


def differs(swap: Swap) -> int:
    """This will return by how much the two values differ."""
    return abs(swap.proposer.price_fen - swap.partner.price_fen)


def payer_of(swap: Swap) -> str:
    """This will name the side that pays the difference: who gives the lower value; '' where nothing is paid."""
    if swap.difference != "paid" or not differs(swap):
        return ""
    return "proposer" if swap.proposer.price_fen < swap.partner.price_fen else "partner"


def bill_of(swap: Swap, side: str, legs: Mapping[str, Leg]) -> Bill:
    """This will add up what a side pays in money: charges as buyer of the other licence and as seller of its own, the difference."""
    gives, gets = legs[side], legs["partner" if side == "proposer" else "proposer"]
    difference = differs(swap) if payer_of(swap) == side else 0
    return Bill(gets.buyer_fee_fen, gives.seller_fee_fen, gives.levy_fen, gives.partners_fen, difference)


def postings(swap: Swap, legs: Mapping[str, Leg]) -> dict[str, int]:
    """This will tell what moves when a barter is concluded: out of each side's money, into each trade's escrow, through the set-off.

    It sums to zero. The set-off is left owing what the givers' own parts of the two values bring back when the trades are settled, and
    holding the difference until then.
    """
    bills = {side: bill_of(swap, side, legs) for side in legs}
    moved = {f"{side}.money": -bill.total_fen for side, bill in bills.items()}
    moved |= {f"{side}.escrow": leg.value_fen + leg.buyer_fee_fen for side, leg in legs.items()}
    held = sum(bill.difference_fen for bill in bills.values())
    return {**moved, "set_off": held + sum(leg.money_fen - leg.value_fen for leg in legs.values())}


def far_from(value_fen: int, usual_fen: int | None, times: int) -> bool:
    """This will tell whether a declared value lies more than so many times above or below what is usual; unknown is not far."""
    return bool(usual_fen) and (value_fen > usual_fen * times or value_fen * times < usual_fen)  # type: ignore[operator]
