"""``manage.py invite``: the first people of an installation, who then invite the others on ``/desk/organisation/``."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction

from evidence.clock import MARKET_CLOCK
from kit.actors import SYSTEM
from kit.rejected import Rejected
from participants.models import Organization
from participants.names import name_key
from participants.operations import invite_member, register_organization
from participants.people import FITTING, joining_path
from participants.queries import house_venue, venue_organization
from participants.roles import OrganizationKind

EXAMPLE = """\
examples:
  manage.py invite --role venue_operator --name 王芳 --identity 11010519491231002X --username wangfang
  manage.py invite --role regulator --authority 滨海市数据局 --name 方正 --identity 110105194912310046 --username fangzheng

The link that is printed sets the password, once. Name and identity number enter a keyed hash; the number is kept nowhere.
"""
_ROLES = {role: kind for kind in (OrganizationKind.VENUE, OrganizationKind.AUTHORITY) for role in FITTING[kind]}


class Command(BaseCommand):
    help = "Invite a person of the venue or of an authority, as the system; prints the link that sets the password."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(prog_name, subcommand, epilog=EXAMPLE, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--role", required=True, choices=sorted(_ROLES))
        parser.add_argument("--name", required=True, help="the person's name, as on the identity document")
        parser.add_argument("--identity", required=True, help="its number")
        parser.add_argument("--username", required=True)
        parser.add_argument("--capability", action="append", default=[], choices=["review_first", "review_second"])
        parser.add_argument("--authority", default="", help="the authority's name, for its roles; registered if it is not known")

    def handle(self, *args: Any, **options: Any) -> None:
        if (_ROLES[options["role"]] == OrganizationKind.AUTHORITY) != bool(options["authority"].strip()):
            self.stderr.write(f"{options['role']}: --authority names the authority of its roles, and of no others")
            sys.exit(2)
        try:
            with transaction.atomic():
                _, user = invite_member(
                    organization=_organization(options["authority"]), name=options["name"], identity=options["identity"],
                    role=options["role"], username=options["username"], capabilities=options["capability"], actor=SYSTEM,
                    clock=MARKET_CLOCK)
        except Rejected as refused:
            self.stderr.write(f"{options['username']}: {refused.code}: {refused.text('detail', 'en')}")
            sys.exit(1)
        link = "" if user.has_usable_password() else settings.PUBLIC_ADDRESS.rstrip("/") + joining_path(user)
        self.stdout.write(link or f"{user.username} has a password already; the role is added")


def _organization(authority: str) -> Organization:
    """The venue's own organisation, or the authority of this name."""
    if not authority:
        return venue_organization(house_venue())
    known = Organization.objects.filter(name_key=name_key(authority), kind=OrganizationKind.AUTHORITY).first()
    return known or register_organization(name=authority, kind=OrganizationKind.AUTHORITY, actor=SYSTEM, clock=MARKET_CLOCK)
