"""``manage.py rebuild_ledger``: balances rebuilt from postings into a scratch table and compared with the live ones."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ledger.rebuilding import rebuild

NOT_WRITTEN = (
    "余额不由命令改写：余额与分录不符，说明有人绕过了账本的函数，改写会抹去痕迹。请停止提现、查明来源，以分录纠正或由备份恢复"
    "（docs/operating/settlement.md）。\n"
    "Balances are not written by a command: where they differ from the postings somebody went past the ledger's functions, and "
    "writing them over would wipe out the trace. Stop payouts, find the source, mend it by entries or restore a backup "
    "(docs/operating/settlement.md)."
)


class Command(BaseCommand):
    help = "Rebuild the balances from the postings beside the live ones and list what differs. Example: manage.py rebuild_ledger --check"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="compare only; this is what it does without options too")
        parser.add_argument("--write", action="store_true", help="refused, with the reason")
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["write"]:
            raise CommandError(NOT_WRITTEN)
        found = rebuild()
        if options["json"]:
            self.stdout.write(json.dumps(asdict(found), ensure_ascii=False))
        else:
            for one in found.differences:
                self.stderr.write(f"{one.owner} {one.kind} {one.currency}: live {one.posted_fen} fen with {one.reserved_fen} reserved, "
                                  f"rebuilt {one.rebuilt_posted_fen} with {one.rebuilt_reserved_fen}")
            self.stdout.write(f"{found.accounts} accounts rebuilt from {found.postings} postings, {len(found.differences)} differ")
        if found.differences:
            raise SystemExit(1)
