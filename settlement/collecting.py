"""Taking up what is accepted: one settlement per trade, its rates, parties and weights frozen as they were agreed (I6, I7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from delivery.models import Delivery
from evidence.bundle import lines_root
from evidence.operations import operation, record, unchanged
from evidence.prepared import prepared
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from ledger import operations as ledger
from ledger.accounts import AccountKind
from ledger.models import Account
from listings.partners import Parties, parties_of
from participants.charges import Schedule
from participants.fee_tax import fee_tax_bps
from participants.models import Venue
from participants.permissions import require
from participants.tax import included
from settlement.agreed import Agreed, agreed_by_version, divide_as_agreed
from settlement.bartering import paired
from settlement.events import SettlementsDue
from settlement.fees import taken_of, terms_of
from settlement.metering import charged_price, settleable
from settlement.models import AgreedShares, Settlement
from settlement.public_shares import number_of_grantor
from trading.models import Trade

__all__ = ["collect_accepted", "due_line", "waiting", "waiting_trades"]

#: Taken up by one run; the next takes the rest.
BATCH = 2000


@operation("settlement.trade.collect")
@covers("G7", "I6")
def collect_accepted(*, venue: Venue, actor: Actor, clock: Clock, only: Sequence[int] | None = None) -> int:
    """This will take up accepted deliveries that have no settlement yet, at most ``BATCH`` at once, and return how many it took;
    ``only`` names trades by key, where others are left for later.

    The unique key on the trade is the last word: two at once take up each trade once.
    """
    at = clock.now()
    require(actor, "settlement.trade.collect", at=at)
    deliveries = _to_collect(venue.pk) if only is None else [*_open(venue.pk).filter(trade__in=only)]
    rows, agreed = _rows(deliveries, at, fee_tax_bps(venue, at)) if deliveries else ([], {})
    before = set(Settlement.objects.filter(trade__in=[row.trade_id for row in rows]).values_list("trade_id", flat=True))
    Settlement.objects.bulk_create(rows, ignore_conflicts=True)
    taken = Settlement.objects.filter(code__in=[row.code for row in rows]).exclude(trade_id__in=before).order_by("id")
    AgreedShares.objects.bulk_create([_of_settlement(agreed[one.code], one) for one in taken if one.code in agreed])
    lines = [due_line(one) for one in taken]
    if not lines:
        unchanged(at=at)
        return 0
    record(SettlementsDue(subject=venue.code, lines=len(lines), lines_root=lines_root(lines)), actor=actor, at=at)
    return len(lines)


def _of_settlement(agreed: AgreedShares, one: Settlement) -> AgreedShares:
    agreed.settlement = one
    return agreed


def due_line(one: Settlement) -> dict[str, Any]:
    """This will return what was fixed of a settlement when it fell due, as its batch hashed it: charges by item, weights."""
    items = [[item.charge.key, item.fen] for item in Schedule.read(one.charges).of(one.price_fen) if item.fen]
    taxed = {"fee_tax_fen": one.fee_tax_fen} if one.fee_tax_fen else {}  # as lines were hashed before tax stood apart
    return {**taxed, "charges": items, "price_fen": one.price_fen, "settlement": one.code, "trade": one.subject,
            "weights": [list(pair) for pair in zip(one.parties, one.weights, strict=True)]}


@prepared
def waiting(venue: int) -> QuerySet[Delivery]:
    """The first accepted delivery without a settlement, if there is one."""
    return settleable().filter(trade__settlement__isnull=True, trade__uncollected__parked_at__isnull=True, trade__venue=venue)[:1]


def waiting_trades(venue: int) -> list[int]:
    """This will list the trades that the next run takes up."""
    return list(_open(venue).values_list("trade_id", flat=True)[:BATCH])


@prepared
def _to_collect(venue: int) -> QuerySet[Delivery]:
    return _open(venue)[:BATCH]


def _open(venue: int) -> QuerySet[Delivery]:
    """Accepted, not taken up, and not set aside; in the order in which it was accepted or nearly so."""
    rows = settleable().filter(trade__settlement__isnull=True, trade__uncollected__parked_at__isnull=True, trade__venue=venue)
    return rows.order_by("pk").select_related("trade__venue", "trade__seller", "trade__buyer", "trade__meter", "trade__reduction",
                                              "version__authorisation__grantor")


def _parties(one: Delivery, agreed: Agreed | None) -> Parties:
    """Code, key and weight of whoever shares: the agreement signed before listing, the table of the version, or the seller alone."""
    return parties_of(one.version, one.seller, agreed=agreed.parties if agreed is not None else None)


def _rows(deliveries: list[Delivery], at: datetime, tax_bps: int) -> tuple[list[Settlement], dict[str, AgreedShares]]:
    agreements = agreed_by_version(deliveries, at)
    shared = [(one, _parties(one, agreements.get(one.version_id))) for one in deliveries]
    wanted: dict[tuple[str, str], None] = {key: None for one, parties in shared for key in (
        (one.trade.code, AccountKind.ESCROW), (one.trade.seller.code, AccountKind.HOLDBACK),
        *((code, AccountKind.AVAILABLE) for code, _, _ in parties), _own(one.trade))}
    accounts = dict(zip(wanted, ledger.accounts(*wanted), strict=True))
    rows = [_terms(one, parties, accounts, at, tax_bps) for one, parties in shared]
    return rows, {row.code: divide_as_agreed(row, agreements[one.version_id], one) for row, (one, _) in zip(rows, shared, strict=True)
                  if one.version_id in agreements}


def _own(trade: Trade) -> tuple[str, str]:
    """Where the seller's own share goes: to its money, or of a barter back to the set-off."""
    pair = paired(trade)
    return (pair, AccountKind.SET_OFF) if pair else (trade.seller.code, AccountKind.AVAILABLE)


def _terms(one: Delivery, parties: Parties, accounts: Mapping[tuple[str, str], Account], at: datetime, tax_bps: int) -> Settlement:
    trade, accepted_at = one.trade, one.ended_at or at
    terms = terms_of(trade, accepted_at=accepted_at)
    price, pair = charged_price(trade), paired(trade)
    into = {code: accounts[code, AccountKind.AVAILABLE].pk for code, _, _ in parties} | {trade.seller.code: accounts[_own(trade)].pk}
    taken = taken_of(price, terms.charges)
    return Settlement(
        code=new_code("SET"), trade=trade, seller=trade.seller, buyer=trade.buyer, subject=trade.code, price_fen=price,
        charges=terms.charges.written(), **asdict(taken), fee_tax_bps=tax_bps,
        fee_tax_fen=included(taken.seller_fee_fen + taken.buyer_fee_fen, tax_bps), pair=pair,
        holdback_bps=0 if pair else terms.holdback_bps,
        escrow=accounts[trade.code, AccountKind.ESCROW], holdback=accounts[trade.seller.code, AccountKind.HOLDBACK],
        parties=[code for code, _, _ in parties], organizations=[key for _, key, _ in parties],
        accounts=[into[code] for code, _, _ in parties], weights=[weight for _, _, weight in parties],
        grantor_number=number_of_grantor(parties, one.version.authorisation),
        accepted_at=accepted_at, release_at=accepted_at + timedelta(days=terms.holdback_days))
