"""Around a listing: watch it, ask in public; at the desk what we watch, what we asked, what is asked of us (D8)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from evidence.clock import MARKET_CLOCK
from kit.rejected import Rejected
from listings.desk_views import PAGE, actor, back, keep_refusal
from listings.models import AdmittedBuyer, Listing, Question, Watch
from listings.operations import (
    answer_question,
    ask_question,
    hide_question,
    show_question,
    unwatch_listing,
    watch_listing,
    withdraw_question,
)
from listings.states import QuestionStatus
from participants.doors import page
from participants.permissions import allowed, require

__all__ = ["ask", "question_act", "questions", "watch", "watches"]

#: Where a question typed in vain waits to be shown again.
_TYPED = "question-typed"


def _listing(request: HttpRequest, code: str) -> Listing:
    found: Listing = get_object_or_404(Listing.objects.visible_to(request.user), code=code)
    return found


@require_POST
@page("listings.watch.keep")
def watch(request: HttpRequest, code: str) -> HttpResponse:
    """Begins to watch, or ends it (``off``)."""
    one = _listing(request, code)
    to = request.POST.get("to") if request.POST.get("to") == "/desk/watches/" else f"/listings/{one.code}/"
    if request.POST.get("off"):
        return back(request, str(to), lambda: unwatch_listing(listing=one, actor=actor(request), clock=MARKET_CLOCK),
                    gettext("不再关注"))
    return back(request, str(to), lambda: watch_listing(listing=one, actor=actor(request), clock=MARKET_CLOCK),
                gettext("已关注：新版本、价格、竞价和停牌会通知您的机构"))


@require_POST
@page("listings.question.ask")
def ask(request: HttpRequest, code: str) -> HttpResponse:
    """Puts a question in public; what was typed in vain is shown again."""
    one, typed = _listing(request, code), request.POST.get("text", "")
    try:
        ask_question(listing=one, text=typed, actor=actor(request), clock=MARKET_CLOCK)
    except Rejected as refused:
        if refused.status in {403, 404}:
            raise
        request.session[_TYPED] = [one.code, typed[:1000]]
        keep_refusal(request, refused)
        return redirect(f"/listings/{one.code}/#questions")
    messages.success(request, gettext("已提问，卖方须在期限内公开答复"))
    return redirect(f"/listings/{one.code}/#questions")


@require_safe
@page("listings.watch.keep")
def watches(request: HttpRequest) -> HttpResponse:
    """``/desk/watches/``: what we watch, with its state and price, newest first."""
    rows = Watch.objects.visible_to(request.user).filter(ended_at__isnull=True, listing__in=Listing.objects.visible_to(request.user))
    rows = rows.select_related("listing__version", "listing__product", "listing__organization").order_by("-pk")
    return render(request, "listings/watches.html", {
        "rows": _page_of(request, rows), "older": _older(request, rows), "admitted": _admitted(request)})


def _admitted(request: HttpRequest) -> list[AdmittedBuyer]:
    """What an authorisation document lets this organisation see, and no list shows."""
    rows = AdmittedBuyer.objects.filter(organization=actor(request).organization_id or 0, ended_at__isnull=True,
                                        effective_to__gt=MARKET_CLOCK.now(), listing__version__isnull=False)
    return list(rows.select_related("listing__version", "listing__product", "listing__organization").order_by("-pk"))


def _page_of(request: HttpRequest, rows: Any) -> list[Any]:
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 16:
        rows = rows.filter(pk__lt=int(before))
    return list(rows[:PAGE])


def _older(request: HttpRequest, rows: Any) -> str:
    """The address of the next page, where there is one."""
    shown = _page_of(request, rows)
    return f"?before={shown[-1].pk}" if len(shown) == PAGE else ""


@require_safe
@page("listings.question.see")
def questions(request: HttpRequest) -> HttpResponse:
    """``/desk/questions/``: what waits for our answer first, then the rest of what we were asked, and what we asked."""
    rows = Question.objects.visible_to(request.user).filter(listing__in=Listing.objects.visible_to(request.user)).select_related(
        "listing__version", "listing__product", "organization")
    ours = actor(request).organization_id or 0
    asked_of_us = rows.filter(organization_id=ours).order_by("-pk")
    return render(request, "listings/questions.html", {
        "waiting": list(asked_of_us.filter(status=QuestionStatus.OPEN).order_by("due_at", "pk")[:PAGE]),
        "done": _page_of(request, asked_of_us.exclude(status=QuestionStatus.OPEN)),
        "older": _older(request, asked_of_us.exclude(status=QuestionStatus.OPEN)),
        "asked": list(rows.filter(asked_by_id=ours).order_by("-pk")[:PAGE]),
    })


@require_POST
@page("listings.question.see")
def question_act(request: HttpRequest, code: str, act: str) -> HttpResponse:
    """The seller answers, the asker takes back, the desk hides and shows again."""
    by, now = actor(request), MARKET_CLOCK.now()
    moderates = act in {"hide", "show"} and allowed(by, "listings.question.hide", at=now)
    rows = Question.objects.all() if moderates else Question.objects.visible_to(request.user)
    one = get_object_or_404(rows.select_related("listing"), code=code)
    require(by, f"listings.question.{'hide' if act == 'show' else act}", subject=one, at=now)
    to = f"/listings/{one.listing.code}/#questions" if act in {"hide", "show"} else "/desk/questions/"
    if act == "answer":
        return back(request, to, lambda: answer_question(question=one, answer=request.POST.get("answer", ""), actor=by, clock=MARKET_CLOCK),
                    gettext("答复已公开"))
    if act == "withdraw":
        return back(request, to, lambda: withdraw_question(question=one, actor=by, clock=MARKET_CLOCK), gettext("提问已撤回"))
    if act == "hide":
        return back(request, to, lambda: hide_question(question=one, reason=request.POST.get("reason", ""), actor=by, clock=MARKET_CLOCK),
                    gettext("已隐藏，理由显示在原处"))
    return back(request, to, lambda: show_question(question=one, actor=by, clock=MARKET_CLOCK), gettext("已恢复显示"))
