"""Papers of a case at the desk: read by whoever reads the file, added by whoever works it while the accused can still answer them."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from compliance.complaints import DESKS
from compliance.conduct import add_papers
from compliance.models import CasePaper, Complaint, ConductCase, SelfReport
from compliance.views.papers import handed_out, taken
from evidence.clock import MARKET_CLOCK
from exchange.supervision.pages import KINDS, overseer
from exchange.templatetags.house import in_chinese
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.permissions import refuse_outside, require
from participants.predicates import standpoint
from participants.reads import note_read

__all__ = ["add", "paper"]


@require_POST
@overseer
@covers("H6", "R94")
def add(request: HttpRequest, code: str, *, actor: Actor, now: datetime) -> HttpResponse:
    """Puts papers on the file of a conduct case; what is refused is told on the file."""
    case = get_object_or_404(ConductCase, code=code)
    refuse_outside(actor, case, now)
    require(actor, "compliance.conduct.notify", subject=case, at=now)
    try:
        with transaction.atomic():
            add_papers(case=case, papers=taken(request), actor=actor, clock=MARKET_CLOCK)
    except Rejected as fault:
        language = "zh" if in_chinese() else "en"
        messages.error(request, f"{fault.text('title', language)}：{fault.text('detail', language)}")
    else:
        messages.success(request, _("已记录，并写入存证总链。"))
    return redirect("admin:case", code=code)


@require_safe
@never_cache
@overseer
@covers("H6", "R121")
def paper(request: HttpRequest, code: str, key: int, *, actor: Actor, now: datetime) -> FileResponse:
    """Hands out one file of a case to whoever may work such cases or reads files by duty; the reading is noted."""
    require(actor, "exchange.case.bundle", at=now)
    kind = KINDS.get(code.split("-")[0])
    subject = kind[2](code) if kind else SelfReport.objects.select_related("organization").filter(code=code).first()
    if subject is None:
        raise Http404(code)
    refuse_outside(actor, subject, now)
    if isinstance(subject, Complaint) and not DESKS[subject.queue] & standpoint(actor, now).roles:
        raise Rejected("compliance.complaint.other_desk", complaint=code, desk=subject.queue)
    one = get_object_or_404(CasePaper.objects.select_related("deposit", "organization"), pk=key, subject=code)
    note_read(owner=one.organization, kind="history", subject=code, ground="exchange.case.bundle", actor=actor, clock=MARKET_CLOCK)
    return handed_out(one)
