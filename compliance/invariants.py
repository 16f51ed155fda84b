"""What always holds in compliance: decisions by different persons, sanctions with case and basis, standing as measures say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, cast

from compliance import events
from compliance.cooperation_events import breach_moved, responsibility_moved, signature_moved
from compliance.credit import due_standing
from compliance.joint_events import joint_moved
from compliance.models import CreditRecord, Filing, Finding, NegativeListVersion, Sanction
from compliance.rules.negative_list import document_hash
from compliance.states import TABLES, ConductStatus, FilingStatus, ListStatus, SanctionStatus
from evidence.clock import MARKET_CLOCK
from evidence.invariants import BY_ITS_CALLER, Invariant, every_move_is_told, invariant
from kit.coverage import covers
from participants.models import Membership, Organization
from participants.roles import Role

__all__ = ["DecidersDiffer", "ListsAreAsHashed", "SanctionsRestOnFindings", "StandingFollowsSanctions"]


@invariant
@covers("I18")
class DecidersDiffer(Invariant):
    """Filing, confirming and verifying are three real persons; a serious finding has two, regulators at that instant."""

    id: ClassVar[str] = "I18"

    def check(self) -> Iterable[str]:
        rows = Filing.objects.filter(status__in=[FilingStatus.CONFIRMED, FilingStatus.VERIFIED]).values_list(
            "code", "filed_by__person_id", "confirmed_by__person_id", "decided_by__person_id")
        for code, *people in rows.iterator():
            known = [person for person in people if person is not None]
            if len(set(known)) != len(known):
                yield f"{code}: the same real person acted twice"
        for finding in Finding.objects.filter(severity="serious").select_related("decided_by", "second").iterator():
            both = [finding.decided_by, finding.second]
            pair = {user.person_id for user in both if user and user.person_id}
            if len(pair) != 2:
                yield f"{finding.code}: a serious finding needs two real persons"
            elif Membership.objects.filter(person_id__in=pair, role=Role.REGULATOR, effective_from__lte=finding.at).exclude(
                    effective_to__lte=finding.at).values("person").distinct().count() != 2:
                yield f"{finding.code}: decided by somebody who was no regulator then"


@invariant
@covers("I26")
class SanctionsRestOnFindings(Invariant):
    """Every measure has a case, a decision and an objection window; none outlives its finding or its term."""

    id: ClassVar[str] = "I26"

    def check(self) -> Iterable[str]:
        at = MARKET_CLOCK.now()
        running = Sanction.objects.exclude(status=SanctionStatus.ENDED).select_related("finding__case")
        for sanction in running.iterator():
            case = sanction.finding.case
            if case.status not in {ConductStatus.DECIDED, ConductStatus.OBJECTED, ConductStatus.FINAL}:
                yield f"{sanction.code}: in force while {case.code} is {case.status}"
            if case.notified_at is None and not sanction.finding.authority_document:
                yield f"{sanction.code}: {case.code} was decided without notice"
            if (at - sanction.effective_to).days > 2:
                yield f"{sanction.code}: should have ended at {sanction.effective_to.isoformat()}"
        early = Sanction.objects.filter(status=SanctionStatus.ENDED, cause="restored").select_related("finding").iterator()
        for sanction in early:
            if sanction.ended_at is not None and sanction.ended_at < sanction.earliest_end_at:
                yield f"{sanction.code}: restored before its shortest term"
            if not sanction.finding.restorations.filter(status="granted").exists():
                yield f"{sanction.code}: restored without a restoration"


@invariant
@covers("I26")
class StandingFollowsSanctions(Invariant):
    """Who was ever found at fault stands where the measures in force put him; each finding counts in the score once."""

    id: ClassVar[str] = "I26"

    def check(self) -> Iterable[str]:
        at = MARKET_CLOCK.now()
        for organization in Organization.objects.filter(sanctions__isnull=False).distinct().iterator():
            due = due_standing(organization, at=at)[0]
            if organization.standing != due:
                yield f"{organization.code}: stands {organization.standing}, its measures say {due.value}"
        for code, organization_id, severity in Finding.objects.values_list("code", "case__organization_id", "severity").iterator():
            if not CreditRecord.objects.filter(organization_id=organization_id, event=f"finding_{severity}", source=code).exists():
                yield f"{code}: the finding is missing in the credit record"


@invariant
@covers("I16")
class ListsAreAsHashed(Invariant):
    """The rules that judge are the rules that were published: entries give the version's hash, exactly one is in force."""

    id: ClassVar[str] = "I16"

    def check(self) -> Iterable[str]:
        versions = NegativeListVersion.objects.exclude(status=ListStatus.DISCARDED)
        for version in versions:
            rules = list(version.entries.filter(edition=version.edition).values_list("rule", flat=True))
            if document_hash(rules) != version.content_hash:
                yield f"{version.code}: entries do not give the hash of version {version.version}"
        if sum(version.status == ListStatus.IN_FORCE for version in versions) != 1:
            yield "not exactly one negative list is in force"


