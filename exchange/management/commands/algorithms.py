"""``manage.py algorithms``: which registered algorithms are not what was reviewed, and the hash a new version would write."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from exchange.algorithms import register, unreviewed


class Command(BaseCommand):
    """Compares each algorithm's source with its newest reviewed version; exit 1 if one differs. Example: manage.py algorithms"""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        changed = unreviewed()
        for one in register():
            now = changed.get(one.key)
            self.stdout.write(f"{one.key} {one.now.number} {'changed, now ' + now if now else 'as reviewed'}")
        if changed:
            self.stderr.write("add a version with its review to exchange/algorithms.yaml")
            sys.exit(1)
