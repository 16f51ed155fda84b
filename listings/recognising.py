"""What other exchanges say, as it counts here (CAP-I5): a certificate of theirs at our verification, a holder's credit before a review."""

from __future__ import annotations

from kit.coverage import covers
from listings.models import PeerCertificate, PeerStanding
from participants.roles import Standing

__all__ = ["certificate_elsewhere", "standings_elsewhere", "worst_elsewhere"]

_ORDER = [Standing.GOOD, Standing.WATCH, Standing.RESTRICTED, Standing.SUSPENDED]


@covers("CAP-I5", "R56")
def certificate_elsewhere(code: str) -> PeerCertificate | None:
    """This will find a certificate that an exchange recognised now keeps; an ended recognition finds nothing."""
    rows = PeerCertificate.objects.filter(code=code, peer__ended_at__isnull=True).select_related("peer")
    return rows.order_by("pk").first()


def standings_elsewhere(uscc: str) -> list[PeerStanding]:
    """This will list how an organisation stands at the exchanges recognised now; without a code nobody is meant."""
    if not uscc:
        return []
    return list(PeerStanding.objects.filter(uscc=uscc, peer__ended_at__isnull=True).select_related("peer").order_by("peer_id"))


@covers("CAP-I5")
def worst_elsewhere(uscc: str) -> Standing:
    """This will tell the worst standing that a recognised exchange gives an organisation."""
    return max((Standing(one.standing) for one in standings_elsewhere(uscc)), key=_ORDER.index, default=Standing.GOOD)
