"""``preview_list``: what a version of the negative list would do to what is on sale, or would have said of the past."""

from __future__ import annotations

import json
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from datetime import datetime, time, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.dateparse import parse_date

from compliance.models import NegativeListVersion
from compliance.queries import list_version_at, rule_set_of
from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from listings.previewing import Effect, preview, replay
from participants.queries import LOCAL

EXAMPLE = """\
Each output line is one listing of which the two lists say different things:
  {"listing": "LST-…", "before": "pass", "after": "prohibited", "rules": ["NL-P-25"], "missing": []}
With --since, one line for each submission of the period, with its date; the last line counts them.

Examples:
  manage.py preview_list 2026.2
  manage.py preview_list 2026.2 --since 2026-01-01 --until 2026-06-30
"""


@covers("C1", "R84", "R110")
class Command(BaseCommand):
    """Judges stored facts by a version, changes nothing, prints what differs."""

    help = "Judge what is on sale, or past submissions, by another version of the negative list; nothing is changed."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(prog_name, subcommand, epilog=EXAMPLE, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("version", help="label of the version, such as 2026.2")
        parser.add_argument("--since", help="first day of past submissions, YYYY-MM-DD")
        parser.add_argument("--until", help="last day of past submissions, YYYY-MM-DD; today unless given")

    def handle(self, *args: Any, **options: Any) -> None:
        version = NegativeListVersion.objects.filter(version=options["version"]).first()
        if version is None:
            known = ", ".join(NegativeListVersion.objects.order_by("id").values_list("version", flat=True))
            raise CommandError(f"There is no version {options['version']}. Known: {known}")
        if options["since"]:
            until = _day(options["until"]) if options["until"] else MARKET_CLOCK.now()
            past = replay(rule_set_of(version), since=_day(options["since"]), until=until + timedelta(days=1))
            self._write(past.effects)
            moves = {f"{before}>{after}": count for (before, after), count in sorted(past.moves.items())}
            self.stdout.write(json.dumps({"version": version.version, "total": past.total, "moves": moves}, ensure_ascii=False))
            return
        found = preview(rule_set_of(list_version_at(MARKET_CLOCK.now())), rule_set_of(version))
        self._write(found.effects)
        self.stdout.write(json.dumps({"version": version.version, "total": found.total, "held": len(found.held),
                                      "freed": len(found.freed)}, ensure_ascii=False))

    def _write(self, effects: list[Effect]) -> None:
        for one in effects:
            line = {"listing": one.listing.code, "before": one.before, "after": one.after, "rules": [rule.id for rule in one.rules],
                    "missing": list(one.missing)}
            self.stdout.write(json.dumps(line | ({"at": one.at.isoformat()} if one.at else {}), ensure_ascii=False))


def _day(text: str) -> datetime:
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise CommandError(f"{text!r} is no date; write YYYY-MM-DD")
    return datetime.combine(day, time(), LOCAL)
