"""What a version of the negative list would do before it does it, and what it would have said of the past (C1, R84, R110).

Judged are the facts as they were stored with each answer of the list, not what sellers might say now: the same facts by two lists.
Nothing is written.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from compliance.rules.base import Judgement, Rule, judge
from compliance.rules.negative_list import RuleSet
from compliance.rules.vocabulary import read_facts
from compliance.screening import facts_due_later
from compliance.taxonomy import Gate
from kit.coverage import covers
from listings.models import Listing, ScreeningRun
from listings.rescreening import ON_SALE

__all__ = ["Effect", "Preview", "Replay", "preview", "replay", "stopped"]

_STOPS = {"prohibited", "needs_info"}


@dataclass(frozen=True)
class Effect:
    """One listing, or one past answer, of which two lists say different things; ``rules`` are those that make the new verdict."""

    listing: Listing
    before: str
    after: str
    rules: tuple[Rule, ...]
    missing: tuple[str, ...]
    at: datetime | None = None

    @property
    def stops(self) -> bool:
        return self.after in _STOPS and self.before not in _STOPS


@dataclass
class Preview:
    """What a version would change of what is on sale: how many it looked at, what it would hold, what it would let go."""

    total: int = 0
    effects: list[Effect] = field(default_factory=list)

    @property
    def held(self) -> list[Effect]:
        return [one for one in self.effects if one.stops]

    @property
    def freed(self) -> list[Effect]:
        return [one for one in self.effects if one.before in _STOPS and one.after not in _STOPS]

    @property
    def by_rule(self) -> list[tuple[Rule, list[Effect]]]:
        """The listings that would be held, under each rule that says so; the busiest rule first."""
        found: dict[str, tuple[Rule, list[Effect]]] = {}
        for one in self.held:
            for rule in one.rules:
                found.setdefault(rule.id, (rule, []))[1].append(one)
        return sorted(found.values(), key=lambda pair: (-len(pair[1]), pair[0].id))


class _Judge:
    """Judges stored facts by one list; the same facts are judged once."""

    def __init__(self, rules: RuleSet) -> None:
        self.rules, self.known = rules.rules, dict[str, Judgement]()

    def __call__(self, facts: dict[str, Any]) -> Judgement:
        key = json.dumps(facts, sort_keys=True, default=str)
        if key not in self.known:
            self.known[key] = judge(self.rules, read_facts(facts), later=facts_due_later(Gate.LISTING))
        return self.known[key]


def _making(judgement: Judgement) -> tuple[Rule, ...]:
    """The rules that make a verdict: those that bar, else those that ask, else those that restrict."""
    barring = tuple(rule for rule in judgement.fired if rule.bars)
    return barring or (judgement.unknown if judgement.missing else judgement.fired)


def _compared(rows: Iterable[tuple[Listing, dict[str, Any], datetime | None, str | None]], old: _Judge, new: _Judge) -> Iterator[Effect]:
    for listing, facts, at, said in rows:
        after = new(facts)
        before = said if said is not None else str(old(facts).verdict)
        if before != str(after.verdict):
            yield Effect(listing, before, str(after.verdict), _making(after), after.missing, at)


@covers("C1", "R84")
def preview(old: RuleSet, new: RuleSet) -> Preview:
    """This will judge everything on sale by both lists, each listing by the facts of its newest answer."""
    listings = {one.version_id: one for one in Listing.objects.filter(status__in=ON_SALE, version__isnull=False).select_related(
        "version", "organization", "product").order_by("pk")}
    newest = ScreeningRun.objects.filter(version__in=Listing.objects.filter(status__in=ON_SALE).values("version")).order_by(
        "version_id", "-at", "-id").distinct("version_id").values_list("version_id", "facts")
    rows = [(listings[key], facts, None, None) for key, facts in newest if key in listings]
    return Preview(len(rows), list(_compared(rows, _Judge(old), _Judge(new))))


@covers("C1", "R84")
def stopped(old: RuleSet, new: RuleSet, versions: Iterable[int]) -> set[int]:
    """This will return which versions, on sale still or long gone, ``new`` would have stopped and ``old`` does not, by their own facts."""
    newest = ScreeningRun.objects.filter(version__in=set(versions)).order_by("version_id", "-at", "-id").distinct(
        "version_id").values_list("version_id", "facts")
    before, after = _Judge(old), _Judge(new)
    return {key for key, facts in newest.iterator(chunk_size=500)
            if str(after(facts).verdict) in _STOPS and str(before(facts).verdict) not in _STOPS}


@dataclass
class Replay:
    """What a list would have said of the answers given in a period: how often from which verdict to which, and each that differs."""

    total: int = 0
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    effects: list[Effect] = field(default_factory=list)


@covers("C1", "R100", "R110")
def replay(new: RuleSet, *, since: datetime, until: datetime) -> Replay:
    """This will judge the submissions of a period again: what the list of each date said, beside what ``new`` would have said."""
    runs = ScreeningRun.objects.filter(cause="submit", at__gte=since, at__lt=until).select_related(
        "version__listing__organization", "version__listing__product", "version__listing__version").order_by("at", "id")
    made, judged = Replay(), _Judge(new)
    for run in runs.iterator(chunk_size=500):
        made.total += 1
        effects = list(_compared([(run.version.listing, run.facts, run.at, run.verdict)], judged, judged))
        made.moves[run.verdict, effects[0].after if effects else run.verdict] += 1
        made.effects += effects
    return made
