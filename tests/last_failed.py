"""Names the files in which something failed last, for ``make test`` to ask them again, alone: a journey's steps build on each other, so one
step alone says nothing.
"""

from __future__ import annotations

import json
from pathlib import Path

__all__ = ["files_of"]

CACHE = Path(".pytest_cache/v/cache/lastfailed")


def files_of(failed: list[str]) -> list[str]:
    """This will return the files of node ids, each once, in order of their names."""
    return sorted({one.split("::", 1)[0] for one in failed})


if __name__ == "__main__":
    print(*(one for one in files_of(list(json.loads(CACHE.read_text())) if CACHE.exists() else []) if Path(one).is_file()))
