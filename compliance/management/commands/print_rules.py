"""``print_rules``: the negative list in force on a date, in words, in one language."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import UTC, datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.dateparse import parse_date

from compliance.queries import list_version_at, rule_set_of
from compliance.rule_pages import EN, ZH, list_page
from evidence.clock import MARKET_CLOCK
from participants.queries import LOCAL


class Command(BaseCommand):
    """Prints the rules by date. Example: manage.py print_rules --on 2026-11-22 --language en"""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--on", help="date (YYYY-MM-DD); now if left out")
        parser.add_argument("--language", choices=["zh", "en"], default="zh")
        parser.add_argument("--json", action="store_true", help="the rules as data, in schema negative-list/1")

    def handle(self, *args: Any, **options: Any) -> None:
        version = list_version_at(_instant(options["on"]))
        if options["json"]:
            rules = list(version.entries.filter(edition=version.edition).values_list("rule", flat=True))
            self.stdout.write(json.dumps({"version": version.version, "hash": version.content_hash, "rules": rules}, ensure_ascii=False))
        else:
            self.stdout.write(list_page(rule_set_of(version), EN if options["language"] == "en" else ZH))


def _instant(text: str | None) -> datetime:
    if not text:
        return MARKET_CLOCK.now()
    try:
        asked = parse_date(text)
    except ValueError:
        asked = None
    if asked is None:
        raise CommandError(f"{text} is no date; write YYYY-MM-DD", returncode=2)
    return datetime.combine(asked, time(23, 59, 59), LOCAL).astimezone(UTC)
