"""Control lists 管控名单 (R66, W20): imported under four eyes, matched by credit code and by the name's skeleton, cleared when revoked.

A match of a sanction or black list holds what the table says and opens a case; a cautious one opens a case; a white one is noted.
Holds of a list are the list's own: revoking it lifts exactly them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from compliance.cases import moot_case, open_case
from compliance.catalogue import hash_of
from compliance.control_files import LARGEST, Row, read_rows
from compliance.events import control_list_moved, control_match_moved
from compliance.models import Case, ControlEntry, ControlKind, ControlList, ControlMatch
from compliance.moves import locked, step
from compliance.states import CONTROL_LIST, CONTROL_MATCH, CaseStatus, ControlListStatus, ControlMatchStatus
from evidence.files import deposit
from evidence.operations import operation, record, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from participants.approvals import pending_approval
from participants.models import Approval, Organization
from participants.names import name_key
from participants.operations import ask_approval, decide_approval, hold_capability, lift_holds
from participants.permissions import require
from participants.queries import LOCAL
from participants.roles import Capability

__all__ = ["EFFECTS", "clear_match", "decide_list", "decide_revocation", "end_match", "follow_organization", "listed_as", "over_matches",
           "propose_list_import",
           "propose_revocation"]

_DECIDE, _REVOKE = "compliance.control_list.decide", "compliance.control_list.revoke"


@dataclass(frozen=True)
class Effect:
    """What a match of a kind does: the capabilities it holds, on which basis, and whether the desk gets a case."""

    holds: tuple[str, ...]
    basis: str
    case: bool
    text: tuple[str, str]


EFFECTS: dict[str, Effect] = {
    ControlKind.SANCTION: Effect(tuple(Capability.values), "数据二十条 第十一条（R66）；市场管理规则 第22条", True,
                                 ("制裁名单命中", "named by a sanction list")),
    ControlKind.BLACK: Effect((Capability.LIST, Capability.BID), "数据二十条 第十六条；市场管理规则 第22条", True,
                              ("黑名单命中", "named by a black list")),
    ControlKind.CAUTIOUS: Effect((), "白皮书 4.5(五)（W20）", True, ("谨慎名单命中", "named by a cautious list")),
    ControlKind.WHITE: Effect((), "白皮书 4.5(五)（W20）", False, ("白名单命中", "named by a white list")),
}


def _note(held: ControlList, act: str, before: str, *, actor: Actor, at: datetime, reason: str = "") -> ControlList:
    record(control_list_moved[act](subject=held.code, key=held.key, list_version=held.version, list_kind=held.kind, from_status=before,
                                   to_status=held.status, content_hash=held.content_hash, entries=held.entries_count, reason=reason),
           actor=actor, at=at)
    return held


def _move(held: ControlList, act: str, *, actor: Actor, at: datetime, reason: str = "") -> ControlList:
    before = step(held, CONTROL_LIST, act, "control_list")
    held.reason = reason
    if held.status == ControlListStatus.IN_FORCE:
        held.effective_from = at
    elif before == ControlListStatus.IN_FORCE:
        held.effective_to = at
    held.save()
    return _note(held, act, before, actor=actor, at=at, reason=reason)


# ---- a list comes in ---------------------------------------------------------------------------------------------------------


@covers("A6", "R66", "W20")
@operation("compliance.control_list.propose")
def propose_list_import(*, key: str, kind: str, name: str, authority: str, dated: date, stream: Any, filename: str, actor: Actor,
                        clock: Clock
                        ) -> ControlList:
    """This will read a list's file and put it before a second person; a faulty file is refused whole, with its faults by line."""
    at = clock.now()
    require(actor, "compliance.control_list.propose", at=at)
    if kind not in ControlKind.values or not key or not name.strip() or not authority.strip():
        raise Rejected("compliance.control_list.incomplete")
    known = ControlList.objects.filter(key=key).order_by("-version").first()
    if known is not None and known.kind != kind:
        raise Rejected("compliance.control_list.other_kind", key=key, kind=known.get_kind_display())
    if ControlList.objects.filter(key=key, status=ControlListStatus.PROPOSED).exists():
        raise Rejected("compliance.control_list.one_proposed", key=key)
    raw = stream.read(LARGEST + 1)
    rows = read_rows(raw, filename)
    kept = deposit(_Once(raw), name=filename, owner=actor.organization or "VENUE", at=at, cap_bytes=LARGEST)
    made = ControlList.objects.create(
        code=new_code("CTL"), key=key, version=(known.version if known else 0) + 1, kind=kind, name=name.strip()[:120],
        authority=authority.strip()[:120], dated=dated, deposit=kept, content_hash=hash_of([asdict(row) for row in rows]),
        entries_count=len(rows), proposed_at=at)
    ControlEntry.objects.bulk_create([ControlEntry(list=made, position=place, **asdict(row)) for place, row in enumerate(rows)],
                                     batch_size=2000)
    ask_approval(act=_DECIDE, subject=made.code, actor=actor, at=at, payload={
        "key": key, "kind": kind, "entries": len(rows), "content_hash": made.content_hash})
    return _note(made, "propose", "", actor=actor, at=at)


