#!/usr/bin/env python
"""The command line of the exchange. Where no services are named it uses the private ones, starting them if need be."""

import contextlib
import itertools
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exchange.local_servers import Services

#: commands that change the schema run as the owner; everything else runs as the application
OWNER_COMMANDS = {"migrate", "makemigrations", "sqlmigrate", "showmigrations", "optimizemigration"}
#: commands that need no database at all
BARE_COMMANDS = {"help", "version", "serve", "reset", "stop", "collectstatic", "compilemessages", "clear", "share", "evaluate_policy",
                 "experiment", "reproduce", "spectacular", "-h", "--help", "--version"}

#: commands that live through other markets, in a database that is thrown away afterwards
THROWAWAY_COMMANDS = {"replay_auctions", "simulate"}


def _verifies_a_bundle(words: list[str]) -> bool:
    """A bundle is verified offline; the live log is not: ``--checkpoint FILE`` and ``--key BASE64`` name no bundle."""
    if words[:1] != ["verify_evidence"]:
        return False
    return any(not word.startswith("-") and before not in {"--checkpoint", "--key"} for before, word in itertools.pairwise(words))


def _migrate(services: "Services") -> None:
    """Brings the database of servers that were just started to the state of the code."""
    import subprocess

    environment = os.environ | services.environment()
    done = subprocess.run([sys.executable, __file__, "migrate", "--verbosity", "0"], env=environment, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def main() -> None:
    """This will run one management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "exchange.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if command in OWNER_COMMANDS:
        os.environ["DATABASE_ROLE"] = "owner"
    from exchange.local_servers import LocalServers, ServerFault, named_services

    bare = command in BARE_COMMANDS or sys.argv[1:3] == ["simulate", "wide"]
    helping = {"-h", "--help"} & set(sys.argv) or bare or _verifies_a_bundle(sys.argv[1:])
    servers = running = None
    if not helping and named_services() is None:
        servers = LocalServers()
        try:
            running = servers.start(None if command in OWNER_COMMANDS | THROWAWAY_COMMANDS else _migrate)
        except ServerFault as fault:
            sys.exit(str(fault))
        os.environ.update(running.environment())
    try:
        with contextlib.ExitStack() as lent:
            if command in THROWAWAY_COMMANDS and not helping and (services := running or named_services()):
                from exchange.throwaway import own_broker, throwaway

                lent.enter_context(throwaway(services))
                if "--faults" in sys.argv:
                    lent.enter_context(own_broker())
            from django.core.management import execute_from_command_line

            execute_from_command_line(sys.argv)
    except ServerFault as fault:
        sys.exit(str(fault))
    finally:
        if servers:
            from django.db import connections

            connections.close_all()
            servers.leave()


if __name__ == "__main__":
    main()
