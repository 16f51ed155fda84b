"""The record book's invariants about its contents: commands (I22), sealing and telling (I23), the chain (I24), no personal values (I30)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connection

from evidence.invariants.base import Invariant, invariant
from kit.coverage import covers

__all__ = ["PERSONAL", "ChainHolds", "EveryActHasItsCommand", "EverythingIsSealedAndTold", "NothingPersonalInFacts"]

#: Slices of the log that one statement looks at.
SLICE = 50_000
#: A log longer than this is verified in its tail at each run; ``verify_evidence`` reads all of it.
WHOLE = 10_000
TAIL = 4_000


def rows(statement: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
    """This will return the rows of a look into the database."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def _slices() -> Iterator[tuple[int, int]]:
    ((end,),) = rows("SELECT COALESCE(max(position) + 1, 0) FROM evidence_entry")
    yield from ((start, start + SLICE) for start in range(0, end, SLICE))


@invariant
@covers("I22")
class EveryActHasItsCommand(Invariant):
    """Every record belongs to a command row; a client's key is unique per actor and holds its fingerprint and answer."""

    id = "I22"

    def check(self) -> Iterator[str]:
        for span in _slices():
            for (record,) in rows("SELECT r.id FROM evidence_entry e JOIN evidence_record r ON r.id = e.record_id "
                                  "LEFT JOIN evidence_command c ON c.id = r.command "
                                  "WHERE e.position >= %s AND e.position < %s AND c.id IS NULL LIMIT 10", list(span)):
                yield f"record {record} has no command"
        for (record,) in rows("SELECT r.id FROM evidence_unsealed u JOIN evidence_record r ON r.id = u.record_id "
                              "LEFT JOIN evidence_command c ON c.id = r.command WHERE c.id IS NULL LIMIT 10"):
            yield f"record {record} has no command"
        for actor, key, count in rows("SELECT actor, key, count(*) FROM evidence_command WHERE key IS NOT NULL "
                                      "GROUP BY 1, 2 HAVING count(*) > 1 LIMIT 10"):
            yield f"{actor} has {count} commands under the key {key}"
        for (command,) in rows("SELECT id FROM evidence_command WHERE key IS NOT NULL AND (fingerprint = '' OR status IS NULL) LIMIT 10"):
            yield f"command {command} has a key, but no fingerprint or no answer"


@invariant
@covers("I23")
class EverythingIsSealedAndTold(Invariant):
    """A record is sealed or waits, never both or neither, and waits under a minute; no subscriber is told what is not sealed."""

    id = "I23"

    def check(self) -> Iterator[str]:
        ((records, entries, waiting),) = rows("SELECT (SELECT count(*) FROM evidence_record), (SELECT count(*) FROM evidence_entry), "
                                              "(SELECT count(*) FROM evidence_unsealed)")
        if records != entries + waiting:
            yield f"{records} records, but {entries} entries and {waiting} waiting"
        for (record,) in rows("SELECT u.record_id FROM evidence_unsealed u JOIN evidence_entry e ON e.record_id = u.record_id LIMIT 10"):
            yield f"record {record} is sealed and waits at once"
        ((late, age),) = rows("SELECT count(*), max(clock_timestamp() - entered_at) FROM evidence_unsealed "
                              "WHERE entered_at < clock_timestamp() - interval '1 minute'")
        if late:
            yield f"{late} records wait for the sealer, the oldest for {age}"
        yield from self._telling()

    def _telling(self) -> Iterator[str]:
        for name, position in rows("SELECT subscriber, position FROM evidence_cursor "
                                   "WHERE position > (SELECT COALESCE(max(position) + 1, 0) FROM evidence_entry)"):
            yield f"subscriber {name} stands at {position}, past the end of the log"
        for name, position in rows("SELECT f.subscriber, f.position FROM evidence_failure f LEFT JOIN evidence_cursor c USING (subscriber) "
                                   "WHERE f.parked AND f.position >= COALESCE(c.position, 0) LIMIT 10"):
            yield f"subscriber {name}: position {position} is parked, yet before its cursor"
        for name, position in rows("SELECT f.subscriber, f.position FROM evidence_failure f JOIN evidence_cursor c USING (subscriber) "
                                   "WHERE NOT f.parked AND f.position < c.position LIMIT 10"):
            yield f"subscriber {name}: position {position} failed, is not parked, and the cursor has passed it"


@invariant
@covers("I24")
class ChainHolds(Invariant):
    """Positions are gapless, every entry is what was sealed, every seal names the root before it, published heads match."""

    id = "I24"

    def check(self) -> Iterator[str]:
        from evidence import checkpoints, queries
        from evidence.merkle import Frontier, frontier_of
        from evidence.tree import Tiles
        from evidence.verify import verify_log

        entries, sealed = queries.extent()
        seals = [seal for seal in queries.seals() if seal.size <= sealed]
        start = Frontier()
        if entries > WHOLE:
            start = frontier_of(Tiles(), max((seal.size for seal in seals if seal.size <= entries - TAIL), default=0))
        verdict = verify_log(queries.log_entries(after=start.size, upto=entries), seals, public_keys=queries.public_keys(),
                             known=checkpoints.published(), start=start)
        yield from (str(fault) for fault in verdict.faults)


#: A mobile number, a citizen's identity number and an e-mail address, standing free in a text of a payload.
PERSONAL = {
    "a mobile number": r"(?<![0-9A-Za-z])1[3-9]\d{9}(?![0-9A-Za-z])",
    "an identity number": r"(?<![0-9A-Za-z])[1-9]\d{5}(19|20)\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])\d{3}[0-9Xx](?![0-9A-Za-z])",
    "an e-mail address": r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+\.[A-Za-z]{2,}",
}


@invariant
@covers("I30")
class NothingPersonalInFacts(Invariant):
    """The newest facts hold no mobile number, identity number or e-mail address: such values enter as commitments."""

    id = "I30"

    def check(self) -> Iterator[str]:
        for what, pattern in PERSONAL.items():
            for record, kind in rows(
                    "SELECT DISTINCT r.id, r.kind FROM (SELECT id, kind, payload FROM evidence_record ORDER BY at DESC LIMIT 5000) r, "
                    "jsonb_path_query(r.payload, 'strict $.** ? (@.type() == \"string\")') AS text "
                    "WHERE text #>> '{}' ~ %s LIMIT 10", [pattern]):
                yield f"record {record} ({kind}) holds {what}"
