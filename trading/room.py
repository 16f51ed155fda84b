"""What the auction room shows to whom: the lot's public facts, the reader's own position, the history, the price chart.

Others' maxima and the reserve never leave the room's rows; before the deal bidders are paddles (rules E.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from kit.actors import Actor
from kit.money import bps_of, yuan
from ledger.accounts import AccountKind
from ledger.models import Account
from ledger.queries import balance
from participants.charges import Payer
from participants.models import Organization
from participants.permissions import allowed
from participants.queries import LOCAL
from participants.tax import Tax, tax_on
from trading.auctions.dutch import clock_price
from trading.books import increments_of, minimum_for
from trading.clock import asked_at, length_of, next_step_at, steps_of, terms_of_clock
from trading.hybrid_room import hybrid_context, hybrid_state
from trading.models import Auction, Bid, Bidder, Phase
from trading.operations.bidding import deposit_for
from trading.queries import charges_of
from trading.sealed_room import own_seal, sealed_context, sealed_state
from trading.sealing import SEALED
from trading.secrecy import seen
from trading.states import AuctionStatus

__all__ = ["Panel", "Raise", "panel_of", "price_chart", "rows_of"]

SHOWN = 20


@dataclass(frozen=True)
class Raise:
    """One of the three steps offered under the field."""

    fen: int
    label: str

    @property
    def plain(self) -> str:
        """Yuan without sign and commas, for the address and the script."""
        return yuan(self.fen).removeprefix("¥").replace(",", "")


@dataclass(frozen=True)
class Panel:
    """The bid panel: one of its states, the reader's figures, and what may be done."""

    state: str
    bidder: Bidder | None = None
    own_fen: int | None = None
    minimum_fen: int = 0
    deposit_fen: int = 0
    available_fen: int | None = None
    raises: Sequence[Raise] = field(default_factory=tuple)
    typed_fen: int = 0
    total_fen: int = 0
    tax: Tax | None = None
    may_register: bool = False

    @property
    def bids_now(self) -> bool:
        return self.state in {"first", "leading", "outbid"}

    @property
    def typed(self) -> str:
        return yuan(self.typed_fen).removeprefix("¥")


def _state(lot: Auction, bidder: Bidder | None, own_fen: int | None, actor: Actor, now: datetime) -> str:
    """One word of the panel's states; the page has one text for each."""
    if lot.status == AuctionStatus.OPEN and now >= lot.closes_at:
        return "closing"
    if lot.status == AuctionStatus.REVEALING and (bidder is None or bidder.barred_at is not None):
        return "opening"
    if lot.status == AuctionStatus.AWARDED and bidder is not None:
        return "won" if lot.leader_id == bidder.pk or bidder.awards.exists() else "lost"
    if lot.status in (AuctionStatus.AWARDED, AuctionStatus.FAILED, AuctionStatus.CANCELLED, AuctionStatus.HALTED):
        return str(lot.status)
    if actor.organization_id is not None and actor.organization_id == lot.seller_id:
        return "seller"
    if bidder is None:
        return "opening" if lot.phase in (Phase.OPENING, Phase.BEST) else "unregistered"
    if bidder.barred_at is not None:
        return "barred"
    if lot.status == AuctionStatus.ANNOUNCED:
        return "waiting"
    if lot.phase:
        return hybrid_state(lot, bidder)
    if lot.format in SEALED:
        return sealed_state(lot, bidder)
    return "leading" if lot.leader_id == bidder.pk else "first" if own_fen is None else "outbid"


