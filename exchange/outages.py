"""What the house answers while its database is away, slow or locked (T28): try again, said with ``Retry-After``, and nothing half done.

Every act is one transaction, so an answer from here means that nothing was done, save one case that nobody can tell apart: the
connection broke while the commit was on its way. The same Idempotency-Key finds out.
"""

from __future__ import annotations

import random

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from psycopg import errors

from exchange.logs import request_id
from kit.coverage import covers
from kit.rejected import Rejected

__all__ = ["AWAY", "answer_outage", "outage_of"]

#: What Django raises when the server, a lock or the time is wanting, and no statement was wrong.
AWAY = (OperationalError, InterfaceError)
_BUSY = (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure)


@covers("T28")
def outage_of(error: BaseException | None) -> Rejected | None:
    """This will translate a database that is busy (409) or away (503) into a refusal; None for everything else."""
    if not isinstance(error, AWAY):
        return None
    if isinstance(error.__cause__, _BUSY):
        return Rejected("exchange.database.busy", seconds=1)
    return Rejected("exchange.database.away", seconds=random.randint(2, 6))  # noqa: S311 (spread, so that not all come back at once)


def _page(rejected: Rejected) -> HttpResponse:
    """This will answer a browser without asking the database anything."""
    answer = HttpResponse(render_to_string("503.html", {"rejected": rejected, "request_id": request_id.get()}), status=rejected.status)
    answer["Retry-After"] = str(rejected.params["seconds"])
    answer["Cache-Control"] = "no-store"
    answer["X-Refusal"] = rejected.code
    return answer


def answer_outage(request: HttpRequest, rejected: Rejected) -> HttpResponse:
    """This will answer a program with a problem document and a browser with a page."""
    from exchange.problems import problem_response

    return problem_response(rejected) if request.path.startswith("/api/") else _page(rejected)
