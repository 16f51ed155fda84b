"""Reading declarations: the form each was written by, the answers to use again, and the public extract without its secrets (R115)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from compliance.catalogue import Part, Template, template_of, templates
from compliance.declarations import kept_answers
from compliance.forms import Row, rows_of
from compliance.models import Declaration
from compliance.states import DeclarationStatus
from evidence.models import Record
from kit.coverage import covers
from participants.models import Organization

__all__ = ["Extract", "answers_again", "extract_of", "form_of", "public_declarations", "withholds"]

#: What nobody outside sees: it was never signed.
_UNSIGNED = (DeclarationStatus.DRAFT, DeclarationStatus.DISCARDED)


_WITHHELD: list[Callable[[Any], QuerySet[Any, Any]]] = []


def withholds(codes: Callable[[Any], QuerySet[Any, Any]]) -> Callable[[Any], QuerySet[Any, Any]]:
    """This will let a room above name the subjects that do not exist for a reader; their declarations do not either."""
    _WITHHELD.append(codes)
    return codes


def form_of(declaration: Declaration) -> Template:
    """This will return the form a declaration is read by: a draft by today's edition, a signed one by its own."""
    today = templates()[declaration.template]
    if declaration.status == DeclarationStatus.DRAFT:
        return today
    return template_of(declaration.template, declaration.template_version) or today


@covers("R120", "R88")
def answers_again(organization: Organization, template: str, *, subject: str = "") -> dict[str, Any]:
    """This will return the answers signed last for the same product, else for everything, as far as today's form asks for them."""
    signed = Declaration.objects.filter(organization=organization, template=template, subject__in={subject, ""})
    last = signed.exclude(status__in=_UNSIGNED).order_by("-subject", "-signed_at").first()
    form = templates().get(template)
    return kept_answers(form, last.answers) if last and form else {}


@covers("R115", "R88")
def public_declarations(*, reader: Any = None, text: str = "", template: str = "", status: str = "") -> QuerySet[Declaration]:
    """This will list what was ever signed, newest first; ``text`` is part of a declarant's name or of a code.

    What is declared of something that does not exist for the reader does not exist either (R30).
    """
    rows = Declaration.objects.exclude(status__in=_UNSIGNED).select_related("organization")
    for hidden in _WITHHELD:
        rows = rows.exclude(subject__in=hidden(reader))
    if text:
        rows = rows.filter(Q(organization__name__icontains=text) | Q(organization__name_en__icontains=text) | Q(code__iexact=text)
                           | Q(organization__code__iexact=text) | Q(subject__iexact=text))
    if template:
        rows = rows.filter(template=template)
    if status:
        rows = rows.filter(status=status)
    return rows.order_by("-signed_at", "-id")


@dataclass(frozen=True)
class Extract:
    """What the public reads: part by part the questions and answers that are no secret, and how many are withheld."""

    declaration: Declaration
    form: Template
    parts: tuple[tuple[Part, tuple[Row, ...]], ...]
    withheld: int
    ended_by: str

    def in_force(self, at: datetime) -> bool:
        held = self.declaration
        return held.status == DeclarationStatus.IN_FORCE and held.effective_to is not None and at < held.effective_to


@covers("R115")
def extract_of(declaration: Declaration) -> Extract:
    """This will write the public extract of a signed declaration; the document's hash covers the whole."""
    form, answers = form_of(declaration), declaration.answers
    shown = ((part, tuple(row for row in rows if not row.question.secret and row.question.key in answers))
             for part, rows in rows_of(form, answers, {}))
    parts = [(part, rows) for part, rows in shown if rows]
    withheld = sum(one.secret and one.key in answers for one in form.questions)
    return Extract(declaration, form, tuple(parts), withheld, _ended_by(declaration))


def _ended_by(declaration: Declaration) -> str:
    """The finding a broken declaration was broken by: the breach leads back to it."""
    if declaration.status != DeclarationStatus.BREACHED:
        return ""
    told = Record.objects.filter(subject=declaration.code, kind="compliance.declaration.breached").order_by("-at").first()
    return str(told.payload.get("reason", "")) if told else ""
