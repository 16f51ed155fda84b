"""Too little for all claims: refunds and defaults (E35, E36). Constrained equal awards, equal losses, and the Talmud's rule."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from kit.coverage import covers
from settlement.sharing.games import ShareFault, Shares

__all__ = ["equal_awards", "equal_losses", "talmud"]


def _checked(estate: Fraction, claims: Mapping[str, Fraction]) -> Fraction:
    total = sum(claims.values(), Fraction(0))
    if not claims or min(claims.values()) < 0:
        raise ShareFault("settlement.share.bad_claims", "claims are zero or more")
    if not 0 <= estate <= total:
        raise ShareFault("settlement.share.estate_exceeds_claims", f"the estate is {estate}, the claims together are {total}")
    return total


@covers("E36")
def equal_awards(estate: Fraction, claims: Mapping[str, Fraction]) -> Shares:
    """This will give everyone the same, but nobody more than the claim (CEA)."""
    _checked(estate, claims)
    awards: Shares = {}
    left, waiting = estate, sorted(claims, key=lambda party: (claims[party], party))
    for n, party in enumerate(waiting):
        awards[party] = min(claims[party], left / (len(waiting) - n))
        left -= awards[party]
    return awards


@covers("E36")
def equal_losses(estate: Fraction, claims: Mapping[str, Fraction]) -> Shares:
    """This will let everyone lose the same, but nobody more than the claim (CEL)."""
    total = _checked(estate, claims)
    losses = equal_awards(total - estate, claims)
    return {party: claims[party] - losses[party] for party in claims}


@covers("E35")
def talmud(estate: Fraction, claims: Mapping[str, Fraction]) -> Shares:
    """This will divide as the Talmud does (Aumann and Maschler 1985): equal awards up to half the claims, equal losses beyond."""
    total = _checked(estate, claims)
    halves = {party: claim / 2 for party, claim in claims.items()}
    if 2 * estate <= total:
        return equal_awards(estate, halves)
    upper = equal_losses(estate - total / 2, halves)
    return {party: halves[party] + upper[party] for party in claims}
