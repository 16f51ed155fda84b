"""``manage.py serve``: what ``make run`` calls."""

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from exchange.supervisor import Supervisor


class Command(BaseCommand):
    """Opens the exchange on http://127.0.0.1:PORT. Example: manage.py serve --port 8100"""

    help = __doc__
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")), help="pages here, live feeds on the next port")
        parser.add_argument("--no-demo", action="store_true", help="without the demo market")
        parser.add_argument("--quiet", action="store_true", help="without the processes' own logs")

    def handle(self, *args: Any, **options: Any) -> None:
        sys.exit(Supervisor(port=options["port"], demo=not options["no_demo"], quiet=options["quiet"]).run())
