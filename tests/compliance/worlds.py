"""Worlds for compliance tests: answers that sign, a filing ready to confirm, people of the desks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from compliance.models import ConductCase, Declaration, Filing, Requisition
from compliance.operations import draft_declaration, file_trade, issue_requisition, sign_declaration
from compliance.screening import Profile
from kit.actors import Actor
from kit.clock import Clock
from kit.ids import new_code
from participants.models import Organization
from participants.roles import OrganizationKind, Role
from tests.compliance.profiles import clean
from tests.factories import clock, make_actor, make_organization

ANSWERS: dict[str, Any] = {
    "source_kind": ["self_generated"], "source_method": "2025年起由自有设备采集", "source_lawful": True,
    "rights_held": ["hold", "use", "operate"],
    "rights_origin": "self_generated", "rights_undisputed": True, "quality_checked": ["completeness", "accuracy"], "quality_defects": "无",
    "quality_true": True, "use_purposes": "产业研究", "use_no_reidentify": True, "excluded_matter": False, "negative_list_checked": True,
    "consequences_accepted": True, "signer_authority": "legal_representative", "class_hosts": ["enterprise"], "class_personal": False,
    "class_important": True, "security_mlps": "3", "security_contact": "安全负责人 010-00000000", "competition_fair": True,
    "no_listed_party": True,
}


def merchant() -> tuple[Organization, Actor]:
    organization = make_organization(Role.DATA_MERCHANT)
    return organization, make_actor(Role.DATA_MERCHANT, organization=organization)


def signed(organization: Organization, actor: Actor, at: Clock | None = None, template: str = "merchant", subject: str = "",
           **answers: Any) -> Declaration:
    draft = draft_declaration(organization=organization, template=template, subject=subject, answers={**ANSWERS, **answers}, actor=actor,
                              clock=at or clock())
    return sign_declaration(declaration=draft, actor=actor, clock=at or clock())


def officer() -> Actor:
    return make_actor(Role.COMPLIANCE_OFFICER)


def regulator(*capabilities: str) -> Actor:
    return make_actor(Role.REGULATOR, capabilities=capabilities)


def filed(at: Clock | None = None, **facts: Any) -> tuple[Filing, Actor, Actor]:
    """A filing waiting for the other party: (filing, reporter's person, counterparty's person)."""
    seller, selling = merchant()
    buyer = make_organization(Role.BUYER)
    buying = make_actor(Role.BUYER, organization=buyer)
    profile = Profile(facts=clean(**facts), title="充电桩利用率数据")
    filing = file_trade(report=new_code("TRR"), profile=profile, reporter=seller, counterparty=buyer, actor=selling, clock=at or clock())
    return filing, selling, buying


__all__ = ["ANSWERS", "ConductCase", "filed", "merchant", "officer", "regulator", "signed"]


def caller() -> Actor:
    """Somebody who acts for a public body."""
    return make_actor(Role.BUYER, organization=make_organization(Role.BUYER, kind=OrganizationKind.PUBLIC_BODY))


def called(*, holder: Organization | None = None, holder_code: str = "", kind: str = "duty", body: Actor | None = None,
           at: Clock | None = None, **changes: Any) -> Requisition:
    """A public body's call for a holder's data: used for a month, destroyed within two."""
    ticking = at or clock()
    owner = holder or (Organization.objects.get(code=holder_code) if holder_code else make_organization(Role.DATA_MERCHANT))
    return issue_requisition(**{
        "kind": kind, "holder": owner, "legal_basis": "统计法 第二十条", "document_no": "统调〔2026〕1号", "purpose": "交通运行监测",
        "scope": "充电桩利用率日度汇总，不含个人信息", "use_until": ticking.now() + timedelta(days=30),
        "purge_by": ticking.now() + timedelta(days=60), "actor": body or caller(), "clock": ticking, **changes})
