"""Announcing a lot 公告: terms are taken from the published version and the venue's dated parameters, hashed and frozen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from string import ascii_uppercase
from typing import Any

from compliance.rules.circulation import refuse_unless_admitted
from compliance.taxonomy import Channel
from evidence.events import Commitment, new_salt
from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.money import MAX_FEN, bps_of
from kit.rejected import Rejected
from listings.models import Listing, ListingVersion, SaleMode
from listings.queries import tradable
from participants.models import Venue
from participants.permissions import require
from participants.queries import figures, parameter, refuse_unless_may
from participants.roles import VenueProfile
from trading import ticks
from trading.auctions.formats import formats_of
from trading.auctions.slips import MOST_ITEMS, MOST_UNITS, SEVERAL
from trading.books import public_terms, sha256_of
from trading.charging import charges_for
from trading.clock import length_of
from trading.events import AuctionAnnounced
from trading.models import CLOCK_FORMATS, OPENED_FORMATS, Auction, Basis, Phase, TickKind
from trading.queries import sold_of
from trading.sealing import SEALED
from trading.shortfalls import auctioned_again
from trading.states import ACTIVE_LOTS, AuctionStatus
from trading.venue_pilots import formats_open, room_for, take_room

__all__ = ["announce_auction", "least_minutes"]

#: Formats the floor offers; a venue may use fewer.
OFFERED = ("english", "dutch", *SEALED, "hybrid")
#: A lot is open at least this long.
least_minutes = 5


@operation("trading.auction.announce")
@covers("E10", "R45", "R51", "W12")
def announce_auction(*, listing: Listing, opens_at: datetime, closes_at: datetime | None = None, start_price_fen: int | None = None,
                     reserve_price_fen: int | None = None, format: str = "", supply: int | None = None, items: Sequence[str] = (),
                     floor_price_fen: int | None = None, reserve_told: bool = False, actor: Actor, clock: Clock) -> Auction:
    """This will announce a lot of the listing's published version; the notice of seven days runs from now.

    Start price, reserve and format are the version's unless given (English where it names none). A reserve is secret unless
    ``reserve_told``: then everybody reads it with the terms (Auction Law 28, 50). It may lie above the start price either way. Raises
    ``trading.auction.notice_too_short``, ``…times``, ``…price``, ``…format_not_allowed``, ``…one_running`` and whatever makes the
    listing not tradable.
    """
    at = clock.now()
    require(actor, "trading.auction.announce", subject=listing, at=at)
    listing = Listing.objects.select_related("venue", "organization", "version", "pilot").get(pk=listing.pk)
    refuse_unless_may(listing.organization, "list", at=at)
    if code := tradable(listing, at=at):
        raise Rejected(code, listing=listing.code)
    assert listing.version is not None, "a tradable listing has its version"
    refuse_unless_admitted(listing.version.circulation, Channel.ON_EXCHANGE, "announce", listing=listing.code)
    rules = figures("auction.notice_days", *_FIGURES, venue=listing.venue, at=at)
    format = format or listing.version.auction_terms.get("format") or "english"
    _check_format(listing, format, at)
    _check_notice(int(rules["auction.notice_days"]), opens_at, at)
    if running := Auction.objects.filter(listing=listing, status__in=ACTIVE_LOTS).first():
        raise Rejected("trading.auction.one_running", lot=running.code)
    several = _several(listing, listing.version, format, supply, items)
    hours = int(rules["auction.reveal_hours"])
    room = room_for(listing.venue, format, sector=listing.version.sector, seller=listing.organization, at=at,
                    winners=int(several.get("supply") or len(several.get("items") or ())),
                    ends=(closes_at or opens_at) + timedelta(hours=hours))
    given = {"several": several, "floor_fen": floor_price_fen, "cap_fen": room.cap_fen if room else None, "told": reserve_told}
    lot = _write(listing, format, opens_at, closes_at, start_price_fen, reserve_price_fen, rules | given, at)
    take_room(room, lot)
    auctioned_again(lot)
    ticks.write(lot, TickKind.PHASE, at=at)
    record(AuctionAnnounced(
        subject=lot.code, listing=listing.code, version_code=lot.version.code, seller=listing.organization.code, format=format,
        start_price_fen=lot.start_price_fen, has_reserve=bool(lot.reserve_price_fen), terms_hash=lot.terms_hash, opens_at=opens_at,
        closes_at=lot.closes_at, reserve=Commitment(lot.reserve_price_fen, bytes(lot.reserve_salt)) if lot.reserve_salt else None,
    ), actor=actor, at=at)
    return lot


def _check_format(listing: Listing, format_: str, at: datetime) -> None:
    """What the venue's profile never allows is refused as such; what only a pilot opens is asked of the pilots that run now."""
    venue, version = listing.venue, listing.version
    assert version is not None, "a tradable listing has its version"
    opened = format_ in formats_open(venue, at=at, sector=version.sector)
    if not opened and format_ not in formats_of(venue.profile):
        raise Rejected("trading.auction.format_not_allowed", format=format_, profile=venue.profile)
    if not opened:
        raise Rejected("trading.venue_pilot.none", format=format_)
    if format_ not in OFFERED:
        raise Rejected("trading.auction.format_not_offered", format=format_)


