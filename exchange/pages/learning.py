"""``/learn/``: the learning room 数据学堂 (R80): what the three rights are, how to list, how to bid, how to try data, what to do after."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from exchange.learning import lessons
from kit.coverage import covers

__all__ = ["learning", "lesson"]


@covers("R80")
@require_safe
def learning(request: HttpRequest) -> HttpResponse:
    """All lessons, for whoever comes."""
    return render(request, "exchange/learning.html", {"lessons": lessons()})


@covers("R80")
@require_safe
def lesson(request: HttpRequest, key: str) -> HttpResponse:
    """One lesson with its question, and the one that follows."""
    known = lessons()
    at = next((number for number, one in enumerate(known) if one.key == key), None)
    if at is None:
        raise Http404(key)
    one = known[at]
    return render(request, "exchange/lesson.html", {
        "one": one, "links": [(reverse(name), words) for name, words in one.links], "next": known[at + 1] if at + 1 < len(known) else None})
