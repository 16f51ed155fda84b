"""``import_takeout``: brings the listings of a pack from another venue in as drafts."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evidence.clock import MARKET_CLOCK
from listings.bringing import UnfitPack, bring_in, read_pack
from participants.actors import actor_of
from participants.models import User
from participants.queries import organization


class Command(BaseCommand):
    help = ("Bring the listings of a pack in as drafts of an organisation, in the name of one of its people. Example: manage.py "
            "import_takeout pack.zip --organization ORG-… --as USERNAME --json. Exits 1 when a listing was refused, 2 on wrong usage.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="the pack: a zip as it was taken along")
        parser.add_argument("--organization", metavar="CODE", required=True, help="whose drafts they become")
        parser.add_argument("--as", dest="user", metavar="USERNAME", required=True, help="who brings them in, one of its people")
        parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(options["file"])
        owner, user = organization(options["organization"]), User.objects.filter(username=options["user"]).first()
        actor = actor_of(user) if user else None
        if actor is None or actor.organization_id != owner.pk:
            raise CommandError(f"--as {options['user']}: nobody of {owner.code} by that name", returncode=2)
        try:
            with path.open("rb") as stream:
                pack = read_pack(stream, path.stat().st_size)
        except OSError as fault:
            raise CommandError(f"{path}: {fault.strerror}", returncode=2) from fault
        except UnfitPack as fault:
            raise CommandError(f"{path}: {fault}", returncode=2) from fault
        report = bring_in(pack=pack, organization=owner, actor=actor, clock=MARKET_CLOCK)
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json() | {"evidence": pack.evidence or "holds"}, ensure_ascii=False))
        else:
            self.stdout.write(f"taken {len(report.taken)}, known {len(report.known)}; evidence: {pack.evidence or 'holds'}")
            for old, new in report.taken:
                self.stdout.write(f"{old} -> {new}")
        for old, code, why in report.refused:
            self.stderr.write(f"{old} {code} {why}")
        if report.refused:
            sys.exit(1)
