"""Changing a figure of the venue's rules 参数: asked by one person, decided by another, published before it holds (R51, R55, R56, I18).

Rows are never rewritten: the row in force gets its end, the new row begins there. What already started keeps its own figures.
A venue may go only the stricter way from its parent's figures, and follows when the parent tightens.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils.dateparse import parse_datetime

from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from participants.approvals import ask_approval, decide_approval
from participants.basic_functions import COSTS, refuse_priced
from participants.charges import Charge, is_charge, scope_fault
from participants.defaults import DEFAULTS, STRICTER
from participants.events import ParameterChanged
from participants.models import Approval, ApprovalStatus, Parameter, Venue
from participants.permissions import require
from participants.predicates import in_force
from participants.queries import parameter

__all__ = ["ask_figure", "decide_figure", "laxer"]

_ACT = "participants.parameter.set"
_KNOWN = {one.key for one in DEFAULTS} | set(COSTS)


def laxer(value: Any, parent: Any, stricter: str) -> bool:
    """This will tell whether a figure is less strict than the parent's; tables are compared line by line."""
    if not stricter:
        return False
    if isinstance(parent, dict):
        return not isinstance(value, dict) or set(value) != set(parent) or any(laxer(value[key], parent[key], stricter) for key in parent)
    if isinstance(parent, bool) or not isinstance(parent, int) or not isinstance(value, int):
        return bool(value != parent)
    return value > parent if stricter == "lower" else value < parent


@operation("participants.parameter.ask")
@covers("R51", "R55", "I18")
def ask_figure(*, venue: Venue, key: str, value: Any, effective_from: datetime, source: str, unit: str = "",
               name: tuple[str, str] = ("", ""), scope: str = "", actor: Actor, clock: Clock) -> Approval:
    """This will propose a figure that holds from ``effective_from``; another person decides, and it is announced in time.

    ``unit`` and ``name`` are those of the figure in force unless given. A key nobody knows is refused, save a new charge
    (``participants.charges``), which needs a name. ``Rejected``: ``participants.parameter.backdated``, ``.unfit``, ``.laxer``, ``.waits``.
    """
    at = clock.now()
    require(actor, _ACT, at=at)
    now = Parameter.objects.filter(in_force(at), venue=venue, key=key, scope=scope).first()
    name = name if any(name) else (now.name_zh, now.name_en) if now else ("", "")
    unit = unit or (now.unit if now else "fen" if key in COSTS else "bps")
    _refuse_early(venue, effective_from, at)
    if faults := _unfit(key, value, now, name, source, scope):
        raise Rejected("participants.parameter.unfit", key=key, errors=faults)
    _refuse_laxer(venue, key, scope, value, effective_from)
    refuse_priced(venue, key, value, begins=effective_from)
    _refuse_waiting(venue, key, scope, effective_from)
    payload = {"venue": venue.code, "key": key, "scope": scope, "value": value, "unit": unit, "source": source, "name_zh": name[0],
               "name_en": name[1], "effective_from": effective_from.isoformat()}
    return ask_approval(act=_ACT, subject=new_code("PRM"), payload=payload, actor=actor, at=at)


@operation("participants.parameter.set")
@covers("R51", "R55", "I18")
def decide_figure(*, approval: Approval, approve: bool, reason: str, actor: Actor, clock: Clock) -> Parameter | None:
    """This will decide a proposed figure; approved, it stands in the table from its date on, and the earlier one ends there."""
    at = clock.now()
    require(actor, _ACT, at=at)
    decide_approval(approval=approval, approve=approve, reason=reason, actor=actor, at=at)
    if not approve:
        return None
    asked = approval.payload
    effective_from = parse_datetime(asked["effective_from"])
    assert effective_from is not None, "written by ask_figure"
    venue = Venue.objects.select_for_update(no_key=True).get(code=asked["venue"])  # one change of a venue's figures at a time
    _refuse_early(venue, effective_from, at)
    fresh = Parameter(key=asked["key"], scope=asked["scope"], value=asked["value"], unit=asked["unit"], source=asked["source"],
                      name_zh=asked["name_zh"], name_en=asked["name_en"], stricter=STRICTER.get(asked["key"], ""),
                      effective_from=effective_from)
    _refuse_laxer(venue, fresh.key, fresh.scope, fresh.value, effective_from)
    refuse_priced(venue, fresh.key, fresh.value, begins=effective_from)
    made = _write(fresh, venue, approval, actor, at)
    for child in venue.children.order_by("pk"):
        own = Parameter.objects.filter(in_force(effective_from), venue=child, key=made.key, scope=made.scope).first()
        if own is not None and laxer(own.value, made.value, made.stricter):
            _write(fresh, child, approval, actor, at, source=f"从属 {venue.code}：{made.source}"[:200])
    return made


