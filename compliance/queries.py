"""Questions about compliance: the list in force on a date, declarations, filings, cases, what stands against a party."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import F, Q, QuerySet

from compliance.models import Case, ConductCase, Declaration, Filing, NegativeListEntry, NegativeListVersion, Sanction, TermList
from compliance.rules.negative_list import RuleSet, read_rule
from compliance.rules.terms import Terms, read_terms
from compliance.states import DeclarationStatus, FilingStatus, ListStatus, SanctionStatus
from participants.models import Organization

__all__ = ["declaration_in_force", "filing_of", "list_version_at", "list_versions", "open_sanctions", "party_cases", "rule_set_at",
           "rule_set_of", "sanctions_in_publicity", "terms_at", "unrepaired_serious", "waiting_filings"]

_DATED = (ListStatus.SCHEDULED, ListStatus.IN_FORCE, ListStatus.SUPERSEDED)


def list_version_at(at: datetime) -> NegativeListVersion:
    """This will return the version whose period holds ``at`` (R100: a past act is judged by the rule of its date).

    Before the first version the first one judges: stricter than none.
    """
    dated = NegativeListVersion.objects.filter(status__in=_DATED).exclude(effective_to=F("effective_from"))
    found = dated.filter(effective_from__lte=at).order_by("-effective_from").first() or dated.order_by("effective_from").first()
    assert found is not None, "an installation starts with a negative list"
    return found


def rule_set_at(at: datetime) -> RuleSet:
    """This will return the rules in force at ``at``, ready to judge with."""
    return rule_set_of(list_version_at(at))


def rule_set_of(version: NegativeListVersion) -> RuleSet:
    """This will return a version's rules (its present edition)."""
    return _compiled(version.pk, version.edition, version.version, version.content_hash)


@lru_cache(maxsize=32)
def _compiled(key: int, edition: int, label: str, content_hash: str) -> RuleSet:
    """Entries never change, so a version is compiled once per process; the hash keeps two databases apart."""
    entries = NegativeListEntry.objects.filter(version_id=key, edition=edition).order_by("position")
    rules = tuple(read_rule(row) for row in entries.values_list("rule", flat=True))
    effective = NegativeListVersion.objects.values_list("effective_from", flat=True).get(pk=key)
    return RuleSet(label, effective.date() if effective else None, rules, content_hash)


def list_versions() -> Iterable[NegativeListVersion]:
    """This will list the published versions, newest first (drafts are the authority's own)."""
    return NegativeListVersion.objects.exclude(status__in=[ListStatus.DRAFT, ListStatus.DISCARDED]).order_by("-effective_from", "-id")


def terms_at(at: datetime) -> Terms:
    """This will return the imported terms in force at ``at``."""
    rows = TermList.objects.filter(Q(effective_to__isnull=True) | Q(effective_to__gt=at), effective_from__lte=at).order_by("name")
    return _read_lists(tuple((row.name, row.content_hash, tuple(row.terms)) for row in rows))


@lru_cache(maxsize=8)
def _read_lists(lists: tuple[tuple[str, str, tuple[str, ...]], ...]) -> Terms:
    return Terms(term for name, _, terms in lists for term in read_terms(terms, f"terms:{name}"))


def declaration_in_force(organization: Organization, subject: str, at: datetime, *, since: datetime | None = None) -> Declaration | None:
    """This will return the declaration that covers ``subject`` at ``at``: its own, else the organisation's general one.

    ``since``: when the subject last changed materially; what was signed before does not speak of it any more.
    """
    rows = Declaration.objects.filter(
        Q(ended_at__isnull=True) | Q(ended_at__gt=at), organization=organization, subject__in={subject, ""}, effective_from__lte=at,
        effective_to__gt=at).exclude(status__in=[DeclarationStatus.DRAFT, DeclarationStatus.DISCARDED])
    if since is not None:
        rows = rows.filter(effective_from__gte=since)
    return rows.order_by("-subject", "-effective_from").first()


def filing_of(code: str) -> Filing | None:
    """This will return a filing that runs or is verified; None once it is rejected or withdrawn."""
    gone = [FilingStatus.REJECTED, FilingStatus.WITHDRAWN]
    return Filing.objects.filter(code=code).exclude(status__in=gone).first()


def waiting_filings() -> QuerySet[Filing]:
    """This will list the filings the desk must verify, by deadline."""
    return Filing.objects.filter(status=FilingStatus.CONFIRMED).select_related("reporter", "counterparty").order_by("due_at")


def open_sanctions(organization: Organization) -> Iterable[Sanction]:
    """This will list the measures in force against an organisation (stayed ones have no effect)."""
    return Sanction.objects.filter(organization=organization, status=SanctionStatus.IN_FORCE).order_by("effective_from")


def sanctions_in_publicity(at: datetime) -> Iterable[Sanction]:
    """This will list what the bulletin may show: in force, not stayed, not minor (minor ones are not published in principle)."""
    rows = Sanction.objects.filter(status=SanctionStatus.IN_FORCE, effective_from__lte=at, effective_to__gt=at)
    return rows.exclude(severity="minor").select_related("organization", "finding__case").order_by("-effective_from")


def unrepaired_serious(organization: Organization) -> bool:
    """This will tell whether a serious finding still stands against the organisation; then it cannot use commitments."""
    return Sanction.objects.filter(organization=organization, severity="serious").exclude(status=SanctionStatus.ENDED).exists()


def party_cases(user: Any) -> tuple[Iterable[Case], Iterable[ConductCase]]:
    """This will return what a party is asked and accused of."""
    return Case.objects.visible_to(user).order_by("-opened_at"), ConductCase.objects.visible_to(user).order_by("-opened_at")
