"""A claim on something that several processes use: shared by all of them, gone with whoever dies, whole for the last who leaves."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path
from typing import IO

__all__ = ["SharedUse"]


class SharedUse:
    """One process's share of the lock on a file. Claims are made and given back under another lock, so none slips in between."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.claim: IO[str] | None = None

    def take(self) -> None:
        """This will take a share; taking it again changes nothing."""
        if self.claim is None:
            self.claim = self.place.open("a")
            fcntl.flock(self.claim, fcntl.LOCK_SH)

    @contextlib.contextmanager
    def given_back(self) -> Iterator[bool]:
        """This will give the share back and tell whether nobody else has one; nobody takes one while the body runs."""
        if self.claim is not None:
            fcntl.flock(self.claim, fcntl.LOCK_UN)  # a child that was forked holds the same claim: closing alone would not end it
            self.claim.close()
            self.claim = None
        with self.place.open("a") as whole:
            try:
                fcntl.flock(whole, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True
