"""What an order carries for the buyer's books 订单凭据: purchase-order number, cost centre, invoice title and tax number.

An organisation sets its defaults once; every order may say otherwise, and keeps what it said. The tax number is the title's unified
social credit code: here a wrong check character is refused, an invoice on a wrong number is worth nothing to its holder.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256

from evidence.canonical import canonical
from evidence.operations import operation, record, unchanged
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import FieldFault, Rejected
from participants.events import BillingSet
from participants.models import Billing, Organization
from participants.organizations import check_uscc
from participants.permissions import require

__all__ = ["FIELDS", "Papers", "defaults_of", "papers_faults", "read_papers", "set_billing"]

FIELDS = ("po_number", "cost_centre", "invoice_title", "tax_number")
#: Letters of any script, digits and the marks that numbers of orders and centres are written with.
_CODE = re.compile(r"[\w][\w .#/:()（）-]{0,39}")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class Papers:
    """What one order carries; every part may be empty."""

    po_number: str = ""
    cost_centre: str = ""
    invoice_title: str = ""
    tax_number: str = ""

    @property
    def empty(self) -> bool:
        return not any(asdict(self).values())

    @property
    def sha256(self) -> str:
        """What the record book keeps of it: the parties hold the words."""
        return sha256(canonical(asdict(self))).hexdigest()


def read_papers(given: Mapping[str, str]) -> Papers:
    """This will take what was typed, tidied, or refuse with each fault at its field (``participants.billing.faulty``)."""
    said = {name: _SPACE.sub(" ", str(given.get(name) or "")).strip()[:200] for name in FIELDS}
    said["tax_number"] = said["tax_number"].replace(" ", "").replace("-", "").upper()
    papers = Papers(**said)
    if faults := papers_faults(papers):
        raise Rejected("participants.billing.faulty", count=len(faults), errors=faults)
    return papers


@covers("F1")
def papers_faults(papers: Papers) -> list[FieldFault]:
    """This will name what is wrong with the papers, field by field."""
    faults = []
    for name in ("po_number", "cost_centre"):
        value = getattr(papers, name)
        if value and not _CODE.fullmatch(value):
            faults.append(FieldFault(name, "characters", ("至多 40 个字，只用文字、数字和 - _ . / # : 与括号",
                                                          "At most 40 characters: letters, digits and - _ . / # : and brackets")))
    title = papers.invoice_title
    if title and (not 2 <= len(title) <= 100 or not title.isprintable()):
        faults.append(FieldFault("invoice_title", "length", ("2 至 100 个字，不含控制字符",
                                                             "2 to 100 characters, without control characters")))
    if papers.tax_number and (len(papers.tax_number) != 18 or check_uscc(papers.tax_number)[1]):
        faults.append(FieldFault("tax_number", "checksum", ("不是有效的统一社会信用代码（18 位，校验位不符）",
                                                            "Not a valid unified social credit code (18 characters, check character)")))
    if papers.tax_number and not title:
        faults.append(FieldFault("invoice_title", "missing", ("填了税号须写明抬头", "A tax number asks for its title")))
    return faults


def defaults_of(organization: Organization | int) -> Papers:
    """This will return what the organisation's orders carry unless they say otherwise."""
    key = organization if isinstance(organization, int) else organization.pk
    held = Billing.objects.filter(organization_id=key).first()
    return Papers("", held.cost_centre, held.invoice_title, held.tax_number) if held else Papers()


@covers("F1")
@operation("participants.billing.set")
def set_billing(*, organization: Organization, given: Mapping[str, str], actor: Actor, clock: Clock) -> Billing | None:
    """This will set the defaults of the organisation's orders; orders that were given keep theirs."""
    at = clock.now()
    require(actor, "participants.billing.set", subject=organization, at=at)
    papers = read_papers({name: value for name, value in given.items() if name != "po_number"})
    Organization.objects.select_for_update(of=("self",), no_key=True).get(pk=organization.pk)
    held = Billing.objects.filter(organization=organization).first()
    if papers == (defaults_of(organization) if held else Papers()):
        unchanged(at=at)
        return held
    assert actor.user_id is not None, "defaults are set by a person"
    kept, _ = Billing.objects.update_or_create(organization=organization, defaults={
        "cost_centre": papers.cost_centre, "invoice_title": papers.invoice_title, "tax_number": papers.tax_number,
        "set_by_id": actor.user_id, "set_at": at})
    record(BillingSet(subject=organization.code, papers_sha256=papers.sha256), actor=actor, at=at)
    return kept