#: object word -> (table, facts of its acts, first state -> the act that opened it; the first list in force came with the house)
_OBJECTS: dict[str, tuple[str, dict[str, Any], dict[str, str]]] = {
    "negative_list": ("negativelistversion", events.list_moved, {"draft": "draft", "in_force": BY_ITS_CALLER}),
    "declaration": ("declaration", events.declaration_moved, {"draft": "draft"}),
    "filing": ("filing", events.filing_moved, {"filed": "file"}),
    "case": ("case", events.case_moved, {"open": "open"}),
    "conduct": ("conductcase", events.conduct_moved, {"accused": "open"}),
    "sanction": ("sanction", events.sanction_moved, {"in_force": "impose"}),
    "restoration": ("restoration", events.restoration_moved, {"applied": "apply"}),
    "complaint": ("complaint", events.complaint_moved, {"received": "receive"}),
    "dispute": ("dispute", events.dispute_moved, {"negotiating": "open"}),
    "export": ("exportcase", events.export_moved, {"draft": "open"}),
    "recognition": ("exportrecognition", events.recognition_moved, {"proposed": "propose"}),
    "requisition": ("requisition", events.requisition_moved, {"issued": "issue"}),
    "incident": ("incident", events.incident_moved, {"reported": "report"}),
    "joint": ("jointcase", joint_moved, {"invited": "ask"}),
    "covenant_signature": ("covenantsignature", {"leave": signature_moved["left"], "lapse": signature_moved["lapsed"],
                                                 "expel": signature_moved["expelled"], "sign": signature_moved["signed"]},
                           {"signed": "sign"}),
    "covenant_breach": ("covenantbreach", {"answer": breach_moved["answered"], "stay_silent": breach_moved["unanswered"],
                                           "uphold": breach_moved["upheld"], "dismiss": breach_moved["dismissed"],
                                           "report": breach_moved["reported"]}, {"reported": "report"}),
    "responsibility": ("responsibilityreport", {"file": responsibility_moved["filed"], "miss": responsibility_moved["missed"],
                                                "open": responsibility_moved["opened"], "announce": responsibility_moved["announced"],
                                                "draft": responsibility_moved["drafted"]}, {"due": "open", "draft": "draft"}),
    "control_list": ("controllist", events.control_list_moved, {"proposed": "propose"}),
    "service_offer": ("serviceoffer", events.offer_moved, {"offered": "publish"}),
    "engagement": ("engagement", events.engagement_moved, {"ordered": "order"}),
    "engagement_report": ("engagementreport", events.report_moved, {"valid": "sign"}),
    "control_match": ("controlmatch", events.control_match_moved, {"open": "flag"}),
}
#: facts that leave a state as it is: a draft's rules or answers saved again
_EDITED: dict[str, dict[tuple[str, str], str]] = {
    "responsibility": {("due", responsibility_moved["reminded"].kind): "due",
                       **{(state, responsibility_moved["drafted"].kind): state for state in ("draft", "due", "missed")}},
    "covenant_breach": {("deciding", breach_moved["late"].kind): "deciding"},
    "joint": {(state, joint_moved["opine"].kind): state for state in ("running", "late")},
    "negative_list": {("draft", events.list_moved["edit"].kind): "draft"},
           "declaration": {("draft", events.declaration_moved["draft"].kind): "draft"}}
for _word, (_table, _family, _births) in _OBJECTS.items():
    _facts = {act: made.kind for act, made in _family.items()}
    every_move_is_told(f"compliance_{_table}", cast("dict[tuple[Any, str], Any]", TABLES[_word]), _facts,
                       births={state: _facts.get(act, BY_ITS_CALLER) for state, act in _births.items()},
                       besides=_EDITED.get(_word))
