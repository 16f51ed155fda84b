"""When a fault is mended and forgotten: E68, the terms of publicity and restoration to the day, on the house's own clock and score."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from compliance import credit
from compliance.catalogue import measures
from compliance.models import CreditRecord
from kit.coverage import covers
from participants import timers
from simulation.claims.claim import Figure, Measured, claim
from simulation.claims.draws import Draws

#: Severity -> the months after which restoration opens and publicity ends (NDRC Order 36).
_TERMS = {"minor": (0, 3), "ordinary": (3, 12), "serious": (12, 36)}
_DAYS = {"the day before": (-1, 0), "the day": (0, 1), "the day after": (1, 1)}
_DECIDED = datetime(2026, 3, 16, 2, tzinfo=UTC)
_MONTH_ENDS = {f"30 November {year}": (datetime(year, 11, 30, 2, tzinfo=UTC), day) for year, day in ((2026, 28), (2027, 29))}
_MENDED = _DECIDED + timedelta(days=120)


def _scores() -> tuple[int, int, int, int]:
    """What a party loses before its finding is mended, in that instant and after, and how many lines the record keeps."""
    rows = [CreditRecord(id=2, event="restored_ordinary", points=0, source="F", at=_MENDED),
            CreditRecord(id=1, event="finding_ordinary", points=-20, source="F", at=_DECIDED)]
    instants = (_MENDED - timedelta(seconds=1), _MENDED, _MENDED + timedelta(days=1))
    lost = [credit.BASE - credit.total(credit.fold(rows, at)) for at in instants]
    return int(lost[0] > 0), lost[1], lost[2], len(credit.fold(rows, _MENDED))


@covers("E68")
@claim("E68", title="Restoration opens and publicity ends on the day the term is over, and what was mended counts nothing from that day",
       source="NDRC Order 36; boundary cases of the rules", setting="terms of 0 and 3 months, 3 months and 1 year, 1 year and 3 years",
       production=("participants.timers.months_on", "compliance.credit.fold", "compliance.credit.total"),
       figures=(*(Figure(f"{severity}: {what} over on {day}", over) for severity in _TERMS
                  for what in ("the shortest term", "the longest term") for day, (_, over) in _DAYS.items()),
                *(Figure(f"{severity}: measures of another term", 0) for severity in _TERMS),
                *(Figure(f"three months from {start} end on day", day) for start, (_, day) in _MONTH_ENDS.items()),
                Figure("a finding costs points until it is mended", 1), Figure("points it costs in that instant", 0),
                Figure("points it costs the day after", 0), Figure("lines the record keeps", 2)))
def _terms(draws: Draws) -> Iterator[Measured]:
    for months in _TERMS.values():
        for term in months:
            end = timers.months_on(_DECIDED, term)
            yield from (Measured(int(_due(term) + timedelta(days=day) >= end)) for day, _ in _DAYS.values())
    for severity, months in _TERMS.items():
        yield Measured(sum(one.severity == severity and one.months != months for one in measures().values()))
    yield from (Measured(timers.months_on(start, 3).day) for start, _ in _MONTH_ENDS.values())
    yield from (Measured(found) for found in _scores())


def _due(months: int) -> datetime:
    """The same day of a later month, counted by hand."""
    year, month = divmod(_DECIDED.year * 12 + _DECIDED.month - 1 + months, 12)
    return _DECIDED.replace(year=year, month=month + 1)
