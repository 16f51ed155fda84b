"""``manage.py export_ledger``: writes every movement of the ledger as a plain-text journal to standard output."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from ledger.interchange import exported


class Command(BaseCommand):
    help = "Write the ledger as a plain-text journal (hledger and Beancount read it)."

    def handle(self, *args: Any, **options: Any) -> None:
        for text in exported():
            self.stdout.write(text, ending="")