def _check_notice(days: int, opens_at: datetime, at: datetime) -> None:
    earliest = at + timedelta(days=days)
    if opens_at < earliest:
        raise Rejected("trading.auction.notice_too_short", days=days, earliest=earliest.isoformat(timespec="minutes"))


def _write(listing: Listing, format_: str, opens_at: datetime, closes_at: datetime | None, start_fen: int | None, reserve_fen: int | None,
           rules: Mapping[str, Any], at: datetime) -> Auction:
    version = listing.version
    assert version is not None, "a listed listing has its version"
    if version.sale_mode != SaleMode.AUCTION:
        raise Rejected("trading.auction.not_for_auction", listing=listing.code)
    start = start_fen if start_fen is not None else version.price_fen
    reserve = reserve_fen if reserve_fen is not None else version.reserve_price_fen
    if start is None or not 0 < start <= MAX_FEN or (reserve is not None and not start <= reserve <= MAX_FEN):
        raise Rejected("trading.auction.price")
    if rules["told"] and not reserve:
        raise Rejected("trading.auction.no_reserve_to_tell")
    dutch = _clock(version, start, reserve, rules) if format_ in CLOCK_FORMATS else {}
    ends = opens_at + length_of(start, **dutch) if dutch else closes_at
    if ends is None or ends < opens_at + timedelta(minutes=least_minutes):
        raise Rejected("trading.auction.times", minutes=least_minutes)
    salt = new_salt() if reserve else None
    lot = Auction(
        code=new_code("LOT"), venue=listing.venue, seller=listing.organization, listing=listing, version=version, format=format_,
        status=AuctionStatus.ANNOUNCED, start_price_fen=start, reserve_price_fen=reserve or None,
        reserve_salt=salt, reserve_told=rules["told"],
        reserve_commitment=Commitment(reserve, salt).digest() if salt else "", announced_at=at, opens_at=opens_at,
        first_closes_at=ends, closes_at=ends, created_at=at,
        cap_fen=listing.pilot.left_fen if listing.pilot else rules["cap_fen"],
        reveal_hours=rules["auction.reveal_hours"] if format_ in OPENED_FORMATS else None,
        **rules["several"], **_frozen(rules, version, listing.venue, at) | (_phases(rules) if format_ == "hybrid" else {}),
        **{f"clock_{name}": value for name, value in dutch.items()})
    lot.terms_hash = sha256_of(public_terms(lot))
    lot.save()
    return lot


