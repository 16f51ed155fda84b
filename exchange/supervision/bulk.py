"""One act over several cases of a queue, first tried: what would change and what would be refused and why, then done, a record per case.

The preview is the act itself, undone: each case runs in a transaction that is rolled back, so the preview refuses exactly what the act
refuses. What needs a second person, or names a party, is decided case by case and stands in no bulk act; another authority may be asked in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from exchange.supervision import acts, credit_acts
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected

__all__ = ["BULK", "MOST", "BulkAct", "Outcome", "carry_out", "preview"]

#: Cases that one act goes over at most.
MOST = 50


@dataclass(frozen=True)
class BulkAct:
    """One act that a queue offers over several cases, and whether it asks for a reason."""

    words: str | Promise
    run: Callable[[Any, QueryDict, Actor], Any]
    reason: bool = False
    #: names another authority
    partner: bool = False


@dataclass(frozen=True)
class Outcome:
    """What an act did, or would do, with one case: its state before and after, or why it is refused."""

    code: str
    title: tuple[str, str]
    before: str
    after: str = ""
    refused: Rejected | None = None
    #: what the case was when it was looked at; a confirmation holds only while it is the same
    mark: str = ""


def _alert(act: str) -> Callable[[Any, QueryDict, Actor], Any]:
    def run(one: Any, data: QueryDict, actor: Actor) -> Any:
        from exchange.supervision.watch_pages import ACTS

        return ACTS[act](one, data, actor)

    return run


#: queue -> its acts; a queue that is not named has none
BULK: dict[str, dict[str, BulkAct]] = {
    "reviews": {"claim": BulkAct(_("领取"), acts.REVIEW_ACTS["claim"]), "release": BulkAct(_("放回"), acts.REVIEW_ACTS["release"])},
    "conditions": {"meet": BulkAct(_("核定满足"), acts.CONDITION_ACTS["meet"], reason=True)},
    "registrations": {"accept": BulkAct(_("受理"), acts.REGISTRATION_ACTS["accept"])},
    "conduct": {"notify": BulkAct(_("告知当事人"), credit_acts.CONDUCT_ACTS["notify"])},
    "restorations": {"accept": BulkAct(_("受理"), credit_acts.RESTORATION_ACTS["accept"])},
    "complaints": {"accept": BulkAct(_("受理"), credit_acts.COMPLAINT_ACTS["accept"]),
                   "decline": BulkAct(_("不予受理"), credit_acts.COMPLAINT_ACTS["decline"], reason=True),
                   "joint": BulkAct(_("请求联合办理"), credit_acts.COMPLAINT_ACTS["joint"], reason=True, partner=True)},
    "cases": {"claim": BulkAct(_("领取"), acts.CASE_ACTS["claim"]), "note": BulkAct(_("记录"), acts.CASE_ACTS["note"], reason=True),
              "ask": BulkAct(_("向当事人提问"), acts.CASE_ACTS["ask"], reason=True),
              "close": BulkAct(_("办结"), acts.CASE_ACTS["close"], reason=True),
              "joint": BulkAct(_("请求联合办理"), acts.CASE_ACTS["joint"], reason=True, partner=True)},
    "alerts": {"claim": BulkAct(_("领取研判"), _alert("claim")), "dismiss": BulkAct(_("排除"), _alert("dismiss"), reason=True),
               "joint": BulkAct(_("请求联合办理"), _alert("joint"), reason=True, partner=True)},
}


class _Undone(Exception):
    """Ends the trial of an act so that nothing of it stays."""


def _found(code: str, actor: Actor) -> tuple[Any, Any]:
    """The object of a code, and what is acted on (a version's review row is not the version)."""
    if code.startswith("ALR-"):
        from exchange.supervision.alerts import find_alert

        one = find_alert(code)
        return one, one
    from exchange.supervision.pages import KINDS

    kind = KINDS.get(code.split("-")[0])
    subject = kind[2](code) if kind else None
    return subject, kind[3](subject, actor) if kind and subject is not None else None


def _state(target: Any) -> str:
    return str(target.get_status_display()) if target is not None else ""


def _mark(target: Any) -> str:
    """State and holder, as a word: another state or another holder is another case."""
    holder = getattr(target, "assignee_id", None) or getattr(target, "reviewer_id", None) or ""
    return f"{getattr(target, 'pk', '')}.{getattr(target, 'status', '')}.{holder}"


def _title(subject: Any) -> tuple[str, str]:
    for name in ("titles", "title"):
        pair = getattr(subject, name, None)
        if isinstance(pair, tuple):
            return (str(pair[0]), str(pair[1]))
    zh = str(getattr(subject, "title_zh", "") or getattr(subject, "code", ""))
    return (zh, str(getattr(subject, "title_en", "") or zh))


def _try(code: str, act: BulkAct, data: QueryDict, actor: Actor, *, keep: bool, mark: str = "") -> Outcome:
    subject, target = _found(code, actor)
    if subject is None or target is None:
        return Outcome(code, (code, code), "", refused=Rejected("participants.object.absent"))
    before, title, seen = _state(target), _title(subject), _mark(target)
    if mark and mark != seen:
        return Outcome(code, title, before, refused=Rejected("compliance.bulk.changed", case=code), mark=seen)
    after = ""
    try:
        with transaction.atomic():
            act.run(target, data, actor)
            after = _state(type(target).objects.get(pk=target.pk))
            if not keep:
                raise _Undone
    except _Undone:
        pass
    except Rejected as refused:
        return Outcome(code, title, before, refused=refused, mark=seen)
    return Outcome(code, title, before, after, mark=seen)


@covers("H3")
def preview(kind: str, act: str, codes: Sequence[str], data: QueryDict, actor: Actor) -> list[Outcome]:
    """This will tell what the act would do with each case, and leave everything as it is."""
    return [_try(code, BULK[kind][act], data, actor, keep=False) for code in codes]


@covers("H3")
def carry_out(kind: str, act: str, marks: Sequence[tuple[str, str]], data: QueryDict, actor: Actor) -> list[Outcome]:
    """This will do the act with each case that is still as it was shown, each in its own transaction with its own record."""
    return [_try(code, BULK[kind][act], data, actor, keep=True, mark=mark) for code, mark in marks]
