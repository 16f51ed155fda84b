"""``manage.py stop``: what ``make stop`` calls."""

import contextlib
import json
import os
import signal
import time
from typing import Any

from django.core.management.base import BaseCommand

from exchange.local_servers import LocalServers, ServerFault, process_alive
from exchange.supervisor import Supervisor


class Command(BaseCommand):
    """Stops a running house and whatever an interrupted start left behind. Example: manage.py stop"""

    help = __doc__
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        supervisor = Supervisor()
        with contextlib.suppress(OSError, ValueError, KeyError):
            pid = json.loads(supervisor.note.read_text())["supervisor"]["pid"]
            if process_alive(pid, "manage.py"):
                os.kill(pid, signal.SIGTERM)
                end = time.monotonic() + 20
                while process_alive(pid, "manage.py") and time.monotonic() < end:
                    time.sleep(0.1)
        with contextlib.suppress(ServerFault):
            supervisor.stop_leftovers()
        stopped = LocalServers().leave()
        self.stdout.write("stopped" if stopped else "the house is closed; its servers serve another command and stop when that ends")