class _Once:
    """Bytes that are read once, as the file storage reads them."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw

    def read(self, size: int) -> bytes:
        head, self.raw = self.raw[:size], self.raw[size:]
        return head


def _pending(act: str, held: ControlList) -> Approval:
    found = pending_approval(act, held.code)
    if found is None:
        raise Rejected("compliance.control_list.nothing_asked", list=held.code)
    return found


@covers("A6", "I18")
@operation("compliance.control_list.decide")
def decide_list(*, control_list: ControlList, agree: bool, reason: str, actor: Actor, clock: Clock) -> ControlList:
    """This will put a list in force by the second person: its predecessor gives way; named ones are flagged, others cleared."""
    held = locked(control_list)
    at = clock.now()
    require(actor, _DECIDE, at=at)
    decide_approval(approval=_pending(_DECIDE, held), approve=agree, reason=reason, actor=actor, at=at)
    if not agree:
        return _move(held, "refuse", actor=actor, at=at, reason=reason)
    former = ControlList.objects.select_for_update(no_key=True).filter(key=held.key, status=ControlListStatus.IN_FORCE).first()
    if former is not None:
        _move(former, "supersede", actor=actor, at=at, reason=held.code)
    _move(held, "approve", actor=actor, at=at, reason=reason)
    found = _named(held)
    for entry, organization, by in found:
        _flag(entry, organization, by, carried=former, clock=clock, at=at)
    if former is not None:
        _clear_all(former, reason=f"新版 {held.code} 未再列入 / no longer named by {held.code}", actor=actor, clock=clock)
    return held


@covers("A6")
@operation("compliance.control_list.propose_revocation")
def propose_revocation(*, control_list: ControlList, reason: str, actor: Actor, clock: Clock) -> Approval:
    """This will ask a second person to revoke a list in force."""
    at = clock.now()
    require(actor, "compliance.control_list.propose", at=at)
    held = locked(control_list)
    if held.status != ControlListStatus.IN_FORCE or not reason.strip():
        step(held, CONTROL_LIST, "revoke", "control_list")
        raise Rejected("compliance.control_list.incomplete")
    return ask_approval(act=_REVOKE, subject=held.code, payload={"reason": reason}, checker=_DECIDE, actor=actor, at=at)


@covers("A6", "I18")
@operation("compliance.control_list.revoke")
def decide_revocation(*, control_list: ControlList, agree: bool, reason: str, actor: Actor, clock: Clock) -> ControlList:
    """This will revoke a list by the second person: every match, its holds and its case are cleared in the same transaction."""
    held = locked(control_list)
    at = clock.now()
    require(actor, _DECIDE, at=at)
    asked = decide_approval(approval=_pending(_REVOKE, held), approve=agree, reason=reason, actor=actor, at=at)
    if not agree:
        return held
    _move(held, "revoke", actor=actor, at=at, reason=asked.payload["reason"])
    _clear_all(held, reason=f"名单撤销 / the list was revoked: {asked.payload['reason']}", actor=actor, clock=clock)
    return held


# ---- matching ----------------------------------------------------------------------------------------------------------------


def _named(held: ControlList) -> list[tuple[ControlEntry, Organization, str]]:
    """Whom a list names, each once: by credit code where both have one, else by the skeleton of either name."""
    rows = Organization.objects.exclude(kind__in=["venue", "authority", "holding"])
    codes = {entry.uscc: entry for entry in held.entries.exclude(uscc="").order_by("-position")}
    keys = {entry.name_key: entry for entry in held.entries.exclude(name_key="").order_by("-position")}
    found = []
    for one in rows.order_by("pk").iterator():
        if match := _match(one, codes, keys):
            found.append((match[0], one, match[1]))
    return found


def _match(one: Organization, codes: dict[str, ControlEntry], keys: dict[str, ControlEntry]) -> tuple[ControlEntry, str] | None:
    if one.uscc and one.uscc in codes:
        return codes[one.uscc], "uscc"
    for key in dict.fromkeys((one.name_key, name_key(one.name), name_key(one.name_en))):
        entry = keys.get(key) if key else None
        # a different credit code says that another party of the same name is meant
        if entry is not None and not (entry.uscc and one.uscc and entry.uscc != one.uscc):
            return entry, "name"
    return None


def _flag(entry: ControlEntry, organization: Organization, by: str, *, carried: ControlList | None, clock: Clock,
          at: datetime) -> ControlMatch:
    """Flags an organisation, or carries its flag on from the list's former version with its holds and its case."""
    effect = EFFECTS[entry.list.kind]
    running = ControlMatch.objects.select_for_update(of=("self",), no_key=True).filter(
        entry__list=carried, organization=organization, status=ControlMatchStatus.OPEN).first() if carried else None
    made, fresh = ControlMatch.objects.get_or_create(
        entry=entry, organization=organization, defaults={
            "code": new_code("CTM"), "kind": entry.list.kind, "by": by, "opened_at": at, "case_code": running.case_code if running else ""})
    if not fresh:
        unchanged(at=at)
        return made
    _tell(made, "flag", "", actor=SYSTEM, at=at)
    for capability in effect.holds:
        hold_capability(organization=organization, capability=capability, reason_code=_reason_code(made),
                        reason=f"{effect.text[0]}：{entry.list.name}（{entry.basis or entry.list.authority}）", basis=effect.basis,
                        actor=SYSTEM, at=at)
    if running is not None:
        _clear(running, reason=f"转入 {made.code} / carried on as {made.code}", keep_case=True, actor=SYSTEM, clock=clock)
    elif effect.case:
        case = open_case(kind="control_list", subject_kind="control_match", subject_code=made.code, organization=organization,
                         title=(f"{effect.text[0]}：{organization.short_name}",
                                f"{organization.short_name_en or organization.short_name}: {effect.text[1]}"),
                         text=f"{entry.list.name} {entry.list.version}：{entry.name} {entry.uscc}（{by}）", flags=[entry.list.kind],
                         priority=10 if effect.holds else 40, actor=SYSTEM, clock=clock)
        made.case_code = case.code
        made.save(update_fields=["case_code"])
    return made


