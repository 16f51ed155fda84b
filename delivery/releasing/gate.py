"""The automatic gate: what a file may be at most before any person looks at it: size, cells, marks of persons, small groups, records.

It measures and says what it found against which limit; a file that fails one check is not kept. Passing it releases nothing: two people
look after it. What it cannot see is said in ``docs/algorithms/release.md``.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from compliance.personal.scan import scan_rows, scan_text
from kit.coverage import covers

__all__ = ["MOST_BYTES", "MOST_CELLS", "SUFFIXES", "Check", "judge", "passed"]

MOST_BYTES = 2 << 20
MOST_CELLS = 20_000
SUFFIXES = (".csv", ".json", ".txt", ".md")
#: From this share of rows on (permille) that no other row shares its words with, a table lists records rather than groups.
_RECORDS_FROM = 500
_FEW_ROWS = 10
#: A heading or a JSON name that counts members of a group.
_COUNTS = re.compile(r"(^|[\s_(（])(n|count|counts|rows|persons|people|households|samples|support)($|[\s_)）])"
                     r"|[人户行例次]数|数量|样本量|计数", re.IGNORECASE)
_WHOLE = re.compile(r"-?\d{1,15}(\.0+)?")
_NUMBER = re.compile(r"\s*-?[\d,，]*\.?\d+(e-?\d+)?\s*%?\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Check:
    """One measure: what was found against the limit, and whether it passes."""

    check: str
    limit: str
    found: str
    ok: bool


def passed(checks: list[dict[str, Any]]) -> bool:
    """This will say whether every check passed."""
    return bool(checks) and all(one["ok"] for one in checks)


@covers("F9", "C4")
def judge(content: bytes, name: str, *, least: int) -> list[dict[str, Any]]:
    """This will measure a file; ``least`` is the smallest group the venue lets out. A file that cannot be read fails as unreadable."""
    return [asdict(one) for one in _checks(content, name.lower(), least)]


def _checks(content: bytes, name: str, least: int) -> Iterator[Check]:
    yield Check("size", f"{MOST_BYTES}", f"{len(content)}", 0 < len(content) <= MOST_BYTES)
    suffix = next((one for one in SUFFIXES if name.endswith(one)), "")
    yield Check("type", " ".join(SUFFIXES), suffix or name[-20:], bool(suffix))
    if not suffix or not 0 < len(content) <= MOST_BYTES:
        return
    try:
        text = content.decode("utf-8-sig")
        if "\0" in text:
            raise ValueError("NUL")
        measured = list({".csv": _table, ".json": _tree}.get(suffix, _prose)(text, least))
    except (UnicodeDecodeError, ValueError, RecursionError, csv.Error):
        yield Check("readable", "UTF-8", "", False)
        return
    yield Check("readable", "UTF-8", "UTF-8", True)
    yield from measured


def _table(text: str, least: int) -> Iterator[Check]:
    rows = list(csv.reader(io.StringIO(text), strict=True))
    headings, body = (rows[0], rows[1:]) if rows else ([], [])
    if not headings or any(len(row) != len(headings) for row in body):
        raise ValueError("not a table")
    yield _cells(len(rows) * len(headings))
    # a name in the heading alone is no person; what the cells hold is
    marks = [f"{one.column[:20]}: {one.kind}" for one in scan_rows(headings, body)]
    marks += [kind for row in rows for cell in row for kind, _, _ in scan_text(cell)]
    yield _identifiers(marks)
    counted = [(place, heading) for place, heading in enumerate(headings) if _COUNTS.search(heading.strip())]
    small = [f"{heading[:20]} = {row[place].strip()}" for place, heading in counted for row in body if _few(row[place], least)]
    yield _groups(small, least)
    worded = [place for place in range(len(headings)) if any(row[place].strip() and not _NUMBER.fullmatch(row[place]) for row in body)]
    alike = Counter(tuple(row[place] for place in worded) for row in body)
    alone = sum(1 for count in alike.values() if count == 1)
    # groups stand alone too: with the number of their members beside them they are groups, without it they may be records
    listed = not counted and len(body) >= _FEW_ROWS and 1000 * alone // len(body) >= _RECORDS_FROM
    bare = not counted and not worded and len(body) >= _FEW_ROWS
    yield Check("records", f"{_RECORDS_FROM}‰", f"{1000 * alone // len(body) if worded and body else 0}‰", not listed and not bare)


def _tree(text: str, least: int) -> Iterator[Check]:
    leaves = list(_leaves(json.loads(text, parse_constant=_no_constant)))
    yield _cells(len(leaves))
    yield _identifiers([kind for name, value in leaves for part in (name, str(value)) for kind, _, _ in scan_text(part)])
    yield _groups([f"{name[:20]} = {value}" for name, value in leaves if _COUNTS.search(name) and _few(str(value), least)], least)


def _no_constant(word: str) -> Any:
    raise ValueError(word)


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every value with the name it stands under; names are words too."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _leaves(one, key)
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one, name)
    else:
        yield name, value


def _prose(text: str, least: int) -> Iterator[Check]:
    yield _cells(len(text.split()))
    yield _identifiers([kind for kind, _, _ in scan_text(text)])


def _cells(count: int) -> Check:
    return Check("cells", f"{MOST_CELLS}", f"{count}", count <= MOST_CELLS)


def _identifiers(marks: list[str]) -> Check:
    told = ", ".join(sorted(set(marks))[:6])
    return Check("identifiers", "0", f"{len(marks)} ({told})" if marks else "0", not marks)


def _groups(small: list[str], least: int) -> Check:
    return Check("groups", f"≥ {least}", f"{len(small)} ({small[0]})" if small else "0", not small)


def _few(cell: str, least: int) -> bool:
    """Whether a count names a group that is too small; nought is no group."""
    plain = cell.strip().replace(",", "")
    return bool(_WHOLE.fullmatch(plain)) and 0 < int(plain.split(".")[0]) < least
