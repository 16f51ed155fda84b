"""``manage.py doctor``: what ``make doctor`` calls."""

import io
import sys
from typing import Any

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    """Examines the running installation: deploy checks, migrations, grants, invariants, evidence. Example: manage.py doctor"""

    help = __doc__
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        examinations: list[tuple[str, str, dict[str, Any]]] = [
            ("settings", "check", {"deploy": settings.PRODUCTION, "fail_level": "WARNING" if settings.PRODUCTION else "ERROR"}),
            ("migrations applied", "migrate", {"check_unapplied": True}),
            ("grants as committed", "check_grants", {}),
            ("invariants", "check_invariants", {}),
            ("evidence log", "verify_evidence", {}),
        ]
        failed = 0
        for title, command, settings_of in examinations:
            if command not in get_commands():
                raise CommandError(f"this installation has no {command}")
            told = io.StringIO()
            try:
                call_command(command, stdout=told, stderr=told, **settings_of)
                good = True
            except (CommandError, SystemExit) as fault:
                good = isinstance(fault, SystemExit) and not fault.code
                told.write("" if isinstance(fault, SystemExit) else str(fault))
            except Exception as fault:  # an examination that breaks is a finding, not an end
                good = False
                told.write(repr(fault))
            self.stdout.write(f"{'ok  ' if good else 'FAIL'}  {title}" + ("" if good else f"\n{told.getvalue().strip()}"))
            failed += not good
        sys.exit(1 if failed else 0)
