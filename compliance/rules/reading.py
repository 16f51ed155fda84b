"""A text read letter by letter: what is kept of it, runs written once, and where each part stands in the text as given."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np
import numpy.typing as npt

from compliance.rules.evasion import Codes, text_of

__all__ = ["Reading"]


class Reading:
    """``folded`` is the text in its plain form; its steady form writes runs of one character once.

    ``places``: where each kept character stands in the text as given; ``ends``: where each run ends among the kept ones.
    Most texts are asked for a few characters only: what is not asked for is never written out.
    """

    def __init__(self, text: str, places: npt.NDArray[np.intp], kept: Codes, ends: npt.NDArray[np.intp]) -> None:
        self.text = text
        self.size = kept.size
        self._places = places
        self._kept = kept
        self._ends = ends

    @cached_property
    def folded(self) -> str:
        return text_of(self._kept)

    def held(self, first: int, last: int) -> str:
        """``folded[first:last]``, which alone is written out."""
        return text_of(self._kept[first:last])

    @cached_property
    def latin(self) -> npt.NDArray[np.intp]:
        """Where Latin letters and figures stand in the folded text."""
        return np.flatnonzero(self._kept < 128)

    def kept_of(self, place: int, length: int) -> tuple[int, int]:
        """Where so many runs from a place of the steady form on stand in the folded text."""
        return int(self._ends[place - 1]) + 1 if place else 0, int(self._ends[place + length - 1]) + 1

    def given(self, first: int, last: int) -> tuple[int, int]:
        """Where ``folded[first:last]`` stands in the text as given."""
        return int(self._places[first]), int(self._places[last - 1]) + 1

    def all_places(self, word: str) -> Iterator[int]:
        """Where ``word`` stands in the folded text."""
        place = self.folded.find(word)
        while place >= 0:
            yield place
            place = self.folded.find(word, place + 1)
