"""``/desk/reads/``: readings of the desks that somebody else looks at; ``/desk/organisation/reads/``: who read our records (R121)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.numerals import whole
from kit.rejected import Rejected
from participants.doors import page
from participants.models import StaffRead
from participants.reads import review_read, unreviewed

__all__ = ["our_reads", "reads"]

PAGE = 100


@covers("R121")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@page("participants.read.review")
def reads(request: HttpRequest) -> HttpResponse:
    """What waits for another pair of eyes, the first due first; one verdict for one reading."""
    rejected: Rejected | None = None
    if request.method == "POST":
        key = request.POST.get("read", "")
        one = StaffRead.objects.filter(pk=whole(key, digits=17) or 0).first()
        if one is None:
            raise Rejected("participants.object.absent")
        try:
            review_read(read=one, fitting=request.POST.get("verdict") == "fitting", note=request.POST.get("note", ""),
                        actor=request.actor, clock=MARKET_CLOCK)  # type: ignore[attr-defined]
        except Rejected as no:
            rejected = no
        else:
            messages.success(request, _("已复核，结论写入存证。"))
            return redirect("participants:reads")
    done = StaffRead.objects.filter(review__isnull=False).select_related("owner", "reader__person", "review__reviewer__person")
    return render(request, "participants/reads.html", {
        "rows": unreviewed()[:PAGE], "done": done.order_by("-review__at")[:PAGE], "rejected": rejected, "now": MARKET_CLOCK.now(),
        "me": request.user.person_id}, status=rejected.status if rejected else 200)  # type: ignore[union-attr]


@covers("R121")
@never_cache
@require_safe
@page("participants.read.see")
def our_reads(request: HttpRequest) -> HttpResponse:
    """Who of the venue and the authorities read our records, which, when, by what right, and what the review found."""
    rows = StaffRead.objects.visible_to(request.user).select_related("reader__person", "reader__acting_for", "review").order_by("-pk")
    return render(request, "participants/our_reads.html", {"rows": rows[:PAGE]})