def panel_of(lot: Auction, actor: Actor, now: datetime, typed_fen: int | None = None) -> Panel:
    """This will say where the reader stands in the lot and what may be done next."""
    bidder = Bidder.objects.filter(auction=lot, organization_id=actor.organization_id or 0).first()
    own = None if bidder is None else Bid.objects.standing().filter(auction=lot, bidder=bidder).order_by("-maximum_fen").first()
    own_fen = None if own is None else own.maximum_fen
    state = _state(lot, bidder, own_fen, actor, now)
    may = bidder is None and allowed(actor, "trading.bidder.register", at=now)
    organization = Organization.objects.filter(pk=actor.organization_id or 0).first()
    least = minimum_for(lot, leading=state == "leading")
    raises = _raises(lot, least if state != "leading" or own_fen is None else own_fen + increments_of(lot).step(own_fen))
    typed = typed_fen if typed_fen is not None and typed_fen >= least else raises[1].fen
    return Panel(
        state=state, bidder=bidder, own_fen=own_fen, minimum_fen=least, raises=raises, typed_fen=typed, may_register=may,
        total_fen=typed + charges_of(lot).total(typed, Payer.BUYER), tax=tax_on(typed, seller_id=lot.seller_id, at=now),
        deposit_fen=bidder.deposit_fen if bidder else deposit_for(lot, organization) if organization else _base_deposit(lot),
        available_fen=_available(organization))


def _base_deposit(lot: Auction) -> int:
    return max(lot.deposit_minimum_fen, bps_of(lot.start_price_fen, lot.deposit_bps))


def _available(organization: Organization | None) -> int | None:
    if organization is None:
        return None
    known = Account.objects.filter(owner=organization.code, kind=AccountKind.AVAILABLE).first()
    return balance(known).available_fen if known else 0


def _raises(lot: Auction, least: int) -> list[Raise]:
    step = increments_of(lot).step(max(least, lot.price_fen or 0))
    return [Raise(least, _("最低")), Raise(least + 3 * step, _("加 3 档")), Raise(least + 6 * step, _("加 6 档"))]


@dataclass(frozen=True)
class Row:
    """One line of the history."""

    seq: int
    at: datetime
    paddle: int
    price_fen: int
    mine: bool
    leads: bool
    voided: bool


def rows_of(lot: Auction, bidder: Bidder | None, *, limit: int = SHOWN) -> list[Row]:
    """This will list the newest bids first: time, paddle, what the price became."""
    rows = Bid.objects.filter(auction=lot).order_by("-seq").values_list(
        "seq", "at", "bidder__paddle", "price_after_fen", "leader_after", "bidder_id", "void__id")[:limit]
    own = bidder.pk if bidder else None
    return [Row(seq, at, paddle, price, key == own, leader == paddle, void is not None)
            for seq, at, paddle, price, leader, key, void in rows]


# ---- the price chart ---------------------------------------------------------------------------------------------------
WAN = 1_000_000


