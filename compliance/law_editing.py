"""A draft of the negative list edited rule by rule, and what the public says of a proposal (R51, R84; E-Commerce Law art. 34).

An edition's entries never change: each edit writes the whole list anew under the next edition. Everyone whose hand was in a draft
is kept, so that none of them approves it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from compliance.catalogue import hash_of
from compliance.events import ListCommented
from compliance.law import draft_list, note, refuse_unreadable, write_entries
from compliance.models import ListComment, NegativeListEntry, NegativeListVersion
from compliance.moves import locked, step
from compliance.queries import list_version_at
from compliance.rules.drafting import faults_of
from compliance.rules.negative_list import document_hash
from compliance.states import NEGATIVE_LIST, ListStatus
from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import FieldFault, Rejected
from participants.permissions import require
from participants.timers import after

__all__ = ["begin_list", "comment_list", "put_rule", "retire_rule", "rows_of_version"]

_LONGEST = 2000


def rows_of_version(version: NegativeListVersion) -> list[dict[str, Any]]:
    """This will return a version's rules as data, in order (its present edition)."""
    rows = NegativeListEntry.objects.filter(version=version, edition=version.edition).order_by("position")
    return list(rows.values_list("rule", flat=True))


@covers("R84", "C1")
@operation("compliance.negative_list.begin")
def begin_list(*, version: str, summary: tuple[str, str], actor: Actor, clock: Clock) -> NegativeListVersion:
    """This will begin a draft as a copy of the list in force; its label and its summary are the drafter's."""
    at = clock.now()
    require(actor, "compliance.negative_list.draft", at=at)
    label = version.strip()
    faults = [FieldFault("version", "shape", ("版本号 1 至 24 个字，如 2026.2", "A label of 1 to 24 characters, such as 2026.2"))
              ] if not 0 < len(label) <= 24 else []
    told = ("请写明改什么、为什么，不超过 400 字", "Say what changes and why, up to 400 characters")
    faults += [FieldFault(f"summary_{language}", "missing", told)
               for language, text in zip(("zh", "en"), summary, strict=True) if not 0 < len(text.strip()) <= 400]
    if faults:
        raise Rejected("compliance.negative_list.incomplete", errors=faults)
    return draft_list(version=label, rules=rows_of_version(list_version_at(at)), summary=(summary[0].strip(), summary[1].strip()),
                      actor=actor, clock=clock)


@covers("R84", "C1")
@operation("compliance.negative_list.edit")
def put_rule(*, version: NegativeListVersion, edition: int, rule: Mapping[str, Any], actor: Actor, clock: Clock) -> NegativeListVersion:
    """This will write a rule into a draft: in the place of the one of the same id, or at the end.

    ``edition`` is the one the editor saw; ``Rejected`` names every faulty field.
    """
    held, at = _draft(version, edition, actor, clock)
    row = {key: value for key, value in rule.items() if key != "conditions" or value}
    if row.get("tier") == "restricted":
        row.setdefault("conditions", [])
    if faults := faults_of(row):
        raise Rejected("compliance.negative_list.rule_faulty", rule=str(row.get("id", "")) or "—", errors=faults)
    rows = rows_of_version(held)
    places = [place for place, one in enumerate(rows) if one["id"] == row["id"]]
    if places and rows[places[0]] == row:
        raise Rejected("compliance.negative_list.nothing_changed", rule=row["id"])
    rows = [*rows[: places[0]], row, *rows[places[0] + 1:]] if places else [*rows, row]
    return _next_edition(held, rows, row["id"], actor=actor, at=at)


@covers("R84", "C1")
@operation("compliance.negative_list.retire_rule")
def retire_rule(*, version: NegativeListVersion, edition: int, rule_id: str, actor: Actor, clock: Clock) -> NegativeListVersion:
    """This will leave a rule out of a draft; the versions before keep it, and past acts are judged by them."""
    held, at = _draft(version, edition, actor, clock)
    rows = rows_of_version(held)
    kept = [one for one in rows if one["id"] != rule_id]
    if len(kept) == len(rows):
        raise Rejected("compliance.negative_list.no_such_rule", rule=rule_id[:20])
    return _next_edition(held, kept, rule_id, actor=actor, at=at)


def _draft(version: NegativeListVersion, edition: int, actor: Actor, clock: Clock) -> tuple[NegativeListVersion, datetime]:
    at = clock.now()
    require(actor, "compliance.negative_list.draft", subject=version, at=at)
    held = locked(version)
    if held.status != ListStatus.DRAFT:
        step(held, NEGATIVE_LIST, "edit", "negative_list")
    if held.edition != edition:
        raise Rejected("compliance.negative_list.stale", version=held.version)
    return held, at


def _next_edition(held: NegativeListVersion, rows: Sequence[dict[str, Any]], what: str, *, actor: Actor,
                  at: datetime) -> NegativeListVersion:
    refuse_unreadable(held.version, rows)
    held.edition += 1
    held.content_hash, held.due_at = document_hash(list(rows)), after("negative_list.draft", at)
    held.hands = sorted({*held.hands, actor.code})
    held.save(update_fields=["edition", "content_hash", "due_at", "hands"])
    write_entries(held, rows)
    note(held, "edit", held.status, actor=actor, at=at, reason=what)
    return held


@covers("R51", "R84")
@operation("compliance.negative_list.comment")
def comment_list(*, version: NegativeListVersion, text: str, actor: Actor, clock: Clock) -> ListComment:
    """This will take what somebody signed in says of a proposal while its notice runs; the text stays here, its hash is told."""
    held = locked(version)
    at = clock.now()
    require(actor, "compliance.negative_list.comment", at=at)
    if held.status != ListStatus.PROPOSED or held.notice_until is None or at >= held.notice_until:
        raise Rejected("compliance.negative_list.notice_over", version=held.version)
    said = text.strip()
    if not 0 < len(said) <= _LONGEST:
        raise Rejected("compliance.negative_list.comment_unfit", longest=_LONGEST, errors=[
            FieldFault("text", "length", (f"意见 1 至 {_LONGEST} 字", f"A comment of 1 to {_LONGEST} characters"))])
    made = ListComment.objects.create(version=held, edition=held.edition, author=actor.code, text=said, at=at)
    record(ListCommented(subject=held.code, edition=held.edition, text_hash=hash_of(said)), actor=actor, at=at)
    return made
