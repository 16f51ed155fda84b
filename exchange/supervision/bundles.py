"""The file of a case or an alert for the authority: every sealed fact of it and of what it is about, with proofs that hold without us."""

from __future__ import annotations

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from compliance.models import Case, ConductCase, Dispute
from evidence.bundle import make_bundle
from evidence.canonical import canonical
from evidence.clock import MARKET_CLOCK
from exchange.supervision.alerts import find_alert
from exchange.supervision.pages import KINDS, overseer
from kit.actors import Actor
from kit.coverage import covers
from participants.models import Organization
from participants.permissions import require
from participants.reads import note_read

__all__ = ["alert_bundle", "case_bundle", "subjects_of"]

#: Objects of a case that go along at most: an alert of a ring names hundreds of trades.
MOST = 300


def _answer(code: str, subjects: list[str], owners: set[int | None], ground: str, actor: Actor) -> HttpResponse:
    for owner in Organization.objects.filter(pk__in=[key for key in owners if key]):
        note_read(owner=owner, kind="history", subject=code, ground=ground, actor=actor, clock=MARKET_CLOCK)
    try:
        made = make_bundle(subjects=subjects, may_read=lambda fact: True)
    except LookupError as nothing:
        raise Http404(code) from nothing
    answer = HttpResponse(canonical(made), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="{code}.bundle.json"'
    return answer


def subjects_of(code: str, subject: object) -> list[str]:
    """This will name what belongs to a case's file: itself, what it is about, its findings, measures and the case it came from."""
    codes = [code]
    for name in ("subject_code", "transferred_to"):
        if found := getattr(subject, name, ""):
            codes.append(str(found))
    case = subject if isinstance(subject, ConductCase) else getattr(getattr(subject, "finding", None), "case", None)
    if isinstance(case, ConductCase):
        findings = list(case.findings.all())
        codes += [case.code, case.subject_code, *(one.code for one in findings),
                  *(sanction.code for one in findings for sanction in one.sanctions.all()),
                  *(one.code for finding in findings for one in finding.restorations.all())]
        if (alert := find_alert(case.subject_code)) is not None:
            codes += [alert.case, *alert.objects_told[:MOST]]
    return sorted({one for one in codes if one})


@require_safe
@never_cache
@overseer
@covers("H8", "H3", "R121")
def case_bundle(request: HttpRequest, code: str, *, actor: Actor, now: datetime) -> HttpResponse:
    """The bundle of a case of any kind, for whoever may work it or reads files by duty; a complaint's never names its reporter."""
    require(actor, "exchange.case.bundle", at=now)
    kind = KINDS.get(code.split("-")[0])
    subject = kind[2](code) if kind else None
    if subject is None:
        raise Http404(code)
    owners = {getattr(subject, "organization_id", None)} if isinstance(subject, Case | ConductCase) else set()
    if isinstance(subject, Dispute):
        owners = {subject.opener_id, subject.respondent_id}
    return _answer(code, subjects_of(code, subject), owners, "exchange.case.bundle", actor)


@require_safe
@never_cache
@overseer
@covers("H8", "H4", "R121")
def alert_bundle(request: HttpRequest, code: str, *, actor: Actor, now: datetime) -> HttpResponse:
    """The bundle of an alert: its facts, those of the trades and lots it rests on, the request for information and what came of it."""
    require(actor, "trading.alert.see", at=now)
    one = find_alert(code)
    if one is None:
        raise Http404(code)
    parties = set(Organization.objects.filter(code__in=one.parties).values_list("pk", flat=True))
    subjects = [one.code, *one.objects_told[:MOST], *(code for code in (one.case, one.conduct_case) if code)]
    return _answer(code, subjects, set(parties), "trading.alert.see", actor)
