"""Public data for governance and public welfare costs nothing, on conditions 有条件无偿 (Data Twenty item 4, R17).

The buyer states the public task and proves it (a public body by being one, others by a document), accepts the conditions, and reports
on the use within the term. A late report stops the next free licence, nothing else; the report itself ends that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from compliance.taxonomy import DataCategory
from evidence.models import Deposit
from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from kit.states import advance
from listings.models import ListingVersion
from participants.models import Organization
from participants.notices import notify
from participants.permissions import require
from participants.roles import OrganizationKind
from participants.timers import after
from trading.events import public_use_moved
from trading.models import PublicUse, Trade
from trading.states import PUBLIC_USE, PublicUseStatus, TradeStatus

__all__ = ["CONDITIONS", "FREE", "PublicTask", "end_due_uses", "file_use_report", "late_uses", "owe_report", "proven_use", "takes_free"]

Pair = tuple[str, str]
FREE = frozenset({"public_governance", "public_welfare"})
#: What whoever takes public data free of charge accepts.
CONDITIONS: tuple[Pair, ...] = (
    ("只用于所写的公共任务，不用于经营", "Used for the task stated alone, not for business"),
    ("不转让、不再提供、不还原原始数据", "Neither passed on nor sold again, the raw data is not rebuilt"),
    ("不识别其中的个人和组织", "No person or organisation in it is identified"),
    ("六个月内报告用途与成效；任务完成或期满即删除",
     "Use and effect are reported within six months; it is deleted when the task or the term ends"),
)
_UNDONE = (TradeStatus.CANCELLED, TradeStatus.DEFAULTED, TradeStatus.UNWOUND)
_PAGE = "/desk/public-uses/"


def conditions_sha256() -> str:
    """This will return the hash of the conditions as they read now."""
    return sha256("\n".join(f"{zh}\n{en}" for zh, en in CONDITIONS).encode()).hexdigest()


@dataclass(frozen=True)
class PublicTask:
    """What a buyer says to take public data free: the task, whether the conditions are accepted, and the document that proves it."""

    task: str
    accepts: bool
    paper: Deposit | None = None


def takes_free(version: ListingVersion) -> bool:
    """This will tell whether a version is public data given free for governance or welfare; what is open to all asks for nothing."""
    return (version.category == DataCategory.PUBLIC and version.facts.get("public_open_status") != "unconditional"
            and bool(FREE & set(version.use_terms.get("purposes") or [])))


def late_uses(buyer: Organization) -> int:
    """This will count the buyer's reports that are late."""
    return PublicUse.objects.filter(trade__buyer=buyer, status=PublicUseStatus.LATE).count()


@covers("R17")
def proven_use(version: ListingVersion, buyer: Organization, purpose: str, use: PublicTask | None) -> PublicTask | None:
    """This will return the proven task of a free use, None where none is asked for, or refuse with each thing missing at its field."""
    if not takes_free(version) or purpose not in FREE:
        return None
    said = use or PublicTask("", accepts=False)
    task, faults = said.task.strip()[:2000], []
    if len(task) < 10:
        faults.append(FieldFault("task", "missing", ("写明公共任务及其主管单位，不少于 10 个字",
                                                     "Name the public task and whose it is, 10 characters or more")))
    if not said.accepts:
        faults.append(FieldFault("accepts", "missing", ("须接受无偿使用的条件", "Accept the conditions of free use")))
    if said.paper is None and buyer.kind not in {OrganizationKind.PUBLIC_BODY, OrganizationKind.AUTHORITY}:
        faults.append(FieldFault("paper", "missing", ("附委托书、立项文件或公益证明",
                                                      "Attach the mandate, the project's approval or the proof of welfare")))
    if faults:
        raise Rejected("trading.purchase.use_unproven", listing=version.listing.code, count=len(faults), errors=faults)
    return PublicTask(task, accepts=True, paper=said.paper)


