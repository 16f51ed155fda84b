"""Whose data are whose: parties are legal entities, and data sets that are nearly the same are one (E38, E39).

Paying data sets would pay for copying: who lists a copy is paid twice. So an owner is one party whatever it lists, and sets that two
owners list with a few records changed are recognised by their fingerprints and count as the same records, divided between them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from math import exp2

from kit.coverage import covers
from settlement.sharing.games import Coverage, ShareFault, Shares

__all__ = ["Robust", "alike", "fingerprint", "of_owners", "robust"]

#: Smallest hashes that are kept of a set: enough to tell nine tenths alike from half alike.
KEPT = 128
#: From here on two sets are one and the same.
SAME = Fraction(4, 5)


def fingerprint(records: frozenset[str]) -> tuple[int, ...]:
    """This will return the smallest hashes of a set's records (bottom-k sketch, Broder 1997): tells likeness, tells no record."""
    return tuple(sorted(int.from_bytes(sha256(one.encode()).digest()[:8], "big") for one in records)[:KEPT])


def alike(one: tuple[int, ...], other: tuple[int, ...]) -> Fraction:
    """This will estimate what part of the records of two sets is in both, by their fingerprints; exact for small sets."""
    union = sorted({*one, *other})[: KEPT if max(len(one), len(other)) == KEPT else None]
    both = set(one) & set(other)
    return Fraction(sum(each in both for each in union), len(union)) if union else Fraction(0)


@covers("E39")
def of_owners(sets: Mapping[str, frozenset[str]], owners: Mapping[str, str], *, same: Fraction = SAME) -> Coverage:
    """This will make the coverage of owners out of their data sets, near-duplicates merged.

    Sets that are alike form one group; each owner in it supplies the group's records: those of its largest set (then of the smallest
    name), so that changing a few records of a copy adds nothing.
    """
    if missing := sorted(set(sets) - set(owners)):
        raise ShareFault("settlement.share.no_owner", f"whose is {', '.join(missing)}")
    supplied: dict[str, set[str]] = {owners[name]: set() for name in sets}
    for group in _groups(sets, same):
        first = min(group, key=lambda name: (-len(sets[name]), name))
        for name in group:
            supplied[owners[name]] |= sets[first]
    return Coverage({owner: frozenset(records) for owner, records in supplied.items()})


def _groups(sets: Mapping[str, frozenset[str]], same: Fraction) -> list[list[str]]:
    names, prints = sorted(sets), {name: fingerprint(records) for name, records in sets.items()}
    leader = {name: name for name in names}

    def lead(name: str) -> str:
        while leader[name] != name:
            name = leader[name]
        return name

    for n, one in enumerate(names):
        for other in names[n + 1:]:
            if alike(prints[one], prints[other]) >= same:
                leader[lead(other)] = lead(one)
    grouped: dict[str, list[str]] = {}
    for name in names:
        grouped.setdefault(lead(name), []).append(name)
    return list(grouped.values())


@dataclass(frozen=True)
class Robust:
    """Shares that do not reward copies, and what they leave over: it belongs to nobody and stands on an account of its own."""

    shares: Shares
    undistributed: Fraction


@covers("E38")
def robust(shares: Mapping[str, Fraction], similar: Mapping[frozenset[str], Fraction]) -> Robust:
    """This will halve a party's share for every whole likeness to another (Agarwal, Dahleh and Sarkar 2019, with λ = ln 2).

    What is cut is undistributed. Dividing it among the same parties again would restore the gain from copying.
    """
    likeness = {party: sum((value for pair, value in similar.items() if party in pair), Fraction(0)) for party in shares}
    if any(not 0 <= value <= 1 for value in similar.values()):
        raise ShareFault("settlement.share.bad_number", "a likeness lies between 0 and 1")
    kept = {party: share * _halved(likeness[party]) for party, share in shares.items()}
    return Robust(kept, sum(shares.values(), Fraction(0)) - sum(kept.values(), Fraction(0)))


def _halved(times: Fraction) -> Fraction:
    whole = times.numerator // times.denominator
    part = times - whole
    return Fraction(1, 2**whole) * (Fraction(exp2(-float(part))).limit_denominator(10**9) if part else 1)
