"""Grading by object and degree of harm (GB/T 43697-2024; rules C.2): the highest grade of a set is the grade of the set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

__all__ = ["DEGREES", "OBJECTS", "grade_of", "grade_of_harms", "grade_of_set", "may_be_regraded"]

OBJECTS = ("national_security", "economy", "social_order", "public_interest", "organisation", "person")
DEGREES = ("extreme", "serious", "general")
_ORDER = ("general", "important", "core")
_MATRIX = {
    "national_security": ("core", "core", "important"),
    "economy": ("core", "important", "general"),
    "social_order": ("core", "important", "general"),
    "public_interest": ("core", "important", "general"),
    "organisation": ("general", "general", "general"),
    "person": ("general", "general", "general"),
}


def grade_of(harmed: str, degree: str) -> str:
    """This will return the grade of data whose leak harms ``harmed`` to a ``degree``."""
    return _MATRIX[harmed][DEGREES.index(degree)]


def grade_of_harms(harms: Mapping[str, str]) -> str:
    """This will return the grade of data whose leak harms several objects, each to a degree: the highest that any asks for."""
    return grade_of_set([grade_of(harmed, degree) for harmed, degree in harms.items()] or ["general"])


def grade_of_set(grades: Iterable[str]) -> str:
    """This will return the grade of a set: the highest of its members; an empty set is a programming error."""
    return max(grades, key=_ORDER.index)


def may_be_regraded(now: str, asked: str, *, masked: bool, reviewed: bool) -> bool:
    """This will tell whether a grade may change: up always; down to general only masked and with a reviewer's record.

    Core data never becomes tradable by relabelling (T49); important data may after masking (NDRC Data [2025] No. 18, item 1).
    """
    if _ORDER.index(asked) >= _ORDER.index(now):
        return True
    return now == "important" and masked and reviewed