@covers("R17")
def owe_report(*, trade: Trade, purpose: str, task: PublicTask, actor: Actor, at: datetime) -> PublicUse:
    """This will note the proven use of a purchase, in its transaction, and from when its report is late."""
    made = PublicUse.objects.create(code=new_code("PUB"), trade=trade, purpose=purpose, task=task.task, paper=task.paper,
                                    conditions_sha256=conditions_sha256(), accepted_at=at, due_at=after("public_use.report", at))
    _note("owed", made, actor=actor, at=at)
    zh, en = trade.titles
    notify(organization=trade.buyer, kind="trading.public_use.owed", tone="wait", subject=made.code, href=_PAGE, due_at=made.due_at, at=at,
           text=(f"“{zh}”为无偿取得的公共数据，请按期报告使用情况", f"“{en}” is public data taken free; report on its use in time"))
    return made


def _note(word: str, one: PublicUse, *, actor: Actor, at: datetime) -> None:
    record(public_use_moved[word](
        subject=one.code, trade=one.trade.code, buyer=one.trade.buyer.code, purpose=one.purpose, to_status=one.status,
        task_sha256=sha256(one.task.encode()).hexdigest(), conditions_sha256=one.conditions_sha256,
        report_sha256=sha256(one.report.encode()).hexdigest() if one.report else "", due_at=one.due_at), actor=actor, at=at)


def _locked(use: PublicUse) -> PublicUse:
    return PublicUse.objects.select_for_update(of=("self",), no_key=True).select_related(
        "trade__buyer", "trade__seller", "trade__state").get(pk=use.pk)


def _step(held: PublicUse, act: str) -> None:
    held.status = advance(PUBLIC_USE, PublicUseStatus(held.status), act, subject=held.code, code="trading.public_use.illegal_move")
    held.due_at = None


@covers("R17")
@operation("trading.public_use.file")
def file_use_report(*, use: PublicUse, report: str, actor: Actor, clock: Clock) -> PublicUse:
    """This will file the report on a use; late ones are taken too, and open the next free licence again."""
    held = _locked(use)
    at = clock.now()
    require(actor, "trading.public_use.file", subject=held.trade, at=at)
    text = report.strip()
    if not 20 <= len(text) <= 4000:
        raise Rejected("trading.public_use.faulty", errors=[FieldFault("report", "length", ("20 至 4,000 字", "20 to 4,000 characters"))])
    _step(held, "file")
    held.report, held.filed_at = text, at
    held.save()
    _note("filed", held, actor=actor, at=at)
    zh, en = held.trade.titles
    notify(organization=held.trade.seller, kind="trading.public_use.filed", tone="info", subject=held.code, href=_PAGE, at=at,
           text=(f"“{zh}”的无偿使用报告已提交", f"The report on the free use of “{en}” has come"))
    return held


@operation("trading.public_use.end")
def _end(*, use: PublicUse, clock: Clock) -> PublicUse:
    """An owed report whose term is over is late, or is owed no more because its trade was undone."""
    held = _locked(use)
    at = clock.now()
    require(SYSTEM, "trading.public_use.run", at=at)
    undone = held.trade.state.status in _UNDONE
    _step(held, "void" if undone else "miss")
    held.save()
    _note("void" if undone else "late", held, actor=SYSTEM, at=at)
    if not undone:
        zh, en = held.trade.titles
        notify(organization=held.trade.buyer, kind="trading.public_use.late", tone="bad", subject=held.code, href=_PAGE, at=at,
               text=(f"“{zh}”的使用报告逾期；提交前不能再无偿取得公共数据",
                     f"The report on “{en}” is late; until it comes no further public data is free"))
    return held


@covers("R17")
def end_due_uses(*, clock: Clock, most: int = 200) -> int:
    """This will mark each report late that did not come in time, and end those whose trade was undone; returns how many."""
    due = PublicUse.objects.filter(status=PublicUseStatus.OWED, due_at__lte=clock.now()).order_by("due_at")
    undone = PublicUse.objects.filter(status__in=[PublicUseStatus.OWED, PublicUseStatus.LATE], trade__state__status__in=_UNDONE)
    rows = {one.pk: one for one in (*due[:most], *undone[:most])}
    for one in rows.values():
        _end(use=one, clock=clock)
    return len(rows)
