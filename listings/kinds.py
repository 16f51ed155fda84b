"""Kinds of registration 登记类型: what each needs, whether it goes into public notice, how long its certificate runs (26号 9, 12, 15).

A first registration, a change, a transfer and a licence go through the notice of their regime. Renewal, correction and
cancellation do not: they are decided on form and stay open to objection for ten working days. No certificate outlives a right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from evidence.events import rfc3339
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import DataProduct, PropertyRight, Registration, RegistrationCertificate, RegistrationKind
from listings.states import CertificateStatus, RightStatus
from participants.models import Organization
from participants.queries import parameter

__all__ = ["NEEDED", "PROCEDURES", "Procedure", "certificate_before", "missing_of", "refuse_unfit", "refuse_while_disputed",
           "rights_for", "term_of", "years_later"]


@dataclass(frozen=True)
class Procedure:
    """How one kind of registration runs; ``asks`` are the codes of what it cannot do without."""

    noticed: bool
    asks: tuple[str, ...]
    text: str | Promise
    issues: bool = True
    to_other: bool = False


_FULL = ("title", "statement", "rights", "operate", "evidence")
PROCEDURES: dict[RegistrationKind, Procedure] = {
    RegistrationKind.FIRST: Procedure(True, _FULL, _("首次登记产品的权利")),
    RegistrationKind.RENEWAL: Procedure(False, _FULL, _("到期前 60 天内续展，每次不超过 3 年")),
    RegistrationKind.CHANGE: Procedure(True, _FULL, _("权利、名称或来源有变化；原期限不变")),
    RegistrationKind.CORRECTION: Procedure(False, ("statement", "rights", "evidence"), _("登记事项有误；原期限不变")),
    RegistrationKind.TRANSFER: Procedure(True, ("statement", "rights", "evidence"), _("权利整体转让；发证时移转给受让方"), to_other=True),
    RegistrationKind.LICENCE: Procedure(True, ("statement", "rights", "evidence"), _("登记已授出的权利；凭证发给被许可方"), to_other=True),
    RegistrationKind.CANCELLATION: Procedure(False, ("statement",), _("注销现有凭证；10 个工作日内办结"), issues=False),
}

#: What an application needs: code -> (zh, en).
NEEDED: dict[str, tuple[str, str]] = {
    "statement": ("来源与权属说明", "the statement of source and rights"),
    "rights": ("至少一项有效的权利", "at least one right in force"),
    "operate": ("数据产品经营权", "the right to operate"),
    "evidence": ("证明材料", "a deposited proof"),
    "title": ("产品名称", "the product's name"),
}


def missing_of(one: Registration) -> list[str]:
    """This will list what an application still needs, by code."""
    asked = PROCEDURES[RegistrationKind(one.kind)].asks
    rights = {right.right for right in one.rights.all() if right.status == RightStatus.ACTIVE}
    return [code for code, lacks in (
        ("title", not one.product.title_zh), ("statement", len(one.statement) < 10), ("rights", not rights),
        ("operate", bool(rights) and "operate" not in rights), ("evidence", one.deposit_id is None)) if lacks and code in asked]


def certificate_before(product: DataProduct, kind: RegistrationKind) -> RegistrationCertificate | None:
    """This will find the owner's certificate that this kind works on: none for a first one, else the one in force."""
    held = RegistrationCertificate.objects.filter(product=product, organization=product.organization,
                                                  status=CertificateStatus.VALID).first()
    if kind == RegistrationKind.FIRST:
        if held is not None:
            raise Rejected("listings.registration.registered_already", certificate=held.code)
        return None
    if held is None:
        raise Rejected("listings.registration.none_in_force", product=product.code)
    return held


def rights_for(product: DataProduct, kind: RegistrationKind, counterparty: Organization | None) -> list[PropertyRight]:
    """This will choose the rights an application speaks of: the owner's in force, or what it granted to the licensee."""
    active = product.rights.filter(status=RightStatus.ACTIVE)
    if kind == RegistrationKind.LICENCE:
        return list(active.filter(organization=counterparty, parent__organization=product.organization).order_by("code"))
    return list(active.filter(organization=product.organization).order_by("code"))


@covers("R10", "B5", "R38")
def refuse_unfit(kind: RegistrationKind, *, product: DataProduct, before: RegistrationCertificate | None,
                 counterparty: Organization | None, rights: Sequence[PropertyRight], at: datetime) -> None:
    """This will refuse a kind whose time or parties do not fit, and any while the certificate is disputed."""
    procedure = PROCEDURES[kind]
    refuse_while_disputed(product)
    if procedure.to_other != (counterparty is not None) or (counterparty and counterparty.pk == product.organization_id):
        raise Rejected("listings.registration.other_side", kind=_pair(kind))
    if kind == RegistrationKind.LICENCE and (not rights or any(one.organization_id != counterparty.pk or one.parent is None  # type: ignore[union-attr]
                                                                  for one in rights)):
        raise Rejected("listings.registration.not_granted", counterparty=counterparty.code if counterparty else "-")
    if kind == RegistrationKind.RENEWAL:
        assert before is not None, "a renewal names its certificate"
        opens = before.effective_to - timedelta(days=int(parameter("registration.renewal_days", venue=product.organization.venue, at=at)))
        if at < opens:
            raise Rejected("listings.registration.too_early", certificate=before.code, opens=rfc3339(opens))
        if at >= before.effective_to:
            raise Rejected("listings.registration.none_in_force", product=product.code)


def refuse_while_disputed(product: DataProduct) -> None:
    """This will refuse to replace a certificate that an objection or a case holds; one frozen for a stopped right may be replaced."""
    frozen = RegistrationCertificate.objects.filter(product=product, status=CertificateStatus.FROZEN).exclude(cause_code__startswith="RGT-")
    if one := frozen.first():
        raise Rejected("listings.registration.disputed", certificate=one.code, cause=one.cause_code)


def _pair(kind: RegistrationKind) -> tuple[str, str]:
    return str(kind.label), kind.value


@covers("R10")
def term_of(held: Registration, rights: Sequence[PropertyRight], at: datetime) -> datetime:
    """This will reckon how long the certificate runs: three years; a renewal three more; a change as before; never past a right."""
    years = int(parameter("registration.validity_years", venue=held.venue, at=at))
    whole = years_later(at, years)
    if held.before is not None:
        ends = held.before.effective_to
        whole = years_later(ends, years) if held.kind == RegistrationKind.RENEWAL else ends
    return min([whole, *(one.effective_to for one in rights if one.effective_to)])


def years_later(at: datetime, years: int) -> datetime:
    """This will return the same day so many years later; 29 February becomes the 28th."""
    try:
        return at.replace(year=at.year + years)
    except ValueError:
        return at.replace(year=at.year + years, day=28)
