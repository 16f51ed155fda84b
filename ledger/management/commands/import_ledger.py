"""``manage.py import_ledger FILE``: books a journal by our ledger's functions and prints its balances; keeps nothing."""

from __future__ import annotations

import csv
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ledger.interchange import tried
from ledger.journals import JournalFault, read_journal


class Command(BaseCommand):
    help = "Try a plain-text journal in the ledger: every transaction must sum to zero; prints account, commodity, units; keeps nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE|-")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["file"]
        try:
            book = read_journal(sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, JournalFault) as fault:
            raise CommandError(str(fault)) from fault
        writer = csv.writer(self.stdout, lineterminator="\n")
        writer.writerow(["account", "commodity", "units"])
        for (account, commodity), units in sorted(tried(book).items()):
            if units:
                writer.writerow([account, commodity, f"{units:f}"])
        self.stderr.write(f"{len(book.transactions)} transactions, {len(book.decimals)} commodities, every one sums to zero")
