"""``manage.py reset``: what ``make reset`` calls."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from exchange.local_servers import LocalServers, ServerFault


class Command(BaseCommand):
    """Forgets the private data: database, files, queues. Named servers are never touched. Example: manage.py reset --yes"""

    help = __doc__
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["yes"] and input("Forget all data of the private market here? [y/N] ").strip().lower() != "y":
            self.stdout.write("nothing was changed")
            return
        call_command("stop")
        try:
            LocalServers().forget()
        except ServerFault as fault:
            raise CommandError(str(fault)) from fault
        self.stdout.write("forgotten; make run starts anew")
