"""``manage.py replay [FILE|-]``: decides a finished auction anew from its transcript alone; needs no database."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from trading.replays import check

EXAMPLE = """\
example:
  curl -s https://…/trading/lots/LOT-…/transcript/ | manage.py replay
"""


class Command(BaseCommand):
    help = "Decide a finished auction anew from its transcript; exit 1 when outcome or hash differ from what was recorded."
    requires_system_checks = ()

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(prog_name, subcommand, epilog=EXAMPLE, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", default="-", metavar="FILE|-", help="the document of /transcript/; - reads standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["file"]
        try:
            document = json.loads(sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8"))
            found = check(document)
        except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError, AttributeError) as fault:
            self.stderr.write(f"{name}: trading.replay.unreadable: {type(fault).__name__}: {fault}")
            sys.exit(1)
        self.stdout.write(json.dumps(found, ensure_ascii=False))
        if not found["agrees"]:
            sys.exit(1)
