"""What there is to divide: a cooperative game, a coverage of records by sources, claims on an estate, or plain weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from kit.money import split

__all__ = ["Coverage", "Game", "ShareFault", "Shares", "in_fen"]

Shares = dict[str, Fraction]
#: More players than this would need more than a million coalitions written down.
MOST_PLAYERS = 20


class ShareFault(ValueError):
    """The input cannot be divided; ``code`` is stable, the text says why."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True)
class Game:
    """A characteristic function: worth of each coalition (a bit mask over ``players``); an absent coalition is worth 0."""

    players: tuple[str, ...]
    worth: Mapping[int, Fraction]

    @classmethod
    def of(cls, worth: Mapping[Iterable[str], Fraction | int]) -> Game:
        """This will read coalitions given as iterables of names (``"12"`` is the coalition of ``1`` and ``2``)."""
        players = tuple(sorted({name for coalition in worth for name in coalition}))
        if not players:
            raise ShareFault("settlement.share.no_party", "a game has at least one party")
        if len(players) > MOST_PLAYERS:
            raise ShareFault("settlement.share.too_many", f"a game written out has at most {MOST_PLAYERS} parties")
        place = {name: 1 << n for n, name in enumerate(players)}
        table: dict[int, Fraction] = {}
        for coalition, value in worth.items():
            mask = sum(place[name] for name in set(coalition))
            if mask in table and table[mask] != value:
                raise ShareFault("settlement.share.coalition_twice", f"the coalition {''.join(coalition)} has two values")
            table[mask] = Fraction(value)
        if table.get(0):
            raise ShareFault("settlement.share.empty_coalition", "the coalition of nobody is worth nothing")
        return cls(players, table)

    @property
    def whole(self) -> Fraction:
        return self.value((1 << len(self.players)) - 1)

    def value(self, mask: int) -> Fraction:
        return self.worth.get(mask, Fraction(0))


@dataclass(frozen=True)
class Coverage:
    """Sources and the records each supplies; a coalition is worth the records it covers. Needs no 2^n table."""

    records: Mapping[str, frozenset[str]]

    def suppliers(self) -> dict[str, list[str]]:
        """This will list for each record who supplies it."""
        found: dict[str, list[str]] = {}
        for party in sorted(self.records):
            for record in self.records[party]:
                found.setdefault(record, []).append(party)
        return found

    def game(self) -> Game:
        """This will write the coverage out as a game; the slow oracle of the closed forms."""
        players = tuple(sorted(self.records))
        worth = {}
        for mask in range(1, 1 << len(players)):
            covered: set[str] = set()
            for n, name in enumerate(players):
                if mask >> n & 1:
                    covered |= self.records[name]
            worth[mask] = Fraction(len(covered))
        return Game(players, worth)


def in_fen(pot_fen: int, shares: Mapping[str, Fraction]) -> dict[str, int]:
    """This will divide the pot in proportion to the shares, by largest remainder. Who contributed less than nothing gets nothing."""
    weights = {party: max(share, Fraction(0)) for party, share in shares.items()}
    if not any(weights.values()):
        raise ShareFault("settlement.share.nothing_to_weigh", "no party has a share above zero, so the pot cannot be divided by this rule")
    return split(pot_fen, weights)
