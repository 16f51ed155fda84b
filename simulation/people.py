"""The people of the demo market, admitted and invited by the real operations (contract: demo accounts, password ``demo``).

Names are invented. A production start refuses demo accounts, and so does this module.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from io import BytesIO

from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.test.utils import override_settings
from stdnum.cn import uscc

from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from participants.actors import VISITOR, actor_of
from participants.admission_moves import class_of
from participants.checklists import checklist
from participants.models import Admission, AdmissionStatus, Organization, User
from participants.operations import (
    accept_admission,
    admit,
    file_admission,
    hand_in_proof,
    invite_member,
    open_admission,
    register_organization,
    second_admission,
)
from participants.organizations import NOBODY_ABROAD, Abroad
from participants.queries import house_venue, venue_organization
from participants.roles import OrganizationKind, Role

__all__ = ["ACCOUNTS", "PASSWORD", "Account", "Party", "make_people", "open_party", "people", "seat"]

PASSWORD = "demo"  # noqa: S105 (the demo's published password; production refuses it)


@dataclass(frozen=True)
class Party:
    """An organisation as it registers: names, kind, and the class it is admitted in ('' for desks)."""

    name: str
    name_en: str
    short: str
    short_en: str
    kind: OrganizationKind = OrganizationKind.ENTERPRISE
    role: str = ""
    uscc: str = ""
    #: class of the admission checklist; '' for the usual one of the role
    category: str = ""


@dataclass(frozen=True)
class Account:
    """One demo sign-in: who the person is, for whom, as what."""

    username: str
    person: str
    person_en: str
    role: str
    party: Party | None = None
    capabilities: tuple[str, ...] = ()
    password: str | None = PASSWORD
    sectors: tuple[str, ...] = ()


_BUREAU = Party("滨海市数据局", "Binhai Data Bureau", "滨海市数据局", "Binhai Data Bureau", OrganizationKind.AUTHORITY)
_AUDIT = Party("滨海市审计中心", "Binhai Audit Centre", "滨海审计中心", "Binhai Audit", OrganizationKind.AUTHORITY)

#: In the order of the contract; ``party=None`` stands for the venue itself.
ACCOUNTS: tuple[Account, ...] = (
    Account("compliance", "何静", "He Jing", Role.COMPLIANCE_OFFICER),
    Account("operator", "罗斌", "Luo Bin", Role.VENUE_OPERATOR),
    Account("merchant", "沈一鸣", "Shen Yiming", Role.DATA_MERCHANT, Party(
        "沪甬港航数据科技有限公司", "Huyong Port and Shipping Data Technology Co., Ltd.", "沪甬港航", "Huyong Shipping",
        role=Role.DATA_MERCHANT)),
    Account("buyer", "周雅", "Zhou Ya", Role.BUYER, Party(
        "江海联运供应链有限公司", "Jianghai Intermodal Supply Chain Co., Ltd.", "江海联运", "Jianghai", role=Role.BUYER)),
    Account("buyer2", "吴桐", "Wu Tong", Role.BUYER, Party(
        "明见信用管理有限公司", "Mingjian Credit Management Co., Ltd.", "明见信用", "Mingjian Credit", role=Role.BUYER)),
    Account("publicdata", "郑海宁", "Zheng Haining", Role.PUBLIC_DATA_OPERATOR, Party(
        "滨海公共数据运营有限公司", "Binhai Public Data Operations Co., Ltd.", "滨海公共数据", "Binhai Public Data",
        OrganizationKind.PUBLIC_BODY, Role.PUBLIC_DATA_OPERATOR)),
    Account("trustee", "苏婉", "Su Wan", Role.TRUSTEE, Party(
        "众托个人信息受托服务中心", "Zhongtuo Personal Data Trustee", "众托受托", "Zhongtuo Trustee",
        OrganizationKind.PUBLIC_BODY, Role.TRUSTEE)),
    Account("regulator", "方正", "Fang Zheng", Role.REGULATOR, _BUREAU, ("review_first",)),
    Account("regulator2", "秦岚", "Qin Lan", Role.REGULATOR, _BUREAU, ("review_second",)),
    Account("surveillance", "雷鸣", "Lei Ming", Role.SURVEILLANCE, _BUREAU),
    Account("auditor", "高远", "Gao Yuan", Role.AUDITOR, _AUDIT),
    Account("researcher", "林知行", "Lin Zhixing", Role.RESEARCHER, Party(
        "滨海大学数据要素研究院", "Binhai University Institute of Data Factors", "滨海大学", "Binhai University",
        OrganizationKind.PUBLIC_BODY)),
)


#: Authorities and foreign organisations have no credit code here.
_WITHOUT_CODE = (OrganizationKind.AUTHORITY, OrganizationKind.FOREIGN)


def credit_code(number: int) -> str:
    """This will return a well-formed unified social credit code of an invented party."""
    body = f"91310115MA9F{number:05d}"
    return body + uscc.calc_check_digit(body)


def people() -> Mapping[str, User]:
    """This will return the demo sign-ins that exist, by user name."""
    return {user.username: user for user in User.objects.filter(username__in=[one.username for one in ACCOUNTS])}


class PublishedPasswordHasher(PBKDF2PasswordHasher):
    """Few rounds, for passwords that stand in the manual: no work can keep them secret. The first sign-in hashes them anew."""

    iterations = 1_000


def make_people(clock: Clock) -> Mapping[str, User]:
    """This will register, invite and admit the demo's people; those who are here already stay as they are."""
    assert settings.DEMO_ACCOUNTS, "demo accounts are switched off"
    made = dict(people())
    known = any(one.endswith(".PBKDF2PasswordHasher") for one in settings.PASSWORD_HASHERS)
    quick = [*([f"{__name__}.PublishedPasswordHasher"] if known else []), *settings.PASSWORD_HASHERS]
    with override_settings(PASSWORD_HASHERS=quick):
        for account in ACCOUNTS:
            if account.username not in made:
                made[account.username] = _sign_in(account, clock, made)
    return made


