"""The runner: a small program that a holder runs beside its data (R101). It asks the house for jobs and opens no port itself.

    python -m delivery.computing.runner --house https://exchange.example --key-file key.txt --data piles.csv

It reads the file, carries out what was reviewed, and sends back groups and the trace; the rows never leave. Standard library alone.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from delivery.computing.language import run

__all__ = ["Ask", "main", "work_once"]

#: (method, path, body, key of the command) -> the house's answer
Ask = Callable[[str, str, dict[str, Any] | None, str], Any]


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def work_once(ask: Ask, files: list[Path]) -> list[str]:
    """This will answer every open job whose data version lies here, and return their codes; what cannot be run is told as failed."""
    held, done = {_sha256(one): one for one in files}, []
    for job in ask("GET", "/api/compute/jobs/", None, "")["items"]:
        path = held.get(job["file_sha256"])
        if path is None:
            continue
        body: dict[str, Any]
        try:
            with path.open(encoding="utf-8-sig", newline="") as stream:
                rows = csv.reader(stream)
                answer = run(job["algorithm"], next(rows, []), rows, file_sha256=job["file_sha256"])
            body = {"rows": answer.rows, "trace": answer.trace, "failed": ""}
        except ValueError as fault:
            body = {"rows": [], "trace": [], "failed": str(fault.args[-1])[:300]}
        ask("POST", f"/api/compute/jobs/{job['code']}/answer/", body, f"runner-{job['code']}")
        done.append(job["code"])
    return done


def _over_http(house: str, key: str) -> Ask:
    def ask(method: str, path: str, body: dict[str, Any] | None, command: str) -> Any:
        headers = {"Authorization": f"Token {key}", "Content-Type": "application/json", "Accept": "application/json"}
        if command:
            headers["Idempotency-Key"] = command
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(house.rstrip("/") + path, data=data, headers=headers, method=method)  # noqa: S310 (the holder's own address)
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return json.load(answer)

    return ask


def main(arguments: list[str] | None = None) -> int:
    """This will work through the open jobs once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--house", required=True)
    parser.add_argument("--key-file", required=True, type=Path)
    parser.add_argument("--data", required=True, type=Path, nargs="+")
    given = parser.parse_args(arguments)
    done = work_once(_over_http(given.house, given.key_file.read_text().strip()), given.data)
    sys.stdout.write("".join(f"{one}\n" for one in done))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
