"""The page of the desk's letters: drafted by one person, approved by another, every version kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from compliance.letters import APPROVE, FIELDS, decide_letter, draft_letter, letters_in_force, letters_waiting
from compliance.models import LetterTemplate
from evidence.clock import MARKET_CLOCK
from exchange.supervision.pages import _shown, overseer
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.permissions import allowed

__all__ = ["letters"]


def _change(request: HttpRequest, actor: Actor) -> None:
    data = request.POST
    if data.get("act") == "draft":
        draft_letter(key=data.get("key", "")[:20], names=(data.get("name_zh", ""), data.get("name_en", "")),
                     bodies=(data.get("body_zh", ""), data.get("body_en", "")), actor=actor, clock=MARKET_CLOCK)
        return
    letter = LetterTemplate.objects.filter(code=data.get("letter", "")[:16]).first()
    if letter is None or data.get("act") not in {"approve", "refuse"}:
        raise Http404
    decide_letter(letter=letter, approve=data["act"] == "approve", reason=data.get("reason", ""), actor=actor, clock=MARKET_CLOCK)


@require_http_methods(["GET", "HEAD", "POST"])
@overseer
@covers("H3", "I18")
def letters(request: HttpRequest, *, actor: Actor, now: datetime) -> HttpResponse:
    """The letters in force with their versions, those that wait for a second person, and the draft of a next one."""
    rejected = None
    if request.method == "POST":
        try:
            _change(request, actor)
        except Rejected as fault:
            rejected = fault
        else:
            messages.success(request, _("已记录，并写入存证总链。"))
            return redirect("admin:letters")
    shown = letters_in_force(now)
    begun = shown.filter(key=request.GET.get("from", "")[:20]).first()
    typed: Any = request.POST if rejected else begun.__dict__ if begun else {}
    past = LetterTemplate.objects.exclude(pk__in=[one.pk for one in shown]).exclude(effective_from=None, refused_at=None)
    return _shown(request, "letters.html", actor, now, "letters", {
        "shown": list(shown), "waiting": list(letters_waiting()), "past": list(past.order_by("key", "-version")[:50]), "fields": FIELDS,
        "typed": typed, "rejected": rejected, "may_draft": allowed(actor, "compliance.letter.draft", at=now),
        "may_approve": allowed(actor, APPROVE, at=now), "user_id": actor.user_id}, rejected.status if rejected else 200)
