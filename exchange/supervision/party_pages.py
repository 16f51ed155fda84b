"""A party's pages as the party sees them, for the venue's operator: each page is rendered as one of its members gets it, in a transaction
that the database keeps read-only and that is undone; forms are dead, a band on every page says whose eyes these are and until when.

What a party keeps from the venue itself (bids before their opening, keys, personal pages) is not among the pages.
"""

from __future__ import annotations

import copy
import re
from typing import Any

from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.template.loader import render_to_string
from django.urls import resolve, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import Rejected
from participants.actors import actor_of
from participants.models import Membership, Organization, PartyView, User
from participants.predicates import in_force

__all__ = ["PAGES", "as_party", "member_of"]

#: short name -> (words, the address whose page it is)
PAGES: dict[str, tuple[str | Promise, str]] = {
    "today": (_("今日"), "exchange:today"), "notices": (_("通知"), "exchange:notices"),
    "organisation": (_("本机构"), "participants:organisation"), "listings": (_("产品与挂牌"), "listings:mine"),
    "registrations": (_("登记"), "listings:registrations"), "filings": (_("场外备案"), "compliance:filings"),
    "agreements": (_("成交与合同"), "trading:agreements"), "deliveries": (_("交付与验收"), "delivery:mine"),
    "statements": (_("结算单"), "settlement:statements"), "refunds": (_("退款"), "settlement:refunds"),
    "credit": (_("信用档案"), "compliance:credit"), "cases": (_("争议与投诉"), "compliance:cases"),
}


class _Undone(Exception):
    """Ends the look: nothing that a page might have written stays."""


def member_of(organization: Organization) -> User | None:
    """This will return the member through whose eyes one looks: the longest-standing with a sign-in."""
    rows = Membership.objects.filter(in_force(MARKET_CLOCK.now()), organization=organization, person__users__is_active=True)
    first = rows.order_by("effective_from", "id").first()
    return User.objects.filter(person=first.person, is_active=True).order_by("pk").first() if first else None


def _seen(request: HttpRequest, organization: Organization, user: User, address: str) -> HttpRequest:
    """The request as that member would have sent it: no parameters, nothing posted, no session of the operator's."""
    seen = copy.copy(request)
    user.acting_for = organization
    seen.user, seen.method, seen.path, seen.path_info = user, "GET", address, address  # type: ignore[assignment]
    seen.GET, seen.POST = QueryDict(), QueryDict()  # type: ignore[assignment]
    seen.actor = actor_of(user)  # type: ignore[attr-defined]
    seen.resolver_match = resolve(address)
    seen.session = type(request.session)()  # type: ignore[attr-defined]
    return seen


@covers("R121", "T41")
def as_party(request: HttpRequest, view: PartyView, name: str) -> HttpResponse:
    """This will render one of the party's pages read-only and marked. A page that would write, or refuses its party, says so instead."""
    if name not in PAGES:
        raise Http404(name)
    user, address = member_of(view.organization), reverse(PAGES[name][1])
    said: dict[str, Any] = {"view": view, "pages": PAGES, "page": name, "request": request}
    if user is None:
        return HttpResponse(render_to_string("exchange/supervision/party_none.html", said, request=request))
    shown, content = None, b""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL transaction_read_only = on")
            match = resolve(address)
            shown = match.func(_seen(request, view.organization, user, address), *match.args, **match.kwargs)
            content = shown.content
            raise _Undone
    except _Undone:
        pass
    except (DatabaseError, Rejected):
        shown = None
    if shown is None or shown.status_code != 200:  # sent elsewhere, or refused
        return HttpResponse(render_to_string("exchange/supervision/party_none.html", {**said, "user": user}, request=request))
    return HttpResponse(_marked(content.decode(), render_to_string("exchange/supervision/_party_band.html", said, request=request), view))


def _marked(page: str, band: str, view: PartyView) -> str:
    """The page with the band at its head, its forms dead, its doors to the other pages leading to those as the party sees them."""
    page = re.sub(r"<form\b", "<form inert", page)
    for name, (_words, address) in PAGES.items():
        page = page.replace(f'href="{reverse(address)}"', f'href="{reverse("admin:party_page", args=[view.organization.code, name])}"')
    return re.sub(r"(<body\b[^>]*>)", lambda found: found[1] + band, page, count=1)
