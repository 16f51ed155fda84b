"""Working days of compliance's own clocks that are no figure of the venue's parameters, each with its source."""

from __future__ import annotations

from datetime import datetime, timedelta

from participants.queries import add_working_days, house_venue, parameter

__all__ = ["CASE_ANSWER_DAYS", "CASE_DAYS", "DECLARATION_DRAFT_DAYS", "FILING_DAYS", "INTERIM_DAYS", "LIST_APPROVAL_DAYS",
           "RESTORATION_DAYS", "figure", "working_days_from"]

#: Filing 备案: the other party answers, the desk verifies, the reporter mends (product defaults).
FILING_DAYS = {"filed": 3, "confirmed": 5, "returned": 10}
#: A party's answer to a desk's question (product default).
CASE_ANSWER_DAYS = 5
#: A desk's own time by kind of case (product defaults; complaints: SAMR 14).
CASE_DAYS = {
    "version_review": 2, "sample": 5, "trade_review": 5, "alert": 1, "complaint": 7, "conduct": 3, "registration": 5, "filing": 5,
    "dispute": 5, "payout": 2, "settlement": 1, "output": 5, "right": 10, "incident": 1, "other": 5,
}
#: An interim measure lapses by itself after so many calendar days.
INTERIM_DAYS = 15
DECLARATION_DRAFT_DAYS = 30
#: After the notice of a new negative list, so many working days remain to approve it.
LIST_APPROVAL_DAYS = 10
#: Restoration: taken in, then decided (Shenzhen decides in 3+3; product default 10).
RESTORATION_DAYS = {"applied": 3, "deciding": 10}


def working_days_from(start: datetime, days: int) -> datetime:
    """This will return the end of a term of working days by the venue's calendar.

    A term that begins when another ended (24:00) counts from that day, not from the next one.
    """
    return add_working_days(house_venue(), start - timedelta(microseconds=1), days)


def figure(key: str, at: datetime, scope: str = "") -> int:
    """This will return a whole figure of the venue's rules in force at ``at``."""
    return int(parameter(key, venue=house_venue(), at=at, scope=scope))
