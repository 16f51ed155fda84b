"""What the books say: one account, all accounts, one owner's statement."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from uuid import UUID

from django.db import connection
from django.db.models import Count, Sum
from django.db.models.functions import TruncMonth

from evidence.prepared import ask
from kit.coverage import covers
from ledger.accounts import AccountKind
from ledger.models import Account, Balance, Phase, Posting, Transfer

__all__ = ["AccountTotal", "Funds", "Line", "Page", "balance", "balance_at", "balances", "drifted", "held", "held_in", "live_state_hash",
           "moved_by_month", "open_reserves",
           "outside_by_month", "outside_by_subject", "rebuilt_state_hash", "reserved_for", "statement", "trial_balance", "trial_balance_at"]


@dataclass(frozen=True)
class Funds:
    """In fen. ``available_fen`` is what may be spent or reserved."""

    posted_fen: int
    reserved_fen: int

    @property
    def available_fen(self) -> int:
        return self.posted_fen - self.reserved_fen


@dataclass(frozen=True)
class AccountTotal:
    """One row of the trial balance, in fen; all rows of a currency sum to zero."""

    kind: str
    currency: str
    accounts: int
    posted_fen: int
    reserved_fen: int


@dataclass(frozen=True)
class Line:
    """One leg on an owner's statement, newest first."""

    position: tuple[int, int]
    transfer: UUID
    at: datetime
    kind: str
    subject: str
    account_kind: str
    amount_fen: int

    @property
    def account_label(self) -> str:
        return str(AccountKind(self.account_kind).label)


@dataclass(frozen=True)
class Page:
    """A page of a statement; ``before`` asks for the next older one, None at the end."""

    lines: list[Line]
    before: tuple[int, int] | None


def balance(account: Account) -> Funds:
    """This will return what an account holds now; an unopened one would hold nothing."""
    row = Balance.objects.filter(pk=account.pk).values_list("posted_fen", "reserved_fen").first()
    return Funds(*(row or (0, 0)))


def balances(owner: str) -> dict[str, Funds]:
    """This will return an owner's funds by account kind."""
    rows = Balance.objects.filter(account__owner=owner).values_list("account__kind", "posted_fen", "reserved_fen")
    return {kind: Funds(posted, reserved) for kind, posted, reserved in rows}


def held(owner: str, kind: str) -> Funds:
    """This will return an owner's funds in one kind, zero where no account is opened yet."""
    return balances(owner).get(kind, Funds(0, 0))


def held_by(owners: Iterable[str], kind: str) -> dict[str, Funds]:
    """This will return what several owners hold in one kind, each as ``held`` would, by one statement."""
    asked = set(owners)
    rows = Balance.objects.filter(account__owner__in=asked, account__kind=kind).values_list("account__owner", "posted_fen", "reserved_fen")
    return dict.fromkeys(asked, Funds(0, 0)) | {owner: Funds(posted, reserved) for owner, posted, reserved in rows}


def trial_balance() -> list[AccountTotal]:
    """This will add up all balances by kind and currency."""
    rows = (Balance.objects.values("account__kind", "account__currency").order_by("account__currency", "account__kind")
            .annotate(posted=Sum("posted_fen"), reserved=Sum("reserved_fen"), accounts=Count("pk")))
    return [AccountTotal(row["account__kind"], row["account__currency"], row["accounts"], int(row["posted"]), int(row["reserved"]))
            for row in rows]


@covers("G1", "I27")
def trial_balance_at(instant: datetime) -> list[AccountTotal]:
    """This will add up the books as they stood at ``instant``, reserves included, from the rows alone."""
    rows = ask("SELECT a.kind, a.currency, count(*), coalesce(sum(p.posted), 0)::bigint, coalesce(sum(r.reserved), 0)::bigint "
               "FROM ledger_account a LEFT JOIN (SELECT o.account_id, sum(o.amount_fen) AS posted FROM ledger_posting o "
               "JOIN ledger_transfer t ON t.id = o.transfer_id WHERE t.at <= %s GROUP BY o.account_id) p ON p.account_id = a.id "
               "LEFT JOIN (SELECT t.account_id, sum(t.amount_fen) AS reserved FROM ledger_transfer t WHERE t.phase = 'pending' "
               "AND t.at <= %s "
               "AND NOT EXISTS (SELECT 1 FROM ledger_transfer c WHERE c.pending_id = t.id AND c.at <= %s) GROUP BY t.account_id) r "
               "ON r.account_id = a.id GROUP BY a.kind, a.currency ORDER BY a.currency, a.kind", [instant, instant, instant])
    return [AccountTotal(*row) for row in rows]


@covers("G1")
def balance_at(account: Account, instant: datetime) -> Funds:
    """This will return what an account held at ``instant``, from the rows alone."""
    ((posted, reserved),) = ask(
        "SELECT coalesce((SELECT sum(p.amount_fen) FROM ledger_posting p JOIN ledger_transfer t ON t.id = p.transfer_id "
        "WHERE p.account_id = %s AND t.at <= %s), 0)::bigint, coalesce((SELECT sum(t.amount_fen) FROM ledger_transfer t "
        "WHERE t.account_id = %s AND t.phase = 'pending' AND t.at <= %s AND NOT EXISTS (SELECT 1 FROM ledger_transfer c "
        "WHERE c.pending_id = t.id AND c.at <= %s)), 0)::bigint", [account.pk, instant, account.pk, instant, instant])
    return Funds(int(posted), int(reserved))


