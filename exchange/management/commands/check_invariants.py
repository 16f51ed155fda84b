"""``check_invariants``: looks at every invariant of every room in the live database."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from evidence.invariants import check_all


class Command(BaseCommand):
    help = "Check the invariants of the house over the live database. Example: manage.py check_invariants --json"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON document")
        parser.add_argument("--only", nargs="+", default=[], metavar="ID", help="look at these ids only, e.g. I3 I24")

    def handle(self, *args: Any, **options: Any) -> None:
        report = check_all(options["only"])
        if options["json"]:
            self.stdout.write(json.dumps({"checked": len(report.checked), "violations": [asdict(one) for one in report.violations],
                                          "not_yet": report.not_yet}, ensure_ascii=False))
        else:
            self._tell(report)
        if report.violations:
            raise SystemExit(1)

    def _tell(self, report: Any) -> None:
        for one in report.violations:
            self.stderr.write(f"{one.id}: {one.text}")
        for one in report.skipped:
            self.stderr.write(f"{one.id} (not looked at here): {one.text}")
        self.stdout.write(f"{len(report.checked)} invariants checked, {len(report.violations)} violations"
                          + (f"; not yet: {', '.join(report.not_yet)}" if report.not_yet else ""))
