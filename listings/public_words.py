"""What people say in public beside a listing is screened as the listing is (R84, T48): a clean listing is no way in for a second text.

A hit asks a person and decides nothing: the text is off the page until the desk has looked, the desk has a case that shows the words and
their place, and what stands on the page meanwhile names the rule and never the words.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from compliance.answers import found_where
from compliance.models import CaseKind
from compliance.operations import open_case
from compliance.screening import Hit, Profile, screen
from kit.actors import SYSTEM
from kit.clock import Clock
from kit.coverage import covers
from participants.models import Organization

__all__ = ["ask_a_person", "public_reason", "words_held"]


@covers("T48", "R84", "D8")
def words_held(texts: Mapping[str, str], *, at: datetime) -> tuple[Hit, ...]:
    """This will find the terms in texts that stand together on a page, in every disguise and cut over them as well."""
    return screen(Profile(facts={}, texts=texts), at=at).suspicions


def public_reason(hits: tuple[Hit, ...]) -> str:
    """This will say why a text is off the page, in both languages and without its words."""
    rules = ", ".join(dict.fromkeys(hit.rule for hit in hits))
    return f"含有待核实的词（{rules}），核实后恢复 / Holds words to be looked at ({rules}); shown again once that is done"


def ask_a_person(hits: tuple[Hit, ...], *, kind: str, code: str, party: Organization, clock: Clock) -> None:
    """This will put the words and their places before the compliance desk, in one case for each object."""
    said = "；".join(f"{hit.rule} {found_where(hit.where)[0]}{_span(hit)}“{hit.text}”" for hit in hits)
    open_case(kind=CaseKind.OTHER, subject_kind=kind, subject_code=code, organization=party, flags=["terms"],
              title=("公开文字有待核实的词", "Public words to be looked at"), text=said[:2000], actor=SYSTEM, clock=clock)


def _span(hit: Hit) -> str:
    return f" [{hit.span[0]}–{hit.span[1]}]" if hit.span else ""
