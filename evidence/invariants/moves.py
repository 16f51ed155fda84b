"""Every change of a state stands in exactly one fact (I17): the facts told of an object are one walk along its table of moves.

A room says of each of its objects which fact tells which move. The checker then asks the record book, slice by slice, what it
holds of each object and whether that is exactly what a walk from a first state to the present one would have told: a change
without its fact, a fact without its change and a change told twice are all seen. Order is not asked: sealing gives it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, ClassVar

from evidence.invariants.base import Invariant, invariant
from evidence.invariants.log import rows

__all__ = ["BY_ITS_CALLER", "MovesAreTold", "every_move_is_told"]

#: The fact of a move that its caller's fact tells: the room says beside it whose.
BY_ITS_CALLER = ""
#: Objects that one statement looks at.
SLICE = 2_000

#: How an object of its own code is found, and where its facts stand.
OWN = "SELECT id, code, status FROM {table}"
OF_THE_OBJECT = "f.subject = o.code"

_Edges = tuple[tuple[str, str, str], ...]  # (from, fact, to), sorted
_Told = tuple[tuple[str, int], ...]  # (fact, how often), sorted


@lru_cache(maxsize=10_000)
def _walks(edges: _Edges, state: str, end: str, told: _Told, silent: int) -> bool:
    """Whether some walk from ``state`` to ``end`` tells exactly these facts; ``silent`` bounds the moves told by a caller."""
    if not told and state == end:
        return True
    left = dict(told)
    for before, fact, after in edges:
        if before != state:
            continue
        if fact == BY_ITS_CALLER:
            if silent and _walks(edges, after, end, told, silent - 1):
                return True
        elif left.get(fact):
            rest = tuple(sorted((kind, count - (kind == fact)) for kind, count in told if count > (kind == fact)))
            if _walks(edges, after, end, rest, silent):
                return True
    return False


class MovesAreTold(Invariant):
    """The facts told of each object of one table are one walk along its moves; ``every_move_is_told`` makes the class."""

    id = "I17"
    table: ClassVar[str] = ""
    edges: ClassVar[_Edges] = ()
    objects: ClassVar[str] = OWN
    facts: ClassVar[str] = OF_THE_OBJECT

    def check(self) -> Iterator[str]:
        kinds = sorted({fact for _, fact, _ in self.edges if fact})
        every = f"FROM ({self.objects.format(table=self.table)}) one"
        last: Any = None
        while True:
            behind, values = ("", []) if last is None else ("WHERE id > %s", [last])
            upto = rows(f"SELECT id {every} {behind} ORDER BY id OFFSET {SLICE - 1} LIMIT 1", values)
            for status, told, count, code in rows(
                    "SELECT status, told, count(*), min(code) FROM (SELECT o.code, o.status, "  # noqa: S608
                    "array_agg(f.kind ORDER BY f.kind) FILTER (WHERE f.kind IS NOT NULL) AS told "
                    f"FROM (SELECT * {every} {behind} ORDER BY id LIMIT {SLICE}) o "
                    f"LEFT JOIN evidence_record f ON {self.facts} AND f.kind = ANY(%s) GROUP BY o.id, o.code, o.status) each "
                    "GROUP BY 1, 2 ORDER BY 4", [*values, kinds]):
                if not self.told_rightly(status, told or []):
                    others = f" (and {count - 1} like it)" if count > 1 else ""
                    yield f"{code} is {status}, but the record book tells of {', '.join(told or []) or 'nothing'}{others}"
            if not upto:
                return
            ((last,),) = upto

    @classmethod
    def told_rightly(cls, status: str, told: list[str]) -> bool:
        """This will tell whether the facts are one walk from before the object's first state to ``status``."""
        return _walks(cls.edges, "", status, tuple(sorted(Counter(told).items())), 4)


def every_move_is_told(table: str, moves: Mapping[tuple[Any, str], Any], facts: Mapping[str, str | tuple[str, ...]], *,
                       births: Mapping[str, str | tuple[str, ...]], besides: Mapping[tuple[str, str], str] | None = None,
                       objects: str = OWN, found_by: str = OF_THE_OBJECT) -> type[MovesAreTold]:
    """This will register the check of one table: ``facts`` names the fact of each act of ``moves``, ``births`` that of each first state.

    ``besides`` lists facts that leave a state as it is, ``{(state, fact): state}``. An act without a fact never happened.
    """
    edges = {("", fact, state) for state, named in births.items() for fact in _each(named)}
    edges |= {(str(before), fact, str(after)) for (before, act), after in moves.items() for fact in _each(facts.get(act, ()))}
    edges |= {(before, fact, after) for (before, fact), after in (besides or {}).items()}
    name = "".join(word.title() for word in table.split("_")) + "MovesAreTold"
    made = type(name, (MovesAreTold,), {"table": table, "edges": tuple(sorted(edges)), "objects": objects, "facts": found_by,
                                        "__module__": __name__, "__qualname__": name, "__doc__": f"Every move of {table} has its fact."})
    return invariant(made)


def _each(named: str | tuple[str, ...]) -> tuple[str, ...]:
    return (named,) if isinstance(named, str) else named