def _sign_in(account: Account, clock: Clock, made: Mapping[str, User]) -> User:
    if account.party is None:
        return _invite(venue_organization(house_venue()), account, clock)
    if account.party.role:
        return open_party(account.party, [account], officer=actor_of(made["compliance"]), clock=clock)[1][0]
    known = Organization.objects.filter(name=account.party.name).first()
    return _invite(known or _register(account.party, clock), account, clock)


def open_party(party: Party, accounts: Sequence[Account], *, officer: Actor, authority: Actor | None = None, clock: Clock
               ) -> tuple[Organization, list[User]]:
    """This will register a party, invite its people and lead it through admission by the compliance officer.

    Where it is controlled from abroad, the authority agrees after its security review.
    """
    organization = _register(party, clock)
    users = [_invite(organization, account, clock) for account in accounts]
    _admit(organization, party, accounts, users, officer=officer, authority=authority, clock=clock)
    return organization, users


def seat(account: Account, clock: Clock) -> Organization:
    """This will register a body that needs no admission, an association or an authority, and invite its person; again changes nothing."""
    party = account.party
    assert party is not None, "an office has a name"
    known = Organization.objects.filter(name=party.name).first() or _register(party, clock)
    if not User.objects.filter(username=account.username).exists():
        _invite(known, account, clock)
    return known


def admit_beside(organization: Organization, account: Account, role: str, *, officer: Actor, clock: Clock) -> None:
    """This will admit a party in a further role: the same person takes it, hands in what its class asks, and the officer admits."""
    party = account.party
    assert party is not None, "a desk is not admitted"
    further = replace(account, role=role)
    user = _invite(organization, further, clock)
    _admit(organization, replace(party, role=role, category=""), [further], [user], officer=officer, authority=None, clock=clock)


def _admit(organization: Organization, party: Party, accounts: Sequence[Account], users: Sequence[User], *, officer: Actor,
           authority: Actor | None, clock: Clock) -> None:
    answers = {"legal_representative": accounts[0].person, "registered_address": "滨海市数港大道1号", "business": party.short,
               "contact_email": f"{accounts[0].username}@example.cn", "data_security_officer": accounts[-1].person,
               "authorising_body": "滨海市数据局", "principals": "会员企业员工，按协议受托", "use_purposes": "产业分析",
               "service_scope": party.short, "independence": "与委托方无持股关系", "home_jurisdiction": "新加坡",
               "domestic_contact": accounts[0].person}
    first = actor_of(users[0])
    admission = open_admission(organization=organization, role=party.role, category=party.category, answers=answers, actor=first,
                               clock=clock)
    hand_in_papers(admission, first, clock)
    admission = file_admission(admission=admission, actor=first, clock=clock)
    admission = accept_admission(admission=admission, actor=officer, clock=clock)
    held = admit(admission=admission, actor=officer, clock=clock)
    if held.status == AdmissionStatus.IN_REVIEW and authority is not None:
        second_admission(admission=held, agree=True, reason="安全审查未见风险，同意准入。", actor=authority, clock=clock)


#: What the demo's documents look like: a page that says that it is an invented one.
_PAPER = b"%PDF-1.4\n% demo document\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
_PAPER_DAYS = 900


def hand_in_papers(admission: Admission, actor: Actor, clock: Clock) -> None:
    """This will hand in every document that the admission's class asks for."""
    version, at = checklist(admission.checklist), clock.now()
    for item in class_of(admission).required:
        kind = version.items[item]
        hand_in_proof(organization=admission.organization, item=item, stream=BytesIO(_PAPER), name=f"{item}.pdf", number=f"DEMO-{item}",
                      level=kind.levels[0] + 2 if kind.levels else None,
                      effective_to=at + timedelta(days=_PAPER_DAYS) if kind.term != "none" else None, actor=actor, clock=clock)


def _register(party: Party, clock: Clock) -> Organization:
    number = Organization.objects.count()
    return register_organization(
        name=party.name, name_en=party.name_en, short_name=party.short, short_name_en=party.short_en, kind=party.kind,
        uscc=party.uscc or ("" if party.kind in _WITHOUT_CODE else credit_code(number)),
        abroad=Abroad("", "SG", f"2031{number:05d}N") if party.kind == OrganizationKind.FOREIGN else NOBODY_ABROAD, actor=VISITOR,
        clock=clock)


def _invite(organization: Organization, account: Account, clock: Clock) -> User:
    _, user = invite_member(organization=organization, name=account.person, name_en=account.person_en, identity=f"demo-{account.username}",
                            role=account.role, username=account.username, capabilities=account.capabilities, password=account.password,
                            sectors=account.sectors, actor=SYSTEM, clock=clock)
    return user
