"""What an agreed price asks, whatever way led to it: the same as a purchase, asked again at the end (R5, R18, R30)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from statistics import median_low

from compliance.rules.equal_terms import EXCEPTIONS, FEWEST
from compliance.taxonomy import CirculationMode
from evidence.prepared import ask
from kit.coverage import covers
from kit.money import MAX_FEN
from kit.rejected import Rejected
from listings.buying import for_the_buyer
from listings.models import Listing, ListingVersion, SaleMode
from listings.piloting import pilot_room
from listings.queries import tradable
from participants.enrolments import of_enrolment
from participants.gates import Gate, capable
from participants.models import Organization
from participants.roles import Capability
from participants.timers import before
from trading.auctions.bargain import Terms
from trading.gates import apart, sold_out
from trading.models import Auction, Trade
from trading.public_uses import FREE, takes_free
from trading.states import ACTIVE_LOTS, TradeStatus

__all__ = ["equals_pay", "ground_needed", "of_dealing", "price_cap"]


def price_cap(version: ListingVersion, at: datetime) -> int | None:
    """This will return the most a licence of the version may cost; None where the market decides (one SQL function answers)."""
    cap = ask("SELECT listings_price_cap(%s, %s)", [version.pk, at])[0][0]
    return None if cap is None else int(cap)


@covers("CAP-E4", "R18", "R44", "R53")
def of_dealing(listing: Listing, version: ListingVersion, buyer: Organization, terms: Terms, *, auctioned: bool = False,
               at: datetime) -> Iterator[Gate]:
    """This will ask what a deal asks of its object, its two sides and its terms; the listing may be locked by the caller.

    ``auctioned``: of a lot whose winner did not pay, which is sold after all.
    """
    talked_about = auctioned or version.sale_mode != SaleMode.AUCTION
    open_to_talk = version.circulation == CirculationMode.TRADE and talked_about and not _in_auction(listing)
    yield Gate(("可以协商的挂牌", "The listing is open to bargains"),
               None if open_to_talk else Rejected("trading.deal.not_negotiable", listing=listing.code))
    code = tradable(listing, at=at)
    yield Gate(("标的仍可交易", "The listing can be traded"),
               Rejected(code, listing=listing.code, organization=listing.organization.code) if code else None)
    yield capable(buyer, Capability.BID, at=at)
    yield from apart(listing, buyer, at)
    yield from for_the_buyer(listing, buyer, at=at)
    if terms.price_fen:
        yield of_enrolment(buyer, listing.venue)
    free = takes_free(version) and (not terms.purpose or terms.purpose in FREE)
    yield Gate(("不是无偿提供的公共数据", "Not public data that is given free"),
               Rejected("trading.deal.free_use", listing=listing.code) if free else None)
    yield from _of_terms(listing, version, terms, auctioned, at)
    full = pilot_room(listing=listing, buyer=buyer, price_fen=min(terms.price_fen, MAX_FEN), at=at)
    yield Gate(("试点额度未用完", "Within what its pilot allows"), Rejected(full, listing=listing.code) if full else None)
    yield Gate(("还有许可可售", "Licences are left"), sold_out(listing, version))


def _in_auction(listing: Listing) -> bool:
    return Auction.objects.filter(listing=listing, status__in=ACTIVE_LOTS).exists()


def _of_terms(listing: Listing, version: ListingVersion, terms: Terms, auctioned: bool, at: datetime) -> Iterator[Gate]:
    yield Gate(("价格是不小于零的整分金额", "The price is a sum of money, zero or more"),
               None if 0 <= terms.price_fen <= MAX_FEN else Rejected("trading.deal.bad_price", listing=listing.code))
    cap = price_cap(version, at)
    above = cap is not None and terms.price_fen > cap
    yield Gate(("不高于核定的上限", "Not above the guided cap"),
               Rejected("trading.deal.above_cap", listing=listing.code, cap_fen=cap, price_fen=terms.price_fen) if above else None)
    purposes = [str(one) for one in version.use_terms.get("purposes", [])]
    foreign = bool(purposes) and not auctioned and "*" not in purposes and terms.purpose not in purposes
    yield Gate(("用途在许可范围内", "The purpose is among those licensed"),
               Rejected("trading.purchase.purpose", listing=listing.code) if foreign else None)
    longest = version.use_terms.get("term_days")
    too_long = bool(longest) and terms.term_days is not None and terms.term_days > int(longest)
    yield Gate(("期限不超过登记的使用期", "No longer than the term registered"),
               Rejected("trading.deal.too_long", listing=listing.code, days=longest) if too_long else None)
    low = [one for one in (terms.seats, terms.term_days) if one is not None and not 1 <= one <= 100_000]
    yield Gate(("席位与期限为正整数", "Seats and term are whole numbers above zero"),
               Rejected("trading.deal.bad_terms", listing=listing.code) if low else None)


def equals_pay(listing: Listing, *, at: datetime) -> int | None:
    """This will return the median of what others paid for the listing within a year; None for fewer than three (too few are no terms)."""
    rows = Trade.objects.priced().filter(listing=listing, channel="on_exchange", executed_at__gt=before("competition.period", at))
    paid = list(rows.exclude(state__status__in=(TradeStatus.CANCELLED, TradeStatus.DEFAULTED, TradeStatus.UNWOUND)).values_list(
        "price_fen", flat=True))
    return median_low(paid) if len(paid) >= FEWEST else None


@covers("R24")
def ground_needed(listing: Listing, price_fen: int, ground: str, *, at: datetime) -> Gate:
    """This will ask a seller that asks one buyer more than its equals paid to name which statutory exception it rests on."""
    usual = equals_pay(listing, at=at)
    known = ground in EXCEPTIONS or ground == ""
    unlike = usual is not None and price_fen > usual and not ground
    return Gate(("与同等交易相对人条件一致，或有法定理由", "Terms equal to those of equals, or a statutory ground"),
                Rejected("trading.deal.unequal", listing=listing.code, usual_fen=usual or 0, price_fen=price_fen)
                if unlike or not known else None)
