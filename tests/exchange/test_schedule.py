"""What beat rings for: every periodic task a room writes down, read as a new process reads it."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec

from exchange.apps import ROOMS
from kit.coverage import covers
from tests import clones

READ = ("import exchange.celery as house; house.app.loader.import_default_modules(); house.app.finalize(); "
        "print(*sorted(house.app.conf.beat_schedule))")


@covers("T17")
def test_a_new_process_rings_for_every_periodic_task() -> None:
    """A ``tasks`` module that is half read when the schedules are gathered loses its own: its deadlines would never run."""
    written = {name for room in ("exchange", *ROOMS) if find_spec(f"{room}.tasks") for name in import_module(f"{room}.tasks").SCHEDULE}
    read = subprocess.run([sys.executable, "-c", READ], cwd=clones.HOUSE, capture_output=True, text=True, check=True).stdout.split()
    assert set(read) == written
    assert {"listings.sweep_deadlines", "listings.rescreen"} <= written
