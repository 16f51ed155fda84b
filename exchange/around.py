"""What people do around a listing, for its page: who may watch and ask, questions with answers, reviews by buyers. Reads only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest

from delivery.kinds import adapter_for
from delivery.models import SCORED, Rating
from delivery.ratings import ratings_of, scores_of
from kit.actors import Actor
from listings.models import Listing, Question, Watch
from listings.states import ListingStatus, QuestionStatus
from participants.permissions import allowed

__all__ = ["around"]

#: How many questions and reviews stand on the page at once.
SHOWN = 20


def around(request: HttpRequest, one: Listing, now: datetime) -> dict[str, Any]:
    """This will gather what the page shows around a listing, and which forms this person gets."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    mine = one.organization_id == actor.organization_id
    on_shelf = one.status in {ListingStatus.LISTED, ListingStatus.SUSPENDED}
    signed_in = allowed(actor, "listings.watch.keep", at=now)
    asked = Question.objects.filter(listing=one).exclude(status=QuestionStatus.WITHDRAWN).order_by("-pk")
    reviews = ratings_of(one)
    return {
        "watching": signed_in and Watch.objects.visible_to(request.user).filter(listing=one, ended_at__isnull=True).exists(),
        "may_watch": on_shelf and not mine, "signed_in": signed_in, "may_ask": on_shelf and not mine and signed_in,
        "typed_question": _typed(request, one),
        "questions": [(row, mine and row.status == QuestionStatus.OPEN) for row in asked[:SHOWN]], "questions_all": asked.count(),
        "scores": scores_of(one), "ratings": [_review(row) for row in reviews[:SHOWN]], "ratings_all": reviews.count(),
        "may_reply": mine and allowed(actor, "delivery.rating.reply", at=now),
        "adapter": adapter_for(one.version.delivery_mode) if one.version and one.version.delivery_mode else None,
        "may_hide": allowed(actor, "listings.question.hide", at=now),
    }


def _typed(request: HttpRequest, one: Listing) -> str:
    """A question that was refused a moment ago, to be mended; told once."""
    if not request.session.get("question-typed"):
        return ""
    code, text = request.session.pop("question-typed")
    return str(text) if code == one.code else ""


def _review(row: Rating) -> dict[str, Any]:
    """A review with its five scores in words; which version it speaks of."""
    return {"row": row, "version": row.delivery.version.number, "scores": [(label, getattr(row, name)) for name, label in SCORED.items()]}
