"""Dividing by the agreement that every party signed: frozen into each trade's settlement when it falls due (R9, R71, R72).

Royalties by tiers and milestones go by what came in under the agreement before, so settlements of one agreement are taken up one after
the other: its row is locked while they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.db.models import Sum

from delivery.models import Delivery
from kit.coverage import covers
from kit.money import split
from ledger.models import Account
from listings.models import ShareAgreement
from listings.partners import Parties
from listings.sharing import agreements_by_version, parties_signed
from settlement.agreed_models import AgreedShares
from settlement.models import Settlement
from settlement.pooling import POOLED, ensure_pool, pool_account
from settlement.public_shares import number_of_grantor
from settlement.sharing.terms import Divided, Terms, by_terms, divided_fen

__all__ = ["Agreed", "agreed_by_version", "divide_as_agreed"]

WHOLE = 10_000


@dataclass
class Agreed:
    """An agreement for use: its terms by the codes of today's parties, who signed for each, and what has come in under it so far."""

    agreement: ShareAgreement
    terms: Terms
    parties: Parties
    signed: dict[str, str]
    before_fen: int
    account: Account | None = None

    @property
    def pooled(self) -> bool:
        """Whether the rest waits until its period is over."""
        return self.account is not None


def agreed_by_version(deliveries: Iterable[Delivery], at: datetime) -> dict[int, Agreed]:
    """This will find and lock the agreements that deliveries are shared by, by version; versions of one agreement share one entry."""
    found = agreements_by_version(one.version_id for one in deliveries)
    if not found:
        return {}
    locked = ShareAgreement.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=set(found.values())).order_by("pk")
    ready = {one.pk: _ready(one, at) for one in locked}
    return {version: ready[key] for version, key in found.items()}


def _ready(one: ShareAgreement, at: datetime) -> Agreed:
    lines = list(one.parties.select_related("organization").order_by("number"))
    now = {line.party: line.organization for line in lines}  # who signed may have passed its share on since
    parties = parties_signed(one)
    first = [row | {"party": now[row["party"]].code} for row in one.first]
    terms = Terms.read({"weights": {code: weight for code, _, weight in parties}, "first": first, "shortage": one.shortage})
    before = AgreedShares.objects.filter(agreement=one.code).aggregate(fen=Sum("pot_fen"))["fen"] or 0
    if one.rest.get("period_months"):
        ensure_pool(one, at)
    return Agreed(one, terms, parties, {line.organization.code: line.party for line in reversed(lines)}, int(before),
                  pool_account(one) if one.rest.get("period_months") else None)


@covers("R9", "R71", "R72", "I7")
def divide_as_agreed(row: Settlement, agreed: Agreed, delivery: Delivery) -> AgreedShares:
    """This will set the weights of a settlement that falls due to what its agreement gives each party, and say why.

    Where the agreement is by weight alone the weights stand as they are; else each party's weight is its fen, so that the batch divides
    exactly into them. The grantor of public data has its share before.
    """
    granted = delivery.version.authorisation
    numbers = {code: n for n, code in enumerate(row.parties, 1)}
    pot, grantors = row.shared_fen, 0
    grantor = number_of_grantor(list(zip(row.parties, row.organizations, row.weights, strict=True)), granted)
    if grantor is not None and granted is not None:
        grantors = split(pot, {"grantor": granted.grantor_share_bps, "others": WHOLE - granted.grantor_share_bps})["grantor"]
        pot -= grantors
    divided = by_terms(pot, agreed.terms, before_fen=agreed.before_fen)
    pooled = agreed.pooled and not row.pair and pot > 0  # nobody pays a barter: there is nothing to gather
    parts: list[list[Any]] = [[numbers[part.party], part.why, str(part.exact), agreed.signed[part.party]] for part in divided.parts
                              if not (pooled and part.why == "weight")]
    if grantors and grantor is not None:
        parts.append([grantor, "grantor", str(grantors), row.parties[grantor - 1]])
    if pooled:
        parts += _into_the_pool(row, agreed, divided, {grantor: grantors} if grantor is not None else {}, pot)
    elif agreed.terms.first and row.shared_fen:
        fen = divided_fen(pot, agreed.terms, before_fen=agreed.before_fen)
        row.weights = [fen.get(code, 0) + (grantors if n == grantor else 0) for n, code in enumerate(row.parties, 1)]
    made = AgreedShares(agreement=agreed.agreement.code, content_hash=agreed.agreement.content_hash, terms=_as_signed(agreed.agreement),
                        before_fen=agreed.before_fen, pot_fen=pot, parts=parts)
    agreed.before_fen += pot
    return made


def _into_the_pool(row: Settlement, agreed: Agreed, divided: Divided, beside: Mapping[int, int], pot: int) -> list[list[Any]]:
    """What is due first is paid at once; the rest is one more line, of nobody yet, into the agreement's account."""
    assert agreed.account is not None
    exact = dict.fromkeys(row.parties, Fraction(0))
    for part in divided.parts:
        if part.why != "weight":
            exact[part.party] += part.exact
    code, rest = agreed.agreement.code, pot - sum(exact.values(), Fraction(0))
    fen = split(pot, exact | {code: rest})
    row.weights = [*(fen[one] + beside.get(n, 0) for n, one in enumerate(row.parties, 1)), fen[code]]
    row.parties = [*row.parties, code]
    row.organizations = [*row.organizations, POOLED]
    row.accounts = [*row.accounts, agreed.account.pk]
    return [[len(row.parties), "pool", str(rest), code]] if rest else []


def _as_signed(one: ShareAgreement) -> dict[str, Any]:
    lines: Sequence[Any] = list(one.parties.order_by("number"))
    return {**({"rest": one.rest} if one.rest else {}), "links": one.links, "first": one.first, "shortage": one.shortage,
            "parties": [[line.party, line.part, line.weight, line.beneficiary] for line in lines]}