def _write(fresh: Parameter, venue: Venue, approval: Approval, actor: Actor, at: datetime, source: str = "") -> Parameter:
    """Ends what would run on that day at this venue and lets the new figure begin there."""
    key, scope, begins = fresh.key, fresh.scope, fresh.effective_from
    if Parameter.objects.filter(venue=venue, key=key, scope=scope, effective_from__gte=begins).exists():
        raise Rejected("participants.parameter.waits", key=key)
    Parameter.objects.filter(in_force(begins), venue=venue, key=key, scope=scope).update(effective_to=begins)
    made = Parameter.objects.create(venue=venue, key=key, scope=scope, value=fresh.value, unit=fresh.unit, source=source or fresh.source,
                                    name_zh=fresh.name_zh, name_en=fresh.name_en, stricter=fresh.stricter, effective_from=begins)
    record(ParameterChanged(subject=key, venue=venue.code, scope=scope, value=made.value, unit=made.unit, source=made.source,
                            name_zh=made.name_zh, name_en=made.name_en, effective_from=begins, approval=str(approval.pk)),
           actor=actor, at=at)
    return made


def _refuse_laxer(venue: Venue, key: str, scope: str, value: Any, begins: datetime) -> None:
    if venue.parent is None:
        return
    upper = Parameter.objects.filter(in_force(begins), venue=venue.parent, key=key, scope=scope).first()
    if upper is not None and laxer(value, upper.value, upper.stricter):
        raise Rejected("participants.parameter.laxer", key=key, parent=str(upper.value), value=str(value))


def _refuse_early(venue: Venue, effective_from: datetime, at: datetime) -> None:
    days = int(parameter("rule_change.notice_days", venue=venue, at=at))
    if effective_from < at + timedelta(days=days):
        raise Rejected("participants.parameter.backdated", days=days)


def _refuse_waiting(venue: Venue, key: str, scope: str, effective_from: datetime) -> None:
    asked = Approval.objects.filter(act=_ACT, status=ApprovalStatus.PENDING, payload__venue=venue.code, payload__key=key,
                                    payload__scope=scope)
    later = Parameter.objects.filter(venue=venue, key=key, scope=scope, effective_from__gte=effective_from)
    if asked.exists() or later.exists():
        raise Rejected("participants.parameter.waits", key=key)


def _unfit(key: str, value: Any, now: Parameter | None, name: tuple[str, str], source: str, scope: str) -> list[FieldFault]:
    """Why the figure cannot be. A charge is read as a charge, others keep the kind of value they have."""
    faults = [] if source.strip() else [FieldFault("source", "missing", ("写明依据", "say what the figure rests on"))]
    if not is_charge(key):
        if now is None and key not in _KNOWN:
            faults.append(FieldFault("key", "unknown", ("没有规则读取这个参数", "no rule reads a figure of this key")))
        elif key in COSTS and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
            faults.append(FieldFault("value", "kind", ("成本为整数分", "a cost is whole fen")))
        elif now is not None and type(value) is not type(now.value):
            faults.append(FieldFault("value", "kind", ("值的类型应与现行值相同", f"the value is a {type(now.value).__name__}, as it was")))
        return faults
    if not all(name):
        faults.append(FieldFault("name", "missing", ("收费项目须有中英文名称", "a charge has a name in Chinese and in English")))
    if fault_of_scope := scope_fault(scope):
        faults.append(FieldFault("scope", "charge", fault_of_scope))
    try:
        Charge.read(key, value)
    except ValueError as fault:
        told = "费率为 0 至 10000 基点，上下限为整数分，上限不低于下限；分档费率随成交价递减（拍卖法第五十六条）"
        faults.append(FieldFault("value", "charge", (told, str(fault))))
    return faults