def drifted() -> list[tuple[int, int, int]]:
    """This will list the accounts whose cached balance is not the sum of their postings: (account, cached, summed)."""
    return [(int(a), int(b), int(c)) for a, b, c in ask(
        f"SELECT b.account_id, b.posted_fen, r.posted FROM ({REBUILT}) r JOIN ledger_balance b USING (account_id) "  # noqa: S608 (a constant)
        "WHERE (b.posted_fen, b.reserved_fen) IS DISTINCT FROM (r.posted, r.reserved) ORDER BY 1", [])]


def held_in(kind: str) -> list[tuple[int, str, int]]:
    """This will list (account, owner, posted) of every account of a kind."""
    rows = Balance.objects.filter(account__kind=kind).order_by("account").values_list("account", "account__owner", "posted_fen")
    return [(int(key), owner, int(fen)) for key, owner, fen in rows]


def reserved_for(purpose: str) -> int:
    """This will add up the open reserves of one purpose."""
    rows = Transfer.objects.filter(phase=Phase.PENDING, kind=purpose, closing__isnull=True)
    return int(rows.aggregate(fen=Sum("amount_fen"))["fen"] or 0)


def outside_by_subject() -> dict[str, int]:
    """This will add up what came in from the world outside (plus) or went there (minus), by the subject of the transfer."""
    rows = Posting.objects.filter(account__kind=AccountKind.BANK).values("transfer__subject").annotate(fen=Sum("amount_fen"))
    return {row["transfer__subject"]: -int(row["fen"]) for row in rows}


@covers("G1")
def outside_by_month(since: datetime, zone: tzinfo) -> list[tuple[datetime, str, int]]:
    """This will add up, by calendar month and purpose, what came in from the world outside (plus) or went there (minus)."""
    rows = Posting.objects.filter(account__kind=AccountKind.BANK, transfer__at__gte=since).values(
        "transfer__kind", month=TruncMonth("transfer__at", tzinfo=zone)).annotate(fen=Sum("amount_fen")).order_by("month", "transfer__kind")
    return [(row["month"], row["transfer__kind"], -int(row["fen"])) for row in rows]


@covers("G1")
def moved_by_month(owner: str, kind: str, since: datetime, zone: tzinfo) -> dict[datetime, int]:
    """This will add up, by calendar month, what came to an owner's account of a kind less what left it."""
    rows = Posting.objects.filter(account__owner=owner, account__kind=kind, transfer__at__gte=since).values(
        month=TruncMonth("transfer__at", tzinfo=zone)).annotate(fen=Sum("amount_fen"))
    return {row["month"]: int(row["fen"]) for row in rows}


def statement(owner: str, *, before: tuple[int, int] | None = None, limit: int = 50, kinds: Iterable[str] = ()) -> Page:
    """This will return an owner's legs, newest first, by keyset: a page a million lines deep costs what the first costs."""
    accounts = Account.objects.filter(owner=owner, **({"kind__in": list(kinds)} if kinds else {}))
    rows = Posting.objects.filter(account__in=list(accounts))
    if before is not None:
        rows = rows.filter(pk__lt=before)
    taken = list(rows.select_related("transfer", "account").order_by("-transfer_id", "-leg")[: limit + 1])
    lines = [Line((row.transfer_id, row.leg), row.transfer.uuid, row.transfer.at, row.transfer.kind, row.transfer.subject,
                  row.account.kind, row.amount_fen) for row in taken[:limit]]
    return Page(lines, lines[-1].position if len(taken) > limit else None)


def open_reserves(owner: str) -> list[Transfer]:
    """This will list the reserves of an owner that are neither posted nor released."""
    return list(Transfer.objects.filter(phase=Phase.PENDING, account__owner=owner, closing__isnull=True).order_by("id"))


def _state_hash(statement: str) -> str:
    digest = hashlib.sha256()
    with connection.cursor() as cursor:
        cursor.execute(statement)
        for row in cursor.fetchall():
            digest.update("|".join(map(str, row)).encode() + b"\n")
    return digest.hexdigest()


def live_state_hash() -> str:
    """This will hash the balances as they stand."""
    return _state_hash("SELECT account_id, posted_fen, reserved_fen FROM ledger_balance ORDER BY 1")


def rebuilt_state_hash() -> str:
    """This will hash the balances as they follow from the rows alone; equal to the live one, or I27 is broken."""
    return _state_hash(f"SELECT account_id, posted, reserved FROM ({REBUILT}) r ORDER BY 1")  # noqa: S608 (a constant)


#: Balances derived from postings and open reserves.
REBUILT = """
SELECT a.id AS account_id, coalesce(p.posted, 0)::bigint AS posted, coalesce(r.reserved, 0)::bigint AS reserved
  FROM ledger_account a
  LEFT JOIN (SELECT account_id, sum(amount_fen) AS posted FROM ledger_posting GROUP BY account_id) p ON p.account_id = a.id
  LEFT JOIN (SELECT t.account_id, sum(t.amount_fen) AS reserved FROM ledger_transfer t
              WHERE t.phase = 'pending' AND NOT EXISTS (SELECT 1 FROM ledger_transfer c WHERE c.pending_id = t.id)
              GROUP BY t.account_id) r ON r.account_id = a.id
"""
