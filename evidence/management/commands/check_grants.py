"""``check_grants``: the live grants against the committed statement; ``--write`` renews the statement."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from evidence import grants


class Command(BaseCommand):
    help = "Compare the application role's live grants with docs/operating/grants.txt. Example: manage.py check_grants"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--write", action="store_true", help="write the live grants as the new statement")

    def handle(self, *args: Any, **options: Any) -> None:
        live = grants.live()
        if options["write"]:
            grants.FILE.parent.mkdir(parents=True, exist_ok=True)
            grants.FILE.write_text(grants.text_of(live), encoding="utf-8")
            self.stdout.write(f"wrote {len(live)} lines to {grants.FILE}")
            return
        stated = grants.committed()
        faults = [f"{name}: live {live.get(name, '(absent)')}, committed {stated.get(name, '(absent)')}"
                  for name in sorted(live.keys() | stated.keys()) if live.get(name) != stated.get(name)]
        for fault in faults:
            self.stderr.write(fault)
        if faults:
            raise SystemExit(1)
        self.stdout.write(f"{len(live)} grants are as committed")
