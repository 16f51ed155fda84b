"""Peers measured in the same run (``make bench PEERS=1``): installed in an environment of their own, never a dependency of the house."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.ground import Ground
from benchmarks.harness import Variant, Worker

HERE = Path(__file__).resolve().parent
#: What is installed, by the name of the script that works it; versions as they were compared.
PEERS = {"peer_hordak": ["django-hordak==2.0.0", "Django>=5.2,<5.3", "psycopg[binary]>=3.2"],
         "peer_pydvl": ["pyDVL==0.10.0"]}
HORDAK = "django-hordak, 6 legs in one Transaction"


def asked() -> bool:
    return os.environ.get("PEERS") == "1"


def python_of(peer: str) -> Path:
    """This will return the peer's Python, its environment made if there is none; a peer that cannot be installed says so."""
    place = Path(os.environ["DX_VAR"]) / "peers" / peer
    python = place / "bin" / "python"
    if not (place / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
        done = subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PEERS[peer]], capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{peer} cannot be installed here: {done.stderr.strip().splitlines()[-1]}")
        (place / "ready").touch()
    return python


class Pydvl:
    """pyDVL's values of one table of worths, in a process of its own; ``once()`` reckons and returns seconds and values."""

    def __init__(self, sources: int, how: str, table: Path) -> None:
        self.peer: Any = subprocess.Popen([str(python_of("peer_pydvl")), str(HERE / "peer_pydvl.py"), str(sources), how],
                                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd="/")
        self.peer.stdin.write(f"{table}\n")

    def once(self) -> tuple[float, list[float]]:
        self.peer.stdin.write("1\n")
        self.peer.stdin.flush()
        told = json.loads(self.peer.stdout.readline())
        return told["seconds"], told["values"]

    def close(self) -> None:
        self.peer.terminate()  # it keeps nothing
        self.peer.wait(60)


def hordak(ground: Ground) -> Variant:
    """This will return django-hordak's settling of one trade as a variant, on a database of its own on the same server."""
    from exchange.local_servers import _swap_database, create_database, drop_database

    python, name = python_of("peer_hordak"), "dx_bench_peer_hordak"
    drop_database(ground.admin_url, name)
    create_database(ground.admin_url, name)
    address = _swap_database(ground.owner_url, name)

    def make(n: int) -> Worker:
        peer: Any = subprocess.Popen([str(python), str(HERE / "peer_hordak.py"), address], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                     text=True, cwd="/")
        backend = peer.stdout.readline().strip()
        assert backend.isdigit(), "the peer did not start"

        def act() -> int:
            peer.stdin.write("5\n")
            peer.stdin.flush()
            assert peer.stdout.readline() == "done\n", "the peer broke"
            return 5

        def close() -> None:
            peer.stdin.close()
            peer.wait(10)

        return Worker(act, (peer.pid, int(backend)), close)

    return Variant(HORDAK, make)
