"""Challenges 揭榜挂帅 within a request for quotes: criteria set with it, trial answers with each quote, marks at its end (R112)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evidence.events import Commitment, new_salt
from evidence.models import Deposit
from kit.coverage import covers
from kit.rejected import FieldFault, Rejected
from trading.auctions.challenge import MILLION, mark, ppm
from trading.challenge_models import Challenge, Measure, TrialEntry
from trading.challenges import challenge_of, read_answers, read_questions, results
from trading.models import Quote, Rfq

__all__ = ["ChallengeTerms", "criteria_told", "fair_choice", "keep_trial", "mark_entries", "set_challenge"]


@dataclass(frozen=True)
class ChallengeTerms:
    """How a challenge is decided: the measure, the mark's weight in percent, the least mark in millionths, the two tables."""

    measure: str
    weight: int
    least_ppm: int
    questions: Deposit
    answers: Deposit


@covers("R112")
def set_challenge(rfq: Rfq, terms: ChallengeTerms) -> Challenge:
    """This will keep the criteria with a request just opened; they are never changed. ``trading.challenge.terms`` or ``.file``."""
    faults = []
    if terms.measure not in Measure.values:
        faults.append(FieldFault("measure", "unknown", ("请选择评分办法", "Choose how answers are marked")))
    if not 10 <= terms.weight <= 90:
        faults.append(FieldFault("weight", "out_of_range", ("效果权重为 10 至 90", "The weight of the mark is 10 to 90")))
    if not 0 <= terms.least_ppm <= MILLION:
        faults.append(FieldFault("least", "out_of_range", ("及格线为 0 至 100", "The least mark is 0 to 100")))
    if faults:
        raise Rejected("trading.challenge.terms", errors=faults)
    keys = read_questions(terms.questions)
    read_answers(terms.answers, keys, measure=terms.measure, field="answers")
    return Challenge.objects.create(rfq=rfq, measure=terms.measure, weight=terms.weight, least_ppm=terms.least_ppm,
                                    questions=terms.questions, answers=terms.answers, items=len(keys), salt=new_salt())


def criteria_told(challenge: Challenge | None) -> dict[str, Any]:
    """This will say in the record what the request is decided by; the true answers are committed to, not shown."""
    if challenge is None:
        return {}
    return {"answers": challenge.commitment(), "criteria": {
        "measure": challenge.measure, "weight": challenge.weight, "least_ppm": challenge.least_ppm, "items": challenge.items,
        "questions_sha256": challenge.questions.sha256}}


@covers("R112")
def keep_trial(quote: Quote, rfq: Rfq, answers: Deposit | None) -> Commitment | None:
    """This will keep a quote's trial answers and commit to them; None for a request that asks for none.

    ``trading.challenge.answers_due`` without a file, ``trading.challenge.no_trial`` with one where none is asked.
    """
    challenge = challenge_of(rfq)
    if challenge is None:
        if answers is not None:
            raise Rejected("trading.challenge.no_trial", rfq=rfq.code)
        return None
    if answers is None:
        raise Rejected("trading.challenge.answers_due", rfq=rfq.code)
    read_answers(answers, read_questions(challenge.questions), measure=challenge.measure, field="answers")
    TrialEntry.objects.create(quote=quote, file=answers)
    return Commitment(answers.sha256, bytes(quote.salt))


@covers("R112")
def mark_entries(rfq: Rfq, quotes: Sequence[Quote]) -> dict[str, int]:
    """This will mark what is not marked yet, when a round ends: quote -> millionths."""
    challenge = challenge_of(rfq)
    if challenge is None:
        return {}
    keys = read_questions(challenge.questions)
    truth = read_answers(challenge.answers, keys, measure=challenge.measure, field="answers")
    told = {}
    for one in TrialEntry.objects.filter(quote__in=quotes).select_related("quote", "file").order_by("quote_id"):
        if one.mark_ppm is None:
            said = read_answers(one.file, keys, measure=challenge.measure, field="answers")
            one.mark_ppm = ppm(mark(challenge.measure, truth, said))
            one.save(update_fields=["mark_ppm"])
        told[one.quote.code] = one.mark_ppm
    return told


@covers("R112")
def fair_choice(rfq: Rfq, quote: Quote, reason: str, *, at: datetime) -> str:
    """This will ask of an award what the criteria ask: the least mark is reached, and whoever passes over more points says why.

    Returns the reason where there is one; '' for a plain request.
    """
    challenge = challenge_of(rfq)
    if challenge is None:
        return ""
    found = next((one for one in results(rfq, challenge, at=at) if one.quote.pk == quote.pk), None)
    if found is None or found.place is None:
        raise Rejected("trading.challenge.below_least", rfq=rfq.code, least=f"{challenge.least_ppm / 10_000:g}%")
    said = reason.strip()[:400]
    if found.place > 1 and len(said) < 10:
        raise Rejected("trading.challenge.reason_due", rfq=rfq.code, place=found.place)
    return said if found.place > 1 else ""
