"""How large a firm is (R1): micro, small, medium or large by its head count, turnover and assets, stated with its basis and anew each year.

``size_class`` is pure and reads the dated lines of ``data/size_classes_*.yaml``; who owns a firm is no part of it (R60). A statement
counts for its term: then the firm has no stated size until it states it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.db.models import Exists, OuterRef, Q

from evidence.operations import operation, record, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.money import MAX_FEN
from kit.rejected import FieldFault, Rejected
from participants.events import SizeAsked, SizeStated
from participants.models import Admission, AdmissionStatus, Notice, Organization, PartySize, SizeStatement
from participants.names import tidy_name
from participants.notices import notify
from participants.permissions import require
from participants.roles import OrganizationKind, Role
from participants.timers import after, before

__all__ = ["FIGURES", "SMALL", "Industry", "ask_sizes", "industries", "size_class", "size_of", "state_size", "statement_in_force"]

_DATA = Path(__file__).resolve().parent / "data" / "size_classes_2026_1.yaml"
#: Whom the small-buyer figures count.
SMALL = frozenset({PartySize.MICRO.value, PartySize.SMALL.value})
#: figure -> the column that holds it
FIGURES = {"staff": "staff", "turnover": "turnover_fen", "assets": "assets_fen"}
_ORDER = (PartySize.LARGE, PartySize.MEDIUM, PartySize.SMALL)
_WAN_FEN = 1_000_000
_ASKED = "participants.size.asked"
_ASKING = ("请按上年数据说明本机构的规模，每年一次；未说明的不计入小微买方统计，也不能申请小微补贴",
           "State your firm's size by last year's figures, once a year: one not stated counts in no figure of small buyers "
           "and opens no subsidy")


@dataclass(frozen=True)
class Industry:
    """One industry of the standard: its words, and of each class the least figures it needs (persons, or fen)."""

    key: str
    text: tuple[str, str]
    lines: Mapping[PartySize, Mapping[str, int]]

    @property
    def asks(self) -> tuple[str, ...]:
        """Which figures the industry is measured by."""
        return tuple(self.lines[PartySize.LARGE])


@cache
def _data() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(_DATA.read_text(encoding="utf-8"))
    return loaded


@cache
def industries() -> Mapping[str, Industry]:
    """This will return the industries of the standard by key."""
    return {key: Industry(key, (row["zh"], row["en"]), {
        size: {name: least if name == "staff" else least * _WAN_FEN for name, least in row[size.value].items()} for size in _ORDER})
        for key, row in _data()["industries"].items()}


@covers("R1")
def size_class(industry: str, figures: Mapping[str, int]) -> PartySize:
    """This will class a firm: the largest class all of whose lines its figures reach; micro where it reaches none."""
    lines = industries()[industry].lines
    return next((size for size in _ORDER if all(figures[name] >= least for name, least in lines[size].items())), PartySize.MICRO)


@covers("R1")
@operation("participants.size.state")
def state_size(*, organization: Organization, industry: str, year: int, staff: int | None = None, turnover_fen: int | None = None,
               assets_fen: int | None = None, basis: str, actor: Actor, clock: Clock) -> SizeStatement:
    """This will put a firm's figures of a year on file with their basis, and class it by them until the term of the statement ends."""
    at = clock.now()
    require(actor, "participants.profile.edit", subject=organization, at=at)
    given = {"staff": staff, "turnover": turnover_fen, "assets": assets_fen}
    figures = _checked(industry, given, year, tidy_name(basis), at)
    made = SizeStatement.objects.create(
        organization=organization, industry=industry, year=year, basis=tidy_name(basis), standard=_data()["version"],
        size=size_class(industry, figures), stated_at=at, effective_to=after("size.statement", at),
        **{FIGURES[name]: figures.get(name) for name in FIGURES})
    record(SizeStated(subject=organization.code, size=made.size, industry=industry, year=year, staff=made.staff,
                      turnover_fen=made.turnover_fen, assets_fen=made.assets_fen, basis=made.basis, standard=made.standard,
                      effective_to=made.effective_to.isoformat()), actor=actor, at=at)
    return made


def _checked(industry: str, given: Mapping[str, int | None], year: int, basis: str, at: datetime) -> dict[str, int]:
    """The figures that the industry is measured by; the others are not kept."""
    faults = []
    known = industries().get(industry)
    if known is None:
        faults.append(FieldFault("industry", "wrong_value", ("请选择一项", "Choose one")))
    if year not in {at.year, at.year - 1, at.year - 2}:
        faults.append(FieldFault("year", "out_of_range", ("应为本年或前两年", "This year or one of the two before it")))
    if not 4 <= len(basis) <= 200:
        faults.append(FieldFault("basis", "missing", ("请写明依据，四至二百字", "State the basis in 4 to 200 characters")))
    found = {}
    for name in known.asks if known else ():
        value = given[name]
        if value is None or not 0 <= value <= MAX_FEN:
            faults.append(FieldFault(FIGURES[name], "missing", ("请填写，不小于零", "Give a figure of zero or more")))
        else:
            found[name] = value
    if faults:
        raise Rejected("participants.size.faulty", errors=faults)
    return found


def statement_in_force(organization: Organization, *, at: datetime) -> SizeStatement | None:
    """This will return the newest statement, if it still counts."""
    newest = SizeStatement.objects.filter(organization=organization, stated_at__lte=at).order_by("-stated_at", "-pk").first()
    return newest if newest is not None and newest.effective_to > at else None


def size_of(organization: Organization, *, at: datetime) -> str:
    """This will return the stated size that counts at ``at``; '' where none does."""
    held = statement_in_force(organization, at=at)
    return held.size if held else ""


# ---- asked for -----------------------------------------------------------------------------------------------------------------


@covers("R1")
@operation("participants.size.ask")
def ask_sizes(*, clock: Clock, most: int = 500) -> int:
    """This will ask every admitted enterprise that buys to state its size, once when it is admitted and once before each statement ends."""
    at = clock.now()
    soon = after("size.ask", at)
    counting = SizeStatement.objects.filter(organization=OuterRef("pk"), effective_to__gt=soon)
    asked = Notice.objects.filter(organization=OuterRef("pk"), kind=_ASKED, at__gt=before("size.statement", at))
    buys = Admission.objects.filter(organization=OuterRef("pk"), role=Role.BUYER, status=AdmissionStatus.ADMITTED)
    rows = Organization.objects.filter(Exists(buys), ~Exists(counting), ~Exists(asked), kind=OrganizationKind.ENTERPRISE)
    told = list(rows.filter(Q(closed_at__isnull=True)).order_by("pk")[:most])
    for one in told:
        notify(organization=one, kind=_ASKED, text=_ASKING, subject=one.code, href="/desk/organisation/profile/#size", at=at)
    if told:
        record(SizeAsked(subject=told[0].venue.code, asked=len(told)), actor=SYSTEM, at=at)
    else:
        unchanged(at=at)
    return len(told)
