"""The final state of a run as one hash: every fact, every balance and every object's status, up to the names that were drawn for them.

What is hashed: the facts (kind, instant of market time, who acted, about what, payload), the balances of every account, and the status
of every object that has one. What is not: wall time, row numbers, the order in which facts came to be sealed, anything random or secret
and what is made from it (ids, keys, salts, digests, signatures). A code is a name drawn at random, so two states that differ in codes
alone are the same state: each code is replaced by a label made of what happened to it and to its neighbours (colour refinement).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from django.apps import apps
from django.db import connection
from django.db.models import Model

__all__ = ["STATE_VERSION", "differences", "lines_of_state", "state_hash"]

STATE_VERSION = "state-1"
_CODE = re.compile(r"\b[A-Z]{2,4}-[0-9A-Z]{10}\b")
_CUT = re.compile(f"({_CODE.pattern})")
_RANDOM = re.compile(r"\b[0-9a-f]{32,}\b|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|[A-Za-z0-9+/_-]{40,}={0,2}")
_ROUNDS = 3
_ROOMS = ("participants", "compliance", "listings", "trading", "delivery", "settlement")
#: Rows that tell of the machinery, not of the market.
_ASIDE = ("evidence.",)


def _facts() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, at, actor, subject, payload FROM evidence_record")
        for kind, at, actor, subject, payload in cursor.fetchall():
            told = json.loads(payload) if isinstance(payload, str) else payload
            if not kind.startswith(_ASIDE):
                yield json.dumps([kind, at.isoformat(), actor, subject, told], sort_keys=True, ensure_ascii=False)


def _balances() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT a.owner, a.kind, a.currency, b.posted_fen, b.reserved_fen FROM ledger_balance b "
                       "JOIN ledger_account a ON a.id = b.account_id")
        for row in cursor.fetchall():
            yield json.dumps(["balance", *row])


def _statuses() -> Iterator[str]:
    """Every row of a room that has both a code and a status."""
    for room in _ROOMS:
        for model in apps.get_app_config(room).get_models():
            if {"code", "status"} <= {one.name for one in model._meta.concrete_fields}:
                yield from _rows(model)


def _rows(model: type[Model]) -> Iterator[str]:
    for code, status in model._default_manager.order_by().values_list("code", "status"):
        yield json.dumps(["status", model._meta.label, code, status])


def _labels(lines: list[str]) -> dict[str, str]:
    """Each code's label after some rounds: a digest of the lines it stands in, with the others' labels of the round before."""
    where: dict[str, set[int]] = defaultdict(set)
    cut = [_CUT.split(line) for line in lines]  # text and codes by turns: each line is searched once, whatever the codes in it
    for number, parts in enumerate(cut):
        for code in parts[1::2]:
            where[code].add(number)
    labels = {code: code.partition("-")[0] for code in where}
    for _round in range(_ROUNDS):
        labels = {code: _label(code, [cut[number] for number in numbers], labels) for code, numbers in where.items()}
    return labels


def _label(mine: str, lines: list[list[str]], before: dict[str, str]) -> str:
    seen = sorted("".join([("@" if part == mine else before[part]) if place % 2 else part for place, part in enumerate(parts)])
                  for parts in lines)
    return f"{mine.partition('-')[0]}~{hashlib.sha256(chr(10).join(seen).encode()).hexdigest()[:16]}"


def renamed(lines: Iterable[str]) -> list[str]:
    """This will replace codes by labels and sort: the same for two states that differ in drawn names alone."""
    plain = [_RANDOM.sub("#", line) for line in lines]
    labels = _labels(plain)
    return sorted(_CODE.sub(lambda found: labels[found[0]], line) for line in plain)


def lines_of_state() -> list[str]:
    """This will return the final state, line by line."""
    return renamed([*_facts(), *_balances(), *_statuses()])


def state_hash(lines: Iterable[str]) -> str:
    """This will return SHA-256 over the lines."""
    digest = hashlib.sha256(f"{STATE_VERSION}\n".encode())
    for line in lines:
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()


def differences(one: list[str], two: list[str], most: int = 5) -> list[str]:
    """This will tell where two states part, with codes left as kinds; for whoever looks for the cause."""

    def bare(lines: list[str]) -> Counter[str]:
        return Counter(re.sub(r"~[0-9a-f]{16}", "", line) for line in lines)

    left, right = bare(one), bare(two)
    return [f"- {line}" for line in list(left - right)[:most]] + [f"+ {line}" for line in list(right - left)[:most]]
