"""``verify_evidence``: a downloaded bundle (offline, no database) or the live log; names the first bad entry or the verified head."""

from __future__ import annotations

import base64
import json
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from evidence.envelope import Checkpoint, key_id_of
from evidence.verify import Verdict, verify_bundle, verify_log

EXAMPLES = """examples:
  manage.py verify_evidence bundle.json --key 9f2c…=   a bundle, trusting one published key (base64)
  manage.py verify_evidence --checkpoint yesterday.json   the live log against a head that was kept
"""


class Command(BaseCommand):
    help = "Verify a downloaded evidence bundle offline, or the live log."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.epilog = EXAMPLES
        parser.add_argument("bundle", nargs="?", help="a bundle file; without it the live log is verified")
        parser.add_argument("--checkpoint", action="append", default=[], metavar="FILE",
                            help="a head kept earlier (JSON, JSON lines or a bundle)")
        parser.add_argument("--key", action="append", default=[], metavar="BASE64", help="trust only these public keys (bundles)")
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        known = [head for place in options["checkpoint"] for head in _heads(Path(place))]
        if options["bundle"]:
            verdict = verify_bundle(_document(Path(options["bundle"])), trusted=_keys(options["key"]), known=known)
        else:
            verdict = _live(known)
        self._print(verdict, as_json=options["json"])
        if not verdict.good:
            raise SystemExit(1)

    def _print(self, verdict: Verdict, *, as_json: bool) -> None:
        head = verdict.checkpoint
        if as_json:
            self.stdout.write(json.dumps({
                "good": verdict.good, "entries": verdict.entries, "checkpoint": head.document() if head else None,
                "first_bad": verdict.first_bad.position if verdict.first_bad else None,
                "content": verdict.content,
                "faults": [{"position": one.position, "code": one.code, "text": one.text[1]} for one in verdict.faults],
            }, ensure_ascii=False))
            return
        for fault in sorted(verdict.faults, key=lambda one: (one.position is None, one.position or 0)):
            self.stderr.write(str(fault))
        if verdict.good:
            told = f"head {head.size} {head.root.hex()} signed by {head.key_id} at {head.at} ({head.origin})" if head else "empty log"
            self.stdout.write(f"verified {verdict.entries} entries; {told}")
            if verdict.content is not None:  # what the paper says, as it was sealed
                self.stdout.write(json.dumps(verdict.content, ensure_ascii=False, indent=2, sort_keys=True))


def _live(known: list[Checkpoint]) -> Verdict:
    from evidence import checkpoints, queries

    entries, sealed = queries.extent()
    seals = [seal for seal in queries.seals() if seal.size <= sealed]
    return verify_log(queries.log_entries(upto=entries), seals, public_keys=queries.public_keys(), known=[*checkpoints.published(), *known])


def _document(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as fault:
        raise CommandError(f"{path}: {fault.strerror}", returncode=2) from fault
    except (ValueError, RecursionError):
        return None


def _heads(path: Path) -> list[Checkpoint]:
    from evidence.checkpoints import read_file

    try:
        return read_file(path)
    except OSError as fault:
        raise CommandError(f"{path}: {fault.strerror}", returncode=2) from fault
    except ValueError as fault:
        raise CommandError(f"{path}: {fault}", returncode=1) from fault


def _keys(shown: list[str]) -> dict[str, bytes] | None:
    if not shown:
        return None
    try:
        raw = [base64.b64decode(one, validate=True) for one in shown]
    except ValueError as fault:
        raise CommandError("a key is 32 bytes in base64", returncode=2) from fault
    return {key_id_of(one): one for one in raw}
