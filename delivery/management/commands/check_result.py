"""``check_result``: an answer's file against a certificate's bundle, offline; says in words what does not fit."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from delivery.results import held_against
from evidence.verify import verify_bundle


class Command(BaseCommand):
    help = "Hold an answer's file against its certificate's bundle, offline."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("bundle", help="the certificate's bundle, from /verify/<RCT>/bundle/")
        parser.add_argument("answer", help="the answer's file, as its buyer gave it to you")

    def handle(self, *args: Any, **options: Any) -> None:
        bundle, answer = (_read(options[name]) for name in ("bundle", "answer"))
        verdict = verify_bundle(bundle)
        for fault in verdict.faults:
            self.stderr.write(f"certificate: {fault}")
        checks = held_against(verdict.content or {}, answer)
        for (_, words), good in checks:
            (self.stdout if good else self.stderr).write(f"{words}: {'the one certified' if good else 'NOT the one certified'}")
        if not verdict.good or not all(good for _, good in checks):
            raise SystemExit(1)


def _read(place: str) -> Any:
    try:
        return json.loads(Path(place).read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise CommandError(f"{place}: {fault}") from fault
