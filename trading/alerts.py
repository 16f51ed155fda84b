"""Alerts 监测预警: raised by rules once for the same inputs, decided by people; the decisions are how good a rule is (R83, R85, H4).

An alert changes nothing for anybody: no score, no capability, no listing. It is claimed within a working day and dismissed or referred
within five; a late one is marked and goes to the top, no deadline decides it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.crypto import salted_hmac

from compliance.cases import ask_party, claim_case, moot_case, open_case
from compliance.conduct import open_conduct_case
from compliance.models import Case
from compliance.states import CaseStatus
from evidence.operations import operation, record, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock, FixedClock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from kit.states import advance
from participants.models import Organization
from participants.permissions import require
from participants.queries import affiliated
from participants.timers import after
from trading.alert_events import alert_moved
from trading.models import DetectorThreshold, SurveillanceAlert
from trading.states import ALERT, AlertStatus
from trading.surveillance.rules import RULES, Found, above

__all__ = ["ask_about_alert", "claim_alert", "dismiss_alert", "mark_late_alerts", "mark_of", "raise_alert", "raise_found", "refer_alert"]

BATCH = 200


@covers("H4", "R83")
def raise_found(found: Iterable[Found], *, clock: Clock) -> int:
    """This will raise what reaches its rule's threshold of today; returns how many alerts are new."""
    told = above(found, DetectorThreshold.objects.in_force())
    return sum(raise_alert(found=one, actor=SYSTEM, clock=clock) is not None for one in told)


@covers("H4", "R83")
@operation("trading.alert.raise")
def raise_alert(*, found: Found, actor: Actor, clock: Clock) -> SurveillanceAlert | None:
    """This will put what a rule found before the desk, unless an alert about the group is open or every input was looked at before.

    Two passes that find the same at once wait for each other at the group's lock; the second finds it done.
    """
    at = clock.now()
    require(actor, "trading.alert.run", at=at)
    rule = RULES[found.rule]
    _lock_group(found)
    rows = SurveillanceAlert.objects.filter(rule=rule.id, subject=found.subject)
    seen = {code for codes in rows.filter(rule_version=rule.version).values_list("objects_told", flat=True) for code in codes}
    if rows.filter(status__in=(AlertStatus.RAISED, AlertStatus.IN_ANALYSIS)).exists() or set(found.objects) <= seen:
        unchanged(at=at)
        return None
    made = SurveillanceAlert.objects.create(
        code=new_code("ALR"), rule=rule.id, rule_version=rule.version, subject=found.subject, parties=sorted(found.parties),
        objects_told=sorted(found.objects), inputs_hash=found.inputs_hash, figures=dict(found.figures), score_ppm=found.score_ppm,
        threshold_ppm=DetectorThreshold.objects.in_force().get(rule.id, rule.threshold_ppm), base_rate_ppm=rule.base_rate_ppm,
        raised_at=at, due_at=after("case.alert", at))
    _tell("raised", made, "", actor, at)
    return made


def _lock_group(found: Found) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"trading_alert|{found.rule}|{found.subject}"])


def mark_of(inputs_hash: str) -> str:
    """This will mark inputs for the record book: whoever has the house's key checks it, nobody finds parties by trying."""
    return salted_hmac("trading.alerts", inputs_hash, algorithm="sha256").hexdigest()


def _tell(word: str, held: SurveillanceAlert, before: str, actor: Actor, at: datetime) -> None:
    record(alert_moved[word](
        subject=held.code, rule=held.rule, rule_version=held.rule_version, inputs_mark=mark_of(held.inputs_hash),
        score_ppm=held.score_ppm, threshold_ppm=held.threshold_ppm, base_rate_ppm=held.base_rate_ppm, from_status=before,
        to_status=held.status, due_at=held.due_at,
        reason_hash=hashlib.sha256(held.reason.encode()).hexdigest() if held.reason else ""), actor=actor, at=at)


def _worked(alert: SurveillanceAlert, actor: Actor, clock: Clock) -> tuple[SurveillanceAlert, datetime]:
    held = SurveillanceAlert.objects.select_for_update(of=("self",), no_key=True).get(pk=alert.pk)
    at = clock.now()
    require(actor, "trading.alert.work", subject=held, at=at)
    _refuse_own_matter(held, actor, at)
    return held, at


def _refuse_own_matter(held: SurveillanceAlert, actor: Actor, at: datetime) -> None:
    """Nobody looks into a party that its own house is tied to."""
    home = Organization.objects.filter(pk=actor.organization_id or 0).first()
    for one in Organization.objects.filter(code__in=held.parties):
        if home is not None and affiliated(home, one, at=at):
            raise Rejected("trading.alert.own_matter", alert=held.code, party=one.short_name)


def _refuse_not_mine(held: SurveillanceAlert, actor: Actor) -> None:
    if held.status == AlertStatus.IN_ANALYSIS and held.assignee_id != actor.user_id:
        raise Rejected("trading.alert.held_by_another", alert=held.code)


def _step(held: SurveillanceAlert, act: str, word: str, *, actor: Actor, at: datetime) -> SurveillanceAlert:
    before = held.status
    held.status = advance(ALERT, AlertStatus(before), act, subject=held.code, code="trading.alert.illegal_move")
    held.save()
    _tell(word, held, before, actor, at)
    return held


