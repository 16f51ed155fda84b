"""What participants' facts set going here: samples of light admissions, control lists, joint credit of whoever vouched, alarms."""

from __future__ import annotations

import hashlib

from compliance.cases import open_case
from compliance.controls import follow_organization
from compliance.credit import follow_credit
from compliance.engaging.liability import follow_report_cases
from compliance.incidents import report_incident
from compliance.models import Declaration
from compliance.rules.competition import must_file_concentration
from evidence.subscriptions import SealedFact, subscriber
from kit.actors import SYSTEM
from kit.clock import Clock
from kit.coverage import covers
from kit.money import yuan
from participants.models import Admission, Organization, OwnershipStake
from participants.operations import notify
from participants.queries import house_venue, parameter

__all__ = ["follow_concentrations", "follow_controls", "follow_noted", "follow_report_cases", "raise_alarms", "sample_admissions",
           "sample_declarations"]


def drawn(code: str, percent: int) -> bool:
    """This will tell whether an object is drawn: fixed by its code, so that nobody can draw again."""
    return int.from_bytes(hashlib.sha256(f"sample:{code}".encode()).digest()[:4], "big") % 100 < percent


@covers("R87")
@subscriber("compliance.sample_admissions", "participants.admission.admitted")
def sample_admissions(fact: SealedFact, *, clock: Clock) -> None:
    """This will open a sample of an admission by declaration, as often as the party's band says (strictly: the first check is)."""
    if fact.payload.get("basis") != "declaration":
        return
    held = Admission.objects.select_related("organization").get(code=fact.subject)
    table = parameter("sampling.light_percent", venue=house_venue(), at=clock.now())
    if not drawn(held.code, int(table[held.organization.band])):
        return
    open_case(kind="sample", subject_kind="admission", subject_code=held.code, organization=held.organization, flags=["light_admission"],
              title=(f"承诺准入核查：{held.organization.short_name}",
                     f"Check of an admission by declaration: {held.organization.short_name_en or held.organization.short_name}"),
              text=f"{held.category} {held.checklist}", actor=SYSTEM, clock=clock)


@covers("R88", "R87")
@subscriber("compliance.sample_declarations", "compliance.declaration.signed")
def sample_declarations(fact: SealedFact, *, clock: Clock) -> None:
    """This will open a check of a signed declaration, as often as the declarant's band says: few of the faithful, all of the others."""
    held = Declaration.objects.select_related("organization").filter(code=fact.subject).first()
    table = parameter("sampling.percent", venue=house_venue(), at=clock.now())
    if held is None or not drawn(held.code, int(table[held.organization.band])):
        return
    open_case(kind="sample", subject_kind="declaration", subject_code=held.code, organization=held.organization, flags=["declaration"],
              title=(f"声明承诺抽查：{held.organization.short_name}",
                     f"Check of a declaration: {held.organization.short_name_en or held.organization.short_name}"),
              text=f"来源、产权、质量、使用 / source, rights, quality, use; {held.template} {held.template_version}, {held.document_hash}",
              actor=SYSTEM, clock=clock)


@covers("H7", "R87")
@subscriber("compliance.follow_credit", "compliance.credit.noted")
def follow_noted(fact: SealedFact, *, clock: Clock) -> None:
    """This will move a party's band as soon as an event counts: deposits, samples and holdback follow at the next act."""
    held = Organization.objects.get(code=fact.subject)
    follow_credit(organization=held, cause_code=str(fact.payload["source"])[:16], reason="信用事项记入 / a credit event was noted",
                  actor=SYSTEM, clock=clock)


@covers("R85")
@subscriber("compliance.follow_concentrations", "participants.stake.declared")
def follow_concentrations(fact: SealedFact, *, clock: Clock) -> None:
    """This will ask the desk about a change of control whose turnover is over the lines: the concentration is filed before it is done."""
    stake = OwnershipStake.objects.filter(owned__code=fact.subject, owner__code=fact.payload["owner"]).exclude(turnover={}).select_related(
        "owner", "owned").order_by("-pk").first()
    if not fact.payload.get("control") or stake is None:
        return
    told = stake.turnover
    if not must_file_concentration(told["world_fen"], told["china_fen"], (told["owner_china_fen"], told["owned_china_fen"])):
        return
    open_case(kind="alert", subject_kind="organization", subject_code=stake.owned.code, organization=stake.owned, flags=["concentration"],
              title=(f"经营者集中申报：{stake.owned.short_name}",
                     f"Concentration to be filed: {stake.owned.short_name_en or stake.owned.short_name}"),
              text=f"{stake.owner.code} {stake.share_bps / 100:.2f}% · {told['year']} · 全球 {yuan(told['world_fen'])}、境内 "
                   f"{yuan(told['china_fen'])} · 国务院令第773号 / State Council Order 773", actor=SYSTEM, clock=clock)
    notify(organization=stake.owned, kind="compliance.concentration.to_file", tone="wait", subject=stake.owned.code,
           href="/desk/organisation/", at=clock.now(),
           text=("控制权变更达到经营者集中申报标准：未申报的不得实施集中。",
                 "The change of control is over the filing lines: it is not carried out before it is filed."))


@covers("A6", "R66")
@subscriber("compliance.follow_controls", "participants.organization.registered")
def follow_controls(fact: SealedFact, *, clock: Clock) -> None:
    """This will look every organisation that comes up in the lists in force."""
    found = Organization.objects.filter(code=fact.subject).first()
    if found is not None:
        follow_organization(organization=found, clock=clock)


@covers("T47")
@subscriber("compliance.raise_alarms", "participants.signin.alarm", "participants.calendar.missing", "participants.security_review.flagged")
def raise_alarms(fact: SealedFact, *, clock: Clock) -> None:
    """This will turn an alarm of participants into somebody's work: an incident, or a case of the desk."""
    if fact.kind == "participants.signin.alarm":
        report_incident(text=f"生产环境使用了不应使用的登录：{fact.subject}（{fact.payload['alarm']}）", subject_code=fact.subject[:20],
                        actor=SYSTEM,
                        clock=clock)
        return
    year = fact.payload.get("year", "")
    open_case(kind="other", subject_kind=fact.kind.split(".")[1], subject_code=f"{fact.subject}-{year}"[:20].rstrip("-"), actor=SYSTEM,
              clock=clock,
              title=((f"工作日历待补：{year}", f"Calendar of {year} is not published here") if year else
                     (f"安全审查逾期：{fact.subject}", f"Security review is late: {fact.subject}")))
