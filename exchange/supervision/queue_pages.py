"""A queue as somebody works it: filtered, kept as a view, taken away as a table, and one act over several of its cases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from compliance.models import SavedView
from compliance.saved_views import default_view, remove_view, save_view, views_of, wanted_of
from evidence.clock import MARKET_CLOCK
from exchange.supervision import bulk, queues
from exchange.supervision.joint_files import other_authorities
from exchange.supervision.pages import _shown, overseer
from exchange.templatetags.house import full_text, said
from kit.actors import Actor
from kit.coverage import covers
from kit.numerals import whole
from kit.rejected import Rejected
from kit.sheets import Cell
from participants.downloads import table_response
from participants.permissions import allowed

__all__ = ["act", "kept", "queue", "table", "views"]

_HOLDERS = (("", gettext_lazy("全部")), ("free", gettext_lazy("无人领取")), ("mine", gettext_lazy("我的")))


def kept(work: list[queues.Work], wanted: Mapping[str, str], now: datetime) -> list[queues.Work]:
    """This will keep what a filter asks for; every part of it must hold."""
    words, state, holder = wanted.get("q", "").casefold(), wanted.get("state", ""), wanted.get("holder", "")

    def holds(one: queues.Work) -> bool:
        text = " ".join((one.code, *map(str, one.title), *map(str, one.party), *map(str, one.note))).casefold()
        return (words in text and (not state or one.state == state)
                and (holder != "mine" or one.held_by_me) and (holder != "free" or (not one.holder and not one.held_by_me))
                and (not wanted.get("late") or (one.due_at is not None and one.due_at <= now)))

    return [one for one in work if holds(one)]


def _chosen(request: HttpRequest, kind: str, actor: Actor) -> tuple[dict[str, str], SavedView | None]:
    """The filter of the address, of the view it names, or of the view this person opens the queue with."""
    named = whole(request.GET.get("view", ""))
    if named is not None:
        view = views_of(actor, kind).filter(pk=named).first()
        if view is None:
            raise Http404(str(named))
        return wanted_of(view.wanted), view
    wanted = wanted_of(request.GET.dict())
    if not request.GET and (view := default_view(actor, kind)) is not None:
        return wanted_of(view.wanted), view
    return wanted, None


def _known(kind: str) -> None:
    if kind not in queues.QUEUES:
        raise Http404(kind)


def _page(request: HttpRequest, kind: str, actor: Actor, now: datetime, rejected: Rejected | None = None) -> HttpResponse:
    found = queues.every(actor, now)
    work = found[kind]
    wanted, view = _chosen(request, kind, actor) if rejected is None else (wanted_of(request.POST.dict()), None)
    others = list(other_authorities(actor)) if allowed(actor, "compliance.joint.ask", at=now) else []
    acts = {key: one for key, one in bulk.BULK.get(kind, {}).items() if others or not one.partner}
    partners = others if any(one.partner for one in acts.values()) else []
    context = {
        "work": kept(work, wanted, now), "all": len(work), "title": queues.QUEUES[kind][0], "kind": kind, "wanted": wanted, "view": view,
        "views": list(views_of(actor, kind)), "states": sorted({one.state for one in work}), "holders": _HOLDERS, "acts": acts,
        "sheet": urlencode(wanted) or "view=none", "rejected": rejected, "typed": request.POST if rejected else {},
        "may_close": kind == "cases", "user_id": actor.user_id, "partners": partners,
    }
    return _shown(request, "queue.html", actor, now, kind, context, rejected.status if rejected else 200, found=found)


@require_safe
@overseer
@covers("H3")
def queue(request: HttpRequest, kind: str, *, actor: Actor, now: datetime) -> HttpResponse:
    """One queue, the nearest deadline first, filtered as the address or this person's view says."""
    _known(kind)
    return _page(request, kind, actor, now)


@require_POST
@overseer
@covers("H3")
def views(request: HttpRequest, kind: str, *, actor: Actor, now: datetime) -> HttpResponse:
    """Keeps the filter as a view, or drops a view of one's own."""
    _known(kind)
    data = request.POST
    try:
        if data.get("act") == "remove":
            view = SavedView.objects.filter(pk=whole(data.get("view", "")) or 0, queue=kind).first()
            if view is None:
                raise Http404(kind)
            remove_view(view=view, actor=actor, clock=MARKET_CLOCK)
            messages.success(request, _("视图已删除。"))
            return redirect(f"{reverse('admin:queue', args=[kind])}?view=none")
        view = save_view(queue=kind, name=data.get("name", ""), wanted=wanted_of(data.dict()), shared=data.get("shared") == "1",
                         is_default=data.get("is_default") == "1", actor=actor, clock=MARKET_CLOCK)
    except Rejected as fault:
        return _page(request, kind, actor, now, fault)
    messages.success(request, _("视图已保存。"))
    return redirect(f"{reverse('admin:queue', args=[kind])}?view={view.pk}")


@require_safe
@overseer
@covers("H3", "T51")
def table(request: HttpRequest, kind: str, *, actor: Actor, now: datetime) -> StreamingHttpResponse:
    """The queue as filtered, as CSV: texts stay texts in a spreadsheet."""
    _known(kind)
    wanted, _view = _chosen(request, kind, actor)
    rows = kept(queues.queue(kind, actor, now), wanted, now)

    def lines() -> Iterator[list[Cell]]:
        for one in rows:
            yield [one.code, str(said(one.title)), str(said(one.party)), one.state, full_text(one.due_at) if one.due_at else "",
                   one.holder, str(said(one.note)) if one.note[0] else ""]

    heads = [_("编号"), _("标题"), _("机构"), _("状态"), _("期限"), _("经办人"), _("备注")]
    return table_response(f"queue-{kind}", heads, lines())


@require_POST
@overseer
@covers("H3")
def act(request: HttpRequest, kind: str, *, actor: Actor, now: datetime) -> HttpResponse:
    """One act over the ticked cases: the first post shows what it would do, the second does it and shows what it did."""
    _known(kind)
    data = request.POST
    codes = list(dict.fromkeys(data.getlist("code")))
    wanted: Any = bulk.BULK.get(kind, {}).get(data.get("act", ""))
    if wanted is None or not 1 <= len(codes) <= bulk.MOST:
        return _page(request, kind, actor, now, Rejected("compliance.bulk.nothing", most=bulk.MOST))
    name, done = data["act"], data.get("step") == "confirm"
    # only what stands in this person's queue: a code from elsewhere is not even named
    seen = {one.code for one in queues.queue(kind, actor, now)}
    gone = [bulk.Outcome(code, (code, code), "", refused=Rejected("compliance.bulk.changed", case=code[:20])) for code in codes
            if code not in seen]
    codes = [code for code in codes if code in seen]
    if done:
        marks = dict(zip(data.getlist("code"), data.getlist("mark"), strict=False))
        # a case without the mark of its preview is not done: the word never matches a state
        outcomes = bulk.carry_out(kind, name, [(code, marks.get(code) or "never shown") for code in codes], data, actor)
    else:
        outcomes = bulk.preview(kind, name, codes, data, actor)
    outcomes += gone
    possible = [one for one in outcomes if one.refused is None]
    return _shown(request, "bulk.html", actor, now, kind, {
        "kind": kind, "title": queues.QUEUES[kind][0], "act": name, "words": wanted.words, "outcomes": outcomes, "possible": possible,
        "refused": len(outcomes) - len(possible), "done": done, "reason": data.get("reason", ""), "outcome": data.get("outcome", ""),
        "partner": data.get("partner", "") if wanted.partner else "", "lead": data.get("lead", "")})
