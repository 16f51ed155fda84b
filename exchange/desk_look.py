"""How the package's own pages of the supervision desk look: our azurite, paper and rail (look §10)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

__all__ = ["UNFOLD"]


def _link(title: str | Promise, address: str, icon: str, needs: str = "") -> dict[str, Any]:
    """A door of the rail; with ``needs`` only for whoever may do that."""
    door: dict[str, Any] = {"title": title, "link": reverse_lazy(address), "icon": icon}
    return {**door, "permission": lambda request: _may(request, needs)} if needs else door


def _may(request: HttpRequest, needs: str) -> bool:
    from evidence.clock import MARKET_CLOCK
    from participants.permissions import allowed

    return allowed(request.actor, needs, at=MARKET_CLOCK.now())  # type: ignore[attr-defined]  # put there by ActorMiddleware


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("监管台"),
    "SITE_HEADER": _("监管台"),
    "SITE_URL": "/",
    "SITE_ICON": lambda request: static("exchange/tally.svg"),
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("exchange/tally.svg")}],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "4px",
    "STYLES": [lambda request: static("exchange/desk.css")],
    "COLORS": {
        "base": {
            "50": "#F6F7F4",
            "100": "#ECEFEA",
            "200": "#DCE1DC",
            "300": "#B6C1BC",
            "400": "#8F9C97",
            "500": "#5A6763",
            "600": "#414E4A",
            "700": "#27322F",
            "800": "#161F1C",
            "900": "#14201D",
            "950": "#0E1513",
        },
        "primary": {
            "50": "#E1EDF4",
            "100": "#CBE0EC",
            "200": "#A6CDE3",
            "300": "#93CBEC",
            "400": "#6FB8E2",
            "500": "#1B6CA6",
            "600": "#0D5A86",
            "700": "#0A4669",
            "800": "#11303F",
            "900": "#0B2431",
            "950": "#05202F",
        },
        "font": {
            "subtle-light": "var(--ink-3)",
            "subtle-dark": "var(--ink-3)",
            "default-light": "var(--ink-2)",
            "default-dark": "var(--ink-2)",
            "important-light": "var(--ink)",
            "important-dark": "var(--ink)",
        },
    },
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            {"title": _("队列"), "items": [_link(_("我的待办"), "admin:index", "inbox")]},
            {
                "title": _("台账"),
                "items": [
                    _link(_("机构"), "admin:participants_organization_changelist", "apartment"),
                    _link(_("准入审核"), "admin:participants_admission_changelist", "how_to_reg"),
                    _link(_("信用状态"), "admin:participants_standingchange_changelist", "gavel"),
                    _link(_("复核"), "admin:participants_approval_changelist", "group"),
                    _link(_("参数"), "admin:participants_parameter_changelist", "tune"),
                    _link(_("工作日历"), "admin:participants_calendarday_set", "calendar_month"),
                    _link(_("材料"), "admin:participants_proof_changelist", "description"),
                    _link(_("安全审查"), "admin:participants_securityreview_changelist", "shield"),
                    _link(_("承继"), "admin:participants_succession_changelist", "merge"),
                    _link(_("负面清单"), "admin:compliance_negativelistversion_changelist", "rule"),
                    _link(_("政策实验室"), "simulation:laboratory", "science", "simulation.laboratory.see"),
                    _link(_("规则核对"), "admin:compliance_rulecheck_due", "fact_check"),
                    _link(_("重新判定"), "admin:listings_rescreening_changelist", "published_with_changes"),
                    _link(_("管控名单"), "admin:compliance_controllist_changelist", "block"),
                    _link(_("交付监督"), "delivery:oversight", "local_shipping", "delivery.delivery.oversee"),
                    _link(_("密室监督"), "delivery:rooms_oversight", "query_stats", "delivery.room.oversee"),
                    _link(_("议价"), "admin:trading_negotiation_changelist", "handshake"),
                    _link(_("使用权互换"), "admin:trading_barter_changelist", "swap_horiz"),
                    _link(_("询价"), "admin:trading_rfq_changelist", "request_quote"),
                    _link(_("报价"), "admin:trading_quote_changelist", "sell"),
                    _link(_("算法审查"), "delivery:compute_review", "memory", "delivery.algorithm.review"),
                    _link(_("服务调用复核"), "delivery:services", "policy", "delivery.hold.end"),
                    _link(_("输出放行"), "delivery:outputs", "outbox", "delivery.output.decide"),
                ],
            },
        ],
    },
}