def _reason_code(match: ControlMatch) -> str:
    return f"control_list:{match.code}"


def _tell(held: ControlMatch, act: str, before: str, *, actor: Actor, at: datetime, reason: str = "") -> None:
    record(control_match_moved[act](subject=held.code, organization=held.organization.code, list_code=held.entry.list.code,
                                    list_kind=held.kind, by=held.by, from_status=before, to_status=held.status, reason=reason),
           actor=actor, at=at)


def _clear_all(held: ControlList, *, reason: str, actor: Actor, clock: Clock) -> None:
    rows = ControlMatch.objects.filter(entry__list=held, status=ControlMatchStatus.OPEN).select_related("organization", "entry__list")
    for one in rows.order_by("organization_id", "pk"):
        _clear(one, reason=reason, actor=actor, clock=clock)


def _clear(match: ControlMatch, *, reason: str, keep_case: bool = False, actor: Actor, clock: Clock) -> ControlMatch:
    at = clock.now()
    held = ControlMatch.objects.select_for_update(of=("self",), no_key=True).select_related("organization", "entry__list").get(pk=match.pk)
    before = step(held, CONTROL_MATCH, "clear", "control_match")
    held.cleared_at, held.reason = at, reason
    held.save()
    _tell(held, "clear", before, actor=actor, at=at, reason=reason)
    lift_holds(organization=held.organization, reason_code=_reason_code(held), reason=reason, actor=actor, at=at)
    case = Case.objects.filter(code=held.case_code).exclude(status=CaseStatus.CLOSED).first() if held.case_code and not keep_case else None
    if case is not None:
        moot_case(case=case, text=reason, actor=actor, clock=clock)
    return held


