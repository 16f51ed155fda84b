"""Bargains, requests for quotes and quotes at the supervision desk: tables to look at, nothing to press (R47, R103).

A column is shown when the table of secrecy lets the desk see it. What a seller quoted stays under seal until the round is over, and for
good where the buyer called the request off; a budget kept to the buyer is not shown either. Salts are nobody's to see.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from kit.coverage import covers
from kit.money import yuan
from participants.desk import DeskAdmin
from trading.models import Barter, Negotiation, Quote, Rfq
from trading.requests import opened
from trading.secrecy import shows
from trading.states import QuoteStatus

__all__ = ["BarterDesk", "NegotiationDesk", "QuoteDesk", "RfqDesk"]

_DESK = ("visitor", "desk")
_SEALED = _("密封")


@admin.display(description=_("方式"), ordering="kind")
def way(row: Negotiation) -> str:
    """This will say how the bargain came about."""
    return str(row.get_kind_display())


@admin.display(description=_("报价"), ordering="price_fen")
def price_on_the_table(row: Negotiation) -> str:
    """This will say the offer that stands."""
    return yuan(row.price_fen) if shows("negotiation", "price_fen", _DESK) else str(_SEALED)


@admin.display(description=_("公允价值"))
def values_declared(row: Barter) -> str:
    """This will say both values of the offer that stands."""
    return f"{yuan(row.proposer_fen)} / {yuan(row.partner_fen)}" if shows("barter", "gives", _DESK) else str(_SEALED)


@admin.display(description=_("报价"))
def quoted_price(row: Quote) -> str:
    """This will say what was quoted once the buyer may read it too; under seal nobody sorts by it either."""
    ended = opened(row.rfq) and row.status != QuoteStatus.WITHDRAWN
    return yuan(row.price_fen) if shows("quote", "price_fen", _DESK, ended=ended) else str(_SEALED)


@admin.display(description=_("预算"))
def budget(row: Rfq) -> str:
    """This will say the budget where the buyer tells it."""
    if row.budget_fen is None:
        return "—"
    return str(_("未公开")) if row.budget_hidden else yuan(row.budget_fen)


@admin.display(description=_("询价"), ordering="rfq__code")
def request_of(row: Quote) -> str:
    """This will name the request that a quote answers."""
    return row.rfq.code


class _DealDesk(DeskAdmin):
    """Newest first, with the parties fetched along; the page of one row shows these columns and no other."""

    ordering = ("-id",)
    also_shown: tuple[Any, ...] = ()

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        return [*self.get_list_display(request), *self.columns(self.also_shown)]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found: QuerySet[Any] = super().get_queryset(request)
        return found.select_related(*self.list_select_related)


@covers("CAP-E4", "R47", "T41")
@admin.register(Negotiation)
class NegotiationDesk(_DealDesk):
    """Who bargains with whom about what, whose turn it is and until when."""

    parties = ("seller", "buyer")
    sector = "version__sector"
    list_display = ("code", way, "listing", "seller", "buyer", "status", "turn", "round", price_on_the_table, "due_at")
    also_shown = ("seats", "term_days", "purpose", "opened_at", "ended_at", "trade")
    list_filter = ("status", "turn")
    search_fields = ("code", "listing__code", "seller__code", "seller__name", "buyer__code", "buyer__name")
    list_select_related = ("listing", "seller", "buyer", "trade")


@covers("R12", "R47", "T41")
@admin.register(Barter)
class BarterDesk(_DealDesk):
    """Who gives which licence for which, at what declared values, whose turn it is, and whether both trades stand."""

    parties = ("proposer", "partner")
    list_display = ("code", "proposer", "proposer_listing", values_declared, "partner", "partner_listing", "status", "turn", "due_at")
    also_shown = ("round", "difference", "proposer_purpose", "partner_purpose", "opened_at", "agreed_at", "ended_at", "cause")
    list_filter = ("status", "difference")
    search_fields = ("code", "proposer_listing__code", "partner_listing__code", "proposer__code", "proposer__name", "partner__code",
                     "partner__name")
    list_select_related = ("proposer", "partner", "proposer_listing", "partner_listing")


@covers("CAP-E4", "R47", "T41")
@admin.register(Rfq)
class RfqDesk(_DealDesk):
    """What was asked for: on the board or of invited sellers, in which round, until when."""

    parties = ("buyer",)
    sector = "sector"
    list_display = ("code", "title", "buyer", "public", "status", "round", budget, "closes_at", "due_at")
    also_shown = ("need", "sector", "purpose", "seats", "term_days", "opened_at", "ended_at", "reason", "trade")
    list_filter = ("status", "public")
    search_fields = ("code", "title", "buyer__code", "buyer__name")
    list_select_related = ("buyer", "trade")


@covers("CAP-E4", "R47", "R103", "T41")
@admin.register(Quote)
class QuoteDesk(_DealDesk):
    """Who quoted which listing in which round; the price once the seal is off."""

    parties = ("seller", "rfq__buyer")
    list_display = ("code", request_of, "seller", "listing", "round", "status", quoted_price, "at")
    also_shown = ("ended_at",)
    list_filter = ("status",)
    search_fields = ("code", "rfq__code", "listing__code", "seller__code", "seller__name")
    list_select_related = ("rfq", "seller", "listing")
