"""``measure_privacy``: the clean room's noise on neighbouring data; anyone may run it and hold the figure against the documents."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from delivery.cleanroom.auditing import audit


class Command(BaseCommand):
    help = "Answer a count over data with and without one person many times, and compare how often each answer comes."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--runs", type=int, default=100_000, help="answers on each side")
        parser.add_argument("--epsilon-micro", type=int, default=1_000_000)

    def handle(self, *args: Any, **options: Any) -> None:
        if not 100 <= options["runs"] <= 10_000_000 or not 10_000 <= options["epsilon_micro"] <= 10_000_000:
            raise CommandError("from 100 to 10,000,000 runs, an epsilon from 0.01 to 10")
        found = audit(options["runs"], epsilon_micro=options["epsilon_micro"])
        self.stdout.write(f"{found.runs} runs on each side, {found.outcomes} outcomes: largest log ratio {found.largest:.4f}, "
                          f"beyond chance {found.sure:.4f}, epsilon {found.epsilon:g}: {'holds' if found.holds else 'BROKEN'}")
        if not found.holds:
            raise SystemExit(1)
