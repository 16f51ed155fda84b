"""When the negative list changes, everything on sale is judged by it again, in slices that may be killed at any moment (R4, R84).

What is still to do is no queue that could be lost: it is every listing on sale whose ``screened_by`` is not the list in force.
A slice locks some of them, judges, holds, notices and marks them in one transaction; workers share the rest by skipping locks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet, Sum

from compliance.answers import unanswered
from compliance.models import NegativeListVersion, TermList
from compliance.queries import list_version_at, rule_set_of, terms_at
from compliance.rules.negative_list import RuleSet
from compliance.rules.vocabulary import vocabulary
from compliance.screening import Screening, screen_by
from evidence.bundle import lines_root
from evidence.operations import operation, record, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from kit.states import advance
from listings.anonymity import personal_among
from listings.conditions import HOLD, follow_list
from listings.conditions import unmet as still_unmet
from listings.content import profile_of
from listings.events import ListingMoved, RescreeningMoved, SliceJudged, named
from listings.models import DataProduct, Hold, Listing, ListingVersion, PropertyRight, Rescreening, RescreenSlice, ScreeningRun
from listings.publishing import hold_listing, lift_hold
from listings.reach import admitted_modes
from listings.search import index_listing
from listings.states import LISTING, ListingStatus, RightStatus
from participants.notices import Note, notify_all
from participants.permissions import require

__all__ = ["ON_SALE", "SLICE", "Progress", "begin_rescreening", "finish_rescreening", "progress_of", "rejudge_product", "rescreen_due",
           "rescreen_listing",
           "rescreen_slice", "still_to_judge"]

ON_SALE = (ListingStatus.LISTED, ListingStatus.SUSPENDED)
#: Listings that one transaction judges.
SLICE = 100
_REASON, _CELL = "negative_list", "personal.cell"


def still_to_judge(rule_set: str) -> QuerySet[Listing]:
    """This will find what is on sale and was not judged by ``rule_set`` yet."""
    return Listing.objects.filter(status__in=ON_SALE, version__isnull=False).exclude(screened_by=rule_set)


@covers("R4", "R84", "T48")
@operation("listings.rescreening.begin")
def begin_rescreening(*, version: NegativeListVersion, clock: Clock) -> Rescreening:
    """This will open the course of a list in force through everything on sale; an earlier one still running is overtaken. Once."""
    at = clock.now()
    known = Rescreening.objects.filter(rule_set=version.version).first()
    if known is not None:
        unchanged(at=at)
        return known
    for earlier in Rescreening.objects.select_for_update(no_key=True).filter(finished_at__isnull=True):
        _finish(earlier, overtaken=True, at=at)
    made = Rescreening.objects.create(code=new_code("RSC"), rule_set=version.version, cause=version.code,
                                      total=still_to_judge(version.version).count(), started_at=at)
    _note(made, "begun", at=at)
    return made


def _note(one: Rescreening, word: str, *, at: datetime) -> None:
    progress = progress_of(one)
    record(named(RescreeningMoved, f"listings.rescreening.{word}")(
        subject=one.code, rule_set=one.rule_set, cause=one.cause, total=one.total, judged=progress.judged, held=progress.held,
        released=progress.released), actor=SYSTEM, at=at)


def _finish(one: Rescreening, *, overtaken: bool, at: datetime) -> None:
    one.finished_at, one.overtaken = at, overtaken
    one.save(update_fields=["finished_at", "overtaken"])
    _note(one, "overtaken" if overtaken else "finished", at=at)


@operation("listings.rescreening.finish")
def finish_rescreening(*, rescreening: Rescreening, clock: Clock) -> Rescreening:
    """This will close a course once nothing is left, counting also what other workers have not committed yet."""
    held = Rescreening.objects.select_for_update(no_key=True).get(pk=rescreening.pk)
    at = clock.now()
    if held.finished_at is not None or still_to_judge(held.rule_set).exists():
        unchanged(at=at)
        return held
    _finish(held, overtaken=False, at=at)
    return held


@dataclass(frozen=True)
class Progress:
    """How far a course has come; ``percent`` is whole and reaches 100 only at the end."""

    total: int
    judged: int
    held: int
    released: int
    finished: bool

    @property
    def percent(self) -> int:
        return 100 if self.finished else min(99, 100 * self.judged // max(self.total, 1))


def progress_of(one: Rescreening) -> Progress:
    """This will add up the slices that were committed."""
    done = one.slices.aggregate(judged=Sum("judged"), held=Sum("held"), released=Sum("released"))
    return Progress(one.total, done["judged"] or 0, done["held"] or 0, done["released"] or 0, one.finished_at is not None)


# ---- one slice -------------------------------------------------------------------------------------------------------------

def rescreen_due(clock: Clock, *, slices: int | None = None) -> int:
    """This will judge what stands under a former list, slice by slice (at most ``slices``); returns how many were judged."""
    version = list_version_at(clock.now())
    if not still_to_judge(version.version).exists():
        if running := Rescreening.objects.filter(rule_set=version.version, finished_at__isnull=True).first():
            finish_rescreening(rescreening=running, clock=clock)
        return 0
    one = begin_rescreening(version=version, clock=clock)
    total = done = 0
    while slices is None or done < slices:
        judged = rescreen_slice(rescreening=one, clock=clock)
        if not judged:
            finish_rescreening(rescreening=one, clock=clock)
            break
        total, done = total + judged, done + 1
    return total


@covers("R4", "R84", "T48", "I16")
@operation("listings.rescreening.slice")
def rescreen_slice(*, rescreening: Rescreening, clock: Clock) -> int:
    """This will judge some of what is left by the list in force: held, released, noticed and marked together, or not at all."""
    at = clock.now()
    left = still_to_judge(rescreening.rule_set).order_by("pk")
    free = left.select_for_update(no_key=True, skip_locked=True, of=("self",))
    rows = list(free.select_related("version", "organization", "product")[:SLICE])
    if not rows or list_version_at(at).version != rescreening.rule_set:
        unchanged(at=at)
        return 0
    outcome = _rescreen(rows, cause=rescreening.cause, at=at)
    root = lines_root(outcome.lines)
    RescreenSlice.objects.create(rescreening=rescreening, judged=len(rows), held=len(outcome.held), released=len(outcome.released),
                                 lines_root=root, at=at)
    record(SliceJudged(subject=rescreening.code, rule_set=rescreening.rule_set, lines=len(rows), lines_root=root,
                       held=[one.code for one in outcome.held], released=[one.code for one in outcome.released]), actor=SYSTEM, at=at)
    notify_all([_notice(one, hold) for one, hold in outcome.held.items()], at=at)
    return len(rows)


@covers("R4", "R84", "T48")
@operation("listings.listing.rescreen")
def rescreen_listing(*, listing: Listing, actor: Actor = SYSTEM, at: datetime) -> str:
    """This will ask the list in force about one listing at once: what no longer passes is held, what passes again is released.

    Returns the verdict.
    """
    require(actor, "listings.listing.rescreen", at=at)
    rows = Listing.objects.select_for_update(no_key=True, of=("self",)).select_related("version", "organization", "product")
    held = rows.get(pk=listing.pk)
    outcome = _rescreen([held], cause=list_version_at(at).code, at=at)
    verdict = str(outcome.lines[0]["verdict"])
    record(named(ListingMoved, "listings.listing.rescreened")(subject=held.code, state=held.status, cause=list_version_at(at).code,
                                                              verdict=verdict), actor=actor, at=at)
    notify_all([_notice(one, hold) for one, hold in outcome.held.items()], at=at)
    return verdict


@covers("R32", "R4")
def rejudge_product(product: DataProduct, *, at: datetime) -> None:
    """This will judge everything on sale of a product anew, since whose data it counts as has changed; inside that decision.

    What its cell does not allow to be delivered so is held too, and released with the fact; search finds it where it now belongs.
    """
    for listing in Listing.objects.filter(product=product, status__in=ON_SALE, version__isnull=False).order_by("pk"):
        rescreen_listing(listing=listing, at=at)
        held = Listing.objects.select_related("version", "organization", "product", "venue").get(pk=listing.pk)
        _follow_cell(held, at=at)
        index_listing(Listing.objects.select_related("version", "organization").get(pk=held.pk))


def _follow_cell(listing: Listing, *, at: datetime) -> None:
    version = _version(listing)
    cell, allowed, _ = admitted_modes(version)
    fits = version.delivery_mode in allowed
    standing = listing.holds.select_related("listing").filter(reason_code=_CELL, lifted_at__isnull=True).first()
    if standing and fits:
        _released(standing, at)
    elif not fits:
        hold_listing(listing=listing, reason_code=_CELL, actor=SYSTEM, at=at,
                     reason=(f"按个人信息对待后，此交付方式不为该类数据所允许（{cell.basis[0]}）",
                             f"Counting as personal information, it may not be delivered so ({cell.basis[1]})"),
                     way_back=("对该文件重做重新识别测试并通过，或改用允许的交付方式",
                               "A later test of the file that passes, or a delivery that such data may have"))


@dataclass
class _Outcome:
    lines: list[dict[str, str]]
    held: dict[Listing, Hold] = field(default_factory=dict)
    released: list[Listing] = field(default_factory=list)


def _rescreen(rows: Sequence[Listing], *, cause: str, at: datetime) -> _Outcome:
    """Judges locked listings by the list at ``at`` and does what follows; the caller records and tells."""
    last = {run.version_id: run for run in ScreeningRun.objects.filter(version__in=[one.version_id for one in rows]).order_by(
        "version_id", "-at", "-id").distinct("version_id")}
    answers, kept = _judged(rows, last, at)
    rule_set = next(iter(answers.values())).rule_set
    _keep(answers, kept, cause, at)
    unmet = follow_list(answers, at=at)
    open_holds: dict[str, dict[int | None, Hold]] = {_REASON: {}, HOLD: {}}
    for hold in Hold.objects.select_related("listing").filter(listing__in=rows, reason_code__in=[_REASON, HOLD], lifted_at__isnull=True):
        open_holds[hold.reason_code][hold.listing_id] = hold
    outcome = _Outcome([{"listing": one.code, "verdict": str(answer.verdict)} for one, answer in answers.items()])
    barred = {one: (_why(answer), _way(answer)) for one, answer in answers.items()
              if answer.verdict in {"prohibited", "needs_info"} and one.pk not in open_holds[_REASON]}
    outcome.held = _hold(barred, _REASON, cause, at)
    outcome.held |= _hold({one: why for one, why in unmet.items() if one.pk not in open_holds[HOLD]}, HOLD, "", at)
    Listing.objects.filter(pk__in=[one.pk for one in rows]).update(screened_by=rule_set)
    for one, answer in answers.items():
        if answer.verdict in {"pass", "restricted"}:
            met = one.pk in open_holds[HOLD] and one not in unmet and not still_unmet(_version(one), at=at)
            lifted = [_released(rows[one.pk], at) for rows in (open_holds[_REASON], open_holds[HOLD] if met else {}) if one.pk in rows]
            outcome.released += [one] if any(lifted) else []
    return outcome


Hits = list[dict[str, Any]]
Pair = tuple[str, str]


def _judged(held: Sequence[Listing], last: dict[int, ScreeningRun], at: datetime) -> tuple[dict[Listing, Screening], dict[int, Hits]]:
    """What the list in force says of each; texts are searched again only where another word could be found in them, else what was
    found last is kept, by version."""
    rules, terms = rule_set_of(list_version_at(at)), terms_at(at)
    kept: dict[int, Hits] = {}
    standing: dict[str, bool] = {}
    moved = [one for pair in TermList.objects.values_list("effective_from", "effective_to") for one in pair if one and one <= at]
    for key, run in last.items():
        if run.rule_set not in standing:
            standing[run.rule_set] = _same_words(run.rule_set, rules)
        if standing[run.rule_set] and not any(one >= run.at for one in moved):
            kept[key] = [hit for hit in run.hits if hit.get("kind") == "term"]
    rights: dict[tuple[int, int], set[str]] = {}
    active = PropertyRight.objects.filter(product__in=[one.product_id for one in held], status=RightStatus.ACTIVE)
    for product, owner, right in active.values_list("product_id", "organization_id", "right"):
        rights.setdefault((product, owner), set()).add(right)
    personal = personal_among(one.version_id for one in held if one.version_id)
    answers = {one: screen_by(profile_of(_version(one), rights=rights.get((one.product_id, one.organization_id), set()),
                                         personal=one.version_id in personal), rules, terms, words=one.version_id not in kept)
               for one in held}
    return answers, kept


def _same_words(former: str, now: RuleSet) -> bool:
    """Whether two lists hint by the same words for the same reasons: no rule that differs has words."""
    version = NegativeListVersion.objects.filter(version=former).first()
    if version is None:
        return False
    old = {rule.id: rule for rule in rule_set_of(version).rules}
    new = {rule.id: rule for rule in now.rules}
    return not any(rule.terms for key in old.keys() | new.keys() if old.get(key) != new.get(key)
                   for rule in (old.get(key), new.get(key)) if rule)


def _version(listing: Listing) -> ListingVersion:
    assert listing.version is not None, "what is on sale has a version"
    listing.version.listing, listing.version.organization = listing, listing.organization
    return listing.version


def _keep(answers: dict[Listing, Screening], kept: dict[int, Hits], cause: str, at: datetime) -> None:
    """One answer of the list about each version, append-only."""
    made = []
    for one, answer in answers.items():
        told = answer.as_json()
        made.append(ScreeningRun(version=one.version, verdict=told["verdict"], rule_set=answer.rule_set,
                                 hits=[*told["hits"], *kept.get(one.version_id or 0, [])], missing=told["missing"],
                                 facts=dict(answer.stated), cause=cause[:20], at=at))
    ScreeningRun.objects.bulk_create(made)


def _hold(failing: Mapping[Listing, tuple[Pair, Pair]], reason: str, cause: str, at: datetime) -> dict[Listing, Hold]:
    """Takes off sale what the list no longer lets pass, or lets pass only under conditions, with why and the way out on the hold."""
    holds = []
    for one, ((reason_zh, reason_en), way) in failing.items():
        holds.append(Hold(listing=one, reason_code=reason, cause_code=cause[:20], reason_zh=reason_zh, reason_en=reason_en,
                          way_back_zh=way[0], way_back_en=way[1], ordered_by=SYSTEM.code, ordered_as="system", placed_at=at))
    Hold.objects.bulk_create(holds)
    moved = []
    for hold in holds:
        listing = hold.listing
        assert listing is not None
        word = "held"
        if listing.status == ListingStatus.LISTED:
            listing.status = advance(LISTING, ListingStatus(listing.status), "suspend", subject=listing.code,
                                     code="listings.listing.illegal_move")
            listing.status_reason = hold.reason_zh[:400]
            moved.append(listing)
            word = "suspended"
        record(named(ListingMoved, f"listings.listing.{word}")(subject=listing.code, state=listing.status, reason_code=reason, cause=cause,
                                                               ordered_as="system"), actor=SYSTEM, at=at)
    Listing.objects.bulk_update(moved, ["status", "status_reason"])
    return dict(zip(failing, holds, strict=True))


def _why(answer: Screening) -> tuple[str, str]:
    """The rules that stand in the way with their clauses; or the facts the list asks for that nobody has stated."""
    barring = [rule for rule in answer.fired if rule.bars]
    if barring:
        zh = "；".join(f"{rule.id} {rule.name[0]}（{'、'.join(one for one, _ in rule.basis)}）" for rule in barring)
        en = "; ".join(f"{rule.id} {rule.name[1]} ({', '.join(one for _, one in rule.basis)})" for rule in barring)
        return f"负面清单 {answer.rule_set} 不再允许：{zh}"[:2000], f"Negative list {answer.rule_set} no longer allows it: {en}"[:2000]
    zh, en = unanswered(answer.missing)["missing"]
    return (f"负面清单 {answer.rule_set} 要求说明：{zh}"[:2000], f"Negative list {answer.rule_set} asks for: {en}"[:2000])


def _way(answer: Screening) -> tuple[str, str]:
    """The remedies of the rules that bar it, each once; where only facts are missing, to state them."""
    codes = dict.fromkeys(code for rule in answer.fired if rule.bars for code in rule.remedy)
    texts = [vocabulary().remedies[code] for code in codes]
    zh = "；".join(text[0] for text in texts) or "补充这些事实"
    en = "; ".join(text[1] for text in texts) or "State these facts"
    return f"{zh}；修改后提交新版，通过即恢复", f"{en}; then submit a new version, which goes on sale once it passes"


def _released(hold: Hold, at: datetime) -> bool:
    """Lifts a hold whose rule no longer applies; where another thing still keeps the listing off sale, the hold stays too."""
    try:
        with transaction.atomic():
            lift_hold(hold=hold, actor=SYSTEM, at=at)
    except Rejected:
        return False
    return True


def _notice(listing: Listing, hold: Hold) -> Note:
    zh, en = listing.titles
    return Note(organization=listing.organization, kind="listings.listing.suspended", tone="held", subject=listing.code,
                href=f"/listings/{listing.code}/why/", text=(f"《{zh}》停牌：{hold.reason_zh}。出路：{hold.way_back_zh}。",
                                                             f"“{en}” is suspended: {hold.reason_en}. Way back: {hold.way_back_en}."))
