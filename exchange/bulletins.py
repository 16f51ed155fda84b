"""The bulletin board: rule changes, suspensions, sanctions in publicity, registrations in public notice. Gathered, never written here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from compliance import queries as compliance
from compliance.catalogue import measures
from exchange.templatetags.house import date_only, day_text
from listings.models import Hold, Registration
from listings.states import RegistrationStatus

__all__ = ["KINDS", "Bulletin", "bulletins"]

Pair = tuple[str, str]

#: kind -> (words, tone of its tag)
KINDS: dict[str, tuple[Pair, str]] = {
    "rule": (("规则", "Rules"), "info"),
    "held": (("停牌", "Halted"), "held"),
    "sanction": (("处置", "Sanction"), "bad"),
    "notice": (("公示", "Notice"), "ok"),
}


@dataclass(frozen=True)
class Bulletin:
    """One public notice: its kind, text in both languages, where it leads, and when it was given."""

    kind: str
    text: Pair
    at: datetime
    view: str = ""
    code: str = ""

    @property
    def label(self) -> Pair:
        return KINDS[self.kind][0]

    @property
    def tone(self) -> str:
        return KINDS[self.kind][1]


def _rules(now: datetime) -> Iterator[Bulletin]:
    for version in compliance.list_versions():
        published = version.proposed_at or version.effective_from
        if published and published <= now:
            effective = version.effective_from
            text = (
                f"负面清单 {version.version} 版，{day_text(effective)} 起施行" if effective else f"负面清单 {version.version} 版公布",
                f"Negative list {version.version} in force from {day_text(effective)}"
                if effective
                else f"Negative list {version.version} published",
            )
            yield Bulletin("rule", text, published, "compliance:negative_list")


def _held(now: datetime, limit: int) -> Iterator[Bulletin]:
    rows = Hold.objects.filter(listing__isnull=False, lifted_at__isnull=True, placed_at__lte=now).select_related("listing__version")
    for hold in rows.order_by("-placed_at")[:limit]:
        listing, version = hold.listing, hold.listing.version if hold.listing else None
        if listing is None or version is None:
            continue
        zh, en = version.title_zh, version.title_en or version.title_zh
        yield Bulletin(
            "held",
            (f"“{zh}”停牌：{hold.reason_zh}", f"“{en}” halted: {hold.reason_en or hold.reason_zh}"),
            hold.placed_at,
            "exchange:listing",
            listing.code,
        )


def _sanctions(now: datetime) -> Iterator[Bulletin]:
    for sanction in compliance.sanctions_in_publicity(now):
        party, measure = sanction.organization, measures()[sanction.measure].text
        yield Bulletin(
            "sanction",
            (
                f"{party.short_name}：{measure[0]}，至 {date_only(sanction.effective_to)}",
                f"{party.short_name_en or party.short_name}: {measure[1]}, until {date_only(sanction.effective_to)}",
            ),
            sanction.effective_from,
            "exchange:sanctions",
        )


def _notices(now: datetime, limit: int) -> Iterator[Bulletin]:
    rows = Registration.objects.filter(status=RegistrationStatus.IN_NOTICE, notice_from__lte=now).select_related("product", "organization")
    for one in rows.order_by("-notice_from")[:limit]:
        product = one.product
        yield Bulletin(
            "notice",
            (
                f"登记公示：{product.title_zh}，异议期至 {date_only(one.notice_to)}",
                f"Registration notice: {product.title_en or product.title_zh}, objections until {date_only(one.notice_to)}",
            ),
            one.notice_from or now,
            "listings:notice",
            one.code,
        )


def bulletins(now: datetime, limit: int = 50, kind: str = "") -> list[Bulletin]:
    """This will return the newest bulletins, newest first, of one kind if asked."""
    everything = [*_rules(now), *_held(now, limit), *_sanctions(now), *_notices(now, limit)]
    wanted = [one for one in everything if not kind or one.kind == kind]
    return sorted(wanted, key=lambda one: one.at, reverse=True)[:limit]