def _clock(version: ListingVersion, start: int, reserve: int | None, rules: Mapping[str, Any]) -> dict[str, int]:
    """The clock of a Dutch lot: the venue's step, the version's lowest price; it has no secret reserve."""
    floor = rules["floor_fen"] if rules["floor_fen"] is not None else version.auction_terms.get("floor_fen")
    if reserve or not isinstance(floor, int) or not 0 < floor <= start:
        raise Rejected("trading.auction.clock")
    figure = rules["auction.dutch_step"]
    return {"floor_fen": floor, "step_fen": max(1, bps_of(start, int(figure["bps"]))), "seconds": int(figure["seconds"])}


def _several(listing: Listing, version: ListingVersion, format_: str, supply: int | None, items: Sequence[str]) -> dict[str, Any]:
    """How many equal licences, or which items: within the version's quota, in small numbers, and never of a pilot listing's turnover."""
    if format_ not in SEVERAL:
        return {}
    if listing.pilot_id is not None:
        raise Rejected("trading.auction.several_in_pilot", listing=listing.code)
    letters = tuple(sorted(set(items)))
    fits = (format_ in ("uniform", "pay_as_bid") and supply is not None and 1 <= supply <= MOST_UNITS) or (
        format_ == "vcg" and 1 <= len(letters) <= MOST_ITEMS and set(letters) <= set(ascii_uppercase)) or format_ == "rsop"
    wanted = supply if format_ in ("uniform", "pay_as_bid") else len(letters)
    left = None if version.quota is None else version.quota - sold_of(version)
    if not fits or (left is not None and (format_ == "rsop" or (wanted or 0) > left)):
        raise Rejected("trading.auction.supply", listing=listing.code, most=MOST_UNITS, items=MOST_ITEMS)
    return {"supply": supply if format_ in ("uniform", "pay_as_bid") else None, "items": list(letters) if format_ == "vcg" else []}


def _phases(rules: Mapping[str, Any]) -> dict[str, Any]:
    """The phases of a hybrid lot move its end, nothing else does: the cap holds them all, and a month in which the clock stood halted or
    nobody was there to begin them."""
    figure = rules["auction.hybrid_phases"]
    sealing, best = int(figure["sealing"]), int(figure["best"])
    whole = sealing + best + int(rules["auction.reveal_hours"]) * 3600
    return {"phase": Phase.CLOCK, "sealing_seconds": sealing, "best_seconds": best, "window_seconds": 0, "extension_seconds": 0,
            "extension_cap_seconds": whole + 30 * 86_400}


_FIGURES = ("auction.increment", "auction.soft_close_seconds", "auction.extension_seconds", "auction.extension_cap_seconds", "deposit.bps",
            "deposit.band_bps", "deposit.minimum_fen", "trade.payment_days", "auction.reveal_hours",
            "auction.dutch_step", "auction.hybrid_phases")


def _frozen(rules: Mapping[str, Any], version: ListingVersion, venue: Venue, at: datetime) -> dict[str, Any]:
    """The venue's figures in force now, frozen into the lot."""
    rows = [[row["below_fen"], row["step_fen"], row.get("bps", 0)] for row in rules["auction.increment"]]
    return {
        "increments": rows, "window_seconds": rules["auction.soft_close_seconds"],
        "extension_seconds": rules["auction.extension_seconds"], "extension_cap_seconds": rules["auction.extension_cap_seconds"],
        "deposit_bps": rules["deposit.bps"], "deposit_band_bps": rules["deposit.band_bps"],
        "deposit_minimum_fen": rules["deposit.minimum_fen"], "payment_days": rules["trade.payment_days"],
        "fees": charges_for(version, Basis.AWARD, venue=venue, at=at).written(),
        **(_replayed(venue, at) if venue.profile == VenueProfile.SIMULATION else {}),
    }


def _replayed(venue: Venue, at: datetime) -> dict[str, Any]:
    """Rules of other houses, for replaying their auctions in a simulation venue only; absent figures keep the house's rule."""
    try:
        rules: dict[str, Any] = parameter("auction.replay", venue=venue, at=at)
    except LookupError:
        return {}
    return {name: rules[name] for name in ("enforces_step", "proxies", "extends_from_bid", "run_seconds") if name in rules}
