"""Audit replay 竞价复算 (CAP-E11): what a finished lot was decided by, written down and hashed, and decided anew from nothing else.

The fact that ends a lot carries the hash of its transcript and outcome. Whoever holds the transcript (the public, once the lot has ended)
recomputes both: the same hash says that no bid was added, dropped, changed or reordered since, the same outcome that the rule was kept.
Salts stand in the transcript as they stood behind the commitments, so it also opens every commitment in the record book.
"""

from __future__ import annotations

from typing import Any

from evidence.events import rfc3339
from evidence.models import Record
from kit.coverage import covers
from trading.auctions import hybrid
from trading.auctions.dutch import DutchTerms, clock_price
from trading.auctions.english import EnglishTerms, refold
from trading.auctions.rules import Increments, Order, Outcome
from trading.auctions.sealed import first_price, second_price
from trading.auctions.slips import SEVERAL, Rule, Said, decide
from trading.books import sha256_of
from trading.clock import steps_at
from trading.models import Auction, Award, Bid, Bidder, SealedBid
from trading.sealing import floor_of, seed_of, units_of
from trading.states import AuctionStatus

__all__ = ["check", "document_of", "hash_of", "may_show", "outcome_of", "recorded_hash", "replayed", "transcript_of",
           "units_written"]


def transcript_of(lot: Auction) -> dict[str, Any]:
    """This will write down all that decides a lot: its terms, the secret reserve, every bid with who was barred, what was opened."""
    bids = Bid.objects.filter(auction=lot).select_related("bidder", "void").order_by("seq")
    seals = SealedBid.objects.filter(auction=lot).select_related("bidder", "reveal").order_by("seq")
    barred = Bidder.objects.filter(auction=lot, barred_at__isnull=False).order_by("paddle").values_list("paddle", flat=True)
    return {
        "format": "auction-transcript/1", "lot": lot.code, "mechanism": lot.format, "terms_hash": lot.terms_hash,
        "start_price_fen": lot.start_price_fen, "increments": lot.increments, "enforces_step": lot.enforces_step, "proxies": lot.proxies,
        "reserve": {"fen": lot.reserve_price_fen, "salt": bytes(lot.reserve_salt).hex() if lot.reserve_salt else ""}
        if lot.reserve_price_fen is not None else None,
        "floor_fen": floor_of(lot), "cap_fen": lot.cap_fen, "barred": list(barred),
        "clock": {"step_fen": lot.clock_step_fen, "floor_fen": lot.clock_floor_fen} if lot.clock_step_fen else None,
        **({"supply": lot.supply, "items": lot.items} if lot.format in SEVERAL else {}),
        **({"taker": lot.taker.paddle if lot.taker else None} if lot.phase else {}),
        "bids": [{"seq": one.seq, "paddle": one.bidder.paddle, "maximum_fen": one.maximum_fen, "salt": bytes(one.salt).hex(),
                  "at": rfc3339(one.at), "void": hasattr(one, "void"), **_steps(lot, one)}
                 for one in bids],
        "seals": [{"seq": one.seq, "paddle": one.bidder.paddle, "seal": one.commitment, "at": rfc3339(one.at), **_opened(one)}
                  for one in seals],
    }


def _steps(lot: Auction, bid: Bid) -> dict[str, Any]:
    """Of a take at the clock: how many steps had gone by."""
    return {"steps": steps_at(lot, bid.at)} if lot.clock_step_fen and bid.seq == 1 else {}


def _opened(seal: SealedBid) -> dict[str, Any]:
    reveal = getattr(seal, "reveal", None)
    if reveal is None:
        return {"opened": None}
    return {"opened": {"fen": reveal.amount_fen, "salt": bytes(reveal.salt).hex(), **({"word": reveal.word} if reveal.word else {})}}


@covers("CAP-E11", "I14")
def replayed(transcript: dict[str, Any]) -> dict[str, Any]:
    """This will decide a transcript by the rule it names, from the transcript alone: the winner's paddle and the price, or none."""
    if transcript["mechanism"] in SEVERAL:
        return {"awards": units_written(_several(transcript))}
    winner, price = _DECIDE[transcript["mechanism"]](transcript)
    return {"winner": winner, "price_fen": price}


def outcome_of(lot: Auction) -> dict[str, Any]:
    """This will give what a finished lot's awards say, as its hash covers it."""
    awards = list(Award.objects.select_related("bidder").filter(auction=lot).order_by("unit"))
    if lot.format in SEVERAL:
        return {"awards": [{"paddle": one.bidder.paddle, "price_fen": one.price_fen, "items": one.items} for one in awards]}
    return {"winner": awards[0].bidder.paddle, "price_fen": awards[0].price_fen} if awards else {"winner": None, "price_fen": None}


def units_written(outcome: Outcome) -> list[dict[str, Any]]:
    """This will write what several licences were awarded to, licence by licence."""
    return [{"paddle": int(one.bidder), "price_fen": one.price, "items": list(one.items)} for one in units_of(outcome)]


