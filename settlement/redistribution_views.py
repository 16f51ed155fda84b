"""/redistribution/: the public statement of first, second and third distribution; a pledge is made on the page of one's own shares."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import Rejected
from kit.sheets import Cell, yuan_cell
from participants.doors import actor_in, page
from participants.downloads import table_response
from participants.models import Organization
from participants.permissions import allowed
from participants.queries import house_venue, parameter
from settlement.donation_models import DonationPledge
from settlement.fund_year import Year, fund_year, fund_years, postings_of
from settlement.giving import end_pledge, pledge_donation
from settlement.redistribution import statement_of_fund
from settlement.words import MOVEMENTS

__all__ = ["pledge", "statement", "statement_table", "year_postings", "year_statement", "year_table"]


@covers("R75", "W25")
@require_safe
def statement(request: HttpRequest) -> HttpResponse:
    """Month by month: what was shared, what went to the public, what was given, and what the fund holds; with the rule and its rate."""
    venue, at = house_venue(), MARKET_CLOCK.now()
    return render(request, "settlement/redistribution.html", {
        "periods": statement_of_fund(venue), "years": fund_years(venue, at),
        "rate": parameter("levy.public_interest_bps", venue=venue, at=at)})


@covers("R75")
@require_safe
def statement_table(request: HttpRequest) -> StreamingHttpResponse:
    """The same statement as a table."""
    heads = [_("月份"), _("各方分得（元）"), _("公益金计提（元）"), _("公共财政分得（元）"), _("服务补贴拨付（元）"), _("捐赠（元）"),
             _("期初（元）"),
             _("其他收支（元）"), _("期末（元）")]
    return table_response("redistribution", heads, (
        (f"{one.month:%Y-%m}", *(yuan_cell(fen) for fen in (
            one.shared_fen, one.levy_fen, one.treasury_fen, one.subsidies_fen, one.donated_fen, one.opened_fen, one.other_fen,
            one.closed_fen)))
        for one in statement_of_fund(house_venue())))


def _year(year: int) -> Year:
    venue, at = house_venue(), MARKET_CLOCK.now()
    if year not in fund_years(venue, at):
        raise Http404
    return fund_year(venue, year, at)


@covers("R75", "W25", "G5")
@require_safe
def year_statement(request: HttpRequest, year: int) -> HttpResponse:
    """One calendar year of the fund: income by source, payments by purpose, what it carries, each traced to its postings."""
    one = _year(year)
    return render(request, "settlement/redistribution_year.html", {
        "one": one, "income": [(MOVEMENTS.get(line.kind, line.kind), line) for line in one.income],
        "payments": [(MOVEMENTS.get(line.kind, line.kind), line, -line.fen) for line in one.payments],
        "years": fund_years(house_venue(), MARKET_CLOCK.now()),
        "may_trace": allowed(actor_in(request), "settlement.reconciliation.see", at=MARKET_CLOCK.now()) if request.user.is_authenticated
        else False})


@covers("R75")
@require_safe
def year_table(request: HttpRequest, year: int) -> StreamingHttpResponse:
    """The same year as a table: section, item, amount, how many postings, the root over their transfers."""
    one = _year(year)
    rows: list[tuple[Cell, ...]] = [(_("期初"), "", yuan_cell(one.opened_fen), "", "")]
    rows += [(word, str(MOVEMENTS.get(line.kind, line.kind)), yuan_cell(line.fen), str(line.postings), line.root)
             for word, lines in ((_("收入"), one.income), (_("支出"), one.payments)) for line in lines]
    rows += [(_("期末"), "", yuan_cell(one.closed_fen), "", "")]
    rows += [(_("用途"), each.fund.name_zh, yuan_cell(each.paid_fen), str(each.postings), each.root) for each in one.purposes]
    return table_response(f"redistribution-{year}", [_("项目"), _("来源或用途"), _("金额（元）"), _("分录数"), _("凭证根")], rows)


@covers("R75", "I9")
@page("settlement.reconciliation.see")
def year_postings(request: HttpRequest, year: int) -> StreamingHttpResponse:
    """Every posting behind the year, for those who oversee the money: with it each line and each root comes out again."""
    _year(year)
    heads = [_("时间"), _("事由"), _("对象"), _("账户"), _("金额（元）"), _("凭证指纹")]
    return table_response(f"redistribution-{year}-postings", heads, (
        (row["transfer__at"].isoformat(), str(MOVEMENTS.get(row["transfer__kind"], row["transfer__kind"])), row["transfer__subject"],
         row["account__owner"], yuan_cell(row["amount_fen"]), row["transfer__hash"]) for row in postings_of(house_venue(), year)))


@covers("W25")
@login_required
@require_POST
def pledge(request: HttpRequest) -> HttpResponse:
    """Pledges a part of every share, or ends the pledge that stands."""
    actor = actor_in(request)
    ours = Organization.objects.filter(pk=actor.organization_id or 0).first()
    if ours is None:
        raise Http404
    standing = DonationPledge.objects.filter(organization=ours, ended_at__isnull=True).select_related("organization").first()
    try:
        if request.POST.get("end"):
            if standing is not None:
                end_pledge(pledge=standing, actor=actor, clock=MARKET_CLOCK)
            messages.success(request, _("捐赠承诺已终止。"))
        else:
            pledge_donation(organization=ours, bps=_bps(request.POST.get("percent", "")), actor=actor, clock=MARKET_CLOCK)
            messages.success(request, _("捐赠承诺已生效，自下一批次起随清算拨付。"))
    except Rejected as rejected:
        language = "zh" if (get_language() or "zh").startswith("zh") else "en"
        messages.error(request, f"{rejected.text('title', language)} ({rejected.code})")
    return redirect("settlement:shares")


def _bps(text: str) -> int:
    """Percent with at most two decimals as basis points; 0 for what cannot be read, which the operation refuses."""
    whole, _point, part = text.strip().removesuffix("%").partition(".")
    good = (whole + part).isascii() and (whole + part).isdigit() and len(whole) <= 3 and len(part) <= 2
    return int(whole or 0) * 100 + int(part.ljust(2, "0") or 0) if good else 0
