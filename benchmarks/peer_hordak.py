"""Run by the peers' own Python, never imported by the house: settles by django-hordak, six legs in one Transaction, on request.

``python benchmarks/peer_hordak.py DATABASE_URL``: migrates, prints its backend's pid, then reads how many to settle from each line.
"""

from __future__ import annotations

import random
import sys
from typing import Any
from urllib.parse import urlsplit

LEGS = (-1_000_000, 25_000, 10_000, 32_167, 611_166, 321_667)


def prepared(address: str) -> Any:
    import django
    from django.conf import settings

    url = urlsplit(address)
    settings.configure(
        SECRET_KEY="of-a-benchmark", USE_TZ=True, DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "mptt", "djmoney", "hordak"],
        HORDAK_INTERNAL_CURRENCY="CNY", HORDAK_CURRENCIES=["CNY"], CURRENCIES=("CNY",),
        DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "HOST": url.hostname, "PORT": url.port, "USER": url.username,
                               "PASSWORD": url.password, "NAME": url.path[1:]}})
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def main(address: str) -> None:
    prepared(address)
    from django.db import connection, transaction
    from hordak.models import Account, AccountType, Leg, Transaction
    from moneyed import Money

    accounts = [Account.objects.create(name=f"a{n}", code=str(n), type=AccountType.asset, currencies=["CNY"])
                for n in range(Account.objects.count(), Account.objects.count() + 40)]
    dice = random.Random(1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        print(cursor.fetchone()[0], flush=True)
    for line in sys.stdin:
        for _ in range(int(line)):
            with transaction.atomic():
                entry = Transaction.objects.create(description="TRD-BENCH")
                for account, fen in zip(dice.sample(accounts, len(LEGS)), LEGS, strict=True):
                    side = {"debit": Money(-fen, "CNY")} if fen < 0 else {"credit": Money(fen, "CNY")}
                    Leg.objects.create(transaction=entry, account=account, **side)
        print("done", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
