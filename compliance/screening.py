"""Screening: what the negative list says of a profile, and which words raise a suspicion (R84, W22).

Facts decide, texts hint: a term in a title asks somebody to confirm a fact and never blocks by itself (rules L.1).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from compliance.rules.base import Judgement, Rule, Verdict, facts_of, judge
from compliance.rules.negative_list import RuleSet
from compliance.rules.patchwork import Patchwork, Piece
from compliance.rules.terms import Term, TermMatcher, Terms
from compliance.rules.vocabulary import read_facts, vocabulary
from compliance.rules.weight import weighty
from compliance.taxonomy import Gate
from evidence.clock import MARKET_CLOCK

__all__ = ["Hit", "Profile", "Screening", "facts_due_later", "screen", "screen_by"]

_GATES = (Gate.LISTING, Gate.ORDER, Gate.USE)


@dataclass(frozen=True)
class Profile:
    """What is screened: texts as shown, columns, a small sample, and stated facts (names of ``vocabulary.yaml``).

    ``texts`` holds further texts by name (keywords, file name, terms of use). ``gate`` tells how far the matter is: facts due
    only later (purpose, counterparty) are not asked for before.
    """

    facts: Mapping[str, Any]
    title: str = ""
    description: str = ""
    columns: Sequence[Any] = ()
    sample: Sequence[Any] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    gate: Gate = Gate.USE


@dataclass(frozen=True)
class Hit:
    """A term that raises a suspicion (``kind="term"``) or a rule that applies (``kind="rule"``, ``where="facts"``).

    ``span`` is (start, end) in the text at ``where`` as given; a term split over texts names them all, joined by +, and its
    span is that in the first. ``how`` tells in which writing it was found; ``asks`` names the facts somebody should confirm.
    """

    kind: str
    rule: str
    where: str
    span: tuple[int, int] | None
    text: str
    name: tuple[str, str]
    basis: tuple[tuple[str, str], ...]
    asks: tuple[str, ...]
    how: str = ""

    def as_json(self) -> dict[str, Any]:
        """This will return the shape promised by the command and the API."""
        return {
            "rule": self.rule, "where": self.where, "span": list(self.span) if self.span else None,
            "basis": "；".join(zh for zh, _ in self.basis), "basis_en": "; ".join(en for _, en in self.basis),
            "kind": self.kind, "text": self.text, "name": {"zh": self.name[0], "en": self.name[1]}, "asks": list(self.asks),
            "how": self.how,
        }


@dataclass(frozen=True)
class Screening:
    """The answer: verdict by facts, hits, facts still missing, the version of the list that judged, and the facts as stated.

    A text is *held* for a person to look at when there is any hit.
    """

    verdict: Verdict
    hits: tuple[Hit, ...]
    missing: tuple[str, ...]
    rule_set: str
    judgement: Judgement = field(repr=False)
    stated: Mapping[str, Any] = field(repr=False, default_factory=dict)

    @property
    def held(self) -> bool:
        return bool(self.hits)

    @property
    def suspicions(self) -> tuple[Hit, ...]:
        return tuple(hit for hit in self.hits if hit.kind == "term")

    @property
    def fired(self) -> tuple[Rule, ...]:
        return self.judgement.fired

    @property
    def conditions(self) -> dict[str, tuple[str, ...]]:
        """Under which conditions a restricted matter may be traded, each with the rules that ask for it; else none."""
        asked: dict[str, tuple[str, ...]] = {}
        for rule in self.fired if self.verdict is Verdict.RESTRICTED else ():
            for code in rule.conditions:
                asked[code] = (*asked.get(code, ()), rule.id)
        return asked

    def as_json(self) -> dict[str, Any]:
        return {"verdict": str(self.verdict), "hits": [hit.as_json() for hit in self.hits], "missing": list(self.missing),
                "rule_set": self.rule_set}


def screen(profile: Profile, *, at: datetime | None = None, done: datetime | None = None, terms: Iterable[Term] = ()) -> Screening:
    """This will screen a profile by the negative list and the imported terms in force at ``at`` (now on the market's clock).

    ``done``: when the act was done that is only told now; the list of that time judges it (R100), the terms of today look for it. ``terms``
    come in addition. Raises ``FactFault`` for a fact that cannot be read.
    """
    from compliance.queries import rule_set_at, terms_at  # the only line that needs a database

    at = at or MARKET_CLOCK.now()
    return screen_by(profile, rule_set_at(done or at), _joined(terms_at(at), _held(terms)))


def screen_by(profile: Profile, rules: RuleSet, terms: Iterable[Term] = (), *, words: bool = True) -> Screening:
    """This will judge a profile by ``rules`` and look for their terms, and for ``terms``, in its texts; no database.

    Without ``words`` only the facts are judged: for a caller who knows that what the texts hint at has not changed.
    """
    judgement = judge(rules.rules, read_facts(profile.facts), later=facts_due_later(profile.gate))
    hits = [*(_rule_hit(rule) for rule in judgement.fired), *(_term_hits(profile, rules, _held(terms)) if words else ())]
    return Screening(judgement.verdict, tuple(hits), judgement.missing, rules.version, judgement, profile.facts)


@lru_cache(maxsize=len(_GATES))
def facts_due_later(gate: Gate) -> frozenset[str]:
    """This will name the facts that fall due only after ``gate``."""
    after = {str(later) for later in _GATES[_GATES.index(gate) + 1:]}
    return frozenset(name for name, kind in vocabulary().facts.items() if kind.gate in after)


def _rule_hit(rule: Rule) -> Hit:
    return Hit("rule", rule.id, "facts", None, rule.category, rule.name, rule.basis, tuple(sorted(facts_of(rule.when))))


def _term_hits(profile: Profile, rules: RuleSet, imported: Terms) -> Iterator[Hit]:
    patchwork = Patchwork(list(_texts(profile)))
    by_id = {rule.id: rule for rule in rules.rules}
    for find in weighty(patchwork.text, patchwork.finds(_matcher(rules, imported))):
        where, span, words = patchwork.place(find)
        rule = by_id.get(find.term.source)
        if rule:
            yield Hit("term", rule.id, where, span, words, rule.name, rule.basis, tuple(sorted(facts_of(rule.when))), find.how)
        else:
            yield Hit("term", find.term.source, where, span, words, ("导入词表", "imported term list"),
                      (("管理员导入的词表", "a term list imported by an administrator"),), (), find.how)


def _held(terms: Iterable[Term]) -> Terms:
    return terms if isinstance(terms, Terms) else Terms(terms)


@lru_cache(maxsize=16)
def _joined(imported: Terms, further: Terms) -> Terms:
    return Terms((*imported, *further)) if further else imported


@lru_cache(maxsize=16)
def _matcher(rules: RuleSet, imported: Terms) -> TermMatcher:
    own = [Term(text, rule.id, joined=True) for rule in rules.rules for text in rule.terms]
    return TermMatcher([*own, *imported])


def _texts(profile: Profile) -> Iterator[Piece]:
    yield Piece("title", profile.title)
    yield Piece("description", profile.description)
    for name, text in profile.texts.items():
        yield Piece(name, text)
    for index, column in enumerate(profile.columns):
        yield from _strings(f"fields[{index}]", column)
    for index, row in enumerate(profile.sample):
        yield from _strings(f"sample[{index}]", row)


def _strings(where: str, value: Any) -> Iterator[Piece]:
    """Every text inside a value; keys of a row are texts too (they are column names)."""
    if isinstance(value, str):
        yield Piece(where, value, whole=True)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield Piece(f"{where}.{key}#name", str(key), whole=True)
            yield from _strings(f"{where}.{key}", inner)
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _strings(f"{where}[{index}]", inner)
