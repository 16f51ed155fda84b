"""The supervision desk: the regulators' admin, in the family of the portal.

Who enters is read from the roles in force, never from ``is_staff`` or ``is_superuser``; people, groups and lockouts are not
managed here (people have their own page, rights come from memberships).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, path, re_path, reverse
from django.utils.http import urlencode
from unfold.sites import UnfoldAdminSite

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import Rejected
from participants.permissions import allowed

__all__ = ["SupervisionSite"]

#: applications whose own admin pages have no place at the desk
_NOT_HERE = frozenset({"auth", "knox", "sessions"})


@covers("T41")
class SupervisionSite(UnfoldAdminSite):
    """One site for the house; rooms register with ``django.contrib.admin.site`` and land here."""

    site_title = site_header = "监管台"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """This will take the rooms' models and leave out the framework's."""
        models = model_or_iterable if isinstance(model_or_iterable, (list, tuple, set)) else [model_or_iterable]
        if ours := [model for model in models if model._meta.app_label not in _NOT_HERE]:
            super().register(ours, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """This will let in whoever holds a desk's role now; somebody signed in without one is refused, not sent to sign in."""
        if allowed(request.actor, "exchange.desk.enter", at=MARKET_CLOCK.now()):  # type: ignore[attr-defined]
            return True
        if request.user.is_authenticated:
            raise Rejected("participants.permission.denied", act="exchange.desk.enter")
        return False

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one sign-in page in the house."""
        wanted = request.GET.get("next") or reverse("admin:index")
        return redirect(f"{reverse('participants:login')}?{urlencode({'next': wanted})}")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Signing out happens on its own page, by POST."""
        return redirect("/")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Passwords are changed on the person's own page."""
        return redirect("participants:password")

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """This will put our own pages first; the package's index is not used."""
        from exchange.supervision import bundles, console_pages, letter_pages, pages, paper_pages, queue_pages, watch_pages

        own: list[URLPattern | URLResolver] = [
            path("", pages.index, name="index"),
            path("queue/<slug:kind>/", queue_pages.queue, name="queue"),
            path("queue/<slug:kind>/views/", queue_pages.views, name="queue_views"),
            path("queue/<slug:kind>/act/", queue_pages.act, name="queue_act"),
            path("queue/<slug:kind>/table.csv", queue_pages.table, name="queue_table"),
            re_path(r"^cases/(?P<code>[A-Z]{3,4}-[0-9A-Z]{10})/$", pages.case, name="case"),
            re_path(r"^cases/(?P<code>[A-Z]{3,4}-[0-9A-Z]{10})/bundle/$", bundles.case_bundle, name="case_bundle"),
            re_path(r"^cases/(?P<code>CND-[0-9A-Z]{10})/papers/$", paper_pages.add, name="case_papers"),
            re_path(r"^cases/(?P<code>[A-Z]{3,4}-[0-9A-Z]{10})/papers/(?P<key>[0-9]{1,12})/$", paper_pages.paper, name="case_paper"),
            re_path(r"^alerts/(?P<code>ALR-[0-9A-Z]{10})/bundle/$", bundles.alert_bundle, name="alert_bundle"),
            re_path(r"^cases/(?P<code>REG-[0-9A-Z]{10})/objections/(?P<key>[0-9]{1,12})/evidence/$", pages.objection_evidence,
                    name="objection_evidence"),
            re_path(r"^trades/(?P<code>TRD-[0-9A-Z]{10})/review/$", pages.trade_review, name="trade_review"),
            path("console/", console_pages.console, name="console"),
            path("parties/", console_pages.party, name="party"),
            re_path(r"^parties/(?P<code>ORG-[0-9A-Z]{10})/(?P<name>[a-z]{3,16})/$", console_pages.party_page, name="party_page"),
            path("deputies/", console_pages.deputies, name="deputies"),
            path("letters/", letter_pages.letters, name="letters"),
            path("alerts/", watch_pages.alerts, name="alerts"),
            re_path(r"^alerts/(?P<code>ALR-[0-9A-Z]{10})/$", watch_pages.alert, name="alert"),
            path("watch/", watch_pages.rules, name="watch"),
            path("watch/concentration/", watch_pages.concentration, name="concentration"),
            path("watch/trades/", watch_pages.trades, name="trades"),
        ]
        return own + list(super().get_urls())

    def admin_view(self, view: Callable[..., HttpResponse], cacheable: bool = False) -> Callable[..., HttpResponse]:
        """The package's pages run under their own content policy (they need inline code); ours keep the strict one."""
        relaxed = csp_update({"script-src": [SELF, UNSAFE_INLINE, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]})
        return relaxed(super().admin_view(view, cacheable))  # type: ignore[return-value]
