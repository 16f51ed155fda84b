"""The pages' part of a challenge 揭榜挂帅: its files in and out, and the comparison in which nobody has a name (R112)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from evidence.clock import MARKET_CLOCK
from evidence.files import deposit, open_deposit
from evidence.models import Deposit
from kit.actors import Actor
from kit.coverage import covers
from participants.doors import actor_in, page
from trading.challenge_models import Challenge
from trading.challenges import answers_open_to, challenge_of, results
from trading.deal_forms import ChallengeForm
from trading.models import Rfq
from trading.operations.challenging import ChallengeTerms
from trading.requests import rfq_for
from trading.states import RfqStatus

__all__ = ["kept_table", "terms_of", "trial_context", "trial_file"]

#: A table of five thousand questions is far below this.
_CAP = 4 * 1024 * 1024
_NAMED = (RfqStatus.AWARDED,)


def kept_table(upload: Any, actor: Actor) -> Deposit | None:
    """This will take a CSV in that came with a form; None where none did."""
    if not upload:
        return None
    return deposit(upload, name=upload.name or "table.csv", owner=actor.organization or "system", at=MARKET_CLOCK.now(),
                   allowed=("text/csv", "text/plain"), cap_bytes=_CAP)


def terms_of(form: ChallengeForm, actor: Actor) -> ChallengeTerms:
    """This will read the criteria that a valid form asks for."""
    good = form.cleaned_data
    questions, answers = kept_table(good["questions"], actor), kept_table(good["answers"], actor)
    assert questions is not None and answers is not None, "the form asks for both"
    return ChallengeTerms(good["measure"], good["weight"] or 0, int((good["least"] or 0) * 10_000), questions, answers)


@covers("R112")
def trial_context(rfq: Rfq, challenge: Challenge, actor: Actor, at: datetime) -> dict[str, Any]:
    """What the page shows of a challenge: its criteria to all, the entries to its buyer without names, with them once it is awarded."""
    over = rfq.status != RfqStatus.OPEN
    buyer = actor.organization_id is not None and actor.organization_id == rfq.buyer_id
    rows = results(rfq, challenge, at=at) if over and (buyer or rfq.status in _NAMED) else []
    return {
        "challenge": challenge, "least": f"{challenge.least_ppm / 10_000:g}%", "commitment": challenge.commitment().digest(),
        "entries": rows, "named": rfq.status in _NAMED, "answers_open": answers_open_to(rfq, actor.organization_id),
        "salt": challenge.salt_told if rfq.status in (RfqStatus.AWARDED, RfqStatus.FAILED) else "",
        "mine": next((one for one in rows if one.quote.seller_id == actor.organization_id), None),
    }


@require_safe
@page("trading.demand.see")
@covers("R112", "T39")
def trial_file(request: HttpRequest, code: str, which: str) -> HttpResponseBase:
    """``/trading/demands/<RFQ>/trial/questions/`` for whoever sees the demand; ``…/answers/`` for the buyer, later for who entered."""
    rfq = rfq_for(code, request.user)
    challenge = challenge_of(rfq)
    if challenge is None or which not in ("questions", "answers"):
        raise Http404
    if which == "answers" and not answers_open_to(rfq, actor_in(request).organization_id):
        raise Http404
    one = challenge.questions if which == "questions" else challenge.answers
    answer = FileResponse(open_deposit(one), as_attachment=True, filename=f"{rfq.code}-{which}.csv", content_type="text/csv")
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