@covers("H3", "H4")
@operation("trading.alert.claim")
def claim_alert(*, alert: SurveillanceAlert, actor: Actor, clock: Clock) -> SurveillanceAlert:
    """This will take a new alert; of two who take it at once one gets it."""
    held, at = _worked(alert, actor, clock)
    held.assignee_id, held.due_at, held.overdue = actor.user_id, after("alert.analysis", at), False
    return _step(held, "claim", "claimed", actor=actor, at=at)


@covers("H4", "R85")
@operation("trading.alert.ask")
def ask_about_alert(*, alert: SurveillanceAlert, party: Organization, text: str, actor: Actor, clock: Clock) -> Case:
    """This will ask a party for information, with a term to answer: in a case of the desk, which the party sees and answers."""
    held, at = _worked(alert, actor, clock)
    _refuse_not_mine(held, actor)
    if held.status != AlertStatus.IN_ANALYSIS:
        raise Rejected("trading.alert.not_in_analysis", alert=held.code)
    if party.code not in held.parties:
        raise Rejected("trading.alert.no_party", alert=held.code, party=party.short_name)
    if held.case and not Case.objects.filter(code=held.case, status=CaseStatus.CLOSED).exists():
        raise Rejected("trading.alert.asked_already", alert=held.code, case=held.case)
    zh, en = held.titles
    same = FixedClock(at)
    case = open_case(kind="alert", subject_kind="alert", subject_code=held.code, organization=party, flags=[held.rule],
                     title=(f"情况核实：{zh}", f"Request for information: {en}"), actor=actor, clock=same)
    case = ask_party(case=claim_case(case=case, actor=actor, clock=same), text=text, actor=actor, clock=same)
    assert case.answer_due_at is not None, "a party that is asked has a term"
    held.case, held.due_at, held.overdue = case.code, after("alert.analysis", case.answer_due_at), False
    held.save(update_fields=["case", "due_at", "overdue"])
    _tell("asked", held, held.status, actor, at)
    return case


def _decide(held: SurveillanceAlert, reason: str, actor: Actor, at: datetime) -> None:
    _refuse_not_mine(held, actor)
    if len(reason.strip()) < 4:
        raise Rejected("trading.alert.unreasoned", alert=held.code)
    held.reason, held.decided_at, held.decided_by_id, held.due_at, held.overdue = reason.strip(), at, actor.user_id, None, False


def _end_case(held: SurveillanceAlert, actor: Actor, at: datetime) -> None:
    case = Case.objects.filter(code=held.case).exclude(status=CaseStatus.CLOSED).first() if held.case else None
    if case is not None:
        moot_case(case=case, text=f"预警 {held.code} 已作出决定 / the alert was decided", actor=actor, clock=FixedClock(at))


@covers("H4", "R83")
@operation("trading.alert.dismiss")
def dismiss_alert(*, alert: SurveillanceAlert, reason: str, actor: Actor, clock: Clock) -> SurveillanceAlert:
    """This will dismiss an alert, with its reason: it counts against the rule that raised it."""
    held, at = _worked(alert, actor, clock)
    _decide(held, reason, actor, at)
    done = _step(held, "dismiss", "dismissed", actor=actor, at=at)
    _end_case(held, actor, at)
    return done


@covers("H4", "H6", "R47")
@operation("trading.alert.refer")
def refer_alert(*, alert: SurveillanceAlert, party: Organization, conduct: str, reason: str, actor: Actor, clock: Clock
                ) -> SurveillanceAlert:
    """This will confirm an alert: the party is accused of a conduct of the catalogue, and has its say before anything is found."""
    held, at = _worked(alert, actor, clock)
    _decide(held, reason, actor, at)
    if party.code not in held.parties:
        raise Rejected("trading.alert.no_party", alert=held.code, party=party.short_name)
    accused = open_conduct_case(organization=party, conduct=conduct, subject_code=held.code, text=held.reason, actor=actor,
                                clock=FixedClock(at))
    held.conduct_case = accused.code
    done = _step(held, "refer", "referred", actor=actor, at=at)
    _end_case(held, actor, at)
    return done


@covers("H3", "R83")
def mark_late_alerts(*, clock: Clock) -> int:
    """This will mark every alert whose time is over; its state stays, a deadline never decides. Returns how many."""
    at = clock.now()
    keys = SurveillanceAlert.objects.filter(status__in=(AlertStatus.RAISED, AlertStatus.IN_ANALYSIS), overdue=False, due_at__lte=at)
    return sum(_mark(key=key, at=at) for key in list(keys.order_by("due_at").values_list("pk", flat=True)[:BATCH]))


def _mark(*, key: int, at: datetime) -> int:
    with transaction.atomic():
        held = SurveillanceAlert.objects.select_for_update(skip_locked=True, of=("self",), no_key=True).filter(
            pk=key, overdue=False, due_at__lte=at).first()
        if held is None:
            return 0
        _be_late(held=held, actor=SYSTEM, at=at)
        return 1


@operation("trading.alert.mark")
def _be_late(*, held: SurveillanceAlert, actor: Actor, at: datetime) -> None:
    require(actor, "trading.alert.run", at=at)
    held.overdue = True
    held.save(update_fields=["overdue"])
    _tell("late", held, held.status, actor, at)


def decided_of(rule: str, version: str) -> list[tuple[int, bool]]:
    """This will list the decisions on a rule's alerts: its score, and whether a person confirmed it."""
    rows: Any = SurveillanceAlert.objects.filter(rule=rule, rule_version=version, decided_at__isnull=False)
    return [(score, status == AlertStatus.REFERRED) for score, status in rows.order_by("id").values_list("score_ppm", "status")]
