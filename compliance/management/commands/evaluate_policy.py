"""``evaluate_policy``: an ODRL policy and a request give permit or deny, with the rule that decided. Needs no database."""

from __future__ import annotations

import json
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from compliance.policy.deciding import decide, read_request, read_state
from compliance.policy.graph import Graph, PolicyFault, read_graph
from kit.coverage import covers

EXAMPLE = """\
Policy, request and state are Turtle or JSON-LD (ODRL 2.2, a subset; an unknown term is refused, an empty policy permits nothing).
A request may be as short as {"assignee": "ORG-1", "action": "read", "target": "LST-1"}; the state gives the time
({"dateTime": "2026-11-22T00:00:00Z"}), memberships (odrl:partOf) and the reports of duties.

Example:
  manage.py evaluate_policy policy.ttl request.ttl state.ttl --json
  {"decision": "permit", "permitted": true, "rule": "urn:1",
   "rules": [{"type": "permission", "rule": "urn:1", "active": true, "failed": []}]}
"""


@covers("R42", "F2")
class Command(BaseCommand):
    """Decides one request; exit 1 if something cannot be read or is not judged here."""

    help = "ODRL policy and request → permit or deny, with the rule that decided."
    requires_system_checks = ()

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(prog_name, subcommand, epilog=EXAMPLE, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("policy")
        parser.add_argument("request")
        parser.add_argument("state", nargs="?")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        place = options["policy"]
        try:
            policy = _graph(place)
            place = options["request"]
            request = read_request(_graph(place))
            place = options["state"] or "-"
            state = read_state(_graph(options["state"]) if options["state"] else None)
            place = options["policy"]
            decision = decide(policy, request, state)
        except PolicyFault as fault:
            self.stderr.write(f"{place}: policy_unreadable: {fault}")
            raise SystemExit(1) from fault
        shown = decision.as_json()
        if options["json"]:
            self.stdout.write(json.dumps(shown, ensure_ascii=False))
            return
        self.stdout.write(f"{shown['decision']} by {shown['rule'] or 'no permission applies'}")
        for one in decision.reports:
            self.stdout.write(f"  {one.kind} {one.rule}: {'applies' if one.active else 'does not fit: ' + ', '.join(one.failed)}")


def _graph(name: str) -> Graph:
    try:
        return read_graph(Path(name).read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as fault:
        raise CommandError(f"{name}: {fault}", returncode=2) from fault
