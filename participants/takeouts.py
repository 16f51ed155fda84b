"""What an organisation takes along (R114): every room tells its part here, row by row, with nobody else's secrets in it.

A room registers in its own ``takeouts.py``: ``takes_out`` gives the rows of one part, ``carries`` the deposited files that go with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import BinaryField, Model

from evidence.models import Deposit
from ledger.queries import statement
from participants.models import Admission, Membership, Notice, Organization, Proof, SizeStatement, TaxStatement, User

__all__ = ["Part", "carried", "carries", "parts", "takes_out", "told"]

Rows = Callable[[Organization], Iterable[dict[str, Any]]]
Files = Callable[[Organization], Iterable[Deposit]]


@dataclass(frozen=True)
class Part:
    """One part of a pack under its name, called in both languages."""

    name: str
    text: tuple[str, str]
    rows: Rows


_PARTS: dict[str, Part] = {}
_FILES: dict[str, Files] = {}


def takes_out(name: str, zh: str, en: str) -> Callable[[Rows], Rows]:
    """This will register how the rows of a part are told."""

    def register(rows: Rows) -> Rows:
        _PARTS[name] = Part(name, (zh, en), rows)
        return rows

    return register


def carries(name: str) -> Callable[[Files], Files]:
    """This will register which deposited files go along."""

    def register(files: Files) -> Files:
        _FILES[name] = files
        return files

    return register


def parts() -> list[Part]:
    """This will list the parts, lower rooms first."""
    return list(_PARTS.values())


def carried(organization: Organization) -> Iterator[Deposit]:
    """This will name every file that goes along, each content once."""
    seen: set[str] = set()
    for files in _FILES.values():
        for one in files(organization):
            if one.sha256 not in seen:
                seen.add(one.sha256)
                yield one


def told(row: Model, *without: str) -> dict[str, Any]:
    """This will tell a row in plain values: instants as RFC 3339, other objects by their code, files by their hash; no salt, no bytes."""
    shown: dict[str, Any] = {}
    for field in row._meta.concrete_fields:
        if field.primary_key or field.name in without or isinstance(field, BinaryField) or field.name.endswith("salt"):
            continue
        value = getattr(row, field.name) if field.is_relation else getattr(row, field.attname)
        shown[field.name] = _plain(value)
    return shown


def _plain(value: Any) -> Any:
    if isinstance(value, Deposit):
        return value.sha256
    if isinstance(value, User):
        return value.person.code if value.person else None
    if isinstance(value, Model):
        return getattr(value, "code", None)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


# ---- this room's own part ----------------------------------------------------------------------------------------------------


@takes_out("organisation", "本机构", "The organisation")
def _organisation(of: Organization) -> Iterator[dict[str, Any]]:
    yield told(of, "name_key")


@takes_out("members", "成员", "Members")
def _members(of: Organization) -> Iterator[dict[str, Any]]:
    for one in Membership.objects.filter(organization=of).select_related("person").order_by("pk"):
        yield {"person": one.person.code, "name": one.person.name, "role": one.role, "effective_from": one.effective_from.isoformat(),
               "effective_to": one.effective_to.isoformat() if one.effective_to else None}


@takes_out("admissions", "准入", "Admissions")
def _admissions(of: Organization) -> Iterator[dict[str, Any]]:
    for one in Admission.objects.filter(organization=of).order_by("pk"):
        yield told(one)


@takes_out("proofs", "证明材料", "Documents handed in")
def _proofs(of: Organization) -> Iterator[dict[str, Any]]:
    for one in Proof.objects.filter(organization=of).order_by("pk"):
        yield told(one)


@takes_out("sizes", "企业规模", "Statements of size")
def _sizes(of: Organization) -> Iterator[dict[str, Any]]:
    for one in SizeStatement.objects.filter(organization=of).order_by("pk"):
        yield told(one)


@takes_out("taxpayer", "纳税人身份", "Statements of the taxpayer standing")
def _taxpayer(of: Organization) -> Iterator[dict[str, Any]]:
    for one in TaxStatement.objects.filter(organization=of).order_by("pk"):
        yield told(one)


@takes_out("notices", "通知", "Notices")
def _notices(of: Organization) -> Iterator[dict[str, Any]]:
    for one in Notice.objects.filter(organization=of).order_by("seq"):
        yield told(one)


@takes_out("money", "账户流水", "Account statement")
def _money(of: Organization) -> Iterator[dict[str, Any]]:
    before = None
    while True:
        page = statement(of.code, before=before, limit=1000)
        for line in page.lines:
            yield {"transfer": str(line.transfer), "at": line.at.isoformat(), "kind": line.kind, "subject": line.subject,
                   "account": line.account_kind, "amount_fen": line.amount_fen}
        if (before := page.before) is None:
            return
