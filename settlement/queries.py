"""Questions about money: a party's statements, what a settlement paid whom, the fees in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet, Sum

from kit.coverage import covers
from kit.rejected import Rejected
from ledger.accounts import AccountKind
from ledger.queries import Funds, balances
from participants.charges import Charged, Payer, Schedule
from participants.models import Organization, Parameter, Venue
from participants.queries import parameter_table
from participants.tax import included
from settlement.models import Settlement, Share

__all__ = ["Holdings", "charged_on", "coming_fees", "fee_table", "fee_tax_on",
           "holdings", "paid_to", "settlement_for", "settlement_of_trade", "shares_of", "statements_of"]

FEE_KEYS = ("fee.", "levy.", "deposit.", "holdback.", "orders.")


@dataclass(frozen=True)
class Holdings:
    """What a party has, in fen: free, reserved, held back for it, and due to it from accepted trades."""

    available: Funds
    holdback_fen: int
    due_fen: int


def holdings(organization: Organization) -> Holdings:
    """This will add up a party's money here; what is due is the prices of its sold trades that are not settled yet,
    save those of barters, which nobody pays."""
    kinds = balances(organization.code)
    due = Settlement.objects.filter(seller=organization, pair="").exclude(status="settled").aggregate(fen=Sum("price_fen"))["fen"]
    return Holdings(kinds.get(AccountKind.AVAILABLE, Funds(0, 0)), kinds.get(AccountKind.HOLDBACK, Funds(0, 0)).posted_fen, int(due or 0))


def statements_of(user: Any) -> QuerySet[Settlement]:
    """This will list the settlements of the user's organisation (sold, bought, shared in), newest first."""
    rows: QuerySet[Settlement] = Settlement.objects.visible_to(user)
    return rows.select_related("trade__version", "seller", "buyer", "cycle").order_by("-id")


def settlement_for(code: str, user: Any) -> Settlement:
    """This will return a party's own settlement; 404 else."""
    one = statements_of(user).filter(code=code).first()
    if one is None:
        raise Rejected("participants.object.absent")
    return one


def settlement_of_trade(trade: str) -> Settlement | None:
    """This will return the settlement of a trade's code, for pages that join rooms."""
    return Settlement.objects.filter(subject=trade).select_related("cycle").first()


def shares_of(organization: Organization) -> QuerySet[Share]:
    """This will list what the party got of prices, newest first."""
    rows = Share.objects.filter(organization=organization).select_related("settlement__trade__version", "settlement__seller")
    return rows.order_by("-settlement_id")


def paid_to(one: Settlement) -> list[tuple[Organization, int, int, int]]:
    """This will list (party, weight, share, of it held back) of a settled trade, as agreed; a pool stands for a party."""
    by_key = Organization.objects.in_bulk(one.organizations)
    shares = {share.number: share for share in one.shares.all()}
    pool = Organization(code=one.parties[-1], short_name="待分配收益（按期分红）", short_name_en="Undistributed, divided by period")
    return [(by_key.get(key, pool), weight, shares[n].amount_fen if n in shares else 0, shares[n].held_fen if n in shares else 0)
            for n, (key, weight) in enumerate(zip(one.organizations, one.weights, strict=True), 1)]


def charged_on(one: Settlement) -> list[Charged]:
    """This will itemise what the seller is charged, and what the buyer was beside the price, as it was fixed."""
    return [item for item in Schedule.read(one.charges).of(one.price_fen) if item.charge.bps or item.fen]


@covers("G1", "G2")
def fee_tax_on(one: Settlement, payer: Payer) -> int:
    """This will tell what is tax of the charges that one side bears; both sides together are what was posted."""
    of_buyer = included(one.buyer_fee_fen, one.fee_tax_bps)
    return of_buyer if payer is Payer.BUYER else one.fee_tax_fen - of_buyer


def coming_fees(venue: Venue, *, at: datetime) -> list[Parameter]:
    """This will list the figures that were announced and do not hold yet."""
    rows = Parameter.objects.filter(venue=venue, effective_from__gt=at).order_by("effective_from", "key", "scope")
    return [row for row in rows if row.key.startswith(FEE_KEYS)]


def fee_table(venue: Venue, *, at: datetime) -> list[Parameter]:
    """This will list the figures in force that cost somebody money."""
    return [row for row in parameter_table(venue, at=at) if row.key.startswith(FEE_KEYS)]
