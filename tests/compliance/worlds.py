"""Worlds for compliance tests: answers that sign, a filing ready to confirm, people of the desks."""

from __future__ import annotations

from typing import Any

from compliance.models import ConductCase, Declaration, Filing
from compliance.operations import draft_declaration, file_trade, sign_declaration
from compliance.screening import Profile
from kit.actors import Actor
from kit.clock import Clock
from kit.ids import new_code
from participants.models import Organization
from participants.roles import Role
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
