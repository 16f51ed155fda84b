"""One way to write what can be written in several: Unicode's normal forms, at a cost that grows with the text and not with its square.

Sorting a run of combining marks costs the square of its length, so that a name of half a million marks would hold a worker for minutes
(T55). Unicode's own stream-safe format (UAX 15) allows thirty in a row; no writing system needs more, and what is beyond is left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Literal

from kit.coverage import covers

__all__ = ["MARKS", "normalized"]

#: How many combining marks may follow one another, by the stream-safe text format.
MARKS = 30
#: A run of marks no longer than this costs nothing worth looking for.
_SHORT = 400
#: Marks stand in no text of letters, digits, ideographs and the usual signs: such a text is only looked over once.
_PLAIN = re.compile(r"[\x00-\u02ff\u2010-\u2027\u3000-\u3029\u3030-\u3098\u30a0-\ua66e\uf900-\ufaff\uff00-\uffef]*")


@covers("T55")
def normalized(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
    """This will return the text in a normal form of Unicode, of a run of combining marks the first thirty."""
    if len(text) > _SHORT and not _PLAIN.fullmatch(text):
        text = "".join(_bounded(text))
    return unicodedata.normalize(form, text)


def _bounded(text: str) -> Iterator[str]:
    """The text without what is beyond thirty marks in a row. A character that falls apart into marks alone counts as one."""
    run = 0
    for one in text:
        run = run + 1 if unicodedata.combining(one) else 0
        if run <= MARKS:
            yield one
