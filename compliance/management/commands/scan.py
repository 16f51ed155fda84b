"""``scan``: looks for personal data in a table, suggests class and grade, and says which column caused it."""

from __future__ import annotations

import csv
import json
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from compliance.personal.kinds import kind
from compliance.personal.scan import Finding, scan_rows
from compliance.personal.suggest import Suggestion, suggest
from compliance.rules.grading_profiles import ProfileFault, read_profile_file
from kit.coverage import covers

EXAMPLE = """\
Reads a CSV with a header row (UTF-8 or GB 18030) and prints, per column, what looks personal, in how many cells, with masked
examples; then the class and grade it suggests and why. It decides nothing.

Example:
  manage.py scan customers.csv --sector J --json
"""


@covers("C4", "B4", "W4", "W5")
class Command(BaseCommand):
    """Reads one table; needs no database."""

    help = "Look for personal data in a table; suggest class and grade with the column that caused them."
    requires_system_checks = ()

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(prog_name, subcommand, epilog=EXAMPLE, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="a CSV with a header row")
        parser.add_argument("--sector", default="", help="section letter of GB/T 4754-2017, such as J for finance")
        parser.add_argument("--profile", nargs="+", action="extend", default=[], metavar="FILE", help="further grading profiles (YAML)")
        parser.add_argument("--json", action="store_true", help="one JSON document on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            profiles = [read_profile_file(Path(name)) for name in options["profile"]]
        except ProfileFault as fault:
            raise CommandError(f"profile: {fault}", returncode=2) from fault
        headings, rows = _table(options["file"])
        findings = scan_rows(headings, rows)
        suggestion = suggest(findings, headings, rows=len(rows), sector=options["sector"], profiles=profiles)
        answer = {"rows": len(rows), "columns": headings, "findings": [one.as_json() for one in findings], "suggestion": _said(suggestion)}
        self.stdout.write(json.dumps(answer, ensure_ascii=False) if options["json"] else _readable(findings, suggestion))


def _table(name: str) -> tuple[list[str], list[list[str]]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            with Path(name).open(encoding=encoding, newline="") as lines:
                rows = [row for row in csv.reader(lines) if row]
            return (rows[0], rows[1:]) if rows else ([], [])
        except UnicodeDecodeError:
            continue
        except (OSError, csv.Error) as fault:
            raise CommandError(f"{name}: {fault}", returncode=2) from fault
    raise CommandError(f"{name}: neither UTF-8 nor GB 18030", returncode=2)


def _said(suggestion: Suggestion) -> dict[str, Any]:
    return {"category": suggestion.category, "grade": suggestion.grade, "level": suggestion.level, "facts": dict(suggestion.facts),
            "because": [{"column": one.column, "zh": one.text[0], "en": one.text[1], "basis": one.basis[0], "basis_en": one.basis[1]}
                        for one in suggestion.because]}


def _readable(findings: list[Finding], suggestion: Suggestion) -> str:
    lines = [f"{one.column}: {kind(one.kind).text[1]} in {one.count} of {one.filled} cells ({one.by}) {' '.join(one.examples)}".rstrip()
             for one in findings] or ["nothing that looks personal"]
    return "\n".join([*lines, f"suggested: class {suggestion.category or '-'}, grade {suggestion.grade}, level {suggestion.level}"])
