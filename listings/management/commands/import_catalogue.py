"""``import_catalogue``: brings merchants' and portals' catalogues in as data resources."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evidence.clock import MARKET_CLOCK
from kit.actors import SYSTEM
from kit.rejected import Rejected
from listings.catalogues import Unreadable, said
from listings.operations import Imported, import_file, read_file, unread
from participants.models import Organization
from participants.queries import holding_organization, organization


class Command(BaseCommand):
    help = ("Import catalogues as data resources (never listings). Example: manage.py import_catalogue anhui_hefei.json --merchant ORG-… "
            "--json. Exits 1 when a row or file was refused, 2 on wrong usage.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", help="catalogue files; the file name is the region")
        parser.add_argument("--merchant", metavar="CODE", help="owner of the resources (default: the holding organisation ORG-IMPORT)")
        parser.add_argument("--dry-run", action="store_true", help="report what would be done and write nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        report = Imported()
        owner = self._owner(options["merchant"])
        for name in options["files"]:
            self._one(Path(name), owner, report, dry_run=options["dry_run"])
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False))
        else:
            self.stdout.write(f"read {report.read}, created {report.created}, unchanged {report.unchanged}, duplicates {report.duplicates}")
            for one in report.warnings:
                self.stdout.write(f"warning {one.at} {one.code} {said(one.text)}")
        for one in report.refused:
            self.stderr.write(f"{one.at} {one.code} {said(one.text)}")
        if report.refused:
            sys.exit(1)

    def _owner(self, code: str | None) -> Organization:
        try:
            return organization(code) if code else holding_organization()
        except Rejected as refused:
            raise CommandError(f"--merchant {code}: {refused.text('title', 'en')}", returncode=2) from refused

    def _one(self, path: Path, owner: Organization, report: Imported, *, dry_run: bool) -> None:
        try:
            file = read_file(path.name, path.read_bytes())
        except OSError as fault:
            raise CommandError(f"{path}: {fault.strerror}", returncode=2) from fault
        except Unreadable as fault:
            report.refused.append(unread(path.name, fault))
            return
        import_file(file=file, organization=owner, into=report, actor=SYSTEM, clock=MARKET_CLOCK, dry_run=dry_run)
