"""/desk/public-shares/: what authorised public data earned and what of it reached the grantor's account (R76)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kit.coverage import covers
from kit.sheets import yuan_cell
from listings.models import Authorisation
from participants.doors import page
from participants.downloads import table_response
from settlement.public_shares import report_of

__all__ = ["public_shares", "public_shares_table"]


@require_safe
@page("listings.authorisation.see")
@covers("R76")
def public_shares(request: HttpRequest) -> HttpResponse:
    """The report by authorisation and month, for the operator and for the grantor; the trades behind it are under 结算单."""
    months, waiting = report_of(request.user)
    shared = Authorisation.objects.visible_to(request.user).filter(grantor_share_bps__gt=0).select_related("grantor", "organization")
    ours = request.actor.organization_id  # type: ignore[attr-defined]
    rows = [{"one": one, "grants": one.grantor_id == ours, "waiting": waiting.get(one.pk),
             "months": [month for month in months if month.authorisation.pk == one.pk],
             "paid_fen": sum(month.paid_fen for month in months if month.authorisation.pk == one.pk)} for one in shared.order_by("-pk")]
    return render(request, "settlement/public_shares.html", {"rows": rows, "any": bool(months)})


@require_safe
@page("listings.authorisation.see")
def public_shares_table(request: HttpRequest) -> StreamingHttpResponse:
    """The same report as a table for the books."""
    heads = [_("授权"), _("授权文号"), _("月份"), _("成交笔数"), _("价款（元）"), _("可分配（元）"), _("授权方所得（元）")]
    months, _waiting = report_of(request.user)
    return table_response("public-data-shares", heads, (
        (one.authorisation.code, one.authorisation.document_no, f"{one.month:%Y-%m}", str(one.trades), yuan_cell(one.price_fen),
         yuan_cell(one.shared_fen), yuan_cell(one.paid_fen)) for one in months))