def _figure(fen: int, unit: int) -> str:
    whole, rest = divmod(fen * 100 // unit, 100)
    return f"{whole:,}" + (f".{rest:02d}".rstrip("0").rstrip(".") if rest else "")


def _axis(low: int, high: int) -> list[int]:
    """Round marks from at or below ``low`` to at or above ``high``; the axis need not start at zero: it is a line."""
    reach = max(high - low, 10_000)
    step = 10 ** (len(str(reach // 4)) - 1)
    step = next(one for one in (step, step * 2, step * 5, step * 10) if one * 4 >= reach)
    first = low // step * step
    return list(range(first, high + step, step))


def price_chart(lot: Auction, bidder: Bidder | None, now: datetime, *, width: int = 908, height: int = 300) -> SafeString:
    """This will draw the visible price as steps, own bids filled, others hollow; '' before the first bid."""
    rows = list(Bid.objects.filter(auction=lot, void__isnull=True).order_by("seq").values_list("at", "price_after_fen", "bidder_id"))
    if not rows:
        return mark_safe("")
    left, right, floor, ceiling = 64, width - 8, height - 36, 16
    begins, ends = lot.opens_at, max(lot.closes_at, rows[-1][0])
    marks = _axis(min(lot.start_price_fen, rows[0][1]), max(price for _at, price, _key in rows))
    unit = _unit(lot)

    def x(at: datetime) -> float:
        return left + (right - left) * max(0.0, min(1.0, (at - begins) / max(ends - begins, timedelta(seconds=1))))

    def y(fen: int) -> float:
        return floor - (floor - ceiling) * (fen - marks[0]) / max(1, marks[-1] - marks[0])

    grid = format_html_join("", '<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="e" x="{}" y="{}">{}</text>', (
        (left, right, f"{y(m):.1f}", f"{y(m):.1f}", left - 8, f"{y(m) + 4:.1f}", _figure(m, unit)) for m in marks))
    path = f"M{left:.1f},{y(lot.start_price_fen):.1f}" + "".join(f" H{x(at):.1f} V{y(price):.1f}" for at, price, _key in rows)
    path += f" H{x(min(max(now, rows[-1][0]), ends)):.1f}"
    own = bidder.pk if bidder else None
    dots = format_html_join("", '<circle class="{}" cx="{}" cy="{}" r="{}"/>', (
        ("dot-me" if key == own else "dot", f"{x(at):.1f}", f"{y(price):.1f}", 5 if key == own else 3) for at, price, key in rows))
    zone = x(lot.closes_at - timedelta(seconds=lot.window_seconds))
    told = _("出价走势：起拍 %(start)s，现价 %(price)s，共 %(n)s 次出价。") % {
        "start": yuan(lot.start_price_fen), "price": yuan(rows[-1][1]), "n": len(rows)}
    return format_html(
        '<svg class="ch" viewBox="0 0 {} {}" role="img" aria-label="{}">{}<rect class="wash-w" x="{}" y="{}" width="{}" height="{}"/>'
        '<path class="ln" d="{}"/>{}{}</svg>',
        width, height, told, grid, f"{zone:.1f}", ceiling, f"{max(1.0, right - zone):.1f}", floor - ceiling, path, dots,
        _times(begins, ends, left, right, height - 10, 4 if width > 500 else 2))


def _unit(lot: Auction) -> int:
    """Figures of a large lot are read in 万元."""
    return WAN if max(lot.price_fen or 0, lot.start_price_fen) >= 10 * WAN else 100


def _times(begins: datetime, ends: datetime, left: int, right: int, y: int, parts: int) -> SafeString:
    """Instants below the chart, from the opening to the end; the day is named where the lot runs over several."""
    days = begins.astimezone(LOCAL).date() != ends.astimezone(LOCAL).date()
    shown = [begins + (ends - begins) * n / parts for n in range(parts + 1)]
    anchors = ["", *("m" for _part in shown[1:-1]), "e"]
    return format_html_join("", '<text class="{}" x="{}" y="{}">{}</text>', (
        (anchor, f"{left + (right - left) * n / parts:.1f}", y, f"{at.astimezone(LOCAL):{'%m-%d %H:%M' if days else '%H:%M'}}")
        for n, (at, anchor) in enumerate(zip(shown, anchors, strict=True))))


def clock_chart(lot: Auction, now: datetime, *, width: int = 908, height: int = 240) -> SafeString:
    """This will draw the stairs that a Dutch clock goes down: what it has asked so far, what it would ask, and where it was taken."""
    terms = terms_of_clock(lot)
    assert lot.clock_seconds, "a Dutch lot has its clock"
    steps, ends, pace = steps_of(terms.start, terms.floor, terms.step), lot.first_closes_at, timedelta(seconds=lot.clock_seconds)
    begins = ends - length_of(terms.start, terms.floor, terms.step, lot.clock_seconds)
    left, right, floor, ceiling, marks = 64, width - 8, height - 36, 16, _axis(terms.floor, terms.start)
    taken = Bid.objects.filter(auction=lot, void__isnull=True).order_by("seq").values_list("at", "price_after_fen").first()
    reached = min(max(taken[0] if taken else now, begins), ends)

    def x(at: datetime) -> float:
        return left + (right - left) * ((at - begins) / max(ends - begins, timedelta(seconds=1)))

    def y(fen: int) -> float:
        return floor - (floor - ceiling) * (fen - marks[0]) / max(1, marks[-1] - marks[0])

    def gone_by(at: datetime) -> int:
        """Whole steps since the clock began, never beyond its last."""
        return min(steps, (at - begins) // pace)

    def stairs(since: datetime, until: datetime) -> str:
        """The line between two instants: along each price it asks, then down to the next; long clocks are drawn in coarser steps."""
        turns = range(gone_by(since) + 1, gone_by(until) + 1, max(1, steps // 120))
        path = f"M{x(since):.1f},{y(clock_price(terms, gone_by(since))):.1f}"
        return path + "".join(f" H{x(begins + pace * n):.1f} V{y(clock_price(terms, n)):.1f}" for n in turns) + f" H{x(until):.1f}"

    grid = format_html_join("", '<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="e" x="{}" y="{}">{}</text>', (
        (left, right, f"{y(m):.1f}", f"{y(m):.1f}", left - 8, f"{y(m) + 4:.1f}", _figure(m, _unit(lot))) for m in marks))
    ahead = format_html('<path class="ln" stroke-opacity=".25" d="{}"/>', stairs(reached, ends)) if reached < ends else ""
    gone = format_html('<path class="ln" d="{}"/>', stairs(begins, reached)) if begins < reached else ""
    dot = format_html('<circle class="dot-me" cx="{}" cy="{}" r="5"/>', f"{x(reached):.1f}", f"{y(taken[1]):.1f}") if taken else ""
    told = _("降价走势：自 %(start)s 至 %(floor)s，现为 %(price)s。") % {
        "start": yuan(terms.start), "floor": yuan(terms.floor), "price": yuan(taken[1] if taken else asked_at(lot, reached))}
    return format_html('<svg class="ch" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}{}{}</svg>', width, height, told, grid, ahead,
                       gone, dot, _times(begins, ends, left, right, height - 10, 4 if width > 500 else 2))


def dutch_context(lot: Auction, now: datetime) -> dict[str, Any]:
    """This will gather what only the room of a Dutch lot shows: what the clock asks now, when it asks less, and its stairs."""
    at = max(now, lot.opens_at)
    return {"live_part": "trading/_dutch_live.html", "asked_fen": asked_at(lot, at), "step_at": next_step_at(lot, at),
            "stairs": clock_chart(lot, now), "stairs_phone": clock_chart(lot, now, width=358, height=200)}


def context_of(lot: Auction, actor: Actor, now: datetime, typed_fen: int | None = None) -> dict[str, Any]:
    """This will gather everything the room's page and its live part show."""
    panel = panel_of(lot, actor, now, typed_fen)
    sealed = lot.format in SEALED
    if lot.phase:
        shows = dutch_context(lot, now) | hybrid_context(lot, panel.bidder)
    elif sealed:
        shows = sealed_context(lot, panel.bidder, now)
    else:
        shows = dutch_context(lot, now) if lot.format == "dutch" else {"live_part": "trading/_room_live.html"}
    return shows | {
        "sealed": sealed or bool(lot.phase),
        "lot": seen("lot", lot), "panel": panel, "rows": rows_of(lot, panel.bidder), "bidders": lot.bidders.count(), "now": now,
        "chart": price_chart(lot, panel.bidder, now), "chart_phone": price_chart(lot, panel.bidder, now, width=358, height=210),
        "chart_unit": _("万元") if _unit(lot) == WAN else _("元"),
        "my_seal": own_seal(lot, panel.bidder),
        "leader": lot.leader.paddle if lot.leader else None, "steps": lot.increments, "halt": lot.halts.filter(lifted_at=None).first(),
        "minutes": {"window": lot.window_seconds // 60, "extension": lot.extension_seconds // 60, "cap": lot.extension_cap_seconds // 60},
    }