def hash_of(transcript: dict[str, Any], outcome: dict[str, Any]) -> str:
    """This will return SHA-256 over the canonical JSON of a transcript with its outcome."""
    return sha256_of({"transcript": transcript, "outcome": outcome})


def document_of(lot: Auction) -> dict[str, Any]:
    """This will give a finished lot's transcript with what was decided and the hash its last fact carries."""
    return {"transcript": transcript_of(lot), "outcome": outcome_of(lot), "replay_hash": recorded_hash(lot)}


def check(document: dict[str, Any]) -> dict[str, Any]:
    """This will decide a document anew: the outcome, the hash, and whether both are what was recorded."""
    outcome = replayed(document["transcript"])
    found = hash_of(document["transcript"], outcome)
    return {"outcome": outcome, "replay_hash": found, "agrees": outcome == document["outcome"] and found == document["replay_hash"]}


def recorded_hash(lot: Auction) -> str:
    """This will return the hash in the fact that ended the lot; empty for a lot without one (cancelled, or of an older time)."""
    facts = Record.objects.filter(subject=lot.code, kind__in=[f"trading.auction.{one}" for one in ("awarded", "allotted", "failed")])
    return str(facts.values_list("payload__replay_hash", flat=True).first() or "")


def may_show(lot: Auction, *, organization_id: int | None, oversees: bool) -> bool:
    """This will tell who may hold the transcript: everybody once the lot has ended; with a secret reserve its seller and the desks."""
    ended = lot.status in (AuctionStatus.AWARDED, AuctionStatus.FAILED)
    return ended and (lot.reserve_price_fen is None or lot.reserve_told or oversees or lot.seller_id == organization_id)


Decision = tuple[int | None, int | None]


def _english(told: dict[str, Any]) -> Decision:
    reserve = (told["reserve"] or {}).get("fen") or 0
    terms = EnglishTerms(told["start_price_fen"], Increments.read(told["increments"]), reserve, told["enforces_step"], told["proxies"])
    standing = [Order(str(one["paddle"]), one["maximum_fen"], one["seq"]) for one in told["bids"] if not one["void"]]
    book = refold(terms, standing, len(told["bids"]))
    return (int(book.leader), book.price) if book.leader is not None and book.reserve_met else (None, None)


def _dutch(told: dict[str, Any]) -> Decision:
    clock = DutchTerms(told["start_price_fen"], told["clock"]["step_fen"], told["clock"]["floor_fen"])
    taken = next((one for one in told["bids"] if not one["void"]), None)
    return (taken["paddle"], clock_price(clock, taken["steps"])) if taken else (None, None)


def _hybrid(told: dict[str, Any]) -> Decision:
    """The take at the clock's step, the sealed bids of the others, the taker's best bid; what was made void does not count."""
    clock = DutchTerms(told["start_price_fen"], told["clock"]["step_fen"], told["clock"]["floor_fen"])
    bids = {one["seq"]: one for one in told["bids"] if not one["void"]}
    taken = Order(str(bids[1]["paddle"]), clock_price(clock, bids[1]["steps"]), 0) if 1 in bids else None
    outcome = hybrid.clear(taken, _opened_orders(told), bids[2]["maximum_fen"] if 2 in bids else None, clock.floor)
    return (int(outcome.awards[0].bidder), outcome.awards[0].price) if outcome.awards else (None, None)


def _opened_orders(told: dict[str, Any]) -> list[Order]:
    """Each bidder's newest seal counts, if it was opened, its bidder not barred, and a pilot's cap not passed."""
    newest = {one["paddle"]: one for one in told["seals"] if one["paddle"] not in told["barred"]}
    cap = told["cap_fen"]
    return [Order(str(one["paddle"]), one["opened"]["fen"], one["seq"]) for one in sorted(newest.values(), key=lambda one: one["seq"])
            if one["opened"] and (cap is None or one["opened"]["fen"] <= cap)]


def _several(told: dict[str, Any]) -> Outcome:
    """Several licences, by the words that were opened; the coins of random sampling are tossed by the seals."""
    orders = {one.seq: one for one in _opened_orders(told)}
    said = [Said(orders[one["seq"]].bidder, one["opened"]["fen"], one["seq"], one["opened"].get("word", ""))
            for one in told["seals"] if one["seq"] in orders]
    seed = seed_of(one["seal"] for one in told["seals"]) if told["mechanism"] == "rsop" else ""
    return decide(Rule(told["mechanism"], told["floor_fen"], told["supply"], tuple(told["items"]), seed), said)


def _sealed(told: dict[str, Any]) -> Decision:
    decide = first_price if told["mechanism"] == "first_price" else second_price
    outcome: Outcome = decide(_opened_orders(told), told["floor_fen"])
    return (int(outcome.awards[0].bidder), outcome.awards[0].price) if outcome.awards else (None, None)


_DECIDE = {"english": _english, "dutch": _dutch, "hybrid": _hybrid, "first_price": _sealed, "second_price": _sealed}