@covers("A6")
@operation("compliance.control_match.clear")
def clear_match(*, match: ControlMatch, reason: str, actor: Actor, clock: Clock) -> ControlMatch:
    """This will clear a match found by name, where another party is meant; one by credit code goes only with the list."""
    require(actor, "compliance.control_match.clear", at=clock.now())
    if not reason.strip():
        raise Rejected("compliance.control_list.incomplete")
    if match.by == "uscc":
        raise Rejected("compliance.control_match.certain", match=match.code)
    return _clear(match, reason=reason.strip(), actor=actor, clock=clock)


@covers("A6", "R66")
@operation("compliance.control_list.follow")
def follow_organization(*, organization: Organization, clock: Clock) -> Sequence[ControlMatch]:
    """This will look an organisation that has just come up in every list in force."""
    at = clock.now()
    found = []
    for held in ControlList.objects.filter(status=ControlListStatus.IN_FORCE).order_by("pk"):
        keys = {key for key in (organization.name_key, name_key(organization.name), name_key(organization.name_en)) if key}
        near = held.entries.filter(Q(name_key__in=keys) | (Q(uscc=organization.uscc) & ~Q(uscc=""))).order_by("-position")
        if match := _match(organization, {one.uscc: one for one in near if one.uscc}, {one.name_key: one for one in near}):
            found.append(_flag(match[0], organization, match[1], carried=None, clock=clock, at=at))
    if not found:
        unchanged(at=at)
    return found


def over_matches(at: datetime) -> QuerySet[ControlMatch]:
    """This will list the open matches of entries whose own term is over: good through the local day the entry names."""
    return ControlMatch.objects.filter(status=ControlMatchStatus.OPEN, entry__until__lt=at.astimezone(LOCAL).date()).order_by("pk")


@operation("compliance.control_match.end")
def end_match(*, match: ControlMatch, clock: Clock) -> ControlMatch:
    """This will clear one match whose entry's term is over."""
    return _clear(match, reason="列入期限届满 / the entry's term is over", actor=SYSTEM, clock=clock)


def listed_as(*, names: Iterable[str] = (), organization: Organization | None = None) -> set[str]:
    """This will return the kinds of lists in force that name an organisation (its open matches), or anybody by one of the names."""
    kinds: set[str] = set()
    if organization is not None:
        rows = ControlMatch.objects.filter(organization=organization, status=ControlMatchStatus.OPEN)
        kinds |= set(rows.values_list("kind", flat=True))
    keys = [key for key in (name_key(name) for name in names) if key]
    if keys:
        entries = ControlEntry.objects.filter(list__status=ControlListStatus.IN_FORCE, name_key__in=keys)
        kinds |= set(entries.values_list("list__kind", flat=True))
    return kinds


def rows_of(held: ControlList) -> list[Row]:
    """This will return a version's entries as they were read, to be compared with another's."""
    return [Row(one.name, one.name_key, one.uscc, one.jurisdiction, one.basis, one.until) for one in held.entries.order_by("position")]
