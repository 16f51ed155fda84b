"""``screen``: judges JSON lines by the negative list in force and looks for terms in their texts."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from compliance.rules.terms import Terms, read_terms
from compliance.rules.vocabulary import FactFault
from compliance.screening import Profile, Screening, screen
from kit.coverage import covers

EXAMPLE = """\
Each input line is one profile; facts not stated are unknown, never false:
  {"id": "1", "title": "城市空气质量日均值", "description": "", "fields": ["日期", "PM2.5"], "sample": [], "facts": {"grade": "general"}}
Each output line:
  {"id": "1", "verdict": "pass|needs_info|restricted|prohibited", "hits": [...], "missing": [...], "rule_set": "2026.1"}

Example:
  manage.py screen listings.jsonl --terms weapons.txt --json
"""
_KEYS = {"id", "title", "description", "fields", "sample", "facts"}


class Refused(Exception):
    """A line that cannot be read: a short code and a text."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@covers("R84", "W22")
class Command(BaseCommand):
    """Reads profiles, prints one screening each; exit 1 if any line was refused."""

    help = "Judge JSON lines by the negative list in force; look for suspicious terms in their texts."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(prog_name, subcommand, epilog=EXAMPLE, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", default="-", help="JSON lines, or - for standard input")
        parser.add_argument("--terms", nargs="+", action="extend", default=[], metavar="FILE", help="term lists, one term a line")
        parser.add_argument("--json", action="store_true", help="JSON lines on standard output (otherwise one readable line each)")

    def handle(self, *args: Any, **options: Any) -> None:
        terms = Terms(term for name in options["terms"] for term in _term_file(name))
        refused = 0
        for number, line in enumerate(_lines(options["file"]), start=1):
            if not line.strip():
                continue
            try:
                name, screening = _screen_line(line, terms)
            except Refused as fault:
                refused += 1
                self.stderr.write(f"{options['file']}:{number}: {fault.code}: {fault}")
                continue
            self.stdout.write(_written(name, screening, as_json=options["json"]))
        if refused:
            raise SystemExit(1)


def _screen_line(line: str, terms: Terms) -> tuple[Any, Screening]:
    try:
        row = json.loads(line, parse_float=Decimal)
    except (ValueError, RecursionError) as fault:
        raise Refused("unreadable", f"not one JSON object: {fault}") from fault
    if not isinstance(row, dict) or set(row) - _KEYS:  # a misspelt "facts" must not silently screen nothing
        raise Refused("unreadable", f"a line is an object with {', '.join(sorted(_KEYS))} and nothing else")
    profile = Profile(facts=_field(row, "facts", dict), title=_field(row, "title", str), description=_field(row, "description", str),
                      columns=_field(row, "fields", list), sample=_field(row, "sample", list))
    try:
        return row.get("id"), screen(profile, terms=terms)
    except FactFault as fault:
        raise Refused(fault.code, str(fault)) from fault


def _field(row: dict[str, Any], name: str, kind: type) -> Any:
    value = row.get(name)
    if value is None:
        return kind()
    if not isinstance(value, kind):
        raise Refused("wrong_field", f"{name} is a JSON {kind.__name__}")
    return value


def _written(name: Any, screening: Screening, *, as_json: bool) -> str:
    if as_json:
        return json.dumps({"id": name, **screening.as_json()}, ensure_ascii=False)
    parts = [f"{name}: {screening.verdict}"]
    if screening.hits:
        parts.append("hits: " + ", ".join(f"{hit.rule} {hit.text!r} in {hit.where}" for hit in screening.hits))
    if screening.missing:
        parts.append("missing: " + ", ".join(screening.missing))
    return "; ".join(parts)


def _term_file(name: str) -> Terms:
    try:
        with Path(name).open(encoding="utf-8-sig") as lines:
            return read_terms(lines, f"terms:{Path(name).name}")
    except (OSError, UnicodeDecodeError) as fault:
        raise CommandError(f"term list {name}: {fault}", returncode=2) from fault


def _lines(name: str) -> Iterator[str]:
    if name == "-":
        yield from sys.stdin
        return
    try:
        with Path(name).open(encoding="utf-8-sig") as lines:
            yield from lines
    except (OSError, UnicodeDecodeError) as fault:
        raise CommandError(f"{name}: {fault}", returncode=2) from fault
